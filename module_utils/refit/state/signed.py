"""A word that a controller signed, as hosts keep it beside what they write down.

Hosts store it and hand it back.  None of them can judge it: that takes the key, which never leaves the controller
(:mod:`.signatures`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..core.answers import NotUnderstood, mapping, one_of, optional, prose, sha256, table, text
from ..words.reason import Reason
from . import ledger_events

Word = Mapping[str, Any]

_KEY_ID = re.compile(r"[0-9a-f]{8}\Z")
_MOST_FACTS = 8
_SIGNED = (
    ledger_events.STAGED,
    ledger_events.MARKED_BAD,
    ledger_events.CLEARED,
    ledger_events.FROZEN,
    ledger_events.RESUMED,
)


def _key_id(value: Any) -> str:
    if not isinstance(value, str) or not _KEY_ID.match(value):
        raise NotUnderstood(Reason("is_no_key_id"))
    return value


def _fact(value: Any) -> Any:
    return value if isinstance(value, bool) else prose(value)


_WORD = mapping(
    {
        "event": one_of(*_SIGNED),
        "facts": table(optional(_fact), _MOST_FACTS),
        "at": text,
        "run": text,
        "key": _key_id,
        "mac": sha256,
    }
)


def read_word(value: Any) -> Word | None:
    """The signed word that stands in *value*: None where there is none, and an empty one where it is not readable."""
    if value is None:
        return None
    try:
        word: Word = _WORD(value)
    except NotUnderstood:
        return {}
    return word


def staged_facts(
    version: str, sha256: str, source: str | None, tree_sha256: str | None = None, *, proven: bool = False
) -> dict[str, Any]:
    """What a word on a release says: its artifact and, where that is known, its files and that it was proven."""
    return {"version": version, "sha256": sha256, "source": source, "tree_sha256": tree_sha256, "proven": proven}
