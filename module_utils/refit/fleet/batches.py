"""In which order a fleet's hosts get a release: a few first, and the rest when those are well.  Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Union

from ..core.errors import SAME_PLAYBOOK, InvalidInput, Step
from ..words.reason import Reason

Entry = Union[int, str]

_EXAMPLE = "1,50%,100%"


def split(
    hosts: Iterable[str],
    groups: Mapping[str, Iterable[str]],
    spec: Sequence[Entry],
    *,
    fleet_size: int | None = None,
    option: str = "deploy_batches",
) -> list[list[str]]:
    """Put each of *hosts* into exactly one batch.

    The last entry is repeated until all hosts have their place, and a batch that would be
    empty is left out: ``[1, "50%", "100%"]`` makes ``[1]`` of one host, ``[1, 1, 1]`` of
    three, ``[1, 5, 4]`` of ten.

    Args:
        hosts: those that take part, in any order.
        groups: the inventory's groups, with the names of their hosts.
        spec: how large each batch is: a number of hosts, a share of the whole fleet such
            as ``"50%"`` (rounded down, at least one host), or the name of a group.
        fleet_size: how many hosts the whole fleet has; by default as many as *hosts*.
        option: the variable that holds *spec*, for the error.

    Raises:
        InvalidInput: an entry is none of these, or the last one never places all hosts.
    """
    left = sorted(set(hosts), key=_natural)
    whole = max(fleet_size or 0, len(left))
    if not spec:
        raise _error(option, Reason("list_is_empty"))
    takers = [_taker(entry, groups, whole, option) for entry in spec]
    batches = []
    for take in takers:
        batches.append(take(left))
        left = [host for host in left if host not in set(batches[-1])]
    while left:
        batches.append(takers[-1](left))
        if not batches[-1]:
            raise _error(option, Reason("ends_with_group", group=str(spec[-1]), hosts=left), add=",100%")
        left = [host for host in left if host not in set(batches[-1])]
    return [batch for batch in batches if batch]


def describe(batches: Sequence[Sequence[str]]) -> list[Reason]:
    """Each batch with its hosts; nothing where there is only one."""
    if len(batches) < 2:
        return []
    return [Reason("batch_of", number=n, count=len(batches), hosts=list(b)) for n, b in enumerate(batches, 1)]


def _taker(entry: Entry, groups: Mapping[str, Iterable[str]], whole: int, option: str) -> Any:
    """What takes the batch of *entry* from the hosts that are left."""
    text = str(entry).strip()
    if isinstance(entry, bool) or not isinstance(entry, (int, str)):
        raise _error(option, Reason("holds_entry", entry=repr(entry)))
    if re.match(r"[0-9]+%?$", text):
        number = int(text.rstrip("%"))
        if number < 1 or (text.endswith("%") and number > 100):
            raise _error(option, Reason("holds_entry", entry=repr(text)))
        count = max(1, whole * number // 100) if text.endswith("%") else number
        return lambda left: left[:count]
    if text in groups:
        members = set(groups[text])
        return lambda left: [host for host in left if host in members]
    raise _error(option, Reason("holds_entry", entry=repr(text)))


def _natural(host: str) -> Any:
    """app2 before app10, as people count."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"([0-9]+)", host)], host


def _error(option: str, problem: Reason, add: str = "") -> InvalidInput:
    return InvalidInput(
        Reason("setting_wrong", setting=option, problem=problem),
        where=Reason("what_a_batch_is"),
        next_command=Reason("add_to_it", text=repr(add)) if add else None,
        steps=[] if add else [Step(SAME_PLAYBOOK, Reason("with_such_batches"), {option: _EXAMPLE}, again=True)],
    )
