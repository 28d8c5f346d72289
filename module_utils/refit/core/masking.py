"""Secrets are taken out of every text that leaves a host, in one way: logs, errors, answers that are quoted.

Those that are known are named (:mod:`..config.secrets`); what gives access is known by how it stands there: user and
query of a URL, ``Authorization``, the token of a webhook.  A text may be a stranger's: the time that it takes grows
with its length and no faster.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

HIDDEN = "***"
#: Shorter values (ports, switches) are no secrets, and would tear holes into a text.
SHORTEST = 6
# Texts that are quoted are cut before that.
_LONGEST_CUT = 1000
#: What holds a text in a record of ours; everything else there is a name, a number, a time.
TEXTS = frozenset(
    [
        *(
            "complaint",
            "detail",
            "failure",
            "last_failure",
            "log",
            "log_tail",
            "msg",
            "notes",
            "overtaken_by",
            "reason",
        ),
        *("samples", "unknown", "unmeasured", "why", "why_not"),
    ]
)

# No two neighbours take the same characters, and none is tried again from within what it has taken.
_URL = re.compile(r"[a-z][a-z0-9+.-]{0,20}://[^\s\"'<>`]+", re.IGNORECASE)
_AUTHORIZATION = re.compile(r"(authorization\\?[\"']?\s{0,4}[:=]\s{0,4}\\?[\"']?)[^\"'\\\r\n]+", re.IGNORECASE)
_BEARER = re.compile(r"\b(bearer\s{1,4})[a-z0-9._~+/=-]{6,}", re.IGNORECASE)
_WEBHOOK = re.compile(r"(/webhooks/\d{1,20}/)[^\s/?\"'<>]+")


class Masker:
    """Hides *secrets*, and what gives access, in texts."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret) if len(form) >= SHORTEST}
        # The longest first: one may be part of another.
        known = "|".join(map(re.escape, sorted(forms, key=lambda form: (-len(form), form))))
        self._known = re.compile(known) if known else None
        self._beginnings = {form[:end] for form in forms for end in range(SHORTEST, min(len(form), _LONGEST_CUT))}

    def hide(self, text: str) -> str:
        """*text* with :data:`HIDDEN` in the place of each secret, and of the beginning of one at which it was cut."""
        if self._known is not None:
            text = self._without_cut(self._known.sub(HIDDEN, text))
        text = _URL.sub(lambda url: _bare(url[0]), text)
        text = _AUTHORIZATION.sub(r"\1" + HIDDEN, text)
        return without_token(_BEARER.sub(r"\1" + HIDDEN, text))

    def _without_cut(self, text: str) -> str:
        shown = text.rstrip("…")
        for length in range(min(len(shown), _LONGEST_CUT), SHORTEST - 1, -1):
            if shown[-length:] in self._beginnings:
                return shown[:-length] + HIDDEN
        return text

    def hide_in(self, record: Any, within: bool = False) -> Any:
        """*record*, as JSON has it, with its :data:`TEXTS` masked, however deep they are.

        Args:
            within: *record* is part of such a text itself.
        """
        if isinstance(record, str):
            return self.hide(record) if within else record
        if isinstance(record, Mapping):
            return {key: self._of(key, value, within) for key, value in record.items()}
        if isinstance(record, (list, tuple)):
            return [self.hide_in(value, within) for value in record]
        return record

    def _of(self, key: Any, value: Any, within: bool) -> Any:
        """A reason's code is none of a stranger's words, and must stay what it is."""
        return value if within and key == "code" else self.hide_in(value, within or key in TEXTS)


def without_token(text: str) -> str:
    """*text* without the token of any webhook in it."""
    return _WEBHOOK.sub(r"\1" + HIDDEN, text)


def _bare(url: str) -> str:
    scheme, _, rest = url.partition("://")
    rest, mark, query = rest.partition("?")
    before, slash, path = rest.partition("/")
    user, at, host = before.rpartition("@")
    shown = f"{scheme}://{HIDDEN if user else ''}{at}{host}{slash}{path}"
    if mark and query:
        # What stands behind it in a sentence is no part of the query.
        shown += mark + HIDDEN + query[len(query.rstrip(").,;:]")) :]
    return shown


def _forms(secret: str) -> Iterator[str]:
    """How *secret* may stand in a log: its lines, also trimmed, in JSON, in a URL."""
    for line in secret.splitlines():
        for form in (line, " ".join(line.split())):
            yield form
            yield json.dumps(form)[1:-1]
            yield json.dumps(form, ensure_ascii=False)[1:-1]
            yield quote(form, safe="")
