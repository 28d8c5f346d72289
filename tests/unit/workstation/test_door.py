"""What ``refit`` says by itself: help, mistakes and hints, in the language of who asks."""

from __future__ import annotations

import dataclasses
import os
import shlex
import string
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from refit import __version__
from workstation import door, inventories
from workstation.arguments import COMMON, Mistake, read
from workstation.command_line import command_line
from workstation.commands import COMMANDS, WORDS
from workstation.inventories import ROOT
from workstation.texts import EN, KO, LANGUAGES

DOOR = ROOT / "playbooks/workstation/refit.sh"


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFIT_LANGUAGE", "en")


def width(line: str) -> int:
    """In columns."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def named_in(text: str) -> list[str]:
    return sorted(name for _, name, *_ in string.Formatter().parse(text) if name)


def test_both_languages_say_the_same_of_all_that_there_is() -> None:
    for part in dataclasses.fields(KO):
        korean, english = getattr(KO, part.name), getattr(EN, part.name)
        assert korean.keys() == english.keys(), part.name
        for key in korean:
            named = [
                sorted(name for _, name, *_ in string.Formatter().parse(text[key]) if name)
                for text in (korean, english)
            ]
            assert named[0] == named[1], key
    assert list(KO.commands) == list(WORDS)
    assert KO.common.keys() == COMMON.keys()
    assert {value.name for command in COMMANDS.values() for value in command.values} <= KO.values.keys()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("word", ["", *WORDS])
def test_help_names_all_that_may_be_typed_and_fits_a_window(
    word: str, language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REFIT_LANGUAGE", language)
    assert door.main([*filter(None, [word]), "--help"]) == 0
    said = capsys.readouterr().out
    expected = [value.name for value in COMMANDS[word].values] if word in COMMANDS else [] if word else [*COMMANDS]
    assert [name for name in [*expected, *COMMON] if name not in said] == []
    assert [line for line in said.splitlines() if width(line) > 100] == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("rolback --reason x", ["refit has no command 'rolback'. Did you mean rollback?", "refit rollback --reason x"]),
        ("status --pln", ["there is no option '--pln'. Did you mean --plan?", "refit status --plan"]),
        ("health --fail-onn=P1", ["there is no option '--fail-onn'", "refit health --fail-on=P1"]),
        ("status --reason x", ["there is no option '--reason'. There are: --inventory,", "refit status --help"]),
        ("status -i stagin", ["there is no inventory 'stagin'. Did you mean staging?", "refit status -i staging"]),
        ("incident aks", ["ACTION cannot be 'aks'", "refit incident ack"]),
        ("notify incident_opend", ["EVENT cannot be 'incident_opend'", "refit notify incident_opened"]),
        ("health --fail-on P9", ["--fail-on cannot be 'P9'", "refit health"]),
        ("freeze", ["--reason is missing", "refit freeze --reason"]),
        ("deploy 7", ["ARTIFACT is missing", "refit deploy 7 ARTIFACT"]),
        ("rollback 7 8", ["'8' is one word too many", "refit rollback --help"]),
        ("rollback ''", ["VERSION is given and says nothing"]),
        ("rollback --limit ''", ["--limit is given and says nothing"]),
        ("rollback --reason --plan", ["--reason has no value", "--reason='…'"]),
        ("rollback --plan=yes", ["--plan takes no value"]),
        ("completion fsh", ["completion cannot be 'fsh'", "refit completion"]),
        ("frobnicate", ["There are: status, health,", "refit --help"]),
    ],
)  # fmt: skip
def test_a_mistake_is_answered_with_what_was_meant(
    typed: str, said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert door.main(shlex.split(typed)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert [text for text in said if text not in err] == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("freeze", "refit: --reason이 빠졌습니다"),
        ("rollback 7 8", "refit: 8은 무엇인지 알 수 없습니다."),
        ("health --fail-on P2x", "--fail-on에 P2x는 쓸 수 없습니다. 혹시: P2"),
    ],
)
def test_a_mistake_is_answered_as_a_korean_would_say_it(
    typed: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REFIT_LANGUAGE", "ko")
    assert door.main(shlex.split(typed)) == 2
    assert said in capsys.readouterr().err


def test_what_is_to_be_typed_next_is_no_mistake() -> None:
    with pytest.raises(Mistake) as raised:
        read(["rolback", "--reason", "it's slow"])
    assert read(raised.value.instead[1:]).values == {"rollback_reason": "it's slow"}


def test_alone_it_shows_its_help_and_has_done_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert door.main([]) == 2
    assert "usage: refit COMMAND" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "inventory", "begins"),
    [
        ("en", "ko", "usage"),
        ("", "en", "usage"),
        ("", "ko", "사용법"),
        ("", "{{ x }}", "사용법"),
        ("fr", "en", "사용법"),
    ],
)
def test_it_speaks_the_language_of_who_asks(
    environment: str, inventory: str, begins: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("REFIT_LANGUAGE", environment)
    (tmp_path / "group_vars/all").mkdir(parents=True)
    (tmp_path / "hosts.yml").touch()
    (tmp_path / "group_vars/all/site.yml").write_text(f"refit_language: '{inventory}'\nsecret: !vault |\n  $ANSIBLE\n")
    door.main(["-i", str(tmp_path / "hosts.yml"), "--help"])
    assert capsys.readouterr().out.startswith(begins)


def test_a_service_that_the_inventory_does_not_show_is_told_and_left_to_ansible() -> None:
    asked = read(["status", "--service", "backnd", "-i", "staging"])
    (hint,) = door.hints(asked, EN)
    assert "no service 'backnd'. Did you mean backend?" in hint
    assert "service=backnd" in command_line(asked, {}).words
    assert list(door.hints(read(["status", "--service", "backnd", "-i", "demo"]), EN)) == []


def test_the_services_are_those_of_the_inventory() -> None:
    assert inventories.services("production") == ["backend", "ai-service"]
    assert inventories.services("demo") == []
    assert "production" in inventories.names()


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert door.main(["--version"]) == 0
    assert capsys.readouterr().out == f"refit {__version__}\n"


def test_it_is_found_through_links_and_with_nothing_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / "my bin").mkdir()
    (tmp_path / "first").symlink_to(os.path.relpath(DOOR, tmp_path))
    (tmp_path / "my bin/refit").symlink_to("../first")
    done = subprocess.run(
        [str(tmp_path / "my bin/refit"), "--version"], cwd="/", env={}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"refit {__version__}\n", "")


def test_without_an_environment_of_tools_it_says_how_to_make_one(tmp_path: Path) -> None:
    place = tmp_path / "check out/playbooks/workstation/refit.sh"
    place.parent.mkdir(parents=True)
    place.write_text(DOOR.read_text())
    done = subprocess.run(["sh", str(place), "status"], env={}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"make -C '{tmp_path}/check out' venv" in done.stderr


def test_python_of_the_environment_runs_it() -> None:
    """And not what lies beside it by the name of a module of the standard library."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "playbooks/workstation"), "-h"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
