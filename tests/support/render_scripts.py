"""The scripts of a server, as the role ``server_scripts`` installs them, without Ansible's round trip.

Usage: ``render_scripts.py DIRECTORY`` makes DIRECTORY look like a server's root with the service ``backend``:
``opt/scripts``, ``etc/refit`` and three releases, of which two are proven and the last one is live.  Nothing runs.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import jinja2
import yaml

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles" / "server_scripts"
SCRIPTS = ("rollback.sh", "discord-notify.sh", "incident.sh")
PROVEN, LIVE, STAGED = "20240127-090000", "20240127-100000", "20240127-110000"


def render(script: str, **variables: Any) -> str:
    """The text of *script*, made from its template with the role's defaults and *variables*."""
    environment = jinja2.Environment(trim_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined)
    environment.filters["quote"] = shlex.quote  # what Ansible's own filter does
    template = environment.from_string((ROLE / "templates" / f"{script}.j2").read_text(encoding="utf-8"))
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))
    return template.render({**defaults, **variables})


def install(base: Path) -> Path:
    """Put the scripts and ``refit.pyz`` below *base*; returns their directory."""
    from plugin_utils.bundle import bundle

    scripts, etc = base / "opt" / "scripts", base / "etc" / "refit"
    scripts.mkdir(parents=True)
    etc.mkdir(parents=True)
    (scripts / "refit.pyz").write_bytes(bundle())
    for script in SCRIPTS:
        text = render(
            script,
            server_scripts_dir=str(scripts),
            server_scripts_config_dir=str(etc),
            server_scripts_spool_dir=str(base / "var" / "spool"),
            server_scripts_python=sys.executable,
        )
        (scripts / script).write_text(text, encoding="utf-8")
        (scripts / script).chmod(0o755)
    return scripts


def furnish(base: Path) -> None:
    """Describe the service ``backend`` below *base*, with releases and a ledger as deploys would have left them."""
    from refit.config.service import Service
    from refit.core import system
    from refit.deploy import staging
    from refit.state import ledger, ledger_events
    from support.app.build import build

    settings = {
        "root": str(base / "opt" / "ai_app"),
        "state_dir": str(base / "var" / "lib" / "refit" / "backend"),
        "pm2": {"home": str(base / "pm2"), "app": {"script": "server.js"}},
        "health": {"url": "http://127.0.0.1:9/health"},
    }
    (base / "etc" / "refit" / "backend.json").write_text(json.dumps(settings), encoding="utf-8")
    service, world = Service.from_mapping(settings, "backend"), system.real()
    for version in (PROVEN, LIVE, STAGED):
        staging.stage(service, version, str(build(base / "artifacts", version)), world)
    book = ledger.Ledger(service.state_dir, world.clock)
    book.append({"event": ledger_events.VERIFIED, "version": PROVEN, "from": None})
    book.append({"event": ledger_events.VERIFIED, "version": LIVE, "from": PROVEN})
    os.symlink(f"releases/v{LIVE}", service.current_link)


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "module_utils"), str(ROOT / "playbooks"), str(ROOT / "tests")]
    here = Path(sys.argv[1])
    print(install(here))
    furnish(here)
