"""An operator logs in and rolls back with sudo. That is all that an operator can do there as root."""

from __future__ import annotations

import subprocess

import pytest

from support.containers.docker import docker
from support.containers.site import Site

FIRST, SECOND = "20240126-100000", "20240126-110000"
OPERATOR = "kim"
SUDO = "sudo --non-interactive"
ROLLBACK = "/opt/scripts/rollback.sh"
NOTIFY = "/opt/scripts/discord-notify.sh"
# One login for all that is typed, as long as it goes on.
SHARED_LOGIN = [
    "-o",
    "BatchMode=yes",
    "-o",
    "ControlMaster=auto",
    "-o",
    "ControlPersist=5",
    "-o",
    "ControlPath=/tmp/refit-%C",
]
# What each attempt tries to leave behind; root's own directory, where the operator may not write.
MARK = "/root/escaped"


@pytest.fixture(scope="module", autouse=True)
def deployed(site: Site) -> None:
    """Two releases, and an operator's account on every server as an administrator makes one."""
    site.must_deploy(FIRST)
    site.must_deploy(SECOND)
    for name in site.app:
        site.host(name).check_output(
            f"useradd --create-home --shell /bin/bash --groups refit-operators {OPERATOR}"
            f" && install -d -m 700 -o {OPERATOR} /home/{OPERATOR}/.ssh"
            f" && install -m 600 -o {OPERATOR} /home/admin/.ssh/authorized_keys /home/{OPERATOR}/.ssh/"
        )


def as_operator(site: Site, command: str, name: str = "app1") -> subprocess.CompletedProcess[str]:
    """Log in as the operator and type *command*; standard error is part of the output."""
    return subprocess.run(
        ["ssh", "-F", str(site.folder / "ssh_config"), *SHARED_LOGIN, "-l", OPERATOR, name, command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


# --- What must not work ---------------------------------------------------------------------------------------------

EVIL = f"#!/bin/sh\\nid -u >{MARK}\\n"

REFUSED_BY_SUDO = {
    "another program": f"{SUDO} /usr/bin/touch {MARK}",
    "a shell": f"{SUDO} /bin/bash -c 'touch {MARK}'",
    "a login shell": f"{SUDO} --login touch {MARK}",
    "the script as an argument": f"{SUDO} /bin/bash {ROLLBACK} backend",
    "the program behind the script": f"{SUDO} /opt/scripts/refit.pyz --etc /tmp rollback backend",
    "Python behind the script": f"{SUDO} /usr/bin/python3 /opt/scripts/refit.pyz rollback backend",
    "an editor": f"{SUDO} --edit {ROLLBACK}",
    "the application's account": f"{SUDO} --user refit-backend {ROLLBACK} backend --list",
    "the build of a script of the same name": f"printf '{EVIL}' >/tmp/rollback.sh; chmod 755 /tmp/rollback.sh;"
    f" {SUDO} /tmp/rollback.sh backend",
    "a link of the same name": f"ln -sfn /bin/bash /tmp/rollback.sh; {SUDO} /tmp/rollback.sh -c 'touch {MARK}'",
    "another working directory": f"{SUDO} --chdir /tmp {ROLLBACK} backend --list",
    "another root": f"{SUDO} --chroot /tmp {ROLLBACK} backend --list",
    "the whole environment": f"{SUDO} --preserve-env {ROLLBACK} backend --list",
    "a variable kept": f"BASH_ENV=/tmp/evil.sh {SUDO} --preserve-env=BASH_ENV {ROLLBACK} backend --list",
    "BASH_ENV": f"{SUDO} BASH_ENV=/tmp/evil.sh {ROLLBACK} backend --list",
    "PYTHONPATH": f"{SUDO} PYTHONPATH=/tmp/evil {ROLLBACK} backend --list",
    "PM2_HOME": f"{SUDO} PM2_HOME=/tmp/evil {ROLLBACK} backend --list",
    "LD_PRELOAD": f"{SUDO} LD_PRELOAD=/tmp/evil.so {ROLLBACK} backend --list",
    "PATH": f"{SUDO} PATH=/tmp/evil {ROLLBACK} backend --list",
}

REFUSED_BY_THE_SCRIPT = {
    "a command after a semicolon": f"'backend; touch {MARK}'",
    "a command in a substitution": f"'$(touch {MARK})'",
    "a command in backticks": f"'`touch {MARK}`'",
    "a command after a pipe": f"'backend | touch {MARK}'",
    "a command on a second line": f"$'backend\\ntouch {MARK}'",
    "settings of the operator's own": "--etc /tmp/evil backend",
    "settings under another name": "--config /tmp/evil backend",
    "settings by path": "../../tmp/evil/backend",
    "settings by absolute path": "/tmp/evil/backend",
    "a spool of the operator's own": "--spool /tmp/evil backend",
    "another command of the program": "notify P2 title message",
    "a service that is not there": "cron",
    "Discord's settings as a service": "discord",
    "a version by path": "backend ../../../../tmp/evil",
    "a version with a command": f"backend '20240126-100000;touch {MARK}'",
    "a version that is an option": "backend --interpreter=/tmp/evil.sh",
    "an abbreviated option": "backend --lis",
}


@pytest.fixture(scope="module")
def traps(site: Site) -> None:
    """What an attempt would lead to: a script, a module, a program and settings that leave the mark."""
    done = as_operator(
        site,
        f"mkdir -p /tmp/evil; printf '{EVIL}' | tee /tmp/evil.sh /tmp/evil/python3 /tmp/evil/pm2 /tmp/evil/node"
        " >/dev/null; chmod 755 /tmp/evil.sh /tmp/evil/*;"
        f" printf 'import os\\nos.system(\"touch {MARK}\")\\n' | tee /tmp/evil/argparse.py /tmp/evil/sitecustomize.py"
        " >/dev/null; echo '{}' >/tmp/evil/backend.json",
    )
    assert done.returncode == 0, done.stdout


def assert_nothing_happened(site: Site) -> None:
    seen = f"ls {MARK} 2>/dev/null; readlink /opt/ai_app/current; head -n 1 {ROLLBACK}"
    container = site.servers.container("app1")
    assert docker("exec", container, "sh", "-c", seen).splitlines() == [f"releases/v{SECOND}", "#!/bin/bash -p"]


@pytest.mark.usefixtures("traps")
@pytest.mark.parametrize("command", REFUSED_BY_SUDO.values(), ids=REFUSED_BY_SUDO.keys())
def test_sudo_lets_an_operator_run_nothing_else(site: Site, command: str) -> None:
    done = as_operator(site, command)
    assert done.returncode == 1, done.stdout
    assert "sudo" in done.stdout  # its own refusal, not a failure further on
    assert_nothing_happened(site)


@pytest.mark.usefixtures("traps")
@pytest.mark.parametrize("arguments", REFUSED_BY_THE_SCRIPT.values(), ids=REFUSED_BY_THE_SCRIPT.keys())
def test_no_argument_becomes_a_shell_or_other_settings(site: Site, arguments: str) -> None:
    done = as_operator(site, f"{SUDO} {ROLLBACK} {arguments}")
    assert done.returncode == 2, done.stdout
    assert "오류: " in done.stdout
    assert_nothing_happened(site)


@pytest.mark.usefixtures("traps")
def test_the_operators_environment_does_not_arrive(site: Site) -> None:
    hostile = (
        "BASH_ENV=/tmp/evil.sh ENV=/tmp/evil.sh PYTHONPATH=/tmp/evil PYTHONSTARTUP=/tmp/evil.sh PYTHONHOME=/tmp/evil"
        " PM2_HOME=/tmp/evil NODE_OPTIONS=--require=/tmp/evil.sh IFS=/ PS4='$(touch /root/escaped)' SHELLOPTS=xtrace"
        " HOME=/tmp/evil PATH=/tmp/evil:$PATH"
    )
    done = as_operator(site, f"cd /tmp/evil && env {hostile} /usr/bin/sudo -n {ROLLBACK} backend --plan")
    assert done.returncode == 0, done.stdout
    assert FIRST in done.stdout
    assert_nothing_happened(site)


@pytest.mark.usefixtures("traps")
def test_a_link_to_the_script_runs_the_script_and_nothing_of_the_links(site: Site) -> None:
    as_operator(site, f"ln -sfn {ROLLBACK} /tmp/evil/rollback.sh; cp /tmp/evil.sh /tmp/evil/refit.pyz")
    done = as_operator(site, f"cd /tmp/evil && {SUDO} /tmp/evil/rollback.sh backend --list")
    assert done.returncode in (0, 1), done.stdout
    assert_nothing_happened(site)


@pytest.mark.parametrize(
    "path",
    [
        "/opt/scripts/rollback.sh",
        "/opt/scripts/refit.pyz",
        "/opt/scripts/new",
        "/etc/refit/backend.json",
        "/etc/sudoers.d/refit-rollback",
        "/var/lib/refit/backend/ledger.jsonl",
        "/opt/ai_app/ecosystem.config.cjs",
        "/opt/ai_app/current",
        f"/opt/ai_app/releases/v{FIRST}/server.js",
        "/opt/ai_app/shared/x",
        "/usr/local/bin/pm2",
        "/usr/local/bin/new",
        "/etc/systemd/system/pm2-refit-backend.service",
    ],
)
def test_an_operator_changes_none_of_what_runs_as_root(site: Site, path: str) -> None:
    assert as_operator(site, f"echo x >>{path}").returncode != 0
    assert as_operator(site, f"ln -sfn /tmp/evil {path}").returncode != 0
    assert as_operator(site, f"mv {path} {path}.old").returncode != 0


@pytest.mark.parametrize(
    "path", ["/etc/refit/backend.json", "/etc/refit/discord.json", "/opt/ai_app/ecosystem.config.cjs"]
)
def test_an_operator_reads_no_secret(site: Site, path: str) -> None:
    assert site.host("app1").file(path).exists
    assert as_operator(site, f"cat {path}").returncode != 0


def test_no_script_reads_a_file_with_roots_rights_for_an_operator(site: Site) -> None:
    done = as_operator(site, f"{SUDO} {NOTIFY} P2 title message --file /etc/shadow --dry-run")
    assert (done.returncode, "읽을 수 없습니다" in done.stdout) == (2, True), done.stdout
    for arguments in ("--etc /tmp/evil P2 title message", "--spool /tmp/evil P2 title message"):
        assert as_operator(site, f"{SUDO} {NOTIFY} {arguments}").returncode == 2


def test_the_application_itself_has_no_right_to_sudo(site: Site) -> None:
    done = site.host("app1").run(f"runuser -u refit-backend -- {SUDO} {ROLLBACK} backend --list")
    assert done.rc != 0


# --- What must work -------------------------------------------------------------------------------------------------


def test_an_operator_sees_what_a_rollback_would_do(site: Site) -> None:
    listed = as_operator(site, f"{SUDO} {ROLLBACK} backend --list")
    assert listed.returncode == 0, listed.stdout
    assert f"롤백하면: {FIRST}" in listed.stdout
    planned = as_operator(site, f"{SUDO} {ROLLBACK} backend --plan")
    assert planned.returncode == 0, planned.stdout
    assert_nothing_happened(site)


def test_an_operator_rolls_back(site: Site) -> None:
    for name in site.app:
        done = as_operator(site, f"{SUDO} {ROLLBACK} backend", name)
        assert done.returncode == 0, done.stdout
        said = done.stdout.splitlines()
        assert said[0] == f"롤백 시작: backend {SECOND} -> {FIRST}"
        assert f"{FIRST}으로 전환합니다" in said
        assert "PM2로 backend를 재시작합니다" in said
        assert f"롤백 완료: backend {FIRST} 실행 중, 정상 확인" in said
        assert said[-2] == "backend 배포가 동결되었습니다. 다시 안전해지면:"
        assert "ansible-playbook -i INVENTORY playbooks/resume.yml -e service=backend" in said[-1]
    assert site.running() == [FIRST] * 3


def test_the_ledger_names_the_operator(site: Site) -> None:
    ledger = site.host("app1").file("/var/lib/refit/backend/ledger.jsonl").content_string
    assert f"{OPERATOR}@app1" in ledger.splitlines()[-1]


def test_pressing_again_does_not_go_back_further(site: Site) -> None:
    done = as_operator(site, f"{SUDO} {ROLLBACK} backend")
    assert done.returncode in (3, 8), done.stdout
    assert site.running() == [FIRST] * 3
