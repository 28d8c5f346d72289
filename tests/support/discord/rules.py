"""What a message may be: Discord's published limits, answered in Discord's error shape.

Sources: the webhook and message resources of Discord's API documentation for v10
("Execute Webhook", "Embed Limits", "Allowed Mentions Object", "Usernames and
Nicknames").  Lengths are code points after trimming, as there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

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
URL = 2048
MENTION_IDS = 100
COLOR = 0xFFFFFF
MENTION_TYPES = ("users", "roles", "everyone")

SUPPRESS_EMBEDS = 1 << 2
SUPPRESS_NOTIFICATIONS = 1 << 12

WEB = ("http", "https")
WEB_OR_ATTACHMENT = ("http", "https", "attachment")

Path = tuple[str, ...]

_SNOWFLAKE = re.compile(r"[0-9]{1,20}\Z")
_ISO8601 = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?([.,]\d+)?(Z|[+-]\d\d:?\d\d)?)?\Z", re.IGNORECASE)


def violations(payload: Any, editing: bool = False) -> dict[str, Any]:
    """The ``errors`` tree of Discord's answer to *payload*; empty when it may pass.

    Args:
        payload: the decoded JSON body of an "Execute Webhook" or "Edit Webhook Message".
        editing: whether it is an edit, which can set fewer flags and no name.
    """
    form = _Form()
    if not isinstance(payload, Mapping):
        form.refuse((), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return form.errors
    form.text(("content",), payload.get("content"), CONTENT)
    _embeds(form, payload.get("embeds"))
    _allowed_mentions(form, payload.get("allowed_mentions"))
    _flags(form, payload.get("flags"), SUPPRESS_EMBEDS if editing else SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS)
    if not editing:
        _username(form, payload.get("username"))
        form.url(("avatar_url",), payload.get("avatar_url"), WEB)
        form.boolean(("tts",), payload.get("tts"))
        form.text(("thread_name",), payload.get("thread_name"), THREAD_NAME)
    return form.errors


def is_empty(content: str, embeds: list[Mapping[str, Any]]) -> bool:
    """Whether nothing would be left to see of a message (Discord's error 50006)."""
    return not content and not any(any(key != "type" for key in embed) for embed in embeds)


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


class _Form:
    """Collects violations under the paths of the values that they are about."""

    def __init__(self) -> None:
        self.errors: dict[str, Any] = {}

    def refuse(self, path: Path, code: str, message: str) -> None:
        node = self.errors
        for step in path:
            node = node.setdefault(step, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def text(self, path: Path, value: Any, limit: int, required: bool = False) -> int:
        """Check one text and return its length as Discord counts it."""
        if value is None:
            value = ""
        if not isinstance(value, str):
            self.refuse(path, "STRING_TYPE_CONVERT", 'Could not interpret "{}" as string.'.format(value))
            return 0
        length = len(value.strip())
        if required and not length:
            self.refuse(path, "BASE_TYPE_REQUIRED", "This field is required")
        if length > limit:
            self.refuse(path, "BASE_TYPE_MAX_LENGTH", "Must be {} or fewer in length.".format(limit))
        return length

    def boolean(self, path: Path, value: Any) -> None:
        if value is not None and not isinstance(value, bool):
            self.refuse(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")

    def integer(self, path: Path, value: Any) -> int | None:
        """The whole number that Discord reads from *value* (digits in a string count)."""
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and re.match(r"-?[0-9]{1,20}\Z", value):
            return int(value)
        self.refuse(path, "NUMBER_TYPE_COERCE", 'Value "{}" is not int.'.format(value))
        return None

    def items(self, path: Path, value: Any, limit: int) -> list[Any]:
        """The items of a list that is no longer than *limit*; none if it is no list."""
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        if len(value) > limit:
            self.refuse(path, "BASE_TYPE_MAX_LENGTH", "Must be {} or fewer in length.".format(limit))
        return value

    def model(self, path: Path, value: Any) -> Mapping[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.refuse(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            return {}
        return value

    def url(self, path: Path, value: Any, schemes: tuple[str, ...]) -> None:
        if value is None:
            return
        if not isinstance(value, str):
            self.refuse(path, "STRING_TYPE_CONVERT", 'Could not interpret "{}" as string.'.format(value))
            return
        if len(value) > URL:
            self.refuse(path, "BASE_TYPE_MAX_LENGTH", "Must be {} or fewer in length.".format(URL))
        scheme = value.split(":", 1)[0].lower() if ":" in value else value
        if scheme not in schemes:
            known = ", ".join(repr(each) for each in schemes)
            message = 'Scheme "{}" is not supported. Scheme must be one of ({}).'.format(scheme, known)
            self.refuse(path, "URL_TYPE_INVALID_SCHEME", message)
        elif scheme in WEB and not _is_public_url(value):
            self.refuse(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")


def _is_public_url(value: str) -> bool:
    # Not documented, but reported again and again: a bare host name ("http://jenkins:8080/")
    # loses the whole message to a 400, while addresses and dotted names pass.
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    return not re.search(r"\s", value) and ("." in host.strip(".") or ":" in host)


def _embeds(form: _Form, embeds: Any) -> None:
    total = 0
    for index, embed in enumerate(form.items(("embeds",), embeds, EMBEDS)):
        total += _embed(form, ("embeds", str(index)), embed)
    if total > EMBED_TEXT:
        message = "Embed size exceeds maximum size of {}".format(EMBED_TEXT)
        form.refuse(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", message)


def _embed(form: _Form, path: Path, value: Any) -> int:
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


def _color(form: _Form, path: Path, value: Any) -> None:
    number = None if value is None else form.integer(path, value)
    if number is None:
        return
    if number < 0:
        form.refuse(path, "NUMBER_TYPE_MIN", "int value should be greater than or equal to 0.")
    if number > COLOR:
        form.refuse(path, "NUMBER_TYPE_MAX", "int value should be less than or equal to {}.".format(COLOR))


def _timestamp(form: _Form, path: Path, value: Any) -> None:
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


def _username(form: _Form, value: Any) -> None:
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


def _flags(form: _Form, value: Any, settable: int) -> None:
    number = None if value is None else form.integer(("flags",), value)
    if number is not None and (number < 0 or number & ~settable):
        # Discord documents which flags can be set, but no code for the others.
        form.refuse(("flags",), "FLAGS_INVALID", "Only the flags {} can be set here.".format(settable))


def _allowed_mentions(form: _Form, value: Any) -> None:
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
