"""Where notifications go: webhooks, who can be mentioned, in which language.

The same mapping is built by the playbooks from the inventory and kept on servers in
``/etc/refit/discord.json``.  It holds secrets: no error quotes a value of ``webhooks``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from ..core.errors import InvalidInput, why_failed
from ..core.spelling import did_you_mean
from ..words.reason import Reason
from .discord_payload import Channel
from .discord_webhook import Webhook
from .event_texts import DEFAULT_LANGUAGE, texts
from .links import LONGEST_BASE, is_base

DEFAULT_PATH = "/etc/refit/discord.json"
CHANNELS: tuple[Channel, ...] = get_args(Channel)

_EXAMPLE = "https://git.example.com/team/repository"
_PAGES = ("runbook_url", "repository_url")
#: What a site says of Discord, wherever it is told from.
OF_THE_SITE = ("webhooks", "mentions", "language", "environment", *_PAGES)
_KEYS = (*OF_THE_SITE, "username", "host", "others")
_SNOWFLAKE = re.compile(r"[0-9]{1,20}\Z")
_USERNAME = 80


@dataclass(frozen=True)
class NotifyConfig:
    """Checked once and then trusted.

    Attributes:
        webhooks: by logical channel, ``alerts`` (#ai-service-alerts) and ``incidents`` (#incident-response).
        mentions: by logical name ``{"role": ID}`` or ``{"user": ID}``.
        environment: shown on each message, such as ``production``.
        host: what this server is called elsewhere, in the inventory.
        runbook_url, repository_url: where ``docs/runbooks`` and the service's code are read; empty where nowhere.
        warnings: what a person should correct, though nothing fails for it.
        others: the names there of the other servers of its fleet, as of the last provisioning.
    """

    webhooks: Mapping[str, Webhook] = field(default_factory=dict)
    mentions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    language: str = DEFAULT_LANGUAGE
    environment: str | None = None
    username: str = "Re-Fit Ops"
    host: str | None = None
    runbook_url: str = ""
    repository_url: str = ""
    warnings: tuple[Reason, ...] = ()
    others: tuple[str, ...] = ()

    @classmethod
    def from_mapping(cls, mapping: Any, where: str = "discord") -> NotifyConfig:
        """Check *mapping*; a channel whose URL is empty is not configured.

        Raises:
            InvalidInput: names the key; never quotes a webhook.
        """
        given = _mapping(mapping, where)
        for key in given:
            if key not in _KEYS:
                raise _wrong("{}.{}".format(where, key), Reason("is_no_setting", hint=did_you_mean(key, _KEYS)))
        language = given.get("language") or DEFAULT_LANGUAGE
        texts(language)
        environment = given.get("environment")
        pages = {name: str(given.get(name) or "").strip() for name in _PAGES}
        # No alert is lost for a button that cannot be made.
        wrong = [name for name, url in pages.items() if url and not is_base(url)]
        return cls(
            webhooks=_webhooks(given.get("webhooks") or {}, where + ".webhooks"),
            mentions=_mentions(given.get("mentions") or {}, where + ".mentions"),
            language=language,
            environment=None if environment is None else str(environment),
            username=_username(given.get("username") or cls.username, where + ".username"),
            host=str(given["host"]) if given.get("host") else None,
            warnings=tuple(
                Reason("page_is_no_url", setting=f"{where}.{name}", example=_EXAMPLE, most=LONGEST_BASE)
                for name in wrong
            ),
            **{name: "" if name in wrong else url for name, url in pages.items()},
            others=_names(given.get("others") or [], where + ".others"),
        )

    @classmethod
    def load(cls, path: str = DEFAULT_PATH) -> NotifyConfig:
        """Read *path*; without the file nothing is configured.  Raises InvalidInput."""
        try:
            with open(path, encoding="utf-8") as file:
                document = json.load(file)
        except FileNotFoundError:
            return cls()
        except OSError as error:
            raise InvalidInput(
                Reason("discord_settings_unreadable", why=why_failed(error)), path, Reason("with_sudo")
            ) from None
        except ValueError:
            raise InvalidInput(Reason("discord_settings_no_json"), path, Reason("check_json", path=path)) from None
        return cls.from_mapping(document, where=path)


def _webhooks(value: Any, where: str) -> dict[str, Webhook]:
    found: dict[str, Webhook] = {}
    for channel, url in _mapping(value, where).items():
        if channel not in CHANNELS:
            raise _wrong(
                "{}.{}".format(where, channel), Reason("is_no_channel", hint=Reason("known_are", known=CHANNELS))
            )
        if url:
            found[channel] = Webhook.parse(url, "{}.{}".format(where, channel))
    return found


def _mentions(value: Any, where: str) -> dict[str, dict[str, str]]:
    found = {}
    for name, target in _mapping(value, where).items():
        here = "{}.{}".format(where, name)
        pairs = [(kind, str(each)) for kind, each in _mapping(target, here).items() if each]
        for kind, each in pairs:
            if kind not in ("role", "user") or not _SNOWFLAKE.match(each):
                raise _wrong(here, Reason("must_be_mention", role="{role: ID}", user="{user: ID}"))
        if len(pairs) > 1:
            raise _wrong(here, Reason("has_role_and_user"))
        found[str(name)] = dict(pairs)
    return found


def _names(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _wrong(where, Reason("must_be_names"))
    return tuple(map(str, value))


def _username(value: Any, where: str) -> str:
    # "Usernames and Nicknames" in Discord's documentation: a message with another name is refused.
    name = str(value).strip()
    forbidden = re.search(r"discord|clyde|\A(?:everyone|here)\Z|[@#:]|```", name, re.IGNORECASE)
    if not 1 <= len(name) <= _USERNAME or forbidden:
        raise _wrong(where, Reason("is_no_discord_name"))
    return name


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(where, Reason("must_be_mapping", value=type(value).__name__))
    return value


def _wrong(where: str, problem: Reason) -> InvalidInput:
    return InvalidInput(
        Reason("setting_wrong", setting=where, problem=problem), next_command=Reason("correct_and_run_again")
    )
