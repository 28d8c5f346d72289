"""What would be said again and again, said once: lines of a log with how often, names of hosts as a range."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .discord_text import cut

# A crash with its stack trace is repeated as a whole.
_LONGEST_BLOCK = 40
_MOST_LINES = 2000
_SHOWN_NAMES = 10
_LONGEST_NAMES = 200  # of a range: two
_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<number>\d{1,9})(?P<rest>\D*)\Z", re.DOTALL)

# When a line was written does not make it another: a date, a time, both; with what stands around them.
_TIME = re.compile(
    r"\W*(?:\d{4}[-/.]\d\d[-/.]\d\d)?[T ]?(?:\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?)?\s*(?:Z|UTC|KST|[+-]\d\d:?\d\d)?\W*"
)


def folded(text: str) -> str:
    """*text* with each line, or block of lines, that is repeated at once as the last of its kind, and ``(×19)``.

    Lines are the same that differ in the time at their beginning.
    """
    lines = text.strip("\n").split("\n")[-_MOST_LINES:]
    same = [line[_end_of_time(line) :] for line in lines]
    shown: list[str] = []
    at = 0
    while at < len(lines):
        length, count = _repeated(same, at)
        last = lines[at + length * (count - 1) : at + length * count]
        shown += _marked(last, count)
        at += length * count
    return "\n".join(shown)


def folded_names(names: Sequence[str], more: str) -> str:
    """*names* as a reader takes them in: ``app-1 … app-50, db``, and of many only the first.

    Args:
        more: what stands for those that are left out; takes ``{more}`` and ``{total}``.
    """
    runs: list[list[str]] = []
    for name in names:
        if runs and _follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    # Three are read as fast as a range.
    parts = [[(1, each) for each in run] if len(run) < 4 else [(len(run), f"{run[0]} … {run[-1]}")] for run in runs]
    said = [part for run in parts for part in run]
    shown = ", ".join(cut(text, _LONGEST_NAMES, "…") for _, text in said[:_SHOWN_NAMES])
    left = sum(count for count, _ in said[_SHOWN_NAMES:])
    return shown + (" " + more.format(more=left, total=len(names)) if left else "")


def _follows(before: str, after: str) -> bool:
    """Whether *after* is the next one by its number, written as wide as numbers are there."""
    first, second = _NUMBERED.match(before), _NUMBERED.match(after)
    if first is None or second is None or first["stem"] != second["stem"] or first["rest"] != second["rest"]:
        return False
    wide = len(first["number"]) if first["number"].startswith("0") else 1
    return second["number"] == str(int(first["number"]) + 1).zfill(wide)


def _end_of_time(line: str) -> int:
    match = _TIME.match(line)
    return match.end() if match else 0


def _repeated(same: Sequence[str], at: int) -> tuple[int, int]:
    """The length of the shortest block at *at* that is repeated, and how often it stands there; (1, 1) if none is."""
    for length in range(1, min(_LONGEST_BLOCK, (len(same) - at) // 2) + 1):
        block, count = same[at : at + length], 1
        while same[at + length * count : at + length * (count + 1)] == block:
            count += 1
        if count > 1 and any(block):
            return length, count
    return 1, 1


def _marked(block: Sequence[str], count: int) -> list[str]:
    if count == 1:
        return list(block)
    if len(block) == 1:
        return [f"{block[0]} (×{count})"]
    return [f"┌ ×{count}", *block, "└"]
