"""What a person types at a server: options stand where they come to mind, before or after what they are about."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from refit.cli import rollback
from refit.cli.rollback import parser
from refit.cli.terminal import Voice
from refit.config.service import Service
from refit.core.errors import InvalidInput
from refit.core.masking import Masker
from refit.health.proof import HealthSeen, ProcessSeen, Proof
from support.rights import nobody

VERSION = "20240127-120000"
OPTIONS = (["--yes"], ["--no-notify"], ["--reason", "5xx above 50 %"], ["--wait", "5"], ["--further", "--json"])


def parsed(*arguments):
    return vars(parser("en").parse_intermixed_args(list(arguments)))


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


@pytest.mark.parametrize("closed", ["etc", "etc/backend.json"])
def test_who_may_not_read_the_settings_is_told_to_use_sudo(closed: str, open_to_all: Path) -> None:
    settings = open_to_all / "etc" / "backend.json"
    settings.parent.mkdir()
    settings.write_text("{}")
    (open_to_all / closed).chmod(0)
    with pytest.raises(InvalidInput, match="only root may read .* run the same command with sudo") as refused, nobody():
        rollback.main(["backend", "--list"], str(settings.parent))
    assert refused.value.exit_code == 2


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A directory to which everybody comes; pytest's own are only for who runs it."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


def polled(consecutive: int, duration_s: float) -> Proof:
    """What is seen so far, of a service that answers from the start."""
    health = HealthSeen("http://127.0.0.1:9/health", 5, consecutive, consecutive, consecutive)
    return Proof("2", False, None, None, health, ProcessSeen(), {}, duration_s)


@pytest.mark.parametrize(
    ("stable_s", "last"),
    [
        (5.0, "Watching it for 4 s more: it must stay up, and nothing may restart"),
        (1.0, "Health check 5/10: UP, 5 of 5 in a row"),
    ],
)
def test_whoever_waits_is_told_for_what(stable_s: float, last: str, capsys: pytest.CaptureFixture[str]) -> None:
    service = Service.from_mapping(
        {"root": "/opt/app", "pm2": {"app": {"script": "a.js"}},
         "health": {"url": "http://127.0.0.1:9/health", "stable_s": stable_s}}, "backend",
    )  # fmt: skip
    speaker = rollback.Speaker(service, Masker(()), None, Voice("en"))
    for good in range(1, 8):
        speaker.on_poll(polled(good, 3 + 0.2 * good))
    said = capsys.readouterr().err.splitlines()
    assert said[:4] == [f"Health check {good}/10: UP, {good} of 5 in a row" for good in range(1, 5)]
    assert said[-1] == last
