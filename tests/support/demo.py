"""The demo: real releases, real PM2, real HTTP, three servers on this machine.

demo.py run      tell the whole story once and leave nothing running
demo.py up       start the fleet with one release on it, for use by hand
demo.py status   say what runs on it
demo.py down     stop and remove it
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "module_utils")]

from refit.core.beneath import check_kept  # noqa: E402  (found through the path above)
from refit.core.errors import UnsafePath  # noqa: E402
from support import playbooks  # noqa: E402
from support.app.build import build  # noqa: E402
from support.fleet import Fleet, wait_until  # noqa: E402

UP_DIR = ROOT / ".demo"
RUN_DIR = ROOT / ".demo-run"
PAGE = ROOT / "build" / "discord.html"
STAND_IN = ROOT / "tests" / "support" / "discord"
CHANNELS = {"alerts": "ai-service-alerts", "incidents": "incident-response"}
ROLE = "100000000000000001"
GOOD, BETTER, BAD = "20240127-090000", "20240127-100000", "20240127-110000"


class Discord:
    """The local stand-in for Discord, as a process; *log* is what it received."""

    def __init__(self, base: Path) -> None:
        self.log = base / "discord.jsonl"
        self.pid_file = base / "discord.pid"
        port_file = base / "discord.port"
        port_file.unlink(missing_ok=True)
        command = [sys.executable, str(STAND_IN / "__main__.py"), "--port", "0", "--port-file", str(port_file)]
        command += ["--log", str(self.log), "--role", f"devops-oncall={ROLE}"]
        for channel in CHANNELS.values():
            command += ["--channel", channel]
        # It outlives this program with "up": whoever reads that one's output must not wait for the stand-in to end.
        with (base / "discord.output").open("wb") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        self.pid_file.write_text(str(self.process.pid))
        port = wait_until(lambda: port_file.exists() and port_file.read_text().strip())
        self.url = f"http://127.0.0.1:{port}"

    def webhooks(self) -> dict[str, str]:
        """Per logical channel its webhook, as a site has them in its vault."""
        with urllib.request.urlopen(f"{self.url}/_webhooks", timeout=5) as answer:
            urls = json.load(answer)
        return {name: urls[channel] for name, channel in CHANNELS.items()}

    def show(self) -> None:
        """Print the conversation, and leave it as a page."""
        PAGE.parent.mkdir(exist_ok=True)
        subprocess.run([sys.executable, str(STAND_IN / "show.py"), str(self.log), "--page", str(PAGE)], check=True)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def main(arguments: list[str]) -> int:
    commands = {"run": run, "up": up, "down": down, "status": status}
    if len(arguments) != 1 or arguments[0] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    return commands[arguments[0]]()


def run() -> int:
    """The story, from the first deploy to the conversation in Discord."""
    began = time.monotonic()
    with one_at_a_time(RUN_DIR) as place, contextlib.ExitStack() as stack:
        discord = Discord(place)
        stack.callback(discord.stop)
        fleet = stack.enter_context(Fleet(place, health={"deadline_s": 5}))
        fleet.save(webhooks=discord.webhooks(), mentions={"devops-oncall": {"role": ROLE}})
        failed = story(place)
        title("What the team read in Discord")
        discord.show()
    remove_place(RUN_DIR)
    if failed:
        print(f"\nThe demo did not go as it should: {failed}", file=sys.stderr)
        return 1
    print(f"\nDone in {time.monotonic() - began:.0f} s; nothing is left running. Next:")
    print("  make demo-up                                     # the same fleet, to play with by hand")
    print("  .demo/server1/opt/scripts/rollback.sh backend --list            # what a rollback there could go to")
    print(f"  open {PAGE.relative_to(ROOT)}                          # the conversation as a page; then: README.md")
    return 0


def story(base: Path) -> str | None:
    """Each scene; returns what went otherwise than told, None if nothing did."""
    title("A release goes live on three servers, then the next one")
    steps = [deploy(base, GOOD) == 0, deploy(base, BETTER) == 0]
    title("A bad release: healthy for a moment, then not. Nobody does anything")
    steps.append(deploy(base, BAD, "degrades", after_ms=400) != 0)
    title("What runs where")
    steps.append(playbook(base, "playbooks/status.yml") == 0)
    title("At three in the morning, by hand on one server, one release further back")
    steps.append(playbook(base, "playbooks/server-scripts.yml", quiet=True) == 0)
    script = base / "server1" / "opt" / "scripts" / "rollback.sh"
    steps.append(shell([str(script), "backend", "--further", "--reason", "느린 응답", "--yes"]) == 0)
    title("And the rest of the fleet follows to the same release")
    steps.append(playbook(base, "rollback.yml", "-e", "rollback_reason='느린 응답'") == 0)
    title("No deploy brings it straight back: they are frozen until somebody says why it is safe again")
    steps.append(playbook(base, "playbooks/resume.yml", "-e", "resume_reason='원인을 고쳤습니다'") == 0)
    wrong = [number for number, good in enumerate(steps, 1) if not good]
    return f"step {wrong[0]} of {len(steps)}" if wrong else None


def up() -> int:
    """Start the fleet and leave it running."""
    if (UP_DIR / "fleet.json").exists():
        print("The demo fleet is up already. Stop it with: make demo-down")
        return 0
    place = make_place(UP_DIR)
    discord = Discord(place)
    fleet = Fleet(place)
    fleet.save(webhooks=discord.webhooks(), mentions={"devops-oncall": {"role": ROLE}})
    for version, mode in ((BETTER, "healthy"), (BAD, "unhealthy")):
        build(place / "artifacts", version, mode)
    good = deploy(place, GOOD) == 0 and playbook(place, "playbooks/server-scripts.yml", quiet=True) == 0
    print("\nThe fleet is up. Try:")
    for version in (BETTER, BAD):
        artifact = f".demo/artifacts/app-{version}.tar.gz"
        print(
            f"  ansible-playbook -i inventory/demo playbooks/deploy.yml"
            f" -e release_version={version} -e release_artifact={artifact}"
        )
    print("  ansible-playbook -i inventory/demo playbooks/status.yml")
    print("  .demo/server1/opt/scripts/rollback.sh backend --list")
    print("with .venv/bin in your PATH:  export PATH=$PWD/.venv/bin:$PATH      Stop it with: make demo-down")
    return 0 if good else 1


def down() -> int:
    """Stop the fleet and remove it."""
    if (UP_DIR / "fleet.json").exists():
        Fleet.load(UP_DIR).stop()
    with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
        os.kill(stand_in_pid(UP_DIR), signal.SIGTERM)
    remove_place(UP_DIR)
    print("The demo fleet is gone.")
    return 0


def status() -> int:
    """Say what runs on the fleet that is up."""
    if not (UP_DIR / "fleet.json").exists():
        print("The demo fleet is not up. Start it with: make demo-up")
        return 1
    return playbook(UP_DIR, "playbooks/status.yml")


def stand_in_pid(base: Path) -> int:
    """The stand-in's pid, if that process is still the stand-in."""
    pid = int((base / "discord.pid").read_text())
    if str(STAND_IN) not in Path(f"/proc/{pid}/cmdline").read_text():
        raise ValueError("the pid belongs to something else now")
    return pid


def deploy(base: Path, version: str, mode: str = "healthy", **options: int) -> int:
    artifact = build(base / "artifacts", version, mode, **options)
    shown = os.path.relpath(artifact, ROOT)
    return playbook(base, "playbooks/deploy.yml", "-e", f"release_version={version}", "-e", f"release_artifact={shown}")


def playbook(base: Path, *arguments: str, quiet: bool = False) -> int:
    """Run a playbook on the fleet as a person would; one that is *quiet* shows only how it failed."""
    command = playbooks.command(*arguments)
    print(f"\n$ {shlex.join(command)}\n", flush=True)
    began = time.monotonic()
    environment = playbooks.environment(base, ANSIBLE_STDOUT_CALLBACK="story", REFIT_LOG_DIR=str(base / "logs"))
    environment["REFIT_LANGUAGE"] = os.environ.get("REFIT_LANGUAGE", "")
    del environment["ANSIBLE_NOCOLOR"], environment["ANSIBLE_FORCE_COLOR"]
    shown = subprocess.PIPE if quiet else None
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=shown, stderr=shown, text=True, check=False
    )
    if quiet and done.returncode:
        print(done.stdout + done.stderr)
    print(f"  (exit code {done.returncode}, {time.monotonic() - began:.1f} s)", flush=True)
    return done.returncode


def shell(command: list[str]) -> int:
    print(f"\n$ {shlex.join([os.path.relpath(command[0], ROOT), *command[1:]])}", flush=True)
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True
    )
    print(textwrap.indent(done.stdout.rstrip(), "  "))
    print(f"  (exit code {done.returncode})", flush=True)
    return done.returncode


@contextlib.contextmanager
def one_at_a_time(directory: Path) -> Iterator[Path]:
    """An empty *directory*, for one run in this clone at a time: gives where it really is."""
    with open(f"{directory}.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("Another demo runs in this clone. Wait for it, or make a second clone.")
        if (directory / "fleet.json").exists():  # of a run that was killed
            Fleet.load(directory).stop()
        yield make_place(directory)


def make_place(directory: Path) -> Path:
    """An empty *directory* for the servers, in place of what is there: gives where it really is.

    Root's servers lie only where nobody else can lead root elsewhere. In a clone of somebody else's the directory
    is a link to one of root's own.
    """
    remove_place(directory)
    try:
        check_kept(str(directory), "the demo")
    except UnsafePath:
        place = Path(tempfile.mkdtemp(prefix="refit-demo-"))
        place.chmod(0o755)
        directory.symlink_to(place)
        return place
    directory.mkdir()
    return directory


def remove_place(directory: Path) -> None:
    """Remove what :func:`make_place` made."""
    shutil.rmtree(directory.resolve(), ignore_errors=True)
    if directory.is_symlink():
        directory.unlink()


def title(text: str) -> None:
    print(f"\n== {text} ==", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
