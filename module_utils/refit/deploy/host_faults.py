"""What a release logs where it is not itself to blame that it does not come up: any other would fail the same way."""

from __future__ import annotations

import re
from typing import Final, Literal

HostFault = Literal["port", "disk"]

#: The checks of a proof behind which such a fault may be.
MAYBE_OF_HOST: Final = ("health", "process", "restarts")

# As Node, Python, Java and Spring Boot say it.
_SAID: Final[tuple[tuple[HostFault, re.Pattern[str]], ...]] = (
    ("port", re.compile(r"EADDRINUSE|address already in use|errno 98\b|port \d+ was already in use", re.IGNORECASE)),
    ("disk", re.compile(r"ENOSPC|no space left on device|errno 28\b|EDQUOT|disk quota exceeded", re.IGNORECASE)),
)


def host_fault_in(line: str) -> HostFault | None:
    """What of the host a line of the log says is in the way; None where it says nothing of that."""
    return next((fault for fault, pattern in _SAID if pattern.search(line)), None)
