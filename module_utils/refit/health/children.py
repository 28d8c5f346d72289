"""Works that are done at the same time, each in a process of its own that is ended when its time is over.

A thread cannot be ended: one that hangs in an expression, a name server or a file system would keep whoever waits
for it, and all others from their turn.  And only a process that does nothing else can take on somebody's rights
(:func:`.privileges.rights_of`).
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable, Union

from ..words.reason import Reason

#: A child whose parent is gone, and cannot end it, ends this long after its time.
_ORPHANS_S = 5.0
_PIPE_BYTES = 64 * 1024


@dataclass(frozen=True)
class NoAnswer:
    """Why a work has no result."""

    reason: Reason


class Mistake(Exception):
    """A work ended with an exception; its traceback is the text."""


Result = Union[Any, NoAnswer]


def together(works: Mapping[str, Callable[[], Any]], limit_s: float) -> dict[str, Result]:
    """What each of *works* returns, which has to be JSON.

    Args:
        works: none of them may need what another one changes.
        limit_s: seconds after which those that are not done are ended.

    Raises:
        Mistake: one of them raised; the others are ended at once.
    """
    children: dict[int, tuple[str, int]] = {}
    said = {name: bytearray() for name in works}
    results: dict[str, Result] = {}
    try:
        with selectors.DefaultSelector() as pipes:
            deadline = time.monotonic() + limit_s
            for name, work in works.items():
                pid, pipe = _begin(work, limit_s + _ORPHANS_S)
                children[pipe] = name, pid
                pipes.register(pipe, selectors.EVENT_READ)
            while pipes.get_map() and (left_s := deadline - time.monotonic()) > 0:
                for key, _ in pipes.select(left_s):
                    name = children[key.fd][0]
                    piece = os.read(key.fd, _PIPE_BYTES)
                    said[name] += piece
                    if not piece:
                        pipes.unregister(key.fd)
                        results[name] = _result(name, said[name])
    finally:
        for pipe, (_, pid) in children.items():
            _end(pid, pipe)
    return {name: results.get(name, NoAnswer(Reason("no_answer_within", seconds=limit_s))) for name in works}


def _result(name: str, said: bytearray) -> Result:
    try:
        answer = json.loads(said)
    except ValueError:
        return NoAnswer(Reason("ended_from_outside"))
    if "mistake" in answer:
        raise Mistake(f"{name}: {answer['mistake']}")
    return answer["result"]


def _begin(work: Callable[[], Any], limit_s: float) -> tuple[int, int]:
    """The child that does *work*, and the pipe that it answers by."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid:
        os.close(theirs)
        return pid, ours
    # Nothing of the parent's may happen twice: neither its way out, nor what waits to be written.
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, limit_s)
        os.close(ours)
        with os.fdopen(theirs, "wb") as pipe:
            pipe.write(_answer(work))
    finally:
        os._exit(0)


def _answer(work: Callable[[], Any]) -> bytes:
    try:
        return json.dumps({"result": work()}).encode()
    except BaseException:  # told to whoever waits for the result
        return json.dumps({"mistake": traceback.format_exc()}).encode()


def _end(pid: int, pipe: int) -> None:
    """End the child, whatever it does."""
    os.close(pipe)
    os.kill(pid, signal.SIGKILL)  # it is nobody else's number before somebody waited for it
    os.waitpid(pid, 0)
