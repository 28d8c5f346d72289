"""The table of variables in each role's README, made from the role's ``meta/argument_specs.yml``.

Usage: ``role_tables.py`` names the READMEs whose table is not what the specs say; with ``--write`` it corrects them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- from meta/argument_specs.yml: begin -->", "<!-- end -->"
_MARKUP = re.compile(r"\b(?:C|M|O|V|RV|E)\(([^()]*)\)")
_REGION = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)


def table(role: Path) -> str:
    """The table as the specs of *role* say it, with the marks around it."""
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    lines = []
    for entry, spec in specs.items():
        if len(specs) > 1:
            lines += ["", f"`tasks_from: {entry}`: {_text(spec['short_description'])}", ""]
        lines += ["| variable | type | default | what it is |", "|---|---|---|---|"]
        lines += [_row(name, about) for name, about in (spec.get("options") or {}).items()]
    return "\n".join([BEGIN, *lines, END])


def with_table(readme: str, wanted: str) -> str:
    """*readme* with *wanted* in the place of its table.  Raises ValueError if it has none."""
    if not _REGION.search(readme):
        raise ValueError(f"there is no table between {BEGIN} and {END}")
    return _REGION.sub(lambda _: wanted, readme)


def _row(name: str, about: Mapping[str, Any]) -> str:
    default = "required" if about.get("required") else _default(about.get("default"))
    kind = " or ".join(f"`{choice}`" for choice in about["choices"]) if "choices" in about else str(about["type"])
    return f"| `{name}` | {kind} | {default} | {_text(about['description'])} |"


def _default(value: Any) -> str:
    shown = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return "`" + shown.replace("|", r"\|") + "`"


def _text(description: Any) -> str:
    sentences = [description] if isinstance(description, str) else description
    return _MARKUP.sub(r"`\1`", " ".join(sentences)).replace("|", r"\|")


def stale() -> Iterator[tuple[Path, str]]:
    """Each README whose table is not what the specs say, and what it should be."""
    for path in sorted((ROOT / "roles").glob("*/README.md")):
        found = path.read_text(encoding="utf-8")
        wanted = with_table(found, table(path.parent))
        if wanted != found:
            yield path, wanted


if __name__ == "__main__":
    wrong = list(stale())
    for readme, text in wrong:
        if "--write" in sys.argv[1:]:
            readme.write_text(text, encoding="utf-8")
        print(readme.relative_to(ROOT))
    sys.exit(1 if wrong and "--write" not in sys.argv[1:] else 0)
