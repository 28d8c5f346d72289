"""Who is at the service's port besides its workers: a process of another release that kept it.

Its answers would be taken for the new release's.  But anybody who has an account may stand in a release's directory
and listen somewhere: only one who would really be asked, or who is the service's own user, keeps a release from being
proven.
"""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..config.service import Service
from ..core import accounts, procfs
from ..core.urls import port_of
from ..words.reason import Reason

_WILDCARDS = ("0.0.0.0", "::")


@dataclass(frozen=True)
class Holder:
    """A process of release *version* that listens on the port.

    *in_the_way*: a question would go to it, or might and it is the service's own left-over.
    """

    pid: int
    port: int
    version: str
    user: int | None
    addresses: frozenset[str]
    in_the_way: bool

    @property
    def reason(self) -> Reason:
        if self.in_the_way:
            return Reason("port_held", port=self.port, pid=self.pid, version=self.version)
        return Reason("port_shared", pid=self.pid, user=self.user, port=self.port, addresses=sorted(self.addresses))


class PortHolders:
    """Looks for them at the port that the health check of *service* asks."""

    def __init__(self, service: Service, proc: str) -> None:
        url = urlsplit(service.health.url)
        self._service, self._proc, self._port = service, proc, port_of(url)
        self._asked = _addresses(url.hostname or "")
        user = accounts.find(service.user)
        self._user = None if user is None else user.uid

    def beside(self, workers: Collection[int], version: str | None) -> Holder | None:
        """Who holds the port besides *workers* and is of another release than *version*; one in the way comes first.

        Args:
            version: None where the service is to run none of the releases.
        """
        proc = self._proc
        # In cluster mode the manager itself holds the port for its workers.
        ours = {*workers, *filter(None, (procfs.parent_of(pid, proc) for pid in workers))}
        others = {
            pid: running.version or ""
            for pid, running in procfs.running_releases(self._service.releases_dir, proc)
            if running.version != version and pid not in ours
        }
        at = {pid: self._listening_at(pid) for pid in others}
        if not any(at.values()):
            return None
        own = frozenset().union(*(self._listening_at(pid) for pid in ours))
        users = {procfs.user_of(pid, proc) for pid in workers} if self._user is None else {self._user}
        holders = []
        for pid, addresses in at.items():
            if addresses:
                user = procfs.user_of(pid, proc)
                left_over = (not users or user in users) and self._may_be_asked(addresses)
                in_the_way = left_over or self._is_asked(addresses, own)
                holders.append(Holder(pid, self._port, others[pid], user, addresses, in_the_way))
        return max(holders, key=lambda holder: holder.in_the_way, default=None)

    def _listening_at(self, pid: int) -> frozenset[str]:
        if not procfs.shares_our_network(pid, self._proc):
            return frozenset()
        return procfs.listening_at(pid, self._port, self._proc)

    def _may_be_asked(self, addresses: Iterable[str]) -> bool:
        return any(_nearness(address, asked) for address in addresses for asked in self._asked or addresses)

    def _is_asked(self, addresses: Collection[str], own: Collection[str]) -> bool:
        """Whether a question goes to *addresses* rather than to *own*: the kernel takes the one nearest to it."""
        for asked in self._asked or addresses:
            theirs, ours = _nearest(addresses, asked), _nearest(own, asked)
            if theirs or ours:  # the first address at which anybody listens is the one that is asked
                return theirs > ours
        return False


def _nearest(addresses: Iterable[str], asked: str) -> int:
    return max((_nearness(address, asked) for address in addresses), default=0)


def _nearness(address: str, asked: str) -> int:
    """How near a socket at *address* is to a question to *asked*; 0 if it does not get it."""
    if address == asked:
        return 3
    if address not in _WILDCARDS:
        return 0
    same_family = (":" in address) == (":" in asked)
    return 2 if same_family else int(address == "::")


def _addresses(host: str) -> tuple[str, ...]:
    """What *host* leads to, in the order in which it is tried; nothing where that is not known."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))
