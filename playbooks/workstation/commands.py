"""What ``refit`` knows: each word stands for a playbook, each option for one of its variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from refit.core.errors import (
    DEPLOY_YML,
    FREEZE_YML,
    HEALTH_CHECK_YML,
    INCIDENT_YML,
    NOTIFY_YML,
    PREFLIGHT_YML,
    PROVISION_YML,
    RESUME_YML,
    ROLLBACK_YML,
    SERVER_SCRIPTS_YML,
    STATUS_YML,
)
from refit.incidents.actions import ACTIONS
from refit.incidents.events import SEVERITIES
from refit.notify.events import ALERTS, EVENTS, INCIDENTS


@dataclass(frozen=True)
class Value:
    """A word, or an option where its name begins with ``--``, that becomes a variable of the playbook.

    Attributes:
        name: as typed.
        variable: the playbook's.
        needed: whether the command means nothing without it.
        known: what it may be, where that is a list.
        is_switch: it is given or not, and has no value.
        called: what its value is called in help, where not after itself.
    """

    name: str
    variable: str
    needed: bool = False
    known: tuple[str, ...] = ()
    is_switch: bool = False
    called: str = ""

    @property
    def is_option(self) -> bool:
        return self.name.startswith("--")


@dataclass(frozen=True)
class Command:
    """What one word of ``refit`` runs, and what may follow it."""

    playbook: str
    values: tuple[Value, ...] = ()

    @property
    def words(self) -> tuple[Value, ...]:
        """Those that are told by their place."""
        return tuple(value for value in self.values if not value.is_option)

    @property
    def options(self) -> dict[str, Value]:
        return {value.name: value for value in self.values if value.is_option}


_DISTRUST = Value("--distrust", "distrust", called="HOST[,HOST]")

COMMANDS: Mapping[str, Command] = {
    "status": Command(STATUS_YML),
    "health": Command(
        HEALTH_CHECK_YML,
        (
            Value("--fail-on", "fail_on", known=("P0", "P1", "P2", "never"), called="GRADE"),
            Value("--window", "probe_window_s", called="S"),
            Value("--act", "act", is_switch=True),
        ),
    ),
    "check": Command(PREFLIGHT_YML),
    "rollback": Command(
        ROLLBACK_YML,
        (
            Value("VERSION", "release_version"),
            Value("--reason", "rollback_reason", called="WHY"),
            Value("--further", "rollback_further", is_switch=True),
            Value("--allow-divergent", "rollback_allow_divergent", is_switch=True),
            _DISTRUST,
        ),
    ),
    "deploy": Command(
        DEPLOY_YML,
        (
            Value("VERSION", "release_version", needed=True),
            Value("ARTIFACT", "release_artifact", needed=True),
            Value("--sha256", "release_sha256"),
            Value("--git-sha", "release_git_sha", called="COMMIT"),
            Value("--override-freeze", "deploy_override_freeze", called="WHY"),
            Value("--wait", "operation_wait_s", called="S"),
            _DISTRUST,
        ),
    ),
    "freeze": Command(FREEZE_YML, (Value("--reason", "freeze_reason", needed=True, called="WHY"), _DISTRUST)),
    "resume": Command(RESUME_YML, (Value("--reason", "resume_reason", needed=True, called="WHY"), _DISTRUST)),
    "incident": Command(
        INCIDENT_YML,
        (
            Value("ACTION", "incident_action", known=ACTIONS),
            Value("INCIDENT", "incident_id"),
            Value("--reason", "incident_reason", called="WHY"),
            Value("--severity", "incident_severity", known=SEVERITIES),
            Value("--minutes", "incident_minutes", called="MIN"),
        ),
    ),
    "notify": Command(
        NOTIFY_YML,
        (
            Value("EVENT", "notify_event", needed=True, known=tuple(EVENTS)),
            Value("--message", "notify_message", called="TEXT"),
            Value("--severity", "notify_severity", known=("P0", "P1", "P2", "OK", "INFO", "UNKNOWN")),
            Value("--title", "notify_title", called="TEXT"),
            Value("--incident", "notify_incident"),
            Value("--reason", "notify_reason", called="WHY"),
            Value("--channel", "notify_channel", known=(ALERTS, INCIDENTS)),
            Value("--commit", "notify_commit"),
            Value("--ci-url", "notify_ci_url", called="URL"),
            Value("--release", "release_version", called="VERSION"),
        ),
    ),
    "provision": Command(PROVISION_YML),
    "scripts": Command(SERVER_SCRIPTS_YML),
}

#: Prints what makes a shell complete all of this.
COMPLETION = "completion"
SHELLS = ("bash", "zsh")
WORDS = (*COMMANDS, COMPLETION)
