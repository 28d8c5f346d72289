"""A conversation as it is read in a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone, tzinfo
from typing import Any, TextIO

from .columns import Cell, Line, Span, cells, line_width, width, wrap
from .conversation import Conversation
from .harmless import harmless
from .markup import Node, parse
from .moments import read_time

_SGR = {
    "heading": "1;97;48;5;60",
    "bold": "1",
    "dim": "2",
    "italic": "3",
    "code": "38;5;180",
    "link": "4;38;5;75",
    "mention": "38;5;147",
    "ping": "1;38;5;16;48;5;220",
}
_BAR = "▌"
_INDENT = "  "
_GAP = "    "
_NO_COLOR_BAR = 0x4E5058
_MIN_WIDTH = 20


def wants_color(stream: TextIO, environ: Mapping[str, str] | None = None) -> bool:
    """Whether to colour: only on a terminal, and never against ``NO_COLOR``."""
    environ = os.environ if environ is None else environ
    return stream.isatty() and not environ.get("NO_COLOR")


def render(conversation: Conversation, columns: int = 80, color: bool = False, zone: tzinfo | None = None) -> str:
    """*conversation* as lines of at most *columns* columns, each ended by a line break.

    Args:
        columns: the terminal's width; below 20 it is taken as 20.
        color: whether to use ANSI colours.
        zone: of the times shown; by default this machine's.
    """
    page = _Transcript(conversation, max(columns, _MIN_WIDTH), color, zone)
    return "".join(line + "\n" for line in page.lines())


class _Transcript:
    def __init__(self, conversation: Conversation, columns: int, color: bool, zone: tzinfo | None) -> None:
        self._conversation = conversation
        self._columns = columns
        self._color = color
        self._zone = zone

    def lines(self) -> list[str]:
        lines: list[str] = []
        for name, messages in self._conversation.in_channels():
            lines += ["", *self._heading(name)] if lines else self._heading(name)
            if not messages:
                lines.append(self._paint(_INDENT, "dim") + self._paint("(no messages)", "dim"))
            for message in messages:
                lines += ["", *self._message(message)]
        return lines

    def _heading(self, name: str) -> list[str]:
        painted = []
        for line in wrap([Span(" #" + harmless(name), "heading")], self._columns):
            filling = Cell(" " * (self._columns - line_width(line)), 0, "heading")
            painted.append(self._line([*line, filling]).rstrip())
        return painted

    def _message(self, message: Mapping[str, Any]) -> list[str]:
        pinged = self._conversation.pinged(message)
        head = [
            Span(self._time(message["timestamp"]), "dim"),
            Span("  "),
            Span(harmless(message["author"]["username"]), "bold"),
        ]
        if pinged:
            head += [Span("  "), Span("🔔 pinged {}".format(" ".join("@" + harmless(each) for each in pinged)), "ping")]
        if message["edited_timestamp"]:
            head += [Span("  "), Span("(edited {})".format(self._time(message["edited_timestamp"])), "dim")]
        lines = self._block(head)
        if message["content"]:
            lines += self._block(self._spans(message["content"], set(pinged)), _INDENT)
        for embed in message["embeds"]:
            lines += self._embed(embed)
        for label, target in self._conversation.links(message):
            shown = [Span("[ {} ]".format(harmless(label)), "link"), Span(" <{}>".format(harmless(target)), "dim")]
            lines += self._block(shown, _INDENT)
        return lines

    def _embed(self, embed: Mapping[str, Any]) -> list[str]:
        bar = _INDENT + self._bar(embed.get("color")) + " "
        room = self._columns - width(_INDENT + _BAR + " ")
        lines: list[str] = []
        if embed.get("author"):
            lines += self._block([Span(harmless(embed["author"].get("name", "")), "bold")], bar, room)
        if embed.get("title"):
            title = [Span(each.text, each.style or "bold") for each in self._spans(embed["title"])]
            lines += self._block(title, bar, room)
        if embed.get("url"):
            lines += self._block([Span(harmless(embed["url"]), "link")], bar, room)
        if embed.get("description"):
            lines += self._block(self._spans(embed["description"]), bar, room)
        if embed.get("fields"):
            lines += [bar.rstrip(), *(bar + row for row in self._fields(embed["fields"], room))]
        footer = [harmless(embed["footer"].get("text", ""))] if embed.get("footer") else []
        if embed.get("timestamp"):
            footer.append(self._time(embed["timestamp"]))
        if footer:
            lines += self._block([Span(" • ".join(footer), "dim")], bar, room)
        return lines

    def _fields(self, fields: Iterable[Mapping[str, Any]], room: int) -> list[str]:
        """Inline fields stand beside each other while there is room, others have their own lines."""
        rows: list[str] = []
        row: Line = []
        for field in fields:
            name = self._spans(field["name"])
            value = self._spans(field["value"])
            together = [*(Span(each.text, "dim") for each in name), Span("  "), *value]
            single = [cell for span in together for cell in cells(span)]
            fits = "\n" not in "".join(each.text for each in together) and line_width(single) <= room
            if field.get("inline") and fits:
                if row and line_width(row) + len(_GAP) + line_width(single) > room:
                    rows.append(self._line(row))
                    row = []
                row = [*row, *cells(Span(_GAP)), *single] if row else single
                continue
            if row:
                rows.append(self._line(row))
                row = []
            rows += [self._line(each) for each in wrap([Span(each.text, "dim") for each in name], room)]
            rows += [_INDENT + self._line(each) for each in wrap(value, room - len(_INDENT))]
        return [*rows, self._line(row)] if row else rows

    def _block(self, spans: Iterable[Span], prefix: str = "", room: int | None = None) -> list[str]:
        room = self._columns - len(prefix) if room is None else room
        return [(prefix + self._line(each)).rstrip() for each in wrap(spans, room)]

    def _spans(self, text: str, pinged: Iterable[str] = ()) -> list[Span]:
        return [span for node in parse(text) for span in self._node(node, frozenset(pinged), "")]

    def _node(self, node: Node, pinged: frozenset[str], style: str) -> list[Span]:
        if node.kind in ("everyone", "role", "user"):
            names = {"everyone": node.text, "role": self._conversation.role(node.text)}
            name = names.get(node.kind) or self._conversation.user(node.text)
            reached = "everyone" in pinged if node.kind == "everyone" else name in pinged
            return [Span("@" + harmless(name), "ping" if reached else "mention")]
        if node.kind == "channel":
            return [Span("#" + harmless(self._conversation.channel(node.text)), "mention")]
        if node.kind == "time":
            moment = datetime.fromtimestamp(int(node.text), timezone.utc).astimezone(self._zone)
            return [Span("{:%Y-%m-%d %H:%M}".format(moment), style)]
        if node.kind in ("code", "block"):
            return [Span(harmless(node.text), "code")]
        inner = {"bold": "bold", "underline": "bold", "italic": "italic", "strike": "dim", "link": "link"}
        if node.children:
            spans = [each for child in node.children for each in self._node(child, pinged, inner[node.kind])]
            label = "".join(each.text for each in spans)
            if node.kind == "link" and label != node.target:
                spans.append(Span(" <{}>".format(harmless(node.target)), "dim"))
            return spans
        return [Span(harmless(node.text), style)]

    def _time(self, iso8601: str) -> str:
        return "{:%H:%M:%S}".format(read_time(iso8601).astimezone(self._zone))

    def _line(self, line: Line) -> str:
        """A line of cells with as few colour changes as possible."""
        text, run, style = "", "", ""
        for cell in line:
            if cell.style != style:
                text, run, style = text + self._paint(run, style), "", cell.style
            run += cell.text
        return text + self._paint(run, style)

    def _paint(self, text: str, style: str) -> str:
        if not (self._color and style and text):
            return text
        return "\x1b[{}m{}\x1b[0m".format(_SGR[style], text)

    def _bar(self, color: Any) -> str:
        if not self._color:
            return _BAR
        number = _NO_COLOR_BAR if color is None else int(color)
        return "\x1b[38;2;{};{};{}m{}\x1b[0m".format(number >> 16, number >> 8 & 255, number & 255, _BAR)
