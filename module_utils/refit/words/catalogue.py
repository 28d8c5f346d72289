"""All codes there are, with their words: one module for each room that they arise in."""

from __future__ import annotations

from collections.abc import Mapping

from . import (
    artifacts_texts,
    config_texts,
    controller_texts,
    core_texts,
    deploy_texts,
    fleet_texts,
    health_texts,
    incidents_texts,
    notify_texts,
    preflight_texts,
    screen_texts,
    server_texts,
    state_texts,
    supervisors_texts,
)

_Texts = Mapping[str, Mapping[str, str]]

ROOMS: Mapping[str, _Texts] = {
    "core": core_texts.TEXTS,
    "config": config_texts.TEXTS,
    "supervisors": supervisors_texts.TEXTS,
    "state": state_texts.TEXTS,
    "artifacts": artifacts_texts.TEXTS,
    "health": health_texts.TEXTS,
    "deploy": deploy_texts.TEXTS,
    "fleet": fleet_texts.TEXTS,
    "incidents": incidents_texts.TEXTS,
    "preflight": preflight_texts.TEXTS,
    "screen": screen_texts.TEXTS,
    "server": server_texts.TEXTS,
    "notify": notify_texts.TEXTS,
    "controller": controller_texts.TEXTS,
}
#: Code → language → template; see :mod:`.sentence`.
TEXTS: _Texts = {code: words for texts in ROOMS.values() for code, words in texts.items()}
