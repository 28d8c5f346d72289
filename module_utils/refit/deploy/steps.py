"""What an activation would do on a host: the plan behind ``--check``.

Read off the same survey record that the fleet's plan is made from, so that a
release which is only *going to be* staged can be planned, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..state.releases import link_text
from ..words.reason import Reason, Record, from_record
from .survey_record import release_in


def is_settled(record: Mapping[str, Any], version: str) -> bool:
    """Whether *version* is live, proven, and nothing is left to finish or to set."""
    link = record["current_link"]
    return bool(
        record["current"] == version
        and link
        and not link["absolute"]
        and not link.get("nowhere")
        and record["open_intent"] is None
        and release_in(record, version).get("proven")
        and not record.get("definition_changes")
    )


def staging_steps(record: Mapping[str, Any], version: str, sha256: str | None) -> list[Reason]:
    """What staging would do: nothing where the same content is there already."""
    release = release_in(record, version)
    if release.get("usable") and release.get("sha256") == sha256:
        return []
    return [Reason("stage_release", version=version)]


def activation_steps(
    record: Mapping[str, Any],
    version: str,
    *,
    mark_bad: str | None = None,
    reason: Record | None = None,
    freeze: bool = False,
) -> list[Reason]:
    """What activating *version* would do, in order; empty if nothing.

    Args:
        record: the host's survey, with ``definition_changes`` and ``process_manager``.
        freeze: whether marking a release freezes the service, too.
    """
    steps: list[Reason] = []
    if mark_bad and mark_bad != version and not release_in(record, mark_bad).get("bad"):
        why = from_record(reason) if reason else Reason("not_given")
        steps.append(Reason("mark_bad", version=mark_bad, why=why))
        if freeze:
            steps.append(Reason("freeze_deploys", service=record["service"]))
    if is_settled(record, version):
        return steps
    link = record["current_link"]
    if record["current"] != version or link["absolute"] or link.get("nowhere"):
        before = link["target"] if link else Reason("no_link")
        steps.append(Reason("switch_current", before=before, after=link_text(version)))
    steps.append(
        Reason(
            "restart_service" if record["current"] else "start_service",
            service=record["service"],
            manager=record.get("process_manager") or Reason("its_manager"),
            settings=Reason("with_changed_settings") if record.get("definition_changes") else None,
        )
    )
    steps.append(Reason("prove_release", version=version))
    return steps
