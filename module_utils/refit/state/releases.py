"""The releases on this host: what is on disk, joined with what the ledger knows.

Reading only.  ``current`` alone says what should be live; the ledger says what
was ever proven; the directory's own ``.release.json`` says whether it is whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ..config.service import Service
from ..core.durable import explained
from ..core.errors import RefitError, why_failed
from ..core.file_tree import inventory
from ..core.system import Clock
from ..core.timestamps import epoch
from ..words.reason import Reason, from_record, recorded
from . import ledger_events
from .history import History, ReleaseHistory, fold
from .ledger import Ledger
from .versions import directory_name, from_directory_name

MANIFEST = ".release.json"
SUMS = ".release.sums"
VERSION_FILE = "version.txt"
STAGING_PREFIX = ".staging-"
# So much may the time that a file system gives to a change be behind the clock.
_TICK_S = 0.02


@dataclass(frozen=True)
class Current:
    """The link ``current``: its text, and the version it names (None if it leads
    outside ``releases/``, or *nowhere*)."""

    points_to: str
    version: str | None
    absolute: bool
    nowhere: bool = False


@dataclass(frozen=True)
class Release:
    """One release on this host.

    Attributes:
        state: ``staged activated verified failed rolled_back bad`` as the ledger has it,
            ``unproven`` for a directory that somebody made by hand, or that the ledger does not know,
            ``damaged`` for one that is not whole, ``missing`` for one that is gone.
        why_not: why it is no rollback target; None if it is one.
        order: rank of its last proof in the ledger; higher is newer, -1 is never.
    """

    version: str
    state: str
    why_not: Reason | None
    order: int
    handmade: bool
    history: ReleaseHistory
    manifest: Mapping[str, Any]

    @property
    def on_disk(self) -> bool:
        return self.state != "missing"

    @property
    def usable(self) -> bool:
        """Whole on the disk, whatever the ledger says."""
        return self.state not in ("missing", "damaged")

    def to_record(self) -> dict[str, Any]:
        history = self.history
        return {
            "version": self.version,
            "state": self.state,
            "qualifies": self.why_not is None,
            "why_not": recorded(self.why_not),
            "usable": self.usable,
            "proven": history.result == ledger_events.VERIFIED,
            "result": history.result,
            "order": self.order,
            "handmade": self.handmade,
            "sha256": self.manifest.get("sha256") or history.sha256,
            "tree_sha256": history.tree_sha256,
            "git_sha": self.manifest.get("git_sha"),
            "source": self.manifest.get("source") or history.source,
            "staged_at": history.staged_at or self.manifest.get("staged_at"),
            "verified_at": history.verified_at,
            "activated_op": history.activated_op,
            "failure": history.failure,
            "signed": history.signed,
            "bad": {"reason": history.bad.reason, "by": history.bad.by, "at": history.bad.at} if history.bad else None,
        }


def read_current(service: Service) -> Current | None:
    """Read the link; None when nothing was ever activated.

    Raises:
        RefitError: ``current`` is a directory or a file instead of a link.
    """
    path = service.current_link
    with explained(path, Reason("read_the_link")):
        if not os.path.lexists(path):
            return None
        if not os.path.islink(path):
            raise RefitError(
                Reason("current_is_no_link"),
                where=path,
                next_command=f"mv {path} {service.releases_dir}/vBEFORE && ln -s releases/vBEFORE {path}",
            )
        points_to = os.readlink(path)
    resolved = os.path.normpath(os.path.join(service.root, points_to))
    parent, name = os.path.split(resolved)
    inside = parent == service.releases_dir or os.path.realpath(parent) == os.path.realpath(service.releases_dir)
    version = from_directory_name(name) if inside and os.path.isdir(resolved) else None
    return Current(points_to, version, os.path.isabs(points_to), nowhere=not os.path.isdir(resolved))


def previous(releases: Sequence[Release], leaving: str | None) -> str | None:
    """The version to go back to: the newest of *releases* that was proven healthy, is not marked bad and is whole.

    Args:
        releases: as :func:`catalogue` gives them, newest proof first.
        leaving: the release that is being left, which is never the answer.
    """
    return next((found.version for found in releases if found.why_not is None and found.version != leaving), None)


def link_text(version: str) -> str:
    """What ``current`` says when *version* is live: always relative."""
    return "releases/" + directory_name(version)


def read_manifest(directory: str) -> Mapping[str, Any] | None:
    """The directory's ``.release.json``; None if there is none or it is broken."""
    try:
        manifest = json.loads((_read_own(directory, MANIFEST) or b"").decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return manifest if isinstance(manifest, dict) else None


def read_sums(directory: str) -> bytes | None:
    """The directory's ``.release.sums``, as it lists what was staged; None if there is none."""
    return _read_own(directory, SUMS)


def _read_own(directory: str, name: str) -> bytes | None:
    """What a file says that was written about a release, into it.  Whoever made the directory may have made it a
    link: that is none."""
    with contextlib.suppress(OSError):
        descriptor = os.open(os.path.join(directory, name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            return file.read()
    return None


def damage(service: Service, version: str, deep: bool = False, known: ReleaseHistory | None = None) -> Reason | None:
    """What is wrong with *version*'s directory; None if nothing is.

    Args:
        deep: also compare each of its files with what the ledger says was staged, which costs reading them all. Without
            it those are compared that changed since, as the file system has it.
        known: what the ledger says of it, where that has been read.
    """
    directory = service.release_dir(version)
    if not os.path.isdir(directory):
        return Reason("directory_is_gone")
    if os.path.islink(directory):  # what runs from there is not seen to run this release
        return Reason("directory_is_a_link", target=os.readlink(directory))
    try:
        os.listdir(directory)
    except OSError as error:
        return Reason("file_unreadable", path=directory_name(version), why=why_failed(error))
    known = known or fold(Ledger(service.state_dir, Clock()).read().entries).of(version)
    if known.staged_at is not None and not os.path.lexists(os.path.join(directory, MANIFEST)):
        return Reason("own_file_missing", name=MANIFEST)
    since = None if deep else _Since.staging(service, directory, known)
    compare = since is None or since.may_have_changed()
    return wrong_content(directory, version, known.tree_sha256, compare, since.is_as_it_was if since else None)


@dataclass(frozen=True)
class _Since:
    """What the file system says of the release in *directory* since it was staged, at *at* (in seconds).

    *apart* is where the application's account can change nothing of it: there nobody makes anything look older than it
    is, and what else is the matter with a file is that a later release shares it.
    """

    directory: str
    at: float
    apart: bool

    @classmethod
    def staging(cls, service: Service, directory: str, known: ReleaseHistory) -> _Since:
        apart = service.user not in (None, "root") and os.lstat(directory).st_uid == 0
        at = epoch(known.staged_at)
        if at is None and apart:  # no ledger knows it, and what it says itself is root's word
            at = epoch((read_manifest(directory) or {}).get("staged_at"))
        return cls(directory, (at or 0.0) - (0.0 if apart else _TICK_S), apart)

    def is_as_it_was(self, found: os.stat_result) -> bool:
        # A directory's name, mode and owner are not compared, and the number of names of a file has a time, too.
        by_content = self.apart and (stat.S_ISDIR(found.st_mode) or found.st_nlink > 1)
        return (found.st_mtime if by_content else found.st_ctime) < self.at

    def may_have_changed(self) -> bool:
        """Whether it has to be compared: the application can write there, or something was changed since."""
        return not self.apart or not self._is_all_as_it_was()

    def _is_all_as_it_was(self) -> bool:
        try:
            if not self.is_as_it_was(os.lstat(self.directory)):
                return False
            waiting = [self.directory]
            while waiting:
                with os.scandir(waiting.pop()) as entries:
                    for entry in entries:
                        if not self.is_as_it_was(entry.stat(follow_symlinks=False)):
                            return False
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
        except OSError:
            return False  # who compares says what is the matter
        return True


def wrong_content(
    directory: str,
    version: str,
    tree_sha256: str | None = None,
    deep: bool = True,
    is_as_it_was: Callable[[os.stat_result], bool] | None = None,
) -> Reason | None:
    """What keeps *directory* from holding *version* as it was staged; None if nothing does.

    Args:
        tree_sha256: what stands for all that was staged, as the ledger has it; None where that does not say, and the
            directory's own word counts.
        deep: whether to compare its files with the list of what was staged.
        is_as_it_was: as for :func:`.file_sums.first_change`; by default all of them are read.
    """
    manifest = read_manifest(directory)
    if manifest is None:
        if os.path.lexists(os.path.join(directory, MANIFEST)):
            return Reason("manifest_unreadable")
        return None if os.listdir(directory) else Reason("directory_is_empty")
    if manifest.get("version") != version:
        return Reason("manifest_names_other", version=str(manifest.get("version")))
    if not os.path.isfile(os.path.join(directory, VERSION_FILE)):
        return Reason("version_file_missing")
    tree_sha256 = tree_sha256 or manifest.get("tree_sha256")
    if not deep:
        return None
    return _changed(directory, tree_sha256, is_as_it_was) if tree_sha256 else _miscounted(directory, manifest)


def _changed(directory: str, tree_sha256: str, is_as_it_was: Callable[[os.stat_result], bool] | None) -> Reason | None:
    """What was changed in *directory* since it was staged, by its own list, for which *tree_sha256* stands."""
    from .file_sums import digest_of, first_change  # most looks at a host compare nothing

    listed = read_sums(directory)
    if listed is None:
        return Reason("own_file_missing", name=SUMS)
    if digest_of(listed) != tree_sha256:
        return Reason("own_file_changed", name=SUMS)
    try:
        return first_change(directory, listed, is_as_it_was or (lambda _: False))
    except (OSError, ValueError) as error:
        return Reason("cannot_be_compared", name=SUMS, why=str(error))


def _miscounted(directory: str, manifest: Mapping[str, Any]) -> Reason | None:
    """What is missing from a release that was staged before there were lists of what one holds."""
    if "files" not in manifest:
        return None
    found, staged = inventory(directory), (manifest["files"], manifest.get("bytes"))
    if found == staged:
        return None
    files, size = found
    return Reason("holds_other_files", files=files, bytes=size, staged=str(staged[0]), staged_bytes=str(staged[1]))


def catalogue(service: Service, history: History) -> list[Release]:
    """Every release that is on disk or in the ledger, the latest proof first and
    the never proven after them by name."""
    versions = set(history.releases)
    with explained(service.releases_dir, Reason("list_the_releases")):
        if os.path.isdir(service.releases_dir):
            for entry in os.scandir(service.releases_dir):
                version = from_directory_name(entry.name)
                if version is not None and entry.is_dir():
                    versions.add(version)
    releases = [_describe(service, history.of(version)) for version in versions]
    releases = [
        release
        for release in releases
        if release.on_disk or release.history.result != ledger_events.PRUNED or release.history.bad
    ]
    return sorted(releases, key=lambda release: (-release.order, release.version))


def _describe(service: Service, history: ReleaseHistory) -> Release:
    version = history.version
    manifest = read_manifest(service.release_dir(version))
    broken = damage(service, version, known=history)
    handmade = manifest is None and broken is None
    state, why_not = _judge(history, broken, os.path.isdir(service.release_dir(version)), handmade)
    return Release(
        version=version,
        state=state,
        why_not=why_not,
        order=history.verified_order,
        handmade=handmade,
        history=history,
        manifest=manifest or {},
    )


def _judge(history: ReleaseHistory, broken: Reason | None, exists: bool, handmade: bool) -> Any:
    if not exists:
        return "missing", broken
    if broken:
        return "damaged", Reason("is_not_whole", why=broken)
    if history.bad:
        return "bad", Reason("was_marked_bad", by=history.bad.by, why=from_record(history.bad.reason))
    if history.result == ledger_events.VERIFIED:
        return "verified", None
    if history.result == ledger_events.FAILED:
        return "failed", Reason("last_activation_failed", why=_failure(history))
    if history.result == ledger_events.ROLLED_BACK:
        return "rolled_back", Reason("it_was_taken_back", why=_failure(history))
    if history.result == ledger_events.ACTIVATED:
        return "activated", Reason("activation_unfinished")
    if history.result in (None, ledger_events.PRUNED):
        if not handmade:
            return "unproven", Reason("unknown_to_ledger")
        return "unproven", Reason("made_by_hand")
    return "staged", Reason("never_activated")


def _failure(history: ReleaseHistory) -> Reason:
    return from_record(history.failure) if history.failure else Reason("no_reason_recorded")
