"""What a run says of itself, beyond what the recorded ones show."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from plugin_utils.story import texts_en, texts_ko
from plugin_utils.story.events import answer_of
from plugin_utils.story.screen import Plain
from refit.config.invocation import Invocation
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
    assert "app-01 … app-50 (50)  2     activated" in shown


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


def test_a_command_that_is_not_known_is_not_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stories, "AGAIN", "")
    run = Run("their_own")
    run.task("copy", ["a"], {"msg": "no room"}, "failed")
    run.happens("end", ["a"])
    assert stories.in_a_pipe(run.events, "ko").endswith(f"전체 기록  {stories.LOG}\n\n")


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
