"""What a message may be: Discord's published limits, answered in Discord's error shape.

Sources: the webhook and message resources of Discord's API documentation for v10
("Execute Webhook", "Embed Limits", "Allowed Mentions Object", "Usernames and
Nicknames").  Lengths are code points after trimming, as there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from . import components
from .form import WEB, WEB_OR_ATTACHMENT, Form, Path
from .moments import read_time

CONTENT = 2000
EMBEDS = 10
EMBED_TEXT = 6000
TITLE = 256
DESCRIPTION = 4096
FIELDS = 25
FIELD_NAME = 256
FIELD_VALUE = 1024
FOOTER = 2048
AUTHOR = 256
USERNAME = 80
THREAD_NAME = 100
MENTION_IDS = 100
COLOR = 0xFFFFFF
MENTION_TYPES = ("users", "roles", "everyone")

SUPPRESS_EMBEDS = 1 << 2
SUPPRESS_NOTIFICATIONS = 1 << 12

_SNOWFLAKE = re.compile(r"[0-9]{1,20}\Z")
_ISO8601 = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?([.,]\d+)?(Z|[+-]\d\d:?\d\d)?)?\Z", re.IGNORECASE)


def violations(payload: Any, editing: bool = False, with_components: bool = True) -> dict[str, Any]:
    """The ``errors`` tree of Discord's answer to *payload*; empty when it may pass.

    Args:
        payload: the decoded JSON body of an "Execute Webhook" or "Edit Webhook Message".
        editing: whether it is an edit, which can set fewer flags and no name.
        with_components: whether the query asks for its components, which are not looked at otherwise.
    """
    form = Form()
    if not isinstance(payload, Mapping):
        form.refuse((), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return form.errors
    form.text(("content",), payload.get("content"), CONTENT)
    _embeds(form, payload.get("embeds"))
    _allowed_mentions(form, payload.get("allowed_mentions"))
    if with_components:
        components.check(form, payload.get("components"))
    _flags(form, payload.get("flags"), SUPPRESS_EMBEDS if editing else SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS)
    if not editing:
        _username(form, payload.get("username"))
        form.url(("avatar_url",), payload.get("avatar_url"), WEB)
        form.boolean(("tts",), payload.get("tts"))
        form.text(("thread_name",), payload.get("thread_name"), THREAD_NAME)
    return form.errors


def is_empty(content: str, embeds: list[Mapping[str, Any]], rows: Any = None) -> bool:
    """Whether nothing would be left to see of a message (Discord's error 50006); *rows* are its components."""
    return not content and not rows and not any(any(key != "type" for key in embed) for embed in embeds)


def trimmed(value: Any) -> Any:
    """*value* as Discord keeps it: texts trimmed at both ends, empty ones dropped."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return [trimmed(item) for item in value]
    if isinstance(value, Mapping):
        kept = {key: trimmed(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, "", [], {})}
    return value


def is_snowflake(value: Any) -> bool:
    """Whether *value* can be the id of something: digits, below 2**64."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return False
    return bool(_SNOWFLAKE.match(str(value))) and 0 < int(value) < 2**64


def _embeds(form: Form, embeds: Any) -> None:
    total = 0
    for index, embed in enumerate(form.items(("embeds",), embeds, EMBEDS)):
        total += _embed(form, ("embeds", str(index)), embed)
    if total > EMBED_TEXT:
        message = "Embed size exceeds maximum size of {}".format(EMBED_TEXT)
        form.refuse(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", message)


def _embed(form: Form, path: Path, value: Any) -> int:
    """Check one embed; its length counts towards the total of the message."""
    embed = form.model(path, value)
    length = form.text((*path, "title"), embed.get("title"), TITLE)
    length += form.text((*path, "description"), embed.get("description"), DESCRIPTION)
    for index, item in enumerate(form.items((*path, "fields"), embed.get("fields"), FIELDS)):
        here = (*path, "fields", str(index))
        field = form.model(here, item)
        length += form.text((*here, "name"), field.get("name"), FIELD_NAME, required=True)
        length += form.text((*here, "value"), field.get("value"), FIELD_VALUE, required=True)
        form.boolean((*here, "inline"), field.get("inline"))
    footer = form.model((*path, "footer"), embed.get("footer"))
    if footer:
        length += form.text((*path, "footer", "text"), footer.get("text"), FOOTER, required=True)
        form.url((*path, "footer", "icon_url"), footer.get("icon_url"), WEB_OR_ATTACHMENT)
    author = form.model((*path, "author"), embed.get("author"))
    if author:
        length += form.text((*path, "author", "name"), author.get("name"), AUTHOR, required=True)
        form.url((*path, "author", "url"), author.get("url"), WEB)
        form.url((*path, "author", "icon_url"), author.get("icon_url"), WEB_OR_ATTACHMENT)
    for picture in ("image", "thumbnail"):
        here = (*path, picture)
        form.url((*here, "url"), form.model(here, embed.get(picture)).get("url"), WEB_OR_ATTACHMENT)
    form.url((*path, "url"), embed.get("url"), WEB)
    _color(form, (*path, "color"), embed.get("color"))
    _timestamp(form, (*path, "timestamp"), embed.get("timestamp"))
    return length


def _color(form: Form, path: Path, value: Any) -> None:
    number = None if value is None else form.integer(path, value)
    if number is None:
        return
    if number < 0:
        form.refuse(path, "NUMBER_TYPE_MIN", "int value should be greater than or equal to 0.")
    if number > COLOR:
        form.refuse(path, "NUMBER_TYPE_MAX", "int value should be less than or equal to {}.".format(COLOR))


def _timestamp(form: Form, path: Path, value: Any) -> None:
    if value is None:
        return
    if not (isinstance(value, str) and _ISO8601.match(value) and _is_a_date(value)):
        form.refuse(path, "DATE_TIME_TYPE_PARSE", "Could not parse {}. Should be ISO8601.".format(value))


def _is_a_date(value: str) -> bool:
    try:
        read_time(value)
    except ValueError:
        return False
    return True


def _username(form: Form, value: Any) -> None:
    path = ("username",)
    if value is None:
        return
    if not isinstance(value, str):
        form.refuse(path, "STRING_TYPE_CONVERT", 'Could not interpret "{}" as string.'.format(value))
        return
    name = value.strip()
    if not 1 <= len(name) <= USERNAME:
        form.refuse(path, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and {} in length.".format(USERNAME))
    if name.lower() in ("everyone", "here"):
        form.refuse(path, "USERNAME_INVALID", 'Username cannot be "{}"'.format(name.lower()))
    for word in ("discord", "clyde"):
        if word in name.lower():
            form.refuse(path, "USERNAME_INVALID_CONTAINS", 'Username cannot contain "{}"'.format(word))


def _flags(form: Form, value: Any, settable: int) -> None:
    number = None if value is None else form.integer(("flags",), value)
    if number is not None and (number < 0 or number & ~settable):
        # Discord documents which flags can be set, but no code for the others.
        form.refuse(("flags",), "FLAGS_INVALID", "Only the flags {} can be set here.".format(settable))


def _allowed_mentions(form: Form, value: Any) -> None:
    path = ("allowed_mentions",)
    allowed = form.model(path, value)
    parse = form.items((*path, "parse"), allowed.get("parse"), len(MENTION_TYPES))
    for index, each in enumerate(parse):
        if each not in MENTION_TYPES:
            message = "Value must be one of {}.".format(MENTION_TYPES)
            form.refuse((*path, "parse", str(index)), "BASE_TYPE_CHOICES", message)
    for kind in ("roles", "users"):
        ids = form.items((*path, kind), allowed.get(kind), MENTION_IDS)
        for index, each in enumerate(ids):
            if not is_snowflake(each):
                message = 'Value "{}" is not snowflake.'.format(each)
                form.refuse((*path, kind, str(index)), "NUMBER_TYPE_COERCE", message)
        if ids and kind in parse:
            message = 'parse:["{0}"] and {0}: [ids...] are mutually exclusive.'.format(kind)
            form.refuse(path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)
    form.boolean((*path, "replied_user"), allowed.get("replied_user"))
