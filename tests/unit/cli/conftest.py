from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def spoken_to_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFIT_LANGUAGE", "en")
