"""Paths that survive releases: kept in ``shared/`` and linked into each release."""

from __future__ import annotations

import errno
import os

from ..config.service import Service
from ..core import accounts
from ..core.beneath import Beneath
from ..core.durable import explained
from ..core.errors import StagingError, UnsafePath
from ..core.system import RunAs
from ..words.reason import Reason


def missing_shared(service: Service) -> list[str]:
    """Required files that are not in ``shared/``.  A path that ends in ``/`` is a
    directory, which is made when it is not there."""
    return [
        path
        for path in service.shared
        if not path.endswith("/") and not os.path.lexists(os.path.join(service.shared_dir, path))
    ]


def dangling_shared(service: Service) -> list[str]:
    """The links in ``shared/`` that lead nowhere, such as to a disk that is not mounted, where a shared path is."""
    found = []
    for path in service.shared:
        names = path.rstrip("/").split("/")
        ways = ("/".join(names[: count + 1]) for count in range(len(names)))
        found += [way for way in ways if _is_dangling(os.path.join(service.shared_dir, way))]
    return list(dict.fromkeys(found))


def _is_dangling(path: str) -> bool:
    try:
        os.stat(path)
    except OSError as error:
        # Only what is not there: root may be kept from looking, as by a file server.
        return error.errno in (errno.ENOENT, errno.ELOOP) and os.path.islink(path)
    return False


def make_shared_dir(service: Service) -> None:
    """Make ``shared/``, the service's user's own, where it is missing; the service's root is there."""
    if not os.path.isdir(service.shared_dir):
        with explained(service.shared_dir, Reason("create_a_directory")), Beneath(service.root) as root:
            root.make_directory(os.path.basename(service.shared_dir), _owner(service))


def link_shared(service: Service, directory: str, origin: str) -> None:
    """Link every shared path into the release at *directory*, in place of what it brought under that name.

    Args:
        origin: the file that the release comes from, for a person.

    Raises:
        StagingError: it brought a link or a file where the service shares something below.
        UnsafePath: a directory is missing in ``shared/``, and a link in its way.
    """
    names = [path.rstrip("/") for path in service.shared]
    with Beneath(directory) as release:
        for name, path in zip(names, service.shared):
            if path.endswith("/"):
                _make_directory(service, name)
            if any(name.startswith(other + "/") for other in names):
                continue  # it lies in what another link leads to
            above = os.path.dirname(os.path.join(directory, name))
            try:
                release.make_link(name, os.path.relpath(os.path.join(service.shared_dir, name), above))
            except UnsafePath as error:
                theirs = os.path.relpath(str(error.where or above), directory)
                raise StagingError(
                    Reason("brings_no_directory", theirs=theirs, path=path),
                    where=origin,
                    next_command=Reason("build_with_directory"),
                ) from error


def _make_directory(service: Service, path: str) -> None:
    """Make the directory *path* of ``shared/``, which is its user's to rearrange meanwhile."""
    if not os.path.isdir(os.path.join(service.shared_dir, path)):
        with Beneath(service.shared_dir) as shared:
            shared.make_directory(path, _owner(service))


def _owner(service: Service) -> RunAs | None:
    """Whose the shared directories are to be; None for whoever makes them."""
    if os.geteuid() != 0:
        return None
    return accounts.required(service.user, f"refit_services.{service.name}.user", StagingError)
