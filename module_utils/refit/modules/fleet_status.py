"""What runs where, as a table."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .. import bundle
from ..fleet import scripts, status

ARGUMENTS = {"argument_spec": {"results": {"type": "dict", "required": True}}}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:  # noqa: ARG001  (it only reads)
    here = bundle.build_of(bundle.sources(os.path.dirname(bundle.__file__)))
    surveys = status.surveys_in(params["results"])
    return {
        "report": status.render_status(params["results"], here),
        "version": here.version,
        "scripts": {host: scripts.standing(survey, here) for host, survey in surveys.items()},
    }
