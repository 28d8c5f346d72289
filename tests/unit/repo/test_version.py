"""One place says which version this is; the changelog and everything else agree with it."""

from __future__ import annotations

import datetime
import re

from refit import __version__
from support.playbooks import ROOT

NUMBERS = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
HEADINGS = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)


def numbers(version: str) -> tuple[int, ...]:
    assert NUMBERS.fullmatch(version), version
    return tuple(map(int, version.split(".")))


def released() -> list[tuple[str, datetime.date]]:
    """Each version in the changelog with its day, as they stand there."""
    found = [heading.split(" – ") for heading in HEADINGS[1:]]
    return [(version, datetime.date.fromisoformat(day)) for version, day in found]


def test_what_is_not_released_yet_stands_above_all_versions() -> None:
    assert HEADINGS[0] == "Unreleased"
    assert released()


def test_versions_stand_in_order_each_with_its_day() -> None:
    versions = [numbers(version) for version, _ in released()]
    days = [day for _, day in released()]
    assert versions == sorted(set(versions), reverse=True)
    assert days == sorted(days, reverse=True)


def test_the_version_is_that_of_the_newest_release_or_the_next_one() -> None:
    newest, _ = released()[0]
    assert numbers(__version__) >= numbers(newest)


def test_no_other_place_states_another_version() -> None:
    assert not re.search(r"^version\s*=", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    texts = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("roles/**/*.md")]
    code = [*ROOT.glob("module_utils/**/*.py"), *ROOT.glob("library/*.py"), *ROOT.glob("playbooks/**/*.py")]
    wrong = [
        f"{path.relative_to(ROOT)}: {stated}"
        for path in (*texts, *code)
        for stated in re.findall(r"\brefit(?:-ops)?[ /]v?(\d+\.\d+(?:\.\d+)?)\b", path.read_text(encoding="utf-8"))
        if stated != __version__
    ]
    assert not wrong
