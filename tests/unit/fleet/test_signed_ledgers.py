"""Where a site has a key, what its controllers signed counts from one host, and one host's own word for that host."""

from __future__ import annotations

from dataclasses import replace

import pytest

from refit.core.build_info import BuildInfo
from refit.core.errors import Frozen, NothingToRollBackTo, RefitError
from refit.fleet import status
from refit.fleet.freeze import plan_freeze, plan_resume
from refit.fleet.memory import FleetMemory
from refit.fleet.plan import plan_deploy, plan_rollback
from refit.state import signing
from refit.state.holds import Hold, Holds, lift_entry
from refit.state.signatures import SIGNED, Keyring
from refit.state.signed import staged_facts
from support.invocations import STAGING
from support.surveys import lost, release, survey

KEY, OLD = "k" * 32, "o" * 32
EARLY, AT, LATE = (f"2024-01-{day}T12:00:00.000Z" for day in (26, 27, 28))
RING = Keyring((KEY, OLD), "backend", "production", "run-7", AT)
SHAS, TREES = {v: v * 64 for v in "1239"}, {v: ("e" + v) * 32 for v in "1239"}
URL, ELSEWHERE = "https://builds.example.com/{}.tar.gz", "https://evil.example.net/x.tar.gz"


def word(version, ring=RING, tree=True, proven=True, sha256=None, source=None):
    sha256, source = sha256 or SHAS[version], source or URL.format(version)
    return ring.sign("staged", staged_facts(version, sha256, source, TREES[version] if tree else None, proven=proven))


def known(version, order, signed=None, **more):
    given = {"sha256": SHAS[version], "source": URL.format(version), "tree": TREES[version], **more}
    return {**release(version, order, op=order, **given), "signed": signed, "staged_at": EARLY}


def holds(*entries):
    """What a host says that wrote *entries* into its ledger."""
    found = Holds()
    for entry in entries:
        found.learn({"at": AT, **entry})
    return found.to_record()


def signed_mark(version, ring=RING):
    hold = Hold(f"run-7/{version}", "5xx", "kim@ops-1", version=version)
    return replace(hold, signed=ring.sign_hold(hold)).to_entry()


def own_mark(version, run="by-hand"):
    return Hold(f"{run}/{version}", "5xx", "root", version=version).to_entry()


THREE = (known("3", 3), known("2", 2), known("1", 1))
HONEST = {"a": survey("3", *THREE), "b": survey("3", *THREE)}
NEW = survey("3", known("3", 3))


# -- what it buys: one signed ledger is enough ---------------------------------------------------------------


def test_a_signed_release_of_one_ledger_is_brought_to_hosts_that_lack_it():
    one = survey("3", known("3", 3), known("2", 2, word("2")))
    fleet = {"a": NEW, "b": NEW, "c": one}
    plan = plan_rollback(fleet, keyring=RING)
    assert (plan.target, plan.brought, plan.content, plan.tree) == ("2", {"a": "c", "b": "c"}, SHAS["2"], TREES["2"])
    for ring in (None, replace(RING, keys=("z" * 32,)), replace(RING, service="other")):
        with pytest.raises(NothingToRollBackTo, match="c alone knows it is not enough"):
            plan_rollback(fleet, keyring=ring)


def test_one_that_is_left_nowhere_is_fetched_from_where_a_controller_had_it_from():
    gone = {**lost("2", 2, sha256=SHAS["2"], source=ELSEWHERE), "signed": word("2")}
    plan = plan_rollback({"a": NEW, "b": NEW, "c": survey("3", known("3", 3), gone)}, keyring=RING, may_fetch=True)
    assert (plan.fetched["a"], plan.content) == (URL.format("2"), SHAS["2"])


def test_a_copy_must_hold_what_was_signed_whatever_its_host_says():
    other = survey("3", known("3", 3), known("2", 2, word("2"), tree="f" * 64))
    plan = plan_rollback({"a": NEW, "b": NEW, "c": other}, keyring=RING, may_fetch=True)
    assert (plan.brought, plan.fetched["a"]) == ({}, URL.format("2"))


def test_what_was_staged_and_not_yet_seen_to_be_good_is_known_but_not_proven():
    staged = survey("3", known("3", 3), known("2", 2, word("2", tree=False, proven=False)))
    with pytest.raises(NothingToRollBackTo):
        plan_rollback({"a": NEW, "b": NEW, "c": staged}, keyring=RING, may_fetch=True)
    plan = plan_rollback({"a": NEW, "b": NEW, "c": staged}, "2", keyring=RING, may_fetch=True)
    assert plan.fetched == {"a": URL.format("2"), "b": URL.format("2")}


def test_of_two_signed_contents_of_a_version_the_newer_counts_whoever_tells_the_older_again():
    old = word("2", replace(RING, at=EARLY), sha256="f" * 64)
    evil = survey("3", known("3", 3), known("2", 2, old, sha256="f" * 64))
    good = survey("3", known("3", 3), known("2", 2, word("2", tree=False)))
    for fleet in ({"a": evil, "b": good, "c": NEW}, {"a": good, "b": evil, "c": NEW}):
        assert FleetMemory.of(fleet, keyring=RING).content("2") == SHAS["2"]
        assert FleetMemory.of(fleet, keyring=RING).tree("2") is None


# -- what one host alone says --------------------------------------------------------------------------------


ALL_BAD = holds(*(own_mark(version) for version in "123"))


def test_a_hostile_host_neither_blocks_a_rollback_nor_brings_a_release_of_its_own():
    """One fleet, with and without a key."""
    offered = known("9", 9, {**word("2"), "facts": {**word("2")["facts"], "version": "9"}}, source=ELSEWHERE)
    evil = survey("9", offered, *THREE, holds=ALL_BAD)
    fleet = {**HONEST, "evil": evil}
    with pytest.raises(NothingToRollBackTo, match=r"if evil is not to be believed"):
        plan_rollback(fleet, may_fetch=True)

    plan = plan_rollback(fleet, may_fetch=True, keyring=RING)
    assert (plan.targets, plan.brought, plan.fetched) == (dict.fromkeys(fleet, "2"), {}, {})
    assert str(plan.why).endswith("; that evil alone marked it bad is signed by nobody, and binds no other host")
    assert plan.lessons == {}
    assert plan_rollback(fleet, "1", may_fetch=True, keyring=RING).target == "1"
    with pytest.raises(RefitError, match="evil alone knows it is not enough"):
        plan_rollback(fleet, "9", may_fetch=True, keyring=RING)


def test_a_mark_by_hand_on_one_host_is_avoided_where_there_is_another_release():
    assert plan_rollback({**HONEST, "c": survey("3", *THREE, holds=holds(own_mark("2")))}, keyring=RING).target == "1"


def test_a_mark_counts_for_all_once_two_hosts_set_it_each_by_itself():
    marks = [holds(own_mark("1", run), own_mark("2", run)) for run in "xy"]
    two = {"a": survey("3", *THREE, holds=marks[0]), "b": survey("3", *THREE, holds=marks[1]), "c": survey("3", *THREE)}
    with pytest.raises(NothingToRollBackTo):
        plan_rollback(two, keyring=RING)


def test_a_host_makes_no_second_witness_of_another_that_only_wrote_down_what_it_had_told():
    """Before there was a key all wrote down what one had told; now that one says it has it from somebody else."""
    from_evil = holds(*({**own_mark(version), "told_by": "evil"} for version in "12"))
    from_a = holds(*({**own_mark(version), "told_by": "a"} for version in "12"))
    there = {host: survey("3", *THREE, holds=from_evil) for host in "ab"}
    assert plan_rollback({**there, "evil": survey("3", *THREE, holds=from_a)}, keyring=RING).target == "2"


def test_a_signed_mark_counts_from_one_host_and_is_told_to_all():
    carrier = survey("3", *THREE, holds=holds(signed_mark("2"), signed_mark("1")))
    with pytest.raises(NothingToRollBackTo):
        plan_rollback({**HONEST, "c": carrier}, keyring=RING)
    plan = plan_deploy({**HONEST, "c": carrier}, "4", keyring=RING)
    for host in "ab":
        told = Holds()
        marks = [entry for entry in plan.lessons[host] if entry["event"] == "marked_bad"]
        assert [entry.get("told_by") for entry in marks] == [None, None]
        for entry in marks:
            told.learn(entry)
        assert all(RING.judge_hold(hold) == SIGNED for hold in told.placed.values())


@pytest.mark.parametrize("changed", [{"reason": "none"}, {"version": "1"}, {"id": "run-8/2"}])
def test_a_signed_mark_of_which_something_was_changed_is_one_hosts_word(changed):
    evil = survey("3", *THREE, holds=holds({**signed_mark("2"), **changed}, own_mark("1"), own_mark("2")))
    assert plan_rollback({**HONEST, "evil": evil}, keyring=RING).target == "2"


def test_what_a_controller_lifted_stays_lifted_whoever_tells_an_older_mark_again():
    mended = lift_entry(
        [Hold("x", "", version="2")], "mended", "lee", signed=replace(RING, at=LATE).sign_lift("2", "mended")
    )
    cleared = survey("3", *THREE, holds=holds(mended))
    again = survey("3", *THREE, holds=holds(signed_mark("2")))
    assert plan_rollback({"a": cleared, "b": HONEST["b"], "evil": again}, keyring=RING).target == "2"
    assert plan_rollback({"a": cleared, "b": HONEST["b"], "evil": again}).target == "1"
    anew = survey("3", *THREE, holds=holds(mended, signed_mark("2", replace(RING, at="2024-01-29T12:00:00.000Z"))))
    assert plan_rollback({"a": cleared, "b": anew, "c": HONEST["b"]}, keyring=RING).target == "1"


def test_what_nobody_signed_lifts_no_mark_of_another_host():
    marked = survey("3", *THREE, holds=holds(signed_mark("2")))
    lifted = lift_entry([Hold("run-7/2", "", version="2")], "trust me", "root")
    evil = survey("3", *THREE, holds=holds(signed_mark("2"), lifted))
    assert plan_rollback({"a": marked, "b": marked, "evil": evil}, keyring=RING).target == "1"


def test_a_deploy_is_refused_for_one_hosts_mark_or_freeze_and_says_how_to_go_on():
    for entry, failure in ((own_mark("4"), RefitError), (Hold("f", "stop", "root").to_entry(), Frozen)):
        fleet = {**HONEST, "evil": survey("3", *THREE, holds=holds(entry))}
        with pytest.raises(failure, match="distrust=evil"):
            plan_deploy(fleet, "4", keyring=RING)
        assert plan_deploy(fleet, "4", keyring=RING, distrusted=["evil"]).target == "4"


def test_a_distrusted_hosts_signed_words_are_left_out_too():
    carrier = survey("3", *THREE, holds=holds(signed_mark("2")))
    assert plan_rollback({**HONEST, "c": carrier}, keyring=RING, distrusted=["c"]).target == "2"


# -- what is signed ------------------------------------------------------------------------------------------


def signed_by(plan):
    """What a deploy has each host sign: version, facts and key."""
    found = {}
    for host, entries in plan.lessons.items():
        for entry in entries:
            assert RING.judge_release(entry["version"], entry["signed"]) == SIGNED
            facts = entry["signed"]["facts"]
            found[host, entry["version"]] = (facts["sha256"], facts["source"], facts["tree_sha256"], facts["proven"])
    return found


def test_a_deploy_signs_what_two_hosts_say_of_a_release_and_no_more():
    evil = survey("3", known("9", 9), known("3", 3), known("2", 2, source=ELSEWHERE))
    alone = known("1", 1)
    fleet = {
        "a": survey("3", known("3", 3), known("2", 2), alone),
        "b": survey("3", known("3", 3), known("2", 2)),
        "evil": evil,
    }
    facts = {v: (SHAS[v], URL.format(v), TREES[v], True) for v in "23"}
    assert signed_by(plan_deploy(fleet, "4", keyring=RING)) == {(host, v): facts[v] for host in fleet for v in "23"}
    assert plan_deploy(fleet, "4").lessons == {}
    assert plan_rollback(fleet, keyring=RING).lessons == {}


def test_a_wheel_of_which_each_host_makes_other_files_is_signed_without_them():
    fleet = {host: survey("3", known("3", 3, tree=tree * 64)) for host, tree in zip("abc", "def")}
    told = signed_by(plan_deploy(fleet, "4", keyring=RING))
    assert told == {(host, "3"): (SHAS["3"], URL.format("3"), None, True) for host in fleet}


def test_what_is_signed_already_is_signed_again_only_for_a_new_key():
    for ring, again in ((RING, False), (replace(RING, keys=(OLD,)), True)):
        fleet = {host: survey("3", known("3", 3, word("3", ring))) for host in "abc"}
        assert bool(plan_deploy(fleet, "4", keyring=RING).lessons) is again


def test_freezing_and_resuming_are_signed_and_one_signed_word_is_enough():
    said = {"reason": "stop", "by": "kim", "keyring": RING}
    entries = plan_freeze(HONEST, "backend", run="run-7", **said).entries["a"]
    frozen = {"a": survey("3", *THREE, holds=holds(*entries)), "b": HONEST["b"], "c": HONEST["b"]}
    memory = FleetMemory.of(frozen, keyring=RING)
    assert [signing.is_unsigned(hold, RING) for hold in memory.holds.freezes()] == [False]
    later = {**said, "keyring": replace(RING, at=LATE), "reason": "go"}
    resumed = plan_resume(frozen, "backend", **later).entries["a"]
    there = {**frozen, "a": survey("3", *THREE, holds=holds(*entries, *resumed))}
    assert plan_deploy({**there, "b": frozen["a"]}, "4", keyring=RING).target == "4"
    with pytest.raises(Frozen):
        plan_deploy({**there, "b": frozen["a"]}, "4")


# -- what a person is told -----------------------------------------------------------------------------------


def told(fleet, keyring=RING):
    results = {host: {"survey": found} for host, found in fleet.items()}
    return status.render_status(
        results, BuildInfo("1", "a" * 32), STAGING.write, "backend", language="en", keyring=keyring
    )


def of_ledgers(fleet, keyring=RING):
    (part,) = [part for part in told(fleet, keyring).split("\n\n") if part.startswith("Ledgers: ")]
    return part.splitlines()


def test_status_says_by_which_key_ledgers_are_signed():
    whole = {host: survey("3", known("3", 3, word("3")), holds=holds(signed_mark("4"))) for host in "abc"}
    assert of_ledgers(whole) == [f"Ledgers: signed by key {RING.signs_as}"]
    assert of_ledgers(HONEST, None) == ["Ledgers: unsigned (refit_ledger_keys names no key)"]
    assert of_ledgers(HONEST)[1:] == ["  6 entries unsigned, as from before the key or by hand on a server"]


def test_status_names_keys_that_are_unknown():
    strange = replace(RING, keys=("z" * 32,))
    found = of_ledgers({"a": survey("3", known("3", 3, word("3", strange)))})
    assert found[1] == f"  1 entry of an unknown key ({strange.signs_as}), which count as unsigned"
    assert found[2].startswith("  Next: name that key behind the first of refit_ledger_keys")


def test_status_names_the_hosts_whose_signatures_do_not_match_and_the_next_command():
    moved = word("3", replace(RING, service="other"))
    evil = survey("3", known("3", 3, moved), holds=holds({**signed_mark("2"), "reason": "none"}))
    found = of_ledgers({"a": survey("3", known("3", 3, word("3"))), "evil": evil})
    assert found[1] == "  evil: signature does not match: 2 entries there, which count as unsigned"
    assert any("rollback.yml" in line and "distrust=evil" in line for line in found)


def test_status_shows_which_freeze_nobody_signed():
    hold = Hold("f", "stop", "root")
    for entry, note in ((hold, " (unsigned)"), (replace(hold, signed=RING.sign_hold(hold)), "")):
        fleet = {"a": survey("3", *THREE, holds=holds(entry.to_entry()))}
        assert f": stop{note}\n" in told(fleet)
        assert ": stop\n" in told(fleet, None)
