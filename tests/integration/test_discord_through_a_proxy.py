"""Discord behind a proxy that ends TLS with a certificate authority of the company's own, as the environment says."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from support import playbooks
from support.discord import DiscordStandIn
from support.proxy import Proxy
from support.render_scripts import install
from support.tls import make_authority

HOST = "discord.test"  # exists nowhere: only a proxy gets there


class Site:
    """A server's script and a controller whose webhook leads to *HOST*."""

    def __init__(self, base: Path, discord: DiscordStandIn, proxy: Proxy, authority: Path) -> None:
        self.base = base
        self.discord = discord
        self.proxy = proxy
        self.authority = str(authority)
        self.webhook = discord.webhook("alerts").replace("http://" + urlsplit(discord.url).netloc, f"https://{HOST}")
        self.script = install(base) / "discord-notify.sh"
        (base / "etc" / "refit" / "discord.json").write_text(json.dumps({"webhooks": {"alerts": self.webhook}}))

    def notify(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """As cron runs it, with nothing in its environment but *environment*."""
        command = [str(self.script), "P2", "title", "message"]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    authority, certificate = make_authority(tmp_path, HOST)
    with DiscordStandIn() as discord, Proxy(certificate, urlsplit(discord.url).port or 0) as proxy:
        yield Site(tmp_path, discord, proxy, authority)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_server_reaches_discord_through_the_proxy_and_believes_its_authority(site: Site, variable: str) -> None:
    done = site.notify(**{"https_proxy": site.proxy.url, variable: site.authority})

    assert (done.returncode, done.stderr) == (0, "")
    assert [message["embeds"][0]["title"] for message in site.discord.messages()] == ["🟢 P2 title"]
    [asked] = site.proxy.asked
    assert asked.startswith(f"CONNECT {HOST}:443 ")
    assert site.webhook.rpartition("/")[2] not in asked


def test_an_authority_that_nobody_named_is_not_believed_and_the_message_waits(site: Site) -> None:
    done = site.notify(HTTPS_PROXY=site.proxy.url)

    assert done.returncode == 3
    assert "TLS: " in done.stderr
    assert site.webhook.rpartition("/")[2] not in done.stderr
    assert site.discord.requests == []
    assert site.notify(HTTPS_PROXY=site.proxy.url, SSL_CERT_FILE=site.authority).returncode == 0
    assert len(site.discord.messages()) == 2


def test_a_proxy_that_refuses_is_named(site: Site) -> None:
    site.proxy.refuses = "407 Proxy Authentication Required"

    done = site.notify(HTTPS_PROXY=site.proxy.url, SSL_CERT_FILE=site.authority)

    assert done.returncode == 3
    assert "the proxy 127.0.0.1 answered 407" in done.stderr


def test_a_controller_does_the_same(site: Site) -> None:
    settings = site.base / "webhooks.json"  # not on the command line, which everybody on a machine can read
    settings.write_text(json.dumps({"refit_discord_webhooks": {"alerts": site.webhook}}))
    told = ["-e", "notify_event=lint_test_failed", "-e", f"@{settings}"]
    (site.base / "fleet.json").write_text(json.dumps({"servers": {"server1": {"services": {}}}}))

    done = playbooks.run(
        site.base, "playbooks/notify.yml", *told, HTTPS_PROXY=site.proxy.url, SSL_CERT_FILE=site.authority
    )

    assert done.returncode == 0, done.stdout
    assert [message["embeds"][0]["title"] for message in site.discord.messages()] == ["🟡 P1 Lint & Test 실패"]
