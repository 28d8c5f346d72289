"""An artifact comes from the web to this host's disk: whole and proven, or not at all.

Streamed, so that its size costs no memory.  A connection that is cut is taken up where
it ended, and so is the file of a run that died; the checksum alone says whether the
pieces belong together.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

from ..core.errors import RefitError, StagingError, why_failed
from ..core.http import Answer, FetchFailed
from ..core.system import Clock
from ..words.reason import Reason
from .checksums import digest_of
from .location import Location, Way

PARTIAL = ".part"
_READ_SIZE = 1 << 18
# What a full disk needs to stay usable for everybody else on it.
_SPARE_BYTES = 64 << 20
# Failures that a second try may not meet.
_TRANSIENT = ("cut", "timeout", "refused", "dns", "unavailable")
_UNAVAILABLE = (408, 425, 429, 500, 502, 503, 504)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(?:\d+|\*)\Z")
# S3 says in its error's body why: ExpiredToken, AccessDenied, NoSuchKey …
_S3_CODE = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")


@dataclass(frozen=True)
class Limits:
    """How long and how large a download may become.

    Attributes:
        deadline_s: seconds for everything together, all attempts included.
        attempts: how often it is tried.
    """

    max_bytes: int = 8 << 30
    deadline_s: float = 1800.0
    attempts: int = 5


class _Refused(Exception):
    """The server's answer is not the file."""

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.code = ""
        with contextlib.suppress(FetchFailed):
            found = _S3_CODE.search(answer.read(4096))
            self.code = found[1].decode("ascii") if found else ""
        super().__init__("{} {}".format(self.status, self.code).strip())


def download(location: Location, path: str, sha256: str, way: Way, limits: Limits, clock: Clock | None = None) -> int:
    """Bring the file at *location* to *path*, unless it lies there already.

    What a run that died left at *path*, or beside it as ``.part``, is made use of; what this
    one cannot finish is removed.

    Returns:
        How many bytes were received; 0 where the content was there.

    Raises:
        StagingError: it cannot be had, is too large, or is not what *sha256* says.
    """
    clock = clock or Clock()
    if _is_complete(path, sha256):
        return 0
    give_up_at = clock.monotonic() + limits.deadline_s
    failures = 0
    with _Partial(path) as partial:
        while partial.sha256 != sha256:
            try:
                _receive(location, partial, way, limits, give_up_at - clock.monotonic())
            except FetchFailed as failure:
                failures += 1
                if failure.kind not in _TRANSIENT or failures == limits.attempts:
                    raise unreachable(location, failure, failures) from failure
                clock.sleep(min(2.0 ** (failures - 1), 10.0, max(give_up_at - clock.monotonic(), 0.0)))
            except _Refused as refusal:
                raise refused(location, refusal) from refusal
            else:
                if partial.sha256 != sha256 and not partial.spliced:
                    raise _wrong_checksum(location, partial.sha256, sha256)
                if partial.sha256 != sha256:  # pieces of two different files: once more, whole
                    partial.restart()
        partial.keep()
        return partial.received


def check_reachable(location: Location, way: Way, limits: Limits, timeout_s: float = 20.0) -> int | None:
    """Ask for the file as a download does, and read none of it.

    Returns:
        Its size in bytes; None where the server does not say.

    Raises:
        StagingError: as :func:`download`, as far as the first answer shows it.
    """
    try:
        with way.opened(location, timeout_s=timeout_s) as answer:
            if answer.status != 200:
                raise _Refused(answer)
            _check_size(location, answer.length, limits)
            return answer.length
    except FetchFailed as failure:
        raise unreachable(location, failure) from failure
    except _Refused as refusal:
        raise refused(location, refusal) from refusal


def unreachable(location: Location, failure: FetchFailed, attempts: int = 1) -> StagingError:
    """The error for an answer that did not come."""
    return StagingError(
        Reason("artifact_not_fetched", why=failure.reason, attempts=attempts if attempts > 1 else None),
        where=location.url,
        next_command=_NEXT.get(failure.kind) or Reason("try_it_there", url=location.url),
    )


_NEXT = {
    "tls": Reason("check_certificate"),
    "proxy": Reason("correct_proxy"),
    "redirect": Reason("name_last_url"),
    "cut": Reason("check_network"),
    "timeout": Reason("check_slow_network"),
    "unavailable": Reason("wait_for_server"),
}


def refused(location: Location, refusal: _Refused) -> StagingError:
    """The error for an answer that is not the file."""
    if refusal.status in (404, 410):
        advice = Reason("correct_or_upload")
    elif refusal.status in (401, 403):
        advice = Reason("check_rights_of_artifact")
    else:
        advice = Reason("try_it_there", url=location.url)
    return StagingError(
        Reason("artifact_not_fetched", why=Reason("server_answered", answer=str(refusal)), attempts=None),
        where=location.url,
        next_command=advice,
    )


def _receive(location: Location, partial: _Partial, way: Way, limits: Limits, timeout_s: float) -> None:
    """One attempt: from where *partial* ends to the end of the file."""
    if timeout_s <= 0:
        raise unreachable(location, FetchFailed("timeout", Reason("not_within", seconds=limits.deadline_s)))
    begin = partial.size
    headers = {"Range": "bytes={}-".format(begin)} if begin else {}
    with way.opened(location, timeout_s=timeout_s, headers=headers) as answer:
        if begin and answer.status == 416:  # nothing comes after what is there, so that is another file
            partial.restart()
            raise FetchFailed("cut", Reason("file_became_shorter"))
        if answer.status in _UNAVAILABLE:
            raise FetchFailed("unavailable", Reason("server_answered", answer=str(_Refused(answer))))
        if begin and answer.status == 200:  # a server that knows no ranges
            partial.restart()
        elif answer.status != (206 if begin else 200) or (begin and _first_byte(answer) != begin):
            raise _Refused(answer)
        partial.spliced = answer.status == 206
        begin = partial.size
        _check_size(location, None if answer.length is None else begin + answer.length, limits)
        partial.need(answer.length or 0)
        while True:
            part = answer.read(_READ_SIZE)
            if not part:
                return
            partial.write(part)
            _check_size(location, partial.size, limits)


def _first_byte(answer: Answer) -> int | None:
    found = _CONTENT_RANGE.match(answer.headers.get("content-range", ""))
    return int(found[1]) if found else None


def _check_size(location: Location, size: int | None, limits: Limits) -> None:
    if size is not None and size > limits.max_bytes:
        raise StagingError(
            Reason("artifact_too_large", most=limits.max_bytes),
            where=location.url,
            next_command=Reason("check_file_or_raise_limit"),
        )


def _wrong_checksum(location: Location, found: str, wanted: str) -> StagingError:
    return StagingError(
        Reason("checksum_differs", found=found, expected=wanted),
        where=location.url,
        next_command=Reason("correct_checksum_or_upload"),
    )


def _is_complete(path: str, sha256: str) -> bool:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    with open(fd, "rb") as handle:
        return digest_of(handle).hexdigest() == sha256


class _Partial:
    """The file while it grows, and its checksum so far; gone at the end unless :meth:`keep` is called.

    Attributes:
        spliced: whether it is put together from more than one answer.
        received: bytes that came in this run.
    """

    def __init__(self, path: str) -> None:
        self.final = path
        self.path = path + PARTIAL
        self.spliced = False
        self.received = 0

    def __enter__(self) -> _Partial:
        with self._explained():
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            # Unbuffered: a disk that is full says so at the write, not at the close.
            self._handle = open(fd, "r+b", buffering=0)  # noqa: SIM115
            self._digest = digest_of(self._handle)
            self.size = self._handle.tell()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handle.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def restart(self) -> None:
        """Forget what is there."""
        self._handle.seek(0)
        self._handle.truncate()
        self._digest = hashlib.sha256()
        self.size = 0
        self.spliced = False

    def need(self, size: int) -> None:
        """Make sure that *size* bytes more fit on the disk.  Raises StagingError."""
        free = shutil.disk_usage(os.path.dirname(self.path)).free
        if size and free < size + _SPARE_BYTES:
            raise self._disk(Reason("bytes_to_come", size=size, free=free))

    def write(self, data: bytes) -> None:
        with self._explained():
            rest = memoryview(data)
            while rest:
                rest = rest[self._handle.write(rest) :]
        self._digest.update(data)
        self.size += len(data)
        self.received += len(data)

    def keep(self) -> None:
        with self._explained():
            os.rename(self.path, self.final)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise self._disk(why_failed(error)) from error
            raise RefitError(
                Reason("artifact_not_written", why=why_failed(error)),
                where=self.path,
                next_command=Reason("check_owner", directory=os.path.dirname(self.path)),
            ) from error

    def _disk(self, problem: Reason) -> StagingError:
        directory = os.path.dirname(self.path)
        return StagingError(
            Reason("no_room_for_artifact", why=problem),
            where=directory,
            next_command=Reason("make_room", directory=directory),
        )
