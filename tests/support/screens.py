"""What a person sees, as files beside the tests: whoever changes a word sees in review what that makes of each screen.

They are written anew by ``REFIT_WRITE_SCREENS=1 pytest`` of the test that compares them.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

RULE = "-" * 100
NOW = datetime(2024, 1, 27, 18, 12, tzinfo=timezone.utc).timestamp()
# A command, and on a narrow screen the lines that it goes on in; what Ansible says itself.
_NO_PROSE = re.compile(
    r"(?:ansible-playbook|sudo /opt).*(?:\n\S.*)*|✗ \S+  \w+ · .*(?:\n {20,}.*)*|::error.*|https?://\S+"
)
_ENGLISH = re.compile(r"(?:[A-Za-z][a-z']+[ ,.]+){2,}[A-Za-z][a-z']+")


def compared(path: Path, shown: str) -> None:
    """What the screen *path* shows is *shown*."""
    if os.environ.get("REFIT_WRITE_SCREENS"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def english_in(shown: str) -> list[str]:
    """The English sentences on the screen *shown*; a command is none."""
    return _ENGLISH.findall(_NO_PROSE.sub("", shown))


@contextmanager
def at_night(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """At :data:`NOW`, on a machine in Seoul."""
    monkeypatch.setattr("refit.words.times.time", SimpleNamespace(time=lambda: NOW))
    before = os.environ["TZ"]
    os.environ["TZ"] = "KST-9"
    time.tzset()
    try:
        yield
    finally:
        os.environ["TZ"] = before
        time.tzset()
