"""What is staged: the one parameter of everything that makes an artifact into a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from ..config.service import Service
from ..core.system import System


@dataclass(frozen=True)
class Build:
    """An artifact on its way to being the release *version*.

    Attributes:
        artifact: path of the artifact on this host, under the name that its build gave it.
    """

    service: Service
    version: str
    artifact: str
    system: System


@dataclass(frozen=True)
class Kind:
    """What an artifact of one kind is made into.

    Attributes:
        check: everything that can be found out without writing; raises
            :class:`~.errors.RefitError`.
        make: fills an empty directory, and returns what ``.release.json`` should say of it
            besides; raises likewise, and OSError for a disk that does not take it.
    """

    check: Callable[[Build], None]
    make: Callable[[Build, str], Mapping[str, Any]]
