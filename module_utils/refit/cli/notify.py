"""``discord-notify.sh SEVERITY TITLE MESSAGE``: a message from a server to the team; and ``flush``,
with which the timer sends what could not be delivered."""

from __future__ import annotations

import argparse
import contextlib
import glob
import json
import os
import socket
import stat
import sys

from ..config.secrets import masker_of
from ..core.errors import InvalidInput, why_failed
from ..core.masking import Masker
from ..core.privileges import behind_sudo, rights_of
from ..notify.config import CHANNELS, NotifyConfig
from ..notify.discord_delivery import EDITED, QUEUED, SENT
from ..notify.notifier import Notifier, in_words, is_trouble, unpinged_in_words
from ..notify.outbox import Outbox
from ..state import runs
from ..words.reason import Reason, from_record
from ..words.sentence import said
from .parser import CommandLine
from .terminal import Voice, answer, answer_json, language_at, say

OK, USAGE, QUEUED_CODE, REFUSED_CODE = 0, 2, 3, 4
SEVERITIES = ("P0", "P1", "P2", "OK")
MAX_MESSAGE_BYTES = 1024 * 1024
# More than any message can quote.
MAX_EXCERPT_BYTES = 64 * 1024
# The timer comes back a minute later.
FLUSH_S = 30.0
_SPECIAL = (
    (stat.S_ISDIR, "a_directory"),
    (stat.S_ISFIFO, "a_pipe"),
    (stat.S_ISSOCK, "a_socket"),
    (stat.S_ISCHR, "a_device"),
    (stat.S_ISBLK, "a_device"),
)

EXIT_CODES = (
    (0, Reason("notify_exit_0")),
    (1, Reason("exit_unexpected")),
    (2, Reason("notify_exit_2")),
    (3, Reason("notify_exit_3")),
    (4, Reason("notify_exit_4")),
)


def parser(language: str) -> argparse.ArgumentParser:
    """The command line of ``discord-notify.sh``."""
    right = 'P2 "title" "message"'
    found = CommandLine("discord-notify.sh", Reason("notify_does"), EXIT_CODES, right, language)
    words = found.words
    found.add_argument("severity", metavar="SEVERITY", choices=SEVERITIES, type=str.upper, help=", ".join(SEVERITIES))
    found.add_argument("title", metavar="TITLE")
    found.add_argument("message", metavar="MESSAGE", help=words(Reason("help_message")))
    found.add_argument("--channel", choices=CHANNELS, default="alerts", help=words(Reason("help_channel")))
    found.add_argument(
        "--field", action="append", default=[], type=_field, metavar="NAME=VALUE", help=words(Reason("help_field"))
    )
    found.add_argument("--file", metavar="PATH", help=words(Reason("help_file")))
    found.add_argument("--dry-run", action="store_true", help=words(Reason("help_dry_run")))
    return found


def main(argv: list[str], etc: str, spool: str | None = None) -> int:
    """Run the command; returns one of the documented exit codes.

    Raises:
        InvalidInput: the arguments or the settings are wrong.
    """
    voice = Voice(language_at(etc))
    arguments = parser(voice.language).parse_args(argv)
    notifier = from_etc(etc, spool)
    facts = {
        "severity": arguments.severity,
        "title": arguments.title,
        "message": _message(arguments.message),
        "actor": runs.owner(),
        "hosts": [called(notifier.config)],
        "fields": dict(arguments.field),
        "log": _masker(etc).hide(_end_of(arguments.file)) if arguments.file else "",
    }
    if arguments.dry_run:
        preview = notifier.preview("plain", facts, channel=arguments.channel)
        answer_json({**preview, "warnings": [warning.to_record() for warning in preview["warnings"]]}, indent=1)
        return OK
    result = notifier.send("plain", facts, channel=arguments.channel)
    for warning in result["warnings"]:
        voice.tell(Reason("warning_line", what=from_record(warning)))
    if result["status"] in (SENT, EDITED):
        if is_trouble(result):
            say(in_words(result, voice.language))
        return OK
    why = from_record(result["complaint"] or result["note"] or "")
    code = "message_lost" if result["lost"] else "message_queued" if result["status"] == QUEUED else "message_refused"
    voice.tell(Reason(code, why=why, status=result["status"]))
    return QUEUED_CODE if result["status"] == QUEUED else REFUSED_CODE


def flush(argv: list[str], etc: str, spool: str | None = None) -> int:
    """Send what waits: 0 when nothing waits any more, 3 while something does, 4 when Discord refused something.

    Raises:
        InvalidInput: the settings are wrong.
    """
    if argv:
        raise InvalidInput(Reason("flush_takes_none", text=argv[0]), next_command="refit.pyz flush")
    voice = Voice(language_at(etc))
    notifier = from_etc(etc, spool)
    result = notifier.flush(deadline_s=FLUSH_S)
    if result["delivered"] or result["pending"] or result["refused"]:
        counts = {name: result[name] for name in ("delivered", "refused", "pending")}
        answer([voice.words(Reason("outbox_flushed", **counts))])
    if result["complaint"]:
        say(said(result["complaint"], voice.language))
    for line in unpinged_in_words(result["unpinged"], voice.language):
        say(line)
    if result["refused"]:
        return REFUSED_CODE
    return QUEUED_CODE if result["pending"] and not result["busy"] else OK


def from_etc(etc: str, spool: str | None) -> Notifier:
    """The notifier of a server, set up by ``<etc>/discord.json``.  Raises InvalidInput."""
    config = NotifyConfig.load(f"{etc}/discord.json")
    return Notifier(config, Outbox(spool) if spool else None)


def called(config: NotifyConfig) -> str:
    """What the readers of messages call this server: by the inventory, where provisioning has left that here."""
    return config.host or socket.gethostname()


def _masker(etc: str) -> Masker:
    """For what any service of this host is handed: whose log it is that is quoted is not said."""
    settings = []
    for path in glob.glob(os.path.join(glob.escape(etc), "*.json")):
        with contextlib.suppress(OSError, ValueError), open(path, encoding="utf-8") as file:
            settings.append(json.load(file))
    return masker_of(*settings)


def _message(text: str) -> str:
    if text != "-":
        return text
    return sys.stdin.buffer.read(MAX_MESSAGE_BYTES).decode("utf-8", "replace")


def _field(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name.strip() and equals):
        wrong = Reason("argument_wrong", name="--field", why=Reason("no_name_and_value", text=text))
        raise InvalidInput(wrong, next_command="discord-notify.sh --help")
    return name.strip(), value


def _refuse_special(path: str, mode: int) -> None:
    """Raise InvalidInput where *mode* is that of anything but a file: its end may never come."""
    kind = next((name for is_one, name in _SPECIAL if is_one(mode)), "" if stat.S_ISREG(mode) else "no_file")
    if kind:
        raise InvalidInput(Reason("file_is_none", kind=Reason(kind)), path, Reason("name_a_log"))


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _end_of(path: str) -> str:
    """The end of the file at *path*, read with the rights of the person behind sudo."""
    try:
        with rights_of(behind_sudo()):
            _refuse_special(path, os.stat(path).st_mode)
            with open(path, "rb", opener=_without_waiting) as file:
                _refuse_special(path, os.fstat(file.fileno()).st_mode)  # whatever has taken its place
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - MAX_EXCERPT_BYTES))
                end = file.read(MAX_EXCERPT_BYTES).decode("utf-8", "replace")
    except OSError as error:
        why = Reason("file_cannot_be_read", why=why_failed(error))
        raise InvalidInput(why, path, Reason("name_one_readable")) from None
    # What was cut off in the middle of a line is no line.
    return (size > MAX_EXCERPT_BYTES and end.partition("\n")[2]) or end
