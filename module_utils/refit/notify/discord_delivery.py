"""Bringing one payload to a webhook, whatever the day is like.

What is worth a retry is retried until a deadline, what is not fails at once, and a copy
that may be the second one says so.  Never raises for anything that Discord or the network do.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Callable, Final, Literal

from ..core.http import FetchFailed, Response
from ..core.system import Clock
from ..words.reason import Reason
from .discord_answer import Meaning, api_code, complaint, document, meaning, snowflake
from .discord_http import Transport, request
from .discord_payload import POSSIBLE_DUPLICATE, add_note, minimal_payload, name_of_post
from .discord_webhook import Webhook
from .rate_limits import RateState

Status = Literal["sent", "edited", "failed", "refused", "queued", "skipped"]
SENT: Final = "sent"
EDITED: Final = "edited"
FAILED: Final = "failed"  # worth another try later
REFUSED: Final = "refused"  # for good
QUEUED: Final = "queued"  # in the outbox, for another try
SKIPPED: Final = "skipped"  # there was nothing to send

_REQUEST_TIMEOUT_S = 10.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 8.0


@dataclass(frozen=True)
class Delivery:
    """How an attempt to deliver ended.

    Attributes:
        attempts: requests made; waited_s: seconds spent waiting between them.
        reduced: whether only the minimal payload was accepted.
        complaint: what the server or the network said last; never holds the URL. A reason where nobody was asked.
        maybe_arrived: not known to be delivered, but it may have been.
        unclear: a copy that says so was answered well, and not by Discord: another one soon would ping for nothing.
        dead_webhook: the webhook itself was refused: nothing can be sent to it.
        unpinged: the ids of the roles that were to be pinged and, by Discord's answer, were not.
    """

    status: Status
    message_id: str | None = None
    channel_id: str | None = None
    attempts: int = 0
    waited_s: float = 0.0
    reduced: bool = False
    complaint: str | Reason | None = None
    maybe_arrived: bool = False
    unclear: bool = False
    dead_webhook: bool = False
    unpinged: tuple[str, ...] = ()

    @property
    def arrived(self) -> bool:
        return self.status in (SENT, EDITED)

    @property
    def retry_later(self) -> bool:
        return self.status == FAILED

    def to_record(self) -> dict[str, Any]:
        return asdict(self)


def deliver(
    webhook: Webhook,
    payload: Mapping[str, Any],
    *,
    deadline_s: float,
    message_id: str | None = None,
    channel_id: str | None = None,
    maybe_arrived: bool = False,
    rate: RateState | None = None,
    clock: Clock | None = None,
    transport: Transport = request,
    jitter: Callable[[], float] = random.random,
) -> Delivery:
    """Post *payload*, or edit the message with *message_id*, and wait until Discord has saved it.

    Args:
        payload: the JSON body, as :func:`refit.notify.discord_payload.build_payload` makes it.
        deadline_s: seconds for everything: requests, rate limits, pauses.  A wait that would not
            end in time is not begun.
        channel_id: where the message with *message_id* stands, if known: a post of a forum is a channel of its own.
        maybe_arrived: an earlier attempt may have arrived, so this one says that it may be a duplicate.
        rate: what is known of the rate limits; brought up to date here.
        jitter: a number from 0 to 1, so that many senders do not come back together.
    """
    # Where nothing else is known: Discord gives a post of a forum the id of its first message.
    found_in = channel_id or message_id
    now = clock or Clock()
    errand = _Errand(webhook, payload, message_id, maybe_arrived, rate or RateState(), now, transport, found_in)
    return errand.run(deadline_s, jitter)


class _Errand:
    """One delivery under way: what has been tried, and what is known by now."""

    def __init__(
        self,
        webhook: Webhook,
        payload: Mapping[str, Any],
        message_id: str | None,
        maybe_arrived: bool,
        rate: RateState,
        clock: Clock,
        transport: Transport,
        found_in: str | None,
    ) -> None:
        self.found_in = found_in
        self.webhook = webhook
        self.payload = dict(payload)
        self.message_id = message_id
        self.maybe_arrived = maybe_arrived
        self.rate = rate
        self.clock = clock
        self.transport = transport
        self.method = "PATCH" if message_id else "POST"
        self.route = "{} {}".format(self.method, webhook.id)
        self.attempts = 0
        self.waited_s = 0.0
        self.reduced = False
        self.thread_id = webhook.thread_id
        self.thread_name = None if message_id else webhook.thread_name
        self.moved = False  # into a thread, or out of one
        self.at_once = False  # whether what is sent next differs from what was refused
        self.complaint: str | None = None

    def run(self, deadline_s: float, jitter: Callable[[], float]) -> Delivery:
        ends = self.clock.monotonic() + deadline_s
        pause = _FIRST_PAUSE_S
        while self._wait_for_permission(ends):
            answer = self._ask(ends)
            if answer is not None:
                self.at_once = False
                end = self._judge(answer)
                if end is not None:
                    return end
                if self.at_once or self.rate.wait_s(self.route, self.clock.now()) > 0:
                    continue  # another payload is sent at once; or the server has said how long to wait
            if not self._wait(pause * (0.5 + jitter() / 2), ends):
                break
            pause = min(pause * 2, _LONGEST_PAUSE_S)
        return self._end(FAILED)

    def _wait_for_permission(self, ends: float) -> bool:
        wait = self.rate.wait_s(self.route, self.clock.now())
        while wait > 0:
            if not self._wait(wait, ends):
                self.complaint = self.complaint or "rate limited for another {:.1f} s".format(wait)
                return False
            # Asked again: a sleep may end early, and wall time may have been set back.
            wait = self.rate.wait_s(self.route, self.clock.now())
        if self.clock.monotonic() >= ends:
            self.complaint = self.complaint or "there was no time left"
            return False
        return True

    def _wait(self, seconds: float, ends: float) -> bool:
        if self.clock.monotonic() + seconds >= ends:
            return False
        self.clock.sleep(seconds)
        self.waited_s += seconds
        return True

    def _ask(self, ends: float) -> Response | None:
        self.attempts += 1
        payload = self._outgoing()
        body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
        url = self.webhook.endpoint(
            self.message_id,
            wait=self.message_id is None,
            thread_id=self.thread_id,
            with_components="components" in payload,
        )
        timeout_s = min(_REQUEST_TIMEOUT_S, max(0.05, ends - self.clock.monotonic()))
        try:
            answer = self.transport(self.method, url, body, {"Content-Type": "application/json"}, timeout_s)
        except FetchFailed as error:
            self.complaint = self.webhook.shown(error.detail)
            self.maybe_arrived = self.maybe_arrived or error.sent
            return None
        self.rate.learn(self.route, answer, self.clock.now())
        return answer

    def _outgoing(self) -> dict[str, Any]:
        payload = self.payload
        if self.message_id:  # an edit cannot change the sender, and repeating it changes nothing
            return {key: value for key, value in payload.items() if key != "username"}
        if not payload.get("components"):  # a new message has none to drop
            payload = {key: value for key, value in payload.items() if key != "components"}
        if self.thread_name:
            payload = {**payload, "thread_name": self.thread_name}
        return add_note(payload, POSSIBLE_DUPLICATE) if self.maybe_arrived else payload

    def _judge(self, answer: Response) -> Delivery | None:
        """The end of the errand, or None if it goes on."""
        said = meaning(answer)
        if said == "saved":
            return self._saved(document(answer))
        if not (self.moved and said == "gone"):  # then the first answer says what is wrong
            self.complaint = self.webhook.shown(complaint(answer))
        if said == "refused":
            return self._reduce(answer)
        if said in ("gone", "wants_thread", "wants_no_thread"):
            return self._look_elsewhere(said)
        if said == "dead":
            return self._end(REFUSED, dead=True)
        if said == "unclear":
            return self._doubt()
        # Discord has been seen to answer 5xx for a message that then stood in the channel.
        self.maybe_arrived = self.maybe_arrived or answer.status >= 500
        return None

    def _saved(self, message: Mapping[str, Any]) -> Delivery:
        end = self._end(
            EDITED if self.message_id else SENT, snowflake(message.get("id")), snowflake(message.get("channel_id"))
        )
        # An edit pings nobody; an answer without the list says nothing of it.
        reached = message.get("mention_roles")
        if self.message_id or not isinstance(reached, list):
            return end
        wanted = (self.payload.get("allowed_mentions") or {}).get("roles") or ()
        return replace(end, unpinged=tuple(each for each in wanted if each not in reached))

    def _reduce(self, answer: Response) -> Delivery | None:
        if not self.reduced:
            self.payload, self.reduced, self.at_once = minimal_payload(self.payload), True, True
            return None
        return None if api_code(answer) is None else self._end(REFUSED)

    def _look_elsewhere(self, said: Meaning) -> Delivery | None:
        """In a forum each message is a post of its own, or belongs to one: what was sent to the wrong place is sent
        to the right one, once."""
        if not self.moved and not self.thread_id:
            self.moved = self.at_once = True
            if self.message_id:
                self.thread_id = self.found_in
            elif said == "wants_thread":
                self.thread_name = self.thread_name or name_of_post(self.payload)
            else:
                self.thread_name = None
            return None
        # A person has to correct the address: what is to be posted there is kept for then.
        return self._end(REFUSED, dead=not self.message_id)

    def _doubt(self) -> Delivery | None:
        """A good answer that is not Discord's: one copy more, which says that it may be one, and no third."""
        copied, self.maybe_arrived = self.maybe_arrived, True
        return self._end(FAILED, unclear=True) if copied and not self.message_id else None

    def _end(
        self,
        status: Status,
        message_id: str | None = None,
        channel_id: str | None = None,
        *,
        dead: bool = False,
        unclear: bool = False,
    ) -> Delivery:
        return Delivery(
            status=status,
            message_id=message_id,
            channel_id=channel_id,
            attempts=self.attempts,
            waited_s=round(self.waited_s, 3),
            reduced=self.reduced,
            complaint=self.complaint,
            maybe_arrived=self.maybe_arrived and status == FAILED and not self.message_id,
            unclear=unclear,
            dead_webhook=dead,
        )
