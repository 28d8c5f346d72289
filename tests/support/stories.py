"""Tell a run that was recorded, on any screen, in no time."""

from __future__ import annotations

import datetime
import fcntl
import json
import os
import struct
import termios
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

import pyte

from plugin_utils.progress import Progress
from plugin_utils.story.actions import Actions
from plugin_utils.story.events import Answer, Task
from plugin_utils.story.live import Live
from plugin_utils.story.output import Output, Stream
from plugin_utils.story.screen import Plain, Screen, Tone
from plugin_utils.story.story import Story
from plugin_utils.story.wording import Place, Wording
from refit.config.invocation import Invocation
from refit.core.errors import RefitError, Step
from refit.fleet import report
from refit.fleet.verdict import HostEnd, Verdict
from refit.words.reason import Reason, from_record
from refit.words.sentence import said

KST = datetime.timezone(datetime.timedelta(hours=9), "KST")
BEGAN = datetime.datetime(2026, 11, 28, 22, 55, 38, tzinfo=KST).timestamp()
LOG = "~/.local/state/refit/logs/20261128-225538-deploy-4711.log"
AGAIN = "ansible-playbook -i inventory/demo playbooks/deploy.yml -e service=backend"
RUNBOOKS = "https://github.com/team/ops/blob/main/docs/runbooks"
TICK_S = 0.25
DEMO = Invocation(("-i", "inventory/demo"), service="backend", environment="demo")

Event = tuple[float, str, Any]


def read(path: Path, language: str, by: Invocation = DEMO) -> list[Event]:
    """The events of a run that ``story_recorder`` wrote down, told in *language*, as if it had been called *by* that.

    What the run itself put into words stands there as the data of them: a verdict, a plan; or in both languages.
    """

    def worded(value: Any) -> Any:
        if isinstance(value, list):
            return [worded(each) for each in value]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"ko", "en"}:
            return value[language]
        value = {name: worded(each) for name, each in value.items()}
        return _REPORTS[value["in_words"]](value, replace(by, language=language)) if "in_words" in value else value

    return [tuple(worded(json.loads(line))) for line in path.read_text(encoding="utf-8").splitlines()]


def _verdict(told: dict[str, Any], by: Invocation) -> str:
    """A verdict's report; *told* has its ``kind``, ``verdict``, ``target``, ``hosts``, perhaps ``why``, ``frozen``."""
    ends = [HostEnd(**end) for end in told["hosts"]]
    found, frozen = Verdict(told["verdict"], told["target"], ends, told.get("why", "")), told.get("frozen", False)
    steps = report.next_steps(told["kind"], found, f"build/app-{found.target}.tar.gz", frozen)
    marked = found.target if told["kind"] == "deploy" and frozen else None
    stands = report.stands_after_a_deploy(None, marked) if marked else report.stands_after_a_rollback([], frozen)
    return report.render(told["kind"], found, steps, by.write, by.at, by.language, stands)


def _plan(told: dict[str, Any], by: Invocation) -> str:
    """What ``--check`` shows of a deploy; *told* has its ``target``, ``steps`` by host, ``notes`` and ``artifact``."""
    steps = {host: [from_record(step) for step in steps] for host, steps in told["steps"].items()}
    notes = [from_record(note) for note in told["notes"]]
    shown = report.render_plan("deploy", told["target"], steps, None, None, notes, by.at, by.language)
    return f"{shown}\n\n{said(told['artifact'], by.language)}"


def _refusal(told: dict[str, Any], by: Invocation) -> str:
    """Why a run was refused; *told* has ``what``, ``where``, ``edit`` and the ``steps`` that lead on."""
    steps = [Step(each["playbook"], Reason(each["why"]), each["values"]) for each in told["steps"]]
    parts = (from_record(told[name]) if told.get(name) else None for name in ("what", "where", "edit"))
    return by.at + RefitError(*parts, steps).told(by.write, by.language)


_REPORTS = {"verdict": _verdict, "plan": _plan, "refusal": _refusal}


class Told:
    """A run that is told; *screen* is made when it begins.

    Attributes:
        at: seconds since it began.
    """

    def __init__(
        self,
        screen: Callable[[Told, Wording], Screen],
        language: str = "ko",
        check: bool = False,
        again: Callable[[], str] = lambda: AGAIN,
    ) -> None:
        self.at = 0.0
        self._screen = screen
        self._language = language
        self._check = check
        self._again = again

    def clock(self) -> float:
        return BEGAN + self.at

    def tell(self, events: Iterable[Event], seen: Callable[[float], None] | None = None) -> None:
        """Let *events* happen; *seen* is called each time the screen might have been redrawn."""
        for at, what, value in events:
            while self.at + TICK_S < at:
                self.at += TICK_S
                self.screen.tick()
                if seen:
                    seen(self.at)
            self.at = at
            getattr(self, what)(value)

    def playbook(self, name: str) -> None:
        gate = {"successes": 5, "deadline_s": 60}
        place = Place(name, "backend", "production", "kim@ops-1", self._check, RUNBOOKS, gate)
        words = Wording(self._language, place, KST)
        self.screen = self._screen(self, words)
        self.story = Story(self.screen, words, self.clock, LOG, self._again)

    def task(self, value: dict[str, Any]) -> None:
        self.story.task(Task(**value))

    def start(self, value: Sequence[str]) -> None:
        self.story.start(*value)

    def progress(self, value: Sequence[Any]) -> None:
        host, seen = value
        self.story.progress(host, Progress(**seen))

    def answer(self, value: dict[str, Any]) -> None:
        self.story.answer(Answer(**value))

    def end(self, value: list[str]) -> None:
        self.story.end(value)

    def broken_off(self, value: str) -> None:
        """The run was interrupted, and *value* is its last word."""
        self.story.broken_off()
        self.screen.say(value, "plain")


class Lines:
    """A pipe: what was written to it."""

    def __init__(self) -> None:
        self.text = ""

    def __call__(self, text: str, tone: Tone = "plain", newline: bool = True) -> None:  # noqa: ARG002
        self.text += text + ("\n" if newline else "")


class Terminal:
    """A real pseudo-terminal, and an emulator that shows what is on it."""

    def __init__(self, columns: int = 100, lines: int = 60) -> None:
        self.shown = pyte.Screen(columns, lines)
        self._bytes = pyte.ByteStream(self.shown)
        self._reader, writer = os.openpty()
        self.stream = open(writer, "w", encoding="utf-8")  # noqa: SIM115  (closed with the terminal)
        self.output = Output(threading.RLock())
        self.guarded = Stream(self.stream, self.output)
        self.resize(columns, lines)

    def resize(self, columns: int, lines: int) -> None:
        """What a window manager does."""
        fcntl.ioctl(self._reader, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.shown.resize(lines, columns)

    def live(self, *_: Any) -> Live:
        screen = Live(
            self.write,
            lambda text: self.output.draw(self.stream, text),
            lambda: tuple(os.get_terminal_size(self.stream.fileno())),
        )
        self.output.screen = screen
        return screen

    def write(self, text: str, tone: Tone = "plain", newline: bool = True) -> None:  # noqa: ARG002
        self.guarded.write(text + ("\n" if newline else ""))

    def look(self) -> str:
        """What a person sees."""
        os.set_blocking(self._reader, False)
        try:
            while True:
                self._bytes.feed(os.read(self._reader, 65536))
        except BlockingIOError:
            pass
        return "\n".join(line.rstrip() for line in self.shown.display).rstrip() + "\n"

    def close(self) -> None:
        self.stream.close()
        os.close(self._reader)


def longest_wait(events: Sequence[Event]) -> float:
    """The middle of the longest time in which nothing happened."""
    times = [at for at, _, _ in events]
    began, ended = max(zip(times, times[1:]), key=lambda pair: pair[1] - pair[0])
    return (began + ended) / 2


def on_a_terminal(events: Sequence[Event], language: str, check: bool = False, columns: int = 100) -> tuple[str, str]:
    """What stands there in the longest wait, and at the end."""
    terminal, amid = Terminal(columns), []
    middle = longest_wait(events)

    def seen(at: float) -> None:
        if not amid and at >= middle:
            amid.append(terminal.look())

    try:
        Told(lambda told, _: terminal.live(told), language, check).tell(events, seen)
        return (amid or [""])[0], terminal.look()
    finally:
        terminal.close()


def in_a_pipe(events: Sequence[Event], language: str, check: bool = False, again: str = AGAIN) -> str:
    lines = Lines()
    Told(lambda told, _: Plain(lines, told.clock), language, check, lambda: again).tell(events)
    return lines.text


def in_ci(events: Sequence[Event], language: str, summary: Path, check: bool = False) -> str:
    """The job's log; its summary is written to the file *summary*."""
    lines = Lines()
    Told(lambda told, words: Actions(lines, told.clock, words, str(summary)), language, check).tell(events)
    return lines.text
