"""The command lines of the servers' scripts: one manner of help, of versions and of errors."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from .. import __version__
from ..core.errors import InvalidInput
from ..core.text_table import width_of
from ..words.reason import Reason, as_it_came
from ..words.sentence import said

#: What argparse says of a mistake, and the reason that it is.
_MISTAKES = (
    (re.compile(r"the following arguments are required: (?P<names>.+)"), "arguments_missing"),
    (re.compile(r"unrecognized arguments: (?P<names>.+)"), "arguments_unknown"),
    (re.compile(r"not allowed with argument (?P<other>.+)"), "not_allowed_with"),
    (re.compile(r"expected one argument"), "expected_a_value"),
    (re.compile(r"invalid choice: (?P<text>.+) \(choose from (?P<choices>.+)\)"), "is_no_choice"),
)
_OF_AN_ARGUMENT = re.compile(r"argument (?P<name>[^:]+): (?P<why>.+)", re.DOTALL)


class CommandLine(argparse.ArgumentParser):
    """A parser that speaks *language*, and whose mistakes are :class:`~.errors.InvalidInput`.

    Args:
        prog: as in argparse.
        does: what the command does.
        exit_codes: each with what it means, in their order.
        right_form: the arguments to type next, after a mistake.
    """

    def __init__(
        self, prog: str, does: Reason, exit_codes: Sequence[tuple[int, Reason]], right_form: str, language: str
    ) -> None:
        lines = [said(Reason("exit_codes"), language)]
        lines += [f"  {code}  {said(meaning, language)}" for code, meaning in exit_codes]
        super().__init__(
            prog=prog,
            description=said(does, language),
            epilog="\n".join(lines),
            formatter_class=_Page,
            allow_abbrev=False,
            add_help=False,
        )
        self.right_form = right_form
        self.language = language
        self._positionals.title = self.words(Reason("help_arguments"))
        self._optionals.title = self.words(Reason("help_options"))
        named = f"refit {__version__}"
        self.add_argument("-h", "--help", action="help", help=self.words(Reason("help_help")))
        about = self.words(Reason("help_version", version=named))
        self.add_argument("--version", action="version", version=named, help=about)

    def words(self, reason: Reason) -> str:
        return said(reason, self.language)

    def print_usage(self, file: Any = None) -> None:
        self._print_message(self._in_words(self.format_usage()), file or sys.stdout)

    def print_help(self, file: Any = None) -> None:
        self._print_message(self._in_words(self.format_help()), file or sys.stdout)

    def _in_words(self, text: str) -> str:
        # Not where argparse makes it: it counts on the length of that word.
        return self.words(Reason("usage")) + text[len("usage: ") :]

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        raise InvalidInput(_mistake(message), next_command=f"{self.prog} {self.right_form}")


def _mistake(message: str) -> Reason:
    """What argparse says, as a reason; where it says what is not known here, as it came."""
    whose = _OF_AN_ARGUMENT.fullmatch(message)
    if whose:
        return Reason("argument_wrong", name=whose["name"], why=_mistake(whose["why"]))
    for pattern, code in _MISTAKES:
        found = pattern.fullmatch(message)
        if found:
            return Reason(code, **found.groupdict())
    return as_it_came(message)


class _Page(argparse.RawDescriptionHelpFormatter):
    """Lines of help as wide as the terminal, where letters may be two columns wide."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and width_of(longer) > width:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines
