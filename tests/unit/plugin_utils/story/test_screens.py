"""What a person sees of a run, as files beside this one.

They are for reading: whoever changes a line of the story sees in review what that makes of each screen. They are
written anew by ``REFIT_WRITE_SCREENS=1 pytest`` of this file. The runs were real ones, written down by
tests/support/story_recorder.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support import stories

HERE = Path(__file__).parent
RUNS = (
    "success",
    "canary_taken_back",
    "refusal",
    "unreachable",
    "frozen",
    "interrupted",
    "crash",
    "plan",
    "rollback",
    "health_check",
    "scripts",
)
RULE = "-" * 100


def compared(name: str, shown: str) -> None:
    path = HERE / "screens" / f"{name}.txt"
    if os.environ.get("REFIT_WRITE_SCREENS"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def events_of(run: str) -> list[stories.Event]:
    return stories.read(HERE / "recorded" / f"{run}.jsonl")


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("run", RUNS)
def test_a_run_on_a_terminal_amid_its_longest_wait_and_at_the_end(run: str, language: str) -> None:
    amid, at_last = stories.on_a_terminal(events_of(run), language, check=run == "plan")
    compared(f"{run}.{language}.tty", f"{amid}{RULE}\n{at_last}")


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("run", RUNS)
def test_a_run_in_a_pipe(run: str, language: str) -> None:
    compared(f"{run}.{language}.pipe", stories.in_a_pipe(events_of(run), language, check=run == "plan"))


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("run", RUNS)
def test_a_run_in_ci_with_the_summary_of_its_job(
    run: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _: "TOKEN")
    shown = stories.in_ci(events_of(run), language, tmp_path / "summary.md", check=run == "plan")
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    compared(f"{run}.{language}.ci", f"{shown}{RULE}\n{summary}")
