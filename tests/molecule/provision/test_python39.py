"""The unit tests of what runs on the servers, on a server with the oldest Python: Debian 11's 3.9."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from support.containers.docker import docker
from support.containers.images import ROOT
from support.containers.site import Site

HERE = Path(__file__).resolve().parent
# What a test there may import besides the standard library; the others need Ansible, or tools of this machine.
AVAILABLE = {"hypothesis", "pytest", "refit", "support.fakes", "support.outcomes"}


def imports(path: Path) -> set[str]:
    """What the file imports: top-level names, of `support` the module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module)
    return {name if name.startswith("support.") else name.split(".")[0] for name in found}


def package_tests() -> list[Path]:
    """The unit tests of `refit` that need nothing else."""
    rooms = (ROOT / "tests" / "unit").glob("*/test_*.py")
    files = sorted(path for path in rooms if path.parent.name != "repo")  # those are about the whole repository
    return [path for path in files if "refit" in imports(path) and imports(path) - sys.stdlib_module_names <= AVAILABLE]


@pytest.fixture
def container(site: Site, tmp_path: Path) -> str:
    """The Debian 11 server with the package, its tests and pytest in /tmp/tests; it needs no network for them."""
    packages = tmp_path / "packages"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(packages), "--python-version", "3.9"]
    locked = ["--only-binary=:all:", "--no-deps", "--require-hashes", "--requirement", str(HERE / "python39.txt")]
    subprocess.run([*pip, *locked], check=True)
    name = site.servers.container("debian11")
    docker("exec", name, "install", "-d", "-o", "admin", "/tmp/tests", "/tmp/tests/tests")
    docker("cp", str(packages), f"{name}:/tmp/tests/packages")
    for part in ("module_utils", "tests/unit", "tests/support", "tests/fixtures"):
        docker("cp", str(ROOT / part), f"{name}:/tmp/tests/{part}")
    docker("exec", name, "chown", "-R", "admin", "/tmp/tests")
    return name


@pytest.mark.timeout(1200)
def test_the_unit_tests_pass_on_python_39(container: str) -> None:
    files = [str(path.relative_to(ROOT)) for path in package_tests()]
    assert len(files) > 20
    command = ["python3", "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir=.", "--import-mode=importlib"]
    done = subprocess.run(
        ["docker", "exec", "--user", "admin", "--workdir", "/tmp/tests"]
        + ["--env", "PYTHONPATH=packages:module_utils:tests", "--env", "HOME=/tmp/tests"]
        + ["--env", "HYPOTHESIS_PROFILE=few", container]
        + [*command, "-p", "no:cacheprovider", "-p", "support.hypothesis_profiles", "--timeout=300", *files],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0
