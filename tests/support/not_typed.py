"""The commands of the pages that no test types on servers, and why not; all others are typed as they stand there."""

from __future__ import annotations

from support.pages import Command, commands

_DEMO = "of the demo, whose fleet is this machine's: the integration tests run playbooks on the like of it"
_DEVELOPER = "of whoever changes this project; the gate runs it, or what it stands for"
_BARE = "the scenario of bare servers runs this playbook, in check mode first"
_SHORT = "the playbook's short form in a table: the whole command stands elsewhere, and is typed"

NOT_TYPED = {
    "make demo-up": _DEMO,
    "make demo-down": _DEMO,
    "make demo": _DEMO,
    "ansible-playbook -i inventory/demo playbooks/deploy.yml -e release_version=20240127-100000"
    " -e release_artifact=.demo/artifacts/app-20240127-100000.tar.gz": _DEMO,
    "ansible-playbook -i inventory/demo playbooks/deploy.yml -e release_version=20240127-110000"
    " -e release_artifact=.demo/artifacts/app-20240127-110000.tar.gz": _DEMO,
    "ansible-playbook -i inventory/demo playbooks/status.yml": _DEMO,
    ".demo/server1/opt/scripts/rollback.sh backend --list": _DEMO,
    "ansible-playbook -i inventory/demo rollback.yml -e rollback_further=true --check --diff": _DEMO,
    "make venv && export PATH=$PWD/.venv/bin:$PATH": "it installs what this very test runs with",
    "make venv": "it installs what this very test runs with",
    "make test": _DEVELOPER,
    "make lint": _DEVELOPER,
    "make molecule": _DEVELOPER,
    "make bench": _DEVELOPER,
    "make help": _DEVELOPER,
    'make test PYTEST="-k ledger -x"': _DEVELOPER,
    "make test-slow": _DEVELOPER,
    "make test-all": _DEVELOPER,
    "bash .ci/run": _DEVELOPER,
    "python tests/support/role_tables.py --write": _DEVELOPER,
    "ansible-vault encrypt_string --ask-vault-pass --name alerts 'https://discord.com/api/webhooks/…'": (
        "Ansible's own: it asks a terminal for a password, and prints"
    ),
    "ansible-playbook playbooks/provision.yml --check": _BARE,
    "ansible-playbook playbooks/provision.yml": _BARE,
    "pm2 startup": "PM2's own, for servers that this project did not make ready",
    "playbooks/deploy.yml -e release_version=V -e release_artifact=PATH_OR_URL": _SHORT,
    "rollback.yml [-e release_version=V] [-e rollback_reason=\"'5xx above 50 %'\"]": _SHORT,
    "playbooks/health-check.yml [-e fail_on=P0]": _SHORT,
    "playbooks/freeze.yml -e freeze_reason=\"'…'\"": _SHORT,
    "playbooks/resume.yml -e resume_reason=\"'…'\"": _SHORT,
    "playbooks/incident.yml -e incident_action=open -e incident_severity=P0 -e incident_reason=\"'…'\"": _SHORT,
    "playbooks/notify.yml -e notify_event=NAME [-e notify_message=\"'…'\"]": _SHORT,
    "playbooks/notify.yml --check --diff": _SHORT,
}


def is_a_name(command: Command) -> bool:
    """Whether a sentence only names a program by it, such as ``sudo /opt/scripts/rollback.sh``."""
    words = command.simple[0]
    return not command.in_block and len(words[words[0] == "sudo" :]) < 2


def to_be_typed() -> list[Command]:
    """What a person types on a workstation or a server, and a test therefore, too."""
    return [command for command in commands() if not is_a_name(command) and command.text not in NOT_TYPED]
