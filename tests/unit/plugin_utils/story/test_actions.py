"""In GitHub Actions nothing that a host says is a command, and there are as many errors as are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin_utils.story.actions import Actions
from plugin_utils.story.wording import Place, Wording
from support.stories import Lines

WORDS = Wording("en", Place("deploy", "backend", "production"))


def ci(lines: Lines, summary: str = "") -> Actions:
    return Actions(lines, lambda: 0.0, WORDS, summary)


def failing(count: int) -> list[str]:
    lines = Lines()
    screen = ci(lines)
    for number in range(count):
        screen.fail(f"✗ server{number}", f"server{number}: Stage", "no room, it says: 100 %\nso be it")
    screen.end(False)
    return [line for line in lines.text.splitlines() if line.startswith("::error")]


@pytest.mark.parametrize("count", [1, 10])
def test_each_failure_is_an_error_as_long_as_they_are_shown(count: int) -> None:
    found = failing(count)
    assert len(found) == count
    assert found[0] == "::error title=server0%3A Stage::no room, it says: 100 %25%0Aso be it"


def test_more_failures_than_are_shown_are_counted() -> None:
    found = failing(21)
    assert len(found) == 10
    assert found[-1] == "::error title=Failures::and 12 more"


@pytest.mark.parametrize("said", ["::add-mask::secret", "  ::error::no", "odd ##[add-path]/tmp"])
def test_what_looks_like_a_command_is_none(said: str) -> None:
    lines = Lines()
    ci(lines).say(f"[production] FAILED\n{said}", "bad")
    before, told, after = lines.text.partition(f"[production] FAILED\n{said}\n")
    token = before.strip().removeprefix("::stop-commands::")
    assert told
    assert len(token) == 32
    assert after.startswith(f"::{token}::\n")


def test_a_summary_shows_what_was_said_as_it_is(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    screen = ci(Lines(), str(summary))
    screen.say("<img src=x> ```js\n| a | b |", "plain")
    screen.end(True)
    assert "````text\n<img src=x> ```js\n| a | b |\n````" in summary.read_text(encoding="utf-8")


def test_a_summary_leads_to_the_message_and_the_runbooks(tmp_path: Path) -> None:
    summary, lines = tmp_path / "summary.md", Lines()
    words = Wording("en", Place("deploy", "backend", "production", runbooks="https://docs.team.example/runbooks"))
    screen = Actions(lines, lambda: 0.0, words, str(summary))
    screen.say("DEPLOYED", "good")
    screen.end(True, "https://discord.com/channels/1/2/3")
    last = summary.read_text(encoding="utf-8").splitlines()[-1]
    assert (
        last == "[Discord message](https://discord.com/channels/1/2/3) · [Runbooks](https://docs.team.example/runbooks)"
    )


def test_a_summary_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    screen = ci(Lines(), str(tmp_path))
    screen.say("DEPLOYED", "good")
    screen.end(True)
