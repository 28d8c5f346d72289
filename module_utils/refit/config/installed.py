"""What the scripts on a server know of a service: what provisioning has left there."""

from __future__ import annotations

import json
import os

from ..core.errors import RefitError
from .service import Service


def installed_service(directory: str, name: str) -> Service | None:
    """The service *name* as ``<directory>/<name>.json`` describes it; None where nothing there does."""
    try:
        with open(os.path.join(directory, name + ".json"), encoding="utf-8") as file:
            return Service.from_mapping(json.load(file), name)
    except (OSError, ValueError, RefitError):
        return None
