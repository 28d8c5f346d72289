"""In which order a fleet gets a release: every host once, a few first, and in the same order whoever asks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.core.errors import InvalidInput
from refit.fleet.batches import describe, split

DEFAULT = [1, "50%", "100%"]
GROUPS = {"canary": ["h1"], "seoul": ["h1", "h2", "h3"], "busan": ["h4", "h5"], "elsewhere": ["db1"]}


def hosts(count):
    return [f"h{number}" for number in range(1, count + 1)]


def sizes(count, spec=DEFAULT, **more):
    return [len(batch) for batch in split(hosts(count), GROUPS, spec, **more)]


@pytest.mark.parametrize(
    ("count", "spec", "expected"),
    [
        (1, DEFAULT, [1]),
        (2, DEFAULT, [1, 1]),
        (3, DEFAULT, [1, 1, 1]),
        (4, DEFAULT, [1, 2, 1]),
        (10, DEFAULT, [1, 5, 4]),
        (50, DEFAULT, [1, 25, 24]),
        (0, DEFAULT, []),
        (5, [1], [1, 1, 1, 1, 1]),
        (5, ["40%"], [2, 2, 1]),
        (10, ["25%"], [2, 2, 2, 2, 2]),
        (3, ["1%"], [1, 1, 1]),
        (4, ["100%"], [4]),
        (4, [100], [4]),
        (7, [1, 3], [1, 3, 3]),
        (5, ["1", " 50% ", "100%"], [1, 2, 2]),
    ],
)
def test_hosts_are_counted_off_and_the_last_entry_is_repeated(count, spec, expected):
    assert sizes(count, spec) == expected


def test_a_share_is_one_of_the_whole_fleet_also_when_some_of_it_is_missing():
    assert sizes(8, fleet_size=10) == [1, 5, 2]


def test_hosts_are_counted_as_people_count():
    assert split(["h10", "h2", "h1"], {}, [1]) == [["h1"], ["h2"], ["h10"]]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (["canary", "100%"], [["h1"], ["h2", "h3", "h4", "h5"]]),
        (["canary", "seoul", "busan"], [["h1"], ["h2", "h3"], ["h4", "h5"]]),
        (["busan", 1, "seoul"], [["h4", "h5"], ["h1"], ["h2", "h3"]]),
        (["elsewhere", "100%"], [["h1", "h2", "h3", "h4", "h5"]]),
    ],
)
def test_a_group_of_the_inventory_is_a_batch_of_those_whose_turn_has_not_come(spec, expected):
    assert split(hosts(5), GROUPS, spec) == expected


@pytest.mark.parametrize("entry", [0, -1, "0", "0%", "101%", "1.5", "half", "", "-5%", True, None, 1.5, ["h1"], "[1"])
def test_an_entry_that_means_nothing_is_refused_by_name_and_shown_how_to_write_it(entry):
    with pytest.raises(InvalidInput, match="deploy_batches holds ") as refused:
        split(hosts(3), GROUPS, [1, entry])
    assert [step.values for step in refused.value.steps] == [{"deploy_batches": "1,50%,100%"}]


def test_no_batches_at_all_are_refused():
    with pytest.raises(InvalidInput, match="rollback_batches is empty"):
        split(hosts(3), GROUPS, [], option="rollback_batches")


def test_groups_that_leave_a_host_out_are_refused_and_it_is_named():
    with pytest.raises(InvalidInput, match="ends with the group 'seoul' and leaves out: h4, h5"):
        split(hosts(5), GROUPS, ["canary", "seoul"])


def test_batches_are_named_with_their_hosts_where_there_are_several():
    assert [*map(str, describe([["a"], ["b", "c"]]))] == ["batch 1 of 2: a", "batch 2 of 2: b, c"]
    assert describe([["a", "b"]]) == []


names = st.lists(st.sampled_from([f"h{n}" for n in range(1, 31)]), unique=True)
entries = st.integers(1, 40) | st.integers(1, 100).map(lambda n: f"{n}%") | st.sampled_from(sorted(GROUPS))
specs = st.lists(entries, max_size=4).map(lambda spec: [*spec, "100%"])


@given(names, specs, st.integers(0, 60))
def test_every_host_is_in_exactly_one_batch_and_no_batch_is_empty(hosts, spec, fleet_size):
    batches = split(hosts, GROUPS, spec, fleet_size=fleet_size)
    assert sorted(host for batch in batches for host in batch) == sorted(hosts)
    assert all(batches)


@given(names, specs, st.randoms(use_true_random=False))
def test_the_order_of_the_hosts_changes_nothing(hosts, spec, random):
    shuffled = random.sample(hosts, len(hosts))
    assert split(shuffled, GROUPS, spec) == split(hosts, GROUPS, spec)


@given(names, st.lists(entries, min_size=1, max_size=4))
def test_any_list_of_good_entries_either_places_all_hosts_or_names_those_that_it_leaves_out(hosts, spec):
    named = {host for entry in spec if entry in GROUPS for host in GROUPS[entry]}
    if spec[-1] in GROUPS and all(entry in GROUPS for entry in spec) and set(hosts) - named:
        with pytest.raises(InvalidInput, match="leaves out: "):
            split(hosts, GROUPS, spec)
    elif spec[-1] not in GROUPS:
        assert sorted(host for batch in split(hosts, GROUPS, spec) for host in batch) == sorted(hosts)
