# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Bring the pack of a release from a host to the controller, part by part, and no more of it than may be."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.loader import action_loader

PackageModule: Any = action_loader.get("package_module", class_only=True)

from plugin_utils import bounded_memory, host_answer
from plugin_utils.access import Access
from refit.core.durable import explained
from refit.core.errors import ROLLBACK_YML, StagingError, Step
from refit.modules import guarded
from refit.words.reason import Reason

ARGUMENTS = {
    "argument_spec": {
        "src": {"type": "path", "required": True},
        "dest": {"type": "path", "required": True},
        "sha256": {"type": "str", "required": True},
        "access": {"type": "dict", "default": {}, "no_log": True},
    },
}
# A part is a command on the host, and is held in memory in several forms. Ansible copies all that it has for each piece
# that comes: larger parts take longer.
PART_BYTES = 4 * 1024**2
ROOM_FOR_A_PART = 16 * PART_BYTES
# What stays free where the controller keeps it.
LEFT_FREE = 256 * 1024**2


class ActionModule(PackageModule):
    ARGUMENTS = ARGUMENTS
    _supports_check_mode = False

    def arguments(self) -> Mapping[str, Any]:
        return self.ARGUMENTS

    def call(self, params: dict[str, Any], _task_vars: dict[str, Any]) -> dict[str, Any]:
        return guarded(self._answer, params, False)

    def _answer(self, params: Mapping[str, Any], _check_mode: bool) -> dict[str, Any]:
        limits = Access.from_mapping(params["access"]).limits
        return {
            "changed": True,
            "size": self._fetched(params["src"], params["dest"], params["sha256"], limits.max_bytes),
        }

    def _fetched(self, src: str, dest: str, sha256: str, max_bytes: int) -> int:
        """Write *dest*, whole or not at all; returns its size.  Raises RefitError."""
        size, digest = 0, hashlib.sha256()
        try:
            with explained(dest, Reason("write_the_pack")), open(dest, "xb") as file:
                while True:
                    part = self._part(src, size // PART_BYTES)
                    size += len(part)
                    _check_room(dest, len(part), size, max_bytes)
                    file.write(part)
                    digest.update(part)
                    if len(part) < PART_BYTES:
                        break
            if digest.hexdigest() != sha256:
                raise StagingError(Reason("pack_is_another"), src, Reason("same_command_again"))
        except BaseException:
            with contextlib.suppress(OSError):
                Path(dest).unlink()
            raise
        return size

    def _part(self, src: str, number: int) -> bytes:
        """Part *number* of the file *src*; less than PART_BYTES at its end.  Raises StagingError."""
        command = f"dd if={shlex.quote(src)} bs={PART_BYTES} skip={number} count=1 status=none | base64 -w 0"
        try:
            with bounded_memory.at_most(ROOM_FOR_A_PART, self._connection.transport):
                # Without input Ansible asks for a terminal, which is no place for what is not text.
                done = self._low_level_execute_command(command, in_data=b"\n")
                part = base64.b64decode(done["stdout"].strip(), validate=True)
        except bounded_memory.TooMuch:
            raise StagingError(Reason("pack_sends_more"), src) from None
        except ValueError:
            raise StagingError(Reason("pack_is_no_file"), src) from None
        if not part and number == 0:
            said = done["stderr"].strip().splitlines()
            why = host_answer.shown(said[-1]) if said else Reason("it_is_empty")
            raise StagingError(Reason("pack_not_read", why=why), src)
        if len(part) > PART_BYTES:
            raise StagingError(Reason("pack_sends_more"), src)
        return part


def _check_room(dest: str, count: int, size: int, max_bytes: int) -> None:
    """Raise StagingError where *count* bytes more, *size* in all, are more than may be or than fit beside *dest*."""
    if size > max_bytes:
        raise StagingError(
            Reason("pack_too_large", most=max_bytes),
            steps=[Step(ROLLBACK_YML, values={"release_artifact_max_bytes": str(2 * max_bytes)}, again=True)],
        )
    directory = os.path.dirname(dest)
    if shutil.disk_usage(directory).free < count + LEFT_FREE:
        raise StagingError(Reason("pack_without_room"), directory, f"df -h {shlex.quote(directory)}")
