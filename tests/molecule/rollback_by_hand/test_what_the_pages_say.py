"""What README and the runbooks tell people to type does what they say, as it stands there, for whom they tell it.

Each test brings the servers to where a page says that one is, and types what that page says then.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.containers.docker import docker
from support.containers.site import Site
from support.containers.workstation import Workstation
from support.discord import DiscordStandIn
from support.fleet import wait_until
from support.not_typed import to_be_typed

# The releases that the pages name; the workstation's are built as they are deployed.
OLDEST, OLD, BROKEN, LIVE, NEW = (
    "20240127-090000",
    "20240127-100000",
    "20240127-110000",
    "20240127-120000",
    "20240128-090000",
)
OPERATOR, ADMINISTRATOR = "lee", "admin"
TYPED_FIRST = "export PATH=$PWD/.venv/bin:$PATH"
WEBHOOKS = (
    "export REFIT_DISCORD_ALERTS='https://discord.com/api/webhooks/…' REFIT_DISCORD_ONCALL_ROLE=100000000000000001"
)

DEPLOY_OLD = (
    "ansible-playbook playbooks/deploy.yml -e service=backend"
    " -e release_version=20240127-100000 -e release_artifact=build/backend.jar"
)
DEPLOY_LIVE = (
    "ansible-playbook playbooks/deploy.yml -e service=backend"
    " -e release_version=20240127-120000 -e release_artifact=build/backend.jar"
)
DEPLOY_NEW = (
    "ansible-playbook playbooks/deploy.yml -e service=backend"
    " -e release_version=20240128-090000 -e release_artifact=build/backend.jar"
)
NOWHERE = "http://127.0.0.1:1/metrics"  # nobody listens there
STATUS = "ansible-playbook playbooks/status.yml -e service=backend"
RESUME = "refit resume --service backend --reason '원인 수정 완료'"
ROLLBACK_SH = "sudo /opt/scripts/rollback.sh backend"

# How the screens of these playbooks begin, or what they say of the fleet.
DEPLOYED, ROLLED_BACK, STOPPED = "배포 완료: ", "롤백 완료: ", "배포 중단: "
FROZEN, RESUMED = "배포 동결: ", "동결 해제: "
DIVERGENT, INTERRUPTED = "버전 불일치: ", "끊긴 작업: "

NOT_UNDERSTOOD = (
    *("command not found", "Permission denied", "a password is required", "Traceback", "No such file", "usage:"),
    *("has no hosts", "belongs to no variable", "could not be found", "is undefined", "어느 서비스인지 지정하세요"),
)

# Let ten minutes pass: what the ledger has is eleven minutes older.
OLDER = """
import datetime, json, pathlib
path = pathlib.Path("/var/lib/refit/backend/ledger.jsonl")
lines = []
for line in path.read_text().splitlines():
    entry = json.loads(line)
    at = datetime.datetime.strptime(entry["at"], "%Y-%m-%dT%H:%M:%S.%fZ") - datetime.timedelta(minutes=11)
    lines.append(json.dumps({**entry, "at": at.isoformat(timespec="milliseconds") + "Z"}) + "\\n")
path.write_text("".join(lines))
"""


# They take as long as all other scenarios together.
pytestmark = pytest.mark.skipif(
    "REFIT_TYPE_PAGES" not in os.environ, reason="to type them: REFIT_TYPE_PAGES=1 make molecule S=rollback_by_hand"
)


class Desk:
    """Who types: at the workstation, and logged in to the servers.  *typed* is what was, as the pages have it."""

    def __init__(self, site: Site, workstation: Workstation, webhook: str) -> None:
        self.site = site
        self.workstation = workstation
        self.pages = {command.text for command in to_be_typed()}
        self.typed: set[str] = set()
        #: What a person puts something of their own in the place of.
        self.own = {
            "https://discord.com/api/webhooks/…": webhook,
            "10.0.1.11 10.0.1.12": " ".join(site.addresses.values()),
            "ec2-user@서버주소": f"-F {site.folder}/ssh_config {OPERATOR}@app1",
            "backend 버전": f"backend {OLD}",
            "backend.jar": "backend.tar.gz",  # the pages' service is Java, this one Node.js
            "backend-broken.jar": "backend-broken.tar.gz",
        }
        workstation.first = "\n".join(map(self.meant, (TYPED_FIRST, WEBHOOKS)))

    def meant(self, text: str, **own: str) -> str:
        """*text* of a page with what is one's own in its place."""
        assert text in self.pages, text
        self.typed.add(text)
        for theirs, ours in {**self.own, **own}.items():
            text = text.replace(theirs, ours)
        return text

    def at_the_workstation(
        self, text: str, says: str = "", *, code: int = 0, **own: str
    ) -> subprocess.CompletedProcess[str]:
        return judged(self.workstation.type(self.meant(text, **own)), says, {code})

    def all_at_once(self, *texts: str) -> None:
        """Type these side by side: they only look, or what they change has nothing to do with one another."""
        with ThreadPoolExecutor(3) as side_by_side:
            list(side_by_side.map(self.at_the_workstation, texts))

    def on_a_server(
        self, text: str, says: str = "", *, code: int = 0, name: str = "app1", by: str = OPERATOR, **own: str
    ) -> subprocess.CompletedProcess[str]:
        command = ["ssh", "-F", str(self.site.folder / "ssh_config"), "-o", "BatchMode=yes", "-l", by, name]
        done = subprocess.run(
            [*command, self.meant(text, **own)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return judged(done, says, {0, 1} if text.endswith("| grep ERROR") else {code})

    def on_every_server(self, text: str, says: str = "") -> None:
        with ThreadPoolExecutor() as side_by_side:
            list(side_by_side.map(lambda name: self.on_a_server(text, says, name=name), self.site.app))

    # -- where the servers are ---------------------------------------------------

    def as_root(self, script: str, *names: str) -> list[str]:
        """What *script* prints on the servers *names*, by default on all."""
        with ThreadPoolExecutor() as side_by_side:
            containers = [self.site.servers.container(name) for name in names or self.site.app]
            return list(side_by_side.map(lambda one: docker("exec", one, "bash", "-ec", script), containers))

    def ten_minutes_pass(self) -> None:
        self.as_root(f"python3 - <<'END'{OLDER}END")

    def remember(self) -> None:
        """All is well, and was for ten minutes: where tests begin from here on."""
        assert self.site.running() == [LIVE] * 3
        self.ten_minutes_pass()
        self.as_root("rm -rf /root/was && cp -a /var/lib/refit/backend /root/was")

    def begin_anew(self) -> None:
        state = "rm -rf /var/lib/refit/backend && cp -a /root/was /var/lib/refit/backend"
        there = f"[ $(readlink /opt/ai_app/current) = releases/v{LIVE} ]"
        back = f"/opt/scripts/rollback.sh backend {LIVE} --yes"
        self.as_root(f"{state}; {there} || {{ {back}; {state}; }}")
        assert self.site.running() == [LIVE] * 3

    def stop_a_deploy_of(self, version: str) -> None:
        """One that cannot be measured stops with its first server; a person decides."""
        self.workstation.build(version)
        service = {**self.workstation.services["backend"], "traffic": {"kind": "prometheus", "url": NOWHERE}}
        extra = {"refit_services": {"backend": service}, "deploy_observe_s": 1, "deploy_batches": [1]}
        command = DEPLOY_LIVE.replace(LIVE, version).replace("backend.jar", "backend.tar.gz")
        judged(self.workstation.type(f"{command} -e '{json.dumps(extra)}'"), STOPPED, {2})
        assert self.site.running()[0] == version
        assert version not in self.site.running()[1:]

    def cut_off(self, text: str, version: str, how: int) -> None:
        """Type *text*, a deploy of *version*, and end it with the signal *how* when its first server has it."""
        self.workstation.build(version)
        with self.workstation.begin(f"{text} -e deploy_batches=1") as process:
            wait_until(lambda: self.site.running()[0] == version, 60)
            if how == signal.SIGINT:
                os.killpg(process.pid, how)
            else:
                self.end(process.pid)
            process.communicate()
        assert process.returncode != 0
        assert version not in self.site.running()[1:]

    def end(self, group: int) -> None:
        """What the runbook says of an ``ansible-playbook`` that hangs; others may be at work on this machine."""
        found = self.at_the_workstation("pgrep -af ansible-playbook").stdout
        running = sorted(int(line.split()[0]) for line in found.splitlines() if "/ansible-playbook " in line)
        pid = next(pid for pid in running if group_of(pid) == group)  # the first: the others are its workers
        self.at_the_workstation("kill -9 4711", **{"4711": str(pid)})


def group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def judged(
    done: subprocess.CompletedProcess[str], says: str, codes: Collection[int]
) -> subprocess.CompletedProcess[str]:
    """*done*, which ended with one of *codes* and said so; nothing in it was not understood."""
    assert done.returncode in codes, done.stdout
    assert says in done.stdout, done.stdout
    assert [words for words in NOT_UNDERSTOOD if words in done.stdout] == [], done.stdout
    return done


@pytest.fixture(scope="module")
def desk(site: Site) -> Iterator[Desk]:
    """The oldest of the pages' releases is live, an operator has an account as anybody else who works there."""
    with DiscordStandIn(roles={"devops-oncall": "100000000000000001"}) as discord, site.reaching(discord.port):
        incidents = {"REFIT_DISCORD_INCIDENTS": discord.webhook("incidents")}
        settings = {"app_host_operators": [OPERATOR], "deploy_batches": ["100%"]}
        with Workstation(site, environment=incidents, **settings) as workstation:
            site.resume()
            site.must_deploy(OLDEST)
            yield Desk(site, workstation, discord.webhook("alerts"))


@pytest.fixture
def anew(desk: Desk) -> Desk:
    """The fleet as it was when all was well: LIVE runs, OLD and OLDEST are proven, nothing is frozen."""
    desk.begin_anew()
    return desk


# -- README, from zero; the first releases ---------------------------------------------------------------------------


def test_the_servers_are_known_and_the_scripts_and_the_operators_are_there(desk: Desk) -> None:
    desk.at_the_workstation("ssh-keyscan 10.0.1.11 10.0.1.12 >> ~/.ssh/known_hosts")
    desk.at_the_workstation("ssh-keygen -l -f ~/.ssh/known_hosts", "(ED25519)")
    assert desk.at_the_workstation("ansible app -m ping").stdout.count("pong") == 3
    desk.all_at_once(
        "ansible-playbook playbooks/server-scripts.yml",
        "ansible-playbook playbooks/notify.yml -e notify_event=incident_opened -e notify_channel=alerts"
        " -e notify_message=\"'설정 확인'\" --check --diff",
        "refit --help",
        "refit rollback --help",
        'eval "$(refit completion bash)"',
    )
    desk.at_the_workstation("ansible-playbook playbooks/provision.yml --tags sudoers")
    desk.as_root(
        f"usermod --shell /bin/bash {OPERATOR}; install -d -m 700 -o {OPERATOR} /home/{OPERATOR}/.ssh;"
        f" install -m 600 -o {OPERATOR} /home/admin/.ssh/authorized_keys /home/{OPERATOR}/.ssh/;"
        f" echo notes >/home/{OPERATOR}/notes.txt"
    )
    desk.at_the_workstation("ssh ec2-user@서버주소")


def test_a_deploy_that_was_cut_off_is_taken_back_on_every_server_by_hand_and_done_again(desk: Desk) -> None:
    desk.cut_off(desk.meant(DEPLOY_OLD), OLD, signal.SIGINT)
    desk.at_the_workstation(STATUS, DIVERGENT)
    assert OLDEST in desk.on_a_server(f"{ROLLBACK_SH} --plan").stdout
    desk.on_every_server(
        f"{ROLLBACK_SH} 20240127-090000 --reason '5xx 50% 초과' --yes", f"backend {OLDEST} 실행 중, 정상 확인"
    )
    assert desk.site.running() == [OLDEST] * 3
    desk.at_the_workstation(
        "ansible app -m release -e @playbooks/group_vars/all.yml -e service=backend -a"
        ' \'{"service": "{{ refit_service }}", "state": "cleared", "version": "20240127-100000",'
        ' "reason": "DB 장애였음"}\''
    )
    desk.at_the_workstation(RESUME, RESUMED)
    desk.at_the_workstation(DEPLOY_OLD, DEPLOYED)
    assert desk.site.running() == [OLD] * 3


def test_a_broken_build_is_taken_back_and_deploys_wait_until_somebody_says_that_it_is_safe_again(desk: Desk) -> None:
    for name, text, says in (
        (
            "backend",
            "ansible-playbook playbooks/deploy.yml -e service=backend -e refit_language=en"
            " -e release_version=20240127-110000 -e release_artifact=build/backend.jar",
            f"ROLLED BACK: {BROKEN} failed",
        ),
        (
            "backend-broken",
            "ansible-playbook playbooks/deploy.yml -e service=backend"
            " -e release_version=20240127-110000 -e release_artifact=build/backend-broken.jar",
            f"배포 실패, 복구 완료: {BROKEN} 실패",
        ),
    ):
        desk.workstation.build(BROKEN, "unhealthy", name)
        desk.at_the_workstation(text, says, code=2)
        assert desk.site.running() == [OLD] * 3
        desk.at_the_workstation(
            "ansible-playbook playbooks/resume.yml -e service=backend -e resume_reason=\"'the bad build was found'\"",
            RESUMED,
        )
        desk.as_root(f"sed -i '/{BROKEN}/d' /var/lib/refit/backend/ledger.jsonl; rm -rf /opt/ai_app/releases/v{BROKEN}")


def test_a_deploy_that_stopped_is_looked_at_and_continued(desk: Desk) -> None:
    desk.stop_a_deploy_of(LIVE)
    desk.all_at_once(
        "ansible-playbook playbooks/health-check.yml -e service=backend -e probe_window_s=30",
        STATUS,
        "refit status -i staging --service backend",
    )
    desk.at_the_workstation(DEPLOY_LIVE, DEPLOYED)
    desk.remember()


# -- looking ---------------------------------------------------------------------------------------------------------


def test_what_looks_changes_nothing(anew: Desk) -> None:
    anew.all_at_once(
        "refit status --service backend",
        "ansible-playbook playbooks/health-check.yml -e service=backend",
        "refit health --service backend",
        "refit health --fail-on P1 --service backend",
        "refit rollback --service backend --plan",
        "refit rollback --service backend --reason 'too slow' --plan",
        "ansible-playbook rollback.yml -e service=backend --check",
        "refit freeze --service backend --reason '분기 마감' --plan",
        "refit provision -i staging -- --tags sudoers",
    )
    # One of its servers has the release from a deploy that went by other settings.
    anew.at_the_workstation(
        "refit check --service backend", "app1: rollback.sh의 설정이 마지막 배포 때와 다릅니다", code=2
    )
    looks = [
        f"{ROLLBACK_SH} --list",
        f"{ROLLBACK_SH} --plan",
        f"{ROLLBACK_SH} --status",
        f"{ROLLBACK_SH} --logs --lines 100",
        f"{ROLLBACK_SH} --logs --lines 50",
        f"{ROLLBACK_SH} --logs --lines 50 | grep ERROR",
        f"{ROLLBACK_SH} --logs | grep ERROR",
        "sudo /opt/scripts/rollback.sh --version",
        "curl http://localhost:8080/actuator/health",
        "df -h /opt /var",
    ]
    with ThreadPoolExecutor(3) as side_by_side:
        list(side_by_side.map(anew.on_a_server, looks))
    assert anew.site.running() == [LIVE] * 3


def test_who_is_on_a_server_tells_the_team(anew: Desk) -> None:
    notify = "sudo /opt/scripts/discord-notify.sh"
    for text in (
        f'{notify} P2 "title" "message" --field "who=kim" --file notes.txt',
        f'{ROLLBACK_SH} --logs | {notify} P2 "its log" -',
        f'{notify} P1 "응답 지연" "09:10부터 느림" --channel incidents',
        f'{ROLLBACK_SH} --logs --lines 20 | {notify} P1 "응답 지연: 로그" - --channel incidents',
        f'{notify} P2 "알림 테스트" "무시하세요" --dry-run',
        f'{notify} P2 "알림 테스트" "무시하세요"',
    ):
        anew.on_a_server(text)


def test_an_incident_is_opened_taken_and_resolved_by_hand(anew: Desk) -> None:
    first = f"INC-{time.strftime('%Y%m%d')}-001"
    meant = {"INC-20240127-001": first}
    resolve = "refit incident resolve --reason '20240127-090000으로 롤백, 10분간 정상' --service backend"
    anew.at_the_workstation("refit incident open --severity P0 --reason '결제가 되지 않음' --service backend", first)
    anew.at_the_workstation("refit incident ack --service backend", first)
    anew.at_the_workstation("refit incident ack INC-20240127-001 --service backend", first, **meant)
    for text in (
        "refit incident note --reason 'DB 연결 수가 가득 참' --service backend",
        "refit incident severity --severity P1 --reason '일부 사용자만' --service backend",
        "refit incident mitigate --reason '롤백함' --service backend",
        "refit incident snooze --minutes 30 --reason '외부 업체가 복구 중' --service backend",
        "refit incident escalate --service backend",
        "refit incident --service backend",
        resolve,
    ):
        anew.at_the_workstation(text, first)
    anew.at_the_workstation("refit incident reopen INC-20240127-001 --reason '다시 느려짐' --service backend", **meant)
    said = anew.at_the_workstation("refit incident show INC-20240127-001 --service backend", first, **meant).stdout
    assert [
        why for why in ("결제가 되지 않음", "롤백함", "외부 업체가 복구 중", "다시 느려짐") if why not in said
    ] == []
    anew.at_the_workstation(resolve, first)

    anew.at_the_workstation("refit incident open --severity P0 --reason 'no payments' --service backend", "-002")
    anew.at_the_workstation(resolve, "-002")
    anew.at_the_workstation("refit notify release_built --service backend")


def test_an_incident_is_opened_taken_and_resolved_on_a_server(anew: Desk) -> None:
    number = f"INC-{time.strftime('%Y%m%d')}-003a"  # the letter is of the fleet's first server
    script = "sudo /opt/scripts/incident.sh backend"
    anew.on_a_server(f"{script} open --severity P0 --reason '결제가 되지 않음'", number)
    anew.on_a_server(script, number)
    anew.on_a_server(f"{script} ack", number)
    anew.on_a_server(f"{script} resolve --reason '재시작 뒤 정상'", number)


# -- going back ------------------------------------------------------------------------------------------------------


def test_a_drill_goes_back_and_once_more_only_on_request(anew: Desk) -> None:
    anew.at_the_workstation(
        "ansible-playbook rollback.yml -e service=backend -e rollback_reason=\"'drill'\"", ROLLED_BACK
    )
    assert anew.site.running() == [OLD] * 3
    anew.at_the_workstation("refit rollback --further --service backend --reason '이전 버전도 응답 지연'", ROLLED_BACK)
    assert anew.site.running() == [OLDEST] * 3


def test_at_p0_the_fleet_goes_back_and_a_release_that_was_condemned_by_mistake_is_deployed_again(anew: Desk) -> None:
    anew.at_the_workstation("refit rollback --service backend --reason '5xx 50% 초과'", ROLLED_BACK)
    assert anew.site.running() == [OLD] * 3
    anew.at_the_workstation(
        "ansible app -m release -e @playbooks/group_vars/all.yml -e service=backend -a"
        ' \'{"service": "{{ refit_service }}", "state": "cleared", "version": "20240127-120000",'
        ' "reason": "the database was at fault"}\''
    )
    anew.at_the_workstation("refit resume --service backend --reason 'mended'", RESUMED)
    anew.workstation.build(LIVE)
    anew.at_the_workstation("refit deploy 20240127-120000 build/backend.jar --service backend", DEPLOYED)
    assert anew.site.running() == [LIVE] * 3


def test_a_version_may_be_named(anew: Desk) -> None:
    anew.at_the_workstation("refit rollback 20240127-100000 --service backend --reason 'too slow'", ROLLED_BACK)
    assert anew.site.running() == [OLD] * 3
    anew.at_the_workstation("refit rollback 20240127-090000 --service backend --reason '응답 지연'", ROLLED_BACK)
    assert anew.site.running() == [OLDEST] * 3


def test_a_deploy_that_stopped_is_taken_back(anew: Desk) -> None:
    anew.stop_a_deploy_of("20240127-130000")
    anew.at_the_workstation(
        "ansible-playbook rollback.yml -e service=backend -e \"rollback_reason='P1: 5xx 증가'\"", ROLLED_BACK
    )
    assert anew.site.running() == [LIVE] * 3


def test_a_deploy_that_was_killed_is_taken_back(anew: Desk) -> None:
    version = "20240127-140000"
    anew.cut_off(anew.meant(DEPLOY_LIVE).replace(LIVE, version), version, signal.SIGKILL)
    anew.at_the_workstation(STATUS, INTERRUPTED)
    anew.at_the_workstation(
        "ansible-playbook rollback.yml -e service=backend -e \"rollback_reason='끊긴 배포를 되돌림'\"", ROLLED_BACK
    )
    assert anew.site.running() == [LIVE] * 3


# -- frozen, and divergent -------------------------------------------------------------------------------------------


def test_a_hot_fix_goes_out_though_a_server_is_away_and_deploys_are_frozen(anew: Desk) -> None:
    anew.workstation.build(NEW)
    anew.as_root("systemctl stop ssh; pkill -x sshd || true", "app3")
    anew.at_the_workstation(f"{DEPLOY_NEW} -e deploy_max_unreachable=1", DEPLOYED)
    assert anew.site.running() == [NEW, NEW, LIVE]
    anew.as_root("systemctl start ssh", "app3")
    anew.at_the_workstation("refit freeze --service backend --reason '분기 마감'", FROZEN)
    anew.at_the_workstation("refit freeze --service backend --reason 'end of the quarter'", FROZEN)
    anew.at_the_workstation(f"{DEPLOY_NEW} -e \"deploy_override_freeze='긴급 Hot Fix, 승인: CTO'\"", DEPLOYED)
    assert anew.site.running() == [NEW] * 3

    anew.on_a_server(ROLLBACK_SH, f"backend {LIVE} 실행 중, 정상 확인", name="app2")
    anew.at_the_workstation(STATUS, DIVERGENT)
    anew.at_the_workstation("ansible-playbook rollback.yml -e service=backend", ROLLED_BACK)
    assert anew.site.running() == [LIVE] * 3


def test_a_fleet_that_fell_apart_is_brought_to_one_version(anew: Desk) -> None:
    anew.on_a_server(f"{ROLLBACK_SH} 20240127-090000", f"backend {OLDEST} 실행 중, 정상 확인")
    anew.on_a_server(f"{ROLLBACK_SH} 20240127-120000", f"backend {LIVE} 실행 중, 정상 확인", name="app2")
    anew.at_the_workstation(STATUS, DIVERGENT)
    named = "ansible-playbook rollback.yml -e service=backend -e release_version=20240127-090000"
    anew.at_the_workstation(f"{named} --check --diff")
    anew.at_the_workstation(f"{named} -e \"rollback_reason='전체를 같은 버전으로'\"", ROLLED_BACK)
    assert anew.site.running() == [OLDEST] * 3


def test_where_no_version_is_good_everywhere_each_server_goes_to_its_own(anew: Desk) -> None:
    everywhere = tuple(anew.site.app)
    for version, names in {"20240126-.*": everywhere, OLD: ("app1",), OLDEST: ("app2", "app3")}.items():
        proof = f'"event": "verified".*"version": "{version}"'
        failed = f"sed -i '/{proof}/s/verified/failed/' /var/lib/refit/backend/ledger.jsonl"
        anew.as_root(failed, *names)
    apart = "ansible-playbook rollback.yml -e service=backend -e rollback_allow_divergent=true"
    anew.at_the_workstation(f"{apart} --check --diff")
    anew.at_the_workstation(f"{apart} -e \"rollback_reason='5xx 50% 초과'\"", ROLLED_BACK)
    assert anew.site.running() == [OLDEST, OLD, OLD]


# -- on the servers alone --------------------------------------------------------------------------------------------


def test_by_hand_a_server_goes_back_and_further_and_to_what_is_named(anew: Desk) -> None:
    def first() -> None:
        anew.on_a_server(f"{ROLLBACK_SH} --wait 300 --yes", f"backend {OLD} 실행 중, 정상 확인", name="app1")
        anew.on_a_server(f"{ROLLBACK_SH} --further --yes", f"backend {OLDEST} 실행 중, 정상 확인", name="app1")

    def second() -> None:
        anew.on_a_server(f"{ROLLBACK_SH} 20240127-090000 --yes", f"backend {OLDEST} 실행 중, 정상 확인", name="app2")

    def third() -> None:
        anew.on_a_server(f"{ROLLBACK_SH} 버전", f"backend {OLD} 실행 중, 정상 확인", name="app3")
        anew.on_a_server(f"{ROLLBACK_SH} 20240127-090000", f"backend {OLDEST} 실행 중, 정상 확인", name="app3")

    with ThreadPoolExecutor() as side_by_side:
        for done in [side_by_side.submit(each) for each in (first, second, third)]:
            done.result()
    assert anew.site.running() == [OLDEST] * 3


def test_who_holds_a_lock_and_was_stopped_is_found_and_ended(anew: Desk) -> None:
    holder = "setsid flock --no-fork /var/lib/refit/backend/lock sleep 3600"
    (pid,) = anew.as_root(f"{holder} >/dev/null 2>&1 & kill -STOP $!; echo $!", "app1")
    assert " T" in anew.on_a_server("ps -o pid,stat,etime,args -p 4711", **{"4711": pid}).stdout
    anew.on_a_server("sudo kill -9 4711", by=ADMINISTRATOR, **{"4711": pid})
    anew.on_a_server("ps -o pid,stat,etime,args -p 4711", code=1, **{"4711": pid})


def test_nothing_that_the_pages_say_was_left_out(desk: Desk) -> None:
    assert desk.pages - desk.typed == set()
