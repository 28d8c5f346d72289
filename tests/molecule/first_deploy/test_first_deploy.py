"""From bare servers to a healthy service: provision.yml, deploy.yml, and nothing by hand."""

from __future__ import annotations

import json

from support.containers.site import Site

VERSION = "20240127-100000"
PYTHON = {"debian11": "3.9", "debian12": "3.11", "debian13": "3.13"}


def test_the_service_answers_on_every_server(site: Site) -> None:
    assert site.app == sorted(PYTHON)
    assert site.running() == [VERSION] * 3
    assert [site.ask(name, "/health") for name in site.app] == [{"status": "UP"}] * 3


def test_each_server_did_it_with_its_own_python(site: Site) -> None:
    for name, version in PYTHON.items():
        assert site.host(name).check_output("/usr/bin/python3 --version").startswith(f"Python {version}.")


def test_every_worker_runs_inside_the_release_as_the_applications_user(site: Site) -> None:
    for name in site.app:
        host = site.host(name)
        workers = host.check_output("pgrep --uid refit-backend --full server.js").split()
        assert len(workers) == 2
        for pid in workers:
            assert host.check_output(f"readlink /proc/{pid}/cwd") == f"/opt/ai_app/releases/v{VERSION}"


def test_the_ledger_says_that_it_was_proven(site: Site) -> None:
    for name in site.app:
        ledger = site.host(name).file("/var/lib/refit/backend/ledger.jsonl")
        events = [json.loads(line)["event"] for line in ledger.content_string.splitlines()]
        assert events == ["staged", "intent", "activated", "verified"]  # a second deploy of the same adds nothing


def test_pm2_and_the_outbox_start_at_boot(site: Site) -> None:
    for name in site.app:
        for unit in ("pm2-refit-backend.service", "refit-outbox.timer"):
            service = site.host(name).service(unit)
            assert service.is_enabled
            assert service.is_running


def test_a_person_is_told_where_it_stands(site: Site) -> None:
    done = site.play("playbooks/status.yml", "-e", "service=backend")
    assert done.returncode == 0, done.stdout
    for name in site.app:
        assert name in done.stdout
    listed = site.host("debian11").run("/opt/scripts/rollback.sh backend --list")
    assert listed.rc == 0, listed.stderr
    assert VERSION in listed.stdout
