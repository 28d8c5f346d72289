# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""How artifacts are reached, as the inventory says it in ``refit_artifact``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from refit.artifacts.download import Limits
from refit.artifacts.location import Way
from refit.config.reader import SettingsReader
from refit.core.errors import InvalidInput, why_failed
from refit.core.urls import port_of
from refit.words.reason import Reason

WHERE = "refit_artifact"
KEYS = ("headers", "origins", "ca", "proxy", "max_bytes", "deadline_s")


@dataclass(frozen=True)
class Access:
    """What controller and servers reach artifacts with.

    Attributes:
        headers: for ``https://`` artifacts; secret.
        origins: who may be sent them, as ``https://host:port``, and which buckets a signature is given for, as
            ``s3://bucket``; empty where that was not said.
        ca: certificates (PEM) to trust besides the system's.
        proxy: ``http://[user:password@]host:port``; may be secret. Empty where the environment decides.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    origins: frozenset[str] = frozenset()
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
                Reason("setting_wrong", setting=WHERE, problem=Reason("must_be_mapping_of", keys=KEYS)),
                next_command=Reason("write_as_in_production"),
            )
        reader = SettingsReader({key: value for key, value in said.items() if value not in ("", None)}, WHERE)
        reader.done(KEYS)
        usual = Limits()
        return cls(
            headers=_headers(reader),
            origins=_origins(reader),
            ca=_certificates(reader),
            proxy=_proxy(reader),
            limits=Limits(
                max_bytes=reader.number("max_bytes", usual.max_bytes, 1, 1 << 50, whole=True),
                deadline_s=reader.number("deadline_s", usual.deadline_s, 1, 7 * 86400),
            ),
        )

    def admits(self, artifact: str, *, remembered: bool = False) -> bool:
        """Whether *artifact* is reached with what gives access.

        Args:
            remembered: hosts say that this is where it came from, and not who started the run.  Then its origin must
                be one that is named; who started the run names the origin with the artifact, unless others are.
        """
        return origin_of(artifact) in self.origins if self.origins or remembered else True

    @property
    def way(self) -> Way:
        return Way(ca=self.ca, proxy=self.proxy)


def _headers(reader: SettingsReader) -> dict[str, str]:
    said = reader.values.get("headers", {})
    if not isinstance(said, Mapping):
        raise reader.error("headers", Reason("must_be_headers"))
    for name, value in said.items():
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise reader.error(f"headers.{name}", Reason("must_be_quoted"))
    return {str(name): str(value) for name, value in said.items()}


def origin_of(artifact: str) -> str:
    """Whom *artifact* is asked of: ``https://host:port`` or ``s3://bucket``; empty for a file, and what is no URL."""
    try:
        parts = urlsplit(artifact)
        port = port_of(parts)
    except ValueError:
        return ""
    if parts.scheme not in ("https", "http", "s3") or not parts.hostname:
        return ""
    return f"s3://{parts.netloc}" if parts.scheme == "s3" else f"{parts.scheme}://{parts.hostname}:{port}"


def _origins(reader: SettingsReader) -> frozenset[str]:
    said = reader.values.get("origins", [])
    if isinstance(said, str):
        said = [origin.strip() for origin in said.split(",")]
    if not isinstance(said, list) or not all(isinstance(origin, str) and _is_origin(origin) for origin in said):
        raise reader.error("origins", Reason("must_be_origins"))
    return frozenset(origin_of(origin) for origin in said)


def _is_origin(said: str) -> bool:
    return bool(re.fullmatch(r"\w+://[^/?#@\s]+/?", said) and origin_of(said))


def _proxy(reader: SettingsReader) -> str:
    said = reader.values.get("proxy", "")
    try:
        good = isinstance(said, str) and (not said or bool(urlsplit(said).hostname) and urlsplit(said).scheme == "http")
    except ValueError:
        good = False
    if not good:
        raise reader.error("proxy", Reason("must_be_proxy"))
    return str(said)


def _certificates(reader: SettingsReader) -> str:
    path = os.path.expanduser(os.path.expandvars(reader.text("ca", "")))
    if not path:
        return ""
    try:
        with open(path, encoding="ascii") as handle:
            return handle.read()
    except (OSError, ValueError) as error:
        why = why_failed(error) if isinstance(error, OSError) else Reason("is_no_pem")
        raise reader.error("ca", Reason("certificates_unreadable", path=path, why=why)) from error
