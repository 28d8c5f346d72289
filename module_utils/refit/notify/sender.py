"""Taking waiting messages to their webhooks within a run's patience.

A deploy runs one process a step, so what one sender learns (closed rate limits, dead
webhooks, the time lost in vain) is handed to the next through the outbox.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.errors import RefitError
from ..core.system import Clock
from ..words.reason import Reason
from .config import NotifyConfig
from .discord_delivery import FAILED, REFUSED, Delivery, deliver
from .discord_http import Transport, request
from .discord_payload import add_note
from .discord_webhook import Webhook
from .event_texts import texts
from .outbox import Entry, Outbox
from .rate_limits import RateState

# After this long a refused webhook is asked again: permissions may have been given back.
_DEAD_FOR_S = 600.0
_REMEMBERED_RUNS = 9
# A shorter try would only end before the answer comes, and then the message may arrive twice.
_LEAST_SHARE = 0.2


@dataclass
class Memory:
    """What a sender knows of Discord.

    Attributes:
        dead: by webhook (hashed) ``[run, when, complaint]`` of its last refusal.
        lost: by run, the seconds that it has waited in vain.
    """

    rate: RateState = field(default_factory=RateState)
    dead: dict[str, list[Any]] = field(default_factory=dict)
    lost: dict[str, float] = field(default_factory=dict)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Memory:
        """What :meth:`to_record` gave; what is damaged in it is forgotten."""
        dead, lost = record.get("dead"), record.get("lost")
        return cls(
            RateState.from_record(record.get("rate")),
            {key: said for key, said in dead.items() if _is_refusal(said)} if isinstance(dead, dict) else {},
            {run: s for run, s in lost.items() if isinstance(s, float)} if isinstance(lost, dict) else {},
        )

    def to_record(self) -> dict[str, Any]:
        return {"rate": self.rate.to_record(), "dead": self.dead, "lost": self.lost}


def _is_refusal(said: Any) -> bool:
    return isinstance(said, list) and len(said) == 3 and isinstance(said[1], float)


class Sender:
    """Sends entries of one outbox, or single entries where there is none.

    Args:
        run: id of a deploy or rollback, whose senders share one patience; None stands alone.
        patience_s: seconds that the run may lose in all to a Discord that takes no messages.
    """

    def __init__(
        self,
        config: NotifyConfig,
        outbox: Outbox | None = None,
        clock: Clock | None = None,
        *,
        run: str | None = None,
        patience_s: float,
        transport: Transport = request,
    ) -> None:
        self.config = config
        self.outbox = outbox
        self.clock = clock or Clock()
        self.run = run
        self.patience_s = patience_s
        self.transport = transport
        self.tried: dict[str, Delivery] = {}
        self._memory = Memory()
        self._lost_s = 0.0
        self._loses_at_most = 0.0
        self._ends = 0.0

    def begin(self, backlog_s: float, *, eager: bool = True) -> float:
        """Start a round; returns the seconds that it may wait in vain.

        In a run that is half of the patience that is left, and never less than is worth a try, so that
        a run whose first message met an outage still tries for its last and most important one.

        Args:
            backlog_s: seconds that the round may take while messages do arrive.
            eager: whether to try at all in a run that has met an outage.
        """
        self.tried = {}
        self._recall()
        self._lost_s = self._memory.lost.get(self.run, 0.0) if self.run else 0.0
        left, least = self.patience_s - self._lost_s, self.patience_s * _LEAST_SHARE
        share = left / 2 if self.run else left
        allowed = max(share, least) if left >= least and (eager or not self._lost_s) else 0.0
        self._loses_at_most = self._lost_s + allowed
        self._ends = self.clock.monotonic() + backlog_s
        return allowed

    def send(self, entry: Entry, dropped: int = 0) -> Delivery:
        """Deliver *entry*; the reader is told of *dropped* messages that were lost before it."""
        delivery = self._deliver(entry, dropped)
        self.tried[entry.identity] = delivery
        return delivery

    def lose(self, seconds: float) -> None:
        """Count time that the run has lost in vain, here or while another process was sending."""
        self._lost_s += seconds
        if self.run:
            others = [(run, lost_s) for run, lost_s in self._memory.lost.items() if run != self.run]
            self._memory.lost = dict([*others[-_REMEMBERED_RUNS:], (self.run, self._lost_s)])
        self._remember()

    def refusal(self, channel: str) -> str | None:
        """What Discord said when it refused the webhook of *channel* in this run or of late."""
        said = self._memory.dead.get(_fingerprint(self.config.webhooks[channel]))
        if said is None:
            return None
        run, at, complaint = said
        of_late = 0 <= self.clock.now() - at < _DEAD_FOR_S
        return str(complaint) if of_late or (run is not None and run == self.run) else None

    def _deliver(self, entry: Entry, dropped: int) -> Delivery:
        self._recall()
        webhook = self.config.webhooks.get(entry.channel)
        if webhook is None:
            return Delivery(FAILED, complaint=Reason("webhook_not_set", channel=entry.channel))
        refusal = self.refusal(entry.channel)
        if refusal is not None:
            return Delivery(REFUSED, complaint=refusal, dead_webhook=True)
        allowed = self._loses_at_most - self._lost_s
        if allowed <= 0:
            return Delivery(FAILED, complaint=Reason("waited_long_enough"))
        payload = dict(entry.payload)
        if dropped and not entry.is_edit:
            payload = add_note(payload, texts(self.config.language).WORDS["dropped"].format(dropped))
        started = self.clock.monotonic()
        delivery = deliver(
            webhook,
            payload,
            deadline_s=min(allowed, self._ends - started),
            message_id=entry.message_id,
            channel_id=entry.channel_id,
            maybe_arrived=entry.maybe_arrived,
            rate=self._memory.rate,
            clock=self.clock,
            transport=self.transport,
        )
        if delivery.dead_webhook:
            self._memory.dead[_fingerprint(webhook)] = [self.run, self.clock.now(), delivery.complaint]
        if delivery.arrived:
            self._remember()
        else:
            self.lose(self.clock.monotonic() - started)
        return delivery

    # What cannot be remembered costs a needless request at most; the outbox's own trouble is told by its user.

    def _recall(self) -> None:
        if self.outbox is not None:
            with contextlib.suppress(RefitError):
                self._memory = Memory.from_record(self.outbox.recall())

    def _remember(self) -> None:
        if self.outbox is not None:
            with contextlib.suppress(RefitError):
                self.outbox.remember(self._memory.to_record())


def _fingerprint(webhook: Webhook) -> str:
    # Who corrects the thread in a URL is not held up by what was said of the one before.
    place = (webhook.address, webhook.thread_id or "", webhook.thread_name or "")
    return hashlib.sha256("\n".join(place).encode()).hexdigest()[:16]
