"""An application's account is an attacker's: whatever it leaves where root works, nothing of root's changes or waits.

The account acts outside its unit's sandbox, with all the rights that its name has: more than the application itself.
"""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from support.app.build import SERVER
from support.containers.docker import docker, succeeds
from support.containers.site import Site

FIRST, SECOND, THIRD = "20240127-100000", "20240127-110000", "20240127-120000"
ACCOUNT = "refit-backend"
SHARED = "/opt/ai_app/shared"
LOG = "/var/log/pm2/application.log"
HERE = Path(__file__).resolve().parent
# What is root's, and is never to be changed nor shown.
TRAPS = "/srv/traps"
SECRET = "the-content-of-roots-file"
ROOTS_FILES = (
    f"cd /; find etc root usr/local {TRAPS} -path root/.cache -prune -o -printf '%p %m %u %g %l\\n' | sort;"
    f" find etc root usr/local {TRAPS} -path root/.cache -prune -o -type f -exec sha256sum {{}} + | sort"
)
# Takes what it finds under two names away and puts a link to root's in its place, for as long as it is let.
SWAPS_NAMES = f"""
import contextlib, itertools, os
for turn in itertools.count():
    for name in ("uploads", "ready"):
        path = "{SHARED}/" + name
        with contextlib.suppress(OSError):
            os.rename(path, f"{SHARED}/was-{{turn}}")
        with contextlib.suppress(OSError):
            os.symlink("{TRAPS}/profile.d" if name == "uploads" else "{TRAPS}/plain", path)
        with contextlib.suppress(OSError):
            os.unlink(path)
"""
# Stands in for PM2's daemon and answers with what is no answer.
FALSE_DAEMON = f"""
import os, socket
path = os.path.expanduser("~{ACCOUNT}") + "/.pm2/rpc.sock"
os.path.lexists(path) and os.unlink(path)
with socket.socket(socket.AF_UNIX) as server:
    server.bind(path)
    server.listen(5)
    while True:
        connection, _ = server.accept()
        connection.recv(4096)
        connection.sendall(b"\\x12\\0\\0\\0\\7" + b'{{"pid": "abc"}}' + b"[" * 100000)
        connection.close()
"""


@pytest.fixture(scope="module", autouse=True)
def deployed(site: Site) -> None:
    """A release that runs, and what root has elsewhere."""
    site.host("app1").check_output(
        f"install -d {TRAPS} {TRAPS}/profile.d && echo plain >{TRAPS}/plain"
        f" && (umask 077; echo 'ERROR {SECRET}' >{TRAPS}/secret.log)"
        " && install -d /opt/worker /opt/worker/releases /opt/worker/shared"
        f" && install -o {ACCOUNT} -m 0640 /dev/null {LOG}"
    )
    site.must_deploy(FIRST)


@pytest.fixture
def container(site: Site) -> Iterator[str]:
    """The server; afterwards what is root's is as it was, and nobody of root's waits for the account."""
    name = site.servers.container("app1")
    before = docker("exec", name, "sh", "-c", ROOTS_FILES)
    yield name
    assert docker("exec", name, "sh", "-c", ROOTS_FILES) == before
    working = docker("exec", name, "ps", "-U", "root", "-o", "args=")
    assert not [line for line in working.splitlines() if "refit" in line and "/opt/scripts" in line], working
    assert "AnsiballZ" not in working


def as_the_account(container: str, script: str) -> str:
    """Let the account run *script*, a shell's."""
    return docker("exec", "--user", ACCOUNT, container, "sh", "-c", script)


@contextmanager
def beside(container: str, program: str) -> Iterator[None]:
    """The account runs *program*, Python's, while the block runs."""
    command = ["docker", "exec", "--interactive", "--user", ACCOUNT, container, "python3", "-c", program]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL):
        try:
            yield
        finally:
            succeeds("exec", container, "pkill", "-KILL", "-u", ACCOUNT, "python3")


def release(directory: Path, version: str, links: dict[str, str]) -> Path:
    """An artifact of the demo service that holds *links*, by name what they lead to."""
    path = directory / f"app-{version}.tar.gz"
    with gzip.open(path, "wb") as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for name, data in (
            ("server.js", SERVER.read_bytes()),
            ("release.json", b'{"version": "%s"}' % version.encode()),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for name, leads_to in links.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, leads_to
            archive.addfile(member)
    return path


def ended(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    """The run came to an end of its own, in words, and told nobody's secret."""
    assert "Traceback" not in done.stdout, done.stdout
    assert SECRET not in done.stdout, done.stdout
    return done


def test_a_directory_of_its_own_that_leads_to_roots_is_not_worked_in(site: Site, container: str) -> None:
    as_the_account(container, f"mv {SHARED}/data {SHARED}/mine && ln -s {TRAPS}/profile.d {SHARED}/data")

    done = ended(site.deploy(SECOND))

    assert done.returncode == 2, done.stdout
    assert f"{SHARED}/data" in done.stdout
    assert site.running() == [FIRST]
    as_the_account(container, f"rm {SHARED}/data && mv {SHARED}/mine {SHARED}/data")


def test_names_that_are_exchanged_while_root_works_lead_nowhere(site: Site, container: str) -> None:
    hooks = json.dumps({"deploy_hooks_dir": "playbooks/hooks/readiness_file", "drain_notice_s": 0})
    with beside(container, SWAPS_NAMES):
        ended(site.play(*site.deploy_arguments(SECOND), "-e", hooks))
    as_the_account(container, f"rm -rf {SHARED}/uploads {SHARED}/ready; mkdir {SHARED}/uploads")
    assert site.running() in ([FIRST], [SECOND])


def test_links_of_an_artifact_through_its_own_are_refused_before_anything_is_touched(
    site: Site, container: str, tmp_path: Path
) -> None:
    as_the_account(container, f"ln -s /etc/shadow {SHARED}/settings/env; ln -s /var {SHARED}/uploads/x")
    before = site.running()
    for links in ({".release.json": "settings/env"}, {"data": "uploads/x"}, {"version.txt": f"{TRAPS}/plain"}):
        done = ended(site.deploy_artifact(THIRD, release(tmp_path, THIRD, links), service="backend"))
        assert done.returncode == 2, done.stdout
    assert site.running() == before


def test_a_log_and_a_pid_file_are_read_as_the_account_would_read_them(site: Site, container: str) -> None:
    as_the_account(container, f"rm -f {LOG}; ln -s {TRAPS}/secret.log {LOG}; mkfifo {SHARED}/worker.pid")

    ended(site.play("playbooks/health-check.yml", "-e", '{"service": "backend", "probe_window_s": 1}'))
    ended(site.play("playbooks/status.yml", "-e", "service=worker"))

    as_the_account(container, f"rm -f {LOG} {SHARED}/worker.pid; mkfifo {LOG}")
    ended(site.play("playbooks/health-check.yml", "-e", '{"service": "backend", "probe_window_s": 1}'))
    as_the_account(container, f"rm {LOG}")


def test_a_false_daemon_of_pm2_stops_no_rollback_and_what_runs_afterwards_is_in_its_unit(
    site: Site, container: str
) -> None:
    with beside(container, FALSE_DAEMON):
        ended(site.play("rollback.yml", "-e", f"service=backend release_version={FIRST}"))
    docker("exec", container, "systemctl", "restart", "pm2-refit-backend")

    done = ended(site.play("rollback.yml", "-e", f"service=backend release_version={FIRST}"))

    assert done.returncode == 0, done.stdout
    assert site.running() == [FIRST]
    processes = docker("exec", container, "pgrep", "-u", ACCOUNT).split()
    assert processes
    for pid in processes:
        status = docker("exec", container, "cat", f"/proc/{pid}/status")
        said = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert said["NoNewPrivs"] == "1", status
        assert {int(said[kind], 16) for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {0}, status
        assert "pm2-refit-backend.service" in docker("exec", container, "cat", f"/proc/{pid}/cgroup")


def test_a_place_of_the_accounts_own_is_no_place_for_root_to_work(site: Site, container: str) -> None:
    services = yaml.safe_load((HERE / "group_vars" / "all.yml").read_text())["refit_services"]
    as_the_account(container, f"mkdir -p {SHARED}/inner")
    site.resume()
    for setting in ("root", "state_dir"):
        moved = {**services, "backend": {**services["backend"], setting: f"{SHARED}/inner"}}
        done = ended(site.play(*site.deploy_arguments(THIRD), "-e", json.dumps({"refit_services": moved})))
        assert done.returncode == 2, done.stdout
        assert f"{SHARED}" in done.stdout, done.stdout
    assert as_the_account(container, f"ls -A {SHARED}/inner") == ""


def test_provisioning_again_gives_nothing_of_roots_away(site: Site, container: str) -> None:
    services = yaml.safe_load((HERE / "group_vars" / "all.yml").read_text())["refit_services"]
    services["backend"]["pm2"]["app"]["out_file"] = "/var/log/pm2/nested/backend-out.log"
    as_the_account(container, "ln -s /etc /var/log/pm2/nested")

    arguments = ["playbooks/provision.yml", "--tags", "directories", "-e", json.dumps({"refit_services": services})]
    ended(site.play(*arguments))
