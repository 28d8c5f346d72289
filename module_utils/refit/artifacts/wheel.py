"""A wheel becomes a release with a virtualenv of its own, ``venv/``.

uv makes it with hard links out of its cache, so that releases with the same dependencies share
them on the disk.  It is built beside its final place and works there, because nothing in it names
a directory.  It counts only when its packages agree with each other, its modules compile, and the
app that the service names can be imported from it.
"""

from __future__ import annotations

import io
import os
import pathlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from ..config.service import Service
from ..config.wheel import WheelSettings
from ..core import accounts
from ..core.durable import explained
from ..core.errors import InvalidInput, StagingError
from ..core.privileges import rights_of
from ..core.programs import SYSTEM_PATH
from ..core.system import RunAs
from . import package_index
from .build import Build
from .build_log import BuildLog
from .build_steps import BuildSteps
from .build_user import builder_of, hand_out, take_back
from .bytecode import share_bytecode
from .interpreter import Interpreter, find_interpreter
from .package_index import PackageIndex
from .wheel_file import Wheel, read_wheel, why_not_for

VENV = "venv"
_SCRATCH = ".build"

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
    _plan(build)


def make(build: Build, directory: str) -> Mapping[str, Any]:
    """See :class:`~.build.Kind`."""
    plan = _plan(build)
    settings, builder = plan.settings, plan.builder
    _prepare_cache(settings.cache, build.service, builder)
    os.chmod(directory, 0o755)
    venv, scratch = os.path.join(directory, VENV), os.path.join(directory, _SCRATCH)
    hand_out(venv, builder, 0o755)
    hand_out(scratch, builder, 0o700)
    secrets = [*plan.index.secrets, *settings.import_env.values()]
    with BuildLog(build.service.state_dir, build.version, secrets) as log:
        env = {**_environment(settings, builder), **plan.index.env, "TMPDIR": scratch}
        steps = BuildSteps(log, build.system.clock, run_as=builder, env=env, timeout_s=settings.build_timeout_s)
        _install(steps, plan, venv, scratch)
        _compile(steps, plan, build.service, venv, scratch)
        shutil.rmtree(scratch)
        take_back(venv, builder)
        _check_relocatable(venv, directory)
        # As the service will: from the release's directory, which cannot be written to any more.
        steps.run(
            "import the app",
            [_python(venv), "-B", "-c", _IMPORT, settings.app],
            cwd=directory,
            env={**settings.import_env, "TMPDIR": "/tmp"},
        )
        log.move_into(directory)
    python = "{}.{}.{}".format(*plan.python.version)
    return {"wheel": {"name": plan.wheel.name, "version": plan.wheel.version, "python": python}}


# -- before anything is written ----------------------------------------------------------------------------


def _plan(build: Build) -> _Plan:
    service, settings = build.service, build.service.wheel
    if settings is None:
        raise InvalidInput(
            "the artifact is a wheel, but the service does not say how to build one",
            where=f"refit_services.{service.name}.wheel",
            next_command="set wheel.python and wheel.app there",
        )
    wheel = read_wheel(build.artifact)
    builder = builder_of(service, settings.build_user)
    if settings.constraints and not os.path.isfile(settings.constraints):
        raise StagingError(
            "the constraints file is missing",
            where=settings.constraints,
            next_command=f"put it there, or correct refit_services.{service.name}.wheel.constraints",
        )
    env = _environment(settings, builder)
    if build.system.run([settings.uv, "--version"], env=env, run_as=builder).rc != 0:
        raise StagingError(
            f"there is no uv here that {builder.name if builder else 'this user'} can run",
            where=f"{settings.uv}, looked for in {env['PATH']}",
            next_command="run playbooks/provision.yml, which installs it, or name it in the service's wheel.uv",
        )
    app_user = accounts.find(service.user)  # one that does not exist is told of when the service is started as him
    python = find_interpreter(build.system, settings.python, settings.uv, env, builder, app_user)
    problem = why_not_for(wheel, python)
    if problem:
        raise StagingError(
            f"the wheel does not fit {python} on {python.machine}: {problem}",
            where=build.artifact,
            next_command=f"build it for that Python, or correct refit_services.{service.name}.wheel.python",
        )
    with rights_of(builder):
        index = package_index.configured(os.environ, env["HOME"])
    return _Plan(settings, wheel, builder, python, index)


def _environment(settings: WheelSettings, builder: RunAs | None) -> dict[str, str]:
    return {
        "PATH": os.pathsep.join(SYSTEM_PATH),
        "HOME": builder.home if builder else os.path.expanduser("~"),
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "PYTHONNOUSERSITE": "1",
        "UV_CACHE_DIR": settings.cache,
        "UV_LINK_MODE": "hardlink",
        "UV_NO_PROGRESS": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }


# -- the steps ---------------------------------------------------------------------------------------------


def _prepare_cache(cache: str, service: Service, builder: RunAs | None) -> None:
    """uv's cache: the build user's alone, where links into the releases are possible."""
    with explained(cache, "make uv's cache"):
        if not os.path.isdir(cache):
            os.makedirs(os.path.dirname(cache), exist_ok=True)
            hand_out(cache, builder, 0o700)
        status = os.stat(cache)
    owner = builder.uid if builder else os.geteuid()
    if status.st_uid != owner:
        raise StagingError(
            "uv's cache belongs to somebody else than the build user",
            where=cache,
            next_command="chown -R {} {}".format(builder.name if builder else owner, cache),
        )
    if status.st_dev != os.stat(service.releases_dir).st_dev:
        raise StagingError(
            "uv's cache is on another file system than the releases, so that nothing could be linked out of it",
            where=cache,
            next_command=f"leave refit_services.{service.name}.wheel.cache out, or name a directory beside "
            + service.releases_dir,
        )


def _install(steps: BuildSteps, plan: _Plan, venv: str, scratch: str) -> None:
    settings, uv = plan.settings, plan.settings.uv
    extras = "[{}]".format(",".join(settings.extras)) if settings.extras else ""
    wheel = _copy_for(plan.builder, plan.wheel.path, scratch)
    constraints = (
        ["--constraints", _copy_for(plan.builder, settings.constraints, scratch)] if settings.constraints else []
    )
    requirement = f"{plan.wheel.name}{extras} @ {pathlib.Path(wheel).as_uri()}"
    install = ["pip", "install", "--python", _python(venv), *plan.index.options, *constraints, requirement]
    steps.run("make the virtualenv", [uv, "venv", "--relocatable", "--python", plan.python.path, venv], cwd=venv)
    steps.run("install the wheel", [uv, *install], cwd=venv)
    steps.run("check the packages against each other", [uv, "pip", "check", "--python", _python(venv)], cwd=venv)


def _compile(steps: BuildSteps, plan: _Plan, service: Service, venv: str, scratch: str) -> None:
    """The app's own modules must compile; of other packages, some bring files that are no Python of today."""
    place = _site_packages(plan.python)
    packages = os.path.join(venv, place)
    earlier = _earlier(service, place)
    left = share_bytecode(packages, earlier, plan.python.cache_tag, plan.builder)
    own = [os.path.join(packages, module) for module in plan.wheel.modules]
    others = sorted(set(left) - set(own))
    compileall = [_python(venv), "-I", "-m", "compileall", "-q"]
    for name, modules in (("modules", own), ("others", others)):
        text = "".join(module + "\n" for module in modules)
        _write_for(plan.builder, os.path.join(scratch, name), io.BytesIO(os.fsencode(text)))
    if own:
        steps.run("compile the app's modules", [*compileall, "-i", os.path.join(scratch, "modules")], cwd=venv)
    if others:
        # Only a whole directory is compiled on all cores; looking through one takes longer than a few files.
        what = ["-i", os.path.join(scratch, "others")] if earlier else ["-j", "0", packages]
        steps.run("compile the other packages", [*compileall, *what], cwd=venv, required=False)


def _site_packages(python: Interpreter) -> str:
    return os.path.join("lib", "python{}.{}".format(*python.version), "site-packages")


def _earlier(service: Service, place: str) -> Sequence[str]:
    """The same place in other releases, the newest by name first; which one only matters for speed."""
    names = sorted((name for name in os.listdir(service.releases_dir) if not name.startswith(".")), reverse=True)
    places = (os.path.join(service.releases_dir, name, VENV, place) for name in names)
    return [path for path in places if os.path.isdir(path)]


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
