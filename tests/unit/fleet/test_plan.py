"""One decision for the whole fleet: the same whoever is asked first, and safe when pressed twice."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.core.errors import (
    Busy,
    Frozen,
    InvalidInput,
    NothingToRollBackTo,
    RecentRollback,
    RefitError,
    UnsafePath,
    VersionNotFound,
)
from refit.core.timestamps import until
from refit.fleet.memory import UNREACHABLE
from refit.fleet.plan import RECENT_S, plan_deploy, plan_rollback
from refit.fleet.steps import notes_on, steps_of
from refit.state.runs import with_dead
from refit.words.reason import Reason
from support.invocations import PLAYBOOK, SERVICE, STAGING
from support.surveys import at_work, intent, lost, mark, release, rolled_back, survey

THREE = (release("3", 30, op=3), release("2", 20, op=2), release("1", 10, op=1))


# -- rolling back ------------------------------------------------------------------------------------------


def test_a_fleet_goes_back_to_the_newest_release_proven_on_every_host():
    plan = plan_rollback({"a": survey("3", *THREE), "b": survey("3", THREE[0], THREE[2])})
    assert (plan.target, plan.leaving) == ("1", "3")
    assert plan.from_versions == {"a": "3", "b": "3"}


def test_a_host_that_cannot_be_read_is_missing_and_decides_nothing():
    plan = plan_rollback({"a": survey("3", *THREE), "b": None})
    assert (plan.target, plan.missing, plan.from_versions) == ("2", {"b": UNREACHABLE}, {"a": "3"})


def test_the_number_is_above_the_highest_that_any_host_has_seen():
    hosts = {
        "a": survey("3", *THREE, operation=at_work(7, unfinished=False)),
        "b": survey("3", *THREE, operation=at_work(9, unfinished=False)),
        "c": survey("3", *THREE),
    }
    assert plan_rollback(hosts).number == 10
    assert plan_deploy(hosts, "4").number == 10


@pytest.mark.parametrize(
    "unfit",
    [
        release("2", 20, bad="5xx"),
        *(release("2", 20, state=s) for s in ("damaged", "missing", "failed", "rolled_back", "staged", "unproven")),
    ],
    ids=lambda found: found["why_not"],
)
def test_a_release_that_is_unfit_on_one_host_is_passed_over_everywhere(unfit):
    hosts = {"a": survey("3", *THREE), "b": survey("3", THREE[0], unfit, THREE[2])}
    assert plan_rollback(hosts).target == "1"


def table_of(refused):
    return [re.split("  +", line) for line in refused.value.table_in("en")]


def test_where_nothing_qualifies_every_hosts_reasons_are_told():
    hosts = {"a": survey("3", THREE[0], release("2", 20, bad="5xx")), "b": survey("3", THREE[0])}
    with pytest.raises(NothingToRollBackTo) as refused:
        plan_rollback(hosts)
    assert table_of(refused) == [
        ["RELEASE", "HOSTS", "WHY NOT"],
        ["2", "a", "it was marked bad by kim: 5xx"],
        ["2", "b", "not there"],
        ["3", "a, b", "it is the one being left"],
    ]


def test_a_deploy_that_was_taken_back_does_not_stand_in_the_way_of_a_rollback_later():
    over = {**at_work(7, target="4", unfinished=False), "stopped": True}
    host = survey("3", *THREE, release("4", bad="it leaks"), previous="2", operation=over)
    assert plan_rollback({"a": host, "b": host}).target == "2"


def test_a_fleet_left_half_way_by_a_deploy_that_died_leaves_what_that_deploy_was_bringing():
    hosts = {"a": survey("3", *THREE), "b": survey("2", release("3", state="staged"), *THREE[1:])}
    plan = plan_rollback(hosts)
    assert (plan.target, plan.leaving) == ("2", "3")


HALF_WAY = [
    at_work(7, target="4"),
    {**at_work(7, target="4"), "unfinished": False},
    {**at_work(7, target="4", unfinished=False), "stopped": True},
]


@pytest.mark.parametrize("deploy", HALF_WAY, ids=["at work", "died", "stopped"])
def test_where_a_half_done_deploy_did_not_come_there_is_nothing_to_roll_back(deploy):
    hosts = {name: survey("3", release("4", state="staged"), *THREE, operation=deploy) for name in "ab"}
    for further in (False, True):
        with pytest.raises(NothingToRollBackTo, match="deploy of 4 by lee@ops-2 did not replace 3") as refused:
            plan_rollback(hosts, further=further)
    text = refused.value.told(STAGING.write)
    assert f"  to see that 3 is well:\n    {PLAYBOOK} rollback.yml {SERVICE} -e release_version=3\n" in text
    assert text.endswith(f"  if it is bad itself:\n    {PLAYBOOK} rollback.yml {SERVICE} -e release_version=2")
    assert plan_rollback(hosts, "2").target == "2"
    assert plan_rollback(hosts, "3").leaving is None


def test_what_ended_or_came_somewhere_or_is_known_to_be_bad_is_rolled_back_as_ever():
    for deploy in (at_work(7, target="4", unfinished=False), at_work(7, target="3"), None):
        assert plan_rollback({"a": survey("3", *THREE, operation=deploy)}).target == "2"
    marked = {"placed": [mark("3", "5xx")], "lifted": {}}
    assert plan_rollback({"a": survey("3", *THREE, operation=HALF_WAY[0], holds=marked)}).target == "2"
    canary = survey("4", release("4", 40, op=4), *THREE, operation=HALF_WAY[0])
    plan = plan_rollback({"a": canary, "b": survey("3", *THREE, operation=HALF_WAY[0])})
    assert (plan.leaving, plan.target) == ("4", "3")
    intends = survey("3", *THREE, operation=HALF_WAY[1], open_intent=intent("4", "3", "deploy"), leaving="4")
    assert plan_rollback({"a": intends}).leaving == "4"
    # One host's word keeps no fleet from going back.
    assert plan_rollback({"a": survey("3", *THREE, operation=HALF_WAY[2]), "b": survey("3", *THREE)}).target == "2"


def test_a_named_release_need_not_be_proven_but_whole_and_not_bad():
    def hosts(found):
        return {"a": survey("3", THREE[0], release("1", 10)), "b": survey("3", THREE[0], found)}

    assert plan_rollback(hosts(release("1", state="unproven")), "v1").target == "1"
    with pytest.raises(VersionNotFound, match="b: it is damaged"):
        plan_rollback(hosts(release("1", state="damaged")), "1")
    with pytest.raises(VersionNotFound, match="b: not there"):
        plan_rollback(hosts(release("2")), "1")
    with pytest.raises(NothingToRollBackTo, match="b: it was marked bad by kim: 5xx"):
        plan_rollback(hosts(release("1", 10, bad="5xx")), "1")


def test_naming_the_release_that_is_live_marks_nothing_bad():
    assert plan_rollback({"a": survey("3", *THREE)}, "3").leaving is None


@pytest.mark.parametrize(
    ("begun", "nothing"),
    [({}, True), ({"current": "1"}, False), ({"open_intent": "rollback"}, False), ({"operation": "rollback"}, False)],
)
def test_a_rollback_to_what_is_live_leaves_nothing_unless_something_was_begun(begun, nothing):
    begun = dict(begun)
    if "open_intent" in begun:
        begun["open_intent"] = intent("2", "3", begun["open_intent"])
    if "operation" in begun:
        begun["operation"] = at_work(4, begun["operation"], "2")
    hosts = {"a": survey("2", release("2", 2), release("1", 1)), "b": survey("2", release("2", 2), release("1", 1))}
    hosts["b"].update(begun)
    assert plan_rollback(hosts, "2").leaves_nothing is nothing


def test_a_server_under_two_names_is_refused_before_anything_is_brought_to_it():
    hosts = {
        name: survey("3", *THREE, place=place) for name, place in {"a": "x/1/2", "b": "x/1/3", "c": "x/1/2"}.items()
    }
    with pytest.raises(RefitError, match="a and c are one server under 2 names") as refused:
        plan_deploy(hosts, "4")
    assert refused.value.told(STAGING.write).endswith(f"deploy.yml {SERVICE} -e distrust=c")
    assert plan_deploy(hosts, "4", distrusted=["c"]).target == "4"
    assert plan_rollback(hosts).target == "2"  # which goes back whatever an inventory says
    unknown = {name: survey("3", *THREE, place=None) for name in "ab"}
    assert plan_deploy(unknown, "4").target == "4"


def test_no_fleet_and_no_reachable_host_are_told_apart():
    with pytest.raises(InvalidInput, match="empty"):
        plan_rollback({})
    with pytest.raises(RefitError, match="no host of the fleet can be reached: a, b"):
        plan_rollback({"b": None, "a": None})


# -- pressing twice ----------------------------------------------------------------------------------------

LEFT = release("3", 30, state="rolled_back", bad="5xx")
BACK_ON_2 = survey("2", LEFT, *THREE[1:], last_rollback=rolled_back("2", "3"))


def test_a_second_rollback_within_minutes_is_refused_and_says_who_made_the_first():
    with pytest.raises(RecentRollback, match=r"from 3 to 2 60 s ago by lee@ops-2 \(nothing was changed") as refused:
        plan_rollback({"a": BACK_ON_2})
    assert STAGING.write(refused.value.steps[0]).endswith("rollback.yml -e service=backend -e rollback_further=true")


def test_who_only_looks_is_shown_the_plan_and_until_when_it_would_be_refused():
    plan = plan_rollback({"a": BACK_ON_2}, looks=True)
    assert plan.target == "1"
    assert str(notes_on(plan, {"a": BACK_ON_2})[0]) == (
        f"would be refused {until('2024-01-27T12:10:00.000Z')}: the fleet went back from 3 to 2 60 s ago by lee@ops-2"
    )
    assert plan_rollback({"a": BACK_ON_2}, further=True, looks=True).refused is None


@pytest.mark.parametrize(("age_s", "refused"), [(RECENT_S - 1, True), (RECENT_S, False)])
def test_after_ten_minutes_going_back_is_a_new_decision(age_s, refused):
    host = {**BACK_ON_2, "last_rollback": rolled_back("2", "3", age_s)}
    if refused:
        with pytest.raises(RecentRollback):
            plan_rollback({"a": host})
    else:
        assert plan_rollback({"a": host}).target == "1"


def test_further_or_a_name_goes_back_again_at_once():
    assert plan_rollback({"a": BACK_ON_2}, further=True).target == "1"
    assert plan_rollback({"a": BACK_ON_2}, "1").target == "1"


def test_a_host_that_missed_the_rollback_is_brought_where_the_others_went():
    plan = plan_rollback({"a": BACK_ON_2, "b": survey("3", *THREE)})
    assert (plan.target, plan.why) == ("2", Reason("finishes_the_rollback"))


def test_a_host_that_missed_the_rollback_is_not_brought_to_what_was_marked_bad_since():
    bad_since = [release("2", 20, bad="worse"), THREE[2]]
    hosts = {"a": {**BACK_ON_2, "releases": bad_since}, "b": survey("3", THREE[0], *bad_since)}
    assert plan_rollback(hosts).target == "1"


@pytest.mark.parametrize("further", [False, True])
@pytest.mark.parametrize("kind", ["rollback", "restore"])
def test_a_rollback_that_died_is_finished_first(kind, further):
    died = survey("2", *THREE[1:], release("3", 30, bad="5xx"), leaving="3", open_intent=intent("2", "3", kind))
    plan = plan_rollback({"a": died, "b": survey("3", *THREE)}, further=further)
    assert (plan.target, plan.leaving) == ("2", "3")


def test_a_rollback_that_died_is_not_finished_on_a_release_that_was_marked_bad_since():
    releases = (THREE[0], release("2", 20, bad="worse"), THREE[2])
    died = survey("2", *releases, leaving="3", open_intent=intent("2", "3", "rollback"))
    assert plan_rollback({"a": died}).target == "1"


@pytest.mark.parametrize("further", [False, True])
def test_a_rollback_that_is_still_at_work_is_joined_and_not_outdone(further):
    host = {**BACK_ON_2, "operation": at_work(5, "rollback", "2")}
    assert plan_rollback({"a": host}, further=further).target == "2"
    ended = {**BACK_ON_2, "operation": at_work(5, "rollback", "2", unfinished=False)}
    assert plan_rollback({"a": ended}, further=True).target == "1"


def test_a_deploy_that_died_is_no_rollback_to_finish():
    died = survey("4", *THREE, release("4", state="activated"), leaving="4", open_intent=intent("4", "3", "deploy"))
    plan = plan_rollback({"a": died})
    assert (plan.target, plan.leaving) == ("3", "4")


# -- what one host knows counts on all ---------------------------------------------------------------------

SHA = "a" * 64


def test_a_release_proven_anywhere_is_a_target_where_the_same_content_was_never_run():
    fresh = survey("3", THREE[0], release("2", state="staged", sha256=SHA), THREE[2])
    proven = survey("3", THREE[0], release("2", 20, sha256=SHA), THREE[2])
    plan = plan_rollback({"a": proven, "b": fresh})
    assert (plan.target, plan.brought) == ("2", {})
    other = survey("3", THREE[0], release("2", state="staged", sha256="b" * 64), THREE[2])
    assert plan_rollback({"a": proven, "b": other}).target == "1"


@pytest.mark.parametrize("state", ["failed", "rolled_back"])
def test_what_a_host_saw_fail_itself_is_no_target_there_though_others_proved_it(state):
    failed = survey("3", THREE[0], release("2", 20, state=state, sha256=SHA), THREE[2])
    assert (
        plan_rollback({"a": survey("3", THREE[0], release("2", 20, sha256=SHA), THREE[2]), "b": failed}).target == "1"
    )


def test_a_mark_on_any_host_counts_on_all_and_is_written_where_it_is_missing():
    knows = survey("3", *THREE, holds={"placed": [mark("2", "it leaks")], "lifted": {}})
    plan = plan_rollback({"a": knows, "b": survey("3", *THREE)})
    assert plan.target == "1"
    assert [(entry["event"], entry["version"]) for entry in plan.lessons["b"]] == [("marked_bad", "2")]
    assert set(plan.lessons) == {"b"}
    with pytest.raises(NothingToRollBackTo, match="a: it was marked bad by kim: it leaks"):
        plan_rollback({"a": knows, "b": survey("3", *THREE)}, "2")


def test_a_mark_that_was_lifted_on_any_host_is_lifted_on_one_that_comes_back_with_it():
    lifted = {"placed": [], "lifted": {"2/5xx": {"reason": "mended", "by": "lee", "at": None}}}
    came_back = survey("3", THREE[0], release("2", 20, bad="5xx"), THREE[2])
    plan = plan_rollback({"a": survey("3", *THREE, holds=lifted), "b": came_back})
    assert plan.target == "2"
    assert [entry["lifts"] for entry in plan.lessons["b"]] == [["2/5xx"]]


def test_a_fresh_host_is_brought_the_release_from_one_that_has_it_whole():
    old = survey("3", release("3", 30, sha256="c" * 64, op=3), release("2", 20, sha256=SHA, tree="d" * 64, op=2))
    plan = plan_rollback({"a": old, "b": old, "new": survey("3", release("3", 5, sha256="c" * 64, op=3))})
    assert (plan.target, plan.brought, plan.content, plan.tree) == ("2", {"new": "a"}, SHA, "d" * 64)
    assert plan.targets == {"a": "2", "b": "2", "new": "2"}
    empty = plan_rollback({"a": old, "new": survey(None)})
    assert (empty.target, empty.brought) == ("2", {"new": "a"})


def test_hosts_with_releases_of_their_own_are_brought_none_as_long_as_the_fleet_has_one_in_common():
    def has(*versions):
        return [release(version, 10 * int(version), sha256=version * 64, op=int(version)) for version in versions]

    assert plan_rollback({"a": survey("3", *has("3", "2", "1")), "b": survey("3", *has("3", "1"))}).target == "1"
    plan = plan_rollback({"a": survey("4", *has("4", "3")), "b": survey("4", *has("4", "2"))})
    assert (plan.target, plan.brought) == ("3", {"b": "a"})


def test_a_named_release_is_brought_too_but_never_over_the_live_one_nor_of_uncertain_content():
    has = survey("3", THREE[0], release("1", state="staged", sha256=SHA))
    assert plan_rollback({"a": has, "b": survey("3", THREE[0])}, "1").brought == {"b": "a"}
    other = survey("3", THREE[0], release("1", state="missing", sha256="b" * 64))
    with pytest.raises(VersionNotFound, match="b: it is missing"):
        plan_rollback({"a": has, "b": other}, "1")
    live = survey("1", release("1", state="damaged", sha256=SHA))
    with pytest.raises(VersionNotFound, match="b: it is damaged"):
        plan_rollback({"a": has, "b": live}, "1")


def test_hosts_that_went_each_to_its_own_are_not_taken_back_again_and_those_that_did_not_are_finished():
    def host(current, own, *older):
        back = {"last_rollback": rolled_back(own, "3"), "operation": at_work(4, "rollback", None, unfinished=False)}
        left = release("3", 30, bad="5xx", op=3)
        return survey(current, left, release(own, 20), *older, **(back if current == own else {}))

    older = release("0", 5, op=1)
    back = {"a": host("2", "2", older), "b": host("1", "1", older)}
    for allowed in (False, True):
        with pytest.raises(RecentRollback, match="from 3 to each host's own release 60 s ago by lee@ops-2"):
            plan_rollback(back, allow_divergent=allowed)
    assert plan_rollback(back, further=True).target == "0"

    half_way = {"a": host("2", "2"), "b": host("3", "1")}
    plan = plan_rollback(half_way, allow_divergent=True)
    assert (plan.targets, plan.leaving) == ({"a": "2", "b": "1"}, "3")
    with pytest.raises(NothingToRollBackTo, match="rollback_allow_divergent=true"):
        plan_rollback(half_way)


URL = "https://builds.example.com/backend-2.tar.gz"


@pytest.mark.parametrize("state", ["missing", "damaged"])
@pytest.mark.parametrize("url", [URL, "s3://builds/backend-2.tar.gz"])
def test_what_no_host_has_whole_is_fetched_from_where_it_came_if_nothing_else_is_left(state, url):
    knows = survey("3", THREE[0], lost("2", 20, state, sha256=SHA, source=url))
    hosts = {"a": knows, "b": survey("3", THREE[0], lost("2", 20, sha256=SHA, source=url)), "new": survey(None)}
    plan = plan_rollback(hosts, may_fetch=True)
    assert (plan.target, plan.content, plan.brought) == ("2", SHA, {})
    assert plan.fetched == dict.fromkeys(hosts, url)
    steps = steps_of(plan, hosts)
    assert all(str(found[0]) == f"fetch 2 from {url}, since no host has a copy to give" for found in steps.values())
    with pytest.raises(NothingToRollBackTo):  # rollback.sh, which cannot fetch
        plan_rollback(hosts)


def test_a_release_that_is_there_goes_before_one_that_must_be_fetched():
    fetchable = lost("2", 20, sha256=SHA, source=URL)
    older = survey("3", THREE[0], fetchable, THREE[2])
    assert plan_rollback({"a": older, "b": older}, may_fetch=True).target == "1"
    has = survey("3", THREE[0], release("2", 20, sha256=SHA, source=URL))
    plan = plan_rollback({"a": has, "b": survey("3", THREE[0], fetchable)}, may_fetch=True)
    assert (plan.target, plan.brought, plan.fetched) == ("2", {"b": "a"}, {})


@pytest.mark.parametrize(
    "uncertain",
    [
        {"source": "backend-2.tar.gz"},
        {"source": None},
        {"source": "ftp://builds.example.com/backend-2.tar.gz"},
        {"sha256": None},
        {"bad": "5xx"},
    ],
    ids=str,
)
def test_nothing_is_fetched_whose_origin_or_content_is_not_certain_or_that_is_bad(uncertain):
    known = {"sha256": SHA, "source": URL, **uncertain}
    with pytest.raises(NothingToRollBackTo):
        plan_rollback({"a": survey("3", THREE[0], lost("2", 20, **known))}, may_fetch=True)


def test_nothing_is_fetched_of_which_hosts_remember_different_contents_or_over_the_live_release():
    one, other = lost("2", 20, sha256=SHA, source=URL), lost("2", 20, sha256="b" * 64, source=URL)
    with pytest.raises(NothingToRollBackTo):
        plan_rollback({"a": survey("3", THREE[0], one), "b": survey("3", THREE[0], other)}, may_fetch=True)
    live = {"a": survey("2", lost("2", 20, "damaged", sha256=SHA, source=URL))}
    with pytest.raises(VersionNotFound, match="a: it is damaged"):
        plan_rollback(live, "2", may_fetch=True)


def test_a_named_release_is_fetched_though_it_was_never_proven_and_a_rollback_that_began_so_is_finished():
    staged = {"a": survey("3", *THREE, release("4", state="missing", sha256=SHA, source=URL))}
    assert plan_rollback(staged, "4", may_fetch=True).fetched == {"a": URL}
    with pytest.raises(VersionNotFound):
        plan_rollback(staged, "4")
    knows = survey("3", *THREE, lost("0", 5, sha256=SHA, source=URL), operation=at_work(4, "rollback", "0"))
    plan = plan_rollback({"a": knows}, may_fetch=True)
    assert (plan.target, plan.fetched, plan.why) == ("0", {"a": URL}, Reason("finishes_the_rollback"))


def test_each_host_may_go_to_its_own_release_where_that_is_allowed():
    hosts = {"a": survey("3", THREE[0], release("2", 20)), "b": survey("3", THREE[0], release("1", 10))}
    with pytest.raises(NothingToRollBackTo, match="rollback_allow_divergent=true"):
        plan_rollback(hosts)
    plan = plan_rollback(hosts, allow_divergent=True)
    assert (plan.target, plan.targets, plan.leaving) == (None, {"a": "2", "b": "1"}, "3")
    with pytest.raises(NothingToRollBackTo):
        plan_rollback({**hosts, "c": survey("3", THREE[0])}, allow_divergent=True)


def test_a_host_that_stands_apart_is_named():
    apart = survey("2", *THREE)
    plan = plan_deploy({"a": survey("3", *THREE), "b": survey("3", *THREE), "c": apart}, "4")
    assert {host: str(why) for host, why in plan.divergent.items()} == {"c": "runs 2; the fleet is to run 3"}
    died = survey("3", *THREE, open_intent=intent("3", "2", "rollback"))
    plan = plan_rollback({"a": survey("3", *THREE), "b": died}, "1")
    assert {host: str(why) for host, why in plan.divergent.items()} == {
        "b": "an interrupted rollback of 3 is unfinished"
    }


def test_a_host_left_on_a_bad_release_goes_back_to_the_fleets_and_not_to_the_bad_one():
    left = survey("3", release("3", 30, bad="5xx", op=3), *THREE[1:])
    back = survey("2", release("3", 30, bad="5xx", op=3), *THREE[1:])
    plan = plan_deploy({"a": left, "b": left, "c": back}, "4")
    assert {host: str(why) for host, why in plan.divergent.items()} == dict.fromkeys(
        "ab", "runs 3, which is marked bad; the fleet is to run 2"
    )
    assert plan.from_versions == dict.fromkeys("abc", "2")


def test_a_rollback_tells_which_deploy_it_stops():
    hosts = {name: survey("3", *THREE, operation=at_work(7)) for name in "ab"}
    assert plan_rollback(hosts).stops == ({"target": "3", "owner": "lee@ops-2", "started": "2024-01-27T12:00:00.000Z"},)
    over = survey("3", *THREE, operation=at_work(7, unfinished=False))
    dead = survey("3", *THREE, operation={**at_work(8), "dead": True})
    assert plan_rollback({"a": over, "b": dead}).stops == ()


# -- frozen ------------------------------------------------------------------------------------------------

FROZEN = {"placed": [mark(None, "quarter", "f")], "lifted": {}}


def test_a_freeze_on_any_host_refuses_deploys_and_no_rollback():
    hosts = {"a": survey("3", *THREE), "b": survey("3", *THREE, holds=FROZEN)}
    with pytest.raises(Frozen, match="quarter"):
        plan_deploy(hosts, "4")
    assert plan_rollback(hosts).target == "2"


def test_who_overrides_a_freeze_says_why_and_the_freeze_is_told_on():
    hosts = {"a": survey("3", *THREE), "b": survey("3", *THREE, holds=FROZEN)}
    plan = plan_deploy(hosts, "4", override_freeze="cannot wait")
    assert plan.override == "cannot wait"
    assert [entry["event"] for entry in plan.lessons["a"]] == ["frozen"]
    assert plan_deploy({"a": survey("3", *THREE)}, "4", override_freeze="cannot wait").override is None


def test_overriding_a_freeze_does_not_make_a_bad_release_good():
    hosts = {
        "a": survey("3", *THREE, release("4", bad="it leaks"), holds={**FROZEN, "placed": [mark("4", "it leaks")]})
    }
    with pytest.raises(RefitError, match="marked bad"):
        plan_deploy(hosts, "4", override_freeze="cannot wait")


# -- deploying ---------------------------------------------------------------------------------------------


def test_each_host_goes_back_to_its_own_release_and_never_to_the_target_of_a_dead_run():
    died = survey("3", *THREE, open_intent=intent("3", "2", "deploy"))
    plan = plan_deploy({"a": survey("1", *THREE), "b": died, "c": survey(None)}, "4")
    assert plan.from_versions == {"a": "1", "b": "2", "c": None}


def test_a_deploy_that_resumes_a_dead_one_remembers_what_that_one_had_replaced():
    done = survey("3", *THREE, previous="2", operation=at_work(7, target="3"))
    left = survey("2", *THREE, previous="1", operation=at_work(7, target="3"))

    assert plan_deploy(with_dead({"a": done, "b": left}, ["run-7"]), "3").from_versions == {"a": "2", "b": "2"}

    finished = survey("3", *THREE, previous="2", operation=at_work(7, target="3", unfinished=False))
    assert plan_deploy({"a": finished, "b": finished}, "3").from_versions == {"a": "3", "b": "3"}


def test_a_deploy_needs_every_host_unless_some_may_be_missing():
    hosts = {"a": survey("3", *THREE), "b": None}
    with pytest.raises(RefitError, match="1 of 2 hosts cannot be reached: b"):
        plan_deploy(hosts, "4")
    assert plan_deploy(hosts, "4", max_unreachable=1).missing == {"b": UNREACHABLE}
    with pytest.raises(RefitError, match="no host of the fleet can be reached: a, b"):
        plan_deploy({"a": None, "b": None}, "4", max_unreachable=2)


def test_a_host_on_which_root_may_not_work_is_missing_before_anything_is_copied_to_it():
    unsafe = survey("3", *THREE, unsafe="backend.root leads root to where others may lead it elsewhere: /opt/app")
    hosts = {"a": survey("3", *THREE), "b": unsafe}
    with pytest.raises(RefitError, match=r"1 of 2 hosts cannot be read: b \(backend\.root leads root to"):
        plan_deploy(hosts, "4")
    plan = plan_rollback(hosts)
    assert (list(plan.targets), plan.missing) == (["a"], {"b": unsafe["unsafe"]})
    with pytest.raises(UnsafePath, match=r"no host of the fleet can be worked on: b \(backend\.root"):
        plan_rollback({"b": unsafe})


def test_a_release_that_is_bad_on_any_host_is_not_deployed():
    hosts = {"a": survey("3", *THREE), "b": survey("3", *THREE, release("4", bad="it leaks"))}
    with pytest.raises(RefitError, match="4 is marked bad: it leaks.*by kim, .*, on b"):
        plan_deploy(hosts, "v4")


def test_why_it_is_bad_is_said_in_words_where_the_product_found_that_out_itself():
    why = {"code": "failed_on", "host": "b", "why": {"code": "process_gone", "pid": 7}}
    hosts = {"a": survey("3", *THREE), "b": survey("3", *THREE, release("4", bad=why))}
    with pytest.raises(RefitError, match="4 is marked bad: failed on b: process 7 is gone "):
        plan_deploy(hosts, "4")


def test_a_deploy_waits_for_who_is_at_work_and_takes_over_from_the_dead():
    hosts = {"a": survey("3", *THREE), "b": survey("3", *THREE, operation=at_work(4))}
    with pytest.raises(Busy, match="deploy of 3 by lee@ops-2, begun .*b; .*and it expires"):
        plan_deploy(with_dead(hosts, ["run-9"]), "4")
    assert plan_deploy(with_dead(hosts, ["run-4"]), "4").takes_over == ("run-4",)
    hosts["a"]["operation"] = {**at_work(5), "dead": True}  # as the host itself saw
    assert plan_deploy(with_dead(hosts, ["run-4"]), "4").takes_over == ("run-4", "run-5")


# -- in general --------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["1", "2", "3", "4"])


@st.composite
def any_survey(draw):
    names = draw(st.lists(NAMES, unique=True, min_size=1))
    states = st.sampled_from(["verified", "verified", "verified", "failed", "damaged", "missing", "unproven"])
    bad, content = st.sampled_from([None, None, None, "5xx"]), st.sampled_from([None, SHA, SHA, "b" * 64])
    found = [
        {
            **release(name, 10 - rank, state=draw(states), bad=draw(bad), op=draw(st.integers(0, 3))),
            **{"sha256": draw(content), "source": draw(st.sampled_from([None, URL]))},
            **{"tree_sha256": draw(st.sampled_from([None, "d" * 64, "d" * 64]))},
        }
        for rank, name in enumerate(names)
    ]
    for gone in found:  # what was proven and is gone stays proven
        if not gone["usable"] and draw(st.booleans()):
            gone.update(proven=True, result="verified")
    current, kind = draw(st.sampled_from(names)), draw(st.sampled_from(["deploy", "rollback", "restore"]))
    return survey(
        current,
        *found,
        open_intent=draw(st.one_of(st.none(), st.just(intent(current, draw(NAMES), kind)))),
        last_rollback=draw(
            st.one_of(st.none(), st.builds(rolled_back, NAMES, NAMES, st.sampled_from([5.0, 50.0, 5000.0])))
        ),
        operation=draw(st.one_of(st.none(), st.builds(at_work, st.integers(1, 5), st.just("rollback"), NAMES))),
    )


def ends(hosts, **how):
    try:
        return plan_rollback(hosts, **how)
    except RefitError as error:
        return (error.kind, str(error))


fleets = st.dictionaries(
    st.sampled_from(["a", "b", "c", "d"]), st.one_of(any_survey(), any_survey(), st.none()), min_size=1
)


@given(fleets, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_in_which_hosts_are_read_never_matters(hosts, further, random):
    names = list(hosts)
    random.shuffle(names)
    assert ends({name: hosts[name] for name in names}, further=further) == ends(hosts, further=further)


@given(fleets, st.booleans(), st.booleans())
def test_no_rollback_ever_goes_to_a_release_that_is_bad_anywhere_or_not_whole_where_it_goes(hosts, further, divergent):
    plan = ends(hosts, further=further, allow_divergent=divergent)
    if isinstance(plan, tuple):
        return
    reachable = {name: found for name, found in hosts.items() if found}
    bad = {hold["version"] for found in reachable.values() for hold in found["holds"]["placed"]}
    assert set(plan.from_versions) == set(plan.targets) == set(reachable)
    assert bad.isdisjoint(plan.targets.values())
    for name, version in plan.targets.items():
        assert version in (plan.target, None) or plan.target is None
        source = reachable[plan.brought.get(name, name)]
        target = next(r for r in source["releases"] if r["version"] == version)
        assert target["usable"]
        if name in plan.brought:
            assert target["sha256"] == plan.content
            assert plan.tree in (None, target["tree_sha256"])
        proofs = [r for found in reachable.values() for r in found["releases"] if r["version"] == version]
        assert any(r["proven"] for r in proofs) or plan.why.code == "finishes_the_rollback"
    assert plan.leaving not in plan.targets.values()


def swept(survey):
    """The survey of a host on whose disk only the live release is left; the ledger knows the others."""
    gone = {"state": "missing", "usable": False, "proven": True, "result": "verified", "why_not": "it is missing"}
    releases = [r if r["version"] == survey["current"] else {**r, **gone} for r in survey["releases"]]
    return {**survey, "releases": releases}


@given(fleets.map(lambda hosts: {name: s and swept(s) for name, s in hosts.items()}), st.one_of(st.none(), NAMES))
def test_what_is_fetched_has_one_content_is_given_by_no_host_and_was_the_only_way(hosts, version):
    plan = ends(hosts, version=version, may_fetch=True)
    if isinstance(plan, tuple) or not plan.fetched:
        return
    reachable = {name: found for name, found in hosts.items() if found}
    releases = [r for found in reachable.values() for r in found["releases"] if r["version"] == plan.target]
    told = [r["sha256"] for r in releases if r["sha256"]]
    assert set(told) == {plan.content} or told.count(plan.content) > 1
    live = {name for name, found in reachable.items() if found["current"] == plan.target}  # all else was swept
    assert set(plan.fetched) == set(reachable) - live
    assert not plan.brought
    if plan.why.code == "newest_proven":
        assert isinstance(ends(hosts), tuple)


@given(fleets, any_survey(), NAMES)
def test_a_mark_never_stops_counting_because_another_host_is_read_as_well(hosts, one_more, version):
    def refused(found):
        try:
            dead = [f"run-{number}" for number in range(9)]
            plan_deploy(with_dead(found, dead), version, max_unreachable=9)
        except RefitError as error:
            return "marked bad" in str(error)
        return False

    if refused(hosts):
        assert refused({**hosts, "one-more": one_more})
