"""What ``refit --help`` says, of itself and of each command."""

from __future__ import annotations

from refit.core.text_table import table

from .arguments import COMMON, SHORT
from .commands import COMMANDS, COMPLETION, SHELLS, Value
from .texts import Texts


def lines(word: str, texts: Texts) -> list[str]:
    """The lines of the help for command *word*, or for all where there is none."""
    said = texts.headings
    common = [[_common(option), texts.common[option]] for option in COMMON]
    if not word:
        rows = [[name, text] for name, text in texts.commands.items()]
        usage = f"refit {said['COMMAND']} … [{said['OPTIONS']}] [-- …]"
        own = ["", f"{said['commands']}:", *_indented(rows)]
        end = [said["more"], said["anywhere"]]
    else:
        values = COMMANDS[word].values if word in COMMANDS else ()
        places = [_in_usage(value) for value in values if not value.is_option or value.needed]
        places += ["|".join(SHELLS)] if word == COMPLETION else []
        usage = " ".join(["refit", word, *places, f"[{said['OPTIONS']}]", "[-- …]"])
        rows = [[_form(value.name, _value_name(value)), _about(word, value, texts)] for value in values]
        own = ["", texts.commands[word], *(["", f"{said['values']}:", *_indented(rows)] if rows else [])]
        end = [said["runs"].format(playbook=COMMANDS[word].playbook)] if word in COMMANDS else []
    return [f"{said['usage']}: {usage}", *own, "", f"{said['common']}:", *_indented(common), "", said["extra"], *end]


def _indented(rows: list[list[str]]) -> list[str]:
    return [f"  {line}" for line in table(rows)]


def _common(option: str) -> str:
    return ", ".join([*filter(None, [SHORT.get(option)]), _form(option, COMMON[option])])


def _form(name: str, value: str) -> str:
    return f"{name} {value}" if value else name


def _value_name(value: Value) -> str:
    if value.is_switch or not value.is_option:
        return ""
    return value.called or value.name[2:].upper().replace("-", "_")


def _in_usage(value: Value) -> str:
    shown = _form(value.name, _value_name(value))
    return shown if value.needed else f"[{shown}]"


def _about(word: str, value: Value, texts: Texts) -> str:
    text = texts.values.get(f"{word} {value.name}") or texts.values[value.name]
    return f"{text} ({', '.join(value.known)})" if 0 < len(value.known) < 8 else text
