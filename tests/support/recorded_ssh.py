"""An ``ssh`` that writes down whom Ansible asks for what, in between the lines that Ansible itself prints."""

from __future__ import annotations

import subprocess
from typing import NamedTuple

from support import playbooks
from support.still_fleet import StillFleet, write_inventory

#: What a line of a journal begins with that is a call, and no line of Ansible's.
CALL = "SSH "
# Ansible's last two words are the host and the command.
_SSH = f"""#!/bin/sh
for word; do host=$command; command=$word; done
echo "{CALL}$host" >> "$RECORDED_IN"
if [ -z "$RECORDED_ANSWERS" ]; then
  echo "ssh: connect to host $host port 22: Connection refused" >&2
  exit 255
fi
exec /bin/sh -c "$command"
"""


class Run(NamedTuple):
    """A run of a playbook.

    Attributes:
        code: its exit code.
        journal: the lines that it printed, and in their places the calls: :data:`CALL` and the host's name.
    """

    code: int
    journal: list[str]

    @property
    def asked(self) -> set[str]:
        """The hosts that were reached, or were to be."""
        return {line[len(CALL) :] for line in self.journal if line.startswith(CALL)}

    @property
    def said(self) -> str:
        """What it printed, on one line."""
        return " ".join(" ".join(self.journal).split())


class RecordedFleet:
    """*fleet*, and beside it the host ``other`` that is none of it, reached by an ``ssh`` that records."""

    def __init__(self, fleet: StillFleet, **webhooks: str) -> None:
        ssh = fleet.base / "ssh"
        ssh.write_text(_SSH)
        ssh.chmod(0o755)
        reached = {
            "ansible_connection": "ssh",
            "ansible_ssh_executable": str(ssh),
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        }
        self.base = fleet.base
        self.inventory = write_inventory(fleet, {server.name: reached for server in fleet}, **webhooks)
        (self.inventory / "others.yml").write_text(f"others:\n  hosts:\n    other: {reached}\n")

    def play(self, *arguments: str, number: int = 0, answers: bool = False, **environ: str) -> Run:
        """Run a playbook to its end.

        Args:
            number: sets it apart from others that run meanwhile.
            answers: whether hosts can be reached; they do what they are told, on this machine.
        """
        journal = self.base / f"journal-{number}"
        recorded = {"RECORDED_IN": str(journal), "RECORDED_ANSWERS": "yes" if answers else ""}
        with journal.open("w") as opened:
            opened.truncate()
        with journal.open("a") as shown:
            done = subprocess.run(
                ["ansible-playbook", "-i", str(self.inventory), *arguments],
                cwd=playbooks.ROOT,
                env=playbooks.environment(**recorded, **environ),
                stdin=subprocess.DEVNULL,
                stdout=shown,
                stderr=shown,
                check=False,
            )
        return Run(done.returncode, journal.read_text().splitlines())
