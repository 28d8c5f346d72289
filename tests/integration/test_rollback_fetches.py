"""A rollback to a release that no server has any more: each fetches it from where it was first staged from."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from support import playbooks
from support.app.build import build
from support.artifact_server import ArtifactServer, Authority
from support.discord import DiscordStandIn
from support.fleet import Fleet

pytestmark = [pytest.mark.fleet, pytest.mark.slow]

GOOD, BAD = "20240101-000000", "20240102-000000"
SECRET = "Bearer hunter2"


def test_a_release_that_is_on_no_server_any_more_is_fetched_from_where_it_came(tmp_path: Path) -> None:
    authority, ca = Authority(), tmp_path / "ca.pem"
    ca.write_text(authority.pem)
    vault = tmp_path / "vault.json"  # as Ansible Vault would hand it over
    good, bad = build(tmp_path / "artifacts", GOOD), build(tmp_path / "artifacts", BAD)
    path, sha256 = f"/builds/{good.name}", hashlib.sha256(good.read_bytes()).hexdigest()
    with (
        Fleet(tmp_path, health={"deadline_s": 6, "stable_s": 0.5}) as fleet,
        DiscordStandIn() as discord,
        ArtifactServer(context=authority.context(), token=SECRET) as web,
    ):
        fleet.save(webhooks={"alerts": discord.webhook("ai-service-alerts")})
        web.files[path] = good.read_bytes()
        site = {"ca": str(ca), "headers": {"Authorization": "Bearer of another"}, "origins": [web.url()]}
        vault.write_text(json.dumps({"refit_artifact": site, "release_artifact_headers": {"Authorization": SECRET}}))

        def play(*arguments: str, rc: int = 0) -> str:
            done = playbooks.run(tmp_path, *arguments, "-e", f"@{vault}", "-vvv")
            assert done.returncode == rc, done.stdout
            assert "hunter2" not in done.stdout
            return done.stdout

        all_at_once = ("-e", "deploy_batches=100%")
        for version, artifact in ((GOOD, web.url(path)), (BAD, str(bad))):
            given = ("-e", f"release_version={version}", "-e", f"release_artifact={artifact}")
            checked = ("-e", f"release_sha256={sha256}") if version == GOOD else ()
            play("playbooks/deploy.yml", *given, *checked, *all_at_once)
        for server in fleet:
            shutil.rmtree(server.root / "releases" / f"v{GOOD}")
        fetched_before = len(web.asked(path))

        planned = play("rollback.yml", "--check")
        assert f"fetch {GOOD} from {web.url(path)}, since no host has a copy to give" in planned
        assert len(web.asked(path)) == fetched_before

        del web.files[path]
        refused = play("rollback.yml", rc=2)
        assert f"{GOOD} could not be fetched: " in " ".join(refused.split())
        assert [server.current for server in fleet] == [BAD] * 3
        web.files[path] = good.read_bytes()

        elsewhere = ("-e", "release_artifact_origins=https://builds.example.com")
        refused = " ".join(play("rollback.yml", *elsewhere, rc=2).split())
        assert f"without refit_artifact.headers, since refit_artifact.origins does not name {web.url()}" in refused
        assert "authorization" not in web.asked(path)[-1].headers
        fetched_before = len(web.asked(path))

        play("rollback.yml")

        assert [(server.ask("/version") or {}).get("version") for server in fleet] == [GOOD] * 3
        assert len(web.asked(path)) == fetched_before + 4  # the controller looks, each server fetches
        assert [path for server in fleet for path in (server.state_dir / "incoming").glob("*")] == []
