#!/usr/bin/env python
"""Draw docs/benchmarks.svg from what ssh_fleet.py measured: python tests/bench/plot.py"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "build" / "bench" / "ssh_fleet.json"
PICTURE = ROOT / "docs" / "benchmarks.svg"

WIDTH, HEIGHT, LEFT, TOP, FOOT = 720, 360, 50, 60, 40
BAR, GAP = 34, 6
SERIES = (
    ("ssh", "plain ssh: switch", "#9aa0a6"),
    ("ssh_and_health", "plain ssh: switch, then ask for health", "#5f6368"),
    ("rollback", "rollback.yml", "#1a73e8"),
    ("deploy", "deploy.yml", "#a8c7fa"),
)


def main() -> int:
    found = json.loads(RESULTS.read_text())
    # Beside a larger fleet one could not see the small ones.
    PICTURE.write_text(draw([fleet for fleet in found["fleets"] if fleet["hosts"] <= 50], found["machine"]))
    print(f"{PICTURE.relative_to(ROOT)} drawn")
    return 0


def draw(fleets: list[dict[str, Any]], machine: str) -> str:
    """An SVG with a group of bars for each fleet; the height is seconds."""
    highest = max(seconds(fleet, key) for fleet in fleets for key, _, _ in SERIES)
    scale = (HEIGHT - TOP - FOOT) / highest
    group = len(SERIES) * (BAR + GAP) + 30
    base = HEIGHT - FOOT
    parts = [text(LEFT, 18, f"Seconds on one machine: {machine}", 12)]
    for number, (_, label, colour) in enumerate(SERIES):
        x, y = LEFT + number % 2 * 300, 34 + number // 2 * 16
        parts += [f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{colour}"/>', text(x + 15, y, label, 12)]
    for at, fleet in enumerate(fleets):
        left = LEFT + at * group
        parts.append(text(left, base + 20, "1 host" if fleet["hosts"] == 1 else "{} hosts".format(fleet["hosts"]), 13))
        for number, (key, _, colour) in enumerate(SERIES):
            value = seconds(fleet, key)
            x, height = left + number * (BAR + GAP), value * scale
            parts.append(f'<rect x="{x}" y="{base - height:.1f}" width="{BAR}" height="{height:.1f}" fill="{colour}"/>')
            parts.append(text(x, base - height - 4, f"{value:.1f}", 11))
    parts.append(f'<line x1="{LEFT - 8}" y1="{base}" x2="{WIDTH - 10}" y2="{base}" stroke="#5f6368"/>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>", ""])


def seconds(fleet: dict[str, Any], key: str) -> float:
    value = fleet[key]
    return float(value["seconds"] if isinstance(value, dict) else value)


def text(x: float, y: float, words: str, size: int) -> str:
    return f'<text x="{x}" y="{y:.1f}" font-size="{size}" fill="#202124">{escape(words)}</text>'


if __name__ == "__main__":
    sys.exit(main())
