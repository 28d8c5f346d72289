"""How bad the team was last told that a service is: on every host, so that whoever looks next knows.

Only a severity that is another one than that is news.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from ..core.answers import NotUnderstood, mapping, one_of, text
from ..core.beneath import make_kept
from ..core.durable import read_text, write_file
from ..core.errors import InvalidInput
from ..core.locks import SHORT_S, locked
from ..core.system import Clock
from ..core.timestamps import epoch
from ..words.reason import Reason
from .grades import OK, RANK

_RECORD = mapping({"severity": one_of(*RANK), "at": text})


class ToldSeverity:
    """The record of one service on one host: ``severity``, and ``at``, when it was measured (ISO 8601)."""

    def __init__(self, state_dir: str, clock: Clock) -> None:
        self.path = os.path.join(state_dir, "severity.json")
        self.clock = clock

    def read(self) -> dict[str, str] | None:
        """The record; None where nothing was told yet, or a person has damaged it."""
        try:
            return read(json.loads(read_text(self.path, Reason("read_the_severity_that_was_told")) or ""))
        except ValueError:
            return None

    def write(self, severity: str, at: str) -> None:
        """Remember *severity*, measured *at* (ISO 8601).  Raises InvalidInput, RefitError."""
        record = {"severity": severity, "at": at}
        if read(record) is None:
            raise InvalidInput(
                Reason("is_no_told_severity", severity=repr(severity), at=repr(at)),
                where=Reason("known_are", known=tuple(RANK)),
                next_command=Reason("use_health_check"),
            )
        make_kept(os.path.dirname(self.path), 0o750, Reason("state_directory"))
        with locked(self.path + ".lock", self.clock, SHORT_S, Reason("told_severity")):
            write_file(self.path, json.dumps(record, sort_keys=True) + "\n", 0o640)


def read(answer: Any) -> dict[str, str] | None:
    """The record as it may be in a file, or in a host's answer; None for anything else."""
    try:
        found: dict[str, str] = _RECORD(answer)
    except NotUnderstood:
        return None
    return found if epoch(found["at"]) is not None else None


def last_told(records: Iterable[Mapping[str, str] | None]) -> str:
    """What the team was told last, of all hosts' *records*: a host may have missed the latest.

    OK where nobody was told anything, because that is what nobody is told of.
    """
    return max((record for record in records if record), key=_age, default={"severity": OK})["severity"]


def _age(record: Mapping[str, str]) -> Any:
    return epoch(record["at"]), record["severity"]
