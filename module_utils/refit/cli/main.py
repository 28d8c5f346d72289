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
from ..words.reason import Reason
from . import incident, notify, rollback
from .terminal import Voice, answer, be_patient, language_at, say

COMMANDS = {"rollback": rollback.main, "incident": incident.main, "notify": notify.main, "flush": notify.flush}
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
        _tell(error, Voice(language_at(places["--etc"])))
        return error.exit_code
    except KeyboardInterrupt:
        say("")
        Voice(language_at(places["--etc"])).tell(Reason("run_it_again"))
        return 130


def _text(part: Reason | str, voice: Voice) -> str:
    """*part* of an error; a text may have lines of its own."""
    return voice.words(part) if isinstance(part, Reason) else part


def _tell(error: RefitError, voice: Voice) -> None:
    voice.tell(Reason("error_line", what=error.what))
    if error.where or error.rows:
        voice.tell(Reason("where_line", where=error.where or Reason("as_follows")))
        for line in error.table_in(voice.language):
            say(f"    {line}")
    if error.next_command:
        first, *more = _text(error.next_command, voice).split("\n")
        voice.tell(Reason("next_line", following=first.strip()))
        for line in more:
            say(f"  {line}")
