"""What every host's answer comes to, check by check.  Pure: answers in."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from ..core.build_info import BuildInfo
from ..core.errors import (
    DEPLOY_YML,
    HEALTH_CHECK_YML,
    PROVISION_YML,
    SAME_PLAYBOOK,
    SERVER_SCRIPTS_YML,
    Step,
)
from ..fleet import scripts
from ..fleet.way_back import WayBack, way_back
from ..state.signatures import Keyring
from ..words.reason import Reason, from_record
from .answer import Known

State = Literal["good", "bad", "unknown", "none"]
GOOD: Final = "good"
BAD: Final = "bad"
UNKNOWN: Final = "unknown"
NONE: Final = "none"

#: The checks of a host, in the order of the table's columns.
OF_A_HOST = ("release", "disk", "process", "boot", "scripts", "sudo", "outbox", "clock", "timer", "certificates")
MOST_APART_S = 2.0
_DAYS_LEFT = 14
_DAY_S = 86400


@dataclass(frozen=True)
class Fault:
    """What is wrong, and what to do: *steps* from the workstation, *by_hand* on the server that it is about."""

    why: Reason
    steps: tuple[Step, ...] = ()
    by_hand: str = ""


@dataclass(frozen=True)
class Cell:
    """What a check came to; *shown* stands beside its mark."""

    state: State
    faults: tuple[Fault, ...] = ()
    shown: str = ""

    @property
    def passes(self) -> bool:
        return self.state in (GOOD, NONE)


ALL_GOOD = Cell(GOOD)
NOTHING_THERE = Cell(NONE)
#: Of a host that said nothing, whose reason stands in the first of its cells.
NOT_KNOWN = Cell(UNKNOWN)


@dataclass(frozen=True)
class Site:
    """What the judgement goes by.

    Attributes:
        service: the service's name.
        here: the code of the controller, which the servers' scripts are compared with.
        scripts_dir: where ``rollback.sh`` is on the servers.
        unit: the service's own, where systemd runs it.
        user: whose PM2 runs it; empty where it is the person's own.
        now_s: the controller's clock.
        keyring: what tells what the site signed; None where it has no key.
    """

    service: str
    here: BuildInfo
    scripts_dir: str
    unit: str
    user: str
    now_s: float
    keyring: Keyring | None = None


def judge(known: Mapping[str, Known], site: Site) -> dict[str, dict[str, Cell]]:
    """Per host what each of :data:`OF_A_HOST` came to."""
    back = way_back({host: its.survey for host, its in known.items()}, site.keyring)
    return {host: _of_host(host, its, back, site) for host, its in known.items()}


def _of_host(host: str, known: Known, back: WayBack, site: Site) -> dict[str, Cell]:
    survey, examined = known.survey, known.examined
    if survey is None or examined is None:
        fault = Fault(known.why or Reason("no_answer"), (Step(SAME_PLAYBOOK, Reason("once_it_answers"), again=True),))
        return {**dict.fromkeys(OF_A_HOST, NOT_KNOWN), "release": Cell(UNKNOWN, (fault,))}
    return {
        "release": release_cell(host, survey, examined["compared"], back, site),
        "disk": _listed(examined["disk"], by_hand="df -h && df -i"),
        "process": process_cell(survey),
        "boot": boot_cell(examined["boot"], survey, site),
        "scripts": scripts_cell(survey, site.here),
        "sudo": _listed(examined["sudo"], (Step(PROVISION_YML, options=("--tags", "sudoers")),)),
        "outbox": outbox_cell(examined["outbox"], site.now_s),
        "clock": clock_cell(examined["clock"], known.asked),
        "timer": _listed(examined["timer"], (Step(SERVER_SCRIPTS_YML),)),
        "certificates": certificates_cell(examined["certificates"], site.now_s),
    }


def release_cell(
    host: str, survey: Mapping[str, Any], compared: Sequence[Mapping[str, Any]], back: WayBack, site: Site
) -> Cell:
    """Whether a rollback would take the host somewhere now, and find there what was staged once.

    A service that never had a release but the one that is live has nothing that was lost.
    """
    found = _release_cell(host, survey, compared, back, site)
    changed = tuple(
        Fault(
            Reason("release_was_changed", version=release["version"], why=from_record(release["why_not"])),
            by_hand=_list(site),
        )
        for release in survey["releases"]
        if release["proven"] and release["state"] == "damaged" and release["why_not"] is not None
    )
    return Cell(BAD, (*found.faults, *changed), found.shown) if changed else found


def _release_cell(
    host: str, survey: Mapping[str, Any], compared: Sequence[Mapping[str, Any]], back: WayBack, site: Site
) -> Cell:
    target = back.targets.get(host)
    if target is None and [release["version"] for release in survey["releases"]] == [survey["current"]]:
        return NOTHING_THERE
    if target is None:
        why = back.refused or Reason("nothing_to_go_back_to")
        another = Step(
            DEPLOY_YML,
            Reason("to_have_one_to_go_back_to"),
            {"release_version": Reason("placeholder_version"), "release_artifact": "PATH_OR_URL"},
        )
        # What the refusal names are ways to roll back all the same.
        return Cell(BAD, (Fault(why, (*(back.steps if back.refused else ()), another)),))
    if back.for_now and back.refused:
        return Cell(BAD, (Fault(back.refused, tuple(back.steps)),), target)
    found = {each["version"]: each["damage"] for each in compared}
    if target not in found:
        return Cell(UNKNOWN, (Fault(Reason("target_not_compared", version=target), by_hand=_list(site)),), target)
    if found[target] is not None:
        why = Reason("target_is_not_whole", version=target, why=from_record(found[target]))
        return Cell(BAD, (Fault(why, by_hand=_list(site)),), target)
    return Cell(GOOD, shown=target)


def _list(site: Site) -> str:
    """What shows on a server which releases there are, and what is wrong with them."""
    return "sudo {}/rollback.sh {} --list".format(shlex.quote(site.scripts_dir), site.service)


def process_cell(survey: Mapping[str, Any]) -> Cell:
    """Whether what is live runs and is well: else a rollback cannot be told from what it finds."""
    running = survey.get("running")
    if running is None:
        return NOT_KNOWN
    if running["healthy"]:
        return ALL_GOOD
    failure = running.get("failure")
    why = from_record(failure["detail"]) if failure else Reason("manager_says", status=running["status"])
    return Cell(BAD, (Fault(why, (Step(HEALTH_CHECK_YML),)),))


def boot_cell(faults: Sequence[Any] | None, survey: Mapping[str, Any], site: Site) -> Cell:
    """Whether the service runs again after its server was restarted."""
    if survey.get("process_manager") == "systemd":
        return _listed(faults, by_hand=f"systemctl enable {shlex.quote(site.unit)}")
    if [from_record(each).code for each in faults or ()] == ["not_on_pm2s_list"]:
        return _listed(faults, by_hand=f"sudo -iu {shlex.quote(site.user)} pm2 save" if site.user else "pm2 save")
    return _listed(faults, (Step(PROVISION_YML, options=("--tags", "pm2")),))


def scripts_cell(survey: Mapping[str, Any], here: BuildInfo) -> Cell:
    """Whether ``rollback.sh`` is there, of the controller's version, and knows what the last deploy went by."""
    install = (Step(SERVER_SCRIPTS_YML),)
    standing = scripts.standing(survey, here)
    faults = []
    if standing == scripts.ABSENT:
        faults.append(Fault(Reason("scripts_absent"), install))
    elif standing != scripts.SAME:
        # Installed from here, newer scripts would become older ones.
        why = Reason("scripts_are_newer" if standing == scripts.NEWER else "scripts_are_others", version=here.version)
        faults.append(Fault(why, install))
    if survey.get("other_settings"):
        faults.append(Fault(Reason("scripts_settings_differ"), install))
    return Cell(BAD, tuple(faults)) if faults else ALL_GOOD


def outbox_cell(outbox: Mapping[str, Any], now_s: float) -> Cell:
    """Whether all messages were delivered."""
    if outbox["failure"] is not None:
        return Cell(UNKNOWN, (Fault(from_record(outbox["failure"])),))
    if not outbox["count"]:
        return ALL_GOOD
    why = messages_wait(outbox["count"], outbox["since"], now_s)
    return Cell(BAD, (Fault(why, by_hand="journalctl -u refit-outbox.service -n 20"),))


def messages_wait(count: int, since: float | None, now_s: float) -> Reason:
    """That *count* messages wait, and how long the first of them has; *since* and *now_s* are seconds since the epoch,
    and *since* None where that is not known."""
    return Reason("messages_wait", count=count, age=0.0 if since is None else max(0.0, now_s - since))


def clock_cell(clock: Mapping[str, float], asked: Mapping[str, float] | None) -> Cell:
    """Whether the host's clock is that of the controller, as far as the time tells that the answer took.

    What lies between asking and the host's first look is mostly the start there, and may be long; from its last look
    to the answer there is not much.  So the host is ahead by at least *least*, and hardly more.
    """
    if asked is None:
        return NOT_KNOWN
    least, most = clock["ended"] - asked["answered"], clock["begun"] - asked["at"]
    check = "timedatectl"
    if least > most:  # its clock, or ours, was set meanwhile
        return Cell(UNKNOWN, (Fault(Reason("clock_was_set"), by_hand=check),))
    if least > MOST_APART_S:
        return Cell(BAD, (Fault(Reason("clock_ahead", seconds=round(least, 1)), by_hand=check),))
    if most < -MOST_APART_S:
        return Cell(BAD, (Fault(Reason("clock_behind", seconds=round(-most, 1)), by_hand=check),))
    if least < -MOST_APART_S:
        why = Reason("clock_unclear", most=round(-least, 1))
        return Cell(UNKNOWN, (Fault(why, by_hand=check),))
    return ALL_GOOD


def certificates_cell(certificates: Sequence[Mapping[str, Any]], now_s: float) -> Cell:
    """Whether the service can be asked for its health still in two weeks."""
    if not certificates:
        return NOTHING_THERE
    faults = []
    for each in certificates:
        address = each["address"]
        look = "openssl s_client -connect {} </dev/null | openssl x509 -noout -dates".format(address)
        if each["failure"] is not None or each["expires"] is None:
            why = from_record(each["failure"]) if each["failure"] is not None else Reason("not_given")
            faults.append(Fault(Reason("certificate_unusable", address=address, why=why), by_hand=look))
            continue
        days = (each["expires"] - now_s) / _DAY_S
        if days < _DAYS_LEFT:
            why = Reason("certificate_ends", address=address, days=max(0, int(days)))
            faults.append(Fault(why, by_hand=look))
    return Cell(BAD, tuple(faults)) if faults else ALL_GOOD


def _listed(faults: Sequence[Any] | None, steps: tuple[Step, ...] = (), by_hand: str = "") -> Cell:
    """What a host judged itself."""
    if faults is None:
        return NOTHING_THERE
    found = tuple(Fault(from_record(each), steps, by_hand) for each in faults)
    return Cell(BAD, found) if found else ALL_GOOD
