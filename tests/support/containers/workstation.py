"""The operator's workstation: a checkout whose inventories name a scenario's servers, and a shell in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from support.app.build import build
from support.containers.images import ROOT
from support.containers.site import Site

INVENTORIES = ("production", "staging")
# What a checkout needs to be worked with.
_PARTS = ("ansible.cfg", "rollback.yml", "library", "module_utils", "playbooks", "roles")


class Workstation:
    """A checkout of its own, in which the inventories production and staging both mean the servers of *site*.

    Args:
        first: what is typed first in each shell.
        environment: what each shell has besides this process's own, without what this one is told of Ansible.
        settings: what the site says besides what all scenarios' sites say.
    """

    def __init__(
        self, site: Site, *, first: str = "", environment: Mapping[str, str] | None = None, **settings: Any
    ) -> None:
        self.site = site
        self.first = first
        self.home = site.folder / "home"
        self.checkout = site.folder / "checkout"
        (self.home / ".ssh").mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.checkout, ignore_errors=True)
        (self.checkout / "build").mkdir(parents=True)
        for name in _PARTS:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, self.checkout / name)  # type: ignore[operator]
        (self.checkout / ".venv").symlink_to((ROOT / ".venv").resolve())
        self._said = yaml.safe_load((site.folder / "group_vars" / "all.yml").read_text(encoding="utf-8"))
        for name in INVENTORIES:
            self._write_inventory(name, settings)
        #: The path of a socket may have 107 characters, and that of a scenario is long.
        self._sockets = tempfile.TemporaryDirectory(prefix="refit-ssh-")
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MOLECULE_"))},
            "HOME": str(self.home),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": self._sockets.name,
            **(environment or {}),
        }

    def __enter__(self) -> Workstation:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._sockets.cleanup()

    @property
    def services(self) -> dict[str, Any]:
        """What the site's services are."""
        return dict(self._said["refit_services"])

    @property
    def known_hosts(self) -> Path:
        """The servers' keys that this workstation has taken."""
        return self.home / ".ssh" / "known_hosts"

    def _write_inventory(self, name: str, settings: Mapping[str, Any]) -> None:
        folder = self.checkout / "inventory" / name
        (folder / "group_vars").mkdir(parents=True)
        trusted = str(self.site.folder / "known_hosts")
        hosts = (self.site.folder / "hosts.yml").read_text(encoding="utf-8").replace(trusted, str(self.known_hosts))
        (folder / "hosts.yml").write_text(hosts, encoding="utf-8")
        said = {**self._said, "refit_environment": name, "refit_language": "ko", **settings}
        (folder / "group_vars" / "all.yml").write_text(yaml.safe_dump(said), encoding="utf-8")

    def build(self, version: str, mode: str = "healthy", name: str = "backend") -> None:
        """Put the build of *version* where the pages have it."""
        made = build(self.site.folder / "artifacts", version, mode)
        shutil.copy(made, self.checkout / "build" / f"{name}.tar.gz")

    def begin(self, text: str) -> subprocess.Popen[str]:
        """Type *text*; Ctrl-C reaches what has the group of this process's pid."""
        return subprocess.Popen(
            ["bash", "-c", f"{self.first}\n{text}"],
            cwd=self.checkout,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def type(self, text: str) -> subprocess.CompletedProcess[str]:
        """Type *text* and wait for its end; standard error is part of the output."""
        with self.begin(text) as process:
            said, _ = process.communicate()
        return subprocess.CompletedProcess(text, process.returncode, said)
