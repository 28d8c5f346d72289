"""After each batch of a deploy: may the next one begin?  Pure; the playbook's loop asks nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from ..deploy.outcomes import GOOD
from ..health.grades import OK, P2, Severity
from ..words.reason import Reason, Record, from_record
from .rollout import Course, overtaken_by

Word = Literal["go_on", "stop", "take_back", "stand_aside"]
GO_ON: Final = "go_on"
STOP: Final = "stop"
TAKE_BACK: Final = "take_back"
STAND_ASIDE: Final = "stand_aside"
_CONCLUSIONS: Mapping[Word, Mapping[str, str]] = {
    GO_ON: {"ko": "→ 계속", "en": "→ goes on"},
    STOP: {"ko": "→ 중단 (되돌리지 않음)", "en": "→ stops, and takes nothing back"},
    TAKE_BACK: {"ko": "→ 되돌림", "en": "→ takes back"},
    STAND_ASIDE: {"ko": "→ 다른 작업에 넘김", "en": "→ leaves it to the newer run"},
}


@dataclass(frozen=True)
class Decision:
    """What a deploy does next, and why.

    Attributes:
        decision: ``go_on``; ``stop``: no further batch, nothing is taken back, a person decides;
            ``take_back``: every touched host goes back; ``stand_aside``: a newer run has taken
            over, and what it does is not to be disturbed.
        why: a reason's record; empty where all is well.
    """

    decision: Word
    why: Record = ""

    def to_record(self) -> dict[str, Any]:
        return asdict(self)


def decide(course: Course, bad_hosts: Mapping[str, Record], severity: Severity = OK, why: Record = "") -> Decision:
    """Decide after a batch.

    Args:
        course: the deploy so far; hosts in *bad_hosts* count as failed in it already.
        bad_hosts: why hosts are bad after all that were proven.
        severity: the grade of the hosts that run the release, as far as it was observed.
        why: what that grade rests on.
    """
    overtaken = overtaken_by(course.outcomes)
    if overtaken:
        return Decision(STAND_ASIDE, has_taken_over(overtaken))
    for host in sorted(course.outcomes):
        record = course.outcomes[host]
        if record is None:
            return Decision(TAKE_BACK, Reason("host_was_lost", host=host).to_record())
        if record["outcome"] not in GOOD:
            bad = bad_hosts.get(host) or record.get("reason") or record["outcome"]
            return Decision(TAKE_BACK, Reason("on_host", host=host, why=from_record(bad)).to_record())
    if severity in (OK, P2):
        return Decision(GO_ON, _graded(severity, why) if why else "")
    # UNKNOWN is no better: what cannot be seen passes no gate, and is no reason to take anything back.
    return Decision(STOP, _graded(severity, why))


def _graded(severity: Severity, why: Record) -> Record:
    return Reason("graded", severity=severity, why=from_record(why)).to_record()


def has_taken_over(who: Record) -> Record:
    """Why a run ended that *who* has overtaken."""
    return Reason("has_taken_over", by=from_record(who)).to_record()


def conclusion(decision: Decision, language: str = "ko") -> str:
    """*decision* as the last word under what it rests on."""
    return _CONCLUSIONS[decision.decision][language]
