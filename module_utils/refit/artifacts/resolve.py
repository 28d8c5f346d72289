"""Where an artifact comes from, found out once, on the controller, before anything is touched.

A path on the controller, ``https://`` (``http://`` only with a checksum that came another
way) or ``s3://``.  Whatever it is, its checksum is known before a host fetches it, so that
two hosts cannot stage different bytes as the same version.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Callable, Protocol

from ..core.errors import SAME_PLAYBOOK, InvalidInput, StagingError, Step, why_failed
from ..core.http import FetchFailed
from ..core.urls import without_secrets
from ..words.reason import Reason
from .checksums import SUMS_FILE, digest_of, listed_sum, normal_sha256
from .download import Limits, check_reachable, unreachable
from .kinds import kind_of
from .location import Location, Way

_MAX_SUMS_BYTES = 1_000_000
_TIMEOUT_S = 20.0
# Answers that mean "no such file, for you": S3 says 403 where listing is not allowed.
_ABSENT = (401, 403, 404, 410)
_FORMS = Reason("artifact_forms")
_WITH_SHA256 = Step(SAME_PLAYBOOK, Reason("or_say_its_checksum"), {"release_sha256": "SHA256"}, again=True)


class Store(Protocol):
    """An object store, as far as a deploy needs it.  Each may raise StagingError."""

    def size(self, bucket: str, key: str) -> int:
        """Bytes of the object."""

    def read(self, bucket: str, key: str, max_bytes: int) -> bytes | None:
        """The object, at most *max_bytes* of it; None if there is none."""

    def presigned(self, bucket: str, key: str) -> str:
        """A URL that anybody may fetch it with for a while."""


@dataclass(frozen=True)
class Source:
    """An artifact, found.

    Attributes:
        name: the file's name, as its build gave it.
        shown: where it came from, for records and messages; holds no secret.
        sha256_from: what says so, for a person.
        size: bytes; None where that was not said.
        location: where a host fetches it; None for a file that is copied.
        note: what a person should know of it; None for nothing.
    """

    name: str
    shown: str
    sha256: str
    sha256_from: Reason | str
    size: int | None
    location: Location | None = field(default=None, repr=False)
    note: Reason | None = None


def resolve(
    artifact: str,
    sha256: str | None,
    *,
    headers: Mapping[str, str],
    way: Way,
    limits: Limits,
    store: Callable[[], Store],
) -> Source:
    """Find *artifact*, and the checksum that it must have.

    Args:
        artifact: a path, an ``https://``, ``http://`` or ``s3://`` URL.
        sha256: the checksum that the operator expects, if any.
        headers: sent with requests to the URL's own host.
        store: makes the object store's client; called for ``s3://`` only.

    Raises:
        InvalidInput, StagingError: it cannot be had, or nothing says what it must contain.
    """
    wanted = normal_sha256(sha256)
    scheme = artifact.partition("://")[0].lower() if "://" in artifact else ""
    if scheme == "":
        return _file(artifact, wanted)
    if scheme in ("http", "https"):
        return _url(artifact, wanted, headers, way, limits)
    if scheme == "s3":
        return _object(artifact, wanted, store(), limits)
    raise _unusable(artifact)


def _file(path: str, wanted: str | None) -> Source:
    path = os.path.abspath(path)
    name = _checked_name(os.path.basename(path), path)
    try:
        with open(path, "rb") as handle:
            found = digest_of(handle).hexdigest()
            size = handle.tell()
    except OSError as error:
        raise StagingError(
            Reason("artifact_unreadable", why=why_failed(error)), where=path, next_command="ls -l {}".format(path)
        ) from error
    listed = _listed_beside(os.path.join(os.path.dirname(path), SUMS_FILE), name)
    expected, origin = _agreed(wanted, listed, path) or (found, Reason("the_file_itself"))
    if found != expected:
        raise StagingError(
            Reason("checksum_differs_by", found=found, expected=expected, origin=origin),
            where=path,
            next_command=Reason("fetch_again", path=path),
        )
    return Source(name, name, found, origin, size)


def _listed_beside(path: str, name: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            return listed_sum(handle.read(_MAX_SUMS_BYTES), name, path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StagingError(
            Reason("checksums_unreadable", why=why_failed(error)),
            where=path,
            next_command="ls -l {}".format(path),
        ) from error


def _url(artifact: str, wanted: str | None, headers: Mapping[str, str], way: Way, limits: Limits) -> Source:
    try:
        location = Location.parse(artifact, headers)
        host = location.origin[1]
    except ValueError:
        raise _unusable(artifact) from None
    if not host:
        raise _unusable(artifact)
    name = _checked_name(location.name, location.url)
    _refuse_plain_http(location, wanted)
    note = None
    try:
        listed = listed_sum(_read_sums(location, way), name, location.beside(SUMS_FILE).url)
    except FetchFailed as failure:
        # Servers may reach what the controller does not; without a checksum there is nothing to go by.
        if wanted is None:
            raise unreachable(location.beside(SUMS_FILE), failure) from failure
        listed, note = None, Reason("not_checked_from_here", why=failure.detail)
    agreed = _agreed(wanted, listed, location.url)
    if agreed is None:
        raise _no_checksum(location.url)
    size = None if note else check_reachable(location, way, limits, _TIMEOUT_S)
    return Source(name, location.url, *agreed, size, location, note)


def _read_sums(location: Location, way: Way) -> str:
    with way.opened(location.beside(SUMS_FILE), timeout_s=_TIMEOUT_S) as answer:
        if answer.status in _ABSENT:
            return ""
        if answer.status != 200:
            raise FetchFailed("other", Reason("server_answered", answer=str(answer.status)))
        return answer.read_all(_MAX_SUMS_BYTES).decode("utf-8", "replace")


def _object(artifact: str, wanted: str | None, store: Store, limits: Limits) -> Source:
    bucket, _, key = artifact.partition("://")[2].partition("/")
    if not bucket or not key:
        raise _unusable(artifact)
    name = _checked_name(key.rpartition("/")[2], artifact)
    location = Location.parse(store.presigned(bucket, key))
    _refuse_plain_http(location, wanted)
    size = store.size(bucket, key)
    if size > limits.max_bytes:
        raise StagingError(
            Reason("artifact_has_more_bytes", size=size, most=limits.max_bytes),
            where=artifact,
            next_command=Reason("check_file_or_raise_limit"),
        )
    sums_key = key[: len(key) - len(name)] + SUMS_FILE
    sums = store.read(bucket, sums_key, _MAX_SUMS_BYTES) or b""
    listed = listed_sum(sums.decode("utf-8", "replace"), name, "s3://{}/{}".format(bucket, sums_key))
    agreed = _agreed(wanted, listed, artifact)
    if agreed is None:
        raise _no_checksum(artifact)
    return Source(name, artifact, *agreed, size, location)


def _agreed(wanted: str | None, listed: str | None, where: str) -> tuple[str, Reason | str] | None:
    """The checksum that both agree on, and who says so; None if neither says any."""
    if wanted and listed and wanted != listed:
        raise StagingError(
            Reason("checksums_disagree", given=wanted, file=SUMS_FILE, listed=listed),
            where=where,
            next_command=Reason("find_out_which_build"),
            steps=[Step(SAME_PLAYBOOK, Reason("or_if_that_is_it"), {"release_sha256": listed}, again=True)],
        )
    if wanted:
        return wanted, "release_sha256"
    return (listed, SUMS_FILE) if listed else None


def _checked_name(name: str, where: str) -> str:
    """The file's name, fit to be one on a server.  Raises InvalidInput."""
    if not name or name in (".", "..") or len(name.encode()) > 200 or any(c == "/" or ord(c) < 32 for c in name):
        raise InvalidInput(
            Reason("artifact_without_name"),
            where=without_secrets(where),
            next_command=Reason("name_a_file", forms=_FORMS),
        )
    kind_of(name)
    return name


def _refuse_plain_http(location: Location, wanted: str | None) -> None:
    if wanted is None and not location.url.lower().startswith("https:"):
        raise InvalidInput(
            Reason("plain_http", file=SUMS_FILE),
            where=location.url,
            next_command=Reason("use_https"),
            steps=[_WITH_SHA256],
        )


def _no_checksum(shown: str) -> StagingError:
    return StagingError(
        Reason("no_checksum"),
        where=shown,
        next_command=Reason("upload_sums", file=SUMS_FILE),
        steps=[_WITH_SHA256],
    )


def _unusable(artifact: str) -> InvalidInput:
    return InvalidInput(
        Reason("artifact_must_be", forms=_FORMS),
        where=without_secrets(artifact),
        steps=[Step(SAME_PLAYBOOK, Reason("with_one_of_these"), {"release_artifact": "PATH_OR_URL"}, again=True)],
    )
