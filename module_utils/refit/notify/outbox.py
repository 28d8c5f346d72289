"""Messages on their way: kept on disk until they are known to be delivered.

``queue/``
    one file a message, named by order, channel, severity and key, so that most questions are
    answered without opening one.
``damaged/``
    files that could not be read, and messages that Discord will never take, for a person.
``delivered.json``
    the keys of what was delivered of late, so that a repeated key is not sent again.
``state.json``
    how many messages were lost to the bounds, and what senders want to remember.

Before a message is sent its file says so.  Whoever finds such a file after a crash cannot
know whether the message arrived; it is sent again and marked as a possible duplicate.
Webhook URLs are not stored: an entry names its channel, the sender knows the address.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Callable, NamedTuple

from ..core.durable import explained, make_directory, remove_file, sync_directory, write_file
from ..core.errors import InvalidInput
from ..core.locks import await_lock, try_lock
from ..core.privileges import reader_of, rights_of
from ..core.system import Clock
from ..words.reason import Reason
from .discord_answer import snowflake
from .discord_delivery import Delivery

P0 = "P0"

_FILE = re.compile(
    r"(?P<order>\d{20})\.(?P<channel>[\w-]+)\.(?P<severity>\w+)\.(?P<key>[0-9a-f]{16})\.json\Z", re.ASCII
)
_CHANNEL = re.compile(r"[\w-]{1,64}\Z", re.ASCII)
_SEVERITY = re.compile(r"\w{1,16}\Z", re.ASCII)
_REMEMBERED_KEYS = 1000
_KEPT_DAMAGED = 50
_LOCK_POLL_S = 0.05
# Of the lock that is held for small writes only.  Without it a message is sent all the same, so nobody waits long.
_LOCK_WAIT_S = 5.0
# After answers of which nobody can tell whether they were Discord's, each copy, which may ping, waits twice as long.
_FIRST_PAUSE_S = 300.0
_MOST_UNCLEAR = 64


@dataclass(frozen=True)
class Entry:
    """One message that waits.

    Attributes:
        channel: logical name; the order is kept within a channel.
        payload: the JSON body for the webhook.
        severity: ``P0`` is dropped last.
        key: idempotency key; made up when empty.
        edits: the key of the message that this one replaces the text of.
        message_id: Discord's id of that message, if known already.
        channel_id: Discord's id of where that message stands.
        maybe_arrived: an earlier attempt may have arrived.
        unclear: how often it was answered well, and not by Discord.
        not_before: when it may be sent once more, in seconds since the epoch.
    """

    channel: str
    payload: Mapping[str, Any]
    severity: str = "info"
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    edits: str | None = None
    message_id: str | None = None
    channel_id: str | None = None
    maybe_arrived: bool = False
    unclear: int = 0
    not_before: float = 0.0

    @property
    def is_edit(self) -> bool:
        return bool(self.edits or self.message_id)

    @property
    def identity(self) -> str:
        """What is unique in the queue: all edits of one message share it, the newest counts."""
        return "edit of {}".format(self.edits or self.message_id) if self.is_edit else self.key

    @classmethod
    def from_mapping(cls, mapping: Any) -> Entry:
        """Read what :meth:`to_record` gave.  Raises InvalidInput."""
        try:
            entry = cls(**mapping)
            good = (
                isinstance(entry.payload, Mapping)
                and bool(_CHANNEL.match(entry.channel))
                and bool(_SEVERITY.match(entry.severity))
                and bool(entry.key)
                and isinstance(entry.key, str)
                and (entry.edits is None or isinstance(entry.edits, str))
                and entry.message_id == snowflake(entry.message_id)
                and entry.channel_id == snowflake(entry.channel_id)
                and entry.unclear in range(_MOST_UNCLEAR)
                and isinstance(entry.not_before, (int, float))
            )
        except TypeError:
            good = False
        if not good:
            raise InvalidInput(Reason("is_no_outbox_message"), next_command=Reason("see_outbox_keys"))
        return entry

    def to_record(self) -> dict[str, Any]:
        """Without what is usual: an older version, to which this is handed over, knows less."""
        usual = {"channel_id": None, "unclear": 0, "not_before": 0.0}
        return {key: value for key, value in asdict(self).items() if key not in usual or value != usual[key]}

    def rests(self, now: float) -> bool:
        """Whether another copy is not due yet, at *now* of a clock that may have been set back."""
        return 0 < self.not_before - now <= _pause_s(self.unclear)


class Receipt(NamedTuple):
    """Where a delivered message stands."""

    message_id: str | None
    channel_id: str | None
    delivered_at: float


@dataclass
class Drained:
    """What one round of sending did.

    Attributes:
        deliveries: by the entry's identity, of what was tried.
        busy: another process was sending; nothing was tried.
        pending: messages that still wait.
        damaged: files set aside because they could not be read.
    """

    deliveries: dict[str, Delivery] = field(default_factory=dict)
    busy: bool = False
    pending: int = 0
    damaged: int = 0


#: ``send(entry, dropped)``: deliver one entry; *dropped* messages of its channel were lost before it.
Send = Callable[[Entry, int], Delivery]


class Waits(NamedTuple):
    """How many messages wait, and since when the first of them does, in seconds since the epoch."""

    messages: int
    since: float | None


class _Waiting(NamedTuple):
    """A queued file, as far as its name tells."""

    name: str
    order: int
    channel: str
    severity: str
    key_hash: str


class Outbox:
    """A spool directory that any number of processes may use at once, root's with the rights of its owner.

    Args:
        path: created 0700 when missing; files in it are 0600.
        max_messages: when there are more, the oldest that is not P0 is dropped and counted.
        max_age_s: older messages are dropped and counted.
        key_window_s: how long a delivered key is not sent again.

    Every method raises RefitError when the directory cannot be used.
    """

    def __init__(
        self,
        path: str,
        clock: Clock | None = None,
        *,
        max_messages: int = 500,
        max_age_s: float = 7 * 86400.0,
        key_window_s: float = 86400.0,
    ) -> None:
        self.path = path
        self.clock = clock or Clock()
        self.max_messages = max_messages
        self.max_age_s = max_age_s
        self.key_window_s = key_window_s
        self._queue = os.path.join(path, "queue")
        self._damaged = os.path.join(path, "damaged")
        self._delivered = os.path.join(path, "delivered.json")
        self._state = os.path.join(path, "state.json")

    def put(self, entry: Entry) -> bool:
        """Keep *entry* until it is delivered; it is on the disk when this returns.

        A newer edit of a message takes the place of one that still waits.

        Returns:
            False if its key waits already or was delivered within the window.
        """
        entry = Entry.from_mapping(entry.to_record())
        with self._lock("lock"):
            waiting = self._waiting()
            same = [each for each in waiting if each.key_hash == _hash(entry.identity)]
            delivered = not entry.is_edit and entry.key in self._receipts()
            if same and not entry.is_edit and not delivered:
                return False
            for each in same:  # an older edit, or what a crash left after the delivery
                self._remove(each.name)
            if delivered:
                return False
            last = waiting[-1].order if waiting else 0
            # Time orders the names, and the counter goes on where the clock was set back.
            order = max(int(self.clock.now() * 1e9), last + 1)
            name = "{:020d}.{}.{}.{}.json".format(order, entry.channel, entry.severity, _hash(entry.identity))
            self._write(name, entry)
            self._drop_surplus()
        return True

    def drain(self, send: Send, *, wait_s: float = 0.0) -> Drained:
        """Send what waits, oldest first within each channel, as long as *send* succeeds.

        A message that must wait, or whose webhook is dead, holds back the later ones of its
        channel only.  One process sends at a time.

        Args:
            wait_s: seconds to wait for another process that is sending.
        """
        drained = Drained()
        blocked: set[str] = set()
        with self._lock("sending.lock", wait_s) as ours:
            while ours:
                name = self._next(blocked, drained)
                if name is None:
                    break
                self._send_one(name, send, blocked, drained)
        drained.busy = not ours
        with self._lock("lock"):
            drained.pending = len(self._waiting())
        return drained

    def pending(self) -> list[Entry]:
        """What waits, in order; another outbox takes it over with :meth:`lend` and :meth:`forget`."""
        with self._lock("lock"):
            entries = [self._read(each.name) for each in self._waiting()]
            return [self._addressed(entry) for entry in entries if entry is not None]

    def lend(self, identities: Iterable[str]) -> list[Entry]:
        """Those of *identities* that wait, for another outbox, until :meth:`forget`.

        From now on they may be delivered from there, so that what is sent from here says that it may be
        a duplicate.  Nothing is lent while somebody sends: those messages may be on their way already.
        """
        hashes = {_hash(each) for each in identities}
        lent: list[Entry] = []
        with self._lock("sending.lock", 0) as ours, self._lock("lock"):
            for each in self._waiting() if ours else ():
                entry = self._read(each.name) if each.key_hash in hashes else None
                if entry is not None:
                    lent.append(self._addressed(entry))
                    if not entry.is_edit:
                        self._write(each.name, dataclasses.replace(entry, maybe_arrived=True))
        return lent

    def waits(self, identity: str) -> bool:
        """Whether the entry with this *identity* is still to be delivered."""
        with self._lock("lock"):
            return any(each.key_hash == _hash(identity) for each in self._waiting())

    def waits_there(self) -> Waits:
        """What waits, as somebody sees it who only looks: nothing is made, locked or tidied up."""
        with rights_of(reader_of(self._queue)), explained(self._queue, Reason("read_the_outbox")):
            try:
                names = os.listdir(self._queue)
            except FileNotFoundError:
                names = []
        orders = [int(match["order"]) for match in map(_FILE.match, names) if match]
        return Waits(len(orders), min(orders) / 1e9 if orders else None)

    def forget(self, identities: Iterable[str]) -> None:
        """Remove the waiting entries with these *identities*: somebody else delivers them now."""
        hashes = {_hash(each) for each in identities}
        with self._lock("lock"):
            for each in self._waiting():
                if each.key_hash in hashes:
                    self._remove(each.name)

    def receipt(self, key: str) -> Receipt | None:
        """Where the message with *key* stands, if it was delivered within the window."""
        with self._lock("lock"):
            return self._receipts().get(key)

    def recall(self) -> dict[str, Any]:
        """What a sender left with :meth:`remember`; empty if nothing."""
        with self._lock("lock"):
            memory = self._read_state().get("memory")
        return memory if isinstance(memory, dict) else {}

    def remember(self, memory: Mapping[str, Any]) -> None:
        """Keep a small JSON mapping for the next sender, in whatever process it is."""
        with self._lock("lock"):
            self._write_state({**self._read_state(), "memory": dict(memory)})

    # -- sending -------------------------------------------------------------------------

    def _next(self, blocked: set[str], drained: Drained) -> str | None:
        """The name of the next file that may be sent."""
        with self._lock("lock"):
            self._drop_expired()
            waiting = self._waiting()
            for each in waiting:
                if each.channel in blocked:
                    continue
                entry = self._read(each.name)
                if entry is None:
                    self._set_aside(each.name)
                    drained.damaged += 1
                elif entry.rests(self.clock.now()) or self._is_too_early(entry, waiting):
                    continue
                elif not entry.is_edit and entry.key in self._receipts():
                    # It was delivered; a crash came before the file was removed.
                    self._remove(each.name)
                else:
                    return each.name
        return None

    def _is_too_early(self, entry: Entry, waiting: list[_Waiting]) -> bool:
        """Whether *entry* edits what waits itself, such as for its next copy."""
        return entry.edits is not None and _hash(entry.edits) in {each.key_hash for each in waiting}

    def _send_one(self, name: str, send: Send, blocked: set[str], drained: Drained) -> None:
        with self._lock("lock"):
            entry = self._read(name)
            if entry is None:  # forgotten, or replaced by a newer edit, a moment ago
                return
            entry = self._addressed(entry)
            if entry.is_edit and not entry.message_id:
                self._remove(name)  # what it would edit was never delivered
                return
            dropped = self._dropped().get(entry.channel, 0)
            if not entry.is_edit:
                self._write(name, dataclasses.replace(entry, maybe_arrived=True))
        delivery = send(entry, dropped)
        drained.deliveries[entry.identity] = delivery
        with self._lock("lock"):
            self._settle(name, entry, delivery, dropped)
        if not delivery.arrived and (delivery.retry_later or delivery.dead_webhook):
            blocked.add(entry.channel)

    def _addressed(self, entry: Entry) -> Entry:
        """*entry*, an edit with the id of its message if that has been delivered by now."""
        receipt = self._receipts().get(entry.edits) if entry.edits and not entry.message_id else None
        if receipt is None:
            return entry
        return dataclasses.replace(entry, message_id=receipt.message_id, channel_id=receipt.channel_id)

    def _settle(self, name: str, entry: Entry, delivery: Delivery, told: int) -> None:
        if delivery.arrived:
            # The key first: a crash between the two leaves a file that is known to be delivered.
            # On a full disk the key cannot be noted, but the file can still go.
            try:
                if not entry.is_edit:
                    self._note_delivered(entry.key, delivery)
                    self._count_dropped(entry.channel, -told)
            finally:
                self._remove(name)
        elif delivery.retry_later or delivery.dead_webhook:
            doubt = entry.maybe_arrived or delivery.maybe_arrived
            if os.path.exists(os.path.join(self._queue, name)):
                self._write(name, self._rested(dataclasses.replace(entry, maybe_arrived=doubt), delivery))
        elif os.path.exists(os.path.join(self._queue, name)):
            self._set_aside(name)

    def _rested(self, entry: Entry, delivery: Delivery) -> Entry:
        if not delivery.unclear:
            return entry
        unclear = min(entry.unclear + 1, _MOST_UNCLEAR - 1)
        return dataclasses.replace(entry, unclear=unclear, not_before=self.clock.now() + _pause_s(unclear))

    # -- the queue; under the lock -------------------------------------------------------

    def _waiting(self) -> list[_Waiting]:
        found = []
        with explained(self._queue, Reason("read_the_outbox")):
            names = sorted(os.listdir(self._queue))
        for name in names:
            match = _FILE.match(name)
            if match:
                found.append(_Waiting(name, int(match["order"]), match["channel"], match["severity"], match["key"]))
            elif ".json.tmp" in name:
                # Under the lock nobody else is writing: this is what a crash left half-written.
                remove_file(os.path.join(self._queue, name))
        return found

    def _read(self, name: str) -> Entry | None:
        try:
            with open(os.path.join(self._queue, name), encoding="utf-8") as file:
                return Entry.from_mapping(json.load(file))
        except (OSError, ValueError, InvalidInput):
            return None

    def _write(self, name: str, entry: Entry) -> None:
        write_file(os.path.join(self._queue, name), json.dumps(entry.to_record()), 0o600)

    def _remove(self, name: str) -> None:
        remove_file(os.path.join(self._queue, name))

    def _set_aside(self, name: str) -> None:
        make_directory(self._damaged, 0o700)
        with explained(self._damaged, Reason("set_a_message_aside")):
            os.rename(os.path.join(self._queue, name), os.path.join(self._damaged, name))
            for old in sorted(os.listdir(self._damaged))[:-_KEPT_DAMAGED]:
                os.unlink(os.path.join(self._damaged, old))
            sync_directory(self._damaged)

    def _drop_surplus(self) -> None:
        waiting = self._waiting()
        while len(waiting) > self.max_messages:
            self._drop(next((each for each in waiting if each.severity != P0), waiting[0]))
            waiting = self._waiting()

    def _drop_expired(self) -> None:
        oldest = (self.clock.now() - self.max_age_s) * 1e9
        for each in self._waiting():
            if each.order < oldest:
                self._drop(each)

    def _drop(self, waiting: _Waiting) -> None:
        entry = self._read(waiting.name)
        # A lost edit loses no news: the message that it would have changed stands.
        if entry is None or not entry.is_edit:
            self._count_dropped(waiting.channel, 1)
        self._remove(waiting.name)

    # -- the records; under the lock -----------------------------------------------------

    def _receipts(self) -> dict[str, Receipt]:
        since = self.clock.now() - self.key_window_s
        found: dict[str, Receipt] = {}
        for key, value in _read_json(self._delivered).items():
            with contextlib.suppress(TypeError, ValueError, OverflowError):
                message_id, channel_id, at = value
                if float(at) > since:
                    found[key] = Receipt(snowflake(message_id), snowflake(channel_id), float(at))
        return found

    def _note_delivered(self, key: str, delivery: Delivery) -> None:
        receipts = self._receipts()
        receipts[key] = Receipt(delivery.message_id, delivery.channel_id, self.clock.now())
        newest = sorted(receipts.items(), key=lambda item: item[1].delivered_at)[-_REMEMBERED_KEYS:]
        write_file(self._delivered, json.dumps(dict(newest)), 0o600)

    def _read_state(self) -> dict[str, Any]:
        return _read_json(self._state)

    def _write_state(self, state: Mapping[str, Any]) -> None:
        write_file(self._state, json.dumps(state), 0o600)

    def _dropped(self) -> dict[str, int]:
        counts = self._read_state().get("dropped")
        if not isinstance(counts, dict):
            return {}
        return {channel: count for channel, count in counts.items() if isinstance(count, int) and count > 0}

    def _count_dropped(self, channel: str, change: int) -> None:
        if change:
            counts = self._dropped()
            counts[channel] = counts.get(channel, 0) + change
            self._write_state({**self._read_state(), "dropped": counts})

    # -- locks ---------------------------------------------------------------------------

    @contextlib.contextmanager
    def _lock(self, name: str, wait_s: float | None = None) -> Iterator[bool]:
        """Hold a lock that dies with its holder; yields whether it was had within *wait_s*
        seconds (None: it must be had, or Locked is raised).

        All work on files is done while one is held, and with the rights of whose spool it is: on servers that is the
        account of refit-outbox.service, which could lead root elsewhere.
        """
        with rights_of(reader_of(self._queue)):
            for each in (self.path, self._queue):
                make_directory(each, 0o700)
            path = os.path.join(self.path, name)
            with explained(path, Reason("lock_the_outbox")):
                fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                yield self._acquire(fd, path, wait_s)
            finally:
                os.close(fd)

    def _acquire(self, fd: int, path: str, wait_s: float | None) -> bool:
        if wait_s is None:
            await_lock(fd, path, self.clock, _LOCK_WAIT_S, Reason("outbox"))
            return True
        ends = self.clock.monotonic() + wait_s
        while not try_lock(fd):
            if self.clock.monotonic() >= ends:
                return False
            self.clock.sleep(_LOCK_POLL_S)
        return True


def _pause_s(unclear: int) -> float:
    return _FIRST_PAUSE_S * 2.0 ** (unclear - 1)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _read_json(path: str) -> dict[str, Any]:
    """The mapping in *path*; a missing or damaged file counts as empty, since only
    conveniences are kept so."""
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
