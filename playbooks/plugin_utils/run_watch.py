"""What a run has done so far, as its results tell: what is to be said if it ends before it says so itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from refit.config.invocation import Invocation
from refit.core.errors import Step, commands_of
from refit.fleet import interruption, report
from refit.fleet.answers import read_outcome_of
from refit.fleet.verdict import Verdict
from refit.state.operation import Kind
from refit.words.reason import Record

_ENDS = ("staged", "deploy", "rollback")


class RunWatch:
    """Follows one playbook."""

    def __init__(self) -> None:
        self.found: Mapping[str, Any] | None = None
        self.task = ""
        self._at_work: dict[str, str | None] = {}
        self._outcomes: dict[str, Any] = {}
        self._report = ""
        self._is_told = False

    @property
    def is_open(self) -> bool:
        """Whether something was begun, and how it ended has not been said."""
        return self.found is not None and not self._is_told

    @property
    def kind(self) -> Kind | None:
        """Of the run that was begun."""
        return self.found["plan"]["kind"] if self.found else None

    def order(self, host: str, action: str, arguments: Mapping[str, Any]) -> None:
        """A task begins on *host*."""
        if action == "release_activate" and self.found is not None:
            self._at_work.update(interruption.told_to(self.found["plan"], [host], arguments.get("kind") == "restore"))

    def skip(self, host: str, action: str) -> None:
        """A task that began does not concern *host*."""
        if action == "release_activate":
            self._at_work.pop(host, None)

    def hear(self, host: str, action: str, result: Mapping[str, Any]) -> None:
        """*host* answered."""
        if action == "release_activate":
            self._at_work.pop(host, None)
            self._outcomes[host] = result
        elif action == "fleet_plan" and isinstance(result.get("plan"), Mapping):
            self.found = result
        elif action == "fleet_verdict" and isinstance(result.get("verdict"), Mapping):
            succeeded = result["verdict"].get("succeeded")
            self._report = (
                "" if result.get("ending") is None and succeeded and self.kind == "deploy" else result["report"]
            )
        elif self._report and self._report.split("\n")[0] in str(result.get("msg")):
            self._is_told = True

    def ending(self, why: Record, invocation: Invocation) -> str:
        """The verdict that is missing; empty where none is.

        Args:
            why: what ended the run, in a few words.
            invocation: how the run was called, for the commands that lead on.
        """
        if self.kind is None or not self.is_open:
            return ""
        if self._report:
            return self._report
        verdict = self._verdict(why)
        steps = self._steps(verdict, invocation)
        stands = report.stands_after_a_deploy(self.found["plan"].get("override") if self.found else None)
        return report.render(self.kind, verdict, steps, invocation.write, invocation.at, invocation.language, stands)

    def commands(self, why: Record, invocation: Invocation) -> list[dict[str, Any]]:
        """What leads on from there, for Discord; *why* and *invocation* as for :meth:`ending`."""
        return commands_of(self._steps(self._verdict(why), invocation), invocation.write)

    @property
    def done(self) -> int | None:
        """How many hosts are known to run the target, proven; None where nothing was begun."""
        return self._verdict("").done if self.found is not None else None

    def _steps(self, verdict: Verdict, invocation: Invocation) -> list[Step]:
        assert self.kind is not None
        artifact = invocation.given.get("release_artifact", "PATH_OR_URL")
        return report.next_steps(self.kind, verdict, str(artifact))

    def _verdict(self, why: Record) -> Verdict:
        assert self.found is not None
        outcomes = {host: read_outcome_of(each) for host, each in self._outcomes.items()}
        return interruption.broken_off(self.found["plan"], why, self._at_work, outcomes)
