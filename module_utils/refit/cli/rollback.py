"""``rollback.sh SERVICE [VERSION]``: what the playbook does, on this one host.

Decisions and steps are the fleet's own: the host is a fleet of one.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable

from ..config.invocation import of_a_server
from ..config.secrets import masker_of
from ..config.service import Service
from ..core.answers import prose
from ..core.errors import ROLLBACK_YML, SERVER_SCRIPTS_YML, STATUS_YML, InvalidInput, RefitError, Step, lines_of
from ..core.masking import Masker
from ..core.system import System, real
from ..core.text_table import table
from ..core.timestamps import shown
from ..deploy.activation import Request, activate
from ..deploy.outcomes import ACTIVATED, FAILED, REFUSED, RESTORED, UNCHANGED
from ..deploy.survey import full_record, survey
from ..deploy.survey_record import live_in
from ..fleet import freeze, report
from ..fleet import steps as fleet_steps
from ..fleet.memory import Reachable, damaged_ledgers
from ..fleet.plan import FleetPlan, plan_rollback
from ..notify.config import NotifyConfig
from ..notify.notifier import in_words, is_trouble
from ..state import runs
from ..state.holds import Holds
from ..state.operation import ROLLBACK, Operation
from ..supervisors.registry import for_service
from ..words.reason import Reason, from_record
from ..words.sentence import said
from . import look
from .notify import called, from_etc
from .parser import CommandLine
from .terminal import answer, answer_json, say

OK, BUSY, RESTORED_CODE, NOT_RESTORED = 0, 5, 6, 7

EXIT_CODES = """\
exit codes:
  0  the service runs the target release and is proven healthy
  1  an unexpected error
  2  wrong usage, or the service's settings are wrong
  3  no release qualifies to go back to; or a deploy that ended half-way did not reach this host: name a VERSION
  4  the named version is not on this host, or not whole
  5  another run is at work here or has taken over, or a process holds a lock and does not let go
  6  the target failed its health check; what was live before is back and healthy
  7  the target failed its health check, and what was live before is NOT healthy
  8  a rollback was made less than 10 minutes ago (go back once more with --further)
"""

_SAID = {
    "mark_bad": "Marking {detail} as bad",
    "switch": "Switching to version {detail}",
    "reload": "Restarting {service} with {manager}",
    "wait": "Waiting for another run to end: {detail}",
    "restore_switch": "Health check failed. Restoring {detail}",
    "restore_reload": "Restarting {service} with {manager}",
    "prove_unchanged": "Version {detail} is live already; checking that it runs",
}
ATTEMPTS_SHOWN = 10
OTHERS_SHOWN = 10


def parser() -> argparse.ArgumentParser:
    """The command line of ``rollback.sh``."""
    found = CommandLine(
        prog="rollback.sh",
        description="Take a service on this host back to its previous proven release, or to VERSION.",
        epilog=EXIT_CODES,
        right_form="--help",
    )
    found.add_argument("service", metavar="SERVICE", help="such as backend")
    found.add_argument("version", metavar="VERSION", nargs="?", help="such as 20240127-120000")
    looks = found.add_mutually_exclusive_group()
    looks.add_argument("--status", action="store_true", help="show what runs, and what happened last; change nothing")
    looks.add_argument("--logs", action="store_true", help="show the end of the service's logs; change nothing")
    looks.add_argument("--list", action="store_true", help="show the releases, and which qualify; change nothing")
    looks.add_argument("--plan", action="store_true", help="show what would be done; change nothing")
    found.add_argument("--lines", type=_lines, default=50, metavar="N", help="of each log, with --logs (50)")
    found.add_argument("--further", action="store_true", help="go back once more, minutes after another rollback")
    found.add_argument("--reason", default="", type=prose, help="why, for the ledger and for Discord")
    found.add_argument("--wait", type=float, default=60.0, metavar="S", help="seconds to wait for another run (60)")
    found.add_argument("--json", action="store_true", help="print the result as JSON on standard output")
    found.add_argument("--no-notify", action="store_true", help="do not tell Discord")
    found.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    return found


def main(
    argv: list[str],
    etc: str,
    spool: str | None = None,
    system: System | None = None,
    on_step: Callable[[str, str], None] | None = None,
) -> int:
    """Run the command; returns one of the documented exit codes.

    Args:
        argv: the arguments as typed.
        etc: the directory of ``<service>.json`` and ``discord.json``.
        spool: where messages to Discord wait that cannot be delivered.
        on_step: also called before each step of the activation.

    Raises:
        RefitError: it could not be begun; its ``exit_code`` is the command's.
    """
    typed = argparse.Namespace(typed=tuple(argv))
    arguments = parser().parse_intermixed_args(argv, typed)  # VERSION also after options
    settings = load_settings(etc, arguments.service)
    run = _Run(arguments, Service.from_mapping(settings, arguments.service), masker_of(settings), etc, spool)
    try:
        return run.make(system or real(), on_step)
    except RefitError as error:
        error.change_texts(run.masker.hide)
        if error.steps:
            error.next_command, error.steps = "\n".join(next_lines(run.service.name, error)), ()
        raise


@dataclass(frozen=True)
class _Run:
    """What is asked for and where; *masker* hides what the service is handed in all that is said and told."""

    arguments: argparse.Namespace
    service: Service
    masker: Masker
    etc: str
    spool: str | None

    def make(self, system: System, on_step: Callable[[str, str], None] | None) -> int:
        arguments, service = self.arguments, self.service
        supervisor = for_service(service, system)
        if arguments.logs:
            look.logs(service, system, supervisor, self.masker, arguments.lines, arguments.json)
            return OK
        if arguments.status:
            self._warn_of_settings(system)
            look.status(service, system, supervisor, self.masker, arguments.json)
            return OK
        self._warn_of_settings(system)
        record = self.masker.hide_in(full_record(service, system, supervisor))
        here = {socket.gethostname(): record}
        if arguments.list:
            return _list(here, arguments)
        plan = plan_rollback(here, arguments.version, further=arguments.further, looks=arguments.plan)
        if arguments.plan:
            return _plan(plan, record, arguments)
        place = _Place.read(self.etc)
        _confirm(service, plan, arguments, place)
        request = _request(plan, arguments)
        speaker = Speaker(service, self.masker, on_step)
        for note in fleet_steps.notes_on(plan, here):
            say(note)
        left = plan.leaving or live_in(record) or "nothing"
        say(f"Rollback Start: {service.name} {left} -> {plan.target}")
        done = activate(service, system, supervisor, request, speaker.on_step, speaker.on_poll)
        outcome = self.masker.hide_in(done.to_record())
        code = _conclude(service, outcome, place)
        frozen = bool(survey(service, system).history.holds.freezes())
        if frozen:
            say(f"Deploys of {service.name} are frozen. When it is safe again:")
            say(f"  {command(service.name, freeze.LIFT)}")
        if not arguments.no_notify:
            lift = command(service.name, freeze.LIFT) if frozen else ""
            _notify(self.etc, self.spool, service, plan, outcome, code, self.masker.hide(arguments.reason), lift)
        if arguments.json:
            answer_json({"exit_code": code, "plan": plan.to_record(), "outcome": outcome})
        return code

    def _warn_of_settings(self, system: System) -> None:
        """Say where what this script knows of the service is not what it was deployed with last."""
        if survey(self.service, system).history.went_by_others(self.service.fingerprint):
            say(
                f"warning: {os.path.join(self.etc, self.service.name)}.json is not what the last deploy of "
                f"{self.service.name} went by, and this script goes by it. To bring it along:"
            )
            say(f"  {command(self.service.name, Step(SERVER_SCRIPTS_YML))}")


def _lines(text: str) -> int:
    count = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= count <= look.MOST_LINES:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {look.MOST_LINES}")
    return count


def load_service(etc: str, name: str) -> Service:
    """The service that ``<etc>/<name>.json`` describes.  Raises InvalidInput."""
    return Service.from_mapping(load_settings(etc, name), name)


def load_settings(etc: str, name: str) -> Any:
    """What ``<etc>/<name>.json`` holds.  Raises InvalidInput naming the services there are."""
    known: list[str] = []
    with _only_for_root(etc), suppress(FileNotFoundError):
        known = sorted(f[:-5] for f in os.listdir(etc) if f.endswith(".json") and f != "discord.json")
    if name not in known:
        raise InvalidInput(
            f"there is no service {name[:80]!r} on this host",
            where="known are: {}".format(", ".join(known) or "none in " + etc),
            next_command=this_script(known[0]) if known else f"{SERVER_SCRIPTS_YML}, from the workstation",
        )
    path = os.path.join(etc, name + ".json")
    try:
        with _only_for_root(path), open(path, encoding="utf-8") as handle:
            return json.load(handle)
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"the service's settings cannot be read: {error}", path, "install them again with the playbooks"
        ) from error


@contextmanager
def _only_for_root(path: str) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise InvalidInput("only root may read the settings", path, "run the same command with sudo") from error


def _request(plan: FleetPlan, arguments: argparse.Namespace) -> Request:
    owner = runs.owner()
    return Request(
        version=plan.targets[socket.gethostname()],
        operation=Operation(plan.number, ROLLBACK, runs.name_run(), owner, plan.target),
        kind=ROLLBACK,
        mark_bad=plan.leaving,
        reason=arguments.reason or Reason("rolled_back_by", owner=owner).to_record(),
        finish=True,
        lock_wait_s=arguments.wait,
    )


def this_script(*words: str) -> str:
    """The command that calls this script with *words*, as the person here would type it."""
    place = os.path.dirname(sys.argv[0]) if sys.argv[0].endswith(".pyz") else ""
    is_root = os.geteuid() == 0 and "SUDO_USER" not in os.environ
    return shlex.join([*([] if is_root else ["sudo"]), os.path.join(place, "rollback.sh"), *words])


def command(name: str, step: Step) -> str:
    """What does *step* for the service *name*: this script itself where it can."""
    if step.playbook == STATUS_YML:
        return this_script(name, "--list")
    if step.playbook == ROLLBACK_YML and not step.values.keys() - {"release_version", "rollback_further"}:
        further = ["--further"] if "rollback_further" in step.values else []
        return this_script(name, *filter(None, [step.values.get("release_version")]), *further)
    return "on the workstation, for the inventory with this server: " + of_a_server(name).write(step)


def next_lines(name: str, error: RefitError) -> list[str]:
    """What leads out of *error*, a line each; its commands are this script's where they can be."""
    return [*([str(error.next_command)] if error.next_command else []), *lines_of(error.steps, partial(command, name))]


def _list(here: Reachable, arguments: argparse.Namespace) -> int:
    (record,) = here.values()
    if arguments.json:
        answer_json(record)
        return OK
    rows = [["", "VERSION", "STATE", "PROVEN", "ROLLBACK TARGET"]]
    for release in record["releases"]:
        version = release["version"]
        mark = "*" if version == record["current"] else ""
        use = "yes" if release["qualifies"] else f"no: {from_record(release['why_not'])}"
        if version == record["current"]:
            use = "is live"
        rows.append([mark, version, release["state"], shown(release["verified_at"] or ""), use])
    freezes = Holds.from_record(record["holds"]).freezes()
    answer(
        [
            *table(rows),
            *_would_go_to(here, arguments),
            *("deploys are frozen " + freeze.describe(hold) for hold in freezes),
            *damaged_ledgers(here),
        ]
    )
    return OK


def _would_go_to(here: Reachable, arguments: argparse.Namespace) -> list[str]:
    """Where a rollback without a version would go now, or why it would be refused, as it itself decides."""
    try:
        return [f"rollback goes to: {plan_rollback(here, further=arguments.further).target}"]
    except RefitError as error:
        return [f"rollback goes to: nowhere: {error.what}. Next:", *next_lines(arguments.service, error)]


def _plan(plan: FleetPlan, record: Mapping[str, Any], arguments: argparse.Namespace) -> int:
    host = socket.gethostname()
    steps = fleet_steps.steps_of(plan, {host: record}, reason=arguments.reason or None)[host]
    if arguments.json:
        answer_json({"plan": plan.to_record(), "steps": steps})
    else:
        notes = fleet_steps.notes_on(plan, {host: record})
        said = report.render_plan(ROLLBACK, plan.target, {host: steps}, why=plan.why, notes=notes, at=f"[{host}] ")
        answer(said.split("\n"))
    return OK


@dataclass(frozen=True)
class _Place:
    """What this server is to people, as far as provisioning has left that here."""

    host: str
    environment: str = ""
    others: Sequence[str] = ()

    @classmethod
    def read(cls, etc: str) -> _Place:
        try:
            config = NotifyConfig.load(f"{etc}/discord.json")
        except RefitError:  # that is told where Discord is to be told of something
            return cls(socket.gethostname())
        return cls(called(config), config.environment or "", config.others)

    def left_out(self) -> str:
        """The other servers, in words that go on from "no other"; empty where none is known."""
        more = len(self.others) - OTHERS_SHOWN
        names = ", ".join(self.others[:OTHERS_SHOWN]) + (f" and {more} more" if more > 0 else "")
        return f": {names}" if names else ""


def _confirm(service: Service, plan: FleetPlan, arguments: argparse.Namespace, place: _Place) -> None:
    if arguments.yes or not sys.stdin or not sys.stdin.isatty():
        return
    at = f"[{place.environment}] " if place.environment else ""
    say("{}{} on {}: {} -> {} ({})".format(at, service.name, place.host, plan.leaving or "?", plan.target, plan.why))
    say(f"Only this server; no other is touched{place.left_out()}")
    say("Roll back now? [y/N] ", end="")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        unasked = this_script(*arguments.typed, "--yes")
        raise InvalidInput(
            "not confirmed, so nothing was changed", next_command=f"answer y, or do not be asked: {unasked}"
        )


class Speaker:
    """Says what a person at the terminal expects to read."""

    def __init__(self, service: Service, masker: Masker, other: Callable[[str, str], None] | None) -> None:
        self.service = service
        self.masker = masker
        self.other = other
        self.row_began_s = 0.0

    def on_step(self, name: str, detail: str) -> None:
        if name in _SAID:
            say(
                _SAID[name].format(
                    detail=detail,
                    service=self.service.name,
                    manager=self.service.manager.kind.upper(),
                )
            )
        if self.other is not None:
            self.other(name, detail)

    def on_poll(self, proof: Any) -> None:
        health = proof.to_record()["health"]
        attempt, good, needed = health["attempts"], health["consecutive"], health["needed"]
        if good > needed:
            return  # answers well; it is only watched whether it stays up
        failure = from_record(health["last_failure"]["detail"]) if health["last_failure"] else "not yet"
        said = f"UP, {good} of {needed} in a row" if good else failure
        say(self.masker.hide(f"Health check {attempt}/{max(ATTEMPTS_SHOWN, attempt)}: {said}"))
        if good == 1:
            self.row_began_s = proof.duration_s
        left_s = self.service.health.stable_s - (proof.duration_s - self.row_began_s)
        if good == needed and left_s >= 1:
            say(f"Watching it for {left_s:.0f} s more: it must stay up, and nothing may restart")


def _conclude(service: Service, outcome: Mapping[str, Any], place: _Place) -> int:
    result, reason = outcome["outcome"], said(outcome["reason"], "en")
    if result in (ACTIVATED, UNCHANGED):
        say("Rollback complete: {} runs {}, proven healthy".format(service.name, outcome["live"]))
        others = f"no other was looked at{place.left_out()}"
        say(f"This is one server of the service; {others} (on your workstation: playbooks/status.yml)")
        return OK
    if result == REFUSED:
        say(f"Rollback STOPPED: {reason}")
        return BUSY
    if result == RESTORED:
        say("Rollback FAILED: {}. Restored and proven: {}".format(reason, outcome["live"]))
        return RESTORED_CODE
    assert result == FAILED, result
    say(f"Rollback FAILED, and the service is NOT healthy: {reason}")
    say("  next, to see which other releases there are, and then name one of those:")
    say(f"    {this_script(service.name, '--list')}")
    return NOT_RESTORED


def _notify(
    etc: str,
    spool: str | None,
    service: Service,
    plan: FleetPlan,
    outcome: Mapping[str, Any],
    code: int,
    reason: str,
    lift: str,
) -> None:
    """Tell Discord; whatever comes of that never changes the rollback's result."""
    event = {OK: "rollback_succeeded", BUSY: None}.get(code, "rollback_failed")
    if event is None or (code == OK and (plan.leaves_nothing or outcome["outcome"] == UNCHANGED)):
        return
    try:
        notifier = from_etc(etc, spool)
        host = called(notifier.config)
        facts = {
            "service": service.name,
            "from_version": plan.leaving or "",
            "to_version": plan.target,
            "actor": runs.owner(),
            "alone": True,
            "hosts": [host],
            "duration_s": outcome["duration_s"],
            "reason": reason,
            "stopped": plan.stops,
            "frozen": lift,
            "failures": [_failure(host, outcome)] if code != OK else [],
        }
        result = notifier.send(event, facts)
    except RefitError as error:
        say(f"Discord was not told: {error}")
        return
    if is_trouble(result):
        say(in_words(result, notifier.config.language))


def _failure(host: str, outcome: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "host": host,
        "runs": outcome["live"],
        "check": outcome["failed_check"],
        "detail": outcome["reason"],
        "log_tail": outcome["log_tail"],
    }
