"""What in a service's settings is a secret: what is handed to the application, or to whom it asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..core.masking import Masker
from ..core.urls import without_userinfo

# PM2 knows `env` and `env_<name>`.
_HANDED = re.compile(r"env(_.*)?|environment|import_env|headers")


def masker_of(*settings: Any) -> Masker:
    """A masker for what the *settings* of services, as their owners write them, hand to the applications.

    Settings that are none hand out nothing.
    """
    return Masker(secret for each in settings if isinstance(each, Mapping) for secret in _secrets_of(each))


def split(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """*settings*, of one service or of several by name, without their secrets; and those alone, for :func:`join`.

    A URL stays, without user and password.
    """
    shown: dict[str, Any] = {}
    secret: dict[str, Any] = {}
    for key, value in settings.items():
        if _HANDED.fullmatch(str(key)) or key == "body":
            secret[key] = value
        elif isinstance(value, Mapping):
            shown[key], within = split(value)
            if within:
                secret[key] = within
        elif isinstance(value, str) and _password(value):
            shown[key], secret[key] = without_userinfo(value), value
        else:
            shown[key] = value
    return shown, secret


def join(settings: Mapping[str, Any], secrets: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that :func:`split` made *settings* and *secrets* of."""
    joined = dict(settings)
    for key, value in secrets.items():
        shown = joined.get(key)
        joined[key] = join(shown, value) if isinstance(shown, Mapping) and isinstance(value, Mapping) else value
    return joined


def _secrets_of(settings: Mapping[Any, Any]) -> Iterator[str]:
    shown = [str(settings.get(key) or "") for key in ("name", "root", "state_dir", "user")]
    health = settings.get("health")
    if isinstance(health, Mapping) and isinstance(health.get("url"), str):
        shown.append(without_userinfo(health["url"]).partition("?")[0])
    for value in _handed(settings):
        # Whatever a person sees of the service anyway is no secret, and messages need it.
        if not any(value in each for each in shown):
            yield value


def _handed(settings: Any) -> Iterator[str]:
    """The values of environments and headers, however deep, and passwords of URLs."""
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            if isinstance(value, Mapping) and _HANDED.fullmatch(str(key)):
                for each in map(str, value.values()):
                    yield each
                    yield each.rpartition(" ")[2]  # what follows "Bearer"
            else:
                yield from _handed(value)
    elif isinstance(settings, (list, tuple)):
        for value in settings:
            yield from _handed(value)
    elif isinstance(settings, str) and "://" in settings:
        yield _password(settings)


def _password(url: str) -> str:
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""
