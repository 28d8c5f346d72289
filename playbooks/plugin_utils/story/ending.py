"""What has to be put in order before a run's last words are written, whoever has them."""

from __future__ import annotations

from typing import Callable

_listeners: list[Callable[[], None]] = []


def before(listener: Callable[[], None]) -> None:
    """Call *listener* when the run breaks off, before that is said."""
    _listeners.append(listener)


def announce() -> None:
    """The run breaks off, which is about to be said."""
    for listener in _listeners:
        listener()
