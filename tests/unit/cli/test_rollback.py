"""What a person types at a server: options stand where they come to mind, before or after what they are about."""

from __future__ import annotations

import itertools

import pytest

from refit.cli.rollback import parser
from refit.core.errors import InvalidInput

VERSION = "20240127-120000"
OPTIONS = (["--yes"], ["--no-notify"], ["--reason", "5xx above 50 %"], ["--wait", "5"], ["--further", "--json"])


def parsed(*arguments):
    return vars(parser().parse_intermixed_args(list(arguments)))


@pytest.mark.parametrize("options", [*OPTIONS, sum(OPTIONS, [])], ids=" ".join)
def test_options_mean_the_same_wherever_they_stand(options):
    after = parsed("backend", VERSION, *options)
    assert (after["service"], after["version"]) == ("backend", VERSION)
    assert parsed("backend", *options, VERSION) == after
    assert parsed(*options, "backend", VERSION) == after


def test_options_may_stand_on_all_sides_at_once():
    for first, second, third in itertools.permutations(OPTIONS, 3):
        found = parsed(*first, "backend", *second, VERSION, *third)
        assert found == parsed("backend", VERSION, *first, *second, *third)


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_the_version_may_be_left_out(options):
    assert parsed("backend", *options)["version"] is None
    assert parsed(*options, "backend")["version"] is None


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--yes"],
        ["backend", "--yes", VERSION, "20240126-090000"],
        ["backend", "--ye", VERSION],
        ["backend", "--wait"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_refused_with_the_command_that_explains(arguments, capsys):
    with pytest.raises(InvalidInput, match="Next: rollback.sh --help"):
        parsed(*arguments)
    assert capsys.readouterr().err.startswith("usage: rollback.sh")
