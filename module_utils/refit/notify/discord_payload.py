"""From a message to the webhook payload that Discord accepts; pure.

Limits and mention rules are those of Discord's API documentation (v10: "Execute
Webhook", "Embed Limits", "Allowed Mentions Object"); lengths are code points.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from ..core.timestamps import iso
from ..core.urls import without_userinfo
from ..words.reason import Reason
from .discord_text import clean, code_block, cut, defuse, is_visible, one_line, outside, plain
from .event_texts import DEFAULT_LANGUAGE, texts
from .links import LONGEST_LABEL, Link, encode, target

CONTENT = 2000
TITLE = 256
DESCRIPTION = 4096
FIELDS = 25
FIELD_NAME = 256
FIELD_VALUE = 1024
EMBED_TEXT = 6000
THREAD_NAME = 100

#: Kept free in each text that a note may be added to (see :func:`add_note`).
NOTE_ROOM = 200
POSSIBLE_DUPLICATE = "⚠️ 중복일 수 있음 / possible duplicate"

Channel = Literal["alerts", "incidents"]
#: How grave it is: of the grades, and of what is no trouble.
Severity = Literal["P0", "P1", "P2", "success", "info", "unknown"]

COLOURS: Mapping[Severity, int] = {
    "P0": 0xED4245,
    "P1": 0xFEE75C,
    "P2": 0x57F287,
    "success": 0x2ECC71,
    "info": 0x5865F2,
    "unknown": 0x95A5A6,
}
MARKS: Mapping[Severity, str] = {"P0": "🚨", "P1": "🟡", "P2": "🟢", "success": "✅", "info": "ℹ️", "unknown": "❔"}

# What the description's text and the excerpts get before the fields share the rest.
_TEXT_SHARE = 1500
_EXCERPT_SHARE = 1500
_LONGEST_EXCERPT = 1200
_LEAST_VALUE = 40
_LONGEST_URL = 500

# A row of buttons, and one that is a link ("Component Types", "Button Styles").
_ROW, _BUTTON, _LINK = 1, 2, 5
_MOST_BUTTONS = 5


class Field(NamedTuple):
    """A named value of an embed, as markdown."""

    name: str
    value: str
    inline: bool = False


class Excerpt(NamedTuple):
    """Lines of a log; *label* as markdown, *text* raw."""

    label: str
    text: str


@dataclass(frozen=True)
class Message:
    """What is to be said, before it is cut to Discord's size.

    *title*, *description* and *fields* are markdown: outside values in them have been through
    :func:`refit.notify.discord_text.outside`.  *footer* is plain text, *excerpts* are raw.

    Attributes:
        event: the name of the event in the catalogue.
        timestamp: seconds since the epoch.
        mentions: logical names, such as ``devops-oncall``.
        language: of the words that are added where something is cut.
    """

    event: str
    severity: Severity
    title: str
    description: str = ""
    fields: tuple[Field, ...] = ()
    links: tuple[Link, ...] = ()
    excerpts: tuple[Excerpt, ...] = ()
    footer: str = ""
    timestamp: float | None = None
    mentions: tuple[str, ...] = ()
    channel: Channel = "alerts"
    language: str = DEFAULT_LANGUAGE


def build_payload(
    message: Message,
    *,
    mentions: Mapping[str, Mapping[str, str]] | None = None,
    username: str | None = None,
) -> tuple[dict[str, Any], list[Reason]]:
    """The JSON body of "Execute Webhook" for *message*, within every limit.

    Mentions stand in ``content``, the only place that pings, with the title beside them for the
    preview on a phone; ``allowed_mentions`` names exactly those and nothing else.

    Args:
        mentions: by logical name ``{"role": ID}`` or ``{"user": ID}``.
        username: shown as the sender.

    Returns:
        The payload, and a warning for each name that could not be mentioned.
    """
    content, allowed, warnings = _mention(message, mentions or {})
    buttons, others = _buttons(message)
    # Said even where there are none: an edit drops those that a message had.
    components = [{"type": _ROW, "components": buttons}] if buttons else []
    payload: dict[str, Any] = {"embeds": [_embed(message, others)], "components": components}
    payload["allowed_mentions"] = allowed
    if content:
        payload["content"] = content
    if username:
        payload["username"] = username
    return payload, warnings


def minimal_payload(payload: Mapping[str, Any]) -> dict[str, Any]:
    """*payload* as plain content with nothing that Discord could refuse.

    For the one retry after a 400: better an ugly alert than none.  Log excerpts are left out,
    since only a code block keeps them from being read as markdown.  Empty ``embeds`` and
    ``components`` make an edit drop what the message had.
    """
    embeds = payload.get("embeds") or [{}]
    embed = embeds[0]
    lines = [payload.get("content") or embed.get("title") or "", embed.get("description") or ""]
    lines += ["{}: {}".format(each["name"], each["value"]) for each in embed.get("fields") or ()]
    rows = payload.get("components") or ()
    lines += ["{}: {}".format(each["label"], each["url"]) for row in rows for each in row["components"]]
    lines.append((embed.get("footer") or {}).get("text") or "")
    head, rest = lines[0], "\n".join(line for line in lines[1:] if line)
    rest = defuse(clean(re.sub(r"\n?```.*?```", "", rest, flags=re.DOTALL)))
    text = cut(clean(head) + "\n" + rest, CONTENT - NOTE_ROOM)
    allowed = dict(payload.get("allowed_mentions") or {"parse": []})
    return {"content": text, "embeds": [], "components": [], "allowed_mentions": allowed}


def add_note(payload: Mapping[str, Any], note: str) -> dict[str, Any]:
    """*payload* with *note* in its footer, or after its content where it has no embed.

    Payloads of this module have room for :data:`NOTE_ROOM` code points of notes.
    """
    noted = copy.deepcopy(dict(payload))
    if noted.get("embeds"):
        footer = noted["embeds"][0].setdefault("footer", {"text": ""})
        footer["text"] = " · ".join(each for each in (footer["text"], note) if each)
    else:
        noted["content"] = (noted.get("content") or "") + "\n" + note
    return noted


def name_of_post(payload: Mapping[str, Any]) -> str:
    """What a message is called where each one is a post, as in a forum: by its title."""
    embed = (payload.get("embeds") or [{}])[0]
    return cut(one_line(str(embed.get("title") or payload.get("content") or "")), THREAD_NAME, "…") or "…"


def _mention(
    message: Message, known: Mapping[str, Mapping[str, str]]
) -> tuple[str, dict[str, list[str]], list[Reason]]:
    words: list[str] = []
    warnings: list[Reason] = []
    allowed: dict[str, list[str]] = {"parse": []}
    for name in dict.fromkeys(message.mentions):
        role, user = known.get(name, {}).get("role"), known.get(name, {}).get("user")
        if role:
            words.append("<@&{}>".format(role))
            allowed.setdefault("roles", []).append(str(role))
        elif user:
            words.append("<@{}>".format(user))
            allowed.setdefault("users", []).append(str(user))
        else:
            words.append(outside("@" + name))
            warnings.append(Reason("mention_without_id", name=plain(name)))
    if not words:
        return "", allowed, warnings
    return (
        cut(" ".join([*words, clean(message.title)]), CONTENT - NOTE_ROOM, _words(message)["more"]),
        allowed,
        warnings,
    )


def _buttons(message: Message) -> tuple[list[dict[str, Any]], list[Link]]:
    """The buttons below *message*, each target once, and the links that are none."""
    buttons: dict[str, dict[str, Any]] = {}
    others = []
    for link in message.links:
        # Discord reads no markdown in a label.
        label, url = cut(one_line(plain(link.label)), LONGEST_LABEL, "…"), target(link.url)
        if url and is_visible(label) and (url in buttons or len(buttons) < _MOST_BUTTONS):
            buttons.setdefault(url, {"type": _BUTTON, "style": _LINK, "label": label, "url": url})
        else:
            others.append(link)
    return list(buttons.values()), others


def _embed(message: Message, links: Sequence[Link]) -> dict[str, Any]:
    more = _words(message)["more"]
    embed: dict[str, Any] = {
        "title": cut(one_line(clean(message.title)), TITLE, more),
        "color": COLOURS[message.severity],
    }
    footer = cut(plain(message.footer), 400, more)
    if footer:
        embed["footer"] = {"text": footer}
    if message.timestamp is not None:
        embed["timestamp"] = iso(message.timestamp)

    room = EMBED_TEXT - NOTE_ROOM - len(embed["title"]) - len(footer)
    text = clean(message.description).strip()
    wanted = sum(len(each.text) + len(each.label) + 20 for each in message.excerpts)
    reserved = min(len(text), _TEXT_SHARE) + min(wanted, _EXCERPT_SHARE)
    embed["fields"] = _fields(message, links, room - reserved)
    room = min(room - sum(len(each["name"]) + len(each["value"]) for each in embed["fields"]), DESCRIPTION)
    text = cut(text, room - min(wanted, _EXCERPT_SHARE), more)
    embed["description"] = "\n".join(each for each in (text, *_excerpts(message, room - len(text) - 1)) if each)
    return {key: value for key, value in embed.items() if value not in ("", [])}


def _fields(message: Message, links: Sequence[Link], room: int) -> list[dict[str, Any]]:
    words = _words(message)
    wanted = [(clean(each.name).strip(), clean(each.value).strip(), each.inline) for each in message.fields]
    if links:
        wanted.append((texts(message.language).LABELS["links"], _links(message, links), False))
    wanted = [each for each in wanted if is_visible(each[0]) and is_visible(each[1])]
    fields: list[dict[str, Any]] = []
    for position, (name, value, inline) in enumerate(wanted):
        left = len(wanted) - position
        rest = words["more_fields"].format(left)
        # The field that says what is missing needs its place wherever this one is not the last.
        reserve = len(rest) + 1 if left > 1 else 0
        name = cut(one_line(name), FIELD_NAME, words["more"])
        space = room - len(name) - reserve
        if (left > 1 and len(fields) == FIELDS - 1) or space < min(len(value), _LEAST_VALUE):
            fields.append({"name": "…", "value": rest})
            break
        value = cut(value, min(FIELD_VALUE, space), words["more"])
        fields.append({"name": name, "value": value, "inline": inline})
        room -= len(name) + len(value)
    return fields


def _links(message: Message, links: Sequence[Link]) -> str:
    """What is no button, as one value; whole links only, since half a link is none."""
    shown: list[str] = []
    room = FIELD_VALUE
    for position, (label, url) in enumerate(links):
        place = _linkable(url)
        line = "[{}]({})".format(outside(one_line(label)), place) if place else outside(one_line(_shown(url)))
        rest = _words(message)["more_links"].format(len(links) - position)
        if not place:
            line = cut(line, _LONGEST_URL, _words(message)["more"])
        if len(line) + len(rest) + 2 > room:
            shown.append(rest)
            break
        shown.append(line)
        room -= len(line) + 1
    return "\n".join(shown)


def _linkable(url: str) -> str:
    """*url* as it can stand in a markdown link; empty if it cannot."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return ""
    encoded = encode(url)
    return encoded if good and len(encoded) <= _LONGEST_URL else ""


def _shown(url: str) -> str:
    """*url* without a user and a password, which would be everybody's to read."""
    try:
        return without_userinfo(clean(url))
    except ValueError:
        return clean(url)


def _excerpts(message: Message, room: int) -> list[str]:
    blocks: list[str] = []
    for position, (label, text) in enumerate(message.excerpts):
        label = cut(one_line(clean(label)), 100)
        heading = "**{}**\n".format(label) if label else ""
        share = min(_LONGEST_EXCERPT, room // (len(message.excerpts) - position))
        block = code_block(text, share - len(heading) - 1, _words(message)["earlier_lines"])
        if block:
            blocks.append(heading + block)
            room -= len(blocks[-1]) + 1
    return blocks


def _words(message: Message) -> Mapping[str, str]:
    return texts(message.language).WORDS
