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
from typing import Any

from ..config.invocation import of_a_server
from ..config.secrets import masker_of
from ..config.service import Service
from ..core.answers import prose
from ..core.errors import (
    ROLLBACK_YML,
    SERVER_SCRIPTS_YML,
    STATUS_YML,
    InvalidInput,
    RefitError,
    Step,
    lines_of,
    why_failed,
)
from ..core.masking import Masker
from ..core.system import System, real
from ..core.text_table import table
from ..deploy.activation import OnStep, Request, activate
from ..deploy.outcomes import ACTIVATED, FAILED, REFUSED, RESTORED, UNCHANGED
from ..deploy.survey import full_record, survey
from ..deploy.survey_record import live_in
from ..fleet import freeze, report
from ..fleet import steps as fleet_steps
from ..fleet.announcement import compared
from ..fleet.memory import Reachable, damaged_ledgers
from ..fleet.plan import FleetPlan, plan_rollback
from ..notify.config import NotifyConfig
from ..notify.notifier import in_words, is_trouble
from ..state import runs
from ..state.holds import Holds
from ..state.operation import ROLLBACK, Operation
from ..supervisors.registry import for_service
from ..words.reason import Reason, from_record
from . import look
from .notify import called, from_etc
from .parser import CommandLine
from .terminal import Voice, answer, answer_json, language_at, say

OK, BUSY, RESTORED_CODE, NOT_RESTORED = 0, 5, 6, 7
SCRIPT = "rollback.sh"
#: What a script is given so that it only looks; the others do so without.
_LOOKS = {SCRIPT: ("--status",)}

EXIT_CODES = (
    (0, Reason("rollback_exit_0")),
    (1, Reason("exit_unexpected")),
    (2, Reason("rollback_exit_2")),
    (3, Reason("rollback_exit_3")),
    (4, Reason("rollback_exit_4")),
    (5, Reason("rollback_exit_5")),
    (6, Reason("rollback_exit_6")),
    (7, Reason("rollback_exit_7")),
    (8, Reason("rollback_exit_8")),
)

_STEPS = {
    "mark_bad": "step_mark_bad",
    "switch": "step_switch",
    "reload": "step_reload",
    "wait": "step_wait",
    "restore_switch": "step_restore",
    "restore_reload": "step_reload",
    "prove_unchanged": "step_prove_unchanged",
}
_STATES = {
    "staged": "state_staged",
    "activated": "state_activated",
    "verified": "state_verified",
    "failed": "state_failed",
    "rolled_back": "state_rolled_back",
    "bad": "state_bad",
    "unproven": "state_unproven",
    "damaged": "state_damaged",
    "missing": "state_missing",
}
# Also what the key of the y gives where the keyboard writes Korean.
_YES = ("y", "yes", "ㅛ", "예", "네")
# Settings that are no service's.
NO_SERVICES = ("discord.json", "escalation.json")
ATTEMPTS_SHOWN = 10
OTHERS_SHOWN = 10


def parser(language: str) -> argparse.ArgumentParser:
    """The command line of ``rollback.sh``."""
    found = CommandLine(SCRIPT, Reason("rollback_does"), EXIT_CODES, "--help", language)
    words = found.words
    found.add_argument("service", metavar="SERVICE", help=words(Reason("help_service")))
    found.add_argument("version", metavar="VERSION", nargs="?", help=words(Reason("help_target")))
    looks = found.add_mutually_exclusive_group()
    looks.add_argument("--status", action="store_true", help=words(Reason("help_status")))
    looks.add_argument("--logs", action="store_true", help=words(Reason("help_logs")))
    looks.add_argument("--list", action="store_true", help=words(Reason("help_list")))
    looks.add_argument("--plan", action="store_true", help=words(Reason("help_plan")))
    found.add_argument("--lines", type=_lines, default=50, metavar="N", help=words(Reason("help_lines")))
    found.add_argument("--further", action="store_true", help=words(Reason("help_further")))
    found.add_argument("--reason", default="", type=prose, help=words(Reason("help_reason")))
    found.add_argument("--wait", type=float, default=60.0, metavar="S", help=words(Reason("help_wait")))
    found.add_argument("--json", action="store_true", help=words(Reason("help_json")))
    found.add_argument("--no-notify", action="store_true", help=words(Reason("help_no_notify")))
    found.add_argument("--yes", action="store_true", help=words(Reason("help_yes")))
    return found


def main(
    argv: list[str],
    etc: str,
    spool: str | None = None,
    system: System | None = None,
    on_step: OnStep | None = None,
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
    voice = Voice(language_at(etc))
    arguments = parser(voice.language).parse_intermixed_args(argv, typed)  # VERSION also after options
    settings = load_settings(etc, arguments.service)
    run = _Run(arguments, Service.from_mapping(settings, arguments.service), masker_of(settings), etc, spool, voice)
    try:
        return run.make(system or real(), on_step)
    except RefitError as error:
        error.change_texts(run.masker.hide)
        if error.steps:
            error.next_command, error.steps = "\n".join(next_lines(run.service.name, error, voice)), ()
        raise


@dataclass(frozen=True)
class _Run:
    """What is asked for and where; *masker* hides what the service is handed in all that is said and told."""

    arguments: argparse.Namespace
    service: Service
    masker: Masker
    etc: str
    spool: str | None
    voice: Voice

    def make(self, system: System, on_step: OnStep | None) -> int:
        arguments, service, voice = self.arguments, self.service, self.voice
        supervisor = for_service(service, system)
        if arguments.logs:
            look.logs(service, system, supervisor, self.masker, arguments.lines, arguments.json, voice)
            return OK
        if arguments.status:
            self._warn_of_settings(system)
            look.status(service, system, supervisor, self.masker, arguments.json, voice)
            return OK
        self._warn_of_settings(system)
        record = self.masker.hide_in(full_record(service, system, supervisor))
        here = {socket.gethostname(): record}
        if arguments.list:
            return _list(here, arguments, voice)
        plan = plan_rollback(here, arguments.version, further=arguments.further, looks=arguments.plan)
        if arguments.plan:
            return _plan(plan, record, arguments, voice)
        place = _Place.read(self.etc)
        _confirm(service, plan, arguments, place, voice)
        request = _request(plan, arguments)
        speaker = Speaker(service, self.masker, on_step, voice)
        for note in fleet_steps.notes_on(plan, here):
            voice.tell(note)
        left = plan.leaving or live_in(record) or Reason("nothing")
        voice.tell(Reason("rollback_begins", service=service.name, left=left, target=plan.target))
        done = activate(service, system, supervisor, request, speaker.on_step, speaker.on_poll)
        outcome = self.masker.hide_in(done.to_record())
        code = _conclude(service, outcome, place, voice)
        frozen = bool(survey(service, system).history.holds.freezes())
        if frozen:
            voice.tell(Reason("frozen_until_safe", service=service.name))
            say(f"  {command(service.name, voice, freeze.LIFT)}")
        if not arguments.no_notify:
            lift = command(service.name, voice, freeze.LIFT) if frozen else ""
            told = {
                "reason": self.masker.hide(arguments.reason),
                "frozen": lift,
                "compare": compared(here, [plan.leaving], [plan.target]),
            }
            _notify(self.etc, self.spool, service, plan, outcome, code, told, voice)
        if arguments.json:
            answer_json({"exit_code": code, "plan": plan.to_record(), "outcome": outcome})
        return code

    def _warn_of_settings(self, system: System) -> None:
        """Say where what this script knows of the service is not what it was deployed with last."""
        if survey(self.service, system).history.went_by_others(self.service.fingerprint):
            path = os.path.join(self.etc, self.service.name) + ".json"
            self.voice.tell(Reason("by_other_settings", path=path, service=self.service.name))
            say(f"  {command(self.service.name, self.voice, Step(SERVER_SCRIPTS_YML))}")


def _lines(text: str) -> int:
    count = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= count <= look.MOST_LINES:
        wrong = Reason("no_number_up_to", text=text, most=look.MOST_LINES)
        raise InvalidInput(Reason("argument_wrong", name="--lines", why=wrong), next_command="rollback.sh --help")
    return count


def load_service(etc: str, name: str, script: str = SCRIPT) -> Service:
    """The service that ``<etc>/<name>.json`` describes, for *script*.  Raises InvalidInput."""
    return Service.from_mapping(load_settings(etc, name, script), name)


def load_settings(etc: str, name: str, script: str = SCRIPT) -> Any:
    """What ``<etc>/<name>.json`` holds.  Raises InvalidInput naming the services there are, for *script*."""
    known: list[str] = []
    with _only_for_root(etc), suppress(FileNotFoundError):
        known = sorted(f[:-5] for f in os.listdir(etc) if f.endswith(".json") and f not in NO_SERVICES)
    if name not in known:
        raise InvalidInput(
            Reason("no_such_service", name=name[:80]),
            where=Reason("known_services", names=known) if known else Reason("no_services_in", directory=etc),
            next_command=this_script(known[0], *_LOOKS.get(script, ()), script=script)
            if known
            else Reason("from_the_workstation", playbook=SERVER_SCRIPTS_YML),
        )
    path = os.path.join(etc, name + ".json")
    try:
        with _only_for_root(path), open(path, encoding="utf-8") as handle:
            return json.load(handle)
    except (OSError, ValueError) as error:
        raise InvalidInput(
            Reason("settings_unreadable", why=why_failed(error)), path, Reason("install_settings_again")
        ) from error


@contextmanager
def _only_for_root(path: str) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise InvalidInput(Reason("settings_only_for_root"), path, Reason("use_sudo")) from error


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


def this_script(*words: str, script: str = SCRIPT) -> str:
    """The command that calls this script, or *script* beside it, with *words*, as the person here would type it."""
    place = os.path.dirname(sys.argv[0]) if sys.argv[0].endswith(".pyz") else ""
    is_root = os.geteuid() == 0 and "SUDO_USER" not in os.environ
    return shlex.join([*([] if is_root else ["sudo"]), os.path.join(place, script), *words])


def command(name: str, voice: Voice, step: Step) -> str:
    """What does *step* for the service *name*: this script itself where it can."""
    if step.playbook == STATUS_YML:
        return this_script(name, "--list")
    if step.playbook == ROLLBACK_YML and not step.values.keys() - {"release_version", "rollback_further"}:
        further = ["--further"] if "rollback_further" in step.values else []
        return this_script(name, *filter(None, [str(step.values.get("release_version") or "")]), *further)
    return voice.words(Reason("on_the_workstation", command=of_a_server(name, voice.language).write(step)))


def next_lines(name: str, error: RefitError, voice: Voice) -> list[str]:
    """What leads out of *error*, a line each; its commands are this script's where they can be."""
    first = [voice.words(error.next_command)] if error.next_command else []
    return [*first, *lines_of(error.steps, partial(command, name, voice), voice.language)]


def _list(here: Reachable, arguments: argparse.Namespace, voice: Voice) -> int:
    (record,) = here.values()
    if arguments.json:
        answer_json(record)
        return OK
    rows: list[list[Any]] = [
        [
            "",
            Reason("column_version"),
            Reason("column_state"),
            Reason("column_proven"),
            Reason("column_target"),
        ]
    ]
    for release in record["releases"]:
        is_live = release["version"] == record["current"]
        why_not = Reason("does_not_qualify", why=from_record(release["why_not"] or ""))
        use = Reason("is_live") if is_live else Reason("qualifies") if release["qualifies"] else why_not
        proven = Reason("proven_at", at=release["verified_at"]) if release["verified_at"] else ""
        state = Reason(_STATES[release["state"]]) if release["state"] in _STATES else release["state"]
        rows.append(["*" if is_live else "", release["version"], state, proven, use])
    freezes = Holds.from_record(record["holds"]).freezes()
    more = [Reason("deploys_are_frozen_by", by=freeze.describe(hold)) for hold in freezes]
    answer(
        [
            *table([[voice.words(cell) for cell in row] for row in rows]),
            *_would_go_to(here, arguments, voice),
            *map(voice.words, [*more, *damaged_ledgers(here)]),
        ]
    )
    return OK


def _would_go_to(here: Reachable, arguments: argparse.Namespace, voice: Voice) -> list[str]:
    """Where a rollback without a version would go now, or why it would be refused, as it itself decides."""
    try:
        target = plan_rollback(here, further=arguments.further).target
    except RefitError as error:
        nowhere = voice.words(Reason("goes_nowhere", what=error.what))
        return [nowhere, *next_lines(arguments.service, error, voice)]
    return [voice.words(Reason("goes_to", target=target))]


def _plan(plan: FleetPlan, record: Mapping[str, Any], arguments: argparse.Namespace, voice: Voice) -> int:
    host = socket.gethostname()
    steps = fleet_steps.steps_of(plan, {host: record}, reason=arguments.reason or None)[host]
    if arguments.json:
        answer_json({"plan": plan.to_record(), "steps": [step.to_record() for step in steps]})
    else:
        notes = fleet_steps.notes_on(plan, {host: record})
        told = report.render_plan(
            ROLLBACK, plan.target, {host: steps}, None, plan.why, notes, f"[{host}] ", voice.language
        )
        answer(told.split("\n"))
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

    def left_out(self) -> Reason | None:
        """The other servers; None where none is known."""
        more = len(self.others) - OTHERS_SHOWN
        named = Reason("hosts", hosts=list(self.others[:OTHERS_SHOWN]))
        return Reason("hosts_and_more", hosts=named, more=more) if more > 0 else named if self.others else None


def _confirm(service: Service, plan: FleetPlan, arguments: argparse.Namespace, place: _Place, voice: Voice) -> None:
    if arguments.yes or not sys.stdin or not sys.stdin.isatty():
        return
    at = f"[{place.environment}] " if place.environment else ""
    left = plan.leaving or "?"
    asked = Reason(
        "would_roll_back", service=service.name, host=place.host, left=left, target=plan.target, why=plan.why
    )
    say(at + voice.words(asked))
    voice.tell(Reason("only_this_server", others=place.left_out()))
    voice.tell(Reason("roll_back_now"), end=" [y/N] ")
    if sys.stdin.readline().strip().lower() not in _YES:
        unasked = this_script(*arguments.typed, "--yes")
        raise InvalidInput(Reason("not_confirmed"), next_command=Reason("answer_y", command=unasked))


class Speaker:
    """Says what a person at the terminal expects to read."""

    def __init__(self, service: Service, masker: Masker, other: OnStep | None, voice: Voice) -> None:
        self.service = service
        self.masker = masker
        self.other = other
        self.voice = voice
        self.row_began_s = 0.0

    def on_step(self, name: str, detail: Reason | str) -> None:
        if name in _STEPS:
            manager = self.service.manager.kind.upper()
            self.voice.tell(Reason(_STEPS[name], detail=detail, service=self.service.name, manager=manager))
        if self.other is not None:
            self.other(name, detail)

    def on_poll(self, proof: Any) -> None:
        health = proof.to_record()["health"]
        attempt, good, needed = health["attempts"], health["consecutive"], health["needed"]
        if good > needed:
            return  # answers well; it is only watched whether it stays up
        failure = health["last_failure"]
        state = from_record(failure["detail"]) if failure else Reason("not_answered_yet")
        if good:
            state = Reason("up_in_a_row", good=good, needed=needed)
        most = max(ATTEMPTS_SHOWN, attempt)
        told = self.voice.words(Reason("health_check_of", attempt=attempt, most=most, state=state))
        say(self.masker.hide(told))
        if good == 1:
            self.row_began_s = proof.duration_s
        left_s = self.service.health.stable_s - (proof.duration_s - self.row_began_s)
        if good == needed and left_s >= 1:
            self.voice.tell(Reason("watching_for", seconds=left_s))


def _conclude(service: Service, outcome: Mapping[str, Any], place: _Place, voice: Voice) -> int:
    result, why = outcome["outcome"], from_record(outcome["reason"] or "")
    if result in (ACTIVATED, UNCHANGED):
        voice.tell(Reason("rollback_complete", service=service.name, live=outcome["live"]))
        voice.tell(Reason("one_server_only", others=place.left_out()))
        return OK
    if result == REFUSED:
        voice.tell(Reason("rollback_stopped", why=why))
        return BUSY
    if result == RESTORED:
        voice.tell(Reason("rollback_restored", why=why, live=outcome["live"]))
        return RESTORED_CODE
    assert result == FAILED, result
    voice.tell(Reason("rollback_failed", why=why))
    say("  " + voice.words(Reason("see_then_name")))
    say(f"    {this_script(service.name, '--list')}")
    return NOT_RESTORED


def _notify(
    etc: str,
    spool: str | None,
    service: Service,
    plan: FleetPlan,
    outcome: Mapping[str, Any],
    code: int,
    told: Mapping[str, Any],
    voice: Voice,
) -> None:
    """Tell Discord, with the facts *told* besides; whatever comes of that never changes the rollback's result."""
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
            "stopped": plan.stops,
            "failures": [_failure(host, outcome)] if code != OK else [],
            "commands": [this_script(service.name, "--list")] if code == NOT_RESTORED else [],
            **told,
        }
        result = notifier.send(event, facts)
    except RefitError as error:
        voice.tell(Reason("discord_not_told", why=error.reason))
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
