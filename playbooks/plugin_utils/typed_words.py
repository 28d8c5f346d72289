# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""What stands behind ``-e`` that was not meant so: a value cut at a space, a name that is nearly one of ours.

Ansible takes both without a word: it goes by half of a reason, and rolls back to another version than the one that
somebody named with a slip of the finger.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.parsing.splitter import parse_kv, split_args

from refit.config.invocation import REPEATED
from refit.core.spelling import nearest

from .access import KEYS
from .invocation import ROOT, may_be_shown

# What leads to the fleet, and other names that a run is given and "the same again" says in its own way.
PLACE = {"service", "fleet", "allow_partial"}
# Of how much two names must have in common (difflib's ratio) to be taken for one and a slip of it.
ALIKE = 0.85


def problems(words: Sequence[str], playbook: str) -> Iterator[dict[str, Any]]:
    """What is wrong with the *words* behind ``-e`` of a run of *playbook*, each as ``name`` and what to give
    ``instead``; with ``rest``, what of a value was lost, or ``meant``, the name that there is."""
    for word in words:
        if word.lstrip()[:1] in ("@", "[", "{"):  # a file, which may hold anything; JSON
            continue
        name, value = "", ""
        rest: list[str] = []
        for part in split_args(word.strip()):
            (key, told), *_ = parse_kv(part).items()
            if key == "_raw_params":
                rest.append(part)
                continue
            if rest:
                break
            name, value = key, str(told)
            meant = one_meant(name, playbook)
            if meant:
                yield {"name": name, "meant": meant, "instead": {meant: shown(meant, value)}}
        if rest:
            # Without a name it may be anything, such as a header: of that only the first word is shown.
            lost = rest[0] if not name else " ".join(rest) if name in REPEATED else "…"
            yield {"name": name, "rest": lost, "instead": {name: shown(name, f"{value} {lost}")} if name else {}}


def one_meant(name: str, playbook: str) -> str:
    """The name that there is, where *name* is none and looks like a slip of it or like its end; else empty."""
    if name in {*REPEATED, *PLACE} or name.startswith(("_", "ansible_")) or name in (known := known_names()):
        return ""
    close = nearest(name, sorted(known), ALIKE)
    # Whose own it is comes first: the reason of a rollback.
    ends = [each for each in REPEATED if each.endswith(f"_{name}")]
    ends.sort(key=lambda each: not each.startswith(Path(playbook).stem))
    return close or (ends[0] if ends else "")


@functools.cache
def known_names() -> Collection[str]:
    """Every variable that a person may set: a run's, a site's and the roles'."""
    texts = [path.read_text(encoding="utf-8") for path in ROOT.glob("inventory/*/group_vars/all.yml")]
    texts.append((ROOT / "playbooks" / "group_vars" / "all.yml").read_text(encoding="utf-8"))
    site = {name for text in texts for name in re.findall(r"\b[a-z]+_[a-z0-9_]+\b", text)}
    files = ROOT.glob("roles/*/meta/argument_specs.yml")
    specs = [DataLoader().load_from_file(str(path))["argument_specs"] for path in files]
    roles = {name for entries in specs for spec in entries.values() for name in spec.get("options") or {}}
    access = {f"{place}_artifact_{key}" for place in ("release", "refit") for key in KEYS}
    return {*REPEATED, *PLACE, *site, *roles, *access}


def shown(name: str, value: str) -> str:
    """*value* for a command that is printed; only what gives no access to anything."""
    return str(may_be_shown(name, value)) if name in REPEATED else "…"
