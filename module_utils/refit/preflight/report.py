"""Whether the fleet can roll back now, for a person: one table, and below it what is wrong with the next command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.errors import Step, Writer, lines_of
from ..core.text_table import folded, table
from ..words.reason import Reason
from ..words.sentence import said
from .controller import OF_THE_CONTROLLER
from .judge import BAD, GOOD, NONE, OF_A_HOST, UNKNOWN, Cell

Cells = Mapping[str, Mapping[str, Cell]]

COLUMNS = (*OF_A_HOST, *(check for check in OF_THE_CONTROLLER if check not in OF_A_HOST))
_MOST_NAMED = 5
_MARKS = {GOOD: "✓", BAD: "✗", UNKNOWN: "?", NONE: "–"}
_TITLES = {
    "release": Reason("cell_release"),
    "disk": Reason("cell_disk"),
    "process": Reason("cell_process"),
    "boot": Reason("cell_boot"),
    "scripts": Reason("cell_scripts"),
    "sudo": Reason("cell_sudo"),
    "outbox": Reason("cell_outbox"),
    "clock": Reason("cell_clock"),
    "timer": Reason("cell_timer"),
    "certificates": Reason("cell_certificates"),
    "discord": Reason("cell_discord"),
    "keys": Reason("cell_keys"),
}


def is_ready(hosts: Cells, controller: Mapping[str, Cell]) -> bool:
    """Whether nothing is wrong, and nothing that was asked is not known; of no host that is never so."""
    return bool(hosts) and all(map(_passes, (*hosts.values(), controller)))


def headline(service: str, hosts: Cells, controller: Mapping[str, Cell], language: str) -> str:
    """The verdict in one line."""
    if is_ready(hosts, controller):
        return said(Reason("preflight_ready", service=service), language)
    bad = [host for host, cells in hosts.items() if not _passes(cells)]
    where: list[Reason | str] = [*bad[:_MOST_NAMED]]
    if len(bad) > _MOST_NAMED:
        where.append(Reason("and_so_many_more", count=len(bad) - _MOST_NAMED))
    if not _passes(controller):
        where.append(Reason("this_controller"))
    return said(Reason("preflight_not_ready", service=service, where=where), language)


def render(
    hosts: Cells, controller: Mapping[str, Cell], write: Writer, language: str, to_try: Sequence[Step] = ()
) -> str:
    """The table, and below it each fault once, with whose it is and the next command.

    Args:
        to_try: what nobody can tell without trying it.
    """
    lines = _table(hosts, controller, language)
    for (check, mark, why, following), where in _faults(hosts, controller, write, language).items():
        told = said(Reason("fault_of", check=_TITLES[check], where=where, why=why), language)
        lines += ["", f"{mark} {told}", *following]
    if to_try:
        lines += ["", *lines_of(to_try, write, language)]
    return "\n".join(lines)


def _passes(cells: Mapping[str, Cell]) -> bool:
    return all(cell.passes for cell in cells.values())


def _table(hosts: Cells, controller: Mapping[str, Cell], language: str) -> list[str]:
    header = [said(Reason("column_host"), language), *(said(_TITLES[check], language) for check in COLUMNS)]
    rows = [[host, *_row(cells)] for host, cells in hosts.items()]
    here = [said(Reason("this_controller"), language), *_row(controller)]
    return table([header, *folded(rows), here])


def _row(cells: Mapping[str, Cell]) -> list[str]:
    found = (cells.get(check) for check in COLUMNS)
    return [f"{_MARKS[cell.state]} {cell.shown}".rstrip() if cell else "" for cell in found]


_Told = tuple[str, str, str, tuple[str, ...]]


def _faults(
    hosts: Cells, controller: Mapping[str, Cell], write: Writer, language: str
) -> dict[_Told, list[Reason | str]]:
    """Each fault, check by check: check, mark, why and what to do; and where that is so."""
    found: dict[_Told, list[Reason | str]] = {}
    here: Reason | str = Reason("this_controller")
    for check in COLUMNS:
        for name, cells in [*hosts.items(), (here, controller)]:
            cell = cells.get(check)
            for fault in cell.faults if cell else ():
                following = lines_of(fault.steps, write, language)
                if fault.by_hand:
                    following.append("  " + said(Reason("run_there", command=fault.by_hand), language))
                why = said(fault.why, language)
                told = (check, _MARKS[cell.state if cell else BAD], why, tuple(following))
                found.setdefault(told, []).append(name)
    return found
