"""A scenario's servers as its tests see them: from the operator's workstation and from the network."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import testinfra
import yaml

from support.app.build import build
from support.containers.docker import docker
from support.containers.images import ROOT
from support.containers.servers import Servers, wait_until_booted
from support.fleet import wait_until
from support.playbooks import environment

LOAD = Path(__file__).resolve().parents[1] / "load.py"


class Site:
    """The servers that Molecule created for the scenario that runs now."""

    def __init__(self) -> None:
        self.scenario = os.environ["MOLECULE_SCENARIO_NAME"]
        self.folder = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "servers")
        self.servers = Servers(self.scenario, self.folder)
        inventory = yaml.safe_load((self.folder / "hosts.yml").read_text())["all"]
        self.addresses: dict[str, str] = {name: host["ansible_host"] for name, host in inventory["hosts"].items()}
        self.app: list[str] = sorted(inventory["children"].get("app", {}).get("hosts", {}))

    @property
    def gateway(self) -> str:
        """This machine's address as the servers see it."""
        return next(iter(self.addresses.values())).rpartition(".")[0] + ".1"

    # -- what an operator types ------------------------------------------------

    def play(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """``ansible-playbook`` on this site, from the project's root; standard error is part of the output."""
        return subprocess.run(
            ["ansible-playbook", "-i", str(self.folder / "hosts.yml"), *arguments],
            cwd=ROOT,
            env=environment(ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), **more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def deploy_arguments(
        self, version: str, mode: str = "healthy", service: str = "backend", **options: Any
    ) -> list[str]:
        artifact = build(self.folder / "artifacts", version, mode, **options)
        extra = {"service": service, "release_version": version, "release_artifact": str(artifact)}
        return ["playbooks/deploy.yml", "-e", json.dumps(extra)]

    def deploy_artifact(self, version: str, artifact: Path, **more: Any) -> subprocess.CompletedProcess[str]:
        """Deploy what was built elsewhere; *more* are further variables of the playbook."""
        extra = {"release_version": version, "release_artifact": str(artifact), **more}
        return self.play("playbooks/deploy.yml", "-e", json.dumps(extra))

    def resume(self, service: str = "backend") -> None:
        """Let deploys begin again, after something was taken back."""
        done = self.play("playbooks/resume.yml", "-e", json.dumps({"service": service, "resume_reason": "tested"}))
        assert done.returncode == 0, done.stdout

    def deploy(self, version: str, mode: str = "healthy", **options: Any) -> subprocess.CompletedProcess[str]:
        return self.play(*self.deploy_arguments(version, mode, **options))

    def must_deploy(self, version: str, **options: Any) -> None:
        done = self.deploy(version, **options)
        assert done.returncode == 0, done.stdout

    # -- what is there -----------------------------------------------------------

    def host(self, name: str) -> Any:
        """The server as testinfra sees it, as root."""
        return testinfra.get_host(f"ssh://{name}?sudo=true", ssh_config=str(self.folder / "ssh_config"))

    def ask(self, name: str, path: str = "/version", port: int = 8080) -> Any:
        """What the service on *name* answers, as JSON; None if it does not answer."""
        try:
            with urllib.request.urlopen(f"http://{self.addresses[name]}:{port}{path}", timeout=2) as answer:
                return json.load(answer)
        except (OSError, ValueError):
            return None

    def running(self, port: int = 8080) -> list[str | None]:
        """The version that each server's own process names."""
        return [(self.ask(name, port=port) or {}).get("version") for name in self.app]

    # -- what happens to it --------------------------------------------------------

    def reboot(self, name: str) -> None:
        container = self.servers.container(name)
        docker("restart", "--time", "30", container)
        wait_until_booted(container)

    @contextmanager
    def reaching(self, port: int) -> Iterator[None]:
        """While the block runs, 127.0.0.1:*port* on every server leads to the same address here."""
        with ExitStack() as tunnels:
            for name in self.app:
                command = ["ssh", "-F", str(self.folder / "ssh_config"), "-N", "-o", "ExitOnForwardFailure=yes"]
                there = ["-R", f"127.0.0.1:{port}:127.0.0.1:{port}", name]
                tunnel = subprocess.Popen([*command, *there], stdin=subprocess.DEVNULL)
                tunnels.callback(tunnel.wait)
                tunnels.callback(tunnel.terminate)
                listening = self.host(name).socket(f"tcp://127.0.0.1:{port}")
                wait_until(lambda listening=listening: listening.is_listening, 30)
            yield

    @contextmanager
    def load(
        self, source: str, port: int = 8080, workers: int = 6, urls: Sequence[str] = ()
    ) -> Iterator[dict[str, Any]]:
        """Requests from the container *source* to all application servers, or to *urls*, while the block runs; the
        dictionary holds afterwards what :mod:`support.load` says."""
        container = self.servers.container(source)
        docker("cp", str(LOAD), f"{container}:/root/load.py")
        urls = urls or [f"http://{self.addresses[name]}:{port}/" for name in self.app]
        command = ["docker", "exec", "--interactive", container, "python3", "/root/load.py", str(workers), *urls]
        seen: dict[str, Any] = {}
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
            try:
                yield seen
            finally:
                out, _ = process.communicate()
            seen.update(json.loads(out))

    def wait_until_running(self, version: str, port: int = 8080, seconds: float = 60) -> None:
        wait_until(lambda: self.running(port) == [version] * len(self.app), seconds)
