"""What a service under systemd wrote to the journal.  The real journal is asked in the scenario systemd_service."""

from __future__ import annotations

import os
import pwd

import pytest

from refit.config.service import Service
from refit.core.system import Completed, System
from refit.health.log_tail import LogTail
from refit.supervisors.journal import last_lines
from refit.supervisors.registry import for_service


@pytest.fixture
def service(tmp_path):
    return Service.from_mapping(
        {
            "root": str(tmp_path / "root"),
            "user": pwd.getpwuid(os.geteuid()).pw_name,
            "process_manager": "systemd",
            "systemd": {"command": ["bin/serve"], "name": "shop"},
            "log": {"path": str(tmp_path / "app.log")},
            "health": {"url": "http://127.0.0.1:9/health"},
        },
        "backend",
    )


def tail_of(service, system):
    return LogTail(service, system, for_service(service, system))


def journal(text, rc=0, asked=None):
    def run(argv, **_):
        if asked is not None:
            asked.append(argv)
        return Completed(rc, text, "")

    return System(run=run)


def test_lines_come_as_they_were_written_the_longest_cut():
    assert last_lines(journal("one\n\n" + "x" * 900 + "\n"), "shop.service", 0, 20) == ["one", "", "x" * 500]


def test_of_many_lines_the_last_are_taken():
    assert last_lines(journal("1\n2\n3\n"), "shop.service", 0, 2) == ["2", "3"]


def test_a_journal_that_cannot_be_read_is_empty():
    assert last_lines(journal("no answer", rc=1), "shop.service", 0, 20) == []


def test_a_service_under_systemd_is_quoted_from_its_own_units_journal(service):
    asked = []
    assert tail_of(service, journal("Traceback\n", asked=asked)).lines() == ["Traceback"]
    assert "_SYSTEMD_UNIT=shop.service" in asked[0]


def test_one_that_wrote_nothing_there_is_quoted_from_its_log(service, tmp_path):
    tail = tail_of(service, journal(""))
    (tmp_path / "app.log").write_text("from the log\n")
    assert tail.lines() == ["from the log"]
