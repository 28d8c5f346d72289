"""Where a service's request counters are, and what of them is traffic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from ..core.errors import InvalidInput
from ..words.reason import Reason

Kind = Literal["spring_actuator", "prometheus"]
SPRING_ACTUATOR: Final = "spring_actuator"
PROMETHEUS: Final = "prometheus"
KINDS: tuple[Kind, ...] = get_args(Kind)
NOT_TRAFFIC = ("/actuator*", "/health*", "*/health", "/metrics")


@dataclass(frozen=True)
class Source:
    """Where the counters are.

    Args:
        url: the metric itself for *spring_actuator* (it ends in ``/http.server.requests``), the
            page for *prometheus*.
        ignore: shell patterns of the paths that are not traffic.
        own: the paths that we ask for ourselves, which are none either, whatever their routes are called.
        timeout_s: seconds for one reading, all its queries together.
        max_bytes: the longest single answer that is read.

    Raises:
        InvalidInput: *kind* is unknown.
    """

    kind: Kind
    url: str
    ignore: tuple[str, ...] = NOT_TRAFFIC
    timeout_s: float = 5.0
    max_bytes: int = 1_000_000
    own: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidInput(
                Reason("is_no_traffic_source", kind=repr(self.kind), known=KINDS),
                next_command=Reason("correct_in_inventory"),
            )

    @property
    def needs_routes(self) -> bool:
        """Whether traffic can only be told from the rest by the route that a request is counted under."""
        return bool(self.ignore or self.own)

    def ignores(self, route: str) -> bool:
        """Whether the requests that a metric counts under *route*, a path or its template, are no traffic."""
        import fnmatch  # this and the next only where traffic is measured

        from .path_templates import is_route_of

        return any(fnmatch.fnmatchcase(route, pattern) for pattern in self.ignore) or any(
            is_route_of(route, path) for path in self.own
        )
