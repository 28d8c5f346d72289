"""A run that ends before it says how is told as far as its results were heard."""

from __future__ import annotations

from typing import Any

import pytest

from plugin_utils.run_watch import RunWatch
from refit.config.invocation import Invocation
from support.outcomes import FAILED, GOOD

HOW = Invocation(
    ("-i", "inventory/staging"),
    service="backend",
    environment="staging",
    given={"release_artifact": "app.tar.gz"},
    language="en",
)
LIVE = dict.fromkeys(("a", "b", "c"), "1")


def plan(kind: str = "deploy", **more: Any) -> dict[str, Any]:
    found = {"kind": kind, "target": "2", "targets": dict.fromkeys(LIVE, "2"), "from_versions": LIVE, "live": LIVE}
    return {"plan": {**found, "missing": {}, **more}, "operation": {"owner": "kim@ops-1"}}


def watched(found: dict[str, Any] | None = None) -> RunWatch:
    watch = RunWatch()
    watch.hear("a", "fleet_plan", found or plan())
    return watch


def rows(text: str) -> dict[str, list[str]]:
    lines = [line.split(None, 3) for line in text.splitlines()]
    return {line[0]: line[1:] for line in lines if line and line[0] in LIVE}


def test_a_run_that_began_nothing_has_nothing_to_say() -> None:
    watch = RunWatch()
    watch.hear("a", "fleet_plan", {"failed": True, "msg": "deploys of backend are frozen"})
    assert (watch.is_open, watch.ending("Ctrl-C", HOW)) == (False, "")


def test_hosts_are_told_apart_by_their_last_order() -> None:
    watch = watched()
    for host in "ab":
        watch.order(host, "release_activate", {"kind": "deploy"})
    watch.order("c", "release_activate", {"kind": "deploy"})
    watch.skip("c", "release_activate")
    watch.hear("a", "release_activate", {"outcome": GOOD})

    told = watch.ending("Ctrl-C", HOW)

    assert told.startswith("[staging] INTERRUPTED: Ctrl-C. 2 is live and proven on 1 of 3 hosts\n")
    assert rows(told)["a"] == ["2", "activated"]
    assert rows(told)["b"] == [
        "unknown",
        "(unproven)",
        "at_work    it was told to go to 2, and ends that by itself if it still can",
    ]
    assert rows(told)["c"] == ["1", "untouched"]
    assert (
        "  to go on where it was:\n    ansible-playbook -i inventory/staging playbooks/deploy.yml -e service=backend"
        " -e release_version=2 -e release_artifact=app.tar.gz\n"
    ) in told


def test_a_host_that_was_being_taken_back_is_told_with_where_it_goes() -> None:
    watch = watched()
    watch.order("a", "release_activate", {})
    watch.hear("a", "release_activate", {"outcome": GOOD})
    watch.order("b", "release_activate", {})
    watch.hear("b", "release_activate", {"failed": True, "outcome": FAILED})
    watch.order("a", "release_activate", {"kind": "restore"})
    told = rows(watch.ending("SIGTERM", HOW))
    assert "it was told to go to 1" in told["a"][-1]
    assert told["b"][:3] == ["1", "(unproven)", "failed     answered 503; going back failed, too"]


@pytest.mark.parametrize("word", ["ok", "failed"])
def test_a_run_that_said_how_it_ended_says_no_more(word: str) -> None:
    watch = watched()
    watch.hear("a", "fleet_verdict", {"verdict": {"succeeded": True}, "report": "staged"})
    assert watch.is_open  # that all is staged is no end
    watch.hear(
        "a", "fleet_verdict", {"verdict": {"succeeded": word == "ok"}, "report": "HOW IT ENDED\n\na", "ending": {}}
    )
    assert watch.ending("Ctrl-C", HOW) == "HOW IT ENDED\n\na"  # known, and not said yet
    watch.hear("a", "debug", {"msg": "HOW IT ENDED\n\na"})
    assert (watch.is_open, watch.ending("Ctrl-C", HOW)) == (False, "")


def test_a_rollback_that_broke_off_is_finished_by_naming_its_target() -> None:
    watch = watched(plan("rollback", leaving="3"))
    told = watch.ending("Ctrl-C", HOW)
    assert "  to finish it:\n    ansible-playbook -i inventory/staging rollback.yml" in told
    assert " -e service=backend -e release_version=2\n" in told


def test_what_finishes_a_rollback_is_said_to_the_team_as_on_the_screen() -> None:
    watch = watched(plan("rollback"))
    first, second = watch.commands("Ctrl-C", HOW)
    assert first["why"] == {"code": "to_finish_it"}
    assert first["command"] in watch.ending("Ctrl-C", HOW)
    assert (second["why"], second["command"].split()[-3]) == ("", "playbooks/status.yml")
