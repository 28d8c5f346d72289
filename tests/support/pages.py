"""The commands that README and the runbooks tell people to type, as they stand there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs" / "runbooks").glob("*.md")))
#: What a person puts something of their own in the place of.
PLACEHOLDER = re.compile(r"…|서버주소|(?<!\S)버전(?!\S)|\b(?:V|PATH_OR_URL|NAME)\b|\[")

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
# How a span of code within a sentence begins that is a command and no name.
_PROGRAM = re.compile(
    r"(?:ansible-playbook|refit(?! \d)|ansible|sudo|make|bash|python|ssh|curl|pm2|export|tail|systemctl"
    r"|\S*rollback\.sh|\S*discord-notify\.sh|playbooks/\S+\.yml|rollback\.yml)(?: |$)"
)
_SHELL = ("sh", "bash")
_BETWEEN = {"|", "&&", ";"}


@dataclass(frozen=True)
class Command:
    """One line that a person types, continued lines included.

    *in_block* is false where it is named within a sentence, where a bare name is no more than that.
    """

    page: str
    text: str
    in_block: bool

    def __str__(self) -> str:
        return f"{self.page}: {self.text}"

    @property
    def simple(self) -> list[list[str]]:
        """The words of each program that the line runs, without where its output goes."""
        found: list[list[str]] = [[]]
        for word in _words(self.text):
            if word in _BETWEEN:
                found.append([])
            else:
                found[-1].append(word)
        return [words[: words.index(">>")] if ">>" in words else words for words in found]

    @property
    def is_for_a_server(self) -> bool:
        """Whether it is typed there; all else is for the workstation."""
        program = self.simple[0][0]
        return self.text.startswith("sudo ") or program in ("curl", "df", "ps")

    @property
    def has_placeholders(self) -> bool:
        return PLACEHOLDER.search(self.text) is not None


def commands() -> list[Command]:
    """All of them, in the pages' order, each once a page."""
    found = [command for page in PAGES for command in _commands_of(page)]
    return list(dict.fromkeys(found))


def _commands_of(page: Path) -> Iterator[Command]:
    name = str(page.relative_to(ROOT))
    # Quoted and indented blocks are blocks, too.
    text = re.sub(r"^(?:> ?| {2,3}(?= *(?:```|\S)))", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for language, block in _FENCE.findall(text):
        for line in re.sub(r"\s*\\\n\s*", " ", block).splitlines():
            prompted = line.startswith("$ ")
            if prompted or language in _SHELL or line.startswith("sudo "):
                yield from _typed(name, line.removeprefix("$ "), in_block=True)
    for span in _SPAN.findall(_FENCE.sub("", text)):
        if _PROGRAM.match(span):
            yield from _typed(name, span, in_block=False)


def _typed(page: str, line: str, *, in_block: bool) -> Iterator[Command]:
    if _words(line):
        yield Command(page, _without_comment(line), in_block)


def _without_comment(line: str) -> str:
    """*line* without what a shell takes for a comment, its blanks as they are."""
    for found in re.finditer(r"\s+#", line):
        try:
            shlex.split(line[: found.start()])
        except ValueError:
            continue  # it stands in quotes
        return line[: found.start()]
    return line


def _words(line: str) -> list[str]:
    return shlex.split(line, comments=True)
