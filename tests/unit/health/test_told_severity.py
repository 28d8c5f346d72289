"""The team is told a severity once, whoever looks and whichever host missed it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.core.errors import InvalidInput, Locked
from refit.core.timestamps import iso
from refit.health.grades import OK, P1, RANK
from refit.health.told_severity import ToldSeverity, last_told
from support.fakes import FakeClock
from support.locks import stopped_holder

AT = "2024-01-27T12:00:00.000Z"


@pytest.fixture
def told(tmp_path):
    return ToldSeverity(str(tmp_path / "state"), FakeClock())


def test_a_host_remembers_what_was_told(told):
    assert told.read() is None
    told.write(P1, AT)
    assert told.read() == {"severity": P1, "at": AT}
    told.write(OK, AT)
    assert told.read() == {"severity": OK, "at": AT}


@pytest.mark.parametrize(
    "damage", ["", "[]", "{}", "\xff", json.dumps({"severity": "P9", "at": AT}), '{"severity": "P1"}']
)
def test_what_a_person_damaged_counts_as_nothing_and_is_written_anew(told, damage):
    told.write(P1, AT)
    Path(told.path).write_text(damage, encoding="latin-1")
    assert told.read() is None
    told.write(P1, AT)
    assert told.read() is not None


@pytest.mark.parametrize(("severity", "at"), [("P9", AT), (P1, "yesterday"), (P1, "")])
def test_what_is_no_severity_is_not_remembered(told, severity, at):
    with pytest.raises(InvalidInput, match="known are: OK, P2, UNKNOWN, P1, P0"):
        told.write(severity, at)
    assert told.read() is None


def test_nobody_waits_for_ever_to_write_it(told):
    told.write(P1, AT)
    with stopped_holder(told.path + ".lock"), pytest.raises(Locked):
        told.write(OK, AT)
    assert told.read() == {"severity": P1, "at": AT}


def test_where_nobody_was_told_anything_it_is_well():
    assert last_told([]) == last_told([None, None]) == OK


moments = st.integers(1_700_000_000, 1_700_000_009).map(float).map(iso)
records = st.one_of(st.none(), st.fixed_dictionaries({"severity": st.sampled_from(sorted(RANK)), "at": moments}))


@given(st.lists(records, max_size=4))
def test_the_latest_counts_in_whatever_order_hosts_are_asked(known):
    found = {last_told(order) for order in itertools.permutations(known)}
    assert len(found) == 1
    times = [record["at"] for record in known if record]
    if times:
        assert found <= {record["severity"] for record in known if record and record["at"] == max(times)}
