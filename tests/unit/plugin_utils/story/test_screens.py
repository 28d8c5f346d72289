"""What a person sees of a run, as files beside this one.

The runs were real ones, written down by tests/support/story_recorder; of the files see tests/support/screens.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support import screens, stories
from support.screens import RULE

HERE = Path(__file__).parent
RUNS = (
    "success",
    "slow_start",
    "canary_taken_back",
    "refusal",
    "unreachable",
    "frozen",
    "interrupted",
    "crash",
    "plan",
    "rollback",
    "health_check",
    "incident",
    "scripts",
)


def compared(name: str, shown: str) -> None:
    screens.compared(HERE / "screens" / f"{name}.txt", shown)


def events_of(run: str, language: str) -> list[stories.Event]:
    return stories.read(HERE / "recorded" / f"{run}.jsonl", language)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("run", RUNS)
def test_a_run_on_a_terminal_amid_its_longest_wait_and_at_the_end(run: str, language: str) -> None:
    amid, at_last = stories.on_a_terminal(events_of(run, language), language, check=run == "plan")
    compared(f"{run}.{language}.tty", f"{amid}{RULE}\n{at_last}")


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("run", RUNS)
def test_a_run_in_a_pipe(run: str, language: str) -> None:
    compared(f"{run}.{language}.pipe", stories.in_a_pipe(events_of(run, language), language, check=run == "plan"))


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("run", RUNS)
def test_a_run_in_ci_with_the_summary_of_its_job(
    run: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _: "TOKEN")
    shown = stories.in_ci(events_of(run, language), language, tmp_path / "summary.md", check=run == "plan")
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    compared(f"{run}.{language}.ci", f"{shown}{RULE}\n{summary}")


@pytest.mark.parametrize("path", sorted((HERE / "screens").glob("*.ko.*")), ids=lambda path: path.name)
def test_no_english_sentence_stands_on_a_korean_screen(path: Path) -> None:
    shown = path.read_text(encoding="utf-8")
    for _, what, value in events_of(path.name.partition(".")[0], "ko"):
        shown = shown.replace(value["name"], "") if what == "task" else shown
    assert screens.english_in(shown) == []
