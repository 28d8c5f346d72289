"""How a run was called in which nothing is as ``ansible.cfg`` has it."""

from __future__ import annotations

from refit.config.invocation import Invocation

STAGING = Invocation(("-i", "inventory/staging"), service="backend", environment="staging", language="en")
#: What each of its commands begins with, and ends with where nothing is added.
PLAYBOOK = "ansible-playbook -i inventory/staging"
SERVICE = "-e service=backend"
