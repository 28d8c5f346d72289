"""The directories of a service below which root works: nobody else may write in them, or on the way to them."""

from __future__ import annotations

import os

from ..core.beneath import check_kept
from .service import Service


def check_directories(service: Service) -> None:
    """Refuse a service whose directories somebody else could exchange.

    Raises:
        UnsafePath: names the setting, the directory that others may write in, and what to type.
    """
    _check(service, service.releases_dir, service.state_dir)


def check_parents(service: Service) -> None:
    """The same before provisioning makes the directories themselves root's."""
    _check(service, os.path.dirname(service.root), os.path.dirname(service.state_dir))


def _check(service: Service, root: str, state_dir: str) -> None:
    where = f"refit_services.{service.name}"
    check_kept(root, f"{where}.root")
    check_kept(state_dir, f"{where}.state_dir")
    # The cache itself is the build user's; where it lies in root, that is looked at already.
    if service.wheel and not service.wheel.cache.startswith(service.root + "/"):
        check_kept(os.path.dirname(service.wheel.cache), f"{where}.wheel.cache")
