"""An artifact becomes a release directory, or nothing is left of it.

The artifact is checked, made into a release in ``releases/.staging-*`` (how, its kind
says: :mod:`.kinds`), made durable and renamed to ``releases/vX`` in one step.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..artifacts.build import Build
from ..artifacts.build_log import LOG_NAME
from ..artifacts.checksums import digest_of
from ..artifacts.kinds import kind_of
from ..config.kept_directories import check_directories
from ..config.service import Service
from ..core.durable import explained, make_directory, sync_directory
from ..core.errors import DEPLOY_YML, StagingError, Step, why_failed
from ..core.file_tree import fsync_tree, remove_tree
from ..core.locks import LONG_S, locked
from ..core.system import System
from ..core.timestamps import iso
from ..state import ledger_events
from ..state.history import fold
from ..state.ledger import Ledger
from ..state.manifest import write_manifest, write_text
from ..state.operation import Operation, Operations
from ..state.releases import MANIFEST, STAGING_PREFIX, SUMS, VERSION_FILE, damage, read_current, read_manifest
from ..state.signed import Word
from ..state.versions import normalise
from ..words.reason import Reason
from .entry_point import check_entry_point
from .shared_paths import dangling_shared, link_shared, make_shared_dir, missing_shared


@dataclass(frozen=True)
class StagePlan:
    """What staging would do: *changed* is False when the same content is there."""

    version: str
    sha256: str
    changed: bool


def plan_staging(service: Service, version: str, artifact: str, system: System, sha256: str | None = None) -> StagePlan:
    """Check everything that can be checked without writing.

    Args:
        artifact: path of the artifact on this host.
        sha256: the checksum it must have, in hexadecimal.

    Raises:
        InvalidInput, StagingError: it cannot be staged, and why.
    """
    version = normalise(version)
    kind = kind_of(artifact)
    found = checksum(artifact)
    if sha256 and sha256.strip().lower() != found:
        raise StagingError(
            Reason("checksum_differs", found=found, expected=sha256.strip().lower()),
            where=artifact,
            next_command=Reason("fetch_again", path=shlex.quote(artifact)),
        )
    plan = plan_content(service, version, found)
    if plan.changed:
        kind.check(Build(service, version, artifact, system))
    return plan


def plan_content(service: Service, version: str, sha256: str) -> StagePlan:
    """Check what can be checked before the artifact is here, from its checksum alone.

    Raises:
        InvalidInput, StagingError: it cannot be staged, and why.
        UnsafePath: as :func:`check_directories`.
    """
    version = normalise(version)
    check_directories(service)
    absent = missing_shared(service)
    if absent:
        raise StagingError(
            Reason("shared_missing", paths=absent),
            where=service.shared_dir,
            next_command=Reason("put_them_there"),
        )
    for path in dangling_shared(service):
        link = os.path.join(service.shared_dir, path)
        raise StagingError(
            Reason("shared_link_nowhere", path=path, target=os.readlink(link)),
            where=link,
            next_command=Reason("mend_shared_link"),
        )
    return StagePlan(version, sha256, changed=_must_stage(service, version, sha256))


def stage(
    service: Service,
    version: str,
    artifact: str,
    system: System,
    *,
    sha256: str | None = None,
    source: str | None = None,
    git_sha: str | None = None,
    operation: Operation | None = None,
    word: Word | None = None,
) -> StagePlan:
    """Make *artifact* the release *version*; returns what was done.

    Args:
        word: what the controller signed of it, for the ledger.

    Raises:
        InvalidInput, StagingError: as :func:`plan_staging`, or it cannot be unpacked.
        Outranked, Busy: another run works on this service.
    """
    operations = Operations(service.state_dir, system)
    if operation is not None:
        operations.take(operation)
    with operations.lasting(operation, build_limit_s(service, artifact)), staging_lock(service, system):
        sweep(service)
        plan = plan_staging(service, version, artifact, system, sha256)
        ledger = Ledger(service.state_dir, system.clock)
        if plan.changed:
            directory = tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=service.releases_dir)
            try:
                with _explained_disk(directory):
                    _fill(service, plan, artifact, directory, system, source, git_sha)
                if operation is not None:
                    operations.check(operation)
                put_in_place(service, plan.version, directory)
            except BaseException:
                with contextlib.suppress(OSError):  # the next one tries it again
                    remove_tree(directory)
                raise
        elif fold(ledger.read().entries).of(plan.version).result not in (None, ledger_events.PRUNED):
            return plan  # else a run died before it could write what it had done
        ledger.append(
            {
                "event": ledger_events.STAGED,
                "version": plan.version,
                "sha256": plan.sha256,
                "tree_sha256": (read_manifest(service.release_dir(plan.version)) or {}).get("tree_sha256"),
                "source": _origin(source, artifact),
                "op": operation.number if operation else 0,
                "by": operation.owner if operation else None,
                **({"signed": word} if word else {}),
            }
        )
    return plan


def build_limit_s(service: Service, artifact: str) -> float:
    """How many seconds the build steps may take that *artifact* needs; 0 where it needs none."""
    return service.wheel.build_timeout_s if service.wheel and artifact.lower().endswith(".whl") else 0.0


def checksum(path: str) -> str:
    """The file's sha256 in hexadecimal."""
    try:
        with open(path, "rb") as handle:
            return digest_of(handle).hexdigest()
    except OSError as error:
        raise StagingError(
            Reason("artifact_unreadable", why=why_failed(error)), where=path, next_command=f"ls -l {path}"
        ) from error


def sweep(service: Service) -> None:
    """Remove what runs that died left half-made.  Call with the staging lock held."""
    if not os.path.isdir(service.releases_dir):
        return
    for name in os.listdir(service.releases_dir):
        if name.startswith(STAGING_PREFIX):
            with contextlib.suppress(OSError):
                remove_tree(os.path.join(service.releases_dir, name))


def _must_stage(service: Service, version: str, sha256: str) -> bool:
    directory = service.release_dir(version)
    if not os.path.lexists(directory):
        return True
    manifest = read_manifest(directory)
    if manifest is None and damage(service, version) is None:
        raise StagingError(
            Reason("release_made_by_hand", version=version),
            where=directory,
            next_command=Reason("choose_another_version"),
        )
    if manifest is not None and manifest.get("sha256") != sha256:
        raise StagingError(
            Reason("staged_with_other_content", version=version, sha256=str(manifest.get("sha256"))),
            where=directory,
            next_command=Reason("give_own_version"),
        )
    problem = damage(service, version, deep=True)
    if problem is None:
        return False
    current = read_current(service)
    if current is not None and current.version == version:
        raise StagingError(
            Reason("damaged_and_live", version=version, why=problem),
            where=directory,
            next_command=Reason("deploy_under_new_version"),
        )
    return True


def _fill(
    service: Service,
    plan: StagePlan,
    artifact: str,
    directory: str,
    system: System,
    source: str | None,
    git_sha: str | None,
) -> None:
    made = kind_of(artifact).make(Build(service, plan.version, artifact, system), directory)
    os.chmod(directory, 0o755)
    _check_own_files(directory, artifact)
    _check_own_version(directory, plan.version, artifact)
    write_text(directory, VERSION_FILE, plan.version + "\n")
    link_shared(service, directory, artifact)
    check_entry_point(service, directory, artifact)
    facts: dict[str, Any] = {
        "version": plan.version,
        "sha256": plan.sha256,
        "source": _origin(source, artifact),
        "staged_at": iso(system.clock.now()),
        **made,
    }
    if git_sha:
        facts["git_sha"] = git_sha
    write_manifest(directory, facts, not_its_own(service))
    fsync_tree(directory, like=_staged_last(service))


def not_its_own(service: Service) -> set[str]:
    """What lies in a release besides what it was made of, and is another thing on another host."""
    return {LOG_NAME, *(path.rstrip("/") for path in service.shared)}


def _origin(source: str | None, artifact: str) -> str:
    """Where the artifact came from, for the records: its file's name where nothing more is known."""
    return source or os.path.basename(artifact)


def _staged_last(service: Service) -> str | None:
    """The directory of the release that was staged last, all of which is on the disk."""
    staged = {
        entry.path: str(manifest.get("staged_at"))
        for entry in os.scandir(service.releases_dir)
        if not entry.name.startswith(STAGING_PREFIX) and (manifest := read_manifest(entry.path))
    }
    return max(staged, key=staged.__getitem__, default=None)


def _check_own_files(directory: str, artifact: str) -> None:
    """An artifact may bring a ``version.txt``, for :func:`_check_own_version` to read; the rest is ours to write."""
    version_file = os.path.join(directory, VERSION_FILE)
    if os.path.lexists(version_file) and (os.path.islink(version_file) or not os.path.isfile(version_file)):
        raise StagingError(
            Reason("version_file_no_file", name=VERSION_FILE),
            where=artifact,
            next_command=Reason("build_with_version_as_text"),
        )
    for name in (MANIFEST, SUMS):
        if os.path.lexists(os.path.join(directory, name)):
            raise StagingError(
                Reason("brings_our_file", name=name),
                where=artifact,
                next_command=Reason("build_without_file"),
            )


def _check_own_version(directory: str, version: str, artifact: str) -> None:
    """An artifact that says it is another version is the wrong artifact."""
    try:
        with open(os.path.join(directory, VERSION_FILE), encoding="utf-8") as handle:
            own = handle.read(200).strip()
    except (OSError, UnicodeDecodeError):
        return
    if own and own not in (version, "v" + version):
        raise StagingError(
            Reason("own_version_differs", own=own, version=version),
            where=artifact,
            steps=[Step(DEPLOY_YML, Reason("to_deploy_as_what_it_is"), {"release_version": own}, again=True)],
        )


def put_in_place(service: Service, version: str, directory: str) -> None:
    final = service.release_dir(version)
    with explained(final, Reason("move_the_release_into_place")):
        if os.path.lexists(final):  # damaged, as the plan found; it goes aside to be swept
            os.rename(final, tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=service.releases_dir) + "/damaged")
        os.rename(directory, final)
        sync_directory(service.releases_dir)
    sweep(service)


@contextlib.contextmanager
def staging_lock(service: Service, system: System) -> Iterator[None]:
    """One staging at a time, apart from the activation lock: a rollback never
    waits for a build.  Raises Locked, and UnsafePath as :func:`check_directories`."""
    check_directories(service)
    make_directory(service.state_dir, 0o750)
    make_directory(service.releases_dir)
    make_shared_dir(service)
    path = os.path.join(service.state_dir, "staging.lock")
    with locked(path, system.clock, LONG_S, Reason("staging_here")):
        yield


@contextlib.contextmanager
def _explained_disk(directory: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StagingError(
            Reason("release_not_written", why=why_failed(error)),
            where=directory,
            next_command=Reason("make_room", directory=os.path.dirname(directory)),
        ) from error
