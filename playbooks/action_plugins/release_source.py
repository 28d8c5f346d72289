# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Find a release's artifact, and the checksum that it must have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.loader import action_loader

CallOnController: Any = action_loader.get("call_on_controller", class_only=True)

from plugin_utils.access import WHERE, Access, origin_of
from plugin_utils.plain_path import plain_name, plain_path
from plugin_utils.s3 import S3
from refit.artifacts import resolve
from refit.core.errors import DEPLOY_YML, ROLLBACK_YML, InvalidInput, StagingError, Step
from refit.words.reason import Reason
from refit.words.sentence import said

# For what lies between signing and the first byte: the plan, Discord, slow connections to servers.
GRACE_S = 900

ARGUMENTS = {
    "argument_spec": {
        "artifact": {"type": "str", "required": True},
        "sha256": {"type": "str", "default": ""},
        "access": {"type": "dict", "default": {}, "no_log": False},  # or it would be masked in its own result
        "wait_s": {"type": "float", "default": 0},
        "remembered": {"type": "bool", "default": False},
    },
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    access = Access.from_mapping(params["access"])
    artifact = params["artifact"]
    origin, admitted = origin_of(artifact), access.admits(artifact, remembered=params["remembered"])
    unnamed = Reason("origin_not_named", where=WHERE, origin=origin)

    playbook = ROLLBACK_YML if params["remembered"] else DEPLOY_YML

    def store() -> S3:
        if not admitted:
            raise InvalidInput(
                Reason("nothing_is_signed", origin=origin, why=unnamed),
                next_command=Reason("add_origin_if_yours"),
                steps=[Step(playbook, Reason("for_this_run_alone"), {"release_artifact_origins": origin}, again=True)],
            )
        # Every attempt of a download presents the signature: it outlives the last one.
        return S3(expires_s=params["wait_s"] + access.limits.deadline_s + GRACE_S)

    try:
        source = resolve.resolve(
            artifact,
            params["sha256"],
            headers=access.headers if admitted else {},
            way=access.way,
            limits=access.limits,
            store=store,
        )
    except StagingError as error:
        if access.headers and not admitted:
            error.what = Reason("asked_without_headers", why=error.what, since=unnamed)
        raise
    told = Reason(
        "artifact_is",
        shown=source.shown,
        size=source.size,
        sha256=source.sha256,
        by=source.sha256_from,
        note=source.note,
    )
    return {
        "name": plain_name(source.name),
        "path": None if source.location or check_mode else plain_path(artifact, source.sha256),
        "shown": source.shown,
        "sha256": source.sha256,
        "size": source.size,
        "report": said(told, params["invocation"].language),
        "download": download_of(source, access),
    }


def download_of(source: resolve.Source, access: Access) -> dict[str, Any] | None:
    """What a server needs to fetch *source*."""
    if source.location is None:
        return None
    return {
        "url": source.location.url,
        "query": source.location.query,
        "headers": dict(source.location.headers),
        "ca": access.ca,
        "proxy": access.proxy,
        "max_bytes": access.limits.max_bytes,
        "deadline_s": access.limits.deadline_s,
    }


class ActionModule(CallOnController):
    ARGUMENTS = ARGUMENTS
    answer = staticmethod(run)
