"""A wheel becomes a release with a virtualenv of its own, ``venv/``.

uv makes it of copies out of its cache; what is equal in an earlier release is then shared with that
one on the disk.  It is built beside its final place and works there, because nothing in it names
a directory.  It counts only when its packages agree with each other, its modules compile, and the
app that the service names can be imported from it.
"""

from __future__ import annotations

import glob
import io
import json
import os
import pathlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from ..config.service import Service
from ..config.wheel import WheelSettings
from ..core import accounts
from ..core.errors import InvalidInput, StagingError
from ..core.privileges import rights_of
from ..core.programs import SYSTEM_PATH
from ..core.system import RunAs
from ..words.reason import Reason
from . import package_index
from .build import Build
from .build_log import BuildLog
from .build_steps import BuildSteps
from .build_user import builder_of, building_as, hand_out, lent, take_back
from .interpreter import Interpreter, find_interpreter
from .package_index import PackageIndex
from .sharing import BYTECODE, share_bytecode, share_files
from .wheel_file import Wheel, read_wheel, why_not_for

VENV = "venv"
_SCRATCH, _COMPILED = ".build", ".compiled"
# A home for programs that are only asked something.
_NOWHERE = "/nonexistent"

# Compiles files that it only reads: ``-S`` keeps it from packages' .pth files, and it is told where to write.
_COMPILE = """
import json, os, py_compile, sys
with open(sys.argv[1], encoding="utf-8") as listed:
    jobs = json.load(listed)
workers = min(os.cpu_count() or 1, 1 + len(jobs) // 50)
def work(worker):
    failed = 0
    for source, target in jobs[worker::workers]:
        try:
            py_compile.compile(source, cfile=target, doraise=True)
        except Exception as error:
            print(getattr(error, "msg", None) or repr(error), flush=True)
            failed = 1
    return failed
children = []
for worker in range(1, workers):
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = work(worker)
        finally:
            os._exit(code)
    children.append(pid)
failed = work(0)
for pid in children:
    failed |= os.waitpid(pid, 0)[1] != 0
sys.exit(failed)
"""

# Ends at once when the app is imported: threads that it started at import must not hold the build.
_IMPORT = """
import functools, importlib, os, sys
module, _, attribute = sys.argv[1].partition(":")
functools.reduce(getattr, filter(None, attribute.split(".")), importlib.import_module(module))
sys.stdout.flush()
os._exit(0)
"""


@dataclass(frozen=True)
class _Plan:
    """All that a build needs to know, found out without writing."""

    settings: WheelSettings
    wheel: Wheel
    builder: RunAs | None
    python: Interpreter
    index: PackageIndex


def check(build: Build) -> None:
    """See :class:`~.build.Kind`."""
    settings, builder = _settings_of(build)
    with building_as(builder, build.system.clock):
        _plan(build, settings, builder)


def make(build: Build, directory: str) -> Mapping[str, Any]:
    """See :class:`~.build.Kind`."""
    settings, builder = _settings_of(build)
    with building_as(builder, build.system.clock):
        plan = _plan(build, settings, builder)
        _make(build, plan, directory)
    python = "{}.{}.{}".format(*plan.python.version)
    return {"wheel": {"name": plan.wheel.name, "version": plan.wheel.version, "python": python}}


def _make(build: Build, plan: _Plan, directory: str) -> None:
    """Whatever the packages bring runs last: when all of the release is root's, and the cache closed."""
    service, settings, builder = build.service, plan.settings, plan.builder
    os.chmod(directory, 0o755)
    venv, scratch, compiled = (os.path.join(directory, name) for name in (VENV, _SCRATCH, _COMPILED))
    for path, mode in ((venv, 0o755), (scratch, 0o700), (compiled, 0o700)):
        hand_out(path, builder, mode)
    secrets = [*plan.index.secrets, *settings.import_env.values()]
    with BuildLog(service.state_dir, build.version, secrets) as log:
        env = {**_environment(_home(builder) or scratch), "TMPDIR": scratch}
        steps = BuildSteps(log, build.system.clock, run_as=builder, env=env, timeout_s=settings.build_timeout_s)
        with lent(settings.cache, builder):
            _install(steps, plan, venv, scratch)
        take_back(venv, builder)
        _remove_bytecode(venv)
        _check_relocatable(venv, directory)
        earlier = _earlier(service, builder)
        share_files(venv, earlier)
        _compile(steps, plan, earlier, venv, scratch, compiled)
        check = [settings.uv, "--no-cache", "pip", "check", "--python", _python(venv)]
        steps.run(Reason("check_packages"), check, cwd=directory)
        # As the service will: from the release's directory.
        run = [_python(venv), "-B", "-c", _IMPORT, settings.app]
        steps.run(Reason("import_app"), run, cwd=directory, env=settings.import_env)
        for path in (scratch, compiled):
            shutil.rmtree(path)
        log.move_into(directory)


# -- before anything is written ----------------------------------------------------------------------------


def _settings_of(build: Build) -> tuple[WheelSettings, RunAs | None]:
    """How the wheel is built, and who does it."""
    service, settings = build.service, build.service.wheel
    if settings is None:
        raise InvalidInput(
            "the artifact is a wheel, but the service does not say how to build one",
            where=f"refit_services.{service.name}.wheel",
            next_command="set wheel.python and wheel.app there",
        )
    return settings, builder_of(service, settings.build_user)


def _plan(build: Build, settings: WheelSettings, builder: RunAs | None) -> _Plan:
    service = build.service
    wheel = read_wheel(build.artifact)
    if settings.constraints and not os.path.isfile(settings.constraints):
        raise StagingError(
            Reason("constraints_missing"),
            where=settings.constraints,
            next_command=f"put it there, or correct refit_services.{service.name}.wheel.constraints",
        )
    env = _environment(_home(builder) or _NOWHERE)
    if build.system.run([settings.uv, "--version"], env=env, run_as=builder).rc != 0:
        raise StagingError(
            Reason("no_uv", user=builder.name if builder else Reason("this_user")),
            where=f"{settings.uv}, looked for in {env['PATH']}",
            next_command=Reason("provision_uv"),
        )
    app_user = accounts.find(service.user)  # one that does not exist is told of when the service is started as him
    python = find_interpreter(build.system, settings.python, settings.uv, env, builder, app_user)
    problem = why_not_for(wheel, python)
    if problem:
        raise StagingError(
            Reason("wheel_does_not_fit", python=str(python), machine=python.machine, why=problem),
            where=build.artifact,
            next_command=Reason("build_for_that_python", service=service.name),
        )
    index = package_index.configured(os.environ, _home(builder))
    return _Plan(settings, wheel, builder, python, index)


def _home(builder: RunAs | None) -> str | None:
    """Whose settings count: of a person who builds himself his own; of an account that builds for others none."""
    return None if builder else os.path.expanduser("~")


def _environment(home: str) -> dict[str, str]:
    return {
        "PATH": os.pathsep.join(SYSTEM_PATH),
        "HOME": home,
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "PYTHONNOUSERSITE": "1",
        "UV_LINK_MODE": "copy",
        "UV_NO_PROGRESS": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }


# -- the steps ---------------------------------------------------------------------------------------------


def _install(steps: BuildSteps, plan: _Plan, venv: str, scratch: str) -> None:
    settings, uv = plan.settings, plan.settings.uv
    extras = "[{}]".format(",".join(settings.extras)) if settings.extras else ""
    wheel = _copy_for(plan.builder, plan.wheel.path, scratch)
    constraints = (
        ["--constraints", _copy_for(plan.builder, settings.constraints, scratch)] if settings.constraints else []
    )
    binary = [] if settings.sdists else ["--only-binary", ":all:"]
    requirement = f"{plan.wheel.name}{extras} @ {pathlib.Path(wheel).as_uri()}"
    install = ["pip", "install", "--python", _python(venv), *plan.index.options, *binary, *constraints, requirement]
    make = [uv, "--no-cache", "venv", "--relocatable", "--python", plan.python.path, venv]
    steps.run(Reason("make_virtualenv"), make, cwd=venv)
    steps.run(Reason("install_wheel"), [uv, *install], cwd=venv, env={**plan.index.env, "UV_CACHE_DIR": settings.cache})


def _compile(steps: BuildSteps, plan: _Plan, earlier: Sequence[str], venv: str, scratch: str, compiled: str) -> None:
    """The app's own modules must compile; of other packages, some bring files that are no Python of today."""
    place, tag = _site_packages(plan.python), plan.python.cache_tag
    packages = os.path.join(venv, place)
    left = set(share_bytecode(packages, [os.path.join(there, place) for there in earlier], tag))
    own = left & {os.path.join(packages, module) for module in plan.wheel.modules}
    jobs = {source: os.path.join(compiled, str(number)) for number, source in enumerate(sorted(left))}
    for what, sources in (("compile_own_modules", own), ("compile_other_packages", left - own)):
        if sources:
            listed = os.path.join(scratch, what)
            text = json.dumps([[source, jobs[source]] for source in sorted(sources)])
            _write_for(plan.builder, listed, io.BytesIO(text.encode()))
            run = [plan.python.path, "-I", "-S", "-c", _COMPILE, listed]
            steps.run(Reason(what), run, cwd=scratch, required=sources is own)
    take_back(compiled, plan.builder)
    _collect(jobs, tag)


def _collect(compiled: Mapping[str, str], cache_tag: str) -> None:
    """Put what was compiled where Python looks for it: files by their source, of which some did not compile."""
    for source, path in compiled.items():
        if os.path.isfile(path):
            above, name = os.path.split(source)
            os.makedirs(os.path.join(above, BYTECODE), mode=0o755, exist_ok=True)
            os.rename(path, os.path.join(above, BYTECODE, f"{name[:-3]}.{cache_tag}.pyc"))


def _remove_bytecode(venv: str) -> None:
    """What packages bring compiled need not be of the source beside it, which other releases may have, too."""
    for path, directories, _ in os.walk(venv):
        if BYTECODE in directories:
            shutil.rmtree(os.path.join(path, BYTECODE))
            directories.remove(BYTECODE)


def _site_packages(python: Interpreter) -> str:
    return os.path.join("lib", "python{}.{}".format(*python.version), "site-packages")


def _earlier(service: Service, builder: RunAs | None) -> Sequence[str]:
    """Other releases' virtualenvs, the newest by name first; which one only matters for speed.

    What an older version of ours left to the build user in them becomes root's.
    """
    names = sorted((name for name in os.listdir(service.releases_dir) if not name.startswith(".")), reverse=True)
    venvs = (os.path.join(service.releases_dir, name, VENV) for name in names)
    found = [venv for venv in venvs if os.path.isdir(venv)]
    metadata = os.path.join("lib", "python*", "site-packages", "*.dist-info", "METADATA")
    for venv in found if builder else ():
        about = glob.iglob(os.path.join(glob.escape(venv), metadata))
        if builder and any(os.lstat(path).st_uid == builder.uid for path in about):
            take_back(venv, builder)
    return found


def _check_relocatable(venv: str, directory: str) -> None:
    """No script may name the directory it was built in: that is renamed at the end."""
    programs = os.path.join(venv, "bin")
    for name in os.listdir(programs):
        path = os.path.join(programs, name)
        if os.path.islink(path) or not os.path.isfile(path):
            continue
        with open(path, "rb") as handle:
            first_line = handle.readline(4096)
        if first_line.startswith(b"#!") and os.fsencode(os.path.basename(directory)) in first_line:
            raise StagingError(
                f"the script {name} of the virtualenv would not work where the release goes",
                where=first_line.decode("utf-8", "replace").strip(),
                next_command="install a newer uv (pip install --upgrade uv), then run the same command again",
            )


def _python(venv: str) -> str:
    return os.path.join(venv, "bin", "python")


def _copy_for(builder: RunAs | None, path: str, scratch: str) -> str:
    """A copy of *path* that the build user can read, under the same name; what arrives on a server is root's alone."""
    copy = os.path.join(scratch, os.path.basename(path))
    with open(path, "rb") as handle:
        _write_for(builder, copy, handle)
    return copy


def _write_for(builder: RunAs | None, path: str, content: BinaryIO) -> None:
    """Write the build user's file *path*, with his rights: what lies in his directory is his to name."""
    with rights_of(builder):
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(fd, "wb") as handle:
            shutil.copyfileobj(content, handle)
