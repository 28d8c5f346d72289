"""What Discord, or whoever is in its place, answered: understood within bounds, or not at all, and never an error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Literal

from ..core.http import Response

#: What an answer to a message says of it.  Nothing but an answer of Discord's own API is ever the last word:
#: a proxy's page, whatever its status, is a reason to try again.
Meaning = Literal["saved", "unclear", "refused", "gone", "dead", "wants_thread", "wants_no_thread", "again"]

_SNOWFLAKE = re.compile(r"[0-9]{1,20}\Z")
# "JSON Error Codes" in Discord's documentation; 0 is a general error.
_CODES = range(10_000, 1_000_000)
_MEANINGS: Mapping[int, Meaning] = {
    10003: "gone",  # Unknown Channel, such as a thread that was deleted
    10008: "gone",  # Unknown Message
    10015: "dead",  # Unknown Webhook
    50001: "dead",  # Missing Access
    50013: "dead",  # Missing Permissions
    50027: "dead",  # Invalid Webhook Token
    40067: "dead",  # A tag is required to create a forum post in this channel
    220001: "wants_thread",  # Webhooks posted to forum channels must have a thread_name or thread_id
    220003: "wants_no_thread",  # Webhooks can only create threads in forum channels
    220004: "dead",  # Webhook services cannot be used in forum channels
}
_OF_A_FORUM = "put ?thread_id= of one of its posts into the webhook's URL"
_HINTS: Mapping[int, str] = {
    10003: "a ?thread_id= in the webhook's URL names a thread that is gone",
    40067: "make the tag optional in the forum's settings, or " + _OF_A_FORUM,
    220001: _OF_A_FORUM,
    220003: "take ?thread_name= out of the webhook's URL",
}
# Discord names a problem by its place in the message, such as embeds.0.fields.3.value.
_DEEPEST = 10
_MOST_PROBLEMS = 10


def document(answer: Response) -> Mapping[str, Any]:
    """The JSON object that *answer* is; empty where it is anything else."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def snowflake(value: Any) -> str | None:
    """*value* if it is an id as Discord gives them: it becomes a part of URLs."""
    return value if isinstance(value, str) and _SNOWFLAKE.match(value) else None


def api_code(answer: Response) -> int | None:
    """The code of an error that Discord's own API answered; None where somebody else did, or nobody can tell."""
    said = document(answer)
    code = said.get("code")
    if isinstance(code, bool) or not isinstance(code, int) or not isinstance(said.get("message"), str):
        return None
    return code if code == 0 or code in _CODES else None


def meaning(answer: Response) -> Meaning:
    """What *answer* says of the message that it answers.

    ``saved``
        it stands in the channel.
    ``unclear``
        a good answer that is not Discord's: it may stand there.
    ``refused``
        this payload is not taken; another might be.
    ``gone``
        what it was to change, or the thread that it was for, is no more.
    ``dead``
        nothing can be sent to this webhook until a person has changed something.
    ``wants_thread``, ``wants_no_thread``
        the channel is a forum, in which each message must be a post or a part of one; or it is none.
    ``again``
        nothing of that: it is worth another try.
    """
    if 200 <= answer.status < 300:
        return "saved" if answer.status == 200 and snowflake(document(answer).get("id")) else "unclear"
    code = api_code(answer)
    if code is not None and code in _MEANINGS and answer.status in (400, 401, 403, 404):
        return _MEANINGS[code]
    # A proxy that finds a message too large will find the same message too large again.
    return "refused" if answer.status == 413 or (answer.status == 400 and code is not None) else "again"


def complaint(answer: Response) -> str:
    """``HTTP 400: Invalid Form Body: embeds.0.title: Must be 256 or fewer in length.``; raw, and of any length."""
    said = document(answer)
    if not said:
        return "HTTP {} without an answer of Discord's API".format(answer.status)
    problems = "; ".join(islice(_problems(said.get("errors"), "", 0), _MOST_PROBLEMS))
    parts = ["HTTP {}".format(answer.status), text(said.get("message")), problems]
    hint = _HINTS.get(api_code(answer) or 0, "")
    return "; ".join(each for each in (": ".join(part for part in parts if part), hint) if each)


def text(value: Any) -> str:
    """*value* if it is a text; empty for anything else."""
    return value if isinstance(value, str) else ""


def _problems(node: Any, path: str, depth: int) -> Iterator[str]:
    if not isinstance(node, Mapping) or depth > _DEEPEST:
        return
    for key, value in node.items():
        if key == "_errors" and isinstance(value, list):
            for each in value:
                if isinstance(each, Mapping) and text(each.get("message")):
                    yield "{}: {}".format(path, each["message"])
        else:
            yield from _problems(value, "{}.{}".format(path, key) if path else key, depth + 1)
