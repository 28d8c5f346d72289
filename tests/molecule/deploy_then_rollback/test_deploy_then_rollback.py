"""Deploys and rollbacks on real servers, under requests that come all the while."""

from __future__ import annotations

from typing import Callable

from support.containers.site import Site
from support.playbooks import conclusions

FIRST, SECOND = "20240127-100000", "20240127-110000"


def test_a_cluster_loses_no_request_in_a_deploy_and_in_a_rollback(site: Site, measured: Callable[[str], None]) -> None:
    site.must_deploy(FIRST)

    with site.load("load") as deployed:
        site.must_deploy(SECOND)
    assert site.running() == [SECOND] * 3

    with site.load("load") as rolled_back:
        done = site.play("rollback.yml", "-e", '{"service": "backend", "rollback_reason": "5xx above 50 %"}')
    assert done.returncode == 0, done.stdout
    assert f"ROLLED BACK: {FIRST} is live and proven on all 3 hosts" in conclusions(done.stdout)
    assert site.running() == [FIRST] * 3

    for act, seen in (("deploy", deployed), ("rollback", rolled_back)):
        measured("cluster mode, {}: {} of {} requests failed".format(act, seen["failed"], seen["requests"]))
        assert seen["requests"] > 100
        assert seen["failed"] == 0, seen["first_failures"]
        assert seen["wrong"] == 0, seen


def test_the_gap_of_a_single_process_is_measured(site: Site, measured: Callable[[str], None]) -> None:
    site.must_deploy(FIRST, service="ai-service")

    with site.load("load", port=8000) as seen:
        site.must_deploy(SECOND, service="ai-service")

    assert site.running(port=8000) == [SECOND] * 3
    measured("fork mode, deploy: {} of {} requests failed".format(seen["failed"], seen["requests"]))
    measured("fork mode, deploy: a server gave no good answer for {} s".format(seen["longest_gap_s"]))
    assert seen["longest_gap_s"] < 10


def test_the_other_service_on_the_same_servers_was_left_alone(site: Site) -> None:
    assert site.running() == [FIRST] * 3


def test_a_second_rollback_right_after_the_first_is_refused(site: Site) -> None:
    done = site.play("rollback.yml", "-e", "service=backend")

    assert done.returncode == 2
    assert "nothing was changed now" in done.stdout
    assert site.running() == [FIRST] * 3


def test_the_files_belong_to_whom_they_should(site: Site) -> None:
    for name in site.app:
        host = site.host(name)
        release = host.file(f"/opt/ai_app/releases/v{FIRST}/server.js")
        assert (release.user, release.mode & 0o022) == ("root", 0)
        assert host.file("/var/lib/refit/backend/ledger.jsonl").user == "root"
        assert host.run("runuser -u refit-backend -- touch /opt/ai_app/releases/x /var/lib/refit/x").rc != 0
