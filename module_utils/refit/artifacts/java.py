"""Which Java a server has, and which one a jar needs."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.errors import StagingError
from ..core.programs import SYSTEM_PATH, find_program
from ..core.system import RunAs, System
from ..words.reason import Reason

# Java 1.1 wrote class files of version 45, and every feature release since counts one up (JVMS, table 4.1-A).
_VERSION_OF_CLASS_FILES = 44
_CLASS_FILE = 0xCAFEBABE
_VERSION = re.compile(r'^(?:openjdk|java) version "([^"]+)"', re.MULTILINE)
_ANSWER_S = 30.0


@dataclass(frozen=True)
class Java:
    """A Java that was asked: the *command*, its version as it says it (``1.8.0_392``,
    ``17.0.15``), and its *feature* release (8, 17)."""

    command: str
    version: str
    feature: int


def parse_version(output: str) -> tuple[str, int] | None:
    """The version and feature release in what ``java -version`` prints; None if there is none.

    ``1.8.0_392`` is 8, ``9-internal`` is 9, ``17.0.15`` is 17, ``21`` is 21.
    """
    found = _VERSION.search(output)
    numbers = re.match(r"(?:1\.)?(\d+)", found[1]) if found else None
    return (found[1], int(numbers[1])) if found and numbers else None


def class_file_needs(head: bytes) -> int | None:
    """The feature release that a class file needs, from its first 8 bytes; None if it is none."""
    if len(head) < 8:
        return None
    magic, _minor, major = struct.unpack(">IHH", head[:8])
    return major - _VERSION_OF_CLASS_FILES if magic == _CLASS_FILE else None


def find_java(system: System, command: str, path: Sequence[str], run_as: RunAs | None) -> Java:
    """Ask *command*, as the user who will run it.

    Args:
        path: directories looked into before the system's own.

    Raises:
        StagingError: there is none, or it does not say its version.
    """
    search = os.pathsep.join([*path, *SYSTEM_PATH])
    program = find_program(command, [*path, *SYSTEM_PATH]) or command
    done = system.run(
        [program, "-version"], env={"PATH": search, "LANG": "C.UTF-8"}, run_as=run_as, timeout_s=_ANSWER_S
    )
    if done.rc in (126, 127):
        raise StagingError(
            Reason("no_java", user=run_as.name if run_as else Reason("this_user")),
            where=Reason("looked_for_in", program=command, path=search),
            next_command=Reason("install_java", version=17),
        )
    # JAVA_TOOL_OPTIONS, which Java repeats here, may hold secrets: nothing of the output is quoted.
    version = parse_version(done.stderr) or parse_version(done.stdout)
    if done.rc != 0 or version is None:
        raise StagingError(
            Reason("java_says_no_version", number=done.rc),
            where=program,
            next_command=f"{program} -version",
        )
    return Java(program, *version)
