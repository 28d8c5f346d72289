"""The words of ``refit``, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Texts:
    """One language.

    Attributes:
        headings: of the help's parts.
        commands: what each does.
        values: what each of a command's values is, by its name, or by ``COMMAND NAME`` where that differs.
        common: what each option of all commands is.
        mistakes: what is wrong, by :attr:`.arguments.Mistake.kind`.
        notes: what else is said.
    """

    headings: Mapping[str, str]
    commands: Mapping[str, str]
    values: Mapping[str, str]
    common: Mapping[str, str]
    mistakes: Mapping[str, str]
    notes: Mapping[str, str]


KO = Texts(
    headings={
        "usage": "사용법",
        "commands": "명령",
        "values": "이 명령의 값과 옵션",
        "common": "모든 명령의 옵션",
        "extra": "-- 뒤에 쓴 것은 그대로 Ansible에 넘깁니다.",
        "runs": "실행하는 플레이북: {playbook}. 명령 전체를 먼저 보여 주고 실행합니다.",
        "more": "명령마다: refit 명령 --help",
        "anywhere": "말은 한국어(ko)나 영어(en): REFIT_LANGUAGE, 없으면 인벤토리의 refit_language",
        "COMMAND": "명령",
        "OPTIONS": "옵션",
    },
    commands={
        "status": "어느 서버에 무엇이 실행 중인지, 롤백하면 어디로 가는지 보기",
        "health": "얼마나 나쁜지(P0, P1, P2, OK) 재고, 지금 할 일 보기",
        "check": "지금 롤백할 수 있는 상태인지 점검: 빠진 것과 다음 명령 보기",
        "rollback": "모든 서버를 정상 확인된 버전 하나로 되돌리기",
        "deploy": "새 버전을 배치별로 배포하고, 나쁘면 되돌리기",
        "freeze": "배포 동결: 새 배포가 시작되지 않게 하기",
        "resume": "동결 해제: 다시 배포할 수 있게 하기",
        "incident": "인시던트 접수, 대응, 에스컬레이션, 해결, 보기",
        "notify": "이벤트 하나를 Discord에 알리기",
        "provision": "서버 준비(계정, 디렉터리, Node.js, PM2, 스크립트)",
        "scripts": "서버의 rollback.sh, discord-notify.sh, incident.sh를 이 버전으로 맞추기",
        "completion": '셸 자동 완성: eval "$(refit completion bash)"',
    },
    values={
        "VERSION": "버전, 예: 20240127-120000",
        "rollback VERSION": "되돌아갈 버전. 없으면 모든 서버에서 정상 확인된 직전 버전",
        "ARTIFACT": "파일 경로, https://… 또는 s3://버킷/키",
        "ACTION": "할 일. 없으면 열린 인시던트 목록(list)",
        "INCIDENT": "인시던트 번호, 예: INC-20240127-001. 하나뿐이면 생략",
        "--minutes": "알림을 미룰 시간(분), snooze와 함께",
        "incident --reason": "무슨 일인지, 무엇을 보고 했는지",
        "EVENT": "이벤트 이름, 예: incident_opened",
        "--reason": "사유. 배포 기록과 Discord에 남습니다",
        "--further": "방금 롤백했지만 한 번 더 되돌리기",
        "--allow-divergent": "공통 버전이 없으면 서버마다 자기 이전 버전으로",
        "--distrust": "말을 믿지 않을 서버, 쉼표로 구분",
        "--sha256": "파일이 가져야 할 체크섬",
        "--git-sha": "커밋, 배포 기록과 Discord용",
        "--override-freeze": "동결 중에도 이번 한 번 배포하는 사유",
        "--wait": "다른 작업이 끝나기를 기다릴 시간(초)",
        "--fail-on": "이 심각도부터 실패로 끝내기",
        "--window": "재는 시간(초)",
        "--act": "P0이면 롤백하고, P1, P2는 팀에 알리기",
        "--message": "무슨 일인지",
        "--severity": "심각도",
        "--title": "제목",
        "--incident": "인시던트 번호",
        "--channel": "채널",
        "--commit": "커밋",
        "--ci-url": "CI 실행 페이지의 URL",
        "--release": "관련된 버전",
        "notify --reason": "사유",
    },
    common={
        "--inventory": "인벤토리: 이름(staging)이나 경로. 없으면 production",
        "--fleet": "서버 그룹 (app)",
        "--service": "서비스. 하나뿐이면 생략",
        "--limit": "일부 서버에만, 뜻한 것으로 보고(allow_partial)",
        "--plan": "무엇을 할지 보기만 하고 바꾸지 않기 (--check --diff)",
        "--verbose": "자세히",
        "--ask-vault-pass": "Vault 비밀번호 묻기",
        "--vault-id": "Vault ID",
        "--vault-password-file": "Vault 비밀번호 파일",
        "--help": "이 도움말",
        "--version": "버전 보기",
    },
    mistakes={
        "unknown_command": "refit에 '{word}' 명령은 없습니다. {hint}",
        "unknown_option": "'{word}' 옵션은 없습니다. {hint}",
        "unknown_value": "{name}에 {word:은/는} 쓸 수 없습니다. {hint}",
        "unknown_inventory": "'{word}' 인벤토리가 없습니다. {hint}",
        "needed": "{name:이/가} 빠졌습니다",
        "empty": "{name}에 빈 값이 왔습니다. 셸 변수가 비어 있지 않은지 확인합니다",
        "no_value": "{option} 뒤에 값이 없습니다. '-'로 시작하는 값은 {option}='…'처럼 붙여 씁니다",
        "a_value": "{option} 옵션은 값을 받지 않습니다",
        "too_many": "{word:은/는} 무엇인지 알 수 없습니다. 띄어쓰기가 있는 값은 따옴표로 묶습니다",
        "not_installed": "{path:이/가} 없습니다",
    },
    notes={
        "next": "다음",
        "maybe": "혹시: {near}",
        "known": "있는 것: {near}",
        "unknown_service": "참고: 인벤토리에 '{word}' 서비스가 보이지 않습니다. {hint}",
    },
)

EN = Texts(
    headings={
        "usage": "usage",
        "commands": "commands",
        "values": "values and options of this command",
        "common": "options of all commands",
        "extra": "What stands behind -- is handed on to Ansible as it is.",
        "runs": "Runs the playbook {playbook}, and shows the whole command first.",
        "more": "More of one: refit COMMAND --help",
        "anywhere": "It speaks Korean (ko) or English (en): REFIT_LANGUAGE, else the inventory's refit_language",
        "COMMAND": "COMMAND",
        "OPTIONS": "OPTIONS",
    },
    commands={
        "status": "show what runs where, and where a rollback would go",
        "health": "measure how bad it is (P0, P1, P2, OK), and show what to do now",
        "check": "could this fleet roll back now: show what is missing, and what to do",
        "rollback": "take the whole fleet back to one proven release",
        "deploy": "bring a new release live batch by batch, or take it back",
        "freeze": "let no deploy begin",
        "resume": "let deploys begin again",
        "incident": "open, acknowledge, escalate, resolve or show incidents",
        "notify": "tell Discord one event",
        "provision": "make servers ready (accounts, directories, Node.js, PM2, scripts)",
        "scripts": "bring rollback.sh, discord-notify.sh and incident.sh on the servers to this version",
        "completion": 'for the shell: eval "$(refit completion bash)"',
    },
    values={
        "VERSION": "such as 20240127-120000",
        "rollback VERSION": "where to go back to; without it the proven release before",
        "ARTIFACT": "path of a file, https://… or s3://BUCKET/KEY",
        "ACTION": "what to do; without it the open incidents are listed",
        "INCIDENT": "such as INC-20240127-001; not needed where one alone is open",
        "--minutes": "for how long nobody is told, with snooze",
        "incident --reason": "what happened, what was seen or done",
        "EVENT": "name of the event, such as incident_opened",
        "--reason": "why, for the record and for Discord",
        "--further": "go back once more, minutes after another rollback",
        "--allow-divergent": "each host to its own release before, where none is good on all",
        "--distrust": "hosts whose word counts for nothing, with commas between them",
        "--sha256": "the checksum that the file must have",
        "--git-sha": "the commit, for the record and for Discord",
        "--override-freeze": "why this one deploy may go ahead though deploys are frozen",
        "--wait": "seconds to wait for another run to end",
        "--fail-on": "the grade from which it fails",
        "--window": "seconds to measure",
        "--act": "roll back at P0, tell the team at P1 and P2",
        "--message": "what happened",
        "--severity": "how grave it is",
        "--title": "the title",
        "--incident": "number of the incident",
        "--channel": "the channel",
        "--commit": "the commit",
        "--ci-url": "URL of the CI run",
        "--release": "the version that it is about",
        "notify --reason": "why",
    },
    common={
        "--inventory": "by name (staging) or path; production without it",
        "--fleet": "the group of servers (app)",
        "--service": "the service; not needed where there is one",
        "--limit": "a part of the fleet only, and that is meant (allow_partial)",
        "--plan": "show what would be done, and change nothing (--check --diff)",
        "--verbose": "show more",
        "--ask-vault-pass": "ask for the vault's password",
        "--vault-id": "a vault's id",
        "--vault-password-file": "file with the vault's password",
        "--help": "this help",
        "--version": "print the version",
    },
    mistakes={
        "unknown_command": "refit has no command {word!r}. {hint}",
        "unknown_option": "there is no option {word!r}. {hint}",
        "unknown_value": "{name} cannot be {word!r}. {hint}",
        "unknown_inventory": "there is no inventory {word!r}. {hint}",
        "needed": "{name} is missing",
        "empty": "{name} is given and says nothing. Is a variable of the shell not set?",
        "no_value": "{option} has no value. One that begins with '-' is written {option}='…'",
        "a_value": "{option} takes no value",
        "too_many": "{word!r} is one word too many. A value with blanks stands in quotes",
        "not_installed": "{path} is not there",
    },
    notes={
        "next": "next",
        "maybe": "Did you mean {near}?",
        "known": "There are: {near}",
        "unknown_service": "note: the inventory seems to have no service {word!r}. {hint}",
    },
)

LANGUAGES: Mapping[str, Texts] = {"ko": KO, "en": EN}
#: Of who says none.
DEFAULT = "ko"
