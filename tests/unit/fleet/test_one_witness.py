"""Of three hosts or more one alone decides nothing for the others, and none of its words count once distrusted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.core.errors import Busy, Frozen, InvalidInput, NothingToRollBackTo, RefitError, VersionNotFound
from refit.fleet.freeze import plan_freeze, plan_resume
from refit.fleet.memory import FleetMemory
from refit.fleet.plan import plan_deploy, plan_rollback
from refit.state.holds import Holds
from refit.state.signatures import Keyring
from refit.state.signed import staged_facts
from support.surveys import at_work, intent, lost, mark, release, rolled_back, survey

SHAS = {version: version * 64 for version in "1239"}
TREES = {version: ("e" + version) * 32 for version in SHAS}
URL, ELSEWHERE = "https://builds.example.com/{}.tar.gz", "https://evil.example.net/x.tar.gz"
RING = Keyring(("k" * 32,), "backend", "production", "run-9", "2024-01-27T12:00:00.000Z")
# What somebody may have who has no key: what was signed of 1 long ago, and what another service's controllers signed.
WORDS = [
    None,
    {},
    RING.sign("staged", staged_facts("1", SHAS["1"], URL.format("1"), TREES["1"], proven=True)),
    *(
        replace(RING, service="other").sign("staged", staged_facts(v, SHAS["9"], ELSEWHERE, TREES["9"], proven=True))
        for v in "129"
    ),
]
LIFT = {"reason": "mended", "by": "lee", "at": None}


def known(version, order, **more):
    given = {"sha256": SHAS[version], "source": URL.format(version), "tree": TREES[version], **more}
    return release(version, order, op=order, **given)


THREE = (known("3", 3), known("2", 2), known("1", 1))
HONEST = {"a": survey("3", *THREE), "b": survey("3", *THREE)}


def holds(*placed, lifted=()):
    return {"placed": list(placed), "lifted": dict.fromkeys(lifted, LIFT)}


@st.composite
def any_word(draw):
    """What a host may say that wishes the others ill."""
    versions = st.sampled_from(["1", "2", "3", "9"])
    states = st.sampled_from(["verified", "verified", "staged", "failed", "missing", "damaged"])
    contents, sources = st.sampled_from([*SHAS.values(), None]), st.sampled_from([ELSEWHERE, URL.format("2"), None])
    numbers = st.sampled_from([0, 3, 4, 10**15])
    names = draw(st.lists(versions, unique=True))
    releases = [
        {
            **release(name, 50 - rank, state=draw(states), sha256=draw(contents), op=draw(numbers)),
            **{"source": draw(sources), "proven": draw(st.booleans())},
            **{"tree_sha256": draw(st.sampled_from([*TREES.values(), None])), "signed": draw(st.sampled_from(WORDS))},
        }
        for rank, name in enumerate(names)
    ]
    current = draw(st.sampled_from([*names, None]))
    kinds = st.sampled_from(["deploy", "rollback", "restore"])
    told = st.builds(mark, versions | st.none(), st.just("5xx"), st.sampled_from(["m1", "m2", "f"]))
    return survey(
        current,
        *releases,
        leaving=draw(st.none() | versions),
        holds=holds(*draw(st.lists(told)), lifted=draw(st.lists(st.sampled_from(["m1", "m2", "f"])))),
        open_intent=draw(st.none() | st.builds(intent, versions, versions, kinds)),
        last_rollback=draw(st.none() | st.builds(rolled_back, versions, versions, st.just(5.0))),
        operation=draw(
            st.none()
            | st.builds(at_work, numbers, st.sampled_from(["deploy", "rollback"]), versions | st.none(), st.booleans())
        ),
    )


def _without(r):
    """What is left of a release whose directory is gone: what the ledger knows."""
    return {**lost(r["version"], r["order"], sha256=r["sha256"], source=r["source"], tree=r["tree_sha256"])}


@st.composite
def fleets(draw):
    """Two or three hosts that mean well, some of which lost what they had, and one that does not."""
    found = {}
    for host in "abc"[: draw(st.integers(2, 3))]:
        gone = draw(st.sampled_from([(), (), ("2",), ("1", "2")]))
        kept = [_without(r) if r["version"] in gone else r for r in THREE]
        found[host] = survey("3", *kept, operation=at_work(3, unfinished=False))
    return {**found, "evil": draw(any_word())}


HOW = st.fixed_dictionaries(
    {
        **{"further": st.booleans(), "may_fetch": st.booleans(), "allow_divergent": st.booleans()},
        "keyring": st.sampled_from([None, RING]),
    },
    optional={"version": st.sampled_from(["1", "2", "9"])},
)


@given(fleets(), HOW)
def test_one_host_leads_the_others_to_nothing_that_they_do_not_know_themselves(hosts, how):
    try:
        plan = plan_rollback(hosts, **how)
    except (NothingToRollBackTo, VersionNotFound):
        return  # that it can stand in the way is seen, and said how to go on
    for host in set(hosts) - {"evil"}:
        version = plan.targets[host]
        assert version in ("1", "2")
        if host in plan.brought or host in plan.fetched:
            assert plan.content == SHAS[version]
        assert plan.tree == (TREES[version] if plan.brought else None)
        assert plan.fetched.get(host) in (None, URL.format(version))
    assert plan.leaving == "3"
    assert plan.number <= 1_000_004


@given(fleets(), HOW)
def test_where_there_is_a_key_no_mark_of_one_host_blocks_a_rollback(hosts, how):
    how = {**how, "keyring": RING}
    evil = hosts["evil"]
    try:
        plan_rollback({**hosts, "evil": {**evil, "holds": holds()}}, **how)
    except RefitError:
        return
    plan_rollback(hosts, **how)


@given(fleets(), HOW)
def test_a_distrusted_host_makes_no_difference_to_where_the_others_go(hosts, how):
    def planned(surveys, **more):
        try:
            plan = plan_rollback(surveys, **how, **more).to_record()
        except RefitError as error:
            return str(error)
        for name in ("targets", "from_versions", "live", "brought", "fetched", "lessons", "divergent"):
            plan[name].pop("evil", None)
        if "evil" in hosts:  # it may be the only one that must be brought something
            plan["content"] = plan["content"] if plan["brought"] or plan["fetched"] else None
            plan["tree"] = plan["tree"] if plan["brought"] else None
        return plan

    others = {host: said for host, said in hosts.items() if host != "evil"}
    assert planned(hosts, distrusted=["evil"]) == planned(others)


@given(fleets(), st.sampled_from(["2", "4", "9"]))
def test_a_distrusted_host_makes_no_difference_to_what_is_deployed_on_the_others(hosts, version):
    def planned(surveys, **more):
        plan = plan_deploy(surveys, version, **more).to_record()
        for name in ("targets", "from_versions", "live", "lessons", "divergent"):
            plan[name].pop("evil", None)
        return plan

    others = {host: said for host, said in hosts.items() if host != "evil"}
    assert planned(hosts, distrusted=["evil"]) == planned(others)


@given(st.lists(any_word(), min_size=2, max_size=3), any_word())
def test_no_host_alone_lifts_what_another_holds(words, evil):
    before = {str(number): word for number, word in enumerate(words)}
    after = FleetMemory.of({**before, "evil": evil}).holds
    for key, hold in Holds.from_record(words[0]["holds"]).placed.items():
        lifting = [host for host, word in before.items() if key in word["holds"]["lifted"]]
        if not lifting:
            assert key in {held.id for held in after.standing()}, hold


# -- what it offers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [True, False])
def test_a_release_that_one_host_alone_knows_is_brought_and_fetched_to_nobody(whole):
    state = "verified" if whole else "missing"
    offered = {**release("9", 9, op=9, state=state, sha256=SHAS["9"], source=ELSEWHERE), "proven": True}
    hosts = {**HONEST, "evil": survey("3", offered, *THREE)}
    plan = plan_rollback(hosts, may_fetch=True)
    assert (plan.target, plan.brought, plan.fetched) == ("2", {}, {})
    with pytest.raises(VersionNotFound, match="a: not there, and that evil alone knows it is not enough"):
        plan_rollback(hosts, "9", may_fetch=True)


def test_where_every_other_release_is_marked_what_one_host_offers_is_not_taken_and_the_way_out_is_said():
    marks = holds(*(mark(version, "5xx") for version in "123"))
    hosts = {**HONEST, "evil": survey("9", release("9", 9, sha256=SHAS["9"]), holds=marks)}
    with pytest.raises(NothingToRollBackTo, match=r"if evil is not to be believed:\n.*distrust=evil"):
        plan_rollback(hosts, may_fetch=True)
    plan = plan_rollback(hosts, may_fetch=True, distrusted=["evil"])
    assert (plan.target, plan.brought) == ("2", {"evil": "a"})


def test_other_content_under_a_known_name_and_another_origin_do_not_count():
    gone = [lost("2", 2, sha256=SHAS["2"], source=URL.format("2"))]
    hosts = dict.fromkeys("ab", survey("3", THREE[0], *gone))
    for said in ({"sha256": SHAS["9"]}, {"sha256": SHAS["2"]}):
        evil = survey("3", THREE[0], release("2", 2, state="missing", source=ELSEWHERE, **said))
        plan = plan_rollback({**hosts, "evil": evil}, may_fetch=True)
        assert (plan.fetched["a"], plan.content) == (URL.format("2"), SHAS["2"])
    nowhere = survey("3", THREE[0], lost("2", 2, sha256=SHAS["2"]))
    with pytest.raises(NothingToRollBackTo):
        plan_rollback({"a": nowhere, "b": nowhere, "evil": evil}, may_fetch=True)


@pytest.mark.parametrize("others", [None, "f" * 64])
def test_a_copy_must_hold_what_two_ledgers_say_or_the_release_is_fetched(others):
    def has(tree):
        return survey("3", THREE[0], known("2", 2, tree=tree))

    new = survey("3", THREE[0])
    agreed = plan_rollback({"a": has(TREES["2"]), "b": has(others), "c": has(TREES["2"]), "new": new}, may_fetch=True)
    assert (agreed.brought, agreed.tree, agreed.fetched) == ({"new": "a"}, TREES["2"], {})
    apart = {"a": has(others), "b": has(TREES["2"]), "new": new}
    plan = plan_rollback(apart, may_fetch=True)
    assert (plan.brought, plan.fetched, plan.content) == ({}, {"new": URL.format("2")}, SHAS["2"])
    with pytest.raises(NothingToRollBackTo, match="not there, and no two hosts agree on the files that a copy must"):
        plan_rollback(apart)


def test_what_one_host_alone_proved_is_proven_for_that_host_alone():
    untried = survey("3", THREE[0], known("2", 2, state="staged"), THREE[2])
    plan = plan_rollback({"a": untried, "b": untried, "evil": survey("3", *THREE)})
    assert plan.target == "1"
    two = plan_rollback({"a": untried, "b": survey("3", *THREE), "c": survey("3", *THREE)})
    assert two.target == "2"


def test_the_rank_that_one_host_gives_a_release_moves_no_other():
    upside_down = survey("3", THREE[0], known("1", 9), known("2", 2))
    assert plan_rollback({**HONEST, "evil": upside_down}).target == "2"


# -- what it says has happened -----------------------------------------------------------------------------


def test_a_rollback_that_one_host_alone_tells_of_is_neither_joined_nor_in_the_way():
    for told in (
        {"open_intent": intent("1", "3", "rollback")},
        {"last_rollback": rolled_back("1", "3")},
        {"operation": at_work(4, "rollback", "1")},
        {"last_rollback": rolled_back("3", "9")},
    ):
        assert plan_rollback({**HONEST, "evil": survey("3", *THREE, **told)}).target == "2"
    both = {"last_rollback": rolled_back("1", "3")}
    hosts = {**HONEST, "b": survey("1", *THREE, **both), "c": survey("1", *THREE, **both)}
    assert plan_rollback(hosts).target == "1"


def test_what_one_host_alone_runs_is_not_what_the_fleet_leaves_unless_others_know_of_its_deploy():
    evil = survey("2", THREE[0], {**THREE[1], "activated_op": 10**9}, THREE[2])
    assert plan_rollback({**HONEST, "evil": evil}).leaving == "3"
    staged = [known("9", 0, state="staged"), *THREE]
    canary = survey("9", known("9", 9), *THREE)
    hosts = {host: survey("3", *staged, operation=at_work(4, target="9")) for host in "ab"}
    plan = plan_rollback({**hosts, "canary": canary})
    assert (plan.leaving, plan.target) == ("9", "3")


def test_a_number_that_would_leave_none_for_anybody_is_passed_over():
    for number in (10**15, 10**9):
        hosts = {**HONEST, "evil": survey("3", *THREE, operation=at_work(number, unfinished=False))}
        assert plan_deploy(hosts, "4").number == 1
    assert plan_deploy({"a": hosts["evil"]}, "4").number == 10**9 + 1


# -- marks and freezes -------------------------------------------------------------------------------------


def test_a_mark_or_freeze_of_one_host_counts_and_names_the_way_out():
    for placed, failure in ((mark("4", "5xx"), RefitError), (mark(None, "stop"), Frozen)):
        hosts = {**HONEST, "evil": survey("3", *THREE, holds=holds(placed))}
        with pytest.raises(failure, match=r"if evil is not to be believed:\n.*distrust=evil"):
            plan_deploy(hosts, "4")
        assert plan_deploy(hosts, "4", distrusted=["evil"]).target == "4"
    everywhere = {host: survey("3", *THREE, holds=holds(mark("4", "5xx"))) for host in "abc"}
    with pytest.raises(RefitError) as refused:
        plan_deploy(everywhere, "4")
    assert "distrust" not in str(refused.value)


def test_a_run_that_one_host_alone_tells_of_names_the_way_out():
    hosts = {**HONEST, "evil": survey("3", *THREE, operation=at_work(4))}
    with pytest.raises(Busy, match="distrust=evil"):
        plan_deploy(hosts, "4")
    assert plan_deploy(hosts, "4", distrusted=["evil"]).takes_over == ()


def test_what_a_host_told_is_distrusted_where_others_wrote_it_down_too_and_after_it_is_gone():
    hosts = {**HONEST, "evil": survey("3", *THREE, holds=holds(mark("2", "5xx", "m")))}
    lessons = plan_rollback(hosts).lessons
    assert [entry["told_by"] for host in "ab" for entry in lessons[host]] == ["evil", "evil"]
    for host in "ab":
        learned = Holds()
        learned.learn(lessons[host][0])
        hosts[host] = survey("3", *THREE, holds=learned.to_record())
    assert plan_rollback(hosts).target == "1"
    assert plan_rollback(hosts, distrusted=["evil"]).target == "2"
    del hosts["evil"]
    assert plan_rollback(hosts).target == "1"
    assert plan_rollback(hosts, distrusted=["evil"]).target == "2"


def test_a_mark_is_not_turned_into_another_by_one_that_uses_its_id():
    marked = survey("3", *THREE, holds=holds(mark("2", "5xx", "m")))
    early = {**mark("9", "x", "m"), "at": "2000-01-01T00:00:00.000Z"}
    assert plan_rollback({"a": marked, "b": marked, "evil": survey("3", *THREE, holds=holds(early))}).target == "1"


def test_one_host_alone_lifts_no_mark_that_another_holds():
    marked, cleared = survey("3", *THREE, holds=holds(mark("2", "5xx", "m"))), holds(lifted=["m"])
    evil = survey("3", *THREE, holds=cleared)
    assert plan_rollback({"a": marked, "b": survey("3", *THREE), "evil": evil}).target == "1"
    assert plan_rollback({"a": marked, "b": survey("3", *THREE, holds=cleared), "c": evil}).target == "2"
    own = survey("3", *THREE, holds=holds(mark("2", "5xx", "m"), lifted=["m"]))
    assert plan_rollback({**HONEST, "c": own}).target == "2"


def test_freezing_and_resuming_count_no_word_of_a_distrusted_host():
    said = {"reason": "stop", "by": "kim", "distrusted": ["evil"]}
    frozen = {**HONEST, "evil": survey("3", *THREE, holds=holds(mark(None, "stop", "f")))}
    assert plan_resume(frozen, "backend", **said).freezes == []
    told = plan_freeze(frozen, "backend", run="run-1", **said).entries
    assert {host: entries[0]["id"] for host, entries in told.items()} == dict.fromkeys(frozen, "run-1/freeze")


# -- whom to distrust --------------------------------------------------------------------------------------


def test_distrust_names_hosts_of_the_fleet_and_leaves_somebody():
    with pytest.raises(InvalidInput, match="no host of the fleet: vile"):
        plan_rollback(HONEST, distrusted=["vile"])
    with pytest.raises(InvalidInput, match="leaves no host whose word counts: a, b"):
        plan_deploy(HONEST, "4", distrusted=["a", "b"])
    assert plan_rollback({**HONEST, "evil": None}, distrusted=["evil"]).target == "2"


def test_of_two_hosts_each_is_believed_and_so_is_the_only_one_that_can_be_read():
    offered = survey("3", known("9", 9), *THREE)
    assert plan_rollback({"a": survey("3", THREE[0]), "b": offered}).brought == {"a": "b"}
    assert plan_rollback({"a": None, "b": None, "c": offered}).target == "9"
    assert plan_rollback({"a": HONEST["a"], "b": offered, "c": None}).target == "2"
