"""What a rollback without a version would do now, as it itself decides.  Pure: surveys in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..core.errors import ROLLBACK_YML, RecentRollback, RefitError, Step
from ..state.signatures import Keyring
from ..words.reason import Reason
from .memory import Surveys
from .plan import plan_rollback


@dataclass(frozen=True)
class WayBack:
    """Whoever shows the command that goes back asks this first.

    Attributes:
        targets: per reachable host where it would be taken, now or once that is not refused any more.
        steps: the commands that go back now.
        refused: why the command without a version would be refused now; None where it would not.
        for_now: whether that is for some minutes only.
    """

    targets: dict[str, str] = field(default_factory=dict)
    steps: Sequence[Step] = (Step(ROLLBACK_YML),)
    refused: Reason | None = None
    for_now: bool = False


def way_back(surveys: Surveys, keyring: Keyring | None = None) -> WayBack:
    """Where ``rollback.yml`` would take the hosts of *surveys*, and the command that does."""
    try:
        plan = plan_rollback(surveys, may_fetch=True, looks=True, keyring=keyring)
    except RefitError as error:
        return WayBack(steps=error.steps, refused=Reason("rollback_is_refused", what=error.what))
    if plan.refused is None:
        return WayBack(plan.targets)
    return WayBack(plan.targets, plan.refused.steps, _not_yet(plan.refused), for_now=True)


def _not_yet(error: RecentRollback) -> Reason:
    return Reason("rollback_is_refused_for_now", until=error.until, what=error.what)
