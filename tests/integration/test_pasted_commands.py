"""What a screen says to type does what it says, on the fleet of the run that printed it.

Two sites stand side by side, with real PM2.  All is done in staging, whose inventory and vault each command has to
name: production is what Ansible takes by itself, and what a rollback would find something to do on.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from support import playbooks
from support.app.build import build
from support.counters import half_of_the_requests_fail
from support.fleet import Fleet, wait_until
from support.host import Host, make_live
from support.pasting import commands_in

pytestmark = [pytest.mark.fleet, pytest.mark.slow]

OLDEST, OLD = "20240101-000000", "20240102-000000"
STOPPED, BROKEN_OFF, ILL, REFUSED = (f"20240103-00000{number}" for number in range(4))
GONE, LIVE, STAYS, APART = (f"20240104-00000{number}" for number in range(4))


class Site:
    """A fleet and its inventory, part of which is in a vault."""

    def __init__(self, base: Path, name: str, fleet: Fleet) -> None:
        self.fleet = fleet
        self.inventory = base / f"the {name} inventory"
        self._variables = self.inventory / "group_vars" / "all"
        self._variables.mkdir(parents=True)
        self.password = base / f"{name}.password"
        self.password.write_text(f"of {name}\n")
        vault = VaultLib([(name, VaultSecret(f"of {name}".encode()))])
        secret = vault.encrypt(f"refit_environment: {name}\n", vault_id=name)
        (self._variables / "vault.yml").write_bytes(secret)
        self.describe()
        self.options = ["-i", str(self.inventory), "--vault-id", f"{name}@{self.password}"]

    def describe(self, **more: Any) -> None:
        """Put *more* into every server's description of the service."""
        reached = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        services = {server.name: {"backend": {**server.service(), **more}} for server in self.fleet}
        hosts = {host: {**reached, "refit_services": described} for host, described in services.items()}
        (self.inventory / "hosts.json").write_text(json.dumps({"app": {"hosts": hosts}}))
        site = {"refit_services": next(iter(services.values())), "notify_spool_dir": str(self.inventory / "spool")}
        (self._variables / "site.json").write_text(json.dumps(site))

    def stands(self) -> list[tuple[str | None, str, bytes]]:
        """Of each server what runs, what is current, and all that is written down."""
        running = self.fleet.running()
        return [
            (runs, server.current, (server.state_dir / "ledger.jsonl").read_bytes())
            for runs, server in zip(running, self.fleet)
        ]


class Person:
    """Whoever reads what is printed in *staging*, and pastes it into a shell in which *production* is the default."""

    def __init__(self, base: Path, staging: Site, production: Site) -> None:
        self.base = base
        self.staging = staging
        self._env = playbooks.environment(
            ANSIBLE_INVENTORY=str(production.inventory),
            ANSIBLE_VAULT_IDENTITY_LIST=f"production@{production.password}",
            ANSIBLE_STDOUT_CALLBACK="story",
            REFIT_LOG_DIR=str(base / "logs"),
        )

    def paste(self, line: str, code: int = 0, until: str = "") -> str:
        """What a shell shows that was given *line*; where *until* appears, Ctrl-C is pressed."""
        output = self.base / "output"
        with output.open("w") as shown:
            begun = subprocess.Popen(
                ["bash", "-c", f"exec {line}"],
                cwd=playbooks.ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=shown,
                stderr=subprocess.STDOUT,
            )
            with begun:
                if until:
                    wait_until(lambda: until in output.read_text() or begun.poll() is not None, 120)
                    begun.send_signal(signal.SIGINT)
        said = output.read_text()
        assert begun.returncode == code, said
        return said

    def type(self, *words: str, **more: Any) -> str:
        return self.paste(shlex.join(["ansible-playbook", *self.staging.options, *words]), **more)

    def deploy(self, version: str, *more: str, mode: str = "healthy", bad_on: int | None = None, **ends: Any) -> str:
        only_on = {} if bad_on is None else {"only_on": [self.staging.fleet[bad_on - 1].port]}
        artifact = build(self.base / "my artifacts", version, mode, **only_on)
        given = [f"release_version={version}", f"release_artifact='{artifact}'", "deploy_batches=1,1", *more]
        return self.type("playbooks/deploy.yml", *(word for each in given for word in ("-e", each)), **ends)

    def running(self) -> list[str | None]:
        return self.staging.fleet.running()


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base = tmp_path_factory.mktemp("production")
    with Fleet(base / "fleet", 1, health={"stable_s": 0.6}) as fleet:
        make_live(fleet, OLDEST, OLD)
        yield Site(base, "production", fleet)


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory, production: Site) -> Iterator[Person]:
    base = tmp_path_factory.mktemp("staging")
    with Fleet(base / "fleet", 2, health={"deadline_s": 6, "stable_s": 0.6}) as fleet:
        make_live(fleet, OLDEST, OLD)
        yield Person(base, Site(base, "staging", fleet), production)


@pytest.fixture(autouse=True)
def _production_is_left_alone(production: Site) -> Iterator[None]:
    before = production.stands()
    yield
    assert production.stands() == before


def shown_for(screen: str, why: str) -> str:
    """The command below the line of *screen* that says what it is for."""
    (found,) = re.findall(rf"^ *{re.escape(why)}:\n +(ansible-playbook .*)$", screen, re.MULTILINE)
    return str(found)


def of(screen: str, playbook: str) -> str:
    """The one command on *screen* that runs *playbook*."""
    (found,) = {command for command in commands_in(screen) if f" {playbook} " in command}
    return str(found)


def test_a_deploy_that_stopped_goes_on_by_the_command_that_its_screen_and_the_status_show(person: Person) -> None:
    with half_of_the_requests_fail() as page:
        person.staging.describe(traffic={"kind": "prometheus", "url": page})
        stopped = person.deploy(STOPPED, "deploy_observe_s=0.5", code=2)
    person.staging.describe()
    assert "[staging] STOPPED: P1: " in stopped
    assert person.running() == [STOPPED, OLD]
    goes_on = shown_for(stopped, "to go on with the next batch")

    status = person.type("playbooks/status.yml", "-e", "service=backend")
    assert f"\nSTOPPED: the deploy of {STOPPED} by " in status
    # Where the file is only who deployed it knows.
    there = re.split(r' -e "?release_artifact=', goes_on)[0]
    assert (
        shown_for(status, "to go on with the next batch") == f"{there} -e release_artifact=path/to/app-{STOPPED}.tar.gz"
    )
    done = person.paste(goes_on)

    assert f"[staging] DEPLOYED: {STOPPED} is live and proven on all 2 hosts" in done
    assert person.running() == [STOPPED] * 2


def test_a_deploy_that_was_interrupted_is_taken_back_and_deploys_are_allowed_again(person: Person) -> None:
    make_live(person.staging.fleet, STOPPED)
    shown = person.deploy(BROKEN_OFF, "deploy_observe_s=0", code=99, until="batch 2/2")
    assert "[staging] INTERRUPTED: " in shown
    assert "[staging] " in person.paste(of(shown, "playbooks/status.yml"))

    back = person.paste(shown_for(shown, "to take back what is live now"))

    assert f"[staging] ROLLED BACK: {STOPPED} " in back
    assert person.running() == [STOPPED] * 2
    assert "[staging] RESUMED: " in person.paste(of(back, "playbooks/resume.yml"))
    status = person.paste(of(shown, "playbooks/status.yml"))
    assert "\nDeploys of backend are not frozen\n" in status


def test_after_a_deploy_that_was_taken_back_one_goes_on_as_the_screens_say(person: Person) -> None:
    before = person.running()
    taken_back = person.deploy(ILL, "deploy_observe_s=0", mode="unhealthy", bad_on=2, code=2)
    assert f"[staging] ROLLED BACK: {ILL} failed" in taken_back
    assert person.running() == before

    status = person.paste(of(taken_back, "playbooks/status.yml"))
    assert "FROZEN: deploys of backend are refused" in status
    lifts = of(status, "playbooks/resume.yml")

    refused = person.deploy(REFUSED, "deploy_observe_s=0", code=2)
    assert "Deploy refused: nothing was changed" in refused
    assert shown_for(refused, "when it is safe again") == lifts
    assert person.running() == before
    done = person.paste(shown_for(refused, "for this deploy alone, where it cannot wait"))
    assert f"[staging] DEPLOYED: {REFUSED} " in done
    assert person.running() == [REFUSED] * 2

    assert "[staging] RESUMED: " in person.paste(lifts)


def test_who_has_to_act_by_hand_and_has_mended_it_brings_the_host_back_as_the_screen_says(person: Person) -> None:
    make_live(person.staging.fleet, GONE, LIVE)
    first, second = person.staging.fleet
    shutil.rmtree(second.root / "releases" / f"v{GONE}")
    outgoing = first.state_dir / "outgoing"
    outgoing.touch()

    shown = person.type("rollback.yml", "-e", f"release_version={GONE}", code=2)
    assert f"[staging] MANUAL ACTION NEEDED: not on {GONE}: server2" in shown
    assert person.running() == [GONE, LIVE]
    outgoing.unlink(missing_ok=True)
    done = person.paste(shown_for(shown, "to bring back server2"))

    assert f"[staging] ROLLED BACK: {GONE} " in done
    assert person.running() == [GONE] * 2


def test_hosts_that_run_different_releases_are_brought_to_the_one_whose_command_is_pasted(person: Person) -> None:
    make_live(person.staging.fleet, STAYS)
    second = person.staging.fleet[1]
    assert Host(second, second.base).deploy(APART)["outcome"] == "activated"
    assert person.running() == [STAYS, APART]

    shown = person.type("playbooks/status.yml", "-e", "service=backend")
    assert "DIVERGENT" in shown
    done = person.paste(shown_for(shown, f"to bring all to {STAYS}"))

    assert f"[staging] ROLLED BACK: {STAYS} " in done
    assert person.running() == [STAYS] * 2
    status = person.type("playbooks/status.yml", "-e", "service=backend")
    assert "DIVERGENT" not in status
