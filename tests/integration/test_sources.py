"""The real playbook deploys from a web server and from an object store; what gives access to them is seen nowhere."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import playbooks
from support.app.build import build
from support.artifact_server import ArtifactServer, Authority, redirect
from support.discord import DiscordStandIn
from support.fleet import Fleet
from support.host import make_live
from support.object_store import ObjectStore

pytestmark = pytest.mark.fleet

OLD, NEW = "20240101-000000", "20240102-000000"
SECRETS = ("hunter2", "X-Amz-", "Signature=", "AKIDEXAMPLE", "wJalrXUtnFEMIEXAMPLE")


class Site:
    """A fleet with *OLD* live, and the places that artifacts come from."""

    def __init__(self, base: Path, fleet: Fleet, web: ArtifactServer, store: ObjectStore, ca_file: Path) -> None:
        self.base = base
        self.fleet = fleet
        self.web = web
        self.store = store
        self.vault = base / "vault.json"  # as Ansible Vault would hand it over
        self.vault.write_text(
            json.dumps({"refit_artifact": {"ca": str(ca_file), "headers": {"Authorization": "Bearer hunter2"}}})
        )

    def play(self, version: str, artifact: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        given = ["-e", f"release_version={version}", "-e", f"release_artifact={artifact}", "-e", f"@{self.vault}"]
        done = playbooks.run(
            self.base, "playbooks/deploy.yml", *given, *playbooks.IN_ONE_BATCH, *arguments, **self.store.environment()
        )
        assert [line for line in done.stdout.splitlines() if any(secret in line for secret in SECRETS)] == []
        return done

    def running(self) -> list[str | None]:
        return self.fleet.running()

    def records_with_secrets(self) -> list[str]:
        """Files of the servers and of the controller's spool that hold what gives access."""
        found = []
        for place in [*(server.base for server in self.fleet), self.base / "controller"]:
            for path in place.rglob("*"):
                if path.is_file() and not path.is_symlink():
                    content = path.read_bytes()
                    found += [f"{path}: {secret}" for secret in SECRETS if secret.encode() in content]
        return found

    def sources(self, version: str) -> list[str]:
        """Where each server's release says that it came from."""
        return [
            json.loads((server.root / "releases" / f"v{version}" / ".release.json").read_text())["source"]
            for server in self.fleet
        ]

    def left_behind(self) -> list[str]:
        return [str(path) for server in self.fleet for path in (server.state_dir / "incoming").glob("*")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base = tmp_path_factory.mktemp("sources")
    authority = Authority()
    ca_file = base / "ca.pem"
    ca_file.write_text(authority.pem)
    with (
        Fleet(base, health={"deadline_s": 6, "stable_s": 0.5}) as fleet,
        DiscordStandIn() as discord,
        ArtifactServer(context=authority.context(), token="Bearer hunter2") as web,
        ObjectStore(authority.context(), ca_file) as store,
    ):
        fleet.save(webhooks={"alerts": discord.webhook("ai-service-alerts")})
        make_live(fleet, OLD)
        yield Site(base, fleet, web, store, ca_file)


def put(site: Site, version: str) -> tuple[str, str]:
    """Put a build on the web server; its path there and its checksum."""
    artifact = build(site.base / "artifacts", version)
    path = f"/builds/{artifact.name}"
    site.web.files[path] = artifact.read_bytes()
    return path, hashlib.sha256(artifact.read_bytes()).hexdigest()


@pytest.mark.slow
def test_every_host_fetches_from_the_web_server_itself_though_connections_are_cut(site: Site) -> None:
    path, sha256 = put(site, NEW)
    site.web.answers["/latest.tar.gz"] = redirect(site.web.url(path + "?Signature=hunter2"))
    site.web.cuts = [10**6, 200, 200, 200]  # whole for the controller, which looks; a piece for each host
    arguments = [NEW, site.web.url("/latest.tar.gz?token=hunter2"), "-e", f"release_sha256={sha256}", "-vvv"]

    done = site.play(*arguments)

    assert done.returncode == 0, done.stdout
    assert sum(request.headers.get("range") == "bytes=200-" for request in site.web.asked(path)) == 3
    assert site.sources(NEW) == [site.web.url("/latest.tar.gz")] * 3
    assert site.left_behind() == []
    assert site.records_with_secrets() == []

    site.web.requests.clear()
    again = site.play(*arguments)
    assert again.returncode == 0, again.stdout
    assert len(site.web.asked(path)) == 1, "a host fetched what it had"


@pytest.mark.slow
def test_every_host_fetches_a_signed_object_with_the_checksum_that_lies_beside_it(site: Site) -> None:
    version = "20240103-000000"
    artifact = build(site.base / "artifacts", version)
    sha256 = hashlib.sha256(artifact.read_bytes()).hexdigest()
    site.store.upload(
        "builds",
        **{f"ai/{artifact.name}": artifact.read_bytes(), "ai/SHA256SUMS": f"{sha256}  {artifact.name}\n".encode()},
    )

    done = site.play(version, f"s3://builds/ai/{artifact.name}", "-vvv")

    assert done.returncode == 0, done.stdout
    assert site.running() == [version] * 3
    fetched = [query for path, query in site.store.requests if path.endswith(artifact.name) and "Signature=" in query]
    assert len(fetched) == 3
    assert site.sources(version) == [f"s3://builds/ai/{artifact.name}"] * 3
    assert site.records_with_secrets() == []

    missing = site.play("20240104-000000", "s3://builds/ai/none.tar.gz", "-vvv")
    assert missing.returncode != 0
    assert "Not Found" in missing.stdout
    assert "correct -e release_artifact" in " ".join(missing.stdout.split())


def test_a_plan_shows_the_checksum_and_asks_every_host_and_writes_nothing(site: Site) -> None:
    version = "20240106-000000"
    path, sha256 = put(site, version)
    site.web.files["/builds/SHA256SUMS"] = f"{sha256} *{path.rpartition('/')[2]}\n".encode()

    done = site.play(version, site.web.url(path), "--check", "--diff", "-vvv")

    assert done.returncode == 0, done.stdout
    plan = playbooks.conclusions(done.stdout)
    assert f"sha256 {sha256} by SHA256SUMS" in plan
    assert f"stage {version}" in plan
    assert len(site.web.asked(path)) == 4
    assert not any((server.root / "releases" / f"v{version}").exists() for server in site.fleet)
    assert site.left_behind() == []

    answers = iter([True, False, False, False])
    site.web.answers[path] = lambda handler: (
        handler._send(site.web, site.web.files[path]) if next(answers) else handler.answer(403, b"")
    )
    refused = site.play(version, site.web.url(path), "--check", "-vvv")
    assert refused.returncode != 0
    assert refused.stdout.count("the server answered 403") >= 3


def test_a_download_that_fails_touches_nothing_and_says_what_to_do(site: Site) -> None:
    version, live = "20240107-000000", site.running()
    path, sha256 = put(site, version)
    site.web.files[path] = site.web.files[path][:-1] + b"!"

    done = site.play(version, site.web.url(path + "?token=hunter2"), "-e", f"release_sha256={sha256}", "-vvv")

    assert done.returncode != 0
    report = playbooks.conclusions(done.stdout)
    assert "NOTHING CHANGED" in report
    assert report.count("checksum of the artifact is") == 3
    assert site.running() == live
    assert site.left_behind() == []
    assert site.records_with_secrets() == []


@pytest.mark.parametrize(
    ("artifact", "message"),
    [
        ("ftp://bob:hunter2@host/app.tar.gz?hunter2", "There is no file ftp://host/app.tar.gz on this machine"),
        ("https://bob:hunter2@127.0.0.1:1/app.tar.gz?hunter2", "connection refused"),
        ("http://bob:hunter2@127.0.0.1:1/app.tar.gz?hunter2", "can be changed on its way"),
    ],
)
def test_a_source_that_cannot_be_used_is_refused_before_anything_is_touched(
    site: Site, artifact: str, message: str
) -> None:
    done = site.play("20240108-000000", artifact, "-vvv")

    assert done.returncode != 0
    flat = " ".join(done.stdout.split())
    assert message in flat
    assert "Next:" in flat


def test_a_mistake_in_how_artifacts_are_reached_is_named_and_shows_no_secret(site: Site) -> None:
    for said, message in (
        ({"heders": {"Authorization": "Bearer hunter2"}}, "refit_artifact.heders is not a setting; did you mean"),
        ("Bearer hunter2", "refit_artifact must be a mapping of headers, origins, ca, proxy, max_bytes, deadline_s"),
    ):
        wrong = ("-e", f"@{site.base / 'wrong.json'}")
        (site.base / "wrong.json").write_text(json.dumps({"refit_artifact": said}))

        done = site.play("20240109-000000", site.web.url("/app.tar.gz"), *wrong, "-vvv")

        assert done.returncode != 0
        assert message in " ".join(done.stdout.split())
