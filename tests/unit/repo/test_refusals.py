"""What a person is refused with exists in both languages: errors are raised with reasons, and never with sentences."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [
    *(ROOT / "module_utils" / "refit").rglob("*.py"),
    *(path for path in (ROOT / "playbooks").rglob("*.py") if not path.is_symlink()),
    *(ROOT / "library").glob("*.py"),
]
ERRORS = ROOT / "module_utils" / "refit" / "core" / "errors.py"
SPELLING = ("what", "where", "next_command", "steps")
# What may stand in a text that is read in both languages: a command.
PROGRAMS = {
    "chown",
    "df",
    "discord-notify.sh",
    "ln",
    "ls",
    "mv",
    "namei",
    "refit.pyz",
    "rollback.sh",
    "systemctl",
    "journalctl",
    "useradd",
}
# `{}` of a text that is formatted, and what an f-string puts there.
PLACE = "{}"


def error_classes() -> set[str]:
    """RefitError and all that is made of it, wherever that stands."""
    bases: dict[str, set[str]] = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases.setdefault(node.name, set()).update(ast.unparse(base).split(".")[-1] for base in node.bases)
    found = {"RefitError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


ERROR_CLASSES = error_classes()


def sentences_in(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of all that an error, or a step out of it, is given as a sentence of one language."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func).split(".")[-1]
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        if called in ERROR_CLASSES:
            named.update(zip(SPELLING, node.args))
            given = {name: value for name, value in named.items() if name in SPELLING[:3]}
        elif called == "Step":
            given = {"why": named.get("why", node.args[1] if len(node.args) > 1 else ast.Constant(""))}
        else:
            continue
        for name, value in given.items():
            for text in texts_of(value):
                if not may_be_a_text(name, text):
                    yield node.lineno, text


def texts_of(value: ast.expr) -> Iterator[str]:
    """What *value* may be as a text, as far as it is written there."""
    if isinstance(value, ast.IfExp):
        yield from (*texts_of(value.body), *texts_of(value.orelse))
    elif isinstance(value, ast.BoolOp):
        for each in value.values:
            yield from texts_of(each)
    elif isinstance(value, ast.BinOp):
        left, right = next(texts_of(value.left), PLACE), next(texts_of(value.right), PLACE)
        yield left + right
    elif isinstance(value, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else PLACE for part in value.values)
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "format":
        yield from texts_of(value.func.value)
    elif isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value


def may_be_a_text(name: str, text: str) -> bool:
    """Whether an error's part *name* may be the same *text* in both languages."""
    if name == "where":  # a place, which is no words
        return not re.search(r"[A-Za-z]{2,} [A-Za-z{]", text)
    if name == "next_command":
        return all(each.split()[0] in (*PROGRAMS, PLACE) for each in re.split(r"; |&& ", text) if each)
    return text == ""


def test_an_error_is_raised_with_a_reason():
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in SOURCES
        if path != ERRORS
        for line, text in sentences_in(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_an_error_is_known_by_its_class():
    assert {"InvalidInput", "StagingError", "NotUnderstood"} <= ERROR_CLASSES


@pytest.mark.parametrize(
    ("source", "caught"),
    [
        ('raise InvalidInput("it is wrong")', True),
        ('raise InvalidInput(f"{name} is wrong")', True),
        ('raise errors.Busy("{} is busy".format(name))', True),
        ('raise StagingError(Reason("wrong") if a else "it is wrong")', True),
        ('raise StagingError(Reason("wrong"), path)', False),
        ('raise StagingError(Reason("wrong"), f"{path}:{line}")', False),
        ('raise StagingError(Reason("wrong"), f"exit code {code}")', True),
        ('raise StagingError(Reason("wrong"), path, "run it again")', True),
        ('raise StagingError(Reason("wrong"), next_command=f"ls -l {path}")', False),
        ('raise StagingError(Reason("wrong"), next_command=f"ls -l {path}; then look at it")', True),
        ('raise StagingError(what, error.where, next_command="df {0} && df -i {0}".format(path))', False),
        ('Step(STATUS_YML, "to see it")', True),
        ('Step(STATUS_YML, Reason("to_see_it"))', False),
        ('raise ValueError("a mistake of ours")', False),
    ],
)
def test_a_sentence_is_known_when_it_is_seen(source, caught):
    assert bool(list(sentences_in(source))) is caught
