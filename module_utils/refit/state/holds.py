"""What keeps something from going live until it is lifted: marks on releases, freezes of the service.

A *hold* has an id, the same on every host that it is written to, and who lifts it names
that id.  So the hosts' ledgers can be joined in any order and any number of times, and no
clock decides: a hold stands when its id was placed somewhere and lifted nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..core.answers import if_fit, listing, mapping, optional, otherwise, prose, reason, table, text
from ..words.reason import Reason, Record, from_record
from . import ledger_events
from .signed import Word, read_word
from .versions import read_version

_MOST = 10_000  # marks, or lifts of them, that a ledger knows
_LIFTING = (ledger_events.CLEARED, ledger_events.RESUMED)


@dataclass(frozen=True)
class Hold:
    """Why something is held, who said so and when (ISO time of the host that wrote it first).

    *version* is the release that is marked bad; None where the whole service is frozen.  *told_by* is the host whose
    word alone it is, as the controller knew that one when it told the others; None where it is this host's own.
    *signed* is what a controller signed of it, empty where that cannot be read.
    """

    id: str
    reason: Record
    by: str | None = None
    at: str | None = None
    version: str | None = None
    told_by: str | None = None
    signed: Word | None = None

    def to_entry(self) -> dict[str, Any]:
        """The ledger entry that places it."""
        event: ledger_events.Event = ledger_events.MARKED_BAD if self.version else ledger_events.FROZEN
        return _entry(event, **{**asdict(self), "signed": self.signed or None})


@dataclass(frozen=True)
class Lift:
    """Who lifted a hold, why and when; *signed* as that of a :class:`Hold`."""

    reason: Record
    by: str | None = None
    at: str | None = None
    signed: Word | None = None


@dataclass
class Holds:
    """All holds that a ledger, or several of them, know: *placed* and *lifted* by id."""

    placed: dict[str, Hold] = field(default_factory=dict)
    lifted: dict[str, Lift] = field(default_factory=dict)

    @classmethod
    def from_record(cls, record: Any) -> Holds:
        """Read what :meth:`to_record` wrote; nothing where a host has no such record.  Raises NotUnderstood."""
        known = read_holds(record)
        placed = [Hold(**hold) for hold in known["placed"]]
        return cls({hold.id: hold for hold in placed}, {key: Lift(**it) for key, it in known["lifted"].items()})

    def to_record(self) -> dict[str, Any]:
        return {
            "placed": [asdict(hold) for hold in self.placed.values()],
            "lifted": {key: asdict(lift) for key, lift in self.lifted.items()},
        }

    def learn(self, entry: Mapping[str, Any], order: int = 0) -> None:
        """Take in one ledger entry; those that place and lift nothing are passed over.

        Args:
            order: the entry's position, which tells apart those without an id.
        """
        event, by, at = entry["event"], _text(entry.get("by")), _text(entry.get("at"))
        signed = read_word(entry.get("signed"))
        told_of = event in (ledger_events.MARKED_BAD, ledger_events.CLEARED)
        version = _version(entry.get("version")) if told_of else None
        if event == ledger_events.FROZEN or (event == ledger_events.MARKED_BAD and version):
            own = "{}/{}/{}/{}".format(at, by, version or "", order)
            key, told_by = _text(entry.get("id")) or own[:300], _text(entry.get("told_by"))
            hold = Hold(key, _reason(entry), by, at, version, told_by, signed)
            self.placed.setdefault(hold.id, hold)
        elif event == ledger_events.RESUMED or (event == ledger_events.CLEARED and version):
            lifts = entry.get("lifts")
            # One that names none lifts what the host knew when it was written.
            if not isinstance(lifts, list):
                lifts = [hold.id for hold in self.standing() if hold.version == version]
            for key in filter(None, map(_text, lifts)):
                self.lifted.setdefault(key, Lift(_reason(entry), by, at, signed))

    def standing(self) -> list[Hold]:
        """The holds that nobody has lifted, the oldest first."""
        found = [hold for hold in self.placed.values() if hold.id not in self.lifted]
        return sorted(found, key=lambda hold: (hold.at or "", hold.id))

    def mark_of(self, version: str) -> Hold | None:
        """The newest mark that stands on the release *version*."""
        return next((hold for hold in reversed(self.standing()) if hold.version == version), None)

    def freezes(self) -> list[Hold]:
        """The freezes that stand, the oldest first."""
        return [hold for hold in self.standing() if hold.version is None]

    def joined_with(self, others: Iterable[Holds]) -> Holds:
        """What this and *others* know together."""
        joined = Holds(dict(self.placed), dict(self.lifted))
        for other in others:
            for key, hold in other.placed.items():
                joined.placed[key] = self.senior([joined.placed.get(key, hold), hold])
            for key, lift in other.lifted.items():
                joined.lifted[key] = min(joined.lifted.get(key, lift), lift, key=_seniority)
        return joined

    @staticmethod
    def senior(holds: Iterable[Hold]) -> Hold:
        """The one of several tellings of a hold that was written first."""
        return min(holds, key=_seniority)

    def lessons_for(self, host: Holds) -> list[dict[str, Any]]:
        """The ledger entries that a host which knows *host* lacks: the holds that stand,
        and that those it holds itself were lifted elsewhere."""
        lessons = [hold.to_entry() for hold in self.standing() if hold.id not in host.placed]
        for hold in host.standing():
            lift = self.lifted.get(hold.id)
            if lift is not None:
                lessons.append(lift_entry([hold], **asdict(lift)))
        return lessons

    def is_news(self, entry: Mapping[str, Any]) -> bool:
        """Whether *entry* says something that is not known here yet."""
        if entry["event"] in _LIFTING:
            return not set(entry["lifts"]) <= self.lifted.keys()
        return entry["id"] not in self.placed


_SAID = {"reason": reason, "by": optional(prose), "at": optional(text), "signed": read_word}
_HOLD = mapping({"id": text, **_SAID, "version": optional(read_version), "told_by": optional(text)})
_RECORD = mapping(
    {
        "placed": otherwise(listing(_HOLD, _MOST), []),
        "lifted": otherwise(table(mapping(_SAID), _MOST), {}),
    }
)


def read_holds(answer: Any) -> dict[str, Any]:
    """The record of :class:`Holds` as a host answered it.  Raises NotUnderstood, and nothing else."""
    record: dict[str, Any] = _RECORD({} if answer is None else answer)
    return record


def lift_entry(
    lifted: Iterable[Hold], reason: Record, by: str | None, at: str | None = None, signed: Word | None = None
) -> dict[str, Any]:
    """The ledger entry that lifts *lifted*: marks on one release, or freezes."""
    lifted = list(lifted)
    version = lifted[0].version
    event: ledger_events.Event = ledger_events.CLEARED if version else ledger_events.RESUMED
    ids = [hold.id for hold in lifted]
    return _entry(event, lifts=ids, version=version, reason=reason, by=by, at=at, signed=signed or None)


def _entry(event: ledger_events.Event, **fields: Any) -> dict[str, Any]:
    return {"event": event, **{name: value for name, value in fields.items() if value is not None}}


def _seniority(told: Hold | Lift) -> Any:
    return (told.at or "", told.by or "", str(told.reason))


# What a person wrote into the ledger may be anything: the record of it can be read all the same.
def _text(value: Any) -> str | None:
    found: str | None = if_fit(text)(value)
    return found


def _version(value: Any) -> str | None:
    found: str | None = if_fit(read_version)(value)
    return found


def _reason(entry: Mapping[str, Any]) -> Record:
    return from_record(entry.get("reason") or Reason("not_given").to_record()).to_record()
