"""What a run says of itself, beyond what the recorded ones show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from plugin_utils.story import texts_en, texts_ko
from plugin_utils.story.events import answer_of
from plugin_utils.story.screen import Plain
from refit.config.invocation import Invocation
from refit.deploy.progress import STEPS
from refit.fleet.report import render
from refit.fleet.verdict import SUCCEEDED, HostEnd, Verdict
from support import stories

FIFTY = [f"app-{number:02}" for number in range(1, 51)]


class Run:
    """Events as they happen, in quick succession."""

    def __init__(self, playbook: str = "deploy") -> None:
        self.events: list[stories.Event] = [(0.0, "playbook", playbook)]

    def happens(self, what: str, value: Any) -> None:
        self.events.append((self.events[-1][0] + 0.01, what, value))

    def task(self, action: str, hosts: Sequence[str], said: dict[str, Any], status: str = "ok", **more: Any) -> None:
        ignored = more.pop("ignored", False)
        number = str(len(self.events))
        self.happens("task", {"id": number, "action": action, "name": f"{action} it", **more})
        for host in hosts:
            self.happens("start", [host, number])
        for host in hosts:
            self.happens("answer", {"host": host, "task": number, "status": status, "ignored": ignored, "said": said})

    def plan(self, hosts: Sequence[str], *batches: Sequence[str]) -> None:
        plan = {"kind": "deploy", "target": "2", "from_versions": dict.fromkeys(hosts, "1"), "missing": {}}
        self.task("release_info", hosts, {})
        self.task("fleet_plan", hosts[:1], {"plan": plan, "batches": [list(batch) for batch in batches]})

    def activates(self, hosts: Sequence[str], outcome: str = "activated") -> None:
        self.task("release_activate", hosts, {"outcome": {"outcome": outcome, "to": "2", "duration_s": 2.0}})


def waiting_batch(*hosts: str) -> Run:
    run = Run()
    run.plan(hosts, hosts)
    number = str(len(run.events))
    run.happens("task", {"id": number, "action": "release_activate", "name": "Activate"})
    for host in hosts:
        run.happens("start", [host, number])
    return run


def far(host: str, step: str = "prove", **seen: int) -> tuple[str, dict[str, Any]]:
    return host, {"step": step, **seen}


def blocks(run: Run, language: str = "en") -> list[str]:
    """What a terminal shows of the step at work, without since when."""
    terminal = stories.Terminal(100)
    told = stories.Told(lambda told, _: terminal.live(told), language)
    told.tell(run.events)
    told.screen.tick()
    shown = terminal.look().splitlines()
    terminal.close()
    return [re.sub(r"  \d\.\d s$", "", line.strip()) for line in shown[2:] if line]


def test_while_hosts_are_waited_for_each_is_shown_with_how_far_it_is_the_least_far_first() -> None:
    run = waiting_batch("app-1", "app-2", "app-3")
    for seen in (
        far("app-1", passed=4, needed=5),
        far("app-2", passed=1, needed=5, restarts=7),
        far("app-3", passed=4, needed=5),
    ):
        run.happens("progress", seen)
    shown = blocks(run)
    assert shown == [
        "22:55:38  batch 1/1    app-1 app-2 app-3",
        "app-2  healthy 1 of 5 · restarts: 7",
        "app-1 app-3  healthy 4 of 5",
    ]


def test_hosts_that_say_nothing_yet_are_waited_for_as_the_step_says() -> None:
    run = waiting_batch("app-1", "app-2")
    run.happens("progress", far("app-1", "reload"))
    assert blocks(run) == [
        "22:55:38  batch 1/1    app-1 app-2  activating · healthy 5 times in a row, within 60 s",
        "app-1  restarting",
    ]


def test_hosts_that_are_all_as_far_as_each_other_take_one_line() -> None:
    run = waiting_batch("app-1", "app-2")
    for host in ("app-1", "app-2"):
        run.happens("progress", far(host, "restore_prove", passed=2, needed=5))
    assert blocks(run) == ["22:55:38  batch 1/1    app-1 app-2  failed → restoring the release before · healthy 2 of 5"]


def test_what_a_host_said_is_over_when_it_answers_and_when_it_is_asked_anew() -> None:
    run = waiting_batch("app-1", "app-2")
    task = run.events[-1][2][1]
    run.happens("progress", far("app-1", passed=2, needed=5))
    answer = {"outcome": {"outcome": "activated", "duration_s": 1}}
    run.happens("answer", {"host": "app-1", "task": task, "status": "ok", "ignored": False, "said": answer})
    run.happens("progress", far("app-1", passed=3, needed=5))
    run.happens("progress", far("elsewhere", passed=3, needed=5))
    assert len(blocks(run)) == 1
    assert "of 5" not in blocks(run)[0]


def test_a_pipe_says_how_far_hosts_are_now_and_then_and_only_where_that_changed() -> None:
    run = waiting_batch("app-1")
    began = run.events[-1][0]
    for second in range(1, 31):
        run.events.append((began + second, "progress", far("app-1", passed=second % 5, needed=5)))
    shown = stories.in_a_pipe(run.events, "en")
    assert [line.split("  ")[-2:] for line in shown.splitlines() if "of 5" in line] == [
        ["healthy 0 of 5", "10 s"],
        ["healthy 0 of 5", "20 s"],
        ["healthy 0 of 5", "30 s"],
    ]
    silent = waiting_batch("app-1")
    silent.events.append((began + 60, "end", []))
    assert "of 5" not in stories.in_a_pipe(silent.events, "en")


@pytest.mark.parametrize("texts", [texts_ko, texts_en])
def test_every_step_that_a_host_says_it_is_at_has_words(texts: Any) -> None:
    assert set(texts.PROGRESS) == STEPS


def test_a_deploy_of_fifty_hosts_fits_a_screen() -> None:
    run = Run()
    batches = (FIFTY[:1], FIFTY[1:25], FIFTY[25:])
    run.plan(FIFTY, *batches)
    run.task("release", FIFTY, {"version": "2"}, "changed")
    for batch in batches:
        run.activates(batch)
    verdict = Verdict(SUCCEEDED, "2", [HostEnd(host, "2", True, True, "activated") for host in FIFTY])
    report = render("deploy", verdict, [], Invocation(()).write)
    run.task("fleet_verdict", FIFTY[:1], {"verdict": {"succeeded": True}, "report": report}, asked={"stage": "deploy"})
    run.task("debug", FIFTY[:1], {"msg": report})
    run.happens("end", [])

    _, shown = stories.on_a_terminal(run.events, "ko")

    assert len(shown.splitlines()) <= 40
    assert "배치 2/3     app-02 … app-25 (24대)  교체 · 정상 확인 ✓ 2.0초" in shown
    assert "app-01 … app-50 (50)  2        교체됨" in shown


def test_what_was_observed_and_decided_stands_in_one_line() -> None:
    run = Run()
    run.plan(["a", "b"], ["a"], ["b"])
    run.task("health_probe", ["a", "b"], {})
    run.activates(["a"])
    run.task("health_probe", ["a", "b"], {})
    few = {"code": "few_requests", "observed": 7, "threshold": 20, "subject": None}
    run.task("severity", ["a"], {"touched_why": few})
    run.task("fleet_verdict", ["a"], {"decision": "go_on", "conclusion": "→ 계속"}, asked={"stage": "batch"})
    run.task("debug", ["a"], {"msg": "a table of many lines"}, role="activate", file="observe")
    run.activates(["b"])
    run.happens("end", [])

    told = [line[12:] for line in stories.in_a_pipe(run.events, "ko").splitlines()[2:]]

    assert told[:4] == [
        "기준 측정    a b  ✓",
        "배치 1/2     a  교체 · 정상 확인 ✓ 2.0초",
        "관찰         a b  ✓  요청이 7건뿐이라(최소 20건) 5xx 비율과 응답 시간은 참고만 가능  → 계속",
        "배치 2/2     b  교체 · 정상 확인 ✓ 2.0초",
    ]


def test_hosts_that_did_not_do_the_same_have_a_line_each() -> None:
    run = Run("rollback")
    run.plan(["a", "b", "c"], ["a", "b", "c"])
    number = "x"
    run.happens("task", {"id": number, "action": "release_activate", "name": "", "asked": {"kind": "rollback"}})
    for host, outcome in (("a", "activated"), ("b", "restored"), ("c", "activated")):
        run.happens("start", [host, number])
        said = {"outcome": {"outcome": outcome, "failed_check": "health"}, "msg": "answered 503"}
        status = "ok" if outcome == "activated" else "failed"
        run.happens("answer", {"host": host, "task": number, "status": status, "ignored": True, "said": said})
    run.happens("end", [])
    shown = stories.in_a_pipe(run.events, "en")
    assert "✗ b  health: answered 503\n" in shown
    assert "go back      a c  back, proven healthy ✓\n                         b  failed → restored" in shown


def test_what_leaves_no_line_is_seen_on_a_terminal_while_it_lasts() -> None:
    run = Run()
    run.plan(["a"], ["a"])
    run.activates(["a"])
    run.task("discord_message", ["a"], {"status": "sent", "trouble": False})
    at = run.events[-1][0]
    waits = [*run.events[:-1], (at + 3, *run.events[-1][1:]), (at + 3, "end", [])]

    amid, at_last = stories.on_a_terminal(waits, "ko")

    assert "  Discord      알리는 중  1.8초\n" in amid
    assert "알리는 중" not in at_last
    assert "알리는 중" not in stories.in_a_pipe(waits, "ko")


def test_a_line_that_others_broke_goes_on_below() -> None:
    lines, now = stories.Lines(), [0.0]
    screen = Plain(lines, lambda: now[0])
    screen.open("stage  ", list)
    now[0] = 1.0
    screen.tick()
    screen.fail("✗ b  no room", "b", "no room")
    now[0] = 2.0
    screen.tick()
    screen.close(["stage  a  done"])
    assert lines.text == "stage  \n✗ b  no room\n       a  done\n"


def test_a_host_cannot_move_the_cursor() -> None:
    run = Run("provision")
    run.task("copy", ["a"], {"msg": "no\x1b[2J\nroom\u202e"}, "failed", role="app_host", file="node")
    run.happens("end", ["a"])
    shown = stories.in_a_pipe(run.events, "ko")
    assert "✗ a  app_host · copy it: no?[2J room?" in shown
    assert stories.AGAIN in shown


def test_a_command_that_is_not_known_is_not_announced() -> None:
    run = Run("their_own")
    run.task("copy", ["a"], {"msg": "no room"}, "failed")
    run.happens("end", ["a"])
    assert stories.in_a_pipe(run.events, "ko", again="").endswith(f"전체 로그  {stories.LOG}\n\n")


def result(found: dict[str, Any], action: str = "copy") -> SimpleNamespace:
    task = SimpleNamespace(action=f"ansible.builtin.{action}", _uuid="1")
    return SimpleNamespace(result=found, task=task, host=SimpleNamespace(get_name=lambda: "a"))


def test_nothing_is_read_of_what_is_not_to_be_logged() -> None:
    found = answer_of(result({"_ansible_no_log": True, "msg": "https://token@"}, "debug"), "failed")
    assert dict(found.said) == {}
    items = [{"failed": True, "_ansible_no_log": True, "msg": "token"}, {"failed": True, "msg": "no room"}]
    found = answer_of(result({"results": items, "msg": "One or more items failed"}), "failed")
    assert dict(found.said) == {"msg": "no room"}


def test_a_change_is_told_from_what_was_there() -> None:
    assert answer_of(result({"changed": True}), "ok").status == "changed"
    assert answer_of(result({}), "ok").status == "ok"


@pytest.mark.parametrize("name", ["TITLES", "STEPS", "AWAITED", "ENDS", "LINES"])
def test_both_languages_say_the_same_things(name: str) -> None:
    assert getattr(texts_ko, name).keys() == getattr(texts_en, name).keys()
