"""Whatever one host answers, what is decided for the others is what it would be without that host."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from ansible.plugins.loader import action_loader
from hypothesis import given
from hypothesis import strategies as st

from refit.core.answers import NotUnderstood
from refit.core.system import System
from refit.deploy import activation, marking, staging, survey
from refit.deploy.outcomes import read_outcome
from refit.deploy.survey_record import read_survey
from refit.fleet.answers import read_surveys
from refit.health.measurement_record import read_measurement
from refit.modules import guarded
from refit.state.holds import Holds
from refit.state.operation import DEPLOY, ROLLBACK, Operation, Operations
from refit.state.signatures import Keyring
from refit.state.signed import staged_facts
from support.fakes import FakeClock, FakeSupervisor, a_service, a_tarball, no_command
from support.invocations import STAGING
from support.json_places import paths, put
from support.playbooks import ROOT
from support.words import told

KEYRING = Keyring(("a" * 32,), "backend", "staging", "run-5", "2024-01-27T12:00:00.000Z")
UNREACHABLE = {"unreachable": True, "msg": "timed out"}
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["1", "2", "../x", "deploy"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.just("unmeasured"), inner, max_size=3),
    max_leaves=10,
)


def plugin(name: str) -> Any:
    action_loader.add_directory(str(ROOT / "playbooks" / "action_plugins"))
    found = action_loader.get(name, class_only=True)

    def run(**params: Any) -> dict[str, Any]:
        spec = found.ARGUMENTS["argument_spec"]
        defaults = {option: about.get("default") for option, about in spec.items()}
        given = {**json.loads(json.dumps({**defaults, **params})), "invocation": STAGING, "keyring": KEYRING}
        result: dict[str, Any] = guarded(found.answer, given, False, STAGING.write, STAGING.language)
        return result

    return run


# -- what an honest host answers ---------------------------------------------------------------------------


def live_host(base: Path) -> dict[str, Any]:
    """What a server says on which 1 and 2 were proven, 3 was taken back and marked, and deploys are frozen."""
    service = a_service(base)
    system = System(clock=FakeClock(), run=no_command, proc=str(base / "proc"))
    (base / "proc").mkdir()
    manager = FakeSupervisor(service, system)
    for number, version in enumerate(("1", "2", "3", "2"), 1):
        a_tarball(base / "app.tar.gz", {"app.js": version})
        source = f"https://builds/{version}.tar.gz"
        word = KEYRING.sign("staged", staged_facts(version, staging.checksum(str(base / "app.tar.gz")), source))
        staging.stage(service, version, str(base / "app.tar.gz"), system, source=source, word=word)
        kind = ROLLBACK if number == 4 else DEPLOY
        operation = Operation(number, kind, f"run-{number}", "kim@ops-1", version)
        words = marking.sign(KEYRING, operation, "3", "5xx", freeze=True)
        bad = "3" if number == 4 else None
        request = activation.Request(version, operation, kind, mark_bad=bad, reason="5xx", words=words)
        outcome = activation.activate(service, system, manager, request, check=manager.check)
        Operations(service.state_dir, system).finish(operation)
    marking.mark(service, system, "1", bad=True, reason="none")
    marking.mark(service, system, "1", bad=False, reason="none", words={marking.LIFT: KEYRING.sign_lift("1", "none")})
    record = survey.full_record(service, system, manager)
    looked = {"healthy": False, "failure": {"kind": "status", "detail": "503"}, "status": "online"}
    record["running"] = {**looked, "running": ["2"], "pids": [7], "version": "2", "forgotten": ["other"]}
    record["other_settings"] = False
    record["scripts"] = {"version": "0.1.0", "digest": "a" * 32}
    return {"survey": record, "outcome": {**outcome.to_record(), "host": "a", "log_tail": ["boom"]}}


MEASURED = {
    "at": "2024-01-27T12:00:00.000Z",
    "window_s": 10,
    "current": "2",
    "health": {"attempts": 50, "answered": 49, "successes": 48, "last_failure": "503", "mean_latency_ms": 1.5},
    "process": {"status": "online", "pids": [7], "restarts": 0, "versions": ["2"], "unknown": None},
    "traffic": {
        "requests": 900,
        "errors": 3,
        "answered": None,
        "latency_sum_s": 12.5,
        "latency_count": 900,
        "mean_latency_ms": 13.9,
        "restarted": False,
    },
    "synthetic": {"attempts": 1, "answered": 1, "successes": 1, "latency_max_ms": 812.0},
    "log": {"errors": 2, "patterns": {"OutOfMemoryError": 1}, "window_s": 10, "unseen": None},
}
TOLD = {"severity": "P1", "at": "2024-01-27T12:00:00.000Z"}


def test_of_a_host_that_nobody_could_ask_no_message_says_what_it_runs() -> None:
    found = plugin("severity")(results={"a": {"measurement": MEASURED}, "b": UNREACHABLE}, service="site")
    runs = {failure["host"]: failure.get("runs", "is not known") for failure in found["failures"]}
    assert runs == {"a": "2", "b": "is not known"}


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(live_host(tmp_path_factory.mktemp("host"))))
    return found


def spoiled(data: st.DataObject, value: Any) -> Any:
    """*value* with one field replaced by anything."""
    return put(value, data.draw(st.sampled_from(list(paths(value)))), data.draw(ANY))


# -- the readers -------------------------------------------------------------------------------------------


def test_what_an_honest_host_answers_is_taken_as_it_is(honest):
    assert read_survey(honest["survey"]) == honest["survey"]
    outcome = read_outcome(honest["outcome"])
    assert outcome == {name: honest["outcome"][name] for name in outcome}
    measured = read_measurement(MEASURED)
    assert measured["traffic"] == MEASURED["traffic"]
    assert measured["log"] == MEASURED["log"]


@pytest.mark.parametrize("read", [read_survey, read_outcome, read_measurement, Holds.from_record])
@given(answer=ANY)
def test_any_answer_is_understood_or_is_not(read, answer):
    with contextlib.suppress(NotUnderstood):
        read(answer)


@pytest.mark.parametrize("name", ["survey", "outcome"])
@given(data=st.data())
def test_what_is_understood_shows_nothing_that_a_terminal_would_obey(honest, name, data):
    answer = spoiled(data, honest[name])
    try:
        found = {"survey": read_survey, "outcome": read_outcome}[name](answer)
    except NotUnderstood:
        return
    for path in paths(found):
        text = "".join(map(str, path))
        value = found
        for key in path:
            value = value[key]
        assert text.isprintable()
        assert not isinstance(value, str) or value.isprintable()


@pytest.mark.parametrize(
    ("field", "answer", "where"),
    [
        ("current", "../x", "current is no version"),
        ("service", "$(reboot)", "service is no service's name"),
        ("current_link", None, "current_link is missing"),
        ("releases", {}, "releases is no list"),
        ("operation", {"number": 10**16}, "operation.number is no count"),
        ("open_intent", {"version": "1", "kind": "x"}, "open_intent.kind is none of"),
    ],
)
def test_where_an_answer_is_not_understood_is_named(honest, field, answer, where):
    _, unread = read_surveys({"c": {"survey": {**honest["survey"], field: answer}}})
    assert told(unread["c"]).startswith(f"its answer is not understood: {where}")


def test_a_version_that_leads_elsewhere_is_none(honest):
    releases = [{**honest["survey"]["releases"][0], "version": "../../tmp/x"}]
    with pytest.raises(NotUnderstood, match=r"releases\[0\].version is no version"):
        read_survey({**honest["survey"], "releases": releases})


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        ("backend.tar.gz", True),
        ("https://builds.example.com:8443/a/backend.tar.gz", True),
        ("s3://builds/backend.tar.gz", True),
        ("https://kim:secret@builds.example.com/backend.tar.gz", False),
        ("https://builds.example.com/backend.tar.gz?token=1", False),
        ("https://builds.example.com:x/backend.tar.gz", False),
        ("https:///backend.tar.gz", False),
        ("file://server/etc/shadow", False),
    ],
)
def test_a_source_is_a_name_or_a_url_without_secrets_or_is_not_known(honest, source, taken):
    release = {**honest["survey"]["releases"][0], "source": source}
    found = read_survey({**honest["survey"], "releases": [release]})["releases"][0]
    assert found["source"] == (source if taken else None)


def test_what_is_only_told_along_spoils_nothing(honest):
    release = {**honest["survey"]["releases"][0], "sha256": "A", "source": "https://x/\x1b[2J", "git_sha": 5}
    found = read_survey({**honest["survey"], "releases": [release]})["releases"][0]
    assert (found["sha256"], found["source"], found["git_sha"]) == (None, None, None)


# -- decisions ---------------------------------------------------------------------------------------------


def decisions(result: dict[str, Any]) -> dict[str, Any]:
    """What a plan comes to, without the words for why a host is missing."""
    found = {name: value for name, value in result.items() if name not in ("report", "msg", "reason")}
    if "plan" in found:
        found["plan"] = {**found["plan"], "missing": sorted(found["plan"]["missing"])}
    if "missing" in found:
        found["missing"] = sorted(found["missing"])
    return found


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("fleet_plan", {"kind": "rollback"}),
        ("fleet_plan", {"kind": "rollback", "further": True, "may_fetch": True}),
        ("fleet_plan", {"kind": "rollback", "version": "1"}),
        ("fleet_plan", {"kind": "deploy", "version": "4", "max_unreachable": 1, "override_freeze": "it must"}),
        ("fleet_plan", {"kind": "deploy", "version": "4"}),
        ("freeze_plan", {"kind": "freeze", "service": "backend", "reason": "stop"}),
        ("freeze_plan", {"kind": "resume", "service": "backend", "reason": "go"}),
    ],
)
@given(data=st.data())
def test_a_survey_that_is_not_understood_is_that_of_a_host_that_cannot_be_reached(honest, name, options, data):
    others = {host: {"survey": honest["survey"]} for host in ("a", "b")}
    answer = spoiled(data, {"survey": honest["survey"]})
    found = plugin(name)(results={**others, "c": answer}, **options)

    if read_surveys({"c": answer})[0]["c"] is None:
        assert decisions(found) == decisions(plugin(name)(results={**others, "c": UNREACHABLE}, **options))


SSH = 'Task failed: Data could not be sent to remote host "10.0.1.11". Make sure this host can be reached over ssh: '


@pytest.mark.parametrize(
    ("says", "known"),
    [
        ("Host key verification failed.\r\n", "its host key is not known here: ssh-keyscan 10.0.1.11 >>"),
        (
            "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
            "its host key is not the one that was taken; where that is meant: ssh-keygen -R 10.0.1.11 &&",
        ),
        ("deploy@10.0.1.11: Permission denied (publickey).", "it does not let deploy in with the keys"),
        ("ssh: Could not resolve hostname 10.0.1.11: Name or service not known", "its address 10.0.1.11 leads nowhere"),
    ],
)
def test_a_host_that_ssh_could_have_reached_is_told_with_what_to_do(honest, says, known):
    result = {"unreachable": True, "msg": SSH + says}
    results = {"a": {"survey": honest["survey"]}, "b": result}
    refused = plugin("fleet_plan")(kind="deploy", version="4", results=results)
    assert f"1 of 2 hosts cannot be reached: b ({known}" in refused["msg"]

    shown = plugin("fleet_status")(service="backend", results=results)["report"]
    assert f"\n\nb: cannot be reached: {known}" in shown


def test_a_host_of_which_ssh_only_says_that_it_is_away_is_one_that_cannot_be_reached():
    away = {"unreachable": True, "msg": SSH + "ssh: connect to host 10.0.1.11 port 22: Connection timed out"}
    assert read_surveys({"b": away}) == ({"b": None}, {})
    (row,) = plugin("fleet_status")(service="backend", results={"b": away})["report"].splitlines()[3:4]
    assert row.split(maxsplit=2) == ["b", "UNREACHABLE", "ssh: connect to host 10.0.1.11 port 22: Connection timed out"]


def test_a_plan_says_why_a_host_is_missing(honest):
    results = {"a": {"survey": honest["survey"]}, "b": {"survey": {"x": 1}}, "c": UNREACHABLE}
    found = plugin("fleet_plan")(kind="rollback", further=True, results=results)
    assert {host: told(why) for host, why in found["plan"]["missing"].items()} == {
        "b": "its answer is not understood: service is no service's name",
        "c": "cannot be reached",
    }
    assert "b: its answer is not understood" in found["report"]

    refused = plugin("fleet_plan")(kind="deploy", version="4", results=results)
    assert "2 of 3 hosts cannot be read: b (its answer is not understood" in refused["msg"]
    assert "-e deploy_max_unreachable=2" in refused["msg"]


@given(data=st.data())
def test_a_status_is_shown_whatever_a_host_answers(honest, data):
    results = {"a": {"survey": honest["survey"]}, "c": spoiled(data, {"survey": honest["survey"], "msg": "x"})}
    found = plugin("fleet_status")(service="backend", results=results)
    assert "\n".join(found["report"].splitlines()) == found["report"]
    assert found["scripts"]["a"] in ("older", "same", "newer", "changed")


@pytest.mark.parametrize("stage", ["batch", "deploy", "rollback"])
@given(data=st.data())
def test_an_outcome_that_is_not_understood_is_that_of_a_host_that_was_lost(honest, stage, data):
    outcome = {**honest["outcome"], "to": "3", "live": "3", "from": "2"}
    before = dict.fromkeys("abc", "2")
    answer = spoiled(data, {"outcome": outcome})
    course: dict[str, Any] = {"stage": stage, "service": "backend", "target": "3", "before": before, "tried": "abc"}
    course.update(
        targets=dict.fromkeys("abc", "3"), observed={"bad_hosts": {}, "severity": "OK", "why": "", "unjudged": ""}
    )

    def decide(answered: Any) -> dict[str, Any]:
        records = {"a": {"outcome": outcome}, "b": {"outcome": outcome}, "c": answered}
        found: dict[str, Any] = plugin("fleet_verdict")(records=records, **course)
        return found

    found, lost = decide(answer), decide({})
    try:
        read_outcome(answer.get("outcome") if isinstance(answer, dict) else None)
    except NotUnderstood:
        for part in ("decision", "touched", "take_back", "blame"):
            assert found.get(part) == lost.get(part)
        if stage != "batch":
            assert found["verdict"]["verdict"] == lost["verdict"]["verdict"]
            assert found["verdict"]["hosts"]["c"]["outcome"] == "lost"
            assert found["verdict"]["divergent"] == lost["verdict"]["divergent"]


@pytest.mark.parametrize(
    ("answer", "why", "check"),
    [
        ({"unreachable": True, "msg": "Connection refused"}, "Connection refused", "reach"),
        ({"failed": True, "msg": "no Python at /usr/bin/python3"}, "no Python at /usr/bin/python3", "not_understood"),
        ({}, "the host was lost; what it runs is not known", "reach"),
    ],
)
def test_a_host_without_an_outcome_is_lost_and_what_it_said_is_why(answer, why, check):
    course = {"targets": {"a": "2"}, "target": "2", "records": {"a": answer}, "observed": {}}
    end = plugin("fleet_verdict")(stage="rollback", service="backend", **course)["verdict"]["hosts"]["a"]
    assert (end["outcome"], told(end["why"]), end["failed_check"], end["runs"]) == ("lost", why, check, None)


@given(st.sampled_from(["records", "copied", "taken_back", "ended"]), ANY)
def test_a_verdict_needs_no_honest_words_of_any_step(which, anything):
    course: dict[str, Any] = {"service": "backend", "target": "3", "before": {"a": "2"}, "tried": ["a"], "records": {}}
    course.update(
        live={"a": "2"}, lacking=["a"], observed={"bad_hosts": {}, "severity": "OK", "why": "", "unjudged": ""}
    )
    for stage in ("staged", "deploy"):
        found = plugin("fleet_verdict")(**{**course, "stage": stage, which: {"a": anything}})
        assert found["verdict"]["succeeded"] is False or which == "records"


def test_why_an_artifact_could_not_be_copied_is_told_without_advice_on_other_peoples_tools():
    gone = {
        "failed": True,
        "msg": "Unexpected AnsibleActionFail error: No 'app.tar.gz'\nIf you are using a module, see remote_src",
    }
    course = {"service": "backend", "target": "3", "live": {"a": "2", "b": "2"}, "lacking": ["a", "b"], "tried": []}
    observed = {"bad_hosts": {}, "severity": "OK", "why": "", "unjudged": ""}
    records = {"a": {"skipped": True}, "b": {"version": "3"}}
    found = plugin("fleet_verdict")(stage="staged", records=records, copied={"a": gone}, observed=observed, **course)
    ends = found["verdict"]["hosts"]
    assert told(ends["a"]["why"]) == "the artifact could not be copied here: No 'app.tar.gz'"
    assert (ends["a"]["outcome"], ends["b"]["outcome"]) == ("not_staged", "staged")


@given(data=st.data())
def test_a_measurement_that_is_not_understood_is_that_of_a_host_that_was_not_measured(data):
    others = {host: {"measurement": MEASURED, "told": TOLD} for host in ("a", "b")}
    answer = spoiled(data, {"measurement": MEASURED, "told": TOLD})
    grade = plugin("severity")

    def graded(answered: Any) -> dict[str, Any]:
        found: dict[str, Any] = grade(
            service="backend", results={**others, "c": answered}, baseline={"c": answered}, touched=["c"]
        )
        return {name: value for name, value in found.items() if name not in ("at", "report", "previous")}

    found = graded(answer)
    try:
        read_measurement(answer.get("measurement") if isinstance(answer, dict) else None)
    except NotUnderstood:
        assert found == graded(UNREACHABLE)
