"""Root's work where somebody else may write: from descriptors, and never through a link of his.

A path is walked name by name.  A link is followed while nobody but root can have put it there
(``/var/run``, a service's root on another disk); from the first directory on in which somebody else
may write, no link is followed.  A process that is not root does nothing by its own rights that it may
not do, so nobody else's directories are told apart for it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
import stat
from collections.abc import Iterator

from ..words.reason import Reason
from .durable import make_directory
from .errors import UnsafePath, why_failed
from .system import RunAs

# With O_PATH one that may be passed need not be readable; a Mac, which may be the controller, has none.
_PASSED = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW
_LISTED = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
# One that is no plain file must not keep its reader waiting: a pipe waits for a writer in open().
_OLD_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
# How open() says what is in the way, where that is no link; ENXIO is a socket's.
_NOT_ENTERED = {errno.ENOTDIR: Reason("is_no_directory"), errno.ENXIO: Reason("is_no_plain_file")}
# As many as Linux follows before it gives up with ELOOP.
_LINKS_FOLLOWED = 40


class Beneath:
    """The directory *path*: what is done below it happens in it, whatever becomes of names meanwhile.

    All methods take paths relative to it and follow no link in them.

    Raises:
        UnsafePath: a name on the way is a link, or no directory, where somebody else may write.
        OSError: as ``open``, such as FileNotFoundError.
    """

    def __init__(self, path: str) -> None:
        walk = _Walk()
        try:
            walk.enter(path)
            self._fd = os.open(".", _LISTED, dir_fd=walk.fd)
        finally:
            walk.close()
        self.path = path
        # Who else may have put the directory itself where it is.
        self._stranger_above = walk.stranger if walk.stranger and walk.stranger[0] != walk.path else None

    def __enter__(self) -> Beneath:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def make_directory(self, path: str, owner: RunAs | None = None) -> bool:
        """Make the directory *path* and those above it where they are missing; says whether any was.

        Args:
            owner: whose they become; by default, and where this process is not root, its own.
        """
        fd, made = self._make(path, owner)
        os.close(fd)
        return made

    def settle(self, uid: int, gid: int, mode: int, dry_run: bool = False) -> bool:
        """Have the directory itself belong to *uid* and *gid*; says whether that, or *mode*, is new.

        Raises:
            UnsafePath: it is to change its owner, and may be one that somebody else has put here for that.
        """
        status = os.fstat(self._fd)
        if (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (uid, gid, mode):
            return False
        if status.st_uid != uid and self._stranger_above and (status.st_uid != 0 or os.listdir(self._fd)):
            raise UnsafePath(
                Reason(
                    "may_be_another_directory",
                    name=os.path.basename(self.path),
                    above=self._stranger_above[0],
                    whose=self._stranger_above[1],
                ),
                where=self.path,
                next_command=Reason("chown_if_right", path=self.path, owner=f"{uid}:{gid}"),
            )
        if not dry_run:
            os.fchown(self._fd, uid, gid)
            os.fchmod(self._fd, mode)
        return True

    def make_link(self, path: str, points_to: str) -> None:
        """Make the symbolic link *path*, in place of what is there; directories above it are made where missing."""
        above, _, name = path.rpartition("/")
        parent, _ = self._make(above, None)
        try:
            _remove(parent, name)
            os.symlink(points_to, name, dir_fd=parent)
        finally:
            os.close(parent)

    def write_file(self, path: str, text: str, mode: int) -> None:
        """Make the file *path* with *text*, whatever the umask: a new one, in place of what is there."""
        with self._above(path) as (parent, name):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=parent)
            fd = os.open(name, _NEW_FILE, 0o600, dir_fd=parent)
            with os.fdopen(fd, "w", encoding="utf-8", errors="surrogateescape") as file:  # names of files may be in it
                os.fchmod(file.fileno(), mode)
                file.write(text)

    def read_file(self, path: str, limit: int) -> tuple[bytes, int]:
        """The first *limit* bytes of the plain file *path*, and its permissions."""
        with self._above(path) as (parent, name):
            fd = _open(parent, name, _OLD_FILE, self._shown(path))
        try:
            mode = os.fstat(fd).st_mode
            if not stat.S_ISREG(mode):
                raise _unsafe(Reason("is_no_plain_file"), self._shown(path))
            return os.read(fd, limit), stat.S_IMODE(mode)
        finally:
            os.close(fd)

    def exists(self, path: str) -> bool:
        """Whether there is anything called *path*, a link to nowhere too."""
        with self._above(path) as (parent, name):
            try:
                os.stat(name, dir_fd=parent, follow_symlinks=False)
            except FileNotFoundError:
                return False
        return True

    def remove_file(self, path: str) -> bool:
        """Remove the file, link or the like *path*; says whether it was there."""
        with self._above(path) as (parent, name):
            try:
                os.unlink(name, dir_fd=parent)
            except FileNotFoundError:
                return False
            except IsADirectoryError as error:
                raise _unsafe(Reason("is_directory"), self._shown(path)) from error
        return True

    @contextlib.contextmanager
    def _above(self, path: str) -> Iterator[tuple[int, str]]:
        """A descriptor of the directory that *path* lies in, and its name there."""
        above, _, name = path.rpartition("/")
        parent = self._enter(above)
        try:
            yield parent, name
        finally:
            os.close(parent)

    def _enter(self, path: str) -> int:
        """A descriptor of the directory *path*, the caller's to close."""
        fd, done = os.dup(self._fd), ""
        for name in path.split("/") if path else ():
            done = os.path.join(done, name)
            fd = _step(fd, name, self._shown(done))
        return fd

    def _make(self, path: str, owner: RunAs | None) -> tuple[int, bool]:
        """As :meth:`_enter`, for a directory that is made where it is missing; and whether it was."""
        fd, done, any_made = os.dup(self._fd), "", False
        for name in path.split("/") if path else ():
            done = os.path.join(done, name)
            try:
                os.mkdir(name, 0o755, dir_fd=fd)
                made = any_made = True
            except FileExistsError:
                made = False
            except OSError:
                os.close(fd)
                raise
            fd = _step(fd, name, self._shown(done))
            if made:
                _settle_new(fd, owner, self._shown(done))
        return fd, any_made

    def _shown(self, path: str) -> str:
        return os.path.join(self.path, path)


def settle_directory(path: str, uid: int, gid: int, mode: int, dry_run: bool = False) -> bool:
    """Have a directory at the absolute *path*; says whether anything about it is new.

    Missing parents are made as well, this process's own.  Only one that was just made, or that nobody
    else can have put where it is, is given to another owner.

    Raises:
        UnsafePath: as :class:`Beneath` and :meth:`Beneath.settle`.
        OSError: it cannot be made or changed.
    """
    try:
        with Beneath(path) as place:
            return place.settle(uid, gid, mode, dry_run)
    except FileNotFoundError:
        if dry_run:
            return True
    above, name = os.path.split(path)
    if not os.path.lexists(above):
        settle_directory(above, os.geteuid(), os.getegid(), 0o755)
    with Beneath(above) as parent:
        parent.make_directory(name)
    with Beneath(path) as place:
        place.settle(uid, gid, mode)
    return True


def check_kept(path: str, setting: Reason | str) -> None:
    """Refuse *path* where somebody else may write in it, or in a directory on the way: as sshd's ``StrictModes``.

    What is missing of it must be root's alone to make.  Nothing is refused to a process that is not root.

    Args:
        setting: what names *path*, for a person, such as ``refit_services.backend.root``.

    Raises:
        UnsafePath: names the directory, whose it is, and what to type.
    """
    walk = _Walk()
    try:
        try:
            walk.enter(path)
        except FileNotFoundError:
            walk.leave_to_be_made()
        except UnsafePath:
            if walk.stranger is None:
                raise
    except OSError as error:
        raise UnsafePath(
            Reason("cannot_be_looked_at", setting=setting, why=why_failed(error)),
            where=path,
            next_command=f"namei -l {path}",
        ) from error
    finally:
        walk.close()
    if walk.stranger is not None:
        directory, whose = walk.stranger
        raise UnsafePath(
            Reason("leads_root_astray", setting=setting, directory=directory, whose=whose),
            where=path,
            next_command=Reason("take_directory_back", directory=directory),
        )


def make_kept(path: str, mode: int, setting: Reason | str) -> None:
    """Make the directory *path* and its parents where they are missing, where :func:`check_kept` lets root work."""
    check_kept(path, setting)
    make_directory(path, mode)


def _step(fd: int, name: str, shown: str) -> int:
    """The directory *name* in that of *fd*, which is closed."""
    try:
        return _open(fd, name, _LISTED, shown)
    finally:
        os.close(fd)


def _open(parent: int, name: str, flags: int, shown: str) -> int:
    try:
        return os.open(name, flags, dir_fd=parent)
    except OSError as error:
        problem = Reason("is_link") if _is_link(parent, name) else _NOT_ENTERED.get(error.errno or 0)
        if problem is None:
            raise
        raise _unsafe(problem, shown) from error


def _is_link(parent: int, name: str) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
    except OSError:  # exchanged again meanwhile
        return False


def _settle_new(fd: int, owner: RunAs | None, shown: str) -> None:
    """Open the directory that was just made to all, whatever the umask, and give it to *owner*: still this process's
    own, and with nothing in it."""
    try:
        status = os.fstat(fd)
        if status.st_uid != os.geteuid() or os.listdir(fd):
            raise _unsafe(Reason("was_exchanged"), shown)
        os.fchmod(fd, stat.S_IMODE(status.st_mode) | 0o755)
        if owner is not None and os.geteuid() == 0:
            os.fchown(fd, owner.uid, owner.gid)
    except BaseException:
        os.close(fd)
        raise


def _remove(parent: int, name: str) -> bool:
    try:
        os.unlink(name, dir_fd=parent)
        return True
    except FileNotFoundError:
        return False
    except IsADirectoryError:
        fd = os.open(name, _LISTED, dir_fd=parent)
    try:
        for inside in os.listdir(fd):
            _remove(fd, inside)
    finally:
        os.close(fd)
    os.rmdir(name, dir_fd=parent)
    return True


def _unsafe(problem: Reason, path: str) -> UnsafePath:
    return UnsafePath(
        Reason("led_elsewhere", name=os.path.basename(path), problem=problem),
        where=path,
        next_command=Reason("see_whose_it_is", path=path),
    )


# -- the way to a directory --------------------------------------------------------------------------------


class _Walk:
    """A directory that is entered from the file system's root, name by name.

    Attributes:
        fd: where it is now.
        path: its name.
        stranger: the first directory on the way, or here, in which somebody else may write, and who; None so far.
    """

    def __init__(self) -> None:
        self.fd = os.open("/", _PASSED)
        self.path = "/"
        self.stranger: tuple[str, str] | None = None
        self._links = 0
        self._look()

    def close(self) -> None:
        os.close(self.fd)

    def enter(self, path: str) -> None:
        """Go on to *path*, absolute or from here."""
        if path.startswith("/"):
            self._go(os.open("/", _PASSED), "/")
        for name in path.split("/"):
            if name not in ("", "."):
                self._step(name)

    def leave_to_be_made(self) -> None:
        """Somebody else may make what is missing here where he may write, in ``/tmp`` too."""
        status = os.fstat(self.fd)
        if self.stranger is None and os.geteuid() == 0 and status.st_mode & 0o022:
            self.stranger = (self.path, _whose(status))

    def _step(self, name: str) -> None:
        shown = os.path.join(self.path, name)
        try:
            below = os.open(name, _PASSED, dir_fd=self.fd)
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENOTDIR):
                raise
            self._follow(name, shown)
        else:
            self._go(below, os.path.normpath(shown))

    def _follow(self, name: str, shown: str) -> None:
        status = os.stat(name, dir_fd=self.fd, follow_symlinks=False)
        if not stat.S_ISLNK(status.st_mode):
            raise _unsafe(Reason("is_no_directory"), shown)
        if self.stranger or _is_somebody_else(status.st_uid):
            raise _unsafe(Reason("is_link"), shown)
        self._links += 1
        if self._links > _LINKS_FOLLOWED:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), shown)
        self.enter(os.readlink(name, dir_fd=self.fd))

    def _go(self, fd: int, path: str) -> None:
        os.close(self.fd)
        self.fd, self.path = fd, path
        self._look()

    def _look(self) -> None:
        if self.stranger is None:
            status = os.fstat(self.fd)
            if _is_somebody_else(status.st_uid) or (os.geteuid() == 0 and _others_may_write(status.st_mode)):
                self.stranger = (self.path, _whose(status))


def _whose(status: os.stat_result) -> str:
    try:
        owner = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        owner = str(status.st_uid)
    return f"owner {owner}, mode {stat.S_IMODE(status.st_mode):04o}"


def _is_somebody_else(uid: int) -> bool:
    return os.geteuid() == 0 and uid != 0


def _others_may_write(mode: int) -> bool:
    """As sshd's ``StrictModes``; but in ``/tmp`` nobody can exchange what is root's."""
    return bool(mode & 0o022) and not mode & stat.S_ISVTX
