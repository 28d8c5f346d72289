"""A run as it is told: its events become steps, and what is said of them in the order in which it happens."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Callable

from plugin_utils.progress import Progress
from refit.words.printable import printable

from .events import Answer, Task
from .screen import Screen, Tone
from .step import Step, key_of
from .wording import GAP, Wording

# Tasks by which our playbooks speak for themselves; before an operation began, what they say is a refusal.
_SPEAKS = frozenset(("assert", "fail"))
_REFUSES = frozenset(("fleet_plan", "freeze_plan", "incident_plan", "release_source", "role_arguments"))
_BUGS = frozenset(("mistake",))
_LONGEST = 100_000


class Story:
    """Follows one playbook, and tells it on *screen*.

    Args:
        clock: seconds since the epoch.
        log: where the run's full log lies; empty where there is none.
        again: the command that does the same again; empty where that is not known.
    """

    def __init__(
        self,
        screen: Screen,
        wording: Wording,
        clock: Callable[[], float],
        log: str = "",
        again: Callable[[], str] = str,
    ) -> None:
        self._screen = screen
        self._words = wording
        self._clock = clock
        self._log = log
        self._again = again
        self._began = clock()
        self._tasks: dict[str, Task] = {}
        self._step: Step | None = None
        self._first: str | None = wording.first(self._began)
        self._batches: list[list[str]] = []
        self._activated = False  # a release, on any host
        self._operation = False  # something was begun that a verdict has to end
        self._verdict: Mapping[str, Any] | None = None
        self._report = ""
        self._goes_on = True  # as far as was decided
        self._sent = 0
        self._message = ""  # where Discord shows the last one
        self._said = False  # anything, by the playbook
        self._concluded = False
        screen.open(self._first, self._awaited, now=True)

    # -- what happens ------------------------------------------------------------------------------------------

    def task(self, task: Task) -> None:
        """A task begins."""
        self._tasks[task.id] = task
        if task.action == "discord_message":
            self._close()
            self._pass(Step("tell", self._clock()))

    def start(self, host: str, task_id: str) -> None:
        """*host* is given a task."""
        task = self._tasks.get(task_id)
        key = key_of(task, self._activated) if task is not None else None
        if task is None or key is None:
            return
        step = self._enter(key, self._detail(key, host, task))
        step.order(host, self._clock())
        step.doing = task.name

    def progress(self, host: str, progress: Progress) -> None:
        """*host*, which is waited for, is as far as this."""
        if self._step is not None and host in self._step.waiting:
            self._step.progress[host] = progress
            self._screen.news()

    def answer(self, answer: Answer) -> None:
        """A host answered."""
        task = self._tasks.get(answer.task)
        if task is None:
            return
        if self._step is not None and key_of(task, self._activated) == self._step.key:
            self._count(self._step, task, answer)
        if answer.status in ("failed", "unreachable"):
            self._fail(task, answer)
        elif answer.status != "skipped":
            self._hear(task, answer.said)

    def end(self, failed: Collection[str]) -> None:
        """The run is over; *failed* are the hosts on which a task failed that nobody expected to."""
        self._close()
        self._tell_first()
        if failed and not self._concluded:
            self._crash()
        elif not failed and not self._said:
            self._tell_end()
        self._screen.end(not failed, self._message)

    def broken_off(self) -> None:
        """The run ends before it could end itself: what was at work is left standing."""
        if self._step is not None:
            self._step.ends.update(dict.fromkeys(self._step.waiting, "broken_off"))
        self._close()
        self._tell_first()
        self._screen.end(False, self._message)

    # -- steps -------------------------------------------------------------------------------------------------

    def _enter(self, key: str, detail: str) -> Step:
        if self._step is not None and self._step.name == (key, detail):
            return self._step
        self._close()
        self._step = step = Step(key, self._clock(), detail)
        if self._first is not None and key != "look":
            self._tell_first()
        if self._first is None:
            self._screen.open(self._words.head(step), self._awaited)
        return step

    def _pass(self, step: Step) -> None:
        """Show what is at work only as long as it is."""
        if self._first is None:
            self._screen.open(self._words.head(step), lambda: [self._words.passing(step, self._clock())], passing=True)

    def _detail(self, key: str, host: str, task: Task) -> str:
        if key == "batch":
            number = next((n for n, batch in enumerate(self._batches, 1) if host in batch), 1)
            return f"{number}/{max(len(self._batches), 1)}"
        if key != "other":
            return ""
        if task.role == "hooks":
            return self._words.say("hook", name=task.file)
        return " · ".join(part for part in (task.role, "" if task.file == "main" else task.file) if part) or task.name

    def _count(self, step: Step, task: Task, answer: Answer) -> None:
        step.waiting.pop(answer.host, None)
        step.progress.pop(answer.host, None)
        if answer.status == "skipped":
            return
        step.ended = self._clock()
        step.tasks += 1
        step.changed += answer.status == "changed"
        outcome = answer.said.get("outcome")
        if isinstance(outcome, Mapping):
            step.seconds[answer.host] = float(outcome.get("duration_s") or 0)
            self._activated = self._activated or outcome.get("outcome") == "activated"
        end = str(outcome["outcome"]) if isinstance(outcome, Mapping) and "outcome" in outcome else answer.status
        if step.ends.get(answer.host) not in ("failed", "unreachable"):
            step.ends[answer.host] = "ok" if end == "changed" else end
        if task.action == "release_activate":
            self._activated = True

    def _close(self) -> None:
        """End the step that is open; one of which nothing came leaves no line."""
        step, self._step = self._step, None
        if step is None:
            return
        lines = self._words.lines(step) if step.ends or step.note else []
        if self._first is not None:
            self._tell_first()
            self._screen.open(self._words.head(step), self._awaited)
        self._screen.close(lines)

    def _tell_first(self, versions: str = "") -> None:
        if self._first is not None:
            self._screen.close([GAP.join(part for part in (self._first, versions) if part)])
            self._first = None

    def _awaited(self) -> list[str]:
        if self._step is None:
            return []
        found = self._words.awaited(self._step, self._clock())
        return ["", self._words.head(self._step) + found[0], *found[1:]] if self._first is not None else found

    # -- what is said ------------------------------------------------------------------------------------------

    def _hear(self, task: Task, said: Mapping[str, Any]) -> None:
        if task.action == "fleet_plan" and isinstance(said.get("plan"), Mapping):
            self._planned(said)
        elif task.action == "severity":
            if self._step is not None and self._step.key == "observe":
                self._step.note = self._words.reason(said.get("touched_why"))
        elif task.action == "fleet_verdict":
            self._decided(task, said)
        elif task.action == "discord_message":
            self._sent += said.get("trouble") is False and said.get("status") == "sent"  # edits are no messages
            self._message = str(said.get("url") or self._message)
        elif task.action == "debug" and isinstance(said.get("msg"), str) and not self._is_told(task):
            self._speak(said["msg"])

    def _planned(self, said: Mapping[str, Any]) -> None:
        found = said.get("batches")
        self._batches = found if isinstance(found, list) else []
        self._operation = not self._words.place.check
        if self._first is not None:
            self._tell_first(self._words.versions(said["plan"]))
            if self._step is not None:
                self._screen.open(self._words.head(self._step), self._awaited)
        if self._step is not None and len(self._batches) > 1:
            sizes = "+".join(str(len(batch)) for batch in self._batches)
            self._step.note = self._words.say("batches", sizes=sizes)
        self._close()

    def _decided(self, task: Task, said: Mapping[str, Any]) -> None:
        if task.asked.get("stage") == "batch":
            self._goes_on = said.get("decision") == "go_on"
            if self._step is not None and (self._step.key == "observe" or not self._goes_on):
                self._step.note = GAP.join(part for part in (self._step.note, str(said.get("conclusion", ""))) if part)
        elif task.asked.get("stage") != "staged" or not (said.get("verdict") or {}).get("succeeded"):
            self._verdict, self._report = said.get("verdict"), str(said.get("report", ""))

    def _is_told(self, task: Task) -> bool:
        """Whether the steps say already what *task* is about to: what a decision on a batch rests on."""
        return task.role == "activate" and (task.file == "batch" or task.file == "observe" and self._goes_on)

    def _speak(self, text: str) -> None:
        """A playbook's own words."""
        final = bool(self._report) and self._report.partition("\n")[0] in text
        good = not final or bool((self._verdict or {}).get("succeeded"))
        self._conclude(text, "good" if final and good else "plain" if good else "bad", final)

    def _fail(self, task: Task, answer: Answer) -> None:
        if answer.ignored and self._step is not None and self._step.key == "look":
            return  # the plan says what follows from it
        begun = self._operation or self._activated
        speaks = task.action in _SPEAKS or (task.action in _REFUSES and not begun)
        if speaks and not answer.ignored and answer.said.get("kind") not in _BUGS:
            self._concluded = True
            told = self._words.told(answer.said)
            if self._report or begun or self._words.place.playbook == "health-check":
                self._conclude(told, "bad", bool(self._report))
            else:
                self._conclude(self._words.refusal(told), "bad", False)
            return
        why, outcome = self._words.why(answer.said), answer.said.get("outcome")
        check = outcome.get("failed_check") if isinstance(outcome, Mapping) else ""
        title = " · ".join(part for part in (task.role, task.name) if part)
        failed = self._words.check(str(check)) if check else title
        self._screen.fail(self._words.failure(answer.host, failed, why), f"{answer.host}: {title}", why)

    def _conclude(self, text: str, tone: Tone, final: bool) -> None:
        self._close()
        self._tell_first()
        self._said = True
        if final:
            self._concluded = True
            self._tell_end()
            if tone == "bad" and self._log:
                self._screen.close([self._words.below(self._words.say("full_log", path=self._log))])
        self._screen.say("\n".join(printable(line, _LONGEST) for line in text.split("\n")), tone)

    def _tell_end(self) -> None:
        parts = [self._words.took(self._clock() - self._began)]
        parts += [self._words.say("told", count=self._sent)] if self._sent else []
        end = Step("end", self._clock(), note=" · ".join(parts))
        self._screen.open(self._words.head(end), list)
        self._screen.close(self._words.lines(end))

    def _crash(self) -> None:
        words = self._words
        lines = [f"✗ {words.say('broke', title=words.title)}"]
        lines += ["  " + words.say("full_log", path=self._log)] if self._log else []
        again = "" if self._operation else self._again()  # that of an operation is said with what each host runs
        lines += ["  " + words.say("again"), "    " + again] if again else []
        self._screen.say("\n".join(lines), "bad")
