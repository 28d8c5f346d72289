# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""How artifacts are reached, as the inventory says it in ``refit_artifact``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from refit.artifacts.download import Limits
from refit.artifacts.location import Way
from refit.config.reader import SettingsReader
from refit.core.errors import InvalidInput

WHERE = "refit_artifact"
KEYS = ("headers", "ca", "proxy", "max_bytes", "deadline_s")


@dataclass(frozen=True)
class Access:
    """What controller and servers reach artifacts with.

    Attributes:
        headers: for ``https://`` artifacts; secret.
        ca: certificates (PEM) to trust besides the system's.
        proxy: ``http://[user:password@]host:port``; may be secret. Empty where the environment decides.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca: str = field(default="", repr=False)
    proxy: str = field(default="", repr=False)
    limits: Limits = Limits()

    @classmethod
    def from_mapping(cls, said: Any) -> Access:
        """Read *said*, of which any key of KEYS may be missing, null or empty.

        Raises:
            InvalidInput: it names the key. No header and no proxy stands in it.
        """
        if not isinstance(said, Mapping):
            raise InvalidInput(
                f"{WHERE} must be a mapping of {', '.join(KEYS)}",
                next_command="write it as in inventory/production/group_vars/all.yml",
            )
        reader = SettingsReader({key: value for key, value in said.items() if value not in ("", None)}, WHERE)
        reader.done(KEYS)
        usual = Limits()
        return cls(
            headers=_headers(reader),
            ca=_certificates(reader),
            proxy=_proxy(reader),
            limits=Limits(
                max_bytes=reader.number("max_bytes", usual.max_bytes, 1, 1 << 50, whole=True),
                deadline_s=reader.number("deadline_s", usual.deadline_s, 1, 7 * 86400),
            ),
        )

    @property
    def way(self) -> Way:
        return Way(ca=self.ca, proxy=self.proxy)


def _headers(reader: SettingsReader) -> dict[str, str]:
    said = reader.values.get("headers", {})
    if not isinstance(said, Mapping):
        raise reader.error("headers", "must be a mapping, such as {Authorization: …}")
    for name, value in said.items():
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise reader.error(f"headers.{name}", "must be a text")
    return {str(name): str(value) for name, value in said.items()}


def _proxy(reader: SettingsReader) -> str:
    said = reader.values.get("proxy", "")
    try:
        good = isinstance(said, str) and (not said or bool(urlsplit(said).hostname) and urlsplit(said).scheme == "http")
    except ValueError:
        good = False
    if not good:
        raise reader.error("proxy", "must be http://[user:password@]host:port")
    return str(said)


def _certificates(reader: SettingsReader) -> str:
    path = os.path.expanduser(os.path.expandvars(reader.text("ca", "")))
    if not path:
        return ""
    try:
        with open(path, encoding="ascii") as handle:
            return handle.read()
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or "not PEM"
        raise reader.error("ca", f"names certificates that cannot be read: {path}: {problem}") from error
