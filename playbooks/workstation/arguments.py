"""What a person typed after ``refit``, in any order, and what is wrong with it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from refit.core.spelling import nearest

from .commands import COMMANDS, COMPLETION, SHELLS, WORDS, Value

#: Options of all commands, with what their value is called in help; none where they have none.
COMMON: Mapping[str, str] = {
    "--inventory": "INVENTORY",
    "--fleet": "GROUP",
    "--service": "SERVICE",
    "--limit": "HOSTS",
    "--plan": "",
    "--verbose": "",
    "--ask-vault-pass": "",
    "--vault-id": "ID",
    "--vault-password-file": "FILE",
    "--help": "",
    "--version": "",
}
SHORT = {"--inventory": "-i", "--verbose": "-v", "--help": "-h"}
#: Those that may be given several times.
_REPEATED = {"--inventory", "--vault-id", "--vault-password-file"}


class Mistake(Exception):
    """What was typed means nothing.

    Args:
        kind: which sentence of :mod:`.texts` says so.
        values: what that sentence names.
        instead: the words that were probably meant, where one can tell.
        command: the word of ``refit`` whose help says more.
    """

    def __init__(self, kind: str, instead: Sequence[str] = (), command: str = "", **values: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.values = values
        self.instead = tuple(instead)
        self.command = command


@dataclass(frozen=True)
class Asked:
    """What was asked for, as *typed*: *values* by the playbook's variables, *extra* as it stood behind ``--``."""

    typed: tuple[str, ...] = ()
    command: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    inventories: tuple[str, ...] = ()
    fleet: str = ""
    service: str = ""
    limit: str = ""
    plan: bool = False
    passed_on: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    shell: str = ""
    help: bool = False
    version: bool = False


def read(typed: Sequence[str]) -> Asked:
    """What *typed* asks for.  Raises Mistake."""
    end = typed.index("--") if "--" in typed else len(typed)
    found, strange = _parse(list(typed[:end]))
    word, *rest = found["words"] or [""]
    if strange:
        raise _unknown_option(strange[0].partition("=")[0], typed, word)
    if word and word not in WORDS:
        raise unknown("unknown_command", word, WORDS, typed)
    for option, name in COMMON.items():
        # As of a variable of the shell that is not set: it must not mean the whole fleet.
        if name and "" in _as_list(found[_dest(option)]):
            raise Mistake("empty", name=option, command=word)
    looks_up = found["help"] or found["version"] or not word
    values = {} if looks_up or word == COMPLETION else _values(word, rest, found, typed)
    return Asked(
        typed=tuple(typed),
        command=word,
        values=values,
        inventories=tuple(found["inventory"] or ()),
        fleet=found["fleet"] or "",
        service=found["service"] or "",
        limit=found["limit"] or "",
        plan=found["plan"],
        passed_on=tuple(_passed_on(found)),
        extra=tuple(typed[end + 1 :]),
        shell=_shell(rest, typed) if word == COMPLETION and not looks_up else "",
        help=found["help"],
        version=found["version"],
    )


def options_of(word: str) -> list[str]:
    """The options that may stand behind *word*; of all commands where it is none."""
    commands = [COMMANDS[word]] if word in COMMANDS else [] if word == COMPLETION else COMMANDS.values()
    return [*dict.fromkeys(option for command in commands for option in command.options), *COMMON]


def takes_a_value(option: str) -> bool:
    """Whether a word follows *option*, which is one of some command."""
    if option in COMMON:
        return bool(COMMON[option])
    return not any(command.options[option].is_switch for command in COMMANDS.values() if option in command.options)


def _parse(typed: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Options by name, and the other words; then what looks like an option and is none.

    One parser for all commands: an option means the same behind each of them, and may stand before it.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("words", nargs="*")
    for option in options_of(""):
        names = [name for name in (SHORT.get(option), option) if name]
        if option == "--verbose":
            parser.add_argument(*names, action="count", default=0)
        elif not takes_a_value(option):
            parser.add_argument(*names, action="store_true")
        else:
            parser.add_argument(*names, action="append" if option in _REPEATED else "store")
    try:
        found, strange = parser.parse_known_intermixed_args(typed)
    except argparse.ArgumentError as error:
        option = str(error.argument_name).split("/")[-1]
        raise Mistake("no_value" if takes_a_value(option) else "a_value", option=option) from None
    return vars(found), strange


def _values(word: str, rest: list[str], found: Mapping[str, Any], typed: Sequence[str]) -> dict[str, str]:
    """The values of command *word* by the playbook's variables."""
    command = COMMANDS[word]
    if len(rest) > len(command.words):
        raise Mistake("too_many", word=rest[len(command.words)], command=word)
    told: dict[str, Any] = dict(zip((value.name for value in command.words), rest))
    for option in options_of(""):
        given = None if option in COMMON else found[_dest(option)]
        if given is None or given is False:
            continue
        if option not in command.options:
            raise _unknown_option(option, typed, word)
        told[option] = "true" if given is True else given
    for value in command.values:
        _check(value, told.get(value.name), typed, word)
    return {value.variable: told[value.name] for value in command.values if value.name in told}


def _check(value: Value, given: str | None, typed: Sequence[str], word: str) -> None:
    if given is None and value.needed:
        missing = [value.name, "…"] if value.is_option else [value.name]
        raise Mistake("needed", ["refit", *typed, *missing], word, name=value.name)
    if given is not None and not given.strip():
        raise Mistake("empty", name=value.name, command=word)
    if given is not None and value.known and given not in value.known:
        raise unknown("unknown_value", given, value.known, typed, word, name=value.name)


def _dest(option: str) -> str:
    """What argparse calls *option*."""
    return option[2:].replace("-", "_")


def _as_list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def _shell(rest: list[str], typed: Sequence[str]) -> str:
    if len(rest) != 1:
        raise Mistake("needed", ["refit", COMPLETION, SHELLS[0]], COMPLETION, name="|".join(SHELLS))
    if rest[0] not in SHELLS:
        raise unknown("unknown_value", rest[0], SHELLS, typed, COMPLETION, name=COMPLETION)
    return rest[0]


def _passed_on(found: Mapping[str, Any]) -> Iterator[str]:
    """What ``ansible-playbook`` has by the same name."""
    if found["verbose"]:
        yield "-" + "v" * found["verbose"]
    if found["ask_vault_pass"]:
        yield "--ask-vault-pass"
    for option in ("--vault-id", "--vault-password-file"):
        for value in found[_dest(option)] or ():
            yield from (option, value)


def _unknown_option(option: str, typed: Sequence[str], word: str) -> Mistake:
    """The mistake that command *word* has no such *option*; one that only others have was hardly meant otherwise."""
    own = options_of(word)
    close = nearest(option, options_of(""))
    return _mistaken("unknown_option", option, close if close in own else None, own, typed, word)


def unknown(
    kind: str, word: str, known: Sequence[str], typed: Sequence[str], command: str = "", **values: str
) -> Mistake:
    """The mistake that *word* is none of *known*, with what to type in the place of all that was *typed*."""
    return _mistaken(kind, word, nearest(word, known), known, typed, command, **values)


def _mistaken(
    kind: str, word: str, meant: str | None, known: Sequence[str], typed: Sequence[str], command: str, **values: str
) -> Mistake:
    instead = [] if meant is None else ["refit", *(_with(meant, each, word) for each in typed)]
    return Mistake(kind, instead, command, word=word, near=meant or "", known=", ".join(known), **values)


def _with(meant: str, typed: str, word: str) -> str:
    """*typed* with *meant* in the place of *word*, also where ``=`` follows it."""
    return meant + typed[len(word) :] if typed == word or typed.startswith(word + "=") else typed
