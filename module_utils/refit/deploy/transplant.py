"""A release is brought from a host that has it whole to one that lacks it, as one file.

What belongs to the host, the links into ``shared/``, is left out and made anew; so is what was
written into the release since it was staged.  The copy must hold what the release's own manifest
says, and what another host's ledger says where that is known, or nothing is left of it.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator

from ..artifacts.archive import need_room
from ..artifacts.archive_members import Refused, check_symlinks
from ..artifacts.build_log import LOG_NAME
from ..artifacts.wheel import VENV
from ..config.service import Service
from ..core.beneath import make_kept
from ..core.durable import explained
from ..core.errors import STATUS_YML, StagingError, Step, VersionNotFound
from ..core.file_tree import TreeWriter, fsync_tree
from ..core.system import System
from ..state import ledger_events
from ..state.file_sums import digest_of, parse
from ..state.ledger import Ledger
from ..state.manifest import content_of, write_sums
from ..state.operation import Operation, Operations
from ..state.releases import MANIFEST, STAGING_PREFIX, SUMS, damage, read_manifest, read_sums, wrong_content
from ..state.versions import normalise
from ..words.reason import Reason
from .shared_paths import link_shared
from .staging import checksum, not_its_own, plan_content, put_in_place, staging_lock, sweep

DISK_MARGIN = 256 * 1024**2


def pack(service: Service, version: str, path: str) -> str:
    """Write the release *version* to the file *path*; returns that file's sha256.

    The file's directory is for packs alone: what dead runs left there is removed.

    Raises:
        VersionNotFound: the release is not here, not whole, or was made by hand.
        UnsafePath: somebody else could lead root out of that directory.
        RefitError: it cannot be written.
    """
    version = normalise(version)
    directory = service.release_dir(version)
    problem = damage(service, version, deep=True)
    if problem is None and read_manifest(directory) is None:
        problem = Reason("was_made_by_hand")
    if problem:
        raise VersionNotFound(
            Reason("release_cannot_be_copied", version=version, why=problem),
            where=directory,
            steps=[Step(STATUS_YML, Reason("to_see_who_has_it_whole"))],
        )
    outgoing = os.path.dirname(path)
    make_kept(outgoing, 0o700, Reason("packs_directory"))
    with explained(path, Reason("pack_the_release")):
        os.chmod(outgoing, 0o700)
        for left in os.listdir(outgoing):
            os.unlink(os.path.join(outgoing, left))
        with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
            for name in _names(directory, {shared.rstrip("/") for shared in service.shared}, _staged(directory)):
                _add(archive, directory, name)
    return checksum(path)


def unpack(
    service: Service,
    version: str,
    path: str,
    system: System,
    *,
    sha256: str,
    pack_sha256: str,
    tree_sha256: str | None = None,
    operation: Operation | None = None,
    dry_run: bool = False,
) -> bool:
    """Make the pack at *path* the release *version*; returns whether it was not there yet.

    Args:
        sha256: the checksum of the artifact that the release was made from, which is its identity.
        pack_sha256: the checksum of the pack, as :func:`pack` returned it.
        tree_sha256: what stands for all the files of the release, from the ledger of a host that the pack does not
            come from; None where none is known, and the pack's own word counts.

    Raises:
        StagingError: the pack was changed on its way, or does not hold the whole release.
        Outranked, Busy: another run works on this service.
    """
    version = normalise(version)
    if dry_run:
        return plan_content(service, version, sha256).changed
    operations = Operations(service.state_dir, system)
    if operation is not None:
        operations.take(operation)
    with staging_lock(service, system):
        sweep(service)
        if not plan_content(service, version, sha256).changed:
            return False
        _check_pack(service, version, path, pack_sha256)
        directory = tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=service.releases_dir)
        try:
            with explained(directory, Reason("unpack_the_release")):
                _fill(service, version, path, directory, sha256, tree_sha256)
            if operation is not None:
                operations.check(operation)
            put_in_place(service, version, directory)
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        manifest = read_manifest(service.release_dir(version)) or {}
        Ledger(service.state_dir, system.clock).append(
            {
                "event": ledger_events.STAGED,
                "version": version,
                "sha256": sha256,
                "tree_sha256": manifest.get("tree_sha256"),
                "source": manifest.get("source"),
                "op": operation.number if operation else 0,
                "by": operation.owner if operation else None,
            }
        )
    return True


# -- packing -----------------------------------------------------------------------------------------------


def _names(directory: str, left_out: set[str], staged: set[str] | None) -> Iterator[str]:
    """What lies below *directory*, parents before children, always in the same order; of files and links only the
    *staged* ones, where those are known."""
    for parent, folders, files in os.walk(directory):
        below = os.path.relpath(parent, directory)
        for name in sorted(folders + files):
            path = name if below == os.curdir else os.path.join(below, name)
            full = os.path.join(directory, path)
            is_directory = os.path.isdir(full) and not os.path.islink(full)
            if path not in left_out and (is_directory or staged is None or path in staged):
                yield path
        folders.sort()


def _staged(directory: str) -> set[str] | None:
    """The files of the whole release at *directory*; None where it was staged before there were lists of them."""
    listed = read_sums(directory) if "tree_sha256" in (read_manifest(directory) or {}) else None
    if listed is None:
        return None
    return {MANIFEST, SUMS, LOG_NAME, *(os.fsdecode(each.path) for each in parse(listed))}


def _add(archive: tarfile.TarFile, directory: str, name: str) -> None:
    path = os.path.join(directory, name)
    member = archive.gettarinfo(path, name)
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.mode & 0o111 else 0o644
    # To the second, which is what compiled Python compares with its source.
    member.mtime = int(member.mtime)
    if member.islnk():  # the second name of a file is a file of its own here
        member.type, member.linkname, member.size = tarfile.REGTYPE, "", os.lstat(path).st_size
    if member.isreg():
        with open(path, "rb") as content:
            archive.addfile(member, content)
    else:
        archive.addfile(member)


# -- unpacking ---------------------------------------------------------------------------------------------


def _check_pack(service: Service, version: str, path: str, pack_sha256: str) -> None:
    found = checksum(path)
    if found != pack_sha256:
        raise StagingError(
            Reason("copy_differs", version=version, found=found, expected=pack_sha256),
            where=path,
            next_command=Reason("same_command_again"),
        )
    need_room(service.releases_dir, os.path.getsize(path) + DISK_MARGIN)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    content = archive.extractfile(member)
    while content is not None:
        block = content.read(1 << 20)
        if not block:
            return
        yield block


def _check_links(version: str, links: Iterable[tuple[str, str]], path: str) -> None:
    """A release holds links that stay in it, as in its artifact; a virtual environment's also lead to its Python."""
    try:
        check_symlinks({name: to for name, to in links if not (name.startswith(f"{VENV}/") and os.path.isabs(to))})
    except Refused as error:
        raise StagingError(
            Reason("copy_is_not_it", version=version, why=error.reason),
            where=path,
            next_command=Reason("look_at_giver"),
        ) from error


def _other_content(service: Service, directory: str, tree_sha256: str | None) -> Reason | None:
    """Why what was unpacked in *directory* is not what *tree_sha256* stands for, a file more included; None if it is.

    The pack's own list of its files is a stranger's: this host makes its own, and keeps that.
    """
    listed = content_of(directory, not_its_own(service))
    if tree_sha256 is None:
        return None
    if digest_of(listed) != tree_sha256:
        return Reason("files_differ")
    write_sums(directory, listed)
    return None


def _fill(service: Service, version: str, path: str, directory: str, sha256: str, tree_sha256: str | None) -> None:
    links, times = [], {}
    with tarfile.open(path, "r:") as archive, TreeWriter(directory) as tree:
        for member in archive:
            if any(part in ("", ".", "..") for part in member.name.split("/")):
                raise StagingError(Reason("copy_holds_path", version=version, path=member.name), where=path)
            if member.isdir():
                tree.make_directory(member.name)
            elif member.issym():
                links.append((member.name, member.linkname))
            elif member.isreg():
                tree.write_file(member.name, _content(archive, member), member.mode & 0o755)
                times[member.name] = member.mtime
        _check_links(version, links, path)
        for name, points_to in links:  # last: while files are written there is none to follow
            tree.symlink(name, points_to)
    for name, seconds in times.items():
        os.utime(os.path.join(directory, name), (seconds, seconds), follow_symlinks=False)
    os.chmod(directory, 0o755)
    link_shared(service, directory, path)
    manifest = read_manifest(directory) or {}
    problem = wrong_content(directory, version)
    if problem is None and manifest.get("sha256") != sha256:
        problem = Reason("made_from_other", found=str(manifest.get("sha256")), expected=sha256)
    if problem is None:
        problem = _other_content(service, directory, tree_sha256 or manifest.get("tree_sha256"))
    if problem:
        raise StagingError(
            Reason("copy_is_not_it", version=version, why=problem),
            where=path,
            next_command=Reason("again_or_deploy_anew"),
        )
    fsync_tree(directory)
