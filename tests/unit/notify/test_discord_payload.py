"""What Discord is given is within its limits, readable, and pings exactly whom it should."""

from __future__ import annotations

import json
import re
import shlex
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refit.notify.discord_payload import (
    CONTENT,
    NOTE_ROOM,
    POSSIBLE_DUPLICATE,
    Excerpt,
    Field,
    Link,
    Message,
    add_note,
    build_payload,
    minimal_payload,
)
from refit.notify.discord_text import broken, clean, code_block, cut, defuse, is_visible, outside, plain
from support.discord import mentions
from support.discord.rules import violations

ON_CALL = {"devops-oncall": {"role": "111"}, "kim": {"user": "222"}}

FAMILY = "👨‍👩‍👧‍👦"
CHARACTERS = [
    "a",
    "한",
    "é",
    "é̂̃",
    FAMILY,
    "👍🏽",
    "❤️",
    "🏳️‍🌈",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "1️⃣",
    " ",
    "\n",
]
# What a cut may part: jamo of one syllable, the letters of a flag, a consonant from the one it is written into.
PARTED = [
    "한",  # the same syllable of three jamo
    "🇰🇷",
    "क्षि",
]
HOSTILE = [
    "@everyone",
    "@HERE",
    "<@1>",
    "<@!1>",
    "<@&111>",
    "<#1>",
    "[x](http://evil.example)",
    "`",
    "```",
    "\x1b[31m",
    "\x1b]8;;http://evil.example\x07",
    "\u202e",
    "\x00",
    "\ud83d",
    "**",
    "||",
    "\\",
    "# ",
    "> ",
    "<t:1:R>",
    "</kill:1>",
    "\r",
    "\u2028",
]

characters = st.lists(st.sampled_from(CHARACTERS), max_size=12)
texts = st.builds(
    lambda text, times: text * times,
    st.one_of(
        characters.map("".join),
        st.lists(st.sampled_from(CHARACTERS + PARTED + HOSTILE), max_size=12).map("".join),
        st.text(max_size=20),
    ),
    st.sampled_from([0, 1, 1, 1, 40, 400]),
)
messages = st.builds(
    Message,
    event=st.just("plain"),
    severity=st.sampled_from(["P0", "P1", "P2", "success", "info", "unknown"]),
    title=texts,
    description=texts,
    fields=st.lists(st.builds(Field, texts, texts, st.booleans()), max_size=30).map(tuple),
    links=st.lists(
        st.builds(Link, texts, st.one_of(texts, texts.map(lambda text: "https://ci.example.com/" + text))), max_size=12
    ).map(tuple),
    excerpts=st.lists(st.builds(Excerpt, texts, texts), max_size=5).map(tuple),
    footer=texts,
    timestamp=st.one_of(st.none(), st.floats(0, 4e9)),
    mentions=st.lists(st.sampled_from(["devops-oncall", "kim", "cto", "@everyone", "x" * 300]), max_size=8).map(tuple),
    language=st.sampled_from(["ko", "en"]),
)


def shown(payload):
    return json.dumps(payload, ensure_ascii=False)


def pings(payload):
    return mentions.find(payload.get("content", ""), payload["allowed_mentions"], {"1", "111"}, {"1", "222"}).as_dict()


# --- Limits ---------------------------------------------------------------------------------------------------------


@given(messages)
def test_whatever_a_message_holds_its_payload_is_within_the_limits_and_both_notes_fit(message):
    payload, _warnings = build_payload(message, mentions=ON_CALL, username="Re-Fit Ops")
    for each in (payload, minimal_payload(payload)):
        noted = add_note(add_note(each, POSSIBLE_DUPLICATE), "n" * (NOTE_ROOM - len(POSSIBLE_DUPLICATE) - 6))
        for sent in (each, noted):
            assert violations(sent) == {}
            assert shown(sent).encode()  # no half of a surrogate pair
        assert POSSIBLE_DUPLICATE in shown(noted)


def test_the_minimal_payload_says_the_same_in_plain_content():
    message = Message(
        "deploy_failed",
        "P0",
        "🚨 P0 배포 실패",
        "text",
        (Field("Host", "web-1"),),
        excerpts=(Excerpt("log", "[x](http://evil.example)"),),
        footer="production",
        mentions=("devops-oncall",),
    )
    minimal = minimal_payload(build_payload(message, mentions=ON_CALL, username="Re-Fit Ops")[0])
    assert minimal == {
        "content": "<@&111> 🚨 P0 배포 실패\ntext\n**log**\nHost: web-1\nproduction",
        "embeds": [],
        "components": [],
        "allowed_mentions": {"parse": [], "roles": ["111"]},
    }


def test_a_message_that_fills_everything_uses_what_discord_allows():
    fields = tuple(Field("n" * 300, "v" * 2000) for _ in range(30))
    message = Message("plain", "P0", "t" * 500, "d" * 9000, fields, excerpts=(Excerpt("log", "line\n" * 4000),))
    payload, _warnings = build_payload(message)
    embed = payload["embeds"][0]
    total = sum(len(text) for text in (embed["title"], embed["description"]))
    total += sum(len(field["name"]) + len(field["value"]) for field in embed["fields"])
    assert 5000 < total <= 6000 - NOTE_ROOM
    assert re.search(r"항목 \d+개 더", embed["fields"][-1]["value"])


def test_thirty_small_fields_become_twenty_four_and_a_count_of_the_rest():
    message = Message("plain", "info", "t", fields=tuple(Field(str(n), "v") for n in range(30)), language="en")
    fields = build_payload(message)[0]["embeds"][0]["fields"]
    assert [field["name"] for field in fields] == [*map(str, range(24)), "…"]
    assert fields[-1]["value"] == "… (6 more fields)"


def test_fields_without_anything_to_see_are_left_out():
    fields = (Field("a", " \n "), Field("\u200b", "b"), Field("c", "\x00\u200b"), Field("d", "e"))
    embed = build_payload(Message("plain", "info", "t", fields=fields))[0]["embeds"][0]
    assert embed["fields"] == [{"name": "d", "value": "e", "inline": False}]


# --- Cutting --------------------------------------------------------------------------------------------------------


@given(characters, st.integers(0, 80))
def test_a_cut_never_splits_a_character(whole, limit):
    text = "".join(whole)
    result = cut(text, limit, "…{}…")
    assert len(result) <= limit
    if len(text) <= limit:
        assert result == text
        return
    assert re.sub(r"…\d+…$", "", result) in {"".join(whole[:count]).rstrip() for count in range(len(whole))}


@pytest.mark.parametrize("character", [each for each in CHARACTERS if each.strip()])
@pytest.mark.parametrize("limit", range(20, 45))
def test_every_kind_of_character_is_whole_on_both_sides_of_a_cut(character, limit):
    kept = cut(character * 60, limit, "")
    assert kept == character * (limit // len(character))
    log_tail = code_block(character * 60, limit, "")
    assert log_tail.strip("`\n") == character * ((limit - 9) // len(character))


@given(st.text(), st.integers(0, 60))
def test_a_cut_keeps_the_beginning_of_any_text(text, limit):
    assert text.startswith(cut(text, limit, ""))
    assert len(cut(text, limit, "")) <= limit


def test_every_mark_stays_with_its_letter():
    marks = [chr(n) for n in range(0x300, 0x3000) if unicodedata.category(chr(n)) == "Mn"]
    assert len(marks) > 500
    for mark in marks:
        assert cut("xa" + mark, 2, "") == "x"
        assert code_block("a" + mark + "x" * 3, 12, "").strip("`\n") == "xxx"


def test_what_is_joined_without_end_is_still_cut():
    marks = "\u0301" * 10_000
    assert cut("a" + marks, 500, "…") == "a" + marks[:498] + "…"
    assert len(code_block("a" + marks, 500, "")) == 500


def test_a_cut_says_how_much_is_missing():
    assert cut("가" * 100, 20, "… ({}자 더)") == "가" * 10 + "… (90자 더)"
    message = Message("plain", "info", "t", "d" * 9000, language="en")
    assert build_payload(message)[0]["embeds"][0]["description"].endswith(" more)")


def test_a_cut_leaves_no_half_of_an_escape():
    assert cut(r"ab\*cd", 4, "…") == "ab…"


# --- Outside texts --------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(HOSTILE + ["a", " ", "\n", "everyone", "@", "<", "&1>"]), max_size=30).map("".join))
@example("@\x1b[0meveryone")
@example("<\x00@&111>")
@example("@\u202eeveryone")
def test_outside_texts_mention_nobody_and_link_nowhere(text):
    for made in (outside(text), plain(text), defuse(clean(text))):
        found = mentions.find(made, {"parse": ["users", "roles", "everyone"]}, {"1", "111"}, {"1"})
        assert found == mentions.Mentions()
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", made)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`\[\]*_~|]", outside(text))


@given(st.text(alphabet="ab*_~|[]()#>`-+1. \n\\"))
def test_an_escaped_text_reads_as_it_was_written(text):
    assert re.sub(r"\\([\\`*_~|\[\]#>+.)-])", r"\1", outside(text)) == text.strip()


@given(st.lists(st.sampled_from(["```", "`", "``", "a", "\n", "@everyone", "한", FAMILY]), max_size=60).map("".join))
def test_nothing_in_a_log_closes_its_code_block(log):
    block = code_block(log, 200)
    if block:
        assert block.startswith("```\n")
        assert block.endswith("\n```")
        assert block.count("```") == 2
    else:
        assert not is_visible(log)


def test_a_code_block_keeps_the_end_of_the_log_and_says_what_is_missing():
    log = "\n".join(f"line {n}" for n in range(1000))
    block = code_block(log, 100, "… ({} earlier lines)")
    lines = block.split("\n")[1:-1]
    assert lines[1:] == [f"line {n}" for n in range(1000 - len(lines) + 1, 1000)]
    assert lines[0] == f"… ({1000 - len(lines) + 1} earlier lines)"
    assert 80 < len(block) <= 100


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=30), max_size=12))
def test_a_command_on_several_lines_is_the_same_to_a_shell(words):
    command = "ansible-playbook -i inventory/production rollback.yml " + " ".join(f"-e {shlex.quote(w)}" for w in words)
    lines = broken(command).split(" \\\n")
    assert shlex.split("".join(line + " " for line in lines)) == shlex.split(command)
    assert all(line.lstrip().startswith("-") for line in lines[1:])


def test_a_log_stays_readable():
    assert code_block("\x1b[31mERROR\x1b[0m a_b *c* [x](y)\r\n\tat com.refit.Main\n", 500) == (
        "```\nERROR a_b *c* [x](y)\n\tat com.refit.Main\n```"
    )


@given(st.text(), st.integers(0, 60))
def test_a_code_block_is_never_longer_than_allowed(text, limit):
    assert len(code_block(text, limit)) <= limit


GOOD = "https://ci.example.com/run/1"


def test_links_become_buttons_each_target_once_and_five_at_most():
    links = tuple(Link(f"CI *{n}*", f"{GOOD}?n={n}") for n in (1, 1, 2, 3, 4, 5, 6))
    payload, _warnings = build_payload(Message("plain", "info", "t", links=links))
    [row] = payload["components"]
    assert row["type"] == 1
    assert [each["label"] for each in row["components"]] == [f"CI *{n}*" for n in (1, 2, 3, 4, 5)]
    assert row["components"][0] == {"type": 2, "style": 5, "label": "CI *1*", "url": GOOD + "?n=1"}
    assert payload["embeds"][0]["fields"][0]["value"] == rf"[CI \*6\*]({GOOD}?n=6)"


@pytest.mark.parametrize(
    "url",
    [
        "http://ci.example.com/1",
        "https://jenkins/1",
        "https://jenkins./1",
        "https://kim:secret@ci.example.com/1",
        "https://ci.example.com/" + "a" * 490,
        "https://ci.example.com/" + "한" * 60,
        "https://ci.example.com/a b",
        "https://ci.example.com/\x07",
        "https://ci.example.com/\u202e",
        "https://ci.example.com:port/",
        "ftp://ci.example.com/1",
        "",
    ],
)
def test_what_discord_would_refuse_is_no_button(url):
    payload, _warnings = build_payload(Message("plain", "P0", "t", links=(Link("CI", url),)))
    assert payload["components"] == []
    assert violations(payload) == {}
    assert "secret" not in shown(payload)


def test_a_button_leads_to_a_section_that_is_named_in_korean():
    link = Link("Runbook", "https://git.example.com/ops/docs/README.md#1-멈춘-배포")
    [row] = build_payload(Message("plain", "info", "t", links=(link,)))[0]["components"]
    assert row["components"][0]["url"].startswith("https://git.example.com/ops/docs/README.md#1-%EB%A9%88")


def test_a_message_without_buttons_says_so_and_drops_those_that_it_had():
    assert build_payload(Message("plain", "info", "t"))[0]["components"] == []


def test_links_are_whole_or_plain_text():
    links = (
        Link("CI", "http://ci.example.com/run/1?a=(b)"),
        Link("bad", "javascript:alert(1)"),
        Link("broken", "https://[::1"),
    )
    value = build_payload(Message("plain", "info", "t", links=links))[0]["embeds"][0]["fields"][0]["value"]
    assert value.split("\n") == [
        "[CI](http://ci.example.com/run/1?a=%28b%29)",
        "javascript:alert(1)",
        r"https://\[::1",
    ]


# --- Mentions -------------------------------------------------------------------------------------------------------


def test_a_mention_stands_in_the_content_and_is_the_only_one_allowed():
    message = Message("deploy_failed", "P0", "🚨 P0 배포 실패", mentions=("devops-oncall", "kim", "devops-oncall"))
    payload, warnings = build_payload(message, mentions=ON_CALL)
    assert payload["content"] == "<@&111> <@222> 🚨 P0 배포 실패"
    assert payload["allowed_mentions"] == {"parse": [], "roles": ["111"], "users": ["222"]}
    assert warnings == []


def test_a_name_without_an_id_is_written_as_text_and_warned_about():
    payload, warnings = build_payload(Message("plain", "P0", "t", mentions=("cto", "everyone")), mentions=ON_CALL)
    assert payload["content"] == "@cto @\u200beveryone t"
    assert pings(payload) == {"everyone": False, "roles": [], "users": []}
    assert payload["allowed_mentions"] == {"parse": []}
    assert len(warnings) == 2
    assert "@cto has no role or user id" in str(warnings[0])


def test_allowed_mentions_are_explicit_even_when_nobody_is_mentioned():
    payload, _warnings = build_payload(Message("plain", "info", "t"))
    assert payload["allowed_mentions"] == {"parse": []}
    assert "content" not in payload


@given(messages)
def test_only_configured_names_are_ever_pinged(message):
    payload, _warnings = build_payload(message, mentions=ON_CALL)
    found = pings(payload)
    assert pings(minimal_payload(payload)) == found
    expected = {"devops-oncall": "111", "kim": "222"}
    asked = {expected[name] for name in message.mentions if name in expected}
    assert not found["everyone"]
    assert set(found["roles"]) | set(found["users"]) == asked


def test_the_preview_on_a_phone_keeps_the_mention_when_the_title_is_too_long():
    payload, _warnings = build_payload(Message("plain", "P0", "t" * 5000, mentions=("kim",)), mentions=ON_CALL)
    assert payload["content"].startswith("<@222> ttt")
    assert len(payload["content"]) <= CONTENT - NOTE_ROOM
