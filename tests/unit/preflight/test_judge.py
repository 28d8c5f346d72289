"""What the answers of hosts come to: each fault alone makes one cell red, says why, and what to do next."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.core.answers import NotUnderstood
from refit.core.build_info import BuildInfo
from refit.preflight import report
from refit.preflight.answer import read_examined, understood
from refit.preflight.judge import BAD, GOOD, NONE, OF_A_HOST, UNKNOWN, Cell, Site, judge
from support.invocations import PLAYBOOK, SERVICE, STAGING
from support.json_places import paths, put
from support.surveys import lost, release, rolled_back, survey

NOW = 1_706_356_800.0
HERE = BuildInfo("0.10.0", "a" * 32)
SITE = Site("backend", HERE, "/opt/scripts", "backend", "refit-backend", NOW)
UNREACHABLE = {"unreachable": True, "msg": "timed out"}
WELL = {"healthy": True, "failure": None, "status": "online", "running": ["2"], "pids": [7], "version": "2"}


def a_survey(**more: Any) -> dict[str, Any]:
    found = {
        "running": WELL,
        "scripts": {"version": HERE.version, "digest": HERE.digest},
        "other_settings": False,
        "process_manager": "pm2",
        **more,
    }
    releases = found.pop("releases", [release("2", 20), release("1", 10)])
    return survey("2", *releases, **found)


def an_answer(survey: dict[str, Any] | None = None, **examined: Any) -> dict[str, Any]:
    """What a host answers that lacks nothing, but for *survey* and *examined*."""
    found = {
        "compared": [{"version": "1", "damage": None}],
        "disk": [],
        "boot": [],
        "sudo": [],
        "outbox": {"count": 0, "since": None, "failure": None},
        "timer": [],
        "certificates": [{"address": "app:443", "expires": NOW + 60 * 86400, "failure": None}],
        "clock": {"begun": NOW + 0.4, "ended": NOW + 0.9},
        **examined,
    }
    asked = {"at": NOW, "answered": NOW + 1}
    return json.loads(json.dumps({"survey": survey or a_survey(), "examined": found, "asked": asked}))


def cells_of(answer: Any) -> dict[str, Cell]:
    return judge(understood({"a": answer}), SITE)["a"]


def red(answer: Any) -> dict[str, list[str]]:
    """The cells that do not pass, with why; of others there must be none that says something."""
    cells = cells_of(answer)
    assert [check for check, cell in cells.items() if cell.passes and cell.faults] == []
    return {check: [str(fault.why) for fault in cell.faults] for check, cell in cells.items() if not cell.passes}


def following(answer: Any, check: str) -> list[str]:
    """The commands below a red cell."""
    found = []
    for fault in cells_of(answer)[check].faults:
        found += [*(STAGING.write(step) for step in fault.steps), *([fault.by_hand] if fault.by_hand else [])]
    return found


def test_a_host_that_lacks_nothing_is_green_in_every_cell() -> None:
    cells = cells_of(an_answer())
    assert tuple(cells) == OF_A_HOST
    assert {cell.state for cell in cells.values()} == {GOOD}
    assert cells["release"].shown == "1"


def test_what_a_host_has_not_is_not_judged() -> None:
    cells = cells_of(an_answer(sudo=None, boot=None, timer=None, certificates=[]))
    assert [check for check, cell in cells.items() if cell.state == NONE] == ["boot", "sudo", "timer", "certificates"]
    assert all(cell.passes for cell in cells.values())


@pytest.mark.parametrize(
    ("check", "command"),
    [
        ("disk", "df -h && df -i"),
        ("sudo", f"{PLAYBOOK} playbooks/provision.yml --tags sudoers {SERVICE}"),
        ("timer", f"{PLAYBOOK} playbooks/server-scripts.yml {SERVICE}"),
        ("boot", f"{PLAYBOOK} playbooks/provision.yml --tags pm2 {SERVICE}"),
    ],
)
def test_what_a_host_found_itself_is_red_with_the_next_command(check: str, command: str) -> None:
    answer = an_answer(**{check: ["it is so"]})
    assert red(answer) == {check: ["it is so"]}
    assert following(answer, check) == [command]


def test_how_a_service_gets_to_start_at_boot_depends_on_its_manager() -> None:
    saved = an_answer(boot=[{"code": "not_on_pm2s_list", "service": "backend"}])
    assert following(saved, "boot") == ["sudo -iu refit-backend pm2 save"]
    disabled = an_answer(a_survey(process_manager="systemd"), boot=["backend.service is not enabled"])
    assert following(disabled, "boot") == ["systemctl enable backend"]


# -- the release -------------------------------------------------------------------------------------------


def test_without_a_proven_release_to_go_back_to_the_host_cannot() -> None:
    answer = an_answer(a_survey(releases=[release("2", 20), release("1", state="failed")]), compared=[])
    assert list(red(answer)) == ["release"]
    assert following(answer, "release")[-1] == (
        f"{PLAYBOOK} playbooks/deploy.yml {SERVICE} -e release_version=VERSION -e release_artifact=PATH_OR_URL"
    )


def test_a_service_that_had_no_release_before_has_lost_none() -> None:
    assert cells_of(an_answer(a_survey(releases=[release("2", 20)]), compared=[]))["release"].state == NONE


def test_a_target_that_is_not_what_was_staged_is_no_way_back() -> None:
    answer = an_answer(compared=[{"version": "1", "damage": {"code": "file_changed", "path": "app.js"}}])
    (why,) = red(answer)["release"]
    assert why.startswith("1, where a rollback would take it, is not what was staged: app.js was changed. Remove")
    assert following(answer, "release") == ["sudo /opt/scripts/rollback.sh backend --list"]


def test_a_target_that_nobody_compared_is_not_known_to_be_whole() -> None:
    answer = an_answer(compared=[])
    assert cells_of(answer)["release"].state == UNKNOWN
    assert list(red(answer)) == ["release"]


def test_a_proven_release_that_was_changed_is_told_though_there_is_another_one() -> None:
    answer = an_answer(a_survey(releases=[release("2", 20), lost("1b", 15, state="damaged"), release("1", 10)]))
    assert red(answer) == {"release": ["1b was proven once, and is no longer what was staged: it is damaged"]}
    assert cells_of(answer)["release"].shown == "1"


def test_minutes_after_a_rollback_the_next_one_is_refused_and_the_cell_says_until_when() -> None:
    found = a_survey(
        releases=[release("2", 20), release("3", 30, state="rolled_back"), release("1", 10)],
        last_rollback=rolled_back("2", "3", age_s=60),
    )
    answer = an_answer(found)
    assert list(red(answer)) == ["release"]
    assert f"{PLAYBOOK} rollback.yml {SERVICE} -e rollback_further=true" in following(answer, "release")


# -- what runs, and by which scripts -----------------------------------------------------------------------


def test_a_service_that_is_not_well_is_red() -> None:
    sick = {**WELL, "healthy": False, "failure": {"kind": "bad_status", "detail": "answered 503"}}
    answer = an_answer(a_survey(running=sick))
    assert red(answer) == {"process": ["answered 503"]}
    assert following(answer, "process") == [f"{PLAYBOOK} playbooks/health-check.yml {SERVICE}"]


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ({"scripts": None}, "rollback.sh is not installed"),
        (
            {"scripts": {"version": "0.9.0", "digest": "b" * 32}},
            "rollback.sh is not the code of this machine's version, 0.10.0",
        ),
        (
            {"scripts": {"version": "0.10.0", "digest": "b" * 32}},
            "rollback.sh is not the code of this machine's version, 0.10.0",
        ),
        (
            {"scripts": {"version": None, "digest": None}},
            "rollback.sh is not the code of this machine's version, 0.10.0",
        ),
        (
            {"scripts": {"version": "0.11.0", "digest": "b" * 32}},
            "rollback.sh is newer than this machine's version, 0.10.0: bring this checkout up to date first",
        ),
        ({"other_settings": True}, "rollback.sh goes by other settings than the last deploy did"),
    ],
)
def test_scripts_of_another_version_or_other_settings_are_red(there: dict[str, Any], why: str) -> None:
    answer = an_answer(a_survey(**there))
    assert red(answer) == {"scripts": [why]}
    assert following(answer, "scripts") == [f"{PLAYBOOK} playbooks/server-scripts.yml {SERVICE}"]


# -- messages, clocks, certificates ------------------------------------------------------------------------


def test_a_message_that_waits_is_red() -> None:
    answer = an_answer(outbox={"count": 2, "since": NOW - 300, "failure": None})
    assert red(answer) == {"outbox": ["2 messages wait for Discord, the first for 5 min"]}
    assert red(an_answer(outbox={"count": 1, "since": NOW + 9, "failure": None}))["outbox"] != []
    assert cells_of(an_answer(outbox={"count": 0, "since": None, "failure": "denied"}))["outbox"].state == UNKNOWN


@pytest.mark.parametrize(
    ("begun", "ended", "state", "why"),
    [
        (0.4, 0.9, GOOD, None),
        (2.3, 2.9, GOOD, None),
        (-1.5, -0.9, GOOD, None),
        (3.5, 4.0, BAD, "its clock is 3 s ahead of this machine's"),
        (-2.9, -2.4, BAD, "its clock is 2.9 s behind this machine's"),
        # It took long to start, or to answer: then it may be either.
        (
            -1.9,
            -1.4,
            UNKNOWN,
            "its clock may be behind this machine's, by at most 2.4 s: its answer took too long to tell",
        ),
        (0.4, 9.0, UNKNOWN, "its clock was set while it answered, or this machine's was"),
    ],
)
def test_a_clock_is_judged_by_what_the_answers_time_tells(begun: float, ended: float, state: str, why: Any) -> None:
    answer = an_answer(clock={"begun": NOW + begun, "ended": NOW + ended})
    assert cells_of(answer)["clock"].state == state
    assert red(answer) == ({} if why is None else {"clock": [why]})


def test_a_clock_of_which_nobody_knows_when_it_was_asked_is_not_judged() -> None:
    assert cells_of({**an_answer(), "asked": None})["clock"].state == UNKNOWN


@pytest.mark.parametrize(
    ("days", "why"),
    [
        (14.1, []),
        (13.9, ["the certificate of app:443 ends in 13 days"]),
        (1.5, ["the certificate of app:443 ends in one day"]),
        (-3, ["the certificate of app:443 ends in 0 days"]),
    ],
)
def test_a_certificate_is_red_from_two_weeks_before_its_end(days: float, why: list[str]) -> None:
    answer = an_answer(certificates=[{"address": "app:443", "expires": NOW + days * 86400, "failure": None}])
    assert red(answer).get("certificates", []) == why


def test_a_certificate_that_is_not_trusted_is_red() -> None:
    answer = an_answer(certificates=[{"address": "app:443", "expires": None, "failure": "TLS: expired"}])
    assert red(answer) == {"certificates": ["the certificate of app:443 cannot be used: TLS: expired"]}
    assert following(answer, "certificates")[0].startswith("openssl s_client -connect app:443 ")


# -- hosts that say nothing, or anything -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (UNREACHABLE, "cannot be reached"),
        ({}, "it gave no answer"),
        ({"failed": True, "msg": "no Python at /usr/bin/python3"}, "no Python at /usr/bin/python3"),
        ({"survey": {"x": 1}}, "its answer is not understood: service is no service's name"),
        ({**an_answer(), "examined": None}, "its answer is not understood: it is no mapping"),
        (
            {**an_answer(certificates=[{"address": "x; reboot", "failure": "no"}])},
            "its answer is not understood: certificates[0].address is no address and port",
        ),
    ],
)
def test_of_a_host_that_says_nothing_every_cell_is_unknown_and_why_is_told_once(answer: Any, why: str) -> None:
    cells = cells_of(answer)
    assert {cell.state for cell in cells.values()} == {UNKNOWN}
    assert [str(fault.why) for cell in cells.values() for fault in cell.faults] == [why]


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["1", "2", "../x", "\x1b[2J"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


FAULTY = an_answer(
    disk=["full"],
    outbox={"count": 1, "since": NOW, "failure": None},
    certificates=[{"address": "app:443", "expires": NOW, "failure": "bad"}],
)


@given(answer=ANY)
def test_any_answer_is_understood_or_is_not(answer: Any) -> None:
    with contextlib.suppress(NotUnderstood):
        read_examined(answer)


@given(data=st.data())
def test_whatever_one_host_answers_the_others_are_judged_alone_and_all_is_shown(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(paths(FAULTY))))
    answers = {"a": an_answer(), "b": an_answer(disk=["full"]), "c": put(FAULTY, path, data.draw(ANY))}
    known = understood(answers)
    found = judge(known, SITE)
    if known["c"].survey is not None and path[:1] != ("survey",):  # else it is another witness for a rollback
        alone = judge(understood({**answers, "c": an_answer()}), SITE)
        assert {host: found[host] for host in "ab"} == {host: alone[host] for host in "ab"}
    shown = report.render(found, {}, STAGING.write, "en")
    assert "\n".join(shown.splitlines()) == shown
    assert all(line.isprintable() for line in shown.splitlines())
    assert not report.is_ready(found, {})
