"""What is said where a run ends that cannot say so itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from plugin_utils.run_watch import RunWatch
from refit.core.errors import RefitError
from refit.words.reason import Reason

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "a" * 68


@pytest.fixture(scope="module")
def run_end() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_end", ROOT / "playbooks/callback_plugins/run_end.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ended(run_end: ModuleType, error: Exception) -> None:
    """A run ends whose messages cannot be ended because of *error*."""
    callback: Any = run_end.CallbackModule.__new__(run_end.CallbackModule)  # without its hold on this process's signals
    callback.watch, callback._ended, callback._play = RunWatch(), False, None

    def fail(*_: Any) -> None:
        raise error

    callback._end_messages = fail
    callback._end(Reason("ctrl_c"))


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("ko", "Discord에 알리지 못했습니다: 언어 fr는 쓸 수 없습니다. 쓸 수 있는 값: ko, en"),
        ("en", "Discord was not told: language is fr; known are: ko, en"),
    ],
)
def test_that_discord_was_not_told_is_said_in_the_language_of_the_terminal(
    run_end: ModuleType,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    shown: str,
) -> None:
    monkeypatch.setenv("REFIT_LANGUAGE", language)
    ended(run_end, RefitError(Reason("language_unknown", language="fr", known=["ko", "en"])))
    assert shown in capsys.readouterr().out


def test_a_mistake_of_ours_hides_no_verdict_and_shows_no_token(
    run_end: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFIT_LANGUAGE", "ko")
    ended(run_end, ValueError(f"https://discord.com/api/webhooks/1234/{TOKEN}"))
    shown = capsys.readouterr().out
    assert shown.startswith(
        "Discord에 알리지 못했습니다: run_end 내부 오류: ValueError: https://discord.com/api/webhooks/1234/"
    )
    assert TOKEN not in shown
