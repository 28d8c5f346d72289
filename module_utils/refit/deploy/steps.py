"""What an activation would do on a host, in words: the plan behind ``--check``.

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


def staging_steps(record: Mapping[str, Any], version: str, sha256: str | None) -> list[str]:
    """What staging would do: nothing where the same content is there already."""
    release = release_in(record, version)
    if release.get("usable") and release.get("sha256") == sha256:
        return []
    return [f"stage {version}"]


def activation_steps(
    record: Mapping[str, Any],
    version: str,
    *,
    mark_bad: str | None = None,
    reason: Record | None = None,
    freeze: bool = False,
) -> list[str]:
    """What activating *version* would do, in order; empty if nothing.

    Args:
        record: the host's survey, with ``definition_changes`` and ``process_manager``.
        freeze: whether marking a release freezes the service, too.
    """
    steps = []
    if mark_bad and mark_bad != version and not release_in(record, mark_bad).get("bad"):
        steps.append("mark {} bad: {}".format(mark_bad, from_record(reason) if reason else Reason("not_given")))
        if freeze:
            steps.append(f"freeze deploys of {record['service']} until somebody resumes them")
    if is_settled(record, version):
        return steps
    link = record["current_link"]
    if record["current"] != version or link["absolute"] or link.get("nowhere"):
        steps.append("switch current: {} -> {}".format(link["target"] if link else "absent", link_text(version)))
    verb = "restart" if record["current"] else "start"
    if record.get("definition_changes"):
        verb += " (with changed settings)"
    steps.append("{} {} under {}".format(verb, record["service"], record.get("process_manager", "its manager")))
    steps.append(f"prove that {version} runs and is healthy")
    return steps
