"""Could this fleet roll back now: each fault is planted on one of three servers with real PM2, and found there."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from refit.notify.outbox import Entry, Outbox
from support import playbooks
from support.app.build import build
from support.discord import DiscordStandIn
from support.false_host import false_python, instead_on
from support.fleet import Fleet
from support.playbooks import IN_ONE_BATCH, conclusions
from support.tls import make_authority
from support.tls_server import tls_server

# Its fleet is installed as a provisioned one is, which alone takes a minute.
pytestmark = [pytest.mark.fleet, pytest.mark.slow]

ON_CALL = "100000000000000007"
OLD, NEW = "20240101-000000", "20240102-000000"
SERVERS = ("server1", "server2", "server3")
PREFLIGHT = "playbooks/preflight.yml"
OF_A_HOST = ("ROLLBACK TO", "DISK", "RUNS", "BOOT", "SCRIPTS", "SUDO", "OUTBOX", "CLOCK", "TIMER", "TLS")
COLUMNS = (*OF_A_HOST, "DISCORD", "KEYS")
# What this fleet has not: rules for sudo, systemd, https, keys.
NOT_THERE = ("SUDO", "TIMER", "TLS")


class Site(playbooks.Site):
    def save(self, **more: Any) -> None:
        webhooks = {"alerts": self.discord.webhook("ai-service-alerts")}
        self.fleet.save(**{"webhooks": webhooks, "mentions": {"devops-oncall": {"role": ON_CALL}}, **more})

    def check(self, *arguments: str, **more: str) -> Checked:
        done = self.play(PREFLIGHT, *arguments, **more)
        return Checked(done)

    @property
    def second(self) -> Any:
        return self.fleet[1]

    def content(self) -> str:
        """Of all files below the fleet's directory but logs, whatever a look could have changed."""
        sums = hashlib.sha256()
        for path in sorted(self.base.rglob("*")):
            if path.is_file() and path.suffix != ".log":
                sums.update(str(path).encode() + path.read_bytes())
        return sums.hexdigest()


class Checked:
    """What the playbook said."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.rc, self.output = done.returncode, done.stdout
        self.said = conclusions(done.stdout)
        self.words = " ".join(done.stdout.split())

    @property
    def cells(self) -> dict[str, dict[str, str]]:
        """Per row and column the mark."""
        lines = self.said.splitlines()
        at = next(index for index, line in enumerate(lines) if line.startswith("HOST"))
        starts = [lines[at].index(f" {column}") + 1 for column in COLUMNS]
        table = itertools.takewhile(bool, lines[at + 1 :])
        rows = {re.split(r"  +", line)[0]: line for line in table}
        return {
            row: {column: line[at:][:1].strip() for column, at in zip(COLUMNS, starts)} for row, line in rows.items()
        }

    @property
    def red(self) -> set[tuple[str, str]]:
        """What is wrong or not known: row and column."""
        marks = [(row, column, mark) for row, cells in self.cells.items() for column, mark in cells.items()]
        return {(row, column) for row, column, mark in marks if mark in ("✗", "?")}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Three servers on which OLD and NEW were proven, with scripts."""
    base = tmp_path_factory.mktemp("fleet")
    with DiscordStandIn(roles={"devops-oncall": ON_CALL}) as discord, Fleet(base, 3) as fleet:
        site = Site(base, fleet, discord)
        site.save()
        for version in (OLD, NEW):
            told = {"release_version": version, "release_artifact": str(build(base / "artifacts", version, "healthy"))}
            done = site.play("playbooks/deploy.yml", "-e", json.dumps(told), *IN_ONE_BATCH)
            assert done.returncode == 0, done.stdout
        assert site.play("playbooks/server-scripts.yml").returncode == 0
        yield site


@contextlib.contextmanager
def kept(path: Path) -> Iterator[Path]:
    """What is at *path* is there again at the end."""
    copy = path.with_name(path.name + ".kept")
    shutil.copytree(path, copy, symlinks=True) if path.is_dir() else shutil.copy2(path, copy)
    try:
        yield path
    finally:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        copy.rename(path)


def test_a_fleet_that_lacks_nothing_is_ready(site: Site) -> None:
    before = site.content()
    found = site.check()
    assert found.rc == 0, found.output
    assert found.said.endswith("[demo] READY: backend can be rolled back now")
    for server in SERVERS:
        cells = found.cells[server]
        assert [column for column in OF_A_HOST if cells[column] != "✓"] == list(NOT_THERE), found.said
    assert {column: mark for column, mark in found.cells["this machine"].items() if mark} == {
        "OUTBOX": "✓",
        "DISCORD": "✓",
        "KEYS": "–",
    }
    assert f"✓ {OLD}" in found.said
    assert "Only a ping proves that @devops-oncall may be pinged" in found.said
    assert site.content() == before
    assert site.check("--check").rc == 0


def test_it_is_called_by_one_word_and_said_in_the_readers_language(site: Site) -> None:
    done = subprocess.run(
        [str(playbooks.BIN / "refit"), "check", "-i", "demo"],
        cwd=playbooks.ROOT,
        env=playbooks.environment(site.base, REFIT_LANGUAGE="ko"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "준비됨: backend는 지금 롤백할 수 있습니다" in conclusions(done.stdout)


def test_a_release_that_was_changed_is_no_way_back(site: Site) -> None:
    with kept(site.second.root / "releases" / f"v{OLD}") as release:
        (release / "server.js").write_text("// somebody was here")
        found = site.check()
    assert found.rc == 2
    assert ("server2", "ROLLBACK TO") in found.red
    assert f"{OLD} was proven once, and is no longer what was staged: " in found.words
    assert "server.js was changed" in found.words
    assert "rollback.sh backend --list" in found.said
    assert "[demo] NOT READY: what a rollback of backend needs is not all there: " in found.words


@pytest.mark.parametrize(
    ("path", "change", "said"),
    [
        ("opt/scripts/refit.pyz", None, "rollback.sh is not installed"),
        ("opt/scripts/refit.pyz", lambda text: text + b"x", "rollback.sh is not the code of this machine's version"),
        (
            "etc/refit/backend.json",
            lambda text: text.replace(b'"deadline_s": 10', b'"deadline_s": 11'),
            "rollback.sh goes by other settings than the last deploy did",
        ),
    ],
)
def test_scripts_that_are_missing_or_others_are_named_with_what_installs_them(
    site: Site, path: str, change: Any, said: str
) -> None:
    with kept(site.second.base / path) as file:
        assert change is None or change(file.read_bytes()) != file.read_bytes()
        file.unlink() if change is None else file.write_bytes(change(file.read_bytes()))
        found = site.check()
    assert (found.rc, found.red) == (2, {("server2", "SCRIPTS")}), found.said
    assert f"✗ SCRIPTS · server2: {said}" in found.words
    assert "ansible-playbook -i inventory/demo playbooks/server-scripts.yml -e service=backend" in found.said


def test_a_service_that_does_not_answer_is_red(site: Site) -> None:
    (file,) = (site.second.pm2_home / "pids").glob("backend-*.pid")
    pid = int(file.read_text())
    os.kill(pid, signal.SIGSTOP)
    try:
        found = site.check()
    finally:
        os.kill(pid, signal.SIGCONT)
    assert (found.rc, found.red) == (2, {("server2", "RUNS")}), found.said
    assert "playbooks/health-check.yml" in found.said


def test_a_service_that_pm2_does_not_start_at_boot_is_red(site: Site) -> None:
    with kept(site.second.pm2_home / "dump.pm2") as dump:
        dump.write_text("[]")
        found = site.check()
    assert (found.rc, found.red) == (2, {("server2", "BOOT")}), found.said
    assert "backend is not on the list of what PM2 starts at boot there: pm2 save" in found.words


def test_messages_that_wait_are_red_there_and_here(site: Site) -> None:
    places = {
        "server2": site.second.base / "var/spool/refit/discord",
        "this machine": site.base / "controller/spool/discord",
    }
    for row, spool in places.items():
        outbox = Outbox(str(spool))
        outbox.put(Entry("alerts", {"content": "1"}, key="waits"))
        found = site.check()
        outbox.forget(["waits"])
        assert (found.rc, found.red) == (2, {(row, "OUTBOX")}), found.said
        assert "one message waits for Discord" in found.words


def test_rules_for_sudo_that_are_missing_are_red(site: Site) -> None:
    rules = site.base / "rules"
    given = ("-e", f"preflight_sudoers_path={rules}")
    found = site.check(*given)
    assert (found.rc, found.red) == (2, {(server, "SUDO") for server in SERVERS}), found.said
    assert f"{rules} cannot be read: No such file or directory" in found.words
    assert "playbooks/provision.yml --tags sudoers" in found.said

    rules.write_text("%refit-operators ALL = (root) NOPASSWD: ALL\n")
    rules.chmod(0o440)
    found = site.check(*given)
    rules.unlink()
    assert found.red == {(server, "SUDO") for server in SERVERS}
    assert f"{rules} is not what provisioning writes" in found.words


def test_a_disk_with_too_little_room_is_red(site: Site) -> None:
    found = site.check("-e", "preflight_free_mib=900000000")
    assert (found.rc, found.red) == (2, {(server, "DISK") for server in SERVERS}), found.said
    assert "MiB free, and 900000000 are needed" in found.words


def test_a_certificate_that_ends_soon_is_red(site: Site, tmp_path: Path) -> None:
    authority, certificate = make_authority(tmp_path, "localhost", days=13)
    described = type(site.second).service
    with tls_server(certificate) as port, pytest.MonkeyPatch.context() as patch:

        def service(server: Any) -> dict[str, Any]:
            asked = {"synthetic": {"url": f"https://localhost:{port}/"}} if server is site.second else {}
            return {**described(server), **asked}

        patch.setattr(type(site.second), "service", service)
        site.save()
        found = site.check(SSL_CERT_FILE=str(authority))
    site.save()
    assert (found.rc, found.red) == (2, {("server2", "TLS")}), found.said
    assert f"the certificate of localhost:{port} ends in 12 days" in found.words


def test_a_webhook_that_is_gone_and_a_p0_that_pings_nobody_are_red(site: Site) -> None:
    site.save(webhooks={"alerts": site.discord.webhook("ai-service-alerts") + "x"})
    found = site.check()
    site.save(mentions={})
    unpinged = site.check()
    site.save()
    assert (found.rc, found.red) == (2, {("this machine", "DISCORD")}), found.said
    assert "✗ DISCORD · this machine: alerts: " in found.words
    assert (unpinged.rc, unpinged.red) == (2, {("this machine", "DISCORD")}), unpinged.said
    assert "@devops-oncall has no role id: P0 pings nobody" in unpinged.words


def test_what_cannot_be_decrypted_is_red(site: Site, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    vault = ["ansible-vault", "encrypt_string", "--vault-password-file", str(tmp_path / "password"), "--name", "alerts"]
    encrypted = subprocess.run(
        [*vault, "x"], cwd=playbooks.ROOT, env=playbooks.environment(), capture_output=True, text=True, check=True
    ).stdout
    given = tmp_path / "vars.yml"
    given.write_text("refit_discord_webhooks:\n  " + encrypted.replace("\n", "\n  "))
    found = site.check("-e", f"@{given}")
    assert (found.rc, found.red) == (2, {("this machine", "KEYS")}), found.said
    assert "refit_discord_webhooks cannot be read: " in found.words
    assert "--ask-vault-pass" in found.said


CLOCK = """
def lie(answer):
    clock = answer.get("examined", {}).get("clock", {})
    for name in clock:
        clock[name] += 30
    return answer
"""
NONSENSE = """
def lie(answer):
    return {**answer, "examined": {"disk": "fine"}} if "examined" in answer else answer
"""
DANGEROUS = """
def lie(answer):
    if "examined" in answer:
        answer["examined"]["disk"] = ["\\x1b[2J{{ lookup('pipe', 'touch MARK') }}" + "x" * 9000]
    return answer
"""


def test_a_clock_that_is_apart_is_red(site: Site) -> None:
    found = site.check(*instead_on("server2", false_python(site.base / "python", CLOCK)))
    assert (found.rc, found.red) == (2, {("server2", "CLOCK")}), found.said
    assert re.search(r"its clock is (29|30)\S* s ahead of this machine's there: timedatectl", found.words)


def test_a_host_whose_answer_is_not_understood_is_unknown_and_the_others_are_judged(site: Site) -> None:
    found = site.check(*instead_on("server2", false_python(site.base / "python", NONSENSE)))
    assert found.rc == 2
    assert {row for row, _ in found.red} == {"server2"}, found.said
    assert set(found.cells["server2"].values()) <= {"?", ""}
    assert "? ROLLBACK TO · server2: its answer is not understood: " in found.words


def test_what_a_host_says_moves_no_cursor_and_is_never_evaluated(site: Site, tmp_path: Path) -> None:
    mark = tmp_path / "evaluated"
    lie = DANGEROUS.replace("MARK", str(mark))
    found = site.check(*instead_on("server2", false_python(site.base / "python", lie)))
    assert found.red == {("server2", "DISK")}, found.said
    assert "\x1b[2J" not in found.output
    assert not mark.exists()


def test_a_host_that_cannot_be_reached_is_named_and_the_others_are_judged(site: Site) -> None:
    began = time.monotonic()
    away = "{{ 'ssh' if inventory_hostname == 'server2' else 'local' }}"
    found = site.check(
        "-e",
        json.dumps({"ansible_connection": away, "ansible_host": "127.0.0.1", "ansible_port": 1}),
        ANSIBLE_SSH_RETRIES="0",
    )
    assert found.rc == 2, found.output
    assert {row for row, _ in found.red} == {"server2"}, found.said
    assert "? ROLLBACK TO · server2: cannot be reached" in found.words
    assert time.monotonic() - began < 60


def test_a_part_of_the_fleet_may_be_looked_at_and_nobody_is_no_success(site: Site) -> None:
    found = site.check("--limit", "server1,localhost")
    assert found.rc == 0, found.output
    assert list(found.cells) == ["server1", "this machine"]
