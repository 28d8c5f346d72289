"""Which process manager a service is configured to use."""

from __future__ import annotations

from ..config.service import Service
from ..core.system import System
from .base import Supervisor


def for_service(service: Service, system: System) -> Supervisor:
    """The supervisor that *service* is configured to use; only its code is loaded."""
    manager = service.manager
    if manager.kind == "pm2":
        from .pm2 import Pm2Supervisor

        return Pm2Supervisor(service, manager, system)
    if manager.kind == "systemd":
        from .systemd import SystemdSupervisor

        return SystemdSupervisor(service, manager, system)
    from .command import CommandSupervisor

    return CommandSupervisor(service, manager, system)
