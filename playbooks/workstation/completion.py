"""What may stand where the cursor is, and what teaches that to a shell."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from . import inventories
from .arguments import SHORT, options_of, takes_a_value
from .commands import COMMANDS, COMPLETION, SHELLS, WORDS, Value

#: The word by which a shell asks; behind it stand the words before the cursor, and the one that is begun.
ASKS = "--complete"

_SCRIPTS = {
    # A word of which nothing is known, such as a file's name, is completed as the shell does by itself.
    "bash": """\
_refit() {{
    mapfile -t COMPREPLY < <({refit} {asks} "${{COMP_WORDS[@]:1:COMP_CWORD}}" 2>/dev/null)
}}
complete -o default -F _refit refit
""",
    "zsh": """\
#compdef refit
_refit() {{
    local -a found
    found=("${{(@f)$({refit} {asks} "${{(@)words[2,CURRENT]}}" 2>/dev/null)}}")
    found=(${{found:#}})
    if (( $#found )); then compadd -- $found; else _files; fi
}}
compdef _refit refit
""",
}


def script(shell: str, refit: str) -> str:
    """What *shell*, one of :data:`.SHELLS`, has to read; *refit* is the path of the program that it asks."""
    return _SCRIPTS[shell].format(refit=shlex.quote(refit), asks=ASKS)


def candidates(typed: Sequence[str]) -> list[str]:
    """What the last word of *typed*, which is begun, may become."""
    *before, begun = typed or [""]
    if "--" in before:
        return []
    words, inventory, option = _so_far(before)
    if option:
        found = _values_of(option, words[0] if words else "", inventory)
    else:
        next_word = _next_word(words)
        found = [*next_word.known]
        if begun.startswith("-") or not (next_word.known or next_word.needed):
            found += options_of(words[0] if words else "")
    return [each for each in found if each.startswith(begun)]


def _next_word(words: Sequence[str]) -> Value:
    """What comes next that is told by its place; one that need not come where that is all."""
    if not words:
        return Value("", "", needed=True, known=WORDS)
    if words == [COMPLETION]:
        return Value("", "", needed=True, known=SHELLS)
    places = COMMANDS[words[0]].words if words[0] in COMMANDS else ()
    return places[len(words) - 1] if len(words) <= len(places) else Value("", "")


def _so_far(before: Sequence[str]) -> tuple[list[str], str, str]:
    """The words among *before* that are no option's, the inventory, and the option whose value comes next."""
    long = {short: option for option, short in SHORT.items()}
    words, inventory, option = [], inventories.DEFAULT, ""
    for word in before:
        if option and word == "=":  # bash takes --option=value for three words
            continue
        if option:
            inventory = word if option == "--inventory" else inventory
            option = ""
        elif word.startswith("-"):
            named = long.get(word, word)
            option = named if named in options_of("") and takes_a_value(named) else ""
        else:
            words.append(word)
    return words, inventory, option


def _values_of(option: str, word: str, inventory: str) -> list[str]:
    if option == "--inventory":
        return inventories.names()
    if option == "--service":
        return inventories.services(inventory)
    own = COMMANDS[word].options if word in COMMANDS else {}
    return [*own[option].known] if option in own else []
