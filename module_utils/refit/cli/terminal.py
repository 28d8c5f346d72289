"""What a script says to the person at the terminal.

Half of it is a stranger's text: what an application logged, why another operator rolled back.  None of that may move
the cursor, turn the writing around or begin a line of its own.  And the terminal may go away in the middle
(``rollback.sh … | head``): what is said then is lost, what is being done is done to its end.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TextIO

from ..words.printable import printable
from ..words.reason import Reason
from ..words.sentence import DEFAULT_LANGUAGE, LANGUAGES, said

_MOST = 4096


def be_patient() -> None:
    """What the terminal's encoding cannot show is shown by its number: no letter stops a script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def language_at(etc: str) -> str:
    """The language of the person here: what their environment says, else what provisioning left in *etc*."""
    found = [os.environ.get("REFIT_LANGUAGE")]
    with contextlib.suppress(OSError, ValueError), open(os.path.join(etc, "discord.json"), encoding="utf-8") as file:
        settings = json.load(file)
        found += [settings.get("language")] if isinstance(settings, dict) else []
    return next((each for each in found if each in LANGUAGES), DEFAULT_LANGUAGE)


@dataclass(frozen=True)
class Voice:
    """Says things in *language*."""

    language: str

    def words(self, reason: Any) -> str:
        """*reason*, or its record, as one line."""
        return said(reason, self.language)

    def tell(self, reason: Reason, end: str = "\n") -> None:
        """Print *reason* as one line on standard error."""
        say(self.words(reason), end)


def say(text: str, end: str = "\n") -> None:
    """Print *text* as one line on standard error."""
    _write(sys.stderr, printable(text, _MOST) + end)


def answer(lines: Iterable[str]) -> None:
    """Print *lines*, each as one line, on standard output."""
    _write(sys.stdout, "".join(printable(line, _MOST) + "\n" for line in lines))


def answer_json(record: Any, indent: int | None = None) -> None:
    """Print *record* as JSON on standard output."""
    _write(sys.stdout, as_json(record, indent) + "\n")


def as_json(record: Any, indent: int | None = None) -> str:
    """*record* as JSON in which letters stand as they are, and what a terminal would obey as an escape."""
    return re.sub(r"[^\n -~]", _escaped, json.dumps(record, ensure_ascii=False, indent=indent))


def _escaped(found: re.Match[str]) -> str:
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        # Nobody reads it any more. What waits to be written must not fail again, at the end of the program.
        with contextlib.suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
