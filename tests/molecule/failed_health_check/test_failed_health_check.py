"""A release that answers badly is taken back on every server by the deploy itself."""

from __future__ import annotations

from support.containers.site import Site
from support.playbooks import conclusions

GOOD, BAD = "20240127-100000", "20240127-110000"


def test_a_release_that_fails_its_health_check_is_taken_back_everywhere(site: Site) -> None:
    site.must_deploy(GOOD)

    done = site.deploy(BAD, "unhealthy")

    assert done.returncode == 2
    report = conclusions(done.stdout)
    assert f"ROLLED BACK: {BAD} failed; every touched host is proven on the release it had before" in report
    assert "answered 503 instead of 200" in report
    assert site.running() == [GOOD] * 3
    for name in site.app:
        assert site.host(name).file("/opt/ai_app/current").linked_to == f"/opt/ai_app/releases/v{GOOD}"


def test_it_cannot_come_back(site: Site) -> None:
    done = site.deploy(BAD, "unhealthy")

    assert done.returncode == 2
    assert "is marked bad" in done.stdout
    assert site.running() == [GOOD] * 3


def test_a_release_that_crashes_at_start_is_taken_back_too(site: Site) -> None:
    site.play("playbooks/resume.yml", "-e", '{"service": "backend", "resume_reason": "fixed"}')

    done = site.deploy("20240127-120000", "crash_at_start")

    assert done.returncode == 2
    assert site.running() == [GOOD] * 3
