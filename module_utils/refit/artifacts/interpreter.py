"""The Python that a service is pinned to, on this server."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

from ..core.errors import StagingError
from ..core.privileges import rights_of
from ..core.system import RunAs, System
from ..words.reason import Reason

_ASK = (
    "import json, os, sys;"
    "i = sys.implementation;"
    "print(json.dumps([list(sys.version_info[:3]), i.name, i.cache_tag, os.uname().machine]))"
)
_ANSWER_S = 60.0


@dataclass(frozen=True)
class Interpreter:
    """A Python: its program, version, name (``cpython``), the tag of its compiled files
    (``cpython-311``) and the machine it was built for (``x86_64``)."""

    path: str
    version: tuple[int, int, int]
    implementation: str
    cache_tag: str
    machine: str

    def __str__(self) -> str:
        return "{} {}.{}.{}".format(self.implementation, *self.version)


def find_interpreter(
    system: System, wanted: str, uv: str, env: Mapping[str, str], builder: RunAs | None, app_user: RunAs | None
) -> Interpreter:
    """The interpreter *wanted*: a version, which uv looks for among the system's, or a path.

    Args:
        env: the environment of uv.
        builder, app_user: who builds with it and who runs it.

    Raises:
        StagingError: there is none, or one of the two cannot run it.
    """
    path = wanted if os.path.isabs(wanted) else _find(system, wanted, uv, env, builder)
    done = system.run([path, "-I", "-c", _ASK], env=env, run_as=builder, timeout_s=_ANSWER_S)
    try:
        version, implementation, cache_tag, machine = json.loads(done.stdout)
    except ValueError:
        who = builder.name if builder else Reason("this_user")
        raise StagingError(
            Reason("python_cannot_run", user=who, number=done.rc),
            where=path,
            next_command=Reason("install_and_try_python", path=path),
        ) from None
    with rights_of(app_user):
        runnable = os.access(path, os.X_OK, effective_ids=True)
    if not runnable:
        raise StagingError(
            Reason("service_cannot_run_python"),
            where=path,
            next_command=Reason("install_python_for_all"),
        )
    return Interpreter(path, tuple(version), implementation, cache_tag, machine)


def _find(system: System, wanted: str, uv: str, env: Mapping[str, str], builder: RunAs | None) -> str:
    # Without a cache: that of the first release is not there yet, and the build user may not make it.
    command = [uv, "--no-cache", "python", "find", "--system", "--no-managed-python", wanted]
    done = system.run(command, env=env, run_as=builder, timeout_s=_ANSWER_S)
    if done.rc != 0:
        said = " ".join(done.stderr.split())[:300]
        raise StagingError(
            Reason("no_python", version=wanted, said=said or None),
            where=env["PATH"],
            next_command=Reason("install_python", version=wanted),
        )
    return done.stdout.strip()
