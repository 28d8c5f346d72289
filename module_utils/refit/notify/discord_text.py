"""Text that Discord shows as it was meant: cut between characters, never taken for commands.

What comes from outside (commit messages, error texts, log lines) goes through
:func:`outside` where Discord reads markdown, through :func:`plain` where it does not,
and through :func:`code_block` where it should stay readable as it is.
"""

from __future__ import annotations

import re
import unicodedata

ZERO_WIDTH_SPACE = "\u200b"

_ZERO_WIDTH_JOINER = "\u200d"
_FENCE = "```"
# What is joined to a character is far shorter; without a bound a hostile text could not be cut at all.
_LONGEST_CLUSTER = 64
# Of a code block in Discord's own window, about.
_WINDOW = 76
_SHELL_WORD = re.compile(r"""(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+""")

_ANSI = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # OSC and other strings, never beyond the line
    r"|\x1b[ -/]*[0-~]?"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_NEW_LINE = re.compile("\r\n|[\r\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")

_GROUP_MENTION = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
# <@user> <@&role> <#channel> <:emoji:1> <a:emoji:1> <t:time> <id:guide> </command:1>
_TAG = re.compile(r"<(?=@|#|a?:|t:|id:|/\S)")
_MARKDOWN = re.compile(r"([\\`*_~|\[\]])")
_LINE_MARKDOWN = re.compile(r"^([ \t]*)(>|#|-|\+|\d+(?=[.)]))", re.MULTILINE)


def clean(text: str) -> str:
    """*text* without what no reader should meet: terminal codes, control characters (line
    breaks and tabs stay), direction overrides and halves of surrogate pairs."""
    text = _CONTROL.sub("", _ANSI.sub("", _NEW_LINE.sub("\n", text)))
    return _SURROGATE.sub("\ufffd", _BIDI.sub("", text))


def defuse(text: str) -> str:
    """*text* in which nothing is a mention, a channel link, an emoji or a command."""
    text = _GROUP_MENTION.sub("@" + ZERO_WIDTH_SPACE, text)
    return _TAG.sub("<" + ZERO_WIDTH_SPACE, text)


def plain(text: str) -> str:
    """An outside *text* for places where Discord reads no markdown, such as a footer."""
    return defuse(clean(text)).strip()


def outside(text: str) -> str:
    """An outside *text* for places where Discord reads markdown: looks there as it looks here."""
    escaped = _MARKDOWN.sub(r"\\\1", defuse(clean(text)).strip())
    return _LINE_MARKDOWN.sub(_escape_line_start, escaped)


def _escape_line_start(match: re.Match[str]) -> str:
    indent, mark = match.groups()
    return indent + (mark + "\\" if mark.isdigit() else "\\" + mark)


def moment(at: float, style: str = "t") -> str:
    """The time *at*, in seconds since the epoch, which each reader sees in the zone of their own.

    Discord shows it in descriptions and fields, and as it stands here in titles and footers.

    Args:
        style: ``t`` 14:02, ``f`` with the date, ``R`` 3 minutes ago.
    """
    return f"<t:{int(at)}:{style}>"


def one_line(text: str) -> str:
    """*text* with every run of white space as one space."""
    return " ".join(text.split())


def is_visible(text: str) -> bool:
    """Whether a reader would see anything: Discord refuses fields that are only white space."""
    return any(unicodedata.category(each)[0] not in "ZC" for each in text)


def cut(text: str, limit: int, more: str = "… ({} more)") -> str:
    """*text* in at most *limit* code points, cut between characters.

    Args:
        text: markdown or plain; a cut never leaves the half of an escape.
        limit: in code points, as Discord counts.
        more: says how many code points are missing; left out where even it does not fit.
    """
    if len(text) <= limit:
        return text
    room = limit - len(more.format(len(text)))
    if room < 0:
        return _head(text, limit).rstrip()
    kept = _head(text, room).rstrip()
    return kept + more.format(len(text) - len(kept))


def broken(command: str) -> str:
    """A shell's *command* on lines that fit a window, each option with its value: a shell takes it as it stands."""
    words = _SHELL_WORD.findall(command)
    if len(command) <= _WINDOW or "\n" in command or " ".join(words) != command:
        return command
    lines: list[str] = []
    for position, word in enumerate(words):
        is_value = position > 0 and words[position - 1].startswith("-")
        if lines and (is_value or len(lines[-1]) + len(word) + 3 <= _WINDOW and not word.startswith("-e")):
            lines[-1] += " " + word
        else:
            lines.append(("  " if lines else "") + word)
    return " \\\n".join(lines)


def code_block(text: str, limit: int, earlier: str = "… ({} earlier lines)") -> str:
    """A fenced block with the end of *text*, in at most *limit* code points.

    The end of a log is where the error is, so the beginning is left out, line by line; of a
    last line that is too long the end stays.  Nothing inside can close the fence.

    Args:
        text: raw, such as lines of a log.
        limit: in code points, fences included.
        earlier: the first line where something is missing; takes the number of lines.

    Returns:
        The block; an empty text if there is nothing to show or no room.
    """
    content = re.sub("`(?=`)", "`" + ZERO_WIDTH_SPACE, clean(text)).strip("\n")
    room = limit - len(_FENCE) * 2 - 2
    if not is_visible(content) or room < 1:
        return ""
    return "{0}\n{1}\n{0}".format(_FENCE, _last_lines(content, room, earlier))


def _last_lines(content: str, room: int, earlier: str) -> str:
    if len(content) <= room:
        return content
    lines = content.split("\n")
    room -= len(earlier.format(len(lines))) + 1
    if room < 1:
        return _tail(lines[-1], room + len(earlier.format(len(lines))) + 1)
    kept = len(lines)
    while kept and room >= len(lines[kept - 1]) + (kept < len(lines)):
        kept -= 1
        room -= len(lines[kept]) + (kept < len(lines) - 1)
    if kept == len(lines):
        return earlier.format(len(lines) - 1) + "\n" + _tail(lines[-1], room)
    return "\n".join([earlier.format(kept), *lines[kept:]])


def _head(text: str, room: int) -> str:
    head = text[: _boundary(text, room, -1)]
    backslashes = len(head) - len(head.rstrip("\\"))
    return head[:-1] if backslashes % 2 else head


def _tail(text: str, room: int) -> str:
    return text[_boundary(text, len(text) - room, 1) :]


def _boundary(text: str, index: int, step: int) -> int:
    """The place nearest to *index*, downwards or upwards, where a cut parts no character from what is joined to it."""
    for place in range(index, index + step * _LONGEST_CLUSTER, step):
        if not 0 < place < len(text) or not _is_joined(text[place - 1], text[place]):
            return place
    return index


def _is_joined(before: str, after: str) -> bool:
    """Whether *after* changes how *before* looks.  A flag of two letters may be parted, and Hangul of single jamo."""
    return (
        before == _ZERO_WIDTH_JOINER
        or after in "\u200c\u200d\uff9e\uff9f"
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= after <= "\U000e007f"  # tags, as in the flag of Scotland
        or unicodedata.category(after).startswith("M")  # combining marks, variation selectors
    )
