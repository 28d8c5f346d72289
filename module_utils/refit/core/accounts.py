"""Accounts of this host, looked up by the name that somebody configured."""

from __future__ import annotations

from ..words.reason import Reason
from .errors import RefitError
from .system import RunAs


def find(name: str | None) -> RunAs | None:
    """The account called *name*; None where none is named, or none is called so."""
    if name is None:
        return None
    try:
        return RunAs.user(name)
    except KeyError:
        return None


def required(name: str | None, where: str, failure: type[RefitError]) -> RunAs | None:
    """The account called *name*; None only where none is named.

    Args:
        where: the setting that names it, such as ``refit_services.backend.user``.
        failure: raised where this host has none called so.
    """
    account = find(name)
    if name is not None and account is None:
        raise failure(
            Reason("no_such_user", name=name),
            where=where,
            next_command=Reason("create_user_or_correct"),
        )
    return account
