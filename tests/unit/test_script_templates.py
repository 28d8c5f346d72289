"""The scripts of a server as bash reads them: whatever the paths, they are clean. tests/shell runs them."""

from __future__ import annotations

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
