"""``incident.sh SERVICE [ACTION] [INCIDENT]``: what ``playbooks/incident.yml`` does, with what this server knows.

Other servers learn of it with the next command from a workstation.  A number that is given here has this server's
letter behind it, since nobody is asked whether it is free.
"""

from __future__ import annotations

import argparse
import json
import socket
from collections.abc import Mapping
from typing import Any

from ..config.invocation import of_a_server
from ..core.answers import prose
from ..core.errors import INCIDENT_YML, InvalidInput, RefitError, Step, lines_of, why_failed
from ..core.system import System, real
from ..incidents import actions
from ..incidents.actions import Asked, Author
from ..incidents.copies import plan_incident
from ..incidents.events import SEVERITIES
from ..incidents.numbers import letter_of
from ..incidents.policy import Policy, read_policy
from ..incidents.report import Reader
from ..incidents.store import IncidentStore
from ..notify.config import NotifyConfig
from ..notify.discord_delivery import QUEUED, SENT
from ..notify.notifier import in_words as told_in_words
from ..notify.notifier import is_trouble
from ..state import runs
from ..words.reason import Reason
from .notify import called, from_etc
from .parser import CommandLine
from .rollback import load_service, this_script
from .terminal import Voice, answer, language_at, say

OK = 0
SCRIPT = "incident.sh"
ESCALATION = "escalation.json"

EXIT_CODES = (
    (0, Reason("incident_exit_0")),
    (1, Reason("exit_unexpected")),
    (2, Reason("incident_exit_2")),
    (5, Reason("incident_exit_5")),
)
# By which option each variable of the playbook is given here.
_OPTIONS = {"incident_reason": "--reason", "incident_severity": "--severity", "incident_minutes": "--minutes"}


def parser(language: str) -> argparse.ArgumentParser:
    """The command line of ``incident.sh``."""
    found = CommandLine(SCRIPT, Reason("incident_does"), EXIT_CODES, "--help", language)
    words = found.words
    about_action = words(Reason("help_incident_action", actions=list(actions.ACTIONS)))
    found.add_argument("service", metavar="SERVICE", help=words(Reason("help_service")))
    found.add_argument(
        "action", metavar="ACTION", nargs="?", choices=actions.ACTIONS, default=actions.LIST, help=about_action
    )
    found.add_argument("number", metavar="INCIDENT", nargs="?", default="", help=words(Reason("help_incident_number")))
    found.add_argument(
        "--severity", choices=SEVERITIES, default="", type=str.upper, help=words(Reason("help_incident_severity"))
    )
    found.add_argument("--reason", default="", type=prose, help=words(Reason("help_incident_reason")))
    found.add_argument(
        "--minutes", default=0.0, type=_minutes, metavar="MIN", help=words(Reason("help_incident_minutes"))
    )
    found.add_argument("--no-notify", action="store_true", help=words(Reason("help_no_notify")))
    return found


def _minutes(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        wrong = Reason("must_be_any_number", value=text)
        raise InvalidInput(
            Reason("argument_wrong", name="--minutes", why=wrong), next_command=f"{SCRIPT} --help"
        ) from error


def main(argv: list[str], etc: str, spool: str | None = None, system: System | None = None) -> int:
    """Run the command; returns one of the documented exit codes.

    Raises:
        RefitError: it could not be done; its ``exit_code`` is the command's.
    """
    voice = Voice(language_at(etc))
    arguments = parser(voice.language).parse_intermixed_args(argv)
    world = system or real()
    service = load_service(etc, arguments.service, SCRIPT)
    config, policy = NotifyConfig.load(f"{etc}/discord.json"), load_policy(etc)
    store, now, host = IncidentStore(service.state_dir, world.clock), world.clock.now(), called(config)
    asked = Asked(
        arguments.action,
        service.name,
        number=arguments.number,
        why=arguments.reason,
        severity=arguments.severity,
        minutes=arguments.minutes,
    )

    def write(step: Step) -> str:
        return command(asked, voice, step)

    # Without others it is all of the fleet there is, and its numbers are everybody's.
    letter = letter_of(host, config.others) if config.others else ""
    author = Author(runs.owner(), host, now, letter)
    reader = Reader(voice.language, write, now, f"[{socket.gethostname()}] ")
    try:
        plan = plan_incident(asked, {host: store.read()}, policy, author, reader)
    except RefitError as error:
        if error.steps:
            error.next_command, error.steps = "\n".join(lines_of(error.steps, write, voice.language)), ()
        raise
    store.learn(plan.news.get(host, []), claims=plan.claims is not None)
    if not arguments.no_notify:
        for telling in plan.told:
            if _tell(etc, spool, telling.event, telling.facts, voice):
                store.learn(telling.then)
    answer(plan.report.splitlines())
    return OK


def load_policy(etc: str) -> Policy:
    """The policy that provisioning has left; the team's table where it has left none.  Raises InvalidInput."""
    path = f"{etc}/{ESCALATION}"
    try:
        with open(path, encoding="utf-8") as file:
            return read_policy(json.load(file))
    except FileNotFoundError:
        return read_policy({})
    except (OSError, ValueError) as error:
        raise InvalidInput(
            Reason("escalation_unreadable", why=why_failed(error)), path, Reason("install_settings_again")
        ) from error


def command(asked: Asked, voice: Voice, step: Step) -> str:
    """What does *step* after *asked*: this script itself where it can."""
    if step.playbook != INCIDENT_YML:
        return voice.words(Reason("on_the_workstation", command=of_a_server(asked.service, voice.language).write(step)))
    given: dict[str, Any] = {}
    if step.again:
        given = {"incident_reason": asked.why, "incident_severity": asked.severity, "incident_minutes": asked.minutes}
    told = {name: _typed(value, voice) for name, value in {**given, **step.values}.items() if value}
    action = told.get("incident_action", asked.action if step.again else actions.LIST)
    number = told.get("incident_id", asked.number if step.again else "")
    options = [word for name, option in _OPTIONS.items() if name in told for word in (option, told[name])]
    return this_script(asked.service, action, *([number] if number else []), *options, script=SCRIPT)


def _typed(value: Any, voice: Voice) -> str:
    """*value* as it is typed; of a reason what a person has to put there."""
    return voice.words(value) if isinstance(value, Reason) else f"{value:g}" if isinstance(value, float) else str(value)


def _tell(etc: str, spool: str | None, event: str, facts: Mapping[str, Any], voice: Voice) -> bool:
    """Tell Discord; says whether the message is on its way.  Whatever comes of that changes nothing that was done."""
    try:
        notifier = from_etc(etc, spool)
        result = notifier.send(event, facts)
    except RefitError as error:
        voice.tell(Reason("discord_not_told", why=error.reason))
        return False
    if is_trouble(result):
        say(told_in_words(result, voice.language))
    return result["status"] in (SENT, QUEUED)
