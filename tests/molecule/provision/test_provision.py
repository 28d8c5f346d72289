"""What provisioning leaves on bare servers, and what it leaves alone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from support.containers.docker import docker
from support.containers.images import ROOT
from support.containers.site import Site

SERVERS = ("debian11", "debian12", "debian13")
PYTHONS = {"debian11": "3.9", "debian12": "3.11", "debian13": "3.13"}
SERVICES = {"pm2-refit-backend": "refit-backend", "pm2-refit-ai": "refit-ai"}
# What `systemd-analyze security` calls OK ends at 5; these have less to expose.
MAX_EXPOSURE = 2.0


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def host(site: Site, server: str) -> Any:
    return site.host(server)


def test_the_servers_have_the_pythons_that_real_ones_have(host: Any, server: str) -> None:
    assert host.check_output("python3 --version").startswith(f"Python {PYTHONS[server]}.")


def test_nothing_failed(host: Any) -> None:
    assert host.check_output("systemctl --failed --no-legend") == ""
    assert host.check_output("systemctl is-system-running") == "running"


@pytest.mark.parametrize("user", ["refit-backend", "refit-ai"])
def test_applications_run_as_accounts_that_can_do_nothing_else(host: Any, user: str) -> None:
    account = host.user(user)
    assert account.shell == "/usr/sbin/nologin"
    assert account.groups == [user]
    assert host.file(account.home).mode == 0o750
    assert host.run(f"runuser -u {user} -- sudo --non-interactive true").rc != 0
    for directory in ("/opt", "/opt/ai_app", "/opt/ai_app/releases", "/var/lib/refit", "/opt/scripts", "/etc/refit"):
        assert host.run(f"runuser -u {user} -- touch {directory}/x").rc != 0, directory


@pytest.mark.parametrize(
    ("path", "owner", "mode"),
    [
        ("/opt/ai_app", "root", 0o755),
        ("/opt/ai_app/releases", "root", 0o755),
        ("/opt/ai_app/shared", "refit-backend", 0o750),
        ("/opt/ai_service/shared", "refit-ai", 0o750),
        ("/var/lib/refit/backend", "root", 0o750),
        ("/var/log/pm2", "refit-backend", 0o750),
        ("/opt/scripts/rollback.sh", "root", 0o755),
        ("/etc/refit/backend.json", "root", 0o640),
        ("/etc/refit/discord.json", "root", 0o600),
        ("/etc/sudoers.d/refit-rollback", "root", 0o440),
    ],
)
def test_files_have_their_owners_and_modes(host: Any, path: str, owner: str, mode: int) -> None:
    file = host.file(path)
    assert (file.user, oct(file.mode)) == (owner, oct(mode))


@pytest.mark.parametrize(("unit", "user"), SERVICES.items())
def test_pm2_runs_in_its_unit_and_starts_at_boot(host: Any, unit: str, user: str) -> None:
    service = host.service(unit)
    assert service.is_enabled
    assert service.is_running
    pid = host.check_output(f"systemctl show -p MainPID --value {unit}")
    assert host.check_output(f"pgrep -u {user}") == pid
    assert "God Daemon" in host.check_output(f"tr '\\0' ' ' </proc/{pid}/cmdline")
    assert host.check_output("pgrep -u root -f '[G]od Daemon' || true") == ""


@pytest.mark.parametrize("unit", [*SERVICES, "refit-outbox"])
def test_units_expose_little(host: Any, unit: str) -> None:
    said = host.check_output(f"systemd-analyze security --no-pager {unit}.service")
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert exposure, said
    print(f"{unit}: {exposure[1]}")
    assert float(exposure[1]) <= MAX_EXPOSURE, said


@pytest.mark.parametrize("unit", SERVICES)
def test_the_sandbox_is_real(host: Any, unit: str) -> None:
    pid = host.check_output(f"systemctl show -p MainPID --value {unit}")
    status = host.file(f"/proc/{pid}/status").content_string
    assert "NoNewPrivs:\t1" in status
    assert "CapBnd:\t0000000000000000" in status
    inside = f"nsenter --target {pid} --mount --"  # root, but in the unit's own view of the disk
    for path in ("/opt/ai_app/releases/x", "/etc/x", "/usr/x", "/var/lib/x", "/home/x"):
        assert host.run(f"{inside} touch {path}").rc != 0, path
    shared = {"pm2-refit-backend": "/opt/ai_app/shared", "pm2-refit-ai": "/opt/ai_service/shared"}[unit]
    assert host.run(f"{inside} touch {shared}/x && rm {shared}/x").rc == 0
    other = ({"/opt/ai_app/shared", "/opt/ai_service/shared"} - {shared}).pop()
    assert host.run(f"{inside} touch {other}/x").rc != 0


def test_full_logs_are_rotated_and_the_writer_keeps_its_file(host: Any) -> None:
    log = "/var/log/pm2/backend-out-0.log"
    host.check_output(f"runuser -u refit-backend -- sh -c 'echo first >{log}'")
    before = host.check_output(f"stat --format=%i {log}")
    host.check_output("logrotate --force /etc/logrotate.d/refit-refit-backend")
    assert host.check_output(f"stat --format='%i %s %U' {log}") == f"{before} 0 refit-backend"
    assert host.check_output(f"cat {log}-*") == "first"
    host.check_output(f"rm {log} {log}-*")


def test_an_application_cannot_lead_the_rotation_to_files_of_roots(host: Any) -> None:
    log = "/var/log/pm2/backend-error.log"
    host.check_output("install -m 600 /dev/null /root/secret && echo secret >/root/secret")
    host.check_output(f"runuser -u refit-backend -- ln -s /root/secret {log}")
    host.run("logrotate --force /etc/logrotate.d/refit-refit-backend")
    assert host.file("/root/secret").content_string == "secret\n"
    assert host.check_output("grep -l secret /var/log/pm2/* || true") in ("", log)
    host.check_output(f"rm {log} /root/secret")


def test_sudo_finds_no_fault_with_its_rules(host: Any) -> None:
    host.check_output("visudo --check --strict")


def test_a_plan_for_a_bare_server_names_the_node_js_that_it_would_get(host: Any) -> None:
    script = (ROOT / "roles" / "app_host" / "files" / "apt_candidate.sh").read_text(encoding="utf-8")
    candidate = re.compile("Candidate: .*")
    known = host.check_output("apt-cache policy nodejs")
    assert candidate.search(known)
    host.check_output("mv /var/lib/apt/lists /var/lib/apt/lists.kept && rm -f /var/cache/apt/*.bin")
    try:
        planned = host.check_output(f"bash -s nodejs <<'END'\n{script}\nEND")
        assert host.run("ls /var/lib/apt/lists").rc != 0  # nothing was left
    finally:
        host.check_output("rm -rf /var/lib/apt/lists && mv /var/lib/apt/lists.kept /var/lib/apt/lists")
    assert candidate.findall(planned) == candidate.findall(known)


def test_ssh_and_the_time_zone_are_as_they_were(site: Site, server: str) -> None:
    changed = docker("diff", site.servers.container(server)).splitlines()
    paths = [line.partition(" ")[2] for line in changed]
    touched = ("/etc/ssh/", "/root/.ssh", "/etc/localtime", "/etc/timezone", "/etc/passwd.d", "/etc/pam.d/sshd")
    ours = [path for path in paths if path.startswith(touched) and "/ssh_host_" not in path]
    assert ours == []  # the host's keys are made at its first boot


def test_a_daemon_that_somebody_started_by_hand_is_refused_until_it_is_taken_over(site: Site) -> None:
    host = site.host("debian12")
    by_hand = "cd / && runuser -u refit-ai -- env PM2_HOME=/var/lib/refit-ai/.pm2 pm2"
    host.check_output("systemctl stop pm2-refit-ai")
    host.check_output(f"{by_hand} start --name stray /bin/sleep -- 1000")

    refused = site.play("playbooks/provision.yml", "--limit", "debian12")
    assert refused.returncode != 0
    said = " ".join(refused.stdout.split())
    assert "runs outside pm2-refit-ai.service" in said
    assert "-e app_host_take_over=true" in said

    taken = site.play("playbooks/provision.yml", "--limit", "debian12", "-e", "app_host_take_over=true")
    assert taken.returncode == 0, taken.stdout
    pid = host.check_output("systemctl show -p MainPID --value pm2-refit-ai")
    assert pid in host.check_output("pgrep -u refit-ai").split()
    assert (
        "pm2-refit-ai.service"
        in host.file(f"/proc/{host.check_output('pgrep -u refit-ai sleep')}/cgroup").content_string
    )
    host.check_output(f"{by_hand} delete stray && {by_hand} save --force")
