"""Which process manager a service is configured to use."""

from __future__ import annotations

from ..config.service import Service
from ..core.system import System
from .base import Supervisor


def for_service(service: Service, system: System) -> Supervisor:
    """The supervisor that *service* is configured to use; only its code is loaded."""
    if service.process_manager == "systemd":
        from .systemd import SystemdSupervisor as Chosen
    elif service.process_manager == "command":
        from .command import CommandSupervisor as Chosen
    else:
        from .pm2 import Pm2Supervisor as Chosen
    return Chosen(service, system)
