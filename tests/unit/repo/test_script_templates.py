"""The scripts of a server as bash reads them: whatever the paths, they are clean. tests/shell runs them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.render_scripts import SCRIPTS, render

SHELLCHECK = Path(sys.executable).parent / "shellcheck"
AWKWARD = '/opt/it\'s "our" $(touch /tmp/x) 스크립트'


@pytest.mark.parametrize("script", SCRIPTS)
def test_shellcheck_finds_nothing(script: str, tmp_path: Path) -> None:
    if not SHELLCHECK.exists():
        pytest.skip("shellcheck is not installed; `make lint` installs it")
    path = tmp_path / script
    path.write_text(render(script), encoding="utf-8")
    done = subprocess.run([str(SHELLCHECK), "--enable=all", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_path_with_quotes_and_spaces_stays_one_value(script: str, tmp_path: Path) -> None:
    path = tmp_path / script
    path.write_text(render(script, server_scripts_dir=AWKWARD, server_scripts_python="/bin/echo"), encoding="utf-8")
    done = subprocess.run(["/bin/bash", "-p", str(path), "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"-I {AWKWARD}/refit.pyz --etc /etc/refit " in done.stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_read_as_a_whole_before_it_acts(script: str) -> None:
    lines = [line for line in render(script).splitlines() if line]
    assert lines[-3:] == ['if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then', '    main "$@"', "fi"]


SYSTEMD_ANALYZE = shutil.which("systemd-analyze")


@pytest.mark.skipif(SYSTEMD_ANALYZE is None, reason="systemd-analyze is not installed")
def test_a_unit_with_spaces_and_percent_signs_in_its_paths_runs_what_is_there(tmp_path: Path) -> None:
    here = tmp_path / "our 100% own"
    spool = here / "spool dir"
    (spool / "queue").mkdir(parents=True)
    python = here / "python"
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    unit = tmp_path / "refit-outbox.service"
    unit.write_text(
        render(
            unit.name,
            ansible_managed="tests",
            server_scripts_python=str(python),
            server_scripts_dir=str(here),
            server_scripts_spool_dir=str(spool),
        )
    )
    command = [str(SYSTEMD_ANALYZE), "verify", "--man=no", "--recursive-errors=no", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if unit.name in line] == []
    assert f'"{here}/refit.pyz"'.replace("%", "%%") in unit.read_text()
