"""A release whose artifact the host itself fetches: downloaded, staged, and the file gone again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..artifacts.checksums import normal_sha256
from ..artifacts.download import Limits, check_reachable, download
from ..artifacts.incoming import incoming
from ..artifacts.location import Location, Way
from ..config.service import Service
from ..core.errors import SAME_PLAYBOOK, InvalidInput, Step
from ..core.system import System
from ..state.operation import Operation, Operations
from ..words.reason import Reason
from .staging import StagePlan, build_limit_s, plan_content, stage


@dataclass(frozen=True)
class Fetch:
    """What is fetched, how, and where to: *artifact* is its path on this host, and *sha256* what it must be."""

    location: Location
    way: Way
    limits: Limits
    artifact: str
    sha256: str

    @classmethod
    def from_mapping(cls, download: Mapping[str, Any], artifact: str, sha256: str) -> Fetch:
        """Read a module's ``download`` option.  Raises InvalidInput."""
        wanted = normal_sha256(sha256)
        if wanted is None:
            raise InvalidInput(
                Reason("download_without_checksum"),
                steps=[Step(SAME_PLAYBOOK, Reason("with_its_checksum"), {"release_sha256": "SHA256"}, again=True)],
            )
        return cls(
            Location(download["url"], download.get("query") or "", download.get("headers") or {}),
            Way(ca=download.get("ca") or "", proxy=download.get("proxy") or ""),
            Limits(max_bytes=download["max_bytes"], deadline_s=download["deadline_s"]),
            artifact,
            wanted,
        )


def plan_fetched(service: Service, version: str, fetch: Fetch) -> StagePlan:
    """Check without writing that the release can be staged and its artifact be had from here.

    Raises:
        InvalidInput, StagingError: it cannot, and why.
    """
    plan = plan_content(service, version, fetch.sha256)
    if plan.changed:
        check_reachable(fetch.location, fetch.way, fetch.limits)
    return plan


def stage_fetched(
    service: Service,
    version: str,
    fetch: Fetch,
    system: System,
    *,
    operation: Operation | None = None,
    **record: Any,
) -> tuple[StagePlan, int]:
    """Fetch the artifact and make it the release *version*; where that is there, fetch nothing.

    Args:
        record: *source*, *git_sha* and *word*, as for :func:`.staging.stage`.

    Returns:
        What was done, and how many bytes were received.

    Raises:
        InvalidInput, StagingError: it cannot be had or staged, and why.
        Outranked, Busy: another run works on this service.
    """
    operations = Operations(service.state_dir, system)
    if operation is not None:  # before the download: others see who is at work during it
        operations.take(operation)
    plan = plan_content(service, version, fetch.sha256)
    if not plan.changed:
        return plan, 0
    longest_s = fetch.limits.deadline_s + build_limit_s(service, fetch.artifact)
    with operations.lasting(operation, longest_s), incoming(fetch.artifact, system.clock):
        received = download(fetch.location, fetch.artifact, fetch.sha256, fetch.way, fetch.limits, system.clock)
        plan = stage(service, version, fetch.artifact, system, sha256=fetch.sha256, operation=operation, **record)
    return plan, received
