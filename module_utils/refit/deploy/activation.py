"""Activate one release on one host: switch, reload, prove; or restore.

A rollback is an activation of an explicit version, with the release that is left
marked bad.  Every step is durable before the next begins and the operation is
checked before each, so that a crash at any point leaves something that the same
command finishes, and the orphan of a killed controller stops.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable, Literal, Union

from ..config.kept_directories import check_directories
from ..config.service import Service
from ..core.durable import remove_file, replace_link
from ..core.errors import Busy, Outranked, RefitError, StartFailed, SupervisorError, VersionNotFound
from ..core.system import System
from ..health import probe
from ..health.log_tail import LastWords
from ..health.proof import CheckOnce, Proof, observe, prove
from ..state import ledger_events
from ..state.definitions import Definitions
from ..state.history import RESTORE, UNDO, Purpose
from ..state.ledger import Ledger
from ..state.operation import DEPLOY, ROLLBACK, Operation, Operations
from ..state.releases import damage, link_text
from ..state.versions import legacy, normalise
from ..supervisors.base import Supervisor
from ..words.reason import Reason, Record, recorded
from .host_faults import MAYBE_OF_HOST, host_fault_in
from .marking import Words, rejection
from .outcomes import ACTIVATED, FAILED, GOOD, REFUSED, RESTORED, UNCHANGED, Word
from .steps import is_settled
from .survey import Survey, survey

# Under this name the definition is kept of what ran when `current` led outside releases/.
OUTSIDE = "-outside-"

OnStep = Callable[[str, Union[Reason, str]], None]


@dataclass(frozen=True)
class Request:
    """What is asked of a host.

    Attributes:
        reason: why, as a reason's record or as a person says it.
        kind: what for; ``restore`` where a deploy takes back a host that had succeeded,
            because another one failed.
        mark_bad: the version to mark bad, whatever becomes of this activation.
        finish: whether the operation ends with this activation.
        lock_wait_s: how long to wait for another run on this host.
        words: what the controller signed of the mark and the freeze.
    """

    version: str
    operation: Operation
    kind: Purpose = DEPLOY
    mark_bad: str | None = None
    reason: Record | None = None
    finish: bool = False
    lock_wait_s: float = 0.0
    words: Words = field(default_factory=dict)


@dataclass
class Outcome:
    """What became of a request on *host*; *live* is a version, or in words what is no release,
    *touched* says whether the link may have moved,
    *overtaken_by* whose newer run refused the rest, *log_tail* what a release that was given up logged last."""

    to: str
    outcome: Word
    before: str | None = None
    live: str | None = None
    touched: bool = False
    reason: Reason | None = None
    failed_check: str | None = None
    overtaken_by: Record | None = None
    proof: Mapping[str, Any] | None = None
    restore_proof: Mapping[str, Any] | None = None
    duration_s: float = 0.0
    steps: list[Mapping[str, Any]] = field(default_factory=list)
    log_tail: list[str] = field(default_factory=list)
    host: str = field(default_factory=socket.gethostname)

    def to_record(self) -> dict[str, Any]:
        """The outcome as JSON-able data; ``from`` is what was live before."""
        record = {**self.__dict__, "reason": recorded(self.reason)}
        record["from"] = record.pop("before")
        return record


def activate(
    service: Service,
    system: System,
    supervisor: Supervisor,
    request: Request,
    on_step: OnStep | None = None,
    on_poll: Callable[[Any], None] | None = None,
    check: CheckOnce = probe.check_once,
) -> Outcome:
    """Make *request* true on this host, or put back what was live before.

    Args:
        on_step: called with a step's name and a detail before the step is taken.
        on_poll: called with the proof so far on every look of the health gate.
        check: asks the service once, as in :func:`.proof.prove`.

    Returns:
        the outcome; a release that fails its proof is an outcome, not an error.

    Raises:
        VersionNotFound: the release is not here or not whole; nothing was touched.
        UnsafePath: somebody else could exchange the service's directories; nothing was touched.
        RefitError: state cannot be read or written (a full disk, say), and nothing was touched.
    """
    check_directories(service)
    outcome = Outcome(to=normalise(request.version), outcome=REFUSED)
    run = _Activation(service, system, supervisor, request, outcome, on_step, on_poll, check)
    operations = run.operations
    try:
        run.step("lock", request.operation.kind)
        with operations.working(request.operation, request.lock_wait_s, lambda who: run.step("wait", who)):
            run.perform()
            if request.finish:
                operations.finish(request.operation)
    except Busy as error:
        outcome.outcome = REFUSED
        outcome.reason = error.reason
        outcome.failed_check = error.kind
        outcome.overtaken_by = error.by.to_record() if isinstance(error, Outranked) else None
    except RefitError as error:
        if not outcome.touched:
            raise
        # A disk that is full after the switch, say: what is known of the host must not be lost.
        outcome.outcome, outcome.reason, outcome.failed_check = FAILED, error.reason, error.kind
    outcome.duration_s = run.elapsed_s()
    if outcome.touched and outcome.outcome not in GOOD:
        outcome.log_tail = run.last_words.lines()
        blame_host(outcome)
    return outcome


def blame_host(outcome: Outcome) -> None:
    """Where the release logged that something of the host was in its way, that is what failed."""
    said = next(((check, line) for line in outcome.log_tail for check in [host_fault_in(line)] if check), None)
    if said and outcome.failed_check in MAYBE_OF_HOST:
        outcome.failed_check = said[0]
        outcome.reason = Reason("it_logged", why=outcome.reason, line=said[1].strip()[:300])


class _Activation:
    """One run of :func:`activate`: the request, and the outcome as it grows."""

    def __init__(
        self,
        service: Service,
        system: System,
        supervisor: Supervisor,
        request: Request,
        outcome: Outcome,
        on_step: OnStep | None,
        on_poll: Callable[[Any], None] | None,
        check: CheckOnce,
    ) -> None:
        self.service = service
        self.system = system
        self.supervisor = supervisor
        self.request = request
        self.outcome = outcome
        self.on_step = on_step
        self.on_poll = on_poll
        self.check = check
        self.last_words = LastWords(service, system, supervisor)
        self.started = system.clock.monotonic()
        self.operations = Operations(service.state_dir, system)
        self.ledger = Ledger(service.state_dir, system.clock)
        self.definitions = Definitions(service.state_dir)

    # -- the story ---------------------------------------------------------

    def perform(self) -> None:
        """Everything that happens under the lock."""
        version = self.outcome.to
        found = survey(self.service, self.system, self.supervisor)
        self.outcome.live = found.live_or_legacy
        self._refuse_unusable(found, version)
        self._mark_bad(found)
        if self._unchanged(found, version):
            return
        base, base_link = self._base(found, version)
        self.outcome.before = base
        was_healthy = self._was_healthy(found)
        self._intend(found, version, base, base_link)
        proof = self._try(version, self._definition_for(version))
        if proof.proven:
            self._record_success(version, base, proof)
        else:
            self._go_back(version, base, base_link, proof, was_healthy)

    def _try(self, version: str, definition: str | None, prefix: str = "") -> Proof:
        """Switch, reload, prove; a process manager that fails is a failed proof."""
        self.step(prefix + "switch", version)
        self.outcome.touched = True
        replace_link(self.service.current_link, link_text(version))
        self.outcome.live = version
        try:
            self.step(prefix + "reload", version)
            self.supervisor.reload(definition)
        except SupervisorError as error:
            return Proof.failed(version, "process" if isinstance(error, StartFailed) else "manager", error.reason)
        if not prefix:
            self.step("activated", version)
            self._append(ledger_events.ACTIVATED, version)
        self.step(prefix + "prove", version)
        return self._prove(version)

    def _prove(self, version: str | None, deadline_s: float | None = None) -> Proof:
        return prove(
            self.service,
            self.system,
            self.supervisor,
            version,
            on_poll=self._poll,
            deadline_s=deadline_s,
            check=self.check,
        )

    def _record_success(self, version: str, base: str | None, proof: Proof) -> None:
        self.step("verify", version)
        self.outcome.outcome = ACTIVATED
        self.outcome.proof = proof.to_record()
        self._append_verified(version, base, self.request.kind)

    # -- before the switch -------------------------------------------------

    def _refuse_unusable(self, found: Survey, version: str) -> None:
        release = found.release(version)
        problem = damage(self.service, version, deep=True, known=found.history.of(version))
        if release is None or not release.usable:
            problem = problem or (release.why_not if release else Reason("directory_is_gone"))
        if problem:
            raise VersionNotFound(
                Reason("release_unusable", version=version, why=problem),
                where=self.service.release_dir(version),
                next_command=Reason("stage_again_or_name_another"),
            )

    def _mark_bad(self, found: Survey) -> None:
        bad = self.request.mark_bad
        if not bad or bad == self.outcome.to:
            return
        entries = rejection(
            found.history.holds,
            self.request.operation,
            bad,
            self.request.reason,
            freeze=self.request.kind == ROLLBACK,
            words=self.request.words,
        )
        if entries:
            self.step("mark_bad", bad)
            self.ledger.append(*entries)

    def _unchanged(self, found: Survey, version: str) -> bool:
        """Whether the release is live already and proves it at once."""
        record = {**found.to_record(), "definition_changes": self._definition_changes(version)}
        if not is_settled(record, version):
            return False
        health = self.service.health
        quick_s = max(health.successes * health.interval_s, health.stable_s) + 2 * health.timeout_s
        self.step("prove_unchanged", version)
        proof = self._prove(version, min(quick_s, health.deadline_s))
        if proof.proven:
            self.outcome.outcome = UNCHANGED
            self.outcome.before = version
            self.outcome.proof = proof.to_record()
        return proof.proven

    def _base(self, found: Survey, version: str) -> Any:
        """What to restore on failure: what was live before the first unfinished
        attempt, because the target of a run that died was never proven."""
        intent = found.history.open_intent
        if intent is None and found.live is not None:
            return found.live, link_text(found.live)
        if intent is None:
            return None, found.current.points_to if found.current else None
        if intent.before != version:
            return intent.before, intent.before_link
        return (intent.version, link_text(intent.version)) if intent.version != version else (None, None)

    def _was_healthy(self, found: Survey) -> bool | None:
        if found.current is None:
            return None
        try:
            return bool(observe(self.service, self.system, self.supervisor, check=self.check)["healthy"])
        except SupervisorError:
            return False

    def _intend(self, found: Survey, version: str, base: str | None, base_link: str | None) -> None:
        intent = found.history.open_intent
        installed = self.supervisor.installed_definition()
        if intent is None and found.current and installed is not None:
            # Only now does what is installed surely belong to what is live.
            self.definitions.keep(found.live or OUTSIDE, installed)
        self.step("intent", version)
        entries = []
        if intent is not None and intent.version != version:
            entries.append(
                self._entry(
                    ledger_events.ABANDONED, intent.version, reason=Reason("interrupted_then_replaced").to_record()
                )
            )
        entries.append(
            self._entry(
                ledger_events.INTENT,
                version,
                **{"from": base, "from_target": base_link, "kind": self.request.kind},
                settings=self.service.fingerprint,
            )
        )
        self.ledger.append(*entries)

    def _definition_for(self, version: str) -> str | None:
        """A restore brings back the definition its release ran with; everything
        else takes the service's present settings."""
        return self.definitions.of(version) if self.request.kind == RESTORE else None

    def _definition_changes(self, version: str) -> bool:
        wanted = self._definition_for(version) or self.supervisor.definition()
        return self.supervisor.installed_definition() != wanted

    # -- after a failure ---------------------------------------------------

    def _go_back(
        self, version: str, base: str | None, base_link: str | None, proof: Proof, was_healthy: bool | None
    ) -> None:
        outcome = self.outcome
        outcome.outcome = FAILED
        outcome.proof = proof.to_record()
        outcome.failed_check = proof.failed_check
        outcome.reason = proof.reason
        if base_link is None or not self._leads_somewhere(base_link):
            self._stop_first(version, base_link)
        elif base is None:
            self._relink(version, base_link)
        elif base == version:
            outcome.reason = Reason("live_before_already", why=proof.reason)
            self._append(ledger_events.FAILED, version, reason=recorded(proof.reason))
        else:
            self._restore(version, base, proof, was_healthy)

    def _leads_somewhere(self, link: str) -> bool:
        return os.path.isdir(os.path.join(self.service.root, link))

    def _stop_first(self, version: str, base_link: str | None) -> None:
        """The first release ever has nothing to restore to, nor has one after a release that is gone."""
        self.step("stop", version)
        failed = self.outcome.reason
        reason = (
            Reason("stopped_since_link_is_gone", why=failed, link=base_link)
            if base_link
            else Reason("stopped_since_it_was_the_first", why=failed)
        )
        self.outcome.reason = reason
        try:
            self.supervisor.stop()
        except SupervisorError as error:
            self.outcome.reason = Reason("stopping_failed", why=reason, error=error.reason)
        remove_file(self.service.current_link)
        self.outcome.live = None
        # Last: until then a rerun comes here again.
        self._append(ledger_events.FAILED, version, reason=reason.to_record())

    def _relink(self, version: str, base_link: str) -> None:
        """`current` led outside ``releases/``: that is put back, and watched, for it is no release to be proven."""
        reason, place = self.outcome.reason, legacy(base_link)
        self.step("restore_switch", base_link)
        replace_link(self.service.current_link, base_link)
        self.outcome.live = place
        put_back = Reason("link_put_back", why=reason, link=base_link)
        self._append(ledger_events.FAILED, version, reason=put_back.to_record())
        try:
            self.step("restore_reload", base_link)
            self.supervisor.reload(self.definitions.of(OUTSIDE))
            self.step("restore_prove", base_link)
            trouble = self._prove(None).reason
        except SupervisorError as error:
            trouble = error.reason
        if trouble is None:
            self.outcome.outcome = RESTORED
            self.outcome.reason = Reason("outside_is_back", why=reason, place=place)
        else:
            self.outcome.reason = Reason("outside_is_back_ill", why=reason, place=place, trouble=trouble)

    def _restore(self, version: str, base: str, proof: Proof, was_healthy: bool | None) -> None:
        outcome = self.outcome
        restored = self._try(base, self.definitions.of(base), prefix="restore_")
        outcome.restore_proof = restored.to_record()
        self.step("failed", version)
        failed = self._entry(ledger_events.FAILED, version, reason=recorded(proof.reason))
        if restored.proven:
            outcome.outcome = RESTORED
            self.ledger.append(
                failed, self._verified_entry(base, version, RESTORE if self.request.kind == DEPLOY else UNDO)
            )
            return
        self.ledger.append(failed)
        code = "going_back_failed" if was_healthy else "going_back_to_the_ill_failed"
        outcome.reason = Reason(code, why=proof.reason, base=base, then=restored.reason)

    # -- small things ------------------------------------------------------

    def elapsed_s(self) -> float:
        return round(self.system.clock.monotonic() - self.started, 3)

    def step(self, name: str, detail: Reason | str) -> None:
        """Note the step, and stop if this operation was outranked."""
        self.outcome.steps.append({"step": name, "detail": str(detail), "at_s": self.elapsed_s()})
        self.last_words.on_step(name, detail)
        if self.on_step is not None:
            self.on_step(name, detail)
        if name not in ("lock", "wait"):
            self._check_operation()

    def _check_operation(self) -> None:
        self.operations.check(self.request.operation)

    def _poll(self, proof: Any) -> None:
        self._check_operation()
        if self.on_poll is not None:
            self.on_poll(proof)

    def _entry(self, event: ledger_events.Event, version: str, **more: Any) -> dict[str, Any]:
        operation = self.request.operation
        return {"event": event, "version": version, "op": operation.number, "by": operation.owner, **more}

    def _append(self, event: ledger_events.Event, version: str, **more: Any) -> None:
        self.ledger.append(self._entry(event, version, **more))

    def _verified_entry(self, version: str, left: str | None, kind: Purpose | Literal["undo"]) -> dict[str, Any]:
        return self._entry(ledger_events.VERIFIED, version, **{"from": left, "kind": kind})

    def _append_verified(self, version: str, left: str | None, kind: Purpose) -> None:
        entries = [self._verified_entry(version, left, kind)]
        if kind != DEPLOY and left and left != version:
            entries.append(self._entry(ledger_events.ROLLED_BACK, left, to=version, reason=self.request.reason))
        self.ledger.append(*entries)
