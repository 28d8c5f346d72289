"""What a log says again and again, said once, with how often."""

from __future__ import annotations

import re
from collections.abc import Sequence

# A crash with its stack trace is repeated as a whole.
_LONGEST_BLOCK = 40
_MOST_LINES = 2000

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
