"""Run the stand-in as a process: ``python tests/support/discord/__main__.py --help``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

if not __package__:
    # Started by its path: what Python took for the first folder of modules is this package itself.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from support.discord.buckets import Limit
from support.discord.journal import Journal
from support.discord.server import GLOBAL_LIMIT, USUAL_LIMIT, DiscordStandIn


def _named_id(text: str) -> tuple[str, str]:
    name, equals, number = text.partition("=")
    if not (name and equals and number.isdigit()):
        raise argparse.ArgumentTypeError("{!r} is not NAME=ID".format(text))
    return name, number


def _limit(text: str) -> Limit:
    requests, _slash, seconds = text.partition("/")
    try:
        return Limit(int(requests), float(seconds))
    except ValueError:
        raise argparse.ArgumentTypeError("{!r} is not REQUESTS/SECONDS".format(text)) from None


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="discord",
        description="A stand-in for Discord's webhook API on 127.0.0.1. GET /_webhooks names the webhook URLs, "
        "GET /_messages what was received, POST /_control makes it fail; SIGTERM ends it.",
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--port-file", metavar="FILE", help="write the port here once requests are taken")
    parser.add_argument("--log", metavar="FILE", help="write every message and edit here, for show.py")
    parser.add_argument("--channel", action="append", default=[], metavar="NAME", help="make this channel (repeat)")
    parser.add_argument("--role", action="append", default=[], type=_named_id, metavar="NAME=ID")
    parser.add_argument("--user", action="append", default=[], type=_named_id, metavar="NAME=ID")
    parser.add_argument("--limit", type=_limit, default=USUAL_LIMIT, metavar="N/S", help="requests/seconds per bucket")
    parser.add_argument("--global-limit", type=_limit, default=GLOBAL_LIMIT, metavar="N/S")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    options = _arguments(argv)
    ended = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: ended.set())
    roles, users = dict(options.role), dict(options.user)
    journal = Journal(options.log or os.devnull, roles, users)
    discord = DiscordStandIn(roles, users, options.limit, options.global_limit, port=options.port, listener=journal)
    with discord:
        for channel in options.channel:
            discord.webhook(channel)
        if options.port_file:
            _write_whole(options.port_file, "{}\n".format(discord.port))
        ended.wait()
    journal.close()
    return 0


def _write_whole(path: str, text: str) -> None:
    # Who waits for the file must never read half of it.
    unfinished = Path("{}.{}".format(path, os.getpid()))
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


if __name__ == "__main__":
    sys.exit(main())
