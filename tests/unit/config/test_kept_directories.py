"""Provisioning makes a service's directories root's own, and refuses to where their parents are not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

import host_plan

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be led elsewhere")


class Server:
    def __init__(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.base, self.capsys = base, capsys
        for name in ("opt/web", "var/lib/web", "cache"):
            (base / name).mkdir(parents=True)

    def plan(self) -> dict[str, Any]:
        """What the module answers on this server."""
        service = {
            "root": str(self.base / "opt" / "web"),
            "state_dir": str(self.base / "var" / "lib" / "web"),
            "user": "nobody",
            "process_manager": "systemd",
            "systemd": {"command": ["bin/serve"]},
            "wheel": {"python": "3.11", "app": "web", "cache": str(self.base / "cache" / "uv")},
            "health": {"url": "http://127.0.0.1:8080/health"},
        }
        given = {"node_minimum": "18.0.0", "pm2_minimum": "7.0.0", "managed_dir": "/usr/local/lib/refit"}
        with patch_module_args({"services": {"web": service}, **given}), pytest.raises(SystemExit):
            host_plan.main()
        return json.loads(self.capsys.readouterr().out)


@pytest.fixture
def server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Server:
    return Server(tmp_path, capsys)


@pytest.mark.parametrize(
    ("spoiled", "key"),
    [(".", "root"), ("opt", "root"), ("var", "state_dir"), ("var/lib", "state_dir"), ("cache", "wheel.cache")],
)
def test_a_parent_that_others_may_write_is_refused_by_name(server: Server, spoiled: str, key: str) -> None:
    os.chown(server.base / spoiled, 65534, 65534)
    answer = server.plan()
    assert answer["failed"]
    assert answer["msg"].startswith(f"refit_services.web.{key} leads root to ")
    assert f"Next: chown root {os.path.normpath(server.base / spoiled)} && " in answer["msg"]


def test_a_directory_of_the_services_itself_is_made_roots(server: Server) -> None:
    for name in ("opt/web", "var/lib/web"):
        os.chown(server.base / name, 65534, 65534)
    owners = {directory["path"]: directory["owner"] for directory in server.plan()["directories"]}
    assert owners[str(server.base / "opt" / "web")] == owners[str(server.base / "var" / "lib" / "web")] == "root"
