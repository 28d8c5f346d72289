"""What is shown as usable is what can go live: catalogue, plan, status, ``--list`` and the act judge a release alike.

Servers are made up: what was staged and how, what the ledger says became of it, and what somebody did to the files
since. Each judge is then asked, and at last each release is activated.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import shutil
import socket
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refit.cli import rollback
from refit.config.service import Service
from refit.core.errors import RefitError, StagingError, VersionNotFound
from refit.core.system import Clock, Completed, System
from refit.deploy import staging
from refit.deploy.activation import Request, activate
from refit.deploy.outcomes import GOOD
from refit.deploy.survey import survey
from refit.deploy.survey_record import read_survey, release_in
from refit.fleet.plan import plan_rollback
from refit.fleet.status import render_host
from refit.state import ledger_events
from refit.state.ledger import Ledger
from refit.state.operation import Operation, Operations
from refit.words.sentence import said
from support.fakes import FakeClock, FakeSupervisor, a_service, a_tarball, no_command
from support.rights import nobody

FILES = {"app.js": "// 1", "config.json": "{}", "public/index.html": "<p>", "public/deep/a.css": "p"}
SCRATCH = "/dev/shm" if os.path.isdir("/dev/shm") else None  # a disk that does not make fsync slow
VERSIONS = ("1", "2", "3")
UNKNOWN = "9"
SHARED = "logs"
HERE = socket.gethostname()


# -- what was staged ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """A file, link or directory in an artifact; *text* is its content, or where it leads."""

    kind: bytes
    text: str = ""
    mode: int = 0o644


Tree = Mapping[str, Member]
_NAMES = ("a", "b.js", "dir", "logs", "ä ö", "back\\slash", ".hidden")
_FILES = st.builds(
    Member, st.just(tarfile.REGTYPE), st.sampled_from(["", "x", "yy\n"]), st.sampled_from([0o644, 0o755])
)
_LINKS = st.builds(Member, st.just(tarfile.SYMTYPE), st.sampled_from(["app.js", "./app.js"]))
_DIRECTORIES = st.just(Member(tarfile.DIRTYPE, mode=0o755))
PATHS = st.lists(st.sampled_from(_NAMES), min_size=1, max_size=3).map("/".join)


def _fitting(drawn: list[tuple[str, Member]]) -> Tree:
    """Those of *drawn* that can lie in one tree; links only where there is what they lead to."""
    tree: dict[str, Member] = {"app.js": Member(tarfile.REGTYPE, "// app")}
    for path, member in drawn:
        above = [path.rpartition("/")[0]] if "/" in path else []
        while above and "/" in above[-1]:
            above.append(above[-1].rpartition("/")[0])
        taken = path in tree or any(other.startswith(path + "/") for other in tree)
        fits = all(tree.get(name, Member(tarfile.DIRTYPE)).kind == tarfile.DIRTYPE for name in above)
        linkable = member.kind != tarfile.SYMTYPE or not above
        under_shared = SHARED in (path, *above) and member.kind == tarfile.SYMTYPE
        if fits and not taken and linkable and not under_shared:
            tree[path] = member
    return tree


TREES = st.lists(st.tuples(PATHS, st.one_of(_FILES, _FILES, _LINKS, _DIRECTORIES)), max_size=5).map(_fitting)


def _pack(path: Path, tree: Tree) -> None:
    with gzip.GzipFile(path, "wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for name, member in tree.items():
            info = tarfile.TarInfo(name)
            info.type, info.mode = member.kind, member.mode
            if member.kind == tarfile.SYMTYPE:
                info.linkname = member.text
            data = member.text.encode() if member.kind == tarfile.REGTYPE else b""
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


# -- what became of it -------------------------------------------------------------------------------------

_BECAME: Mapping[str, list[dict[str, Any]]] = {
    "verified": [{"event": ledger_events.ACTIVATED}, {"event": ledger_events.VERIFIED, "from": None}],
    "failed": [{"event": ledger_events.ACTIVATED}, {"event": ledger_events.FAILED, "reason": "503"}],
    "rolled back": [{"event": ledger_events.ROLLED_BACK, "reason": "5xx"}],
    "broke off": [{"event": ledger_events.INTENT, "from": "1", "from_target": "releases/v1", "kind": "deploy"}],
    "half activated": [{"event": ledger_events.ACTIVATED}],
    "bad": [{"event": ledger_events.MARKED_BAD, "id": "m", "reason": "5xx", "by": "kim"}],
    "cleared": [{"event": ledger_events.CLEARED, "id": "m", "holds": ["m"], "reason": "mended", "by": "kim"}],
    "pruned": [{"event": ledger_events.PRUNED}],
    "staged before there were lists": [{"event": ledger_events.STAGED, "sha256": "a" * 64}],
}
EVENTS = st.lists(st.tuples(st.sampled_from([*_BECAME, *["verified"] * 4]), st.sampled_from(VERSIONS)), max_size=6)


# -- what somebody did to it -------------------------------------------------------------------------------


def _rewrite(path: Path) -> None:
    if path.is_file():
        path.write_bytes(path.read_bytes()[::-1] + b"!")


def _rewrite_with_its_times(path: Path) -> None:
    if path.is_file():
        before = path.stat()
        _rewrite(path)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _append(path: Path) -> None:
    if path.parent.is_dir() and not path.is_dir():
        with open(path, "a", encoding="utf-8") as file:
            file.write("line\n")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _link(path: Path) -> None:
    if path.parent.is_dir() and not path.is_dir():
        path.unlink(missing_ok=True)
        path.symlink_to("app.js")


def _make_directory(path: Path) -> None:
    if path.parent.is_dir():
        _remove(path)
        path.mkdir()


def _exchange(path: Path) -> None:
    """The same content in another file, as an editor leaves it."""
    if path.is_file() and not path.is_symlink():
        shutil.copy2(path, str(path) + "~")
        os.replace(str(path) + "~", path)


def _touch(path: Path) -> None:
    if path.exists():
        os.utime(path)


def _close(path: Path) -> None:
    if path.exists() and not path.is_symlink():
        path.chmod(0)


def _open(path: Path) -> None:
    if path.exists() and not path.is_symlink():
        path.chmod(0o777)


def _fifo(path: Path) -> None:
    if path.parent.is_dir():
        _remove(path)
        os.mkfifo(path)


def _cut(path: Path) -> None:
    if path.is_file():
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])


def _odd(path: Path) -> None:
    """JSON still, and not what it was; what is none becomes some."""
    facts: Any = {}
    with contextlib.suppress(OSError, ValueError):
        facts = json.loads(path.read_text(encoding="utf-8"))
    if path.is_file():
        odd: Any = {"sha256": ["x"], "tree_sha256": 5, "source": {}, "git_sha": 7, "staged_at": "soon", "files": "many"}
        path.write_text(json.dumps({**facts, **odd} if isinstance(facts, dict) else odd))


def _elsewhere(path: Path) -> None:
    """Moved to another disk, and a link in its place."""
    if path.exists() and not path.is_symlink():
        aside = Path(tempfile.mkdtemp(dir=path.parent.parent), "moved")
        path.rename(aside)
        path.symlink_to(aside)


ACTS = st.sampled_from(
    [
        _rewrite, _rewrite_with_its_times, _append, _remove, _link, _make_directory, _exchange, _touch, _close, _open,
        _fifo, _cut, _odd,
    ]
)  # fmt: skip
OURS = st.sampled_from([".release.json", ".release.sums", "version.txt", "app.js", SHARED])
_WHOLE = st.sampled_from([_remove, _elsewhere, _make_directory, _append])
CHANGES = st.lists(
    st.one_of(
        st.tuples(ACTS, st.sampled_from(VERSIONS), st.one_of(OURS, PATHS)),
        st.tuples(_WHOLE, st.sampled_from(VERSIONS), st.just("")),
    ),
    max_size=4,
)


# -- the server and its judges -----------------------------------------------------------------------------


def _nothing_runs(*_: Any, **__: Any) -> Completed:
    return Completed(0, "", "")


@contextlib.contextmanager
def _server(user: str | None, shared: list[str]) -> Iterator[tuple[Path, Service, System]]:
    with tempfile.TemporaryDirectory(dir=SCRATCH) as name:
        base = Path(name)
        (base / "proc").mkdir()
        described = {
            "name": "backend",
            "root": str(base / "opt" / "app"),
            "state_dir": str(base / "state"),
            "process_manager": "command",
            "command": {"reload": ["true"]},
            "health": {
                "url": "http://127.0.0.1:9/health",
                "version_url": "http://127.0.0.1:9/version",
                "successes": 2,
                "interval_s": 0.2,
                "deadline_s": 4,
                "stable_s": 0.4,
            },
            "shared": shared,
            **({"user": user} if user else {}),
        }
        (base / "backend.json").write_text(json.dumps(described))
        service = Service.from_mapping(described)
        yield base, service, System(clock=Clock(), run=_nothing_runs, proc=str(base / "proc"))


def _listed(base: Path, system: System, *options: str) -> str:
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(io.StringIO()):
        assert rollback.main(["backend", *options], str(base), system=system) == 0
    return told.getvalue()


def _rollback_to(record: Mapping[str, Any]) -> str | None:
    """What stands below ROLLBACK TO."""
    header, row = render_host(HERE, record, "en")[:2]
    start, end = header.index("ROLLBACK TO"), header.index("AT WORK")
    cell = row[start:end].split()
    return cell[0] if cell != ["none"] else None


def _refusal(service: Service, system: System, version: str, number: int) -> str | None:
    """Why *version* cannot be activated; None once it has been."""
    quick = System(clock=FakeClock(), run=no_command, proc=system.proc)  # to prove it takes no time
    supervisor = FakeSupervisor(service, quick)
    request = Request(version, Operation(number, "deploy", f"run-{number}", "kim@ops-1"), finish=True)
    try:
        done = activate(service, quick, supervisor, request, check=supervisor.check)
    except VersionNotFound as error:
        Operations(service.state_dir, quick).finish(request.operation)
        return str(error.what)
    assert done.outcome in GOOD
    supervisor.stop()
    return None


@pytest.fixture(autouse=True, scope="module")
def _english() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REFIT_LANGUAGE", "en")
        yield


def _named(here: Mapping[str, Any], version: str) -> str | None:
    """Why a rollback to *version* by its name would be refused."""
    try:
        plan_rollback(here, version)
    except RefitError as error:
        return str(error.what)
    return None


def _staged_anew(service: Service, version: str, sha256: str) -> bool | None:
    """Whether a deploy would stage *version* anew; None where it would be refused."""
    try:
        return staging.plan_content(service, version, sha256).changed
    except StagingError:
        return None


@settings(max_examples=60)
@given(
    user=st.sampled_from([None, "nobody"]),
    shared=st.sampled_from([[], [SHARED + "/"]]),
    trees=st.lists(TREES, min_size=1, max_size=3),
    events=EVENTS,
    live=st.sampled_from([None, *VERSIONS]),
    changes=CHANGES,
)
def test_what_is_offered_is_what_the_act_accepts(
    user: str | None,
    shared: list[str],
    trees: list[Tree],
    events: list[tuple[str, str]],
    live: str | None,
    changes: list[tuple[Callable[[Path], None], str, str]],
) -> None:
    with _server(user if os.geteuid() == 0 else None, shared) as (base, service, system):
        sums = {}
        for version, tree in zip(VERSIONS, trees):
            _pack(base / "app.tar.gz", tree)
            sums[version] = staging.stage(service, version, str(base / "app.tar.gz"), system).sha256
        ledger = Ledger(service.state_dir, system.clock)
        for became, version in events:
            ledger.append(*({**entry, "version": version} for entry in _BECAME[became]))
        if live is not None:
            os.symlink(f"releases/v{live}", service.current_link)
        time.sleep(0.01)  # nobody is faster than the file system's clock
        for act, version, name in changes:
            with contextlib.suppress(NotADirectoryError, FileNotFoundError):
                act(Path(service.release_dir(version), name))

        found = survey(service, system)
        record = read_survey(json.loads(json.dumps(found.to_record())))
        here = {HERE: record}
        try:
            target = plan_rollback(here).target
        except RefitError:
            target = None
        shown = json.loads(_listed(base, system, "--list", "--json"))
        assert {release["version"]: release["usable"] for release in shown["releases"]} == {
            release.version: release.usable for release in found.releases
        }
        listed = _listed(base, system, "--list")
        assert f"rollback goes to: {target or 'nowhere: '}" in listed
        assert _rollback_to(record) == target
        if target is not None:
            assert json.loads(_listed(base, system, "--plan", "--json"))["plan"]["target"] == target

        offered = {release["version"]: release for release in record["releases"]}
        for version in (*VERSIONS, UNKNOWN):
            release = release_in(record, version)
            named = _named(here, version)
            assert (named is None) is bool(release.get("usable") and not release.get("bad"))
            staged_anew = _staged_anew(service, version, sums.get(version, ""))
            if release.get("sha256") == sums.get(version) and staged_anew is not None:
                assert staged_anew is not release.get("usable", False)
        for number, version in enumerate((*VERSIONS, UNKNOWN), 1):
            usable = offered.get(version, {}).get("usable", False)
            why = _refusal(service, system, version, number)
            assert usable is (why is None), (version, why)
            if why is not None and version in offered:
                assert said(found.release(version).why_not, "en").rpartition(": ")[2] in why


@pytest.fixture
def for_all() -> Iterator[Path]:
    """A directory that any account may look into."""
    with tempfile.TemporaryDirectory(prefix="refit-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def test_a_release_that_may_not_be_read_is_shown_as_none(for_all: Path) -> None:
    service = a_service(for_all)
    system = System(clock=Clock(), run=no_command, proc=str(for_all / "proc"))
    a_tarball(for_all / "app.tar.gz", FILES)
    staging.stage(service, "1", str(for_all / "app.tar.gz"), system)
    os.chmod(service.state_dir, 0o755)
    os.chmod(service.release_dir("1"), 0o700 if os.geteuid() == 0 else 0)
    with nobody():
        release = survey(service, system).release("1")
    os.chmod(service.release_dir("1"), 0o755)
    assert release is not None
    assert str(release.why_not).startswith("it is not whole: v1 cannot be read")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's files are apart from the application's")
def test_where_the_application_is_not_who_staged_it_no_file_is_compared_to_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = a_service(tmp_path, user="nobody")
    system = System(clock=FakeClock(time.time() + 0.5), run=no_command, proc=str(tmp_path / "proc"))
    a_tarball(tmp_path / "app.tar.gz", FILES)
    staging.stage(service, "1", str(tmp_path / "app.tar.gz"), system)
    time.sleep(0.5)
    app = Path(service.release_dir("1"), "app.js")
    app.chmod(0o600)
    os.link(app, tmp_path / "app.js")  # as a later release shares what is equal: the first one's file has a time for it
    app.parent.chmod(0o700)
    with monkeypatch.context() as patch:
        patch.setattr("refit.state.file_sums.first_change", None)  # would end in an error
        release = survey(service, system).release("1")
        assert release is not None
        assert release.usable

    app.write_text("// 2")

    release = survey(service, system).release("1")
    assert release is not None
    assert str(release.why_not) == "it is not whole: app.js was changed"
