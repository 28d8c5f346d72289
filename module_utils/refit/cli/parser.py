"""The command lines of the servers' scripts: one manner of help, of versions and of errors."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from .. import __version__
from ..core.errors import InvalidInput


class CommandLine(argparse.ArgumentParser):
    """A parser whose mistakes are :class:`~.errors.InvalidInput`.

    Args:
        prog, description: as in argparse.
        epilog: printed as it stands, such as the exit codes.
        right_form: the arguments to type next, after a mistake.
    """

    def __init__(self, prog: str, description: str, epilog: str, right_form: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.right_form = right_form
        named = f"refit {__version__}"
        self.add_argument("--version", action="version", version=named, help=f"print {named!r} and exit")

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        raise InvalidInput(message, next_command=f"{self.prog} {self.right_form}")
