"""What is shown as usable is what can go live: catalogue, plan and act judge a release's files alike."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.core.errors import VersionNotFound
from refit.core.system import Clock, System
from refit.deploy import staging
from refit.deploy.activation import Request, activate
from refit.deploy.survey import survey
from refit.state.operation import Operation
from support.fakes import FakeClock, FakeSupervisor, a_service, a_tarball, no_command

FILES = {"app.js": "// 1", "config.json": "{}", "public/index.html": "<p>", "public/deep/a.css": "p"}
OURS = (".release.json", ".release.sums", "version.txt")
NAMES = st.sampled_from([*FILES, *OURS, "new.log", "public/new.log", "public", "public/deep"])


def _rewrite(path: Path) -> None:
    if path.is_file():
        path.write_bytes(path.read_bytes()[::-1])


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


def _exchange(path: Path) -> None:
    """The same content in another file, as an editor leaves it."""
    if path.is_file() and not path.is_symlink():
        shutil.copy2(path, str(path) + "~")
        os.replace(str(path) + "~", path)


def _touch(path: Path) -> None:
    if path.exists():
        os.utime(path)


ACTS = st.sampled_from([_rewrite, _rewrite_with_its_times, _append, _remove, _link, _exchange, _touch])


@given(st.lists(st.tuples(ACTS, NAMES), max_size=3))
def test_what_is_shown_as_usable_can_go_live_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[Callable[[Path], None], str]]
) -> None:
    base = tmp_path_factory.mktemp("server")
    service = a_service(base)
    system = System(clock=Clock(), run=no_command, proc=str(base / "proc"))
    (base / "proc").mkdir()
    a_tarball(base / "app.tar.gz", FILES)
    staging.stage(service, "1", str(base / "app.tar.gz"), system)
    for act, name in changes:
        act(Path(service.release_dir("1"), name))

    release = survey(service, system).release("1")
    assert release is not None
    quick = System(clock=FakeClock(), run=no_command, proc=system.proc)  # to prove it takes no time
    supervisor = FakeSupervisor(service, quick)
    request = Request("1", Operation(1, "deploy", "run-1", "kim@ops-1"), finish=True)
    refused = None
    try:
        activate(service, quick, supervisor, request, check=supervisor.check)
    except VersionNotFound as error:
        refused = str(error.what)

    assert release.usable is (refused is None)
    assert refused is None or str(release.why_not).rpartition(": ")[2] in refused


def test_where_the_application_is_not_who_staged_it_no_file_is_compared_to_be_shown(tmp_path, monkeypatch) -> None:
    service = a_service(tmp_path, user="nobody")
    system = System(clock=Clock(), run=no_command, proc=str(tmp_path / "proc"))
    a_tarball(tmp_path / "app.tar.gz", FILES)
    staging.stage(service, "1", str(tmp_path / "app.tar.gz"), system)
    monkeypatch.setattr("refit.state.file_sums.first_change", None)  # would end in an error
    if os.geteuid() == 0:
        release = survey(service, system).release("1")
        assert release is not None
        assert release.usable
