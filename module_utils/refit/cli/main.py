"""``refit.pyz``: the door for the scripts on a server.

The scripts call ``refit.pyz --etc DIR --spool DIR COMMAND …``; *etc* holds the settings,
*spool* the messages to Discord that wait.
Exit codes are those of :mod:`.errors` and of each command's own module.
"""

from __future__ import annotations

import os
import sys

from .. import __version__
from ..core.errors import RefitError
from . import notify, rollback
from .terminal import answer, be_patient, say

COMMANDS = {"rollback": rollback.main, "notify": notify.main, "flush": notify.flush}
USAGE = "refit {}\nusage: refit.pyz [--etc DIR] [--spool DIR] {} …\n       refit.pyz --version".format(
    __version__, "|".join(COMMANDS)
)


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code and prints errors for a person."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    places = {"--etc": "/etc/refit", "--spool": "/var/spool/refit/discord"}
    while len(arguments) > 1 and arguments[0] in places:
        places[arguments[0]] = arguments[1]
        del arguments[:2]
    be_patient()
    if arguments == ["--version"]:
        answer([f"refit {__version__}"])
        return 0
    if not arguments or arguments[0] not in COMMANDS:
        for line in USAGE.splitlines():
            say(line)
        return 2
    os.umask(0o022)
    try:
        return COMMANDS[arguments[0]](arguments[1:], places["--etc"], places["--spool"])
    except RefitError as error:
        say(f"ERROR: {error.what}")
        if error.where:
            say(f"  where: {error.where}")
        if error.next_command:
            first, *more = str(error.next_command).split("\n")
            say(f"  next:  {first.strip()}")
            for line in more:
                say(f"  {line}")
        return error.exit_code
    except KeyboardInterrupt:
        say("")
        say("Interrupted. Run the same command again: it finishes what was begun.")
        return 130
