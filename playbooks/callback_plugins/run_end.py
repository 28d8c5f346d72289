# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Say how a run ended that cannot say so itself: Ctrl-C, SIGTERM, a mistake that takes the play away."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Callable

from ansible import context
from ansible.plugins.callback import CallbackBase

PLAYBOOKS = Path(__file__).resolve().parents[1]
for place in (PLAYBOOKS, PLAYBOOKS.parent / "module_utils"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

from plugin_utils.invocation import language_of  # noqa: E402  (the lines above make it importable)
from plugin_utils.run_variables import RunVariables  # noqa: E402
from plugin_utils.run_watch import RunWatch  # noqa: E402
from plugin_utils.story import ending, output  # noqa: E402
from plugin_utils.story.live import laid_out  # noqa: E402
from refit.config.invocation import Invocation  # noqa: E402
from refit.core.errors import RefitError  # noqa: E402
from refit.core.masking import without_token  # noqa: E402
from refit.notify.config import OF_THE_SITE, NotifyConfig  # noqa: E402
from refit.notify.notifier import Notifier  # noqa: E402
from refit.notify.open_messages import OpenMessages, address_of  # noqa: E402
from refit.notify.outbox import Outbox  # noqa: E402
from refit.state import runs  # noqa: E402
from refit.state.operation import ROLLBACK  # noqa: E402
from refit.words.reason import Reason, Record  # noqa: E402
from refit.words.sentence import said  # noqa: E402

DOCUMENTATION = r"""
name: run_end
type: notification
short_description: Say how a run ended that cannot say so itself
description:
  - Where a deploy or a rollback ends before its verdict, because of Ctrl-C, C(SIGTERM) or a mistake, this shows what
    each host runs as far as that is known, and the next command.
  - A run whose terminal is lost goes on to its verdict.
  - Ends the messages in Discord of such a run, and those of earlier runs of this machine that died.
author: Re-Fit Ops developers (@re-fit-ops)
"""

# Ansible can hang for ever after Ctrl-C, when it took a worker's lock away with the worker.
GRACE_S = 15.0
CAUSES = {
    signal.SIGINT: Reason("ctrl_c"),
    signal.SIGTERM: Reason("terminated"),
}


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "run_end"

    def __init__(self) -> None:
        super().__init__()
        self.watch = RunWatch()
        self.cause: Reason | None = None
        self._pid = os.getpid()
        self._play: Any = None
        self._host: Any = None
        self._ended = False
        output.install(self._display._lock)
        atexit.register(self._leave)
        self._listen()

    # -- what happens ------------------------------------------------------------------------------------------

    def v2_playbook_on_start(self, playbook: Any) -> None:  # noqa: ARG002
        self.watch, self._ended = RunWatch(), False

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._play = play

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:  # noqa: ARG002
        self._obey()
        self.watch.task = task.get_name()

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        self._obey()
        self._host = host
        self.watch.order(host.get_name(), _action(task), task.args)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self.watch.skip(result.host.get_name(), _action(result.task))

    def v2_runner_on_ok(self, result: Any) -> None:
        if not context.CLIARGS.get("check"):
            self.watch.hear(result.host.get_name(), _action(result.task), result.result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:  # noqa: ARG002
        self.v2_runner_on_ok(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self.v2_runner_on_ok(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:  # noqa: ARG002
        self._end(self._broke_off())

    # -- ends that Ansible has no word for ---------------------------------------------------------------------

    def _listen(self) -> None:
        """Let every signal that ends a run do so in the way of Ctrl-C, which Ansible passes on to its workers."""
        known: Any = signal.getsignal(signal.SIGINT)
        self._interrupt: Callable[[int, Any], None] = known if callable(known) else signal.default_int_handler
        for number in (*CAUSES, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: Any) -> None:
        if os.getpid() != self._pid:  # a worker, between its beginning and its own handlers
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        if number == signal.SIGHUP:
            return
        signal.signal(number, signal.SIG_DFL)
        self.cause = CAUSES[signal.Signals(number)]
        timer = threading.Timer(GRACE_S, self._leave_at_once)
        timer.daemon = True
        timer.start()
        if _is_waiting(frame):
            self._obey()

    def _obey(self) -> None:
        """End the run if that is wanted, also where the exception of the signal's own moment was lost."""
        if self.cause:
            self._interrupt(signal.SIGINT, None)

    def _leave(self) -> None:
        if os.getpid() == self._pid and (self.cause or self.watch.is_open):
            self._end(self.cause or self._broke_off())

    def _broke_off(self) -> Reason:
        return Reason("broke_off", task=self.watch.task)

    def _leave_at_once(self) -> None:
        self._leave()
        os._exit(99)  # as Ansible does after Ctrl-C

    # -- what is said ------------------------------------------------------------------------------------------

    def _end(self, reason: Reason) -> None:
        if self._ended:
            return
        self._ended = True
        is_open, why, invocation = self.watch.is_open, reason.to_record(), self._invocation()
        text = self.watch.ending(why, invocation) if is_open else ""
        ending.announce()
        if text:
            _show(f"\n{text}\n")
        try:
            self._end_messages(why if is_open else "", is_open)
        except Exception as error:  # whatever it is must not hide how the run ended
            _show(said(Reason("discord_not_told", why=_why(error)), invocation.language))

    def _end_messages(self, why: Record, is_open: bool) -> None:
        own = runs.name_run(self._pid)
        spool = self._variable("notify_spool_dir") or str(Path.home() / ".local/state/refit/discord")
        open_messages = OpenMessages(spool)
        stale = [each for each in open_messages.all() if each.run == own or runs.is_dead(each.run)]
        missing = is_open and self.watch.kind == ROLLBACK
        if not (stale or missing):
            return
        given = {name: self._variable(f"notify_{name}") for name in OF_THE_SITE}
        config = NotifyConfig.from_mapping({name: value for name, value in given.items() if value})
        notifier = Notifier(config, Outbox(spool), run=own)
        known = {channel: address_of(webhook) for channel, webhook in config.webhooks.items()}
        for each in stale:
            if known.get(each.channel) == each.address:  # another inventory's is for another run to end
                done = self.watch.done if each.run == own else None
                facts = each.interrupted(why if each.run == own else "", done)
                notifier.update(each.key, each.event, facts, channel=each.channel)
                open_messages.close(each.key)
        if missing:
            notifier.send("rollback_interrupted", self._facts(why))

    def _facts(self, why: Record) -> dict[str, Any]:
        found: Mapping[str, Any] = self.watch.found or {}
        invocation = self._invocation()
        facts = {
            "service": invocation.service,
            "from_version": found["plan"]["leaving"],
            "to_version": found["plan"]["target"],
            "hosts": list(found["plan"]["live"]),
            "actor": found["operation"]["owner"],
            "reason": why,
            "commands": self.watch.commands(why, invocation),
        }
        return {name: value for name, value in facts.items() if value}

    def _invocation(self) -> Invocation:
        if self._play is None:
            return Invocation((), language=language_of(""))
        return self._variables().invocation()

    def _variable(self, name: str) -> Any:
        """What the last host's task would have seen under *name*; None where it is not set."""
        return self._variables().get(name) if self._play is not None else None

    def _variables(self) -> RunVariables:
        return RunVariables(self._play, self._host)


def _show(text: str) -> None:
    print(laid_out(text, sys.stdout), flush=True)


def _why(error: Exception) -> Reason:
    if isinstance(error, RefitError):
        return error.reason
    told = without_token(f"{type(error).__name__}: {error}")
    return Reason("plugin_has_a_mistake", plugin=CallbackModule.CALLBACK_NAME, error=told)


def _action(task: Any) -> str:
    return str(task.action).rpartition(".")[2]


def _is_waiting(frame: Any) -> bool:
    """Whether hosts are waited for.  In any other moment, such as that in which a worker is made, an exception may be
    lost or leave a worker half made; the next task is not far then."""
    while frame is not None:
        if frame.f_code.co_name == "_wait_on_pending_results":
            return True
        frame = frame.f_back
    return False
