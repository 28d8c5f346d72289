"""The inventories as they are shipped: what they describe is accepted, their commented examples included."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from refit.config.service import Service
from refit.notify.config import NotifyConfig

INVENTORY = Path(__file__).resolve().parents[3] / "inventory"
EXAMPLE = re.compile(r"^( *)# ( *[a-z0-9_-]+:(?: .*)?)$")


def settings(site: str, *, with_examples: bool = False) -> Any:
    """What ``group_vars/all.yml`` of *site* says, on request with each commented line of YAML in force."""
    text = (INVENTORY / site / "group_vars" / "all.yml").read_text(encoding="utf-8")
    if with_examples:
        text = "\n".join(EXAMPLE.sub(r"\1\2", line) for line in text.splitlines())
    return yaml.safe_load(text)


@pytest.mark.parametrize("site", ["production", "staging"])
def test_every_service_is_accepted(site: str) -> None:
    for name, service in settings(site)["refit_services"].items():
        assert Service.from_mapping(service, name).name == name


def test_every_commented_example_is_accepted() -> None:
    found = settings("production", with_examples=True)
    services = {name: Service.from_mapping(service, name) for name, service in found["refit_services"].items()}
    assert set(services) == {"backend", "ai-service"}
    backend = services["backend"]
    for part in (backend.traffic, backend.log, backend.synthetic, backend.health.version_url, backend.manager.home):
        assert part is not None
    mentions = found["refit_discord_mentions"]
    mentions["devops-oncall"]["role"] = "1"  # a lookup of the environment, which only Ansible evaluates
    known = NotifyConfig.from_mapping({"mentions": mentions}).mentions
    assert set(known) == {"devops-oncall", "ai-backend-lead", "cto"}


@pytest.mark.parametrize("site", ["production", "staging"])
def test_an_inventory_is_shipped_without_servers(site: str) -> None:
    hosts = yaml.safe_load((INVENTORY / site / "hosts.yml").read_text(encoding="utf-8"))
    assert hosts == {"app": {"hosts": {}}}
