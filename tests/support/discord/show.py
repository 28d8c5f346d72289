"""Show what the stand-in received: ``python tests/support/discord/show.py --help``."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

if not __package__:
    # Started by its path: what Python took for the first folder of modules is this package itself.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from support.discord import journal, page, transcript


def main(argv: list[str] | None = None) -> int:
    """Print the journal as a conversation; with ``--page`` write the page as well."""
    parser = argparse.ArgumentParser(prog="show", description="Print what the Discord stand-in received.")
    parser.add_argument("log", help="the file that the stand-in wrote with --log")
    parser.add_argument("--page", metavar="FILE", help="also write one self-contained HTML page")
    parser.add_argument("--width", type=int, help="columns; by default the terminal's")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    options = parser.parse_args(argv)
    if not Path(options.log).is_file():
        parser.error("there is no log at {}; the stand-in writes one with --log".format(options.log))
    conversation = journal.read(options.log)
    color = options.color == "always" or (options.color == "auto" and transcript.wants_color(sys.stdout))
    columns = options.width or shutil.get_terminal_size().columns
    sys.stdout.write(transcript.render(conversation, columns, color))
    if options.page:
        Path(options.page).write_text(page.render(conversation), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
