"""What the scripts on a server say: steps, questions, results, help."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # Errors.
    "error_line": {"en": "ERROR: {what}", "ko": "오류: {what}"},
    "where_line": {"en": "  where: {where}", "ko": "  상세: {where}"},
    "as_follows": {"en": "as follows", "ko": "아래와 같습니다"},
    "next_line": {"en": "  next:  {following}", "ko": "  다음: {following}"},
    "run_it_again": {
        "en": "Interrupted. Run the same command again: it finishes what was begun.",
        "ko": "끊겼습니다. 같은 명령을 다시 실행하면 하던 일을 마저 끝냅니다.",
    },
    "no_such_service": {
        "en": "there is no service '{name}' on this host",
        "ko": "이 서버에 {name} 서비스가 없습니다",
    },
    "known_services": {"en": "known are: {names}", "ko": "있는 서비스: {names}"},
    "no_services_in": {"en": "known are: none in {directory}", "ko": "{directory}에 서비스가 없습니다"},
    "from_the_workstation": {"en": "{playbook}, from the workstation", "ko": "작업 PC에서 {playbook}"},
    "settings_unreadable": {
        "en": "the service's settings cannot be read: {why}",
        "ko": "서비스 설정을 읽을 수 없습니다: {why}",
    },
    "install_settings_again": {
        "en": "install them again with the playbooks",
        "ko": "플레이북으로 다시 설치하세요",
    },
    "settings_only_for_root": {"en": "only root may read the settings", "ko": "설정은 root만 읽을 수 있습니다"},
    "use_sudo": {"en": "run the same command with sudo", "ko": "같은 명령을 sudo로 실행하세요"},
    "not_confirmed": {
        "en": "not confirmed, so nothing was changed",
        "ko": "확인하지 않아 아무것도 바꾸지 않았습니다",
    },
    "answer_y": {
        "en": "answer y, or do not be asked: {command}",
        "ko": "y로 답하거나, 묻지 않게 하세요: {command}",
    },
    "no_number_up_to": {
        "en": "'{text}' is not a number from 1 to {most}",
        "ko": "{text:은/는} 1부터 {most}까지의 숫자가 아닙니다",
    },
    "no_name_and_value": {"en": "'{text}' is not NAME=VALUE", "ko": "{text:은/는} NAME=VALUE 형식이 아닙니다"},
    "arguments_missing": {
        "en": "the following arguments are required: {names}",
        "ko": "필요한 인자가 없습니다: {names}",
    },
    "arguments_unknown": {"en": "unrecognized arguments: {names}", "ko": "모르는 인자입니다: {names}"},
    "argument_wrong": {"en": "argument {name}: {why}", "ko": "인자 {name}: {why}"},
    "expected_a_value": {"en": "expected one argument", "ko": "값이 필요합니다"},
    "not_allowed_with": {"en": "not allowed with argument {other}", "ko": "{other:과/와} 함께 쓸 수 없습니다"},
    "is_no_choice": {
        "en": "invalid choice: {text} (choose from {choices})",
        "ko": "{text:은/는} 쓸 수 없습니다. 가능한 값: {choices}",
    },
    # A rollback by hand.
    "step_mark_bad": {"en": "Marking {detail} as bad", "ko": "{detail:을/를} 불량으로 표시합니다"},
    "step_switch": {"en": "Switching to version {detail}", "ko": "{detail:으로/로} 전환합니다"},
    "step_reload": {
        "en": "Restarting {service} with {manager}",
        "ko": "{manager:으로/로} {service:을/를} 재시작합니다",
    },
    "step_wait": {
        "en": "Waiting for another run to end: {detail}",
        "ko": "다른 작업이 끝나기를 기다립니다: {detail}",
    },
    "step_restore": {
        "en": "Health check failed. Restoring {detail}",
        "ko": "헬스체크 실패. {detail:으로/로} 복구합니다",
    },
    "step_prove_unchanged": {
        "en": "Version {detail} is live already; checking that it runs",
        "ko": "{detail:은/는} 이미 실행 중입니다. 정상인지 확인합니다",
    },
    "health_check_of": {
        "en": "Health check {attempt}/{most}: {state}",
        "ko": "헬스체크 {attempt}/{most}: {state}",
    },
    "up_in_a_row": {"en": "UP, {good} of {needed} in a row", "ko": "UP, 연속 {good}/{needed}"},
    "not_answered_yet": {"en": "not yet", "ko": "아직 응답 없음"},
    "watching_for": {
        "en": "Watching it for {seconds:.0f} s more: it must stay up, and nothing may restart",
        "ko": "{seconds:.0f}초 더 지켜봅니다: 계속 정상이고 재시작이 없어야 합니다",
    },
    "rollback_begins": {
        "en": "Rollback Start: {service} {left} -> {target}",
        "ko": "롤백 시작: {service} {left} -> {target}",
    },
    "rollback_complete": {
        "en": "Rollback complete: {service} runs {live}, proven healthy",
        "ko": "롤백 완료: {service} {live} 실행 중, 정상 확인",
    },
    "one_server_only": {
        "en": "This is one server of the service; no other was looked at[: {others}] "
        "(on your workstation: playbooks/status.yml)",
        "ko": "이 서버 한 대만 롤백했습니다. 다른 서버는 확인하지 않았습니다[: {others}] (작업 PC에서: "
        "playbooks/status.yml)",
    },
    "rollback_stopped": {"en": "Rollback STOPPED: {why}", "ko": "롤백 중단: {why}"},
    "rollback_restored": {
        "en": "Rollback FAILED: {why}. Restored and proven: {live}",
        "ko": "롤백 실패: {why}. 원래 버전으로 복구, 정상 확인: {live}",
    },
    "rollback_failed": {
        "en": "Rollback FAILED, and the service is NOT healthy: {why}",
        "ko": "롤백 실패, 서비스가 정상이 아닙니다: {why}",
    },
    "see_then_name": {
        "en": "next, to see which other releases there are, and then name one of those:",
        "ko": "다음: 다른 버전을 보고 그중 하나를 지정하세요:",
    },
    "frozen_until_safe": {
        "en": "Deploys of {service} are frozen. When it is safe again:",
        "ko": "{service} 배포가 동결되었습니다. 다시 안전해지면:",
    },
    "would_roll_back": {
        "en": "{service} on {host}: {left} -> {target} ({why})",
        "ko": "{host}의 {service}: {left} -> {target} ({why})",
    },
    "only_this_server": {
        "en": "Only this server; no other is touched[: {others}]",
        "ko": "이 서버만 롤백합니다. 다른 서버는 건드리지 않습니다[: {others}]",
    },
    "roll_back_now": {"en": "Roll back now?", "ko": "지금 롤백할까요?"},
    "by_other_settings": {
        "en": "warning: {path} is not what the last deploy of {service} went by, and this script goes by it. To bring "
        "it along:",
        "ko": "주의: {path}의 설정이 마지막 {service} 배포 때와 다르고, 이 스크립트는 그 설정을 씁니다. 맞추려면:",
    },
    "on_the_workstation": {
        "en": "on the workstation, for the inventory with this server: {command}",
        "ko": "작업 PC에서, 이 서버가 있는 인벤토리로: {command}",
    },
    # --list, --status, --logs.
    "column_version": {"en": "VERSION", "ko": "버전"},
    "column_state": {"en": "STATE", "ko": "상태"},
    "column_target": {"en": "ROLLBACK TARGET", "ko": "롤백 대상"},
    "state_staged": {"en": "staged", "ko": "전송됨"},
    "state_activated": {"en": "activated", "ko": "교체됨"},
    "state_verified": {"en": "verified", "ko": "정상 확인"},
    "state_failed": {"en": "failed", "ko": "실패"},
    "state_rolled_back": {"en": "rolled_back", "ko": "되돌림"},
    "state_bad": {"en": "bad", "ko": "불량"},
    "state_unproven": {"en": "unproven", "ko": "확인 안 됨"},
    "state_damaged": {"en": "damaged", "ko": "손상됨"},
    "state_missing": {"en": "missing", "ko": "없음"},
    "qualifies": {"en": "yes", "ko": "가능"},
    "does_not_qualify": {"en": "no: {why}", "ko": "불가: {why}"},
    "is_live": {"en": "is live", "ko": "실행 중"},
    "goes_to": {"en": "rollback goes to: {target}", "ko": "롤백하면: {target}"},
    "goes_nowhere": {"en": "rollback goes to: nowhere: {what}. Next:", "ko": "롤백할 수 없음: {what}. 다음:"},
    "deploys_are_frozen_by": {"en": "deploys are frozen {by}", "ko": "배포 동결: {by}"},
    "column_process": {"en": "PROCESS", "ko": "프로세스"},
    "column_status": {"en": "STATUS", "ko": "상태"},
    "column_restarts": {"en": "RESTARTS", "ko": "재시작"},
    "column_what_runs": {"en": "RUNS", "ko": "실행 중"},
    "column_when": {"en": "WHEN", "ko": "시각"},
    "column_event": {"en": "EVENT", "ko": "이벤트"},
    "column_by": {"en": "BY", "ko": "실행자"},
    "column_reason": {"en": "REASON", "ko": "사유"},
    "manager_cannot_be_asked": {"en": "{manager} cannot be asked: {why}", "ko": "{manager}에 물을 수 없습니다: {why}"},
    "manager_names_no_process": {
        "en": "{manager} says {status}; it names no process",
        "ko": "{manager}: {status}, 프로세스 없음",
    },
    "ledger_is_empty": {
        "en": "the ledger is empty: nothing was ever deployed here",
        "ko": "배포 기록이 비어 있습니다: 이 서버에 배포한 적이 없습니다",
    },
    "no_log_known": {
        "en": "no log of {service} is known: its settings name none",
        "ko": "{service}의 로그를 모릅니다: 설정에 로그가 없습니다",
    },
    "log_cannot_be_read": {"en": "cannot be read: {why}", "ko": "읽을 수 없습니다: {why}"},
    "log_is_empty": {"en": "(empty)", "ko": "(비어 있음)"},
    "event_staged": {"en": "staged", "ko": "전송"},
    "event_intent": {"en": "intent", "ko": "교체 시작"},
    "event_activated": {"en": "activated", "ko": "교체"},
    "event_verified": {"en": "verified", "ko": "정상 확인"},
    "event_failed": {"en": "failed", "ko": "실패"},
    "event_abandoned": {"en": "abandoned", "ko": "중도 포기"},
    "event_rolled_back": {"en": "rolled_back", "ko": "되돌림"},
    "event_marked_bad": {"en": "marked_bad", "ko": "불량 표시"},
    "event_cleared": {"en": "cleared", "ko": "불량 해제"},
    "event_pruned": {"en": "pruned", "ko": "정리"},
    "event_frozen": {"en": "frozen", "ko": "배포 동결"},
    "event_resumed": {"en": "resumed", "ko": "동결 해제"},
    "event_overridden": {"en": "overridden", "ko": "동결 중 강행"},
    # Help.
    "usage": {"en": "usage: ", "ko": "사용법: "},
    "help_arguments": {"en": "positional arguments", "ko": "인자"},
    "help_options": {"en": "options", "ko": "옵션"},
    "help_help": {"en": "show this help message and exit", "ko": "이 도움말을 보여 주고 끝냅니다"},
    "help_version": {"en": "print '{version}' and exit", "ko": "'{version}'을 보여 주고 끝냅니다"},
    "exit_codes": {"en": "exit codes:", "ko": "종료 코드:"},
    "exit_unexpected": {"en": "an unexpected error", "ko": "예상하지 못한 오류"},
    "rollback_does": {
        "en": "Take a service on this host back to its previous proven release, or to VERSION.",
        "ko": "이 서버의 서비스를 정상이 확인된 이전 버전이나 VERSION으로 되돌립니다.",
    },
    "help_service": {"en": "such as backend", "ko": "예: backend"},
    "help_target": {"en": "such as 20240127-120000", "ko": "예: 20240127-120000"},
    "help_status": {
        "en": "show what runs, and what happened last; change nothing",
        "ko": "무엇이 실행 중이고 최근에 무슨 일이 있었는지 보여 줍니다. 바꾸지 않습니다",
    },
    "help_logs": {
        "en": "show the end of the service's logs; change nothing",
        "ko": "서비스 로그의 끝을 보여 줍니다. 바꾸지 않습니다",
    },
    "help_list": {
        "en": "show the releases, and which qualify; change nothing",
        "ko": "버전 목록과 롤백할 수 있는지를 보여 줍니다. 바꾸지 않습니다",
    },
    "help_plan": {
        "en": "show what would be done; change nothing",
        "ko": "무엇을 할지 보여 줍니다. 바꾸지 않습니다",
    },
    "help_lines": {"en": "of each log, with --logs (50)", "ko": "--logs에서 로그마다 보여 줄 줄 수 (50)"},
    "help_further": {
        "en": "go back once more, minutes after another rollback",
        "ko": "롤백한 지 10분이 안 됐어도 한 단계 더 되돌립니다",
    },
    "help_reason": {"en": "why, for the ledger and for Discord", "ko": "배포 기록과 Discord에 남길 사유"},
    "help_wait": {"en": "seconds to wait for another run (60)", "ko": "다른 작업을 기다릴 시간(초) (60)"},
    "help_json": {
        "en": "print the result as JSON on standard output",
        "ko": "결과를 표준 출력에 JSON으로 씁니다",
    },
    "help_no_notify": {"en": "do not tell Discord", "ko": "Discord에 알리지 않습니다"},
    "help_yes": {"en": "do not ask for confirmation", "ko": "확인을 묻지 않습니다"},
    "rollback_exit_0": {
        "en": "the service runs the target release and is proven healthy",
        "ko": "서비스가 대상 버전을 실행 중이고 정상이 확인됨",
    },
    "rollback_exit_2": {
        "en": "wrong usage, or the service's settings are wrong",
        "ko": "사용법이나 서비스 설정이 잘못됨",
    },
    "rollback_exit_3": {
        "en": "no release qualifies to go back to; or a deploy that ended half-way did not reach this host: name "
        "a VERSION",
        "ko": "되돌아갈 버전이 없음. 또는 중간에 끝난 배포가 이 서버까지 오지 않음: VERSION을 지정하세요",
    },
    "rollback_exit_4": {
        "en": "the named version is not on this host, or not whole",
        "ko": "지정한 버전이 이 서버에 없거나 온전하지 않음",
    },
    "rollback_exit_5": {
        "en": "another run is at work here or has taken over, or a process holds a lock and does not let go",
        "ko": "다른 작업이 진행 중이거나 이어받았음. 또는 프로세스가 잠금을 놓지 않음",
    },
    "rollback_exit_6": {
        "en": "the target failed its health check; what was live before is back and healthy",
        "ko": "대상 버전이 헬스체크에 실패해 원래 버전으로 복구했고 정상임",
    },
    "rollback_exit_7": {
        "en": "the target failed its health check, and what was live before is NOT healthy",
        "ko": "대상 버전이 헬스체크에 실패했고 원래 버전도 정상이 아님",
    },
    "rollback_exit_8": {
        "en": "a rollback was made less than 10 minutes ago (go back once more with --further)",
        "ko": "10분 안에 이미 롤백했음 (한 단계 더 되돌리려면 --further)",
    },
    "notify_does": {
        "en": "Tell the team something in Discord. P0 mentions @devops-oncall.",
        "ko": "팀에 Discord로 알립니다. P0은 @devops-oncall을 호출합니다.",
    },
    "help_message": {
        "en": "the text; - reads it from standard input",
        "ko": "본문. -이면 표준 입력에서 읽습니다",
    },
    "help_channel": {"en": "alerts (default) or incidents", "ko": "alerts(기본) 또는 incidents"},
    "help_field": {"en": "show this too; repeatable", "ko": "함께 보여 줄 항목. 여러 번 쓸 수 있습니다"},
    "help_file": {
        "en": "quote the end of this file, such as a log",
        "ko": "로그 같은 파일의 끝부분을 함께 보냅니다",
    },
    "help_dry_run": {
        "en": "print what would be sent, and send nothing",
        "ko": "보낼 내용만 보여 주고 보내지 않습니다",
    },
    "notify_exit_0": {"en": "Discord has the message", "ko": "Discord에 전송됨"},
    "notify_exit_2": {"en": "wrong usage, or the settings are wrong", "ko": "사용법이나 설정이 잘못됨"},
    "notify_exit_3": {
        "en": "Discord cannot be reached (tried for 5 seconds at most); the message is kept and sent later",
        "ko": "Discord에 연결되지 않음(최대 5초 시도). 메시지를 보관했다가 나중에 보냄",
    },
    "notify_exit_4": {
        "en": "Discord refused it, or no webhook is configured; nothing was sent. Or Discord cannot be reached and the "
        "message could not be kept either: it is lost",
        "ko": "Discord가 거절했거나 웹훅이 없어 보내지 않음. 또는 연결되지 않고 보관도 못 해 메시지를 잃음",
    },
    "warning_line": {"en": "warning: {what}", "ko": "주의: {what}"},
    "message_lost": {
        "en": "LOST, since it could not be kept[: {why}]",
        "ko": "보관하지 못해 메시지를 잃었습니다[: {why}]",
    },
    "message_queued": {"en": "queued[: {why}]", "ko": "보관했다가 나중에 보냅니다[: {why}]"},
    "message_refused": {"en": "{status}[: {why}]", "ko": "보내지 못했습니다({status})[: {why}]"},
    "outbox_flushed": {
        "en": "delivered {delivered}, refused {refused}, {pending} wait",
        "ko": "전송 {delivered}, 거절 {refused}, 대기 {pending}",
    },
    "flush_takes_none": {"en": "flush takes no arguments, not '{text}'", "ko": "flush는 인자가 없습니다: {text}"},
    "file_is_none": {
        "en": "--file takes a file, and this is {kind}",
        "ko": "--file에는 파일을 지정해야 합니다. 이것은 {kind}",
    },
    "a_directory": {"en": "a directory", "ko": "디렉터리입니다"},
    "a_pipe": {"en": "a pipe (FIFO)", "ko": "파이프(FIFO)입니다"},
    "a_socket": {"en": "a socket", "ko": "소켓입니다"},
    "a_device": {"en": "a device", "ko": "장치입니다"},
    "no_file": {"en": "no file", "ko": "파일이 아닙니다"},
    "name_a_log": {
        "en": "name a log, or give the text as MESSAGE: - reads it",
        "ko": "로그 파일을 지정하거나, MESSAGE를 -로 하고 표준 입력으로 주세요",
    },
    "file_cannot_be_read": {"en": "the file cannot be read: {why}", "ko": "파일을 읽을 수 없습니다: {why}"},
    "name_one_readable": {
        "en": "name one that you may read, or leave --file out",
        "ko": "읽을 수 있는 파일을 지정하거나 --file을 빼세요",
    },
    # incident.sh.
    "incident_does": {
        "en": "Open, acknowledge, escalate, resolve or show incidents, with what this server knows of them.",
        "ko": "이 서버가 아는 인시던트를 접수하고, 대응하고, 에스컬레이션하고, 해결하고, 봅니다.",
    },
    "help_incident_action": {
        "en": "{actions}; without it the open incidents are listed",
        "ko": "{actions}. 없으면 열린 인시던트 목록",
    },
    "help_incident_number": {
        "en": "such as INC-20240127-001; not needed where one alone is open",
        "ko": "예: INC-20240127-001. 하나만 열려 있으면 생략",
    },
    "help_incident_severity": {"en": "P0, P1 or P2, for open and severity", "ko": "P0, P1, P2. open과 severity에"},
    "help_incident_reason": {"en": "what happened, what was seen or done", "ko": "무슨 일인지, 무엇을 보고 했는지"},
    "help_incident_minutes": {
        "en": "for snooze: for how long nobody is told",
        "ko": "snooze에: 알림을 미룰 시간(분)",
    },
    "incident_exit_0": {"en": "it is written down, or shown", "ko": "기록했거나 보여 줌"},
    "incident_exit_2": {
        "en": "wrong usage, the settings are wrong, or no incident is meant",
        "ko": "사용법이나 설정이 잘못됐거나, 어느 인시던트인지 알 수 없음",
    },
    "incident_exit_5": {
        "en": "another process holds the record and does not let go",
        "ko": "다른 프로세스가 기록을 잡고 놓지 않음",
    },
    "escalation_unreadable": {
        "en": "whom an incident calls cannot be read: {why}",
        "ko": "인시던트가 누구를 부르는지 읽을 수 없습니다: {why}",
    },
}
