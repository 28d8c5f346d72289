"""What README and the runbooks tell people to type works as it stands there, for whom they tell it."""

from __future__ import annotations

import subprocess

import pytest

from support.containers.images import ROOT
from support.containers.site import Site
from support.pages import commands
from support.playbooks import environment

# The releases that the pages name.
OLDER, NEWER = "20240127-090000", "20240127-120000"
OPERATOR, ADMINISTRATOR = "lee", "admin"

# A script's path alone, within a sentence, is its name.
TYPED = [command for command in commands() if not command.has_placeholders and len(command.simple[0]) > 2]
ON_A_SERVER = list(dict.fromkeys(command.text for command in TYPED if command.is_for_a_server))
# Those that look, or change what takes no time; deploys and rollbacks are typed by the other scenarios.
LOOKING = ("status.yml", "health-check.yml -e service=backend", "notify.yml", "freeze.yml", "resume.yml", "--check")
LOOKING += ("refit status", "refit health", "refit notify", "refit freeze", "refit resume", "--plan")
AT_THE_WORKSTATION = [
    text
    for text in dict.fromkeys(command.text for command in TYPED)
    if text.startswith(("ansible", "refit")) and " -i " not in text and any(part in text for part in LOOKING)
]

LOOKS = ("--list", "--status", "--logs", "--version", "--dry-run", "df ", "curl ")
# Of rollback.sh: done, nothing to go back to, a version that does not qualify any more, just done by somebody.
ROLLBACK_CODES = {0, 3, 4, 8}
EXCEPTIONS = {
    "ps -o pid,stat,etime,args -p 4711": {1},  # no such process
    "sudo kill -9 4711": {1},
}
NOT_UNDERSTOOD = (
    *("command not found", "Permission denied", "password", "Traceback", "No such file", "usage:"),
    *("has no hosts", "belongs to no variable", "could not be found", "is undefined", "Which service is meant"),
)


@pytest.fixture(scope="module", autouse=True)
def deployed(site: Site) -> None:
    """The releases that the pages name, and an operator as the inventory names one."""
    site.resume()
    site.must_deploy(OLDER)
    site.must_deploy(NEWER)
    done = site.play("playbooks/provision.yml", "--tags", "sudoers", "-e", f'{{"app_host_operators": ["{OPERATOR}"]}}')
    assert done.returncode == 0, done.stdout
    site.host("app1").check_output(
        f"install -d -m 700 -o {OPERATOR} /home/{OPERATOR}/.ssh && usermod --shell /bin/bash {OPERATOR}"
        f" && install -m 600 -o {OPERATOR} /home/admin/.ssh/authorized_keys /home/{OPERATOR}/.ssh/"
        f" && echo notes >/home/{OPERATOR}/notes.txt"
    )


def typed(site: Site, account: str, text: str) -> subprocess.CompletedProcess[str]:
    """Log in as *account* and type *text*; standard error is part of the output."""
    return subprocess.run(
        ["ssh", "-F", str(site.folder / "ssh_config"), "-o", "BatchMode=yes", "-l", account, "app1", text],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def codes_of(text: str) -> set[int]:
    """How *text* may end on a server."""
    if text in EXCEPTIONS:
        return EXCEPTIONS[text]
    if text.endswith("| grep ERROR"):
        return {0, 1}  # there is one, or there is none
    if "discord-notify.sh" in text and "--dry-run" not in text:
        return {4}  # no webhook is configured here
    return {0} if any(part in text for part in LOOKS) else ROLLBACK_CODES


@pytest.mark.parametrize("text", ON_A_SERVER)
def test_on_a_server(site: Site, text: str) -> None:
    done = typed(site, ADMINISTRATOR if text.startswith("sudo kill") else OPERATOR, text)
    assert done.returncode in codes_of(text), done.stdout
    assert [words for words in NOT_UNDERSTOOD if words in done.stdout] == [], done.stdout


@pytest.mark.parametrize("text", AT_THE_WORKSTATION)
def test_at_the_workstation(site: Site, text: str) -> None:
    done = subprocess.run(
        ["bash", "-c", text],
        cwd=ROOT,
        # The inventory that is shipped, with servers in it.
        env=environment(ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_INVENTORY=str(site.folder / "hosts.yml")),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 2), done.stdout
    assert [words for words in NOT_UNDERSTOOD if words in done.stdout] == [], done.stdout
