"""Real sshd for a local fleet: every server at a loopback address of its own.

No root is needed: each server is reached as the user who runs the tests.  Addresses are
127.77.0.1 …, which Linux answers without being told.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import subprocess
from pathlib import Path

import yaml

from support.fleet import Fleet, free_ports, wait_until

_CONFIG = """
Port {port}
ListenAddress {address}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 200
MaxSessions 100
PrintMotd no
PrintLastLog no
# Otherwise bash takes the session for a login and reads the developer's own ~/.bashrc.
SetEnv SHLVL=1
"""


def find_sshd() -> str | None:
    """The program, which is not on everybody's PATH."""
    return shutil.which("sshd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))


class Sshd:
    """One sshd for each server of *fleet*; a context manager.

    Attributes:
        hosts: per server the variables that make Ansible reach it by SSH.
        inventory: arguments for ``ansible-playbook`` that make the fleet's servers reached by SSH.
        environment: what a run needs, so that no connection outlives this object.
    """

    def __init__(self, fleet: Fleet, only: list[str] | None = None) -> None:
        self.folder = fleet.short / "ssh"
        self.folder.mkdir(mode=0o700)
        self.port = free_ports(1)[0]
        self.names = only or [server.name for server in fleet]
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("host_key", "key"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)]
            subprocess.run(command, check=True)
        host_key = (self.folder / "host_key.pub").read_text()
        known = [f"[{self.address(name)}]:{self.port} {host_key}" for name in self.names]
        (self.folder / "known_hosts").write_text("".join(known))
        self.hosts = {name: self._variables(name) for name in self.names}
        inventory = self.folder / "inventory.yml"
        inventory.write_text(yaml.safe_dump({"app": {"hosts": self.hosts}}))
        self.inventory = ["-i", str(inventory)]
        self.environment = {"ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.folder / "cp")}

    def __enter__(self) -> Sshd:
        for name in self.names:
            self.start(name)
        return self

    def __exit__(self, *_: object) -> None:
        for name in self.names:
            self.stop(name)

    def address(self, name: str) -> str:
        number = self.names.index(name) + 1
        return f"127.77.{number // 250}.{number % 250 + 1}"

    def ssh_arguments(self, name: str) -> list[str]:
        """What plain ``ssh`` needs to reach *name*."""
        options = ["-i", str(self.folder / "key"), "-p", str(self.port), "-o", "BatchMode=yes", *self._trust()]
        return [*options, f"{getpass.getuser()}@{self.address(name)}"]

    def start(self, name: str) -> None:
        """Let *name* be reached (again)."""
        config = self.folder / f"{name}.conf"
        config.write_text(_CONFIG.format(port=self.port, address=self.address(name), folder=self.folder))
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        program = find_sshd()
        if program is None:
            raise FileNotFoundError("there is no sshd on this machine; install openssh-server")
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [program, "-D", "-e", "-f", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        wait_until(lambda: self._answers(name))

    def stop(self, name: str) -> None:
        """Take *name* off the network: nobody gets in, and whoever is in is cut off."""
        process = self._processes.pop(name, None)
        if process is None:
            return
        for pid in [process.pid, *_sessions(process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()

    def _answers(self, name: str) -> bool:
        command = ["ssh-keyscan", "-T", "2", "-p", str(self.port), self.address(name)]
        return bool(subprocess.run(command, capture_output=True, check=False).stdout)

    def _trust(self) -> list[str]:
        return ["-o", f"UserKnownHostsFile={self.folder / 'known_hosts'}", "-o", "StrictHostKeyChecking=yes"]

    def _variables(self, name: str) -> dict[str, object]:
        return {
            "ansible_connection": "ssh",
            "ansible_host": self.address(name),
            "ansible_port": self.port,
            "ansible_user": getpass.getuser(),
            "ansible_ssh_private_key_file": str(self.folder / "key"),
            "ansible_ssh_common_args": " ".join(self._trust()),
        }


def _sessions(daemon: int) -> list[int]:
    """The sshd processes that serve connections; what they started lives on, as on a real server."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                name, _, rest = (entry / "stat").read_text().rpartition(")")
                if name.partition("(")[2].startswith("sshd"):
                    parents[int(entry.name)] = int(rest.split()[1])
    found = [daemon]
    for parent in found:
        found += [pid for pid, its in parents.items() if its == parent]
    return found[1:]
