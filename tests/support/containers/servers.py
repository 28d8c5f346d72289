"""A scenario's servers: containers on a network of their own, reached by real SSH.

Everything that belongs to them lies in one folder, and in Docker under the scenario's name:

``key``          the administrator's key
``known_hosts``  the servers' own host keys, read from the containers themselves
``hosts.yml``    the inventory; ``group_vars`` beside it are the scenario's own, or those that all scenarios share
``ssh_config``   for people: ``ssh -F FOLDER/ssh_config app1``
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml

from support.containers import images
from support.containers.docker import DockerFailed, docker, succeeds

ADMIN = "admin"
GROUP_VARS = images.ROOT / ".config" / "molecule" / "group_vars"
# Checkouts side by side on one machine do not take each other's servers away.
_CHECKOUT = hashlib.sha256(str(images.ROOT).encode()).hexdigest()[:6]
# The first of these subnets that nobody uses is taken.
_SUBNETS = tuple(f"10.207.{number}" for number in range(1, 250))


@dataclass(frozen=True)
class Wanted:
    """A server: its name, the image that it starts from and the groups it is in."""

    name: str
    image: str
    groups: tuple[str, ...] = ("app",)


class Servers:
    """The containers of *scenario*; *folder* holds what is needed to reach them, *group_vars* what their site says."""

    def __init__(self, scenario: str, folder: Path, group_vars: Path = GROUP_VARS) -> None:
        self.folder = folder
        self.group_vars = group_vars
        self.network = f"refit-{_CHECKOUT}-{scenario}"
        self.label = f"refit={_CHECKOUT}-{scenario}"

    def container(self, name: str) -> str:
        return f"{self.network}-{name}"

    def up(self, wanted: Sequence[Wanted]) -> None:
        """Start them and wait until each can be logged in to.  Whatever was left of an earlier run goes first."""
        self.down()
        self.folder.mkdir(parents=True, exist_ok=True)
        key = self.folder / "key"
        key.unlink(missing_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        subnet = self._make_network()
        addresses = {server.name: f"{subnet}.{number}" for number, server in enumerate(wanted, 11)}
        with ThreadPoolExecutor() as side_by_side:
            known = list(side_by_side.map(lambda server: self._start(server, addresses[server.name]), wanted))
        (self.folder / "known_hosts").write_text("".join(known))
        self.write_inventory(wanted, addresses)

    def down(self) -> None:
        """Remove them, with their network and volumes."""
        left = docker("ps", "--all", "--quiet", "--filter", f"label={self.label}").split()
        if left:
            docker("rm", "--force", "--volumes", *left)
        if succeeds("network", "inspect", self.network):
            docker("network", "rm", self.network)

    def _make_network(self) -> str:
        for subnet in _SUBNETS:
            with contextlib.suppress(DockerFailed):
                docker("network", "create", "--subnet", f"{subnet}.0/24", "--gateway", f"{subnet}.1", self.network)
                return subnet
        raise DockerFailed(f"no subnet is free for the network {self.network}")

    def _start(self, server: Wanted, address: str) -> str:
        """Start one and let the administrator in; returns the server's line for known_hosts."""
        container = self.container(server.name)
        docker(
            *("run", "--detach", "--tty", "--name", container, "--hostname", server.name),
            *("--label", self.label, "--network", self.network, "--ip", address),
            # systemd mounts file systems; root reads other users' /proc/PID/cwd, as on any real server.
            *("--cap-add", "SYS_ADMIN", "--cap-add", "SYS_PTRACE", "--security-opt", "apparmor=unconfined"),
            *("--cgroupns", "private", "--tmpfs", "/run", "--tmpfs", "/run/lock", "--shm-size", "1g"),
            *("--stop-signal", "SIGRTMIN+3"),
            server.image,
        )
        wait_until_booted(container)
        public, keys = (self.folder / "key.pub").read_text(), f"/home/{ADMIN}/.ssh/authorized_keys"
        docker("exec", "--interactive", "--user", ADMIN, container, "tee", keys, stdin=public)
        return "{} {}\n".format(address, docker("exec", container, "cat", "/etc/ssh/ssh_host_ed25519_key.pub"))

    def write_inventory(self, wanted: Sequence[Wanted], addresses: dict[str, str]) -> None:
        groups: dict[str, dict[str, dict[str, None]]] = {}
        for server in wanted:
            for group in server.groups:
                groups.setdefault(group, {"hosts": {}})["hosts"][server.name] = None
        trust = f"-o UserKnownHostsFile={self.folder / 'known_hosts'} -o StrictHostKeyChecking=yes"
        common = {
            "ansible_user": ADMIN,
            "ansible_become": True,
            "ansible_ssh_private_key_file": str(self.folder / "key"),
            "ansible_ssh_common_args": trust,
        }
        group_vars = self.folder / "group_vars"
        group_vars.unlink(missing_ok=True)
        group_vars.symlink_to(self.group_vars)
        ssh = [f"Host {name}\n    HostName {address}\n" for name, address in addresses.items()]
        ssh.append(f"Host *\n    User {ADMIN}\n    IdentityFile {self.folder / 'key'}\n")
        ssh.append(f"    UserKnownHostsFile {self.folder / 'known_hosts'}\n    StrictHostKeyChecking yes\n")
        (self.folder / "ssh_config").write_text("".join(ssh))
        # The address may be that of another server minutes ago, to which a connection is still kept open.
        run = secrets.token_hex(4)
        hosts = {
            name: {"ansible_host": address, "ansible_control_path": f"%(directory)s/{run}-{name}", **common}
            for name, address in addresses.items()
        }
        (self.folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "children": groups}}))


def wait_until_booted(container: str, seconds: float = 180.0) -> None:
    """Until systemd has started everything, sshd included.  Raises DockerFailed."""
    give_up_at = time.monotonic() + seconds
    while not succeeds("exec", container, "systemctl", "is-active", "--quiet", "multi-user.target", "ssh.service"):
        if time.monotonic() >= give_up_at:
            state = docker("exec", container, "systemctl", "list-units", "--state=failed,activating", "--no-legend")
            raise DockerFailed(f"{container} did not boot within {seconds:g} s: {state}")
        time.sleep(0.2)
