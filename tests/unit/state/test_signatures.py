"""What a controller signed is known again, whoever hands it back, and nothing else is taken for it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.core.errors import InvalidInput
from refit.state.holds import Hold, Holds, Lift, lift_entry
from refit.state.signatures import SIGNED, UNKNOWN, UNSIGNED, WRONG, Keyring, key_id, lifts, read_keys
from refit.state.signed import read_word, staged_facts
from support.playbooks import ROOT

KEY, OLD = "k" * 32, "o" * 40
AT, LATER = "2024-01-27T12:00:00.000Z", "2024-01-28T12:00:00.000Z"
RING = Keyring((KEY, OLD), "backend", "production", "run-1", AT)
MARK = Hold("run-1/3", "5xx", "kim@ops-1", version="3")
FREEZE = Hold("run-1/freeze", "3 was taken back", "kim@ops-1")


# -- keys --------------------------------------------------------------------------------------------------


def test_keys_come_from_the_inventory_or_else_from_the_environment():
    assert read_keys([KEY, OLD], {"REFIT_LEDGER_KEY": "e" * 32}) == (KEY, OLD)
    assert read_keys(None, {"REFIT_LEDGER_KEYS": f"{KEY}, {OLD}"}) == (KEY, OLD)
    assert read_keys([], {"REFIT_LEDGER_KEY": KEY}) == (KEY,)
    assert read_keys(None, {}) == read_keys([], {"REFIT_LEDGER_KEY": ""}) == ()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (KEY, "refit_ledger_keys is no list of texts"),
        ([KEY, 5], "refit_ledger_keys is no list of texts"),
        ([KEY, "secret"], "key 2 of refit_ledger_keys has 6 characters, and 32 are needed"),
        ([KEY, OLD, KEY], "refit_ledger_keys names a key twice"),
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(setting, said):
    with pytest.raises(InvalidInput, match=said) as refused:
        read_keys(setting, {})
    assert not any(secret in str(refused.value) for secret in (KEY, OLD, "secret"))


def test_a_key_is_named_by_its_sum_and_shown_nowhere():
    assert RING.signs_as == key_id(KEY) == hashlib.sha256(KEY.encode()).hexdigest()[:8]
    shown = repr(RING) + repr(RING.sign_hold(MARK))
    assert KEY not in shown
    assert OLD not in shown


# -- words -------------------------------------------------------------------------------------------------


def learned(entry):
    """*entry* as a host keeps it and hands it back."""
    holds = Holds()
    holds.learn(entry)
    return Holds.from_record(holds.to_record())


def test_what_was_signed_is_known_again_on_any_host():
    for hold in (MARK, FREEZE):
        (kept,) = learned({**replace(hold, signed=RING.sign_hold(hold)).to_entry(), "at": LATER}).placed.values()
        assert RING.judge_hold(kept) == SIGNED
        (lift,) = learned(
            lift_entry([hold], "mended", "lee", AT, RING.sign_lift(hold.version, "mended"))
        ).lifted.values()
        assert RING.judge_lift(lift) == SIGNED
        assert lifts(lift.signed, replace(hold, at=AT))
    word = RING.sign("staged", staged_facts("3", "a" * 64, None))
    assert RING.judge_release("3", read_word(word)) == SIGNED


def test_what_nobody_signed_and_what_nobody_can_read_is_not_signed():
    assert RING.judge_hold(MARK) == UNSIGNED
    assert RING.judge_lift(Lift("mended")) == UNSIGNED
    assert RING.judge_release("3", None) == UNSIGNED
    assert RING.judge(read_word({"mac": "x"})) == RING.judge(read_word("x")) == WRONG


def test_a_word_counts_for_its_own_service_environment_and_release_alone():
    word = RING.sign("staged", staged_facts("3", "a" * 64, None))
    assert replace(RING, service="ai-service").judge(word) == WRONG
    assert replace(RING, environment="staging").judge(word) == WRONG
    assert RING.judge_release("4", word) == WRONG
    assert RING.judge_hold(replace(MARK, signed=word)) == WRONG
    assert RING.judge_hold(replace(MARK, id="run-2/3", signed=RING.sign_hold(MARK))) == WRONG
    assert RING.judge_hold(replace(MARK, version="2", signed=RING.sign_hold(MARK))) == WRONG
    assert RING.judge_lift(Lift("mended", signed=word)) == WRONG


def test_after_a_rotation_the_old_key_verifies_until_it_is_gone():
    word = replace(RING, keys=(OLD,)).sign_hold(MARK)
    assert RING.judge(word) == SIGNED
    assert replace(RING, keys=(KEY,)).judge(word) == UNKNOWN


def test_a_lift_counts_for_what_was_placed_before_it():
    lift = RING.sign_lift("3", "mended")
    assert lifts(lift, replace(MARK, at=AT))
    assert not lifts(lift, replace(MARK, at=LATER))
    assert not lifts(lift, replace(MARK, at=AT, signed=replace(RING, at=LATER).sign_hold(MARK)))
    assert not lifts(lift, replace(MARK, version="2", at=AT))
    assert not lifts(lift, replace(FREEZE, at=AT))


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("event", "facts", "at", "run", "key", "mac")


@given(st.sampled_from(FIELDS), ANY)
def test_a_word_of_which_anything_was_changed_is_not_signed(name, anything):
    word = RING.sign_hold(MARK)
    changed = read_word({**word, name: anything})
    assert RING.judge(changed) in (WRONG, UNKNOWN) or changed == word
    assert read_word(changed) == changed
    told = learned({**MARK.to_entry(), "signed": {**word, name: anything}}).placed[MARK.id]
    assert RING.judge_hold(told) in (WRONG, UNKNOWN) or told.signed == word


@given(ANY)
def test_anything_can_stand_in_the_place_of_a_word(anything):
    word = read_word(anything)
    assert RING.judge(word) == (UNSIGNED if anything is None else WRONG)


@given(st.dictionaries(st.sampled_from(["id", "version", "reason", "by"]), ANY))
def test_no_other_facts_fit_a_signature(facts):
    word = RING.sign_hold(MARK)
    changed = read_word({**word, "facts": {**word["facts"], **facts}})
    assert RING.judge(changed) == WRONG or changed == word


def test_a_host_loads_nothing_that_could_sign():
    looks = "import sys, refit.modules.release_info, refit.modules.release_activate; print(*sys.modules)"
    command = [sys.executable, "-S", "-c", looks]
    done = subprocess.run(command, env={"PYTHONPATH": str(ROOT / "module_utils")}, capture_output=True, check=True)
    assert not {"hmac", "refit.state.signatures"} & set(done.stdout.decode().split())
