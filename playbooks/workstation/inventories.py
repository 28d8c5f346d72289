"""Which inventories this checkout has, and what can be read off one without Ansible.

Help, completion and hints go by it; what holds, Ansible says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
#: The one of ansible.cfg.
DEFAULT = "production"


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # it names no types
    """Reads past what only Ansible understands, such as ``!vault``."""


_Loader.add_multi_constructor("", lambda _loader, _tag, _node: None)


def names() -> list[str]:
    """The inventories of this checkout."""
    return sorted(path.name for path in (ROOT / "inventory").iterdir() if path.is_dir())


def path_of(named: str) -> Path | None:
    """Where the inventory *named* lies: by its path, or by its name where no path is meant; None if nowhere."""
    if Path(named).exists():
        return Path(named)
    ours = ROOT / "inventory" / named
    return ours if named in names() else None


def services(named: str) -> list[str]:
    """The services that it plainly names."""
    found = _said(named).get("refit_services")
    return [str(name) for name in found] if isinstance(found, dict) else []


def language(named: str) -> str:
    """The ``refit_language`` that it plainly names, or nothing."""
    return str(_said(named).get("refit_language") or "")


def _said(named: str) -> dict[str, Any]:
    """The variables of ``group_vars/all`` in the inventory *named* that are more than a template."""
    place = path_of(named)
    if place is None:
        return {}
    beside = (place if place.is_dir() else place.parent) / "group_vars"
    found: dict[str, Any] = {}
    for path in [*beside.glob("all.y*ml"), *sorted(beside.glob("all/*.y*ml"))]:
        try:
            read = yaml.load(path.read_text(encoding="utf-8"), _Loader)
        except (OSError, ValueError, yaml.YAMLError):
            continue
        found.update(read if isinstance(read, dict) else {})
    return found
