"""A wheel becomes a release with a virtualenv of its own, built by uv; or nothing but a log is left."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.artifacts import package_index
from refit.artifacts.build_log import BuildLog
from refit.artifacts.build_steps import BuildSteps
from refit.artifacts.build_user import builder_of, building_as, end_processes
from refit.artifacts.interpreter import Interpreter, find_interpreter
from refit.artifacts.wheel_file import Wheel, read_wheel, why_not_for
from refit.config.service import Service
from refit.core import system
from refit.core.errors import InvalidInput, Locked, RefitError, StagingError
from refit.core.system import Clock, RunAs
from refit.deploy import staging
from refit.state.releases import damage, read_manifest
from support.fakes import FakeClock, a_service
from support.fleet import ROOT, wait_until
from support.wheels import (
    APP_USER,
    BUILDER,
    IS_ROOT,
    a_wheel,
    disk_use,
    offline,
    python,
    wheel_settings,
    workplace,
)

APP = {"ai_service/__init__.py": "", "ai_service/main.py": "import helper\napp = helper.ANSWER\n"}
HELPER = {"helper/__init__.py": "ANSWER = 42\n", "helper/data.bin": os.urandom(3_000_000)}
as_root = pytest.mark.skipif(not IS_ROOT, reason="only root builds as another user")


class Place:
    """A server on which wheels are built; what they need is in *house*."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.incoming, self.house = base / "incoming", base / "house"
        self.incoming.mkdir(mode=0o700)
        self.house.mkdir()
        a_wheel(self.house, "1.0", HELPER, name="helper")
        self.wheel: dict[str, object] = {}
        self.service_keys: dict[str, object] = {"pm2": {"app": {"script": "venv/bin/python"}}}
        self.service_keys.update({"user": APP_USER} if IS_ROOT else {})

    @property
    def service(self) -> Service:
        return a_service(self.base, wheel=wheel_settings(self.base, **self.wheel), **self.service_keys)

    def artifact(self, version: str = "1.0", files=None, requires=("helper",), **options) -> str:
        return str(a_wheel(self.incoming, version, files or APP, requires=requires, **options))

    def stage(self, version: str = "1", artifact: str | None = None) -> staging.StagePlan:
        return staging.stage(self.service, version, artifact or self.artifact(), system.real())

    def release(self, version: str = "1") -> Path:
        return Path(self.service.release_dir(version))

    def log(self, version: str = "1") -> Path:
        return Path(self.service.state_dir) / "builds" / f"{version}.log"

    def refused(self, message: str, version: str = "2", **artifact) -> RefitError:
        """Stage, expect the refusal, and check that nothing but a log is new."""
        before = self.tree()
        with pytest.raises(RefitError, match=message) as refusal:
            self.stage(version, self.artifact(**artifact))
        assert self.tree() == before
        assert refusal.value.next_command
        return refusal.value

    def tree(self) -> set[str]:
        """Every path in the releases and the service's state, without what is meant to stay: logs, locks."""
        service = self.service
        found = [*Path(service.releases_dir).rglob("*"), *Path(service.state_dir).rglob("*")]
        return {str(path) for path in found if path.suffix not in (".log", ".lock") and path.name != "builds"}


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with workplace() as base:
        place = Place(base)
        offline(monkeypatch, place.house)
        yield place


def as_user(name: str, *command: str) -> subprocess.CompletedProcess[str]:
    user = RunAs.user(name)
    options = {"user": user.uid, "group": user.gid, "extra_groups": []} if IS_ROOT else {}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **options)


# -- what a release is made of -----------------------------------------------------------------------------


def test_a_wheel_becomes_a_virtualenv_that_works_where_the_release_goes(place):
    place.stage("20240127-120000", place.artifact("1.4.2"))
    release = place.release("20240127-120000")
    program = release / "venv" / "bin" / "python"
    code = "import helper, sys; print(helper.__file__, sys.prefix)"
    done = as_user(APP_USER, str(program), "-c", code)
    assert done.stdout.split() == [
        *(str(path) for path in release.glob("venv/lib/python*/site-packages/helper/__init__.py")),
        str(release / "venv"),
    ]
    manifest = read_manifest(str(release))
    assert manifest["version"] == "20240127-120000"
    assert manifest["wheel"] == {
        "name": "ai-service",
        "version": "1.4.2",
        "python": subprocess.run([python(), "-V"], capture_output=True, text=True, check=True).stdout.split()[1],
    }
    assert damage(place.service, "20240127-120000", deep=True) is None


def test_the_log_is_in_the_release_and_nothing_of_the_build_besides(place):
    place.stage()
    assert sorted(os.listdir(place.release())) == [".release.json", ".release.sums", "build.log", "venv", "version.txt"]
    log = (place.release() / "build.log").read_text()
    for said in ("== install the wheel:", "+ helper==1.0", "== import the app:", "== exit code 0 after"):
        assert said in log
    assert not place.log().exists()


def test_a_console_script_works_from_the_live_link(place):
    entry = "[console_scripts]\nserve = helper:serve\n"
    code = "def serve():\n    print('served by', __file__)\nANSWER = 1\n"
    a_wheel(
        place.house, "2.0", {"helper/__init__.py": code, "helper-2.0.dist-info/entry_points.txt": entry}, name="helper"
    )
    place.stage()
    current = Path(place.service.current_link)
    os.symlink("releases/v1", current)
    done = as_user(APP_USER, str(current / "venv" / "bin" / "serve"))
    assert done.stdout.startswith(f"served by {place.release()}/venv/"), done.stderr


def test_a_second_release_shares_files_and_bytecode_with_the_first(place):
    place.stage("1", place.artifact("1.0"))
    place.stage("2", place.artifact("2.0", {**APP, "ai_service/new.py": "NEW = 1\n"}))
    first, second = place.release("1"), place.release("2")
    shared = "helper/__init__.py", "helper/__pycache__/__init__.*.pyc", "helper/data.bin"
    for pattern in shared:
        (one,), (two,) = (list(release.glob(f"venv/lib/*/site-packages/{pattern}")) for release in (first, second))
        assert one.samefile(two), pattern
    assert len(list(second.glob("venv/lib/*/site-packages/ai_service/__pycache__/new.*.pyc"))) == 1
    alone = disk_use(first)
    assert alone > 3_000_000
    assert disk_use(first, second) < 1.2 * alone


@as_root
def test_nothing_of_a_release_can_be_changed_by_the_app(place):
    place.stage()
    app = RunAs.user(APP_USER)
    for path in [place.release(), *place.release().rglob("*")]:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            continue
        assert status.st_uid != app.uid, path
        assert not status.st_mode & 0o7022, path
        assert status.st_mode & 0o004, path
        assert status.st_uid == 0, path
    cache = Path(place.service.wheel.cache)
    assert (cache.stat().st_uid, stat.S_IMODE(cache.stat().st_mode)) == (0, 0o700)
    source = next(place.release().glob("venv/lib/*/site-packages/helper/__init__.py"))
    for attempt in ([f"echo >> {source}"], [f"touch {source.parent}/new.py"], [f"ls {cache}"]):
        assert as_user(APP_USER, "/bin/sh", "-c", *attempt).returncode != 0


# Runs with each Python of the virtualenv, and says what it could do on the standard error, which uv does not read.
SPY = """
import contextlib, ctypes, os, socket, sys
for top in {places!r}:
    for path, directories, names in os.walk(top):
        for name in [".", *names]:
            full = os.path.normpath(os.path.join(path, name))
            if os.access(full, os.W_OK):
                print("writes", full, file=sys.stderr)
for place in {open_to_all!r}:
    with contextlib.suppress(OSError):
        open(os.path.join(place, {name!r}), "w").close()
ctypes.CDLL(None).shmget({key}, 4096, 0o1666)
with socket.socket() as ask:
    if ask.connect_ex(("127.0.0.1", {port})) == 0:
        print("reaches", {port}, file=sys.stderr)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        import time
        with open(os.path.join(os.environ["HOME"], "pids"), "a") as pids:
            pids.write(str(os.getpid()) + " ")
        os.closerange(0, 3)
        time.sleep(600)
    os._exit(0)
"""
# Tells at the import what has gone on running since the packages were checked, and once more now.
SPIED = """
import os, time
while True:
    with open(os.path.join(os.environ["HOME"], "pids")) as pids:
        found = pids.read().split()
    if len(found) >= 2:
        break
    time.sleep(0.05)
print("left", *found)
app = 1
"""


@as_root
def test_code_of_a_package_writes_nothing_but_its_scratch_and_does_not_outlive_the_build(place):
    """Its .pth file runs with each Python of the virtualenv.  It could change the live release, by the file that
    both have in common, and a process of its own the new one, once that had been checked."""
    open_to_all = place.base / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o1777)
    where = [str(open_to_all), "/tmp", "/var/tmp", "/dev/shm", "/var/lock", "/run/lock", "/run"]
    name, key = f"refit-left-{os.getpid()}", 0x5EF17000 + os.getpid() % 4096
    place.stage("1")
    root, cache = place.service.root, place.service.wheel.cache
    with socket.create_server(("127.0.0.1", 0)) as listener:
        spy = SPY.format(
            places=[root, cache, place.service.state_dir],
            open_to_all=where,
            name=name,
            key=key,
            port=listener.getsockname()[1],
        )
        evil = {**HELPER, "evil.pth": "import evil\n", "evil.py": spy}
        a_wheel(place.house, "6.6.6", evil, name="helper")
        place.stage("2", place.artifact(files={**APP, "ai_service/main.py": SPIED}))
    said = [line.split() for line in (place.release("2") / "build.log").read_text().splitlines()]
    (pids,) = ([*rest] for word, *rest in filter(None, said) if word == "left")
    assert len(pids) >= 2, "it ran when the packages were checked, and at the import"
    assert not any(_runs(pid) for pid in pids)
    written = [rest[0] for word, *rest in filter(None, said) if word == "writes"]
    assert {Path(path).relative_to(place.service.releases_dir).parts[1] for path in written} == {".build"}
    assert not [path for path in where if os.path.lexists(os.path.join(path, name))]
    assert str(key) not in Path("/proc/sysvipc/shm").read_text().split()
    assert "reaches" not in [word for word, *_ in filter(None, said)]
    assert damage(place.service, "1", deep=True) is None


def test_the_same_wheel_makes_the_same_release_elsewhere_whatever_was_staged_there_before(place):
    brought = {**HELPER, "helper/sets.py": "KNOWN = 'a' in {'a', 'b', 'c', 'd', 'e'}\n"}
    a_wheel(place.house, "2.0", brought, name="helper")
    artifact = place.artifact("1.0")
    place.stage("1", artifact)
    with workplace() as base:
        elsewhere = Place(base)
        elsewhere.stage("0", elsewhere.artifact("0.9", {**APP, "ai_service/main.py": "app = 2\n"}))
        copy = shutil.copy(artifact, elsewhere.incoming)
        os.utime(copy, (0, 0))
        elsewhere.stage("1", copy)
        ours, theirs = ((each.release() / ".release.sums").read_text().splitlines() for each in (place, elsewhere))
    assert ours == theirs
    assert not [line for line in ours if "uv_cache" in line or "direct_url" in line]


def test_an_app_that_needs_the_network_for_its_import_is_given_it_where_that_is_asked_for(place):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        main = f"import socket\nsocket.create_connection(('127.0.0.1', {listener.getsockname()[1]}))\napp = 1\n"
        if IS_ROOT:
            place.refused("cannot import the app: .*refused", files={**APP, "ai_service/main.py": main})
        place.wheel = {"import_network": True}
        place.stage("2", place.artifact(files={**APP, "ai_service/main.py": main}))


DEEP = """
import os
if os.path.basename(os.environ.get("HOME", "")) == "home":
    os.chdir(os.environ["HOME"])
    for _ in range({levels}):
        os.makedirs("d", exist_ok=True)
        os.chdir("d")
    os.chdir("/")
"""


@as_root
def test_a_tree_too_deep_to_be_walked_keeps_no_later_build_from_its_place(place):
    """Deeper than Python recurses, than a process has files open, and than a path may be long."""
    evil = {**HELPER, "evil.pth": "import evil\n", "evil.py": DEEP.format(levels=4000)}
    a_wheel(place.house, "6.6.6", evil, name="helper")
    place.stage("1")
    a_wheel(place.house, "6.6.7", {**HELPER, "/".join(["d"] * 1500) + "/deep.txt": ""}, name="helper")
    place.refused("more than 128 levels", requires=("helper==6.6.7",))
    assert os.listdir(place.service.releases_dir) == ["v1"]


@as_root
def test_what_older_builds_left_to_the_build_user_becomes_roots_and_is_shared_no_more(place):
    place.stage("1")
    old = [path for path in place.release("1").rglob("venv/lib/*/site-packages/helper*/*") if path.is_file()]
    for path in old:
        os.chown(path, RunAs.user(BUILDER).uid, -1)
    place.stage("2")
    assert {path.stat().st_uid for path in old} == {0}


def test_of_the_build_only_the_install_sees_where_packages_come_from(place, monkeypatch):
    monkeypatch.setenv("UV_INDEX_MINE_PASSWORD", "letmein")
    main = "import os\nprint(sorted(os.environ), os.environ['HOME'], os.environ['TMPDIR'])\napp = 1\n"
    place.stage("1", place.artifact(files={**APP, "ai_service/main.py": main}))
    said = (place.release() / "build.log").read_text().split("== import the app")[1]
    assert "UV_FIND_LINKS" not in said
    assert "UV_INDEX_MINE_PASSWORD" not in said
    if IS_ROOT:
        assert said.count("/.build") == 2


BACKEND = """
import shutil
def build_wheel(directory, settings=None, metadata=None):
    return shutil.copy("source_only-1.0-py3-none-any.whl", directory).rpartition("/")[2]
def build_sdist(directory, settings=None):
    raise NotImplementedError
"""


def test_a_package_that_is_no_wheel_is_refused_unless_it_is_asked_for(place):
    """Making a wheel of it runs its code, while the build user can write all that is being built."""
    source = place.base / "source" / "source_only-1.0"
    source.mkdir(parents=True)
    a_wheel(source, "1.0", {"source_only.py": ""}, name="source-only")
    (source / "backend.py").write_text(BACKEND)
    (source / "PKG-INFO").write_text("Metadata-Version: 2.2\nName: source-only\nVersion: 1.0\n")
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "source-only"\nversion = "1.0"\n'
    )
    shutil.make_archive(str(place.house / source.name), "gztar", source.parent, source.name)
    place.refused("cannot install the wheel: exit code 1", requires=["helper", "source-only"])
    place.wheel = {"sdists": True}
    place.stage("2", place.artifact(requires=["helper", "source-only"]))
    assert list(place.release("2").glob("venv/lib/*/site-packages/source_only.py"))


@as_root
def test_the_build_runs_as_the_build_user_and_the_running_app_writes_no_bytecode(place):
    who = "import os\nassert os.getuid() == {}, os.getuid()\nassert not os.access('.', os.W_OK)\napp = 1\n"
    place.stage("1", place.artifact(files={**APP, "ai_service/main.py": who.format(RunAs.user(BUILDER).uid)}))
    as_user(APP_USER, str(place.release() / "venv/bin/python"), "-c", "import helper, json.tool")
    assert damage(place.service, "1", deep=True) is None


def test_extras_and_constraints_are_honoured(place):
    a_wheel(place.house, "2.0", HELPER, name="helper")
    a_wheel(place.house, "1.0", {"bonus.py": ""}, name="bonus")
    constraints = place.base / "constraints.txt"
    constraints.write_text("helper==1.0\n")
    constraints.chmod(0o600)
    place.wheel = {"constraints": str(constraints), "extras": ["more"]}
    wheel = a_wheel(place.incoming, "1.0", APP, requires=["helper", 'bonus; extra == "more"'])
    place.stage("1", str(wheel))
    installed = {path.name for path in place.release().glob("venv/lib/*/site-packages/*.dist-info")}
    assert {"helper-1.0.dist-info", "bonus-1.0.dist-info"} <= installed


def test_other_peoples_files_that_do_not_compile_are_no_obstacle(place):
    a_wheel(place.house, "3.0", {**HELPER, "helper/old.py": "print 'of yesterday'\n"}, name="helper")
    place.stage()
    assert damage(place.service, "1", deep=True) is None


def test_what_a_package_brings_compiled_is_left_out(place):
    """A later release with the same source would take it over, and run what that source does not say."""
    tag = subprocess.run(
        [python(), "-c", "import sys; print(sys.implementation.cache_tag)"], capture_output=True, text=True, check=True
    ).stdout.strip()
    files = {"helper/old.py": "print 'of yesterday'\n", f"helper/__pycache__/old.{tag}.pyc": "of somebody"}
    a_wheel(place.house, "3.0", {**HELPER, **files}, name="helper")
    place.stage()
    assert [path.name for path in place.release().rglob("helper/__pycache__/*")] == [f"__init__.{tag}.pyc"]


def test_variables_that_the_app_cannot_be_imported_without_are_given_and_not_shown(place):
    files = {**APP, "ai_service/main.py": "import os\nprint(os.environ['DB_URL'])\napp = 1\n"}
    place.wheel = {"import_env": {"DB_URL": "postgres-and-a-password"}}
    place.stage("1", place.artifact(files=files))
    log = (place.release() / "build.log").read_text()
    assert "***" in log
    assert "postgres-and-a-password" not in log
    assert "postgres-and-a-password" not in repr(place.service)


# -- what fails leaves nothing but a log -------------------------------------------------------------------


def test_an_app_that_cannot_be_imported_is_refused_with_its_last_words(place):
    place.stage()
    error = place.refused(
        "cannot import the app: exit code 1: .*No module named 'torch'",
        files={**APP, "ai_service/main.py": "import torch\n"},
    )
    assert error.where == str(place.log("2"))
    assert "No module named 'torch'" in place.log("2").read_text()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"ai_service/main.py": "def app(:\n"}, "cannot compile the app's modules: .*SyntaxError"),
        ({"ai_service/main.py": "other = 1\n"}, "cannot import the app: .*has no attribute 'app'"),
        ({"ai_service/main.py": "raise SystemExit(3)\n"}, "cannot import the app: exit code 3"),
        ({"ai_service/main.py": "import os; os.kill(os.getpid(), 11)\n"}, "cannot import the app: exit code -11"),
    ],
)
def test_a_broken_app_is_refused(place, files, message):
    place.refused(message, files={**APP, **files})


def test_packages_that_do_not_agree_are_refused(place):
    a_wheel(place.house, "1.0", {"other.py": ""}, name="other", requires=["helper<1"])
    place.refused("cannot install the wheel: .*helper", requires=["helper", "other"])


def test_a_package_that_is_not_there_is_named(place):
    place.refused("cannot install the wheel: exit code 1: .*torch-of-tomorrow", requires=["torch-of-tomorrow"])


def test_a_wheel_for_another_python_is_refused_before_anything_is_built(place):
    place.refused(r"does not fit cpython 3\..*another Python \(cp27-cp27m\)", tag="cp27-cp27m-any")
    place.refused(r"another platform \(win_amd64\)", tag="py3-none-win_amd64")
    assert not place.log("2").exists()
    place.refused(r"cannot install the wheel: .*(?s:.)*Python>=3\.99", requires_python=">=3.99")


def test_a_service_that_does_not_say_how_is_refused(place):
    service = a_service(place.base)
    with pytest.raises(InvalidInput, match=r"does not say how to build one.*refit_services.backend.wheel"):
        staging.stage(service, "1", place.artifact(), system.real())


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"uv": "/nonexistent/uv"}, "there is no uv here"),
        ({"python": "3.4"}, r"there is no Python 3\.4 on this host"),
        ({"python": "/nonexistent/python"}, "pinned to cannot be run"),
        ({"constraints": "/nonexistent/constraints.txt"}, "constraints file is missing"),
    ],
)
def test_a_server_that_lacks_something_is_told_what(place, setting, message):
    place.wheel = setting
    place.refused(message)


@as_root
@pytest.mark.parametrize(
    ("user", "message"),
    [("nobody-knows-him", "useradd --system"), ("root", "is root"), (APP_USER, "is the user of the service backend")],
)
def test_only_an_unprivileged_account_of_its_own_builds(place, user, message):
    place.wheel = {"build_user": user}
    place.refused(message)


@as_root
def test_a_python_in_a_home_that_others_cannot_enter_is_refused(place):
    home = place.base / "home"
    home.mkdir(mode=0o700)
    os.symlink(python(), home / "python3")
    os.chown(home, RunAs.user(BUILDER).uid, -1)
    place.wheel = {"python": str(home / "python3")}
    place.refused("user of the service cannot run the Python")


@as_root
@pytest.mark.skipif(not os.path.exists("/usr/bin/python3"), reason="this machine has no Python of the system's")
def test_a_pinned_version_is_found_before_there_is_a_cache_that_the_build_user_may_make(place):
    (place.base / "closed").mkdir(mode=0o755)
    env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "UV_CACHE_DIR": str(place.base / "closed" / "cache")}
    found = find_interpreter(system.real(), "3", str(place.base / "uv"), env, RunAs.user(BUILDER), None)
    assert found.version[0] == 3
    assert not (place.base / "closed" / "cache").exists()


@as_root
def test_a_cache_of_somebody_else_is_refused(place):
    (place.base / "cache").mkdir()
    os.chown(place.base / "cache", RunAs.user(APP_USER).uid, -1)
    place.wheel = {"cache": str(place.base / "cache")}
    place.refused("uv's cache belongs to somebody else")


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + bytes(100)])
def test_a_file_that_is_no_wheel_is_refused(place, content):
    artifact = place.incoming / "ai_service-1.0-py3-none-any.whl"
    artifact.write_bytes(content)
    with pytest.raises(StagingError, match="no wheel that can be installed"):
        place.stage("1", str(artifact))


def test_a_wheel_that_was_renamed_or_cut_off_is_refused(place):
    wheel = Path(place.artifact())
    renamed = wheel.rename(wheel.with_name("service.whl"))
    with pytest.raises(StagingError, match="file name is not NAME-VERSION"):
        place.stage("1", str(renamed))
    whole = Path(place.artifact())
    content = whole.read_bytes()
    for length in range(0, len(content), 199):
        whole.write_bytes(content[:length])
        with pytest.raises(StagingError, match="no wheel that can be installed"):
            place.stage("1", str(whole))
    assert place.tree() == set()


def test_a_step_that_hangs_is_stopped_with_all_that_it_started(place):
    hang = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print('pids', os.getpid(), child.pid)\n"
        "print('waiting for nothing', flush=True)\n"
        "time.sleep(600)\n"
    )
    place.wheel = {"build_timeout_s": 8}
    place.refused(
        "cannot import the app: it was stopped.*longer than 8 s; it said: pids .* waiting for nothing",
        files={**APP, "ai_service/main.py": hang},
    )
    (pids,) = re.findall(r"^pids (\d+) (\d+)$", place.log("2").read_text(), re.MULTILINE)
    wait_until(lambda: not any(_runs(pid) for pid in pids))


def test_a_killed_run_takes_its_step_along_and_the_same_command_finishes(place):
    flag = place.base / "hang"
    flag.touch()
    main = (
        "import os, time\n"
        f"if os.path.exists({str(flag)!r}):\n    print('pid', os.getpid(), flush=True)\n"
        "    time.sleep(600)\napp = 1\n"
    )
    artifact = place.artifact(files={**APP, "ai_service/main.py": main})
    described = {
        "name": "backend",
        "root": place.service.root,
        "state_dir": place.service.state_dir,
        "health": {"url": "http://127.0.0.1:9/"},
        "wheel": wheel_settings(place.base),
        **place.service_keys,
    }
    code = (
        "import json, sys; from refit.core import system\n"
        "from refit.config.service import Service; from refit.deploy import staging\n"
        "staging.stage(Service.from_mapping(json.loads(sys.argv[1])), '1', sys.argv[2], system.real())"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", code, json.dumps(described), artifact],
        env={**os.environ, "PYTHONPATH": str(ROOT / "module_utils")},
    )

    def pid() -> str | None:
        found = re.search(r"^pid (\d+)$", place.log().read_text(), re.MULTILINE) if place.log().exists() else None
        return found and found[1]

    try:
        wait_until(lambda: pid() or run.poll() is not None, seconds=60)
        assert run.poll() is None
    finally:
        run.kill()
        run.wait()
    wait_until(lambda: not _runs(pid()))
    assert len([name for name in os.listdir(place.service.releases_dir) if name.startswith(".staging-")]) == 1
    flag.unlink()
    assert place.stage("1", artifact).changed
    assert os.listdir(place.service.releases_dir) == ["v1"]
    assert damage(place.service, "1", deep=True) is None


def _runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def tmpfs() -> Iterator[object]:
    """Mount small file systems, where this machine lets root do so."""
    mounted: list[Path] = []

    def mount(path: Path, size: str) -> Path:
        path.mkdir(parents=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
        mounted.append(path)
        return path

    yield mount
    for path in mounted:
        subprocess.run(["umount", str(path)], check=True)


@as_root
def test_a_disk_that_is_full_at_any_point_leaves_the_live_release_and_no_half_one(place, tmpfs):
    service_root = tmpfs(place.base / "opt" / "app", "40m")
    place.stage("1", place.artifact("1.0"))
    os.symlink("releases/v1", service_root / "current")
    before = place.tree()
    outcomes = []
    ballast = service_root / "ballast"
    files = {**APP, "ai_service/model.bin": os.urandom(4_000_000)}
    artifact = place.artifact("2.0", files)
    for free_kib in (0, 40, 200, 800, 3000, 5000, 9000, 14000, 20000):
        ballast.unlink(missing_ok=True)
        disk = os.statvfs(service_root)
        with open(ballast, "wb") as handle:
            os.posix_fallocate(handle.fileno(), 0, max(disk.f_bavail * disk.f_frsize - free_kib * 1024, 1))
        error = staging_error(place, "2", artifact)
        outcomes.append(error)
        if error is None:
            break
        assert "df -h" in error
        assert place.tree() == before
        assert damage(place.service, "1", deep=True) is None
    assert outcomes[0] is not None
    assert outcomes[-1] is None
    assert damage(place.service, "2", deep=True) is None


def staging_error(place, version, artifact) -> str | None:
    try:
        place.stage(version, artifact)
    except RefitError as error:
        return str(error)
    return None


# -- who builds, and within what ---------------------------------------------------------------------------


def test_where_nobody_is_root_everybody_builds_himself(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert builder_of(a_service(tmp_path), "nobody-knows-him") is None


@as_root
def test_no_user_of_any_service_on_the_host_builds(tmp_path):
    (tmp_path / "frontend.json").write_text(json.dumps({"user": BUILDER}))
    (tmp_path / "discord.json").write_text(json.dumps(["no service"]))
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(StagingError, match="is the user of the service frontend and must not build"):
        builder_of(a_service(tmp_path), BUILDER, str(tmp_path))
    assert builder_of(a_service(tmp_path), BUILDER, str(tmp_path / "nothing")).name == BUILDER


@as_root
def test_one_build_at_a_time_uses_an_account(tmp_path):
    builder, place = RunAs.user(BUILDER), str(tmp_path)
    with building_as(builder, Clock()), building_as(builder, Clock(), place):
        second = building_as(builder, FakeClock(), place)
        with pytest.raises(Locked, match=f"building as {BUILDER}"):
            second.__enter__()
    with building_as(builder, Clock()), building_as(builder, FakeClock(), place):
        pass


@as_root
@pytest.mark.parametrize("weapon", ["time.sleep(1)", "os.kill(-1, 9)", "os.kill(-1, 19)"])
def test_all_that_runs_as_the_build_user_ends_though_it_fights(weapon):
    builder = RunAs.user(BUILDER)
    who = {"user": builder.uid, "group": builder.gid, "extra_groups": [], "cwd": "/"}
    code = f"import os, time\nos.setsid()\nprint(flush=True)\nwhile True: {weapon}"
    with building_as(builder, Clock()):  # other tests build as him, too
        running = subprocess.Popen([python(), "-c", code], stdout=subprocess.PIPE, **who)
        try:
            assert running.stdout.readline()
            end_processes(builder, Clock())
            assert running.wait(timeout=30) == -signal.SIGKILL
        finally:
            running.kill()
            running.stdout.close()


@as_root
def test_what_left_the_steps_session_ends_with_it_and_can_become_nobody_else(tmp_path):
    builder = RunAs.user(BUILDER)
    with building_as(builder, Clock()), BuildLog(str(tmp_path), "1") as log:
        steps = BuildSteps(log, Clock(), run_as=builder, env={"PATH": "/usr/bin:/bin"}, timeout_s=20)
        leave = "setsid sh -c 'echo $$; exec sleep 600' & sleep 0.3; grep NoNewPrivs /proc/self/status"
        steps.run("leave something", ["sh", "-c", leave], cwd="/")
    pid, privileges = (tmp_path / "builds" / "1.log").read_text().splitlines()[1:3]
    assert not _runs(pid)
    assert privileges.split() == ["NoNewPrivs:", "1"]


@pytest.fixture
def steps(tmp_path) -> Iterator[BuildSteps]:
    with BuildLog(str(tmp_path), "1", ["hunter2"]) as log:
        yield BuildSteps(log, Clock(), run_as=None, env={"PATH": "/usr/bin:/bin"}, timeout_s=20)


def test_output_is_logged_without_credentials_even_when_it_comes_in_pieces(steps, tmp_path):
    script = "printf 'see https://kim:hun'; sleep 0.2; printf 'ter2@example.com/simple?sig=1\\n'; "
    script += "echo hunter2 >&2; printf end"
    steps.run("say something", ["sh", "-c", script], cwd="/")
    log = (tmp_path / "builds" / "1.log").read_text()
    assert "see https://***@example.com/simple?***\n***\nend\n== exit code 0" in log


def test_endless_output_fills_neither_the_disk_nor_the_error(tmp_path):
    script = "head -c 3000000 /dev/zero | tr '\\0' x; yes | head -n 100000; exit 7"
    with BuildLog(str(tmp_path), "1", most_bytes=10_000) as log:
        steps = BuildSteps(log, Clock(), run_as=None, env={"PATH": "/usr/bin:/bin"}, timeout_s=20)
        with pytest.raises(StagingError) as error:
            steps.run("talk", ["sh", "-c", script], cwd="/")
    assert len(str(error.value)) < 1500
    assert (tmp_path / "builds" / "1.log").stat().st_size < 11_000
    assert "the rest is left out" in (tmp_path / "builds" / "1.log").read_text()


def test_what_a_step_leaves_behind_ends_with_it(steps, tmp_path):
    pid_file = tmp_path / "pid"
    steps.run("leave something", ["sh", "-c", f"sleep 600 & echo $! > {pid_file}"], cwd="/")
    wait_until(lambda: not _runs(pid_file.read_text().strip()))


def test_a_step_that_closed_its_output_is_waited_for(steps, tmp_path):
    steps.run("be silent", ["sh", "-c", f"exec >&- 2>&-; sleep 0.3; echo done > {tmp_path}/done"], cwd="/")
    assert (tmp_path / "done").exists()


def test_only_the_newest_logs_of_failed_builds_are_kept(tmp_path):
    for number in range(15):
        with BuildLog(str(tmp_path), str(number)) as log:
            log.line("x")
        os.utime(log.path, (number, number))
    assert sorted(os.listdir(tmp_path / "builds")) == sorted(f"{number}.log" for number in range(5, 15))


# -- where packages come from ------------------------------------------------------------------------------


def test_uvs_own_variables_and_proxies_are_handed_on_and_nothing_else(tmp_path):
    environ = {
        "UV_DEFAULT_INDEX": "https://kim:hunter2@pypi.example.com/simple",
        "UV_INDEX_MINE_PASSWORD": "letmein",
        "HTTPS_PROXY": "http://proxy:3128",
        "SSL_CERT_FILE": "/etc/ssl/ca.pem",
        "UV_CACHE_DIR": "/elsewhere",
        "UV_LINK_MODE": "copy",
        "AWS_SECRET_ACCESS_KEY": "no",
        "PIP_INDEX_URL": "https://pip.example.com",
    }
    found = package_index.configured(environ, str(tmp_path), str(tmp_path))
    assert set(found.env) == {"UV_DEFAULT_INDEX", "UV_INDEX_MINE_PASSWORD", "HTTPS_PROXY", "SSL_CERT_FILE"}
    assert {"kim", "hunter2", "letmein"} <= set(found.secrets)
    assert "hunter2" not in repr(found)


def test_pips_configuration_is_used_where_uv_has_none(tmp_path):
    house = tmp_path / "a house"
    house.mkdir()
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://kim:hunt%40er2@pypi.example.com/simple\n"
        "trusted-host = a.example.com b.example.com\n"
        "extra-index-url =\n    https://one.example.com\n    file:///nonexistent/simple\n[install]\nno_index = yes\n"
    )
    home = tmp_path / "home"
    (home / ".config" / "pip").mkdir(parents=True)
    (home / ".config" / "pip" / "pip.conf").write_text("[global]\nproxy = http://proxy:3128\ncert = /ca.pem\n")
    environ = {"PIP_FIND_LINKS": f"/nonexistent/house file://{str(house).replace(' ', '%20')}"}
    found = package_index.configured(environ, str(home), str(tmp_path))
    assert found.env == {
        "UV_DEFAULT_INDEX": "https://kim:hunt%40er2@pypi.example.com/simple",
        "UV_INDEX": "https://one.example.com",
        "UV_INSECURE_HOST": "a.example.com b.example.com",
        "UV_FIND_LINKS": f"file://{str(house).replace(' ', '%20')}",
        "HTTPS_PROXY": "http://proxy:3128",
        "HTTP_PROXY": "http://proxy:3128",
        "SSL_CERT_FILE": "/ca.pem",
    }
    assert found.options == ["--no-index"]
    assert {"hunt%40er2", "hunt@er2"} <= set(found.secrets)


def test_what_lies_in_a_build_accounts_home_counts_for_nothing(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "pip.conf").write_text("[global]\nindex-url = https://pip.example.com\n")
    for name in ("pip/pip.conf", "uv/uv.toml"):
        (tmp_path / "home" / ".config" / name).parent.mkdir(parents=True)
        (tmp_path / "home" / ".config" / name).write_text("[global]\nindex-url = https://evil.example.com\n")
    found = package_index.configured({"HOME": str(tmp_path / "home")}, None, str(tmp_path / "etc"))
    assert found.env == {"UV_DEFAULT_INDEX": "https://pip.example.com"}


def test_uvs_own_file_stands_above_pips(tmp_path):
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv" / "uv.toml").write_text("")
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://pip.example.com\n")
    assert package_index.configured({}, str(tmp_path), str(tmp_path)).env == {}


def test_credentials_of_an_index_are_in_no_log_and_no_error(place, monkeypatch):
    monkeypatch.delenv("UV_OFFLINE")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://kim:hunter2-secret@127.0.0.1:9/simple")
    error = place.refused("cannot install the wheel", requires=["torch-of-tomorrow"])
    for text in (str(error), place.log("2").read_text()):
        assert "127.0.0.1:9" in text
        assert "hunter2-secret" not in text


# -- what a wheel says of itself ---------------------------------------------------------------------------


def a_python(minor: int) -> Interpreter:
    return Interpreter("/usr/bin/python3", (3, minor, 1), "cpython", f"cpython-3{minor}", "x86_64")


@pytest.mark.parametrize(
    ("tag", "minor", "fits"),
    [
        ("py3-none-any", 9, True),
        ("py2.py3-none-any", 13, True),
        ("py2-none-any", 11, False),
        ("py310-none-any", 9, False),
        ("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", 11, True),
        ("cp311-cp311-manylinux_2_17_x86_64", 12, False),
        ("cp39-abi3-manylinux_2_28_x86_64", 13, True),
        ("cp312-abi3-manylinux_2_28_x86_64", 11, False),
        ("pp39-pypy39_pp73-manylinux_2_28_x86_64", 9, False),
        ("cp311-cp311-macosx_11_0_arm64", 11, False),
        ("cp311-cp311-manylinux_2_17_aarch64", 11, False),
    ],
)
def test_a_wheels_tags_say_which_python_can_take_it(tag, minor, fits):
    pythons, abis, platforms = (part.split(".") for part in tag.split("-"))
    wheel = Wheel("x.whl", "x", "1", pythons, abis, platforms, [])
    assert (why_not_for(wheel, a_python(minor)) is None) is fits


def test_a_wheels_own_name_version_and_modules_are_read(tmp_path):
    files = {"a/b.py": "", "x-1.data/purelib/c.py": "", "x-1.data/scripts/run.py": "", "a/b.so": ""}
    wheel = read_wheel(str(a_wheel(tmp_path, "1.0", files)))
    assert (wheel.name, wheel.version, list(wheel.modules)) == ("ai-service", "1.0", ["a/b.py", "c.py"])


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_wheel_that_root_could_not_read_in_bounded_memory_is_refused(tmp_path, method):
    path = a_wheel(tmp_path, "1.0", APP)
    with zipfile.ZipFile(path, "a", method) as archive:
        archive.writestr("bomb", bytes(1_000_000))
    with pytest.raises(StagingError, match="'bomb' is compressed by a method other than deflate"):
        read_wheel(str(path))


@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_a_wheel_of_any_bytes_is_read_or_refused(tmp_path_factory, junk, at):
    directory = tmp_path_factory.mktemp("wheel")
    path = a_wheel(directory, "1.0", APP)
    content = path.read_bytes()
    path.write_bytes(content[: at % len(content)] + junk + content[at % len(content) + len(junk) :])
    with contextlib.suppress(StagingError):
        assert read_wheel(str(path)).name


# -- settings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"app": None}, "wheel.app is missing"),
        ({"python": None}, "wheel.python is missing"),
        ({"python": 3.1}, "wheel.python must be a text"),
        ({"python": "python3"}, "must be a version such as '3.11'"),
        ({"app": "main.py"}, None),
        ({"app": "a-b:app"}, "wheel.app must be like"),
        ({"app": "-c:x"}, "wheel.app must be like"),
        ({"extras": ["a,b"]}, "wheel.extras holds"),
        ({"constraints": "c.txt"}, "must be an absolute path"),
        ({"build_timeout_s": 0}, "build_timeout_s must be a number"),
        ({"pyhton": "3.11"}, "did you mean 'python'"),
    ],
)
def test_settings_of_a_wheel_are_checked_by_name(tmp_path, settings, message):
    given_settings = {"python": "3.11", "app": "ai_service.main:app", **settings}
    if message is None:
        assert a_service(tmp_path, wheel=given_settings).wheel.app == settings["app"]
        return
    with pytest.raises(InvalidInput, match=message):
        a_service(tmp_path, wheel=given_settings)
