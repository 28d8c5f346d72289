"""A conversation as one self-contained HTML page that looks like the channel."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone, tzinfo
from typing import Any

from .conversation import Conversation
from .harmless import harmless
from .markup import Node, parse
from .moments import read_time

# The policy lets nothing in but the style below: whatever a message holds, nothing loads or runs.
_PAGE = """<!DOCTYPE html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Discord stand-in</title>
<style>
{style}
</style>
</head>
<body>
<nav>
<h1>Re-Fit AI</h1>
{links}
</nav>
<main>
{channels}
</main>
</body>
</html>
"""

_STYLE = """* { box-sizing: border-box; }
body { margin: 0; display: flex; background: #313338; color: #dbdee1;
  font: 16px/1.375 "gg sans", "Noto Sans KR", "Noto Sans CJK KR", "Apple SD Gothic Neo", "Malgun Gothic",
    "Helvetica Neue", Arial, sans-serif; }
nav { position: sticky; top: 0; flex: 0 0 240px; height: 100vh; background: #2b2d31; padding: 12px 8px; }
nav h1 { margin: 0 8px 16px; font-size: 16px; color: #f2f3f5; }
nav a { display: flex; justify-content: space-between; padding: 6px 8px; border-radius: 4px; color: #949ba4;
  text-decoration: none; }
nav a:hover { background: #35373c; color: #dbdee1; }
.badge { background: #f23f43; color: #fff; border-radius: 8px; padding: 0 6px; font-size: 12px; font-weight: 700; }
main { flex: 1; min-width: 0; padding-bottom: 32px; }
h2 { position: sticky; top: 0; z-index: 1; margin: 0 0 16px; padding: 12px 16px; background: #313338;
  border-bottom: 1px solid #26282c; box-shadow: 0 1px 2px #0003; font-size: 16px; color: #f2f3f5; }
.hash { color: #80848e; margin-right: 6px; font-weight: 500; }
.none { padding: 0 16px 16px; color: #949ba4; }
article { position: relative; padding: 4px 48px 4px 72px; margin-top: 12px; overflow-wrap: anywhere; }
article:hover { background: #2e3035; }
article.pinged { background: #444037; box-shadow: inset 2px 0 #f0b232; }
article.pinged:hover { background: #403d34; }
.avatar { position: absolute; left: 16px; top: 6px; width: 40px; height: 40px; border-radius: 50%;
  background: #5865f2; color: #fff; display: grid; place-items: center; font-weight: 600; }
.author { color: #f2f3f5; font-weight: 500; }
.app { background: #5865f2; color: #fff; border-radius: 3px; padding: 1px 5px; margin-left: 4px; font-size: 10px;
  font-weight: 600; vertical-align: 2px; }
time, .edited { color: #949ba4; font-size: 12px; margin-left: 6px; }
.bell { margin-left: 8px; font-size: 12px; color: #f0b232; font-weight: 600; }
.text { white-space: pre-wrap; }
.mention { background: #3c4270; color: #c9cdfb; border-radius: 3px; padding: 0 2px; font-weight: 500; }
.mention.reached { background: #6b5a2a; color: #ffe9b0; }
.embed { max-width: 520px; margin-top: 4px; padding: 8px 16px 16px 12px; background: #2b2d31;
  border-left: 4px solid #1e1f22; border-radius: 4px; font-size: 14px; }
.embed > div { margin-top: 8px; }
.embed .by { font-weight: 600; color: #f2f3f5; }
.embed .title { font-size: 16px; font-weight: 600; color: #f2f3f5; }
.fields { display: grid; grid-template-columns: repeat(12, 1fr); gap: 8px; }
.field { grid-column: span 12; min-width: 0; }
.field.in-1 { grid-column: span 12; }
.field.in-2 { grid-column: span 6; }
.field.in-3 { grid-column: span 4; }
.field b { display: block; margin-bottom: 2px; color: #f2f3f5; font-weight: 600; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 6px; }
.buttons a { background: #4e5058; color: #fff; border-radius: 4px; padding: 4px 16px; font-size: 14px; }
.foot { font-size: 12px; color: #b5bac1; }
a { color: #00a8fc; text-decoration: none; }
a:hover { text-decoration: underline; }
code { background: #1e1f22; border-radius: 3px; padding: 0 3px; font: 85%/1.3 Consolas, "Noto Sans Mono CJK KR",
  "D2Coding", monospace; white-space: pre-wrap; }
pre { margin: 6px 0 0; padding: 8px; background: #1e1f22; border: 1px solid #1a1b1e; border-radius: 4px; }
pre code { padding: 0; background: none; }
@media (max-width: 700px) { nav { display: none; } article { padding-right: 16px; } }"""

_TAGS = {"bold": "strong", "italic": "em", "underline": "u", "strike": "s"}


def render(conversation: Conversation, zone: tzinfo | None = None) -> str:
    """*conversation* as an HTML document that needs nothing but itself.

    Everything that a message holds is escaped; only the markdown of :mod:`.markup`
    becomes elements, and only http and https become links.

    Args:
        zone: of the times shown; by default this machine's.
    """
    page = _Page(conversation, zone)
    return _PAGE.format(style=_STYLE, links="\n".join(page.links()), channels="\n".join(page.channels()))


class _Page:
    def __init__(self, conversation: Conversation, zone: tzinfo | None) -> None:
        self._conversation = conversation
        self._zone = zone

    def links(self) -> list[str]:
        """The channel list, each with the number of messages that pinged someone."""
        links = []
        for index, (name, messages) in enumerate(self._conversation.in_channels()):
            pings = sum(bool(self._conversation.pinged(each)) for each in messages)
            badge = '<span class="badge">{}</span>'.format(pings) if pings else ""
            label = '<span><span class="hash">#</span>{}</span>'.format(_escape(name))
            links.append('<a href="#c{}">{}{}</a>'.format(index, label, badge))
        return links

    def channels(self) -> list[str]:
        sections = []
        for index, (name, messages) in enumerate(self._conversation.in_channels()):
            heading = '<h2><span class="hash">#</span>{}</h2>'.format(_escape(name))
            shown = "\n".join(self._message(each) for each in messages) or '<p class="none">No messages.</p>'
            sections.append('<section id="c{}">\n{}\n{}\n</section>'.format(index, heading, shown))
        return sections

    def _message(self, message: Mapping[str, Any]) -> str:
        pinged = self._conversation.pinged(message)
        author = message["author"]["username"]
        parts = [
            '<article class="{}">'.format("pinged" if pinged else "quiet"),
            '<div class="avatar">{}</div>'.format(_escape(author[:1].upper())),
            '<div class="head"><span class="author">{}</span><span class="app">APP</span>'.format(_escape(author)),
            self._time(message["timestamp"]),
        ]
        if pinged:
            names = _escape(" ".join("@" + each for each in pinged))
            parts.append('<span class="bell">🔔 pinged {}</span>'.format(names))
        parts.append("</div>")
        edited = '<span class="edited">(edited)</span>' if message["edited_timestamp"] else ""
        if message["content"] or edited:
            parts.append('<div class="text">{}{}</div>'.format(self._text(message["content"], pinged), edited))
        parts += [self._embed(each) for each in message["embeds"]]
        links = [self._linked(_escape(label), url) for label, url in self._conversation.links(message)]
        if links:
            parts.append('<div class="buttons">{}</div>'.format("".join(links)))
        parts.append("</article>")
        return "".join(parts)

    def _embed(self, embed: Mapping[str, Any]) -> str:
        color = embed.get("color")
        bar = "" if color is None else ' style="border-left-color:#{:06x}"'.format(int(color))
        parts = ['<div class="embed"{}>'.format(bar)]
        if embed.get("author"):
            name = embed["author"].get("name", "")
            parts.append('<div class="by">{}</div>'.format(self._linked(_escape(name), embed["author"].get("url"))))
        if embed.get("title"):
            title = self._linked(self._text(embed["title"]), embed.get("url"))
            parts.append('<div class="title">{}</div>'.format(title))
        if embed.get("description"):
            parts.append('<div class="text">{}</div>'.format(self._text(embed["description"])))
        if embed.get("fields"):
            parts.append('<div class="fields">{}</div>'.format("".join(self._fields(embed["fields"]))))
        footer = [_escape(embed["footer"].get("text", ""))] if embed.get("footer") else []
        if embed.get("timestamp"):
            footer.append(self._moment(read_time(embed["timestamp"])))
        if footer:
            parts.append('<div class="foot">{}</div>'.format(" • ".join(footer)))
        parts.append("</div>")
        return "".join(parts)

    def _fields(self, fields: Iterable[Mapping[str, Any]]) -> list[str]:
        """As Discord lays them out: up to three inline fields share a row."""
        rows: list[list[Mapping[str, Any]]] = []
        for field in fields:
            row = rows[-1] if rows else None
            if row and field.get("inline") and row[0].get("inline") and len(row) < 3:
                row.append(field)
            else:
                rows.append([field])
        return [self._field(field, len(row)) for row in rows for field in row]

    def _field(self, field: Mapping[str, Any], in_row: int) -> str:
        name, value = self._text(field["name"]), self._text(field["value"])
        return '<div class="field in-{}"><b>{}</b><div class="text">{}</div></div>'.format(in_row, name, value)

    def _linked(self, label: str, url: str | None) -> str:
        if not (url or "").lower().startswith(("http://", "https://")):
            return label
        return '<a href="{}" rel="noopener noreferrer">{}</a>'.format(_escape(url or ""), label)

    def _text(self, text: str, pinged: Iterable[str] = ()) -> str:
        return "".join(self._node(each, frozenset(pinged)) for each in parse(text))

    def _node(self, node: Node, pinged: frozenset[str]) -> str:
        if node.kind == "everyone":
            return _pill("@" + node.text, "everyone" in pinged)
        if node.kind == "role":
            return _pill("@" + self._conversation.role(node.text), self._conversation.role(node.text) in pinged)
        if node.kind == "user":
            return _pill("@" + self._conversation.user(node.text), self._conversation.user(node.text) in pinged)
        if node.kind == "channel":
            return _pill("#" + self._conversation.channel(node.text), False)
        if node.kind == "time":
            return self._moment(datetime.fromtimestamp(int(node.text), timezone.utc))
        if node.kind == "code":
            return "<code>{}</code>".format(_escape(node.text))
        if node.kind == "block":
            return "<pre><code>{}</code></pre>".format(_escape(node.text))
        inner = "".join(self._node(each, pinged) for each in node.children)
        if node.kind == "link":
            return self._linked(inner, node.target)
        if node.kind in _TAGS:
            return "<{0}>{1}</{0}>".format(_TAGS[node.kind], inner)
        return _escape(node.text)

    def _time(self, iso8601: str) -> str:
        return "<time>{}</time>".format(self._moment(read_time(iso8601)))

    def _moment(self, moment: datetime) -> str:
        return "{:%Y-%m-%d %H:%M:%S}".format(moment.astimezone(self._zone))


def _escape(text: str) -> str:
    return html.escape(harmless(text))


def _pill(text: str, reached: bool) -> str:
    return '<span class="mention{}">{}</span>'.format(" reached" if reached else "", _escape(text))
