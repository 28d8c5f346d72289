"""A wheel becomes a release with a virtualenv of its own, ``venv/``.

uv makes it of copies out of its cache; what is equal in an earlier release is then shared with that
one on the disk.  It is built beside its final place and works there, because nothing in it names
a directory.  It counts only when its packages agree with each other, its modules compile, and the
app that the service names can be imported from it.

The same packages make the same files on every host, whatever was staged there before: what uv notes of where and when
it worked is left out, and what is compiled says neither.
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
from ..core.beneath import Beneath
from ..core.confinement import Confinement
from ..core.errors import InvalidInput, StagingError
from ..core.file_tree import remove_tree
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
_SCRATCH = ".build"
# Where everybody may write, or talk to those who can; packages' code sees an empty directory of the build's there.
_EVERYBODYS = ("/tmp", "/var/tmp", "/dev/shm")
_SERVICES = "/run"
# Of all modules' sources, since what is compiled from them says it: the earliest that a zip can say.
_WRITTEN_AT = 315532800
_ORIGIN = "direct_url.json"
_MOST_NOTES = 64 * 1024**2
# A home for programs that are only asked something.
_NOWHERE = "/nonexistent"

# Compiles files that it only reads: ``-S`` keeps it from packages' .pth files, and it is told where to write, and what
# to call them.
_COMPILE = """
import json, os, py_compile, sys
with open(sys.argv[1], encoding="utf-8") as listed:
    jobs = json.load(listed)
workers = min(os.cpu_count() or 1, 1 + len(jobs) // 50)
def work(worker):
    failed = 0
    for source, target, name in jobs[worker::workers]:
        try:
            py_compile.compile(source, cfile=target, dfile=name, doraise=True)
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
    venv, scratch = os.path.join(directory, VENV), _scratch_of(plan, directory)
    hand_out(venv, builder, 0o755)
    secrets = [*plan.index.secrets, *settings.import_env.values()]
    with BuildLog(service.state_dir, build.version, secrets) as log:
        env = {**_environment(_home(builder) or scratch.home), "TMPDIR": scratch.home}
        steps = BuildSteps(log, build.system.clock, run_as=builder, env=env, timeout_s=settings.build_timeout_s)
        with lent(settings.cache, builder):
            _install(steps, plan, venv, scratch)
        take_back(venv, builder)
        _make_alike(venv, directory)
        _check_relocatable(venv, directory)
        earlier = _earlier(service, builder)
        share_files(venv, earlier)
        _compile(steps, plan, earlier, venv, scratch)
        check = [settings.uv, "--no-cache", "pip", "check", "--python", _python(venv)]
        steps.run(Reason("check_packages"), check, cwd=directory, within=scratch.alone())
        # As the service will: from the release's directory.
        run, within = [_python(venv), "-B", "-c", _IMPORT, settings.app], scratch.alone(settings.import_network)
        steps.run(Reason("import_app"), run, cwd=directory, within=within, env=settings.import_env)
        remove_tree(scratch.path)
        log.move_into(directory)


@dataclass(frozen=True)
class _Scratch:
    """Directories of the build user's that end with the build, in root's own *path*.

    Attributes:
        instead: those that steps see in the place of others.
    """

    path: str
    home: str
    compiled: str
    instead: Mapping[str, str]

    def alone(self, network: bool = False, writable: Sequence[str] = ()) -> Confinement:
        """Within this, with nobody to talk to; with the *network*, also to those whose sockets are this machine's."""
        instead = {place: path for place, path in self.instead.items() if not network or place != _SERVICES}
        return Confinement([self.home, *writable], instead, network)

    def with_packages(self, writable: Sequence[str]) -> Confinement:
        """Within this and *writable*, with all that packages may come from."""
        shared_memory = {place: path for place, path in self.instead.items() if place == "/dev/shm"}
        return Confinement([self.home, *writable], shared_memory, network=True)


def _scratch_of(plan: _Plan, directory: str) -> _Scratch:
    path = os.path.join(directory, _SCRATCH)
    hand_out(path, None, 0o755)
    needed = [os.path.realpath(each) for each in (directory, plan.settings.uv, plan.python.path)]
    instead = {
        place: os.path.join(path, place[1:].replace("/", "-"))
        for place in (*_EVERYBODYS, _SERVICES)
        if not any(each.startswith(os.path.realpath(place) + os.sep) for each in needed)
    }
    scratch = _Scratch(path, os.path.join(path, "home"), os.path.join(path, "compiled"), instead)
    for each in (scratch.home, scratch.compiled, *instead.values()):
        hand_out(each, plan.builder, 0o700)
    return scratch


# -- before anything is written ----------------------------------------------------------------------------


def _settings_of(build: Build) -> tuple[WheelSettings, RunAs | None]:
    """How the wheel is built, and who does it."""
    service, settings = build.service, build.service.wheel
    if settings is None:
        raise InvalidInput(
            Reason("wheel_not_described"),
            where=f"refit_services.{service.name}.wheel",
            next_command=Reason("describe_wheel"),
        )
    return settings, builder_of(service, settings.build_user)


def _plan(build: Build, settings: WheelSettings, builder: RunAs | None) -> _Plan:
    service = build.service
    wheel = read_wheel(build.artifact)
    if settings.constraints and not os.path.isfile(settings.constraints):
        raise StagingError(
            Reason("constraints_missing"),
            where=settings.constraints,
            next_command=Reason("put_constraints_there", service=service.name),
        )
    env = _environment(_home(builder) or _NOWHERE)
    if build.system.run([settings.uv, "--version"], env=env, run_as=builder).rc != 0:
        raise StagingError(
            Reason("no_uv", user=builder.name if builder else Reason("this_user")),
            where=Reason("looked_for_in", program=settings.uv, path=env["PATH"]),
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


def _install(steps: BuildSteps, plan: _Plan, venv: str, scratch: _Scratch) -> None:
    settings, uv = plan.settings, plan.settings.uv
    extras = "[{}]".format(",".join(settings.extras)) if settings.extras else ""
    wheel = _copy_for(plan.builder, plan.wheel.path, scratch.home)
    constraints = (
        ["--constraints", _copy_for(plan.builder, settings.constraints, scratch.home)] if settings.constraints else []
    )
    binary = [] if settings.sdists else ["--only-binary", ":all:"]
    requirement = f"{plan.wheel.name}{extras} @ {pathlib.Path(wheel).as_uri()}"
    install = ["pip", "install", "--python", _python(venv), *plan.index.options, *binary, *constraints, requirement]
    make = [uv, "--no-cache", "venv", "--relocatable", "--python", plan.python.path, venv]
    steps.run(Reason("make_virtualenv"), make, cwd=venv, within=scratch.alone(writable=[venv]))
    env = {**plan.index.env, "UV_CACHE_DIR": settings.cache}
    within = scratch.with_packages(writable=[venv, settings.cache])
    steps.run(Reason("install_wheel"), [uv, *install], cwd=venv, within=within, env=env)


def _compile(steps: BuildSteps, plan: _Plan, earlier: Sequence[str], venv: str, scratch: _Scratch) -> None:
    """The app's own modules must compile; of other packages, some bring files that are no Python of today."""
    place, tag = _site_packages(plan.python), plan.python.cache_tag
    packages = os.path.join(venv, place)
    left = set(share_bytecode(packages, [os.path.join(there, place) for there in earlier], tag))
    own = left & {os.path.join(packages, module) for module in plan.wheel.modules}
    jobs = {source: os.path.join(scratch.compiled, str(number)) for number, source in enumerate(sorted(left))}
    # What a set is compiled to goes by hashes, in older Pythons; ``-I`` would not hear of them, so it does without.
    env, within = {"PYTHONHASHSEED": "0"}, scratch.alone(writable=[scratch.compiled])
    for what, sources in (("compile_own_modules", own), ("compile_other_packages", left - own)):
        if sources:
            listed = os.path.join(scratch.home, what)
            text = json.dumps([[path, jobs[path], os.path.relpath(path, packages)] for path in sorted(sources)])
            _write_for(plan.builder, listed, io.BytesIO(text.encode()))
            run = [plan.python.path, "-s", "-S", "-c", _COMPILE, listed]
            steps.run(Reason(what), run, cwd="/", within=within, env=env, required=sources is own)
    take_back(scratch.compiled, plan.builder)
    _collect(jobs, tag)


def _collect(compiled: Mapping[str, str], cache_tag: str) -> None:
    """Put what was compiled where Python looks for it: files by their source, of which some did not compile."""
    for source, path in compiled.items():
        if os.path.isfile(path):
            above, name = os.path.split(source)
            os.makedirs(os.path.join(above, BYTECODE), mode=0o755, exist_ok=True)
            os.rename(path, os.path.join(above, BYTECODE, f"{name[:-3]}.{cache_tag}.pyc"))


def _make_alike(venv: str, directory: str) -> None:
    """Leave in *venv* what is the same wherever the wheel is staged, and all of it that packages may bring.

    What they bring compiled need not be of the source beside it, which other releases may have, too.
    """
    built_in = os.fsencode(os.path.basename(directory))
    for path, directories, names, fd in os.fwalk(venv):
        if BYTECODE in directories:
            remove_tree(os.path.join(path, BYTECODE))
            directories.remove(BYTECODE)
        for name in names:
            if name.endswith(".py"):
                os.utime(name, (_WRITTEN_AT, _WRITTEN_AT), dir_fd=fd, follow_symlinks=False)
        if path.endswith(".dist-info"):
            _forget_the_build(path, built_in)


def _forget_the_build(about: str, built_in: bytes) -> None:
    """Remove from what is written *about* a package what uv noted of its cache, and where the wheel lay while it was
    *built_in* a directory of that name."""
    with Beneath(about) as files:
        gone = [name for name in ("uv_cache.json",) if files.exists(name)]
        if files.exists(_ORIGIN) and built_in in files.read_file(_ORIGIN, _MOST_NOTES)[0]:
            gone.append(_ORIGIN)
        for name in gone:
            files.remove_file(name)
        if gone and files.exists("RECORD"):
            content, mode = files.read_file("RECORD", _MOST_NOTES)
            starts = tuple(f"{os.path.basename(about)}/{name}," for name in gone)
            lines = content.decode("utf-8", "surrogateescape").splitlines(keepends=True)
            files.write_file("RECORD", "".join(line for line in lines if not line.startswith(starts)), mode)


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
                Reason("script_not_relocatable", name=name),
                where=first_line.decode("utf-8", "replace").strip(),
                next_command=Reason("install_newer_uv"),
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
