"""What the playbooks and discord-notify.sh tell Discord, on good days and on bad ones; one server, real PM2."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from refit import __version__
from refit.cli import notify as notify_command
from refit.notify.events import EVENTS
from refit.notify.outbox import Entry, Outbox
from support import playbooks
from support.app.build import build
from support.discord import DiscordStandIn, Limit
from support.fleet import Fleet
from support.render_scripts import install

ROOMY = Limit(1000, 1.0)
ON_CALL = "111"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
OF_GITHUB = {"CI_JOB_URL": "", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "team/backend"}
PAGES = {"refit_repository_url": "https://github.com/team/backend", "refit_runbook_url": "https://github.com/team/ops"}
FIRST, SECOND, BAD = "20240101-000000", "20240102-000000", "20240103-000000"


class Site:
    """One server as a fleet of its own, on which *FIRST* is live, and a Discord that listens."""

    def __init__(self, base: Path, fleet: Fleet, discord: DiscordStandIn) -> None:
        self.base = base
        self.server = fleet[0]
        self.discord = discord
        self.webhooks = {name: discord.webhook(name) for name in ("alerts", "incidents")}
        self.tokens = [url.rpartition("/")[2] for url in self.webhooks.values()]
        self.outputs: list[str] = []
        fleet.save(webhooks=self.webhooks, mentions={"devops-oncall": {"role": ON_CALL}})
        self.inventory = base / "one.yml"
        self.inventory.write_text(yaml.safe_dump({"one": {"hosts": {"server1": None}}}))

    def play(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a playbook as talkative as it can be; what it says and writes is kept for the search for tokens."""
        here = {"HOME": str(self.base / "home"), "TMPDIR": str(self.base / "tmp")}
        for directory in here.values():
            Path(directory).mkdir(exist_ok=True)
        environ.update(here)
        done = playbooks.run(self.base, "-i", str(self.inventory), "-e", "fleet=one", "-vvv", *arguments, **environ)
        self.outputs.append(done.stdout)
        return done

    def deploy(
        self, version: str, *arguments: str, mode: str = "healthy", **environ: str
    ) -> subprocess.CompletedProcess[str]:
        artifact = build(self.base / "artifacts", version, mode)
        named = ["-e", f"release_version={version}", "-e", f"release_artifact={artifact}"]
        named += ["-e", "deploy_override_freeze=tested"]  # an earlier one may have been taken back
        return self.play("playbooks/deploy.yml", *named, "-e", json.dumps(PAGES), *arguments, **environ)

    @property
    def controller(self) -> Outbox:
        return Outbox(str(self.base / "controller" / "spool" / "discord"))

    @property
    def spool(self) -> Outbox:
        """The server's."""
        return Outbox(str(self.server.base / "var" / "spool" / "refit" / "discord"))

    def titles(self, since: int = 0) -> list[str]:
        return [message["embeds"][0]["title"] for message in self.discord.messages()[since:]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base = tmp_path_factory.mktemp("discord")
    with (
        DiscordStandIn(roles={"devops-oncall": ON_CALL}, limit=ROOMY, global_limit=ROOMY) as discord,
        Fleet(base, 1, health={"deadline_s": 2, "stable_s": 0.2, "interval_s": 0.05}) as fleet,
    ):
        site = Site(base, fleet, discord)
        done = site.deploy(FIRST, "-e", f"release_git_sha={COMMIT}", GITHUB_RUN_ID="7", **OF_GITHUB)
        assert done.returncode == 0, done.stdout
        yield site


@contextlib.contextmanager
def watched_processes() -> Iterator[list[str]]:
    """Everything that ``ps`` shows of anybody's command line while the block runs."""
    seen: set[str] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            for process in os.listdir("/proc"):
                with contextlib.suppress(OSError):  # gone since, or no process at all
                    seen.add(Path("/proc", process, "cmdline").read_text(errors="replace"))

    thread = threading.Thread(target=watch)
    thread.start()
    found: list[str] = []
    try:
        yield found
    finally:
        over.set()
        thread.join()
        found += sorted(seen)


# --- A deploy ------------------------------------------------------------------------------------------------------


def test_a_deploy_is_told_once_and_its_first_message_is_kept_current_without_pinging(site: Site) -> None:
    first, end = site.discord.messages("alerts")[:2]

    assert site.titles()[:2] == ["🚀 배포 시작", "✅ 배포 완료"]
    shown = {field["name"]: field["value"] for field in first["embeds"][0]["fields"]}
    assert shown["진행 상황"] == "✅ 완료 · 1/1대"
    assert shown["버전"] == FIRST
    assert shown["소요 시간"].endswith("초")
    assert "소요 시간" in {field["name"] for field in end["embeds"][0]["fields"]}
    assert [request["method"] for request in site.discord.requests[:4]] == ["POST", "PATCH", "POST", "PATCH"]
    assert 1 <= len(first["revisions"]) <= 3
    assert first["pings"]["roles"] == end["pings"]["roles"] == []
    assert dict(site.discord.conversation().links(first)) == {
        "CI 실행": "https://github.com/team/backend/actions/runs/7",
        "커밋 보기": f"https://github.com/team/backend/commit/{COMMIT}",
    }


@pytest.mark.slow
def test_the_summary_of_a_job_leads_to_the_message(site: Site, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    in_ci = {"ANSIBLE_STDOUT_CALLBACK": "story", "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}

    told = ("-e", "notify_event=plain", "-e", "notify_message=hello")
    done = playbooks.run(
        site.base, "-i", str(site.inventory), "-e", "fleet=one", "playbooks/notify.yml", *told, **in_ci
    )

    assert done.returncode == 0, done.stdout
    message = site.discord.messages()[-1]
    (link,) = re.findall(r"\(https://discord\.com/channels/(\d+)/(\d+)/(\d+)\)", summary.read_text(encoding="utf-8"))
    assert link[1:] == (message["channel_id"], message["id"])
    assert link[0] not in link[1:]


@pytest.mark.slow
def test_a_discord_that_hangs_during_a_failing_deploy_costs_a_stated_time_and_no_message(site: Site) -> None:
    before = len(site.discord.messages())
    patience_s = 0.8
    site.discord.fail("hang", None, seconds=30)
    with watched_processes() as processes:
        done = site.deploy(BAD, "-e", f"notify_patience_s={patience_s}", mode="crash_at_start")
    site.discord.stop()
    site.discord.recover()
    site.discord.start()

    assert done.returncode != 0
    assert site.server.current == FIRST
    assert (site.server.ask("/version") or {})["version"] == FIRST
    lost_s = site.controller.recall()["lost"].values()
    assert max(lost_s) <= patience_s + 0.2
    waiting = site.controller.pending()
    assert f"Discord: {len(waiting)} messages are queued, on this machine; the next run here sends them." in done.stdout
    assert not [line for line in processes if any(token in line for token in site.tokens)]

    told = site.play(
        "playbooks/notify.yml",
        *("-e", "notify_event=incident_opened", "-e", "notify_severity=P0", "-e", "notify_ci_url=https://ci/1"),
        *("-e", json.dumps({"notify_message": "주문이 안 됩니다 @everyone", "notify_more": {"impact": "전체"}})),
    )

    assert told.returncode == 0, told.stdout
    assert site.titles(before) == [
        "🚀 배포 시작",
        "🚨 P0 헬스체크 실패 → 자동 롤백됨",
        "✅ 롤백 완료",
        "🚨 P0 장애 접수",
    ]
    started, failed, _taken_back, reported = site.discord.messages()[before:]
    assert failed["pings"]["roles"] == [ON_CALL]
    assert "server1" in json.dumps(failed["embeds"])
    assert "NullPointerException: the configuration is missing" in failed["embeds"][0]["description"]
    assert "↩️ 롤백됨" in json.dumps(started["embeds"], ensure_ascii=False)
    assert reported["channel"] == "incidents"
    assert reported["pings"] == {"everyone": False, "roles": [ON_CALL], "users": []}
    assert "https://ci/1" in json.dumps(reported["embeds"])
    assert site.controller.pending() == []


@pytest.mark.slow
def test_the_scripts_can_be_planned_before_anything_was_ever_built_or_installed(site: Site) -> None:
    installed = site.server.base / "opt" / "scripts"
    before = sorted(installed.glob("*"))
    bundle = site.base / "fresh" / "refit.pyz"

    done = site.play("playbooks/server-scripts.yml", "--check", "--diff", "-e", f"server_scripts_bundle={bundle}")

    assert done.returncode == 0, done.stdout
    assert sorted(installed.glob("*")) == before


@pytest.mark.slow
def test_a_controller_that_cannot_deliver_hands_its_messages_to_a_server(site: Site) -> None:
    assert site.play("playbooks/server-scripts.yml").returncode == 0
    before = len(site.discord.messages())
    site.discord.stop()
    try:
        done = site.deploy(SECOND, "-e", "notify_hand_over=true")
        assert site.controller.pending() == []
        assert f"Discord: {len(site.spool.pending())} messages are queued, on server1" in done.stdout
    finally:
        site.discord.start()
    assert done.returncode == 0, done.stdout

    sent = flush(site.server.base)

    assert sent.returncode == 0, sent.stderr
    assert site.titles(before) == ["🚀 배포 시작", "✅ 배포 완료"]
    assert "✅ 완료 · 1/1대" in json.dumps(site.discord.messages()[before]["embeds"], ensure_ascii=False)
    assert site.spool.pending() == []


@pytest.mark.parametrize(
    ("version", "wrong"),
    [
        pytest.param("20240104-000000", {"alerts": "{{ vault_that_nobody_opened }}"}, id="cannot be read"),
        pytest.param(
            *("20240105-000000", "https://discord.com/api/webhooks/1/t"), id="of another shape", marks=pytest.mark.slow
        ),
    ],
)
def test_webhooks_that_cannot_be_used_end_no_deploy(site: Site, version: str, wrong: object) -> None:
    done = site.deploy(version, "-e", json.dumps({"refit_discord_webhooks": wrong}))

    assert done.returncode == 0, done.stdout
    assert site.server.current == version
    for event in ("deploy_started", "deploy_succeeded"):
        assert f"Discord was not told yet ({event}, failed)" in done.stdout


def flush(base: Path) -> subprocess.CompletedProcess[str]:
    """What refit-outbox.service does."""
    command = [sys.executable, "-I", str(base / "opt/scripts/refit.pyz"), "--etc", str(base / "etc/refit")]
    spool = ["--spool", str(base / "var/spool/refit/discord")]
    return subprocess.run([*command, *spool, "flush"], capture_output=True, text=True, check=False, env={})


# --- notify.yml ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_event_can_be_previewed_and_its_webhook_is_asked(site: Site) -> None:
    notify = str(playbooks.ROOT / "playbooks" / "notify.yml")
    all_events = site.base / "every-event.yml"
    all_events.write_text(
        json.dumps([{"import_playbook": notify, "vars": {"notify_event": event}} for event in EVENTS])
    )
    before = len(site.discord.requests)

    done = site.play(str(all_events), "--check", "--diff", "-e", "notify_message=본문", "-e", "notify_severity=P2")

    assert done.returncode == 0, done.stdout
    assert done.stdout.count('\n+ "embeds": [') == len(EVENTS)
    assert [request["method"] for request in site.discord.requests[before:]] == ["GET"] * len(EVENTS)


@pytest.mark.parametrize(
    ("webhooks", "said"),
    [
        pytest.param({}, "Discord incidents: 웹훅이 설정되지 않음", id="none"),
        pytest.param({"token": "wrong"}, "Discord incidents: 401 토큰이 틀림", id="wrong"),
    ],
)
def test_a_webhook_that_would_take_nothing_is_what_check_mode_fails_for(
    site: Site, webhooks: dict[str, str], said: str
) -> None:
    url = site.discord.webhook("incidents").rpartition("/")[0] + "/wrong"
    given = {"incidents": url} if webhooks else {}

    done = site.play(
        *("playbooks/notify.yml", "--check", "-e", "notify_event=incident_opened"),
        *("-e", json.dumps({"refit_discord_webhooks": given})),
        REFIT_LANGUAGE="ko",
    )

    assert done.returncode == 2
    assert said in " ".join(done.stdout.split())


@pytest.mark.slow
def test_a_role_that_is_the_server_itself_is_seen_before_anybody_should_have_been_pinged(site: Site) -> None:
    itself = site.discord.guild.webhook("incidents").as_json()["guild_id"]

    done = site.play(
        *("playbooks/notify.yml", "--check", "-e", "notify_event=incident_opened"),
        *("-e", json.dumps({"refit_discord_mentions": {"devops-oncall": {"role": itself}}})),
        REFIT_LANGUAGE="ko",
    )

    assert done.returncode == 2
    assert f"@devops-oncall: {itself}은 역할이 아니라 Discord 서버의 ID입니다" in " ".join(done.stdout.split())


@pytest.mark.slow
def test_what_became_of_a_message_is_said(site: Site) -> None:
    event = ("-e", "notify_event=incident_opened", "-e", "notify_severity=P0")
    asked = site.play("playbooks/notify.yml", "--check", *event, REFIT_LANGUAGE="ko")
    site.discord.guild.unmentionable.add("devops-oncall")
    sent = site.play("playbooks/notify.yml", *event, REFIT_LANGUAGE="ko")
    site.discord.guild.unmentionable.clear()
    none = ("-e", json.dumps({"refit_discord_webhooks": {}}))
    unheard = site.play("playbooks/notify.yml", *event, *none, REFIT_LANGUAGE="ko")

    assert (asked.returncode, sent.returncode, unheard.returncode) == (0, 0, 2)
    said = [" ".join(done.stdout.split()) for done in (asked, sent, unheard)]
    assert "Discord incidents: 웹훅 확인됨 (stand-in, 채널 " in said[0]
    assert f"@devops-oncall (역할 {ON_CALL}): 정말 호출되는지는 호출해 봐야 압니다" in said[0]
    assert "-e notify_event=plain" in said[0]
    assert "-e notify_mention=devops-oncall" in said[0]
    assert "Discord incidents: 전송됨 (incident_opened)" in said[1]
    assert "@devops-oncall 호출 안 됨" in said[1]
    assert "웹훅이 설정되지 않음 – incident_opened: 아무에게도 알리지 않았습니다" in said[2]


def test_the_role_names_every_event_of_the_catalogue() -> None:
    spec = yaml.safe_load((playbooks.ROOT / "roles" / "notify" / "meta" / "argument_specs.yml").read_text())
    assert spec["argument_specs"]["main"]["options"]["notify_event"]["choices"] == list(EVENTS)


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        pytest.param("notify_event=plainn", 'plain, and is "plainn". Next: correct -e notify_event=…', id="a word"),
        pytest.param(
            "notify_webhooks=https://discord.com/api/webhooks/1/t0ken",
            "notify_webhooks must be a mapping",
            id="a secret",
        ),
    ],
)
def test_one_wrong_word_is_answered_in_one_sentence_that_holds_no_secret(site: Site, typed: str, named: str) -> None:
    done = site.play("playbooks/notify.yml", "-e", "notify_event=plain", "-e", typed)

    assert done.returncode != 0
    assert named in done.stdout
    assert "argument_spec_data" not in done.stdout
    assert "t0ken" not in done.stdout
    assert "short_description" not in done.stdout


def test_a_mistake_in_what_was_typed_fails_and_names_it(site: Site) -> None:
    done = site.play("playbooks/notify.yml", "-e", "notify_event=incident_opened", "-e", "notify_severity=P9")

    assert done.returncode != 0
    assert "not a known severity" in done.stdout


@pytest.mark.slow
def test_without_requests_the_team_is_told_all_the_same_and_a_warning_says_how_to_get_it(site: Site) -> None:
    without = site.base / "without"
    without.mkdir()
    (without / "requests.py").write_text("raise ImportError('as if it were not there')\n")
    twice = site.base / "twice.yml"
    notify = str(playbooks.ROOT / "playbooks" / "notify.yml")
    twice.write_text(json.dumps([{"import_playbook": notify}] * 2))
    before = len(site.discord.messages())

    done = site.play(str(twice), "-e", "notify_event=incident_opened", PYTHONPATH=str(without))

    assert done.returncode == 0, done.stdout
    assert site.titles(before) == ["ℹ️ 장애 접수"] * 2
    assert done.stdout.count("make venv") == 1


# --- The token -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_no_token_is_in_any_output_process_or_file_but_the_settings(site: Site) -> None:
    """Every playbook runs with -vvv; one that this test knows no arguments for at least plans."""
    newer = "20240109-000000"  # so that there is something to go back from
    artifact = str(build(site.base / "artifacts", newer))
    typed = {
        **{"fail_on": "never", "probe_window_s": 0.3, "rollback_further": True},
        **{"freeze_reason": "tested", "resume_reason": "tested"},
    }
    here = {path.name: str(path) for path in (playbooks.ROOT / "playbooks").glob("*.yml")}
    known: dict[str, dict[str, str]] = {  # with what only this one is to be told
        "server-scripts.yml": {},
        "status.yml": {},
        "deploy.yml": {"release_version": newer, "release_artifact": artifact, "deploy_override_freeze": "tested"},
        "notify.yml": {"notify_event": "incident_opened"},
        "health-check.yml": {},
        "rollback.yml": {},
        "freeze.yml": {},
        "resume.yml": {},
    }
    all_of_them = site.base / "all-of-them.yml"
    all_of_them.write_text(
        json.dumps([{"import_playbook": here[name], "vars": its_own} for name, its_own in known.items()])
    )
    with watched_processes() as processes:
        done = site.play(str(all_of_them), "-e", json.dumps(typed))
        for name in sorted(set(here) - set(known)):
            site.play(here[name], "--check", "--diff", "-e", json.dumps(typed))

    assert done.returncode == 0, done.stdout
    assert "✅ 롤백 완료" in site.titles()
    assert f"\nrefit {__version__}\n" in playbooks.conclusions(done.stdout) + "\n"  # the scripts are of this version
    assert [text[:200] for text in site.outputs if any(token in text for token in site.tokens)] == []
    assert [line for line in processes if any(token in line for token in site.tokens)] == []
    settings = {site.base / "fleet.json", site.server.base / "etc" / "refit" / "discord.json"}
    searched = [path for path in site.base.rglob("*") if path.is_file() and path not in settings]
    assert site.server.state_dir / "ledger.jsonl" in searched
    assert [str(path) for path in searched if any(token.encode() in path.read_bytes() for token in site.tokens)] == []


# --- discord-notify.sh ---------------------------------------------------------------------------------------------


class Script:
    """discord-notify.sh on a server without anything else."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.path = install(base) / "discord-notify.sh"
        self.spool = Outbox(str(base / "var" / "spool"))

    def configure(self, url: str) -> None:
        (self.base / "etc" / "refit" / "discord.json").write_text(json.dumps({"webhooks": {"alerts": url}}))

    def __call__(self, *arguments: str, text: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """As cron runs it: with an environment that says no more than the language."""
        command = [str(self.path), *arguments]
        return subprocess.run(
            command, input=text, capture_output=True, text=True, check=False, env={"REFIT_LANGUAGE": "en", **environ}
        )


@pytest.fixture
def discord() -> Iterator[DiscordStandIn]:
    with DiscordStandIn(limit=ROOMY, global_limit=ROOMY) as running:
        yield running


@pytest.fixture
def script(tmp_path: Path, discord: DiscordStandIn) -> Script:
    script = Script(tmp_path)
    script.configure(discord.webhook("alerts"))
    return script


def test_the_script_sends_a_message_with_fields_and_the_end_of_a_file(
    script: Script, discord: DiscordStandIn, tmp_path: Path
) -> None:
    log = tmp_path / "a.log"
    log.write_text("".join(f"line {number} 디스크\n" for number in range(20_000)))

    done = script("P2", "디스크", "-", "--field", "사용량=91%", "--field", "a=b=c", "--file", str(log), text="본문")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    embed = discord.messages()[0]["embeds"][0]
    assert embed["title"] == "🟢 P2 디스크"
    assert embed["description"].startswith("본문")
    assert embed["description"].endswith("line 19999 디스크\n```")
    shown = {field["name"]: field["value"] for field in embed["fields"]}
    assert (shown["사용량"], shown["a"]) == ("91%", "b=c")


def test_what_cannot_be_sent_is_queued_and_goes_out_with_the_next_message(
    script: Script, discord: DiscordStandIn
) -> None:
    discord.stop()
    began = time.monotonic()
    done = script("P1", "하나", "본문")
    assert (done.returncode, done.stderr[:7]) == (3, "queued:")
    assert time.monotonic() - began < 10
    discord.start()

    assert script("P1", "둘", "본문").returncode == 0
    assert [message["embeds"][0]["title"] for message in discord.messages()] == ["🟡 P1 하나", "🟡 P1 둘"]


def test_flush_says_whether_anything_still_waits(
    script: Script, discord: DiscordStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    etc, spool = str(script.base / "etc" / "refit"), script.spool
    spool.put(Entry("alerts", {"content": "하나"}))
    monkeypatch.setattr(notify_command, "FLUSH_S", 0.2)
    discord.stop()
    assert notify_command.flush([], etc, spool.path) == 3
    discord.start()
    assert notify_command.flush([], etc, spool.path) == 0
    assert [message["content"] for message in discord.messages()] == ["하나"]

    discord.remove_webhook("alerts")
    spool.put(Entry("alerts", {"content": "둘"}))
    assert notify_command.flush([], etc, spool.path) == 4


def test_a_webhook_that_is_gone_is_refused(script: Script, discord: DiscordStandIn) -> None:
    discord.remove_webhook("alerts")
    done = script("P1", "하나", "본문")
    assert (done.returncode, done.stderr.split(":")[0]) == (4, "refused")
    assert "Unknown Webhook" in done.stderr


def test_a_dry_run_sends_and_keeps_nothing(script: Script, discord: DiscordStandIn) -> None:
    done = script("P0", "하나", "본문", "--field", "a=b", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["payload"]["embeds"][0]["title"] == "🚨 P0 하나"
    assert (discord.requests, script.spool.pending()) == ([], [])


@pytest.mark.parametrize(
    ("kind", "named"),
    [("fifo", "a pipe (FIFO)"), ("directory", "a directory"), ("socket", "a socket"), ("device", "a device")],
)
def test_what_is_no_file_is_refused_by_its_kind_and_holds_nothing_up(
    script: Script, discord: DiscordStandIn, tmp_path: Path, kind: str, named: str
) -> None:
    path = tmp_path / "log"
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as listener:
        if kind == "fifo":
            os.mkfifo(path)
        elif kind == "directory":
            path.mkdir()
        elif kind == "socket":
            listener.bind(str(path))
        else:
            path = Path("/dev/null")
        done = script("P2", "하나", "본문", "--file", str(path))
    assert done.returncode == 2
    assert f"{named}\n" in done.stderr
    assert str(path) in done.stderr
    assert discord.requests == []


def test_what_can_neither_be_sent_nor_kept_is_called_lost(script: Script, discord: DiscordStandIn) -> None:
    discord.stop()
    (script.base / "var").mkdir(exist_ok=True)
    (script.base / "var" / "spool").write_text("no directory")
    done = script("P0", "하나", "본문")
    assert done.returncode == 4
    assert "LOST" in done.stderr


@pytest.mark.parametrize("wrong", [["--field", "no value"], ["--field", "=x"], ["--file", "/no/such/file"]])
def test_a_wrong_option_is_named_and_sends_nothing(script: Script, discord: DiscordStandIn, wrong: list[str]) -> None:
    done = script("P2", "하나", "본문", *wrong)
    assert done.returncode == 2
    assert "next:" in done.stderr
    assert discord.requests == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can read for somebody else")
def test_through_sudo_nobody_reads_a_file_that_is_not_theirs(script: Script, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("root's own\n")
    secret.chmod(0o600)
    done = script("P2", "하나", "본문", "--file", str(secret), "--dry-run", SUDO_UID="65534", SUDO_GID="65534")
    assert done.returncode == 2
    assert "root's own" not in done.stdout + done.stderr
    assert script("P2", "하나", "본문", "--file", str(secret), "--dry-run").returncode == 0
