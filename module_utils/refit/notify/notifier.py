"""One door to Discord: say what happened, and learn whether the team can read it.

Discord's troubles are part of the result, never an exception: a notification must not fail
a deploy, and must not hold it up either.  What cannot be delivered now waits in the outbox.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..core.errors import InvalidInput, RefitError
from ..core.system import Clock
from ..words.reason import Reason, Record, from_record, recorded
from ..words.sentence import said
from .config import CHANNELS, NotifyConfig
from .discord_delivery import EDITED, FAILED, QUEUED, REFUSED, SENT, SKIPPED, Delivery, Status
from .discord_http import Transport, request
from .discord_payload import Message, build_payload
from .discord_text import plain
from .event_texts import texts
from .events import compose
from .links import pages_of
from .outbox import P0, Drained, Entry, Outbox
from .sender import Sender

#: The most seconds that a run waits in vain for Discord, over all of its messages.
PATIENCE_S = 5.0
#: The most seconds of one call while messages do arrive, such as those left from an outage.
BACKLOG_S = 30.0
# Of what no outbox keeps.
_UNDELIVERED = (FAILED, REFUSED)


class Notifier:
    """Composes events, delivers them in order, and keeps what cannot be delivered.

    Args:
        config: addresses and names.
        outbox: where messages wait; without one, what cannot be delivered now is lost (and said so).
        run: id of a deploy or rollback: all notifiers of one run share *patience_s*.
        patience_s: seconds that the run may lose to a Discord that takes no messages.
        backlog_s: seconds that one call may take while messages do arrive.
        transport: as :func:`refit.notify.discord_http.request`.

    The result of :meth:`send` and :meth:`update` is a mapping:

    ``status``
        ``sent`` or ``edited``; ``queued``: it waits in the outbox; ``refused``: Discord will not have
        it (kept if only the webhook is wrong); ``skipped``: there was nothing to do, see ``note``;
        ``failed``: not delivered, and there is no outbox.
    ``event``, ``channel``, ``key``, ``message_id``, ``channel_id``
        what it was and where it stands.
    ``attempts``, ``waited_s``, ``reduced``, ``complaint``
        as in :class:`refit.notify.discord_delivery.Delivery`.
    ``note``, ``warnings``
        for a person: the record of a reason, and of several.
    ``unpinged``
        the names whose roles it, or an older one that went out in the same call, should have pinged and did not.
    ``lost``, ``unheard``
        nothing is kept of it, so that nobody will be told; a P0 for whose channel no webhook is configured.
    ``pending``, ``delivered_earlier``
        messages that wait now; older ones that went out in the same call.
    """

    def __init__(
        self,
        config: NotifyConfig,
        outbox: Outbox | None = None,
        clock: Clock | None = None,
        *,
        run: str | None = None,
        patience_s: float = PATIENCE_S,
        backlog_s: float = BACKLOG_S,
        transport: Transport = request,
    ) -> None:
        self.config = config
        self.outbox = outbox
        self.clock = clock or Clock()
        self.backlog_s = backlog_s
        self._sender = Sender(config, outbox, self.clock, run=run, patience_s=patience_s, transport=transport)

    def send(
        self, event: str, facts: Mapping[str, Any], *, key: str | None = None, channel: str | None = None
    ) -> dict[str, Any]:
        """Tell the team of *event*.

        Args:
            event, facts: as in :func:`refit.notify.events.compose`.
            key: a second message with the same key is not sent within a day.
            channel: in place of the event's own.

        Raises:
            InvalidInput: unknown event, fact or channel.
        """
        message = self._compose(event, facts, channel)
        payload, warnings = self._payload(message)
        entry = Entry(message.channel, payload, message.severity)
        if key:
            entry = dataclasses.replace(entry, key=key)
        return self._dispatch(event, entry, warnings)

    def update(
        self,
        key: str | None,
        event: str,
        facts: Mapping[str, Any],
        *,
        message_id: str | None = None,
        channel: str | None = None,
    ) -> dict[str, Any]:
        """Bring an earlier message up to date; edits ping nobody.

        Args:
            key: of the earlier message; if that still waits, the edit waits behind it.
            message_id: Discord's id of it, where the key is not known.

        Raises:
            InvalidInput: unknown event, fact or channel, or neither key nor message_id.
        """
        if not key and not message_id:
            raise InvalidInput(Reason("update_needs_key"))
        message = self._compose(event, facts, channel)
        payload, warnings = self._payload(message)
        entry = Entry(message.channel, payload, message.severity, edits=key, message_id=message_id)
        return self._dispatch(event, entry, warnings)

    def replace(self, key: str, event: str, facts: Mapping[str, Any], *, channel: str | None = None) -> dict[str, Any]:
        """Tell the team of *event* in the place of the message with *key*, which pings nobody; where that cannot be
        edited at once, in a message of its own.

        Raises:
            InvalidInput: unknown event, fact or channel.
        """
        edited = self.update(key, event, facts, channel=channel)
        return edited if edited["status"] == EDITED else self.send(event, facts, channel=channel)

    def preview(self, event: str, facts: Mapping[str, Any], *, channel: str | None = None) -> dict[str, Any]:
        """What :meth:`send` would send: ``channel``, ``payload`` and ``warnings``.  Raises InvalidInput."""
        message = self._compose(event, facts, channel)
        payload, warnings = self._payload(message)
        return {"channel": message.channel, "payload": payload, "warnings": warnings}

    def flush(self, *, deadline_s: float = 60.0) -> dict[str, Any]:
        """Send what waits, for at most *deadline_s* seconds.

        Returns:
            ``delivered``, ``refused``, ``pending``, ``damaged`` (numbers), ``busy`` (another process was
            sending), ``unpinged`` (names, as for :meth:`send`) and ``complaint``.
        """
        drained, problem = Drained(), None
        if self.outbox is not None:
            sender = Sender(
                self.config, self.outbox, self.clock, patience_s=deadline_s, transport=self._sender.transport
            )
            try:
                sender.begin(deadline_s)
                drained = self.outbox.drain(sender.send)
            except RefitError as error:
                problem = str(error)
        ends = list(drained.deliveries.values())
        return {
            "delivered": sum(each.arrived for each in ends),
            "refused": sum(each.status == REFUSED for each in ends),
            "pending": drained.pending,
            "damaged": drained.damaged,
            "busy": drained.busy,
            "unpinged": self._names_of_unpinged(ends),
            "complaint": problem or _first_complaint(ends),
        }

    def _compose(self, event: str, facts: Mapping[str, Any], channel: str | None) -> Message:
        pages = pages_of(event, facts, self.config.runbook_url, self.config.repository_url)
        known = {"environment": self.config.environment, **pages, **facts}
        message = compose(event, known, language=self.config.language, at=self.clock.now())
        if channel is None:
            return message
        if channel not in CHANNELS:
            raise InvalidInput(Reason("channel_unknown", name=repr(channel), known=CHANNELS))
        return dataclasses.replace(message, channel=channel)

    def _payload(self, message: Message) -> tuple[dict[str, Any], list[Reason]]:
        payload, warnings = build_payload(message, mentions=self.config.mentions, username=self.config.username)
        return payload, [*self.config.warnings, *warnings]

    def _dispatch(self, event: str, entry: Entry, warnings: list[Reason]) -> dict[str, Any]:
        about: dict[str, Any] = {
            "event": event,
            "channel": entry.channel,
            "key": entry.edits or entry.key,
            "warnings": [warning.to_record() for warning in warnings],
        }
        if entry.channel not in self.config.webhooks:
            about["unpinged"] = []
            about["unheard"] = entry.severity == P0 and not entry.is_edit
            return {**_result(SKIPPED, note=Reason("webhook_not_set", channel=entry.channel)), **about}
        result = self._deliver(entry, about)
        return {**result, **about, "unpinged": self._names_of_unpinged(self._sender.tried.values())}

    def _deliver(self, entry: Entry, about: dict[str, Any]) -> dict[str, Any]:
        """What became of *entry*; what there is to warn of besides is added to *about*."""
        if self.outbox is None:
            result = self._send_alone(entry)
            return {**result, "lost": result["status"] in _UNDELIVERED}
        try:
            return self._send_through(self.outbox, entry)
        except RefitError as error:
            about["warnings"] = [*about["warnings"], Reason("outbox_unusable", why=error.reason).to_record()]
            result = self._send_in_spite(self.outbox, entry)
            return {**result, "lost": result["status"] in _UNDELIVERED}

    def _names_of_unpinged(self, deliveries: Iterable[Delivery]) -> list[str]:
        roles = {role for each in deliveries for role in each.unpinged}
        named = {name for name, target in self.config.mentions.items() if target.get("role") in roles}
        others = roles - {target.get("role") for target in self.config.mentions.values()}
        return sorted([*named, *(str(role) for role in others)])

    def _send_through(self, outbox: Outbox, entry: Entry) -> dict[str, Any]:
        patience_s = self._sender.begin(self.backlog_s, eager=not entry.is_edit)
        receipt = None if entry.is_edit else outbox.receipt(entry.key)
        if not outbox.put(entry) and receipt is not None:
            repeated = Delivery(SKIPPED, receipt.message_id, receipt.channel_id)
            return _result(SKIPPED, repeated, note=Reason("message_sent_already"))
        started = self.clock.monotonic()
        drained = outbox.drain(self._sender.send, wait_s=patience_s)
        if drained.busy:
            self._sender.lose(self.clock.monotonic() - started)
        result = self._outcome(outbox, entry, drained)
        others = [each for identity, each in drained.deliveries.items() if identity != entry.identity]
        if result["status"] == QUEUED and result["complaint"] is None:
            result["complaint"] = _first_complaint(others)
        return {**result, "pending": drained.pending, "delivered_earlier": sum(each.arrived for each in others)}

    def _outcome(self, outbox: Outbox, entry: Entry, drained: Drained) -> dict[str, Any]:
        delivery = drained.deliveries.get(entry.identity)
        if delivery is not None:
            return _result(QUEUED if delivery.retry_later else delivery.status, delivery)
        receipt = None if entry.is_edit else outbox.receipt(entry.key)
        if receipt is not None:
            found = Delivery(SENT, receipt.message_id, receipt.channel_id)
            return _result(SENT, found, note=Reason("message_sent_by_another"))
        if not outbox.waits(entry.identity):
            return _result(SKIPPED, note=Reason("message_never_there" if entry.is_edit else "message_dropped"))
        refusal = self._sender.refusal(entry.channel)
        return _result(REFUSED if refusal else QUEUED, complaint=refusal)

    def _send_in_spite(self, outbox: Outbox, entry: Entry) -> dict[str, Any]:
        """A full disk is no reason to keep an alert from going out."""
        delivery = self._sender.tried.get(entry.identity)
        if delivery is not None:
            return _result(delivery.status, delivery)
        result = self._send_alone(entry)
        with contextlib.suppress(RefitError):  # said already: the outbox cannot be used
            if result["status"] in (SENT, EDITED):
                outbox.forget([entry.identity])
            elif outbox.waits(entry.identity):
                result["status"] = QUEUED
        return result

    def _send_alone(self, entry: Entry) -> dict[str, Any]:
        if entry.is_edit and not entry.message_id:
            return _result(SKIPPED, note=Reason("update_needs_id"))
        self._sender.begin(self.backlog_s)
        delivery = self._sender.send(entry)
        return _result(delivery.status, delivery)


def _result(
    status: Status, delivery: Delivery | None = None, *, complaint: str | None = None, note: Reason | None = None
) -> dict[str, Any]:
    known = delivery or Delivery(status, complaint=complaint)
    names = ("message_id", "channel_id", "attempts", "waited_s", "reduced", "complaint")
    shown = {name: getattr(known, name) for name in names}
    shown["complaint"] = _complaint_of(known)
    usual = {"note": recorded(note), "pending": 0, "delivered_earlier": 0, "lost": False, "unheard": False}
    return {"status": status, **shown, **usual}


def is_trouble(result: Mapping[str, Any]) -> bool:
    """Whether somebody has to hear what became of the message that *result* is of."""
    return bool(result["status"] in (QUEUED, *_UNDELIVERED) or result["unheard"] or result["unpinged"])


def in_words(result: Mapping[str, Any], language: str) -> str:
    """For the person before the terminal: what became of the message that *result* is of, and who was not pinged."""
    return "\n".join([_fate(result, language), *unpinged_in_words(result["unpinged"], language)])


def unpinged_in_words(names: Sequence[str], language: str) -> list[str]:
    """A line for those with these *names* who should have been pinged; none where there are none."""
    line = texts(language).WORDS["unpinged"].format(", ".join("@" + plain(name) for name in names))
    return [line] if names else []


def _fate(result: Mapping[str, Any], language: str) -> str:
    words = texts(language).WORDS
    event, status = result["event"], result["status"]
    where = "Discord {}: ".format(result["channel"])
    if status in (SENT, EDITED):
        return "{}{} ({})".format(where, words["sent" if status == SENT else "edited"], event)
    if result["unheard"]:
        return where + words["webhook_unset"] + " – " + words["nobody_told"].format(event=event)
    why = from_record(result["complaint"] or result["note"] or {"code": "not_given"})
    if result["lost"]:
        kept = [why, *map(from_record, result["warnings"])]
        return said(Reason("discord_message_lost", event=event, why=kept), language)
    if status == SKIPPED:
        return "{}{} ({})".format(where, said(why, language), event)
    return said(
        Reason("discord_not_told_yet", event=event, status=status, why=why, waiting=result["pending"]), language
    )


def _first_complaint(deliveries: list[Delivery]) -> Record | None:
    return next((_complaint_of(each) for each in deliveries if not each.arrived), None)


def _complaint_of(delivery: Delivery) -> Record | None:
    return recorded(delivery.complaint) if isinstance(delivery.complaint, Reason) else delivery.complaint
