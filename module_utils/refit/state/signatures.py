"""The controller's signature below what it has hosts write down, so that a ledger can be believed without a second one.

The key is the controllers' own.  A host keeps a signed word and hands it back; it can keep one back, or copy another
host's, but change none, and none counts for another service or environment.  Pure: keys and words in.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ..core.errors import InvalidInput
from ..words.reason import Reason, Record, from_record
from . import ledger_events
from .holds import Hold, Lift
from .signed import Word

SHORTEST = 32
SETTING = "refit_ledger_keys"
SEVERAL, ONE = "REFIT_LEDGER_KEYS", "REFIT_LEDGER_KEY"

Verdict = Literal["signed", "unsigned", "unknown", "wrong"]
SIGNED: Final = "signed"
UNSIGNED: Final = "unsigned"
UNKNOWN: Final = "unknown"  # by a key that is not, or no longer, among ours
WRONG: Final = "wrong"

_GENERATE = "openssl rand -hex 32"


def read_keys(setting: Any, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of a site, the one that signs first; none where it has none.

    Args:
        setting: what the inventory says; without it the *environment* counts, in which several are apart by blanks or
            commas.

    Raises:
        InvalidInput: they are none; the text shows none of them.
    """
    where, found = SETTING, setting
    if not setting:
        where = SEVERAL if environment.get(SEVERAL) else ONE
        found = environment.get(where, "").replace(",", " ").split()
    if not isinstance(found, list) or not all(isinstance(key, str) for key in found):
        raise InvalidInput(
            Reason("keys_are_no_list", setting=where), next_command=Reason("write_keys", command=_GENERATE)
        )
    # Plain text: what comes from a vault is more than that to Ansible.
    keys = tuple(key.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for key in found)
    for number, key in enumerate(keys, 1):
        if len(key) < SHORTEST:
            raise InvalidInput(
                Reason("key_too_short", number=number, setting=where, count=len(key), least=SHORTEST),
                next_command=Reason("make_key", command=_GENERATE),
            )
    if len(set(keys)) < len(keys):
        raise InvalidInput(Reason("key_twice", setting=where), next_command=Reason("take_one_out"))
    return keys


def key_id(key: str) -> str:
    """By what a key is named where it is not to be shown."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Keyring:
    """What a run signs and judges with: the site's *keys*, of which the first signs, for one service of one
    environment; and by whom (*run*) and when (*at*, ISO time) it signs."""

    keys: tuple[str, ...] = field(repr=False)
    service: str
    environment: str = ""
    run: str = ""
    at: str = ""

    @property
    def signs_as(self) -> str:
        """The id of the key that signs."""
        return key_id(self.keys[0])

    def sign(self, event: ledger_events.Event, facts: Mapping[str, Any]) -> Word:
        """*facts* as a signed word, for the ``signed`` of a ledger entry."""
        word = {"event": event, "facts": dict(facts), "at": self.at, "run": self.run, "key": self.signs_as}
        return {**word, "mac": self._mac(self.keys[0], word)}

    def judge(self, word: Word | None) -> Verdict:
        """What a word is worth by its signature alone."""
        if word is None:
            return UNSIGNED
        if not word:
            return WRONG
        key = next((key for key in self.keys if key_id(key) == word["key"]), None)
        if key is None:
            return UNKNOWN
        return SIGNED if hmac.compare_digest(self._mac(key, word), word["mac"]) else WRONG

    def sign_hold(self, hold: Hold) -> Word:
        """The word that places *hold*."""
        return self.sign(_places(hold), _facts_of(hold))

    def judge_hold(self, hold: Hold) -> Verdict:
        """What *hold* is worth: also a word that is right, and says something else than it stands for, is wrong."""
        verdict = self.judge(hold.signed)
        if verdict != SIGNED or hold.signed is None:
            return verdict
        fits = hold.signed["event"] == _places(hold) and hold.signed["facts"] == _facts_of(hold)
        return SIGNED if fits else WRONG

    def sign_lift(self, version: str | None, reason: Record) -> Word:
        """The word that lifts the marks on *version*, or all freezes, that were placed until now."""
        event: ledger_events.Event = ledger_events.CLEARED if version else ledger_events.RESUMED
        return self.sign(event, {"version": version, "reason": _sum_of(reason)})

    def judge_lift(self, lift: Lift) -> Verdict:
        """What *lift* is worth, whatever it lifts (:func:`lifts`)."""
        verdict = self.judge(lift.signed)
        if verdict != SIGNED or lift.signed is None:
            return verdict
        return SIGNED if lift.signed["event"] in (ledger_events.CLEARED, ledger_events.RESUMED) else WRONG

    def judge_release(self, version: str, word: Word | None) -> Verdict:
        """What a *word* on the release *version* is worth."""
        verdict = self.judge(word)
        if verdict != SIGNED or word is None:
            return verdict
        fits = word["event"] == ledger_events.STAGED and word["facts"].get("version") == version
        return SIGNED if fits and isinstance(word["facts"].get("sha256"), str) else WRONG

    def _mac(self, key: str, word: Word) -> str:
        said = {name: word[name] for name in ("event", "facts", "at", "run")}
        covered = {**said, "service": self.service, "environment": self.environment}
        written = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hmac.new(key.encode(), written.encode(), hashlib.sha256).hexdigest()


def lifts(word: Word, hold: Hold) -> bool:
    """Whether a signed *word* that lifts something lifts *hold*: one of what it names, and placed before."""
    placed_at = (hold.signed or {}).get("at") or hold.at or ""
    kind = ledger_events.CLEARED if hold.version else ledger_events.RESUMED
    return bool(word["event"] == kind and word["facts"].get("version") == hold.version and placed_at <= word["at"])


def _places(hold: Hold) -> ledger_events.Event:
    return ledger_events.MARKED_BAD if hold.version else ledger_events.FROZEN


def _facts_of(hold: Hold) -> dict[str, Any]:
    return {"id": hold.id, "version": hold.version, "reason": _sum_of(hold.reason), "by": hold.by}


def _sum_of(reason: Record) -> str:
    """What stands for a reason, which may be of many parts."""
    written = json.dumps(from_record(reason).to_record(), sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()
