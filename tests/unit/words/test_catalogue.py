"""Every reason has its words in both languages, and there are no others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from refit.words import sentence
from refit.words.catalogue import ROOMS, TEXTS
from refit.words.particles import PARTICLES

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "module_utils" / "refit"
SOURCES = [
    *(path for path in PACKAGE.rglob("*.py") if path.parent.name != "words"),
    PACKAGE / "words" / "sentence.py",
    *(ROOT / "playbooks").rglob("*.py"),
    *(ROOT / "library").glob("*.py"),
]
CODE_IN_A_TASK = re.compile(r"'code': '(\w+)'")
HANGUL = range(ord("가"), ord("힣") + 1)


def codes_in(tree: ast.AST) -> Iterator[ast.expr]:
    """What stands where a reason is given its code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Reason", "because", "words.Reason") and node.args:
            yield from (
                (node.args[0].body, node.args[0].orelse) if isinstance(node.args[0], ast.IfExp) else node.args[:1]
            )


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in SOURCES:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def values_of_tasks() -> Iterator[str]:
    """Every text of tasks and variables, in which a reason is written as a mapping with its code."""
    roles = ROOT / "roles"
    for path in [*roles.glob("*/tasks/*.yml"), *roles.glob("*/vars/*.yml"), *(ROOT / "playbooks").glob("*.yml")]:
        todo = [yaml.safe_load(path.read_text(encoding="utf-8"))]
        while todo:
            item = todo.pop()
            if isinstance(item, str):
                yield item
            todo += item.values() if isinstance(item, dict) else item if isinstance(item, list) else []


def test_every_code_that_is_raised_has_words():
    named = [
        (path.name, code.value) for path, tree in trees() for code in codes_in(tree) if isinstance(code, ast.Constant)
    ]
    # Those of grades name a rule of the severity table; a code that an older host gave is shown as it came.
    assert not [found for found in named if isinstance(found[1], str) and found[1] not in TEXTS]
    assert len(named) > 100


def test_every_code_that_a_task_names_has_words():
    named = {code for text in values_of_tasks() for code in CODE_IN_A_TASK.findall(text)}
    assert named - TEXTS.keys() == set()
    assert len(named) > 20


def test_all_words_are_of_a_code_that_is_raised():
    texts = {node.value for _, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    tasks = " ".join(values_of_tasks())
    assert not [code for code in TEXTS if code not in texts and code not in tasks]


def test_a_code_is_of_one_room():
    assert sum(map(len, ROOMS.values())) == len(TEXTS)


@pytest.mark.parametrize("code", TEXTS)
def test_a_reason_says_the_same_in_both_languages(code):
    words = TEXTS[code]
    assert set(words) == set(sentence.LANGUAGES)
    names = {language: sentence.names_in(template) for language, template in words.items()}
    assert names["ko"] == names["en"]
    assert not any(ord(char) in HANGUL for char in words["en"])


@pytest.mark.parametrize("code", TEXTS)
def test_a_form_of_a_value_is_one_that_there_is(code):
    for language, template in TEXTS[code].items():
        for name, form in sentence.places_in(template):
            ours = {"", sentence.WHEN, sentence.UNTIL, sentence.AGE, *PARTICLES, *sentence.JOINS}
            known = form in ours or "|" in form or form[0] == "?"
            assert known or format(1.5, form), f"{code}, {language}: {name}"
            assert language == "ko" or form not in PARTICLES
