"""What ``ansible-playbook`` itself makes of command lines, many of them for the price of one.

Ansible is loaded once, and each command line is taken by a child of this process as the program would take it: its
options, its inventory, its vault and its playbook, which it reads and lists and does not run.  Called as a program it
reads the command lines from standard input, as JSON, and answers in the same way.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
ASKED = ("refit_environment", "fleet", "service")


@dataclass(frozen=True)
class Resolved:
    """What a command line comes to.

    Attributes:
        said: what ``--list-hosts --list-tasks`` shows.
        hosts: those of the last play, which is the fleet's, and what each of them has for :data:`ASKED`.
    """

    said: str
    hosts: dict[str, dict[str, Any]]


def resolve(commands: Sequence[Sequence[str]], password: str, env: dict[str, str]) -> list[Resolved]:
    """What becomes of each of *commands*, the words after ``ansible-playbook``.

    Args:
        password: what is typed where one asks for it.
    """
    done = subprocess.run(
        [sys.executable, __file__],
        cwd=ROOT,
        env=env,
        input=json.dumps({"commands": [list(words) for words in commands], "password": password}),
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,  # so that a password is read from standard input, and not from somebody's terminal
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    wrong = [(words, answer["wrong"]) for words, answer in zip(commands, answers) if "wrong" in answer]
    assert not wrong, wrong
    return [Resolved(**answer) for answer in answers]


def _listed(words: Sequence[str]) -> dict[str, Any]:
    from ansible.cli.playbook import PlaybookCLI
    from ansible.template import Templar

    class Cli(PlaybookCLI):
        found: Any = None

        def _play_prereqs(self) -> Any:
            self.found = super()._play_prereqs()
            return self.found

    cli = Cli(["ansible-playbook", *words, "--list-hosts", "--list-tasks"])
    cli.run()
    sys.stdout.flush()
    said = Path("/proc/self/fd/1").read_text(encoding="utf-8")
    last = said[said.rindex("hosts (") : said.rindex("tasks:")]
    loader, inventory, variables = cli.found
    hosts = {}
    for name in re.findall(r"^ +(\S+)$", last, re.MULTILINE):
        known = variables.get_vars(host=inventory.get_host(name))
        hosts[name] = Templar(loader, known).template({asked: known.get(asked) for asked in ASKED})
    return {"said": said, "hosts": hosts}


def _in_a_child(words: Sequence[str], password: str) -> str:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as answer, tempfile.TemporaryFile("w+") as shown:
        child = os.fork()
        if child == 0:
            typed, types = os.pipe()
            os.write(types, f"{password}\n".encode())
            os.close(types)
            os.dup2(typed, 0)
            os.dup2(shown.fileno(), 1)
            try:
                found: dict[str, Any] = _listed(words)
            except BaseException:  # noqa: BLE001  (whatever it is, it is the answer)
                shown.seek(0)
                found = {"wrong": shown.read() + traceback.format_exc()}
            answer.write(json.dumps(found))
            answer.flush()
            os._exit(0)
        os.waitpid(child, 0)
        answer.seek(0)
        return answer.read()


def main() -> None:
    """Answer, a line for each command."""
    import ansible.cli.playbook  # noqa: F401  (once, for all children)
    from ansible.plugins import loader

    for plugins in (loader.inventory_loader, loader.filter_loader, loader.test_loader):
        list(plugins.all(class_only=True))
    asked = json.load(sys.stdin)
    for words in asked["commands"]:
        print(_in_a_child(words, asked["password"]), flush=True)


if __name__ == "__main__":
    main()
