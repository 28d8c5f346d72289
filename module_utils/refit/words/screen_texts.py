"""What stands on the fleet's screens: how a run ended, what it would do, what runs where."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # The first line, after the place.
    "deployed": {
        "en": "DEPLOYED: {target} is live and proven on {where}",
        "ko": "배포 완료: {where} {target} 실행 중, 정상 확인",
    },
    "nothing_changed": {
        "en": "NOTHING CHANGED: {target} could not be staged on every host, so none was activated",
        "ko": "바꾼 것 없음: {target:을/를} 전송하지 못한 서버가 있어 어느 서버도 교체하지 않았습니다",
    },
    "stopped": {
        "en": "STOPPED: {why}. {target} is live on {done} of {count} hosts; nothing was taken back",
        "ko": "배포 중단: {why}. {count}대 중 {done}대가 {target} 실행 중이고, 되돌린 것은 없습니다",
    },
    "interrupted": {
        "en": "INTERRUPTED: {why}. {target} is live and proven on {done} of {count} hosts",
        "ko": "작업 끊김: {why}. {count}대 중 {done}대가 {target} 실행 중, 정상 확인",
    },
    "taken_back": {
        "en": "ROLLED BACK: {target} failed; every touched host is proven on the release it had before",
        "ko": "배포 실패, 복구 완료: {target} 실패. 바꾼 서버는 모두 이전 버전으로 되돌려 정상 확인했습니다",
    },
    "not_all_back": {
        "en": "MANUAL ACTION NEEDED: {target} failed, and {why}",
        "ko": "수동 개입 필요: {target} 배포 실패. {why}",
    },
    "hosts_not_back": {"en": "not every host is back: {hosts}", "ko": "되돌리지 못한 서버: {hosts}"},
    "went_back": {
        "en": "ROLLED BACK: {target} is live and proven on {where}",
        "ko": "롤백 완료: {where} {target} 실행 중, 정상 확인",
    },
    "nothing_to_leave": {
        "en": "NOTHING TO LEAVE: {target} was live already, and is proven on {where}",
        "ko": "되돌릴 것 없음: {target:은/는} 이미 실행 중이었습니다. {where} 정상 확인",
    },
    "not_on_target": {
        "en": "MANUAL ACTION NEEDED: not on {target}: {hosts}",
        "ko": "수동 개입 필요: {target:으로/로} 되돌리지 못한 서버: {hosts}",
    },
    "its_own_release": {"en": "its own release", "ko": "각자의 이전 버전"},
    "all_hosts": {"en": "all {count} hosts", "ko": "{count}대 모두"},
    "some_hosts": {"en": "{done} of {count} hosts", "ko": "{count}대 중 {done}대가"},
    "hosts_and_more": {"en": "{hosts} and {more} more", "ko": "{hosts} 외 {more}대"},
    "headline_but": {"en": "{headline}. {but}", "ko": "{headline}. {but}"},
    "not_reached": {"en": "NOT REACHED: {hosts}", "ko": "연결 안 됨: {hosts}"},
    "not_proven": {"en": "NOT PROVEN: {hosts}", "ko": "정상 확인 안 됨: {hosts}"},
    "still_frozen": {
        "en": "Deploys are still frozen; this one was let through: {why}",
        "ko": "배포는 아직 동결되어 있습니다. 이번 배포만 허용한 사유: {why}",
    },
    "stopped_a_deploy": {
        "en": "It stopped the deploy of {target} by {owner}",
        "ko": "{owner}의 {target} 배포를 중단시켰습니다",
    },
    "marked_and_frozen": {
        "en": "{version} is marked bad, and deploys are frozen",
        "ko": "{version:은/는} 불량으로 표시했고, 배포는 동결되었습니다",
    },
    "now_frozen": {"en": "Deploys are frozen", "ko": "배포가 동결되었습니다"},
    # The table.
    "column_host": {"en": "HOST", "ko": "서버"},
    "column_runs": {"en": "RUNS", "ko": "실행 중"},
    "column_outcome": {"en": "OUTCOME", "ko": "결과"},
    "column_why": {"en": "WHY", "ko": "사유"},
    "version": {"en": "{version}", "ko": "{version}"},
    "nothing": {"en": "nothing", "ko": "없음"},
    "unknown": {"en": "unknown", "ko": "알 수 없음"},
    "unproven": {"en": "{runs} (unproven)", "ko": "{runs} (확인 안 됨)"},
    "end_activated": {"en": "activated", "ko": "교체됨"},
    "end_went_back": {"en": "activated", "ko": "되돌림"},
    "end_unchanged": {"en": "unchanged", "ko": "이미 실행 중"},
    "end_restored": {"en": "restored", "ko": "복구됨"},
    "end_failed": {"en": "failed", "ko": "실패"},
    "end_refused": {"en": "refused", "ko": "거절"},
    "end_lost": {"en": "lost", "ko": "연결 끊김"},
    "end_staged": {"en": "staged", "ko": "전송됨"},
    "end_not_staged": {"en": "not_staged", "ko": "전송 실패"},
    "end_missing": {"en": "missing", "ko": "빠짐"},
    "end_untouched": {"en": "untouched", "ko": "그대로"},
    "end_taken_back": {"en": "taken_back", "ko": "되돌림"},
    "end_at_work": {"en": "at_work", "ko": "진행 중"},
    # A plan.
    "plan": {"en": "PLAN: {kind} to {target}[ ({why})]", "ko": "계획: {target} {kind}[ ({why})]"},
    "plan_back": {"en": "PLAN: {kind} to {target}[ ({why})]", "ko": "계획: {target:으로/로} {kind}[ ({why})]"},
    "kind_deploy": {"en": "deploy", "ko": "배포"},
    "kind_rollback": {"en": "rollback", "ko": "롤백"},
    "kind_restore": {"en": "restore", "ko": "복구"},
    "a_release_for_each": {"en": "a release for each host", "ko": "서버마다 자기 이전 버전"},
    "nothing_to_do": {
        "en": "nothing to do: {target} is live and proven",
        "ko": "할 일 없음: {target} 실행 중, 정상 확인됨",
    },
    "artifact_is": {
        "en": "ARTIFACT: {shown}[, {size} bytes], sha256 {sha256} by {by}[ ({note})]",
        "ko": "아티팩트: {shown}[, {size}바이트], sha256 {sha256} (출처: {by})[. {note}]",
    },
    "the_file_itself": {"en": "the file itself", "ko": "파일 자체"},
    "not_checked_from_here": {
        "en": "not checked from this machine: {why}",
        "ko": "이 PC에서는 확인하지 못했습니다: {why}",
    },
    "its_release": {"en": "its release", "ko": "자기 버전"},
    "several_hosts": {"en": "{hosts:; }", "ko": "{hosts:; }"},
    # How the release to go back to was chosen.
    "finishes_the_rollback": {
        "en": "finishes the rollback that was begun",
        "ko": "시작된 롤백을 마저 끝냅니다",
    },
    "newest_proven": {
        "en": "the newest release proven on every host, other than {leaving}",
        "ko": "{leaving:을/를} 빼고 모든 서버에서 정상 확인된 최신 버전",
    },
    "the_current_one": {"en": "the current one", "ko": "지금 버전"},
    "each_its_own_newest": {
        "en": "each host's own newest proven release",
        "ko": "서버마다 정상 확인된 자기 최신 버전",
    },
    "named_by_operator": {"en": "named by the operator", "ko": "직접 지정"},
    "marked_by_one_alone": {
        "en": "{why}; that {host} alone marked it bad is signed by nobody, and binds no other host",
        "ko": "{why}. {host} 혼자 불량으로 표시한 것은 서명이 없어 다른 서버에는 적용되지 않습니다",
    },
    "column_release": {"en": "RELEASE", "ko": "버전"},
    "column_hosts": {"en": "HOSTS", "ko": "서버"},
    "column_why_not": {"en": "WHY NOT", "ko": "안 되는 이유"},
    "no_releases": {"en": "there are no releases", "ko": "버전이 없습니다"},
    # A run, as others see it.
    "last_heard_of": {"en": "last heard of {age:age} ago", "ko": "마지막 소식 {age:age} 전"},
    "never_heard_of": {"en": "nothing says when it was last heard of", "ko": "마지막 소식을 알 수 없습니다"},
    "process_is_gone": {"en": "its process is gone", "ko": "실행하던 프로세스가 없습니다"},
    "run_of": {"en": "{kind} of {version}", "ko": "{version} {kind}"},
    "run_back_to": {"en": "{kind} of {version}", "ko": "{version:으로/로}의 {kind}"},
    "run_by": {"en": "{run} by {owner}", "ko": "{owner}의 {run}"},
    "run_is_unfinished": {
        "en": "an interrupted {run} is unfinished",
        "ko": "{run:이/가} 끊겨 끝나지 않았습니다",
    },
    "each_hosts_own": {"en": "each host's own", "ko": "각자의 이전 버전"},
    "run_at_work": {"en": "AT WORK: {run}; {heard} ({hosts})", "ko": "작업 중: {run}. {heard} (서버: {hosts})"},
    "run_interrupted": {
        "en": "INTERRUPTED: {run}; {heard} ({hosts})",
        "ko": "끊긴 작업: {run}. {heard} (서버: {hosts})",
    },
    # Freezes.
    "by_when_why": {"en": "by {by}[, {at:when}][: {why}]", "ko": "{by}[, {at:when}][: {why}]"},
    "frozen_now": {
        "en": "FROZEN: deploys of {service} are refused: {why}",
        "ko": "배포 동결: {service}의 새 배포를 거절합니다. 사유: {why}",
    },
    "would_be_frozen": {
        "en": "PLAN: deploys of {service} would be refused: {why}",
        "ko": "계획: {service} 배포를 동결합니다. 사유: {why}",
    },
    "resumed_now": {
        "en": "RESUMED: deploys of {service} are possible again",
        "ko": "동결 해제: {service} 배포를 다시 할 수 있습니다",
    },
    "would_be_resumed": {
        "en": "PLAN: deploys of {service} would be possible again",
        "ko": "계획: {service} 배포의 동결을 해제합니다",
    },
    "was_frozen": {"en": "frozen {by}", "ko": "동결한 사람: {by}"},
    "nothing_to_resume": {
        "en": "NOTHING TO RESUME: {service} is not frozen on any host that can be reached",
        "ko": "해제할 동결 없음: 연결되는 서버 중 {service:을/를} 동결한 곳이 없습니다",
    },
    "told_later": {
        "en": "{host}: {why}; the next deploy or rollback tells it",
        "ko": "{host}: {why}. 다음 배포나 롤백 때 이 서버에도 기록합니다",
    },
    "nothing_is_written": {"en": "Check mode: nothing is written.", "ko": "--check: 아무것도 쓰지 않았습니다."},
    # A plan.
    "bring_from": {
        "en": "bring {version} from {giver}, by way of the controller",
        "ko": "{giver}에서 {version} 복사 (작업 PC를 거침)",
    },
    "fetch_from": {
        "en": "fetch {version} from {url}, since no host has a copy to give",
        "ko": "{url}에서 {version} 내려받기 (복사해 줄 서버가 없음)",
    },
    "stops_it": {"en": "stops the {run}", "ko": "중단시킴: {run}"},
    "would_be_refused": {
        "en": "would be refused {until}: the fleet {what}",
        "ko": "지금 하면 거절됩니다 ({until}): {what}",
    },
    "goes_on_although_frozen": {
        "en": "goes on although the service is frozen: {why}",
        "ko": "동결되어 있지만 진행합니다: {why}",
    },
    "brought_along": {
        "en": "{host} stands apart and is brought along: {why}",
        "ko": "다른 상태인 {host:을/를} 함께 맞춥니다: {why}",
    },
    "batch_of": {"en": "batch {number} of {count}: {hosts}", "ko": "배치 {number}/{count}: {hosts}"},
    "remember_bad": {
        "en": "remember that {version} is bad, as {by} said: {why}",
        "ko": "{version:이/가} 불량임을 기록 ({by}): {why}",
    },
    "remember_frozen": {
        "en": "remember that deploys are frozen, as {by} said: {why}",
        "ko": "배포가 동결됐음을 기록 ({by}): {why}",
    },
    "remember_cleared": {
        "en": "remember that {version} was cleared by {by}: {why}",
        "ko": "{version}의 불량 표시가 지워졌음을 기록 ({by}): {why}",
    },
    "remember_resumed": {
        "en": "remember that deploys were resumed by {by}: {why}",
        "ko": "동결이 해제됐음을 기록 ({by}): {why}",
    },
    "sign_what_is_known": {"en": "sign what is known of {version}", "ko": "{version} 기록에 서명"},
    "ledger_damaged": {
        "en": "{host}: {lines:1 line|# lines} of its ledger cannot be read, and nothing is pruned there. Next: mend "
        "ledger.jsonl in its state_dir; what it says of {service} is what can be read",
        "ko": "{host}: 배포 기록 {lines}줄을 읽을 수 없어 오래된 릴리스를 지우지 않습니다. 다음: state_dir의 "
        "ledger.jsonl을 고치세요. {service:은/는} 읽을 수 있는 기록만으로 판단합니다",
    },
    # What runs where.
    "status_of": {"en": "STATUS: {service}", "ko": "상태: {service}"},
    "column_current": {"en": "CURRENT", "ko": "현재 버전"},
    "column_running": {"en": "RUNNING", "ko": "실행 중"},
    "column_health": {"en": "HEALTH", "ko": "헬스체크"},
    "column_proven": {"en": "PROVEN", "ko": "정상 확인"},
    "column_rollback_to": {"en": "ROLLBACK TO", "ko": "롤백 대상"},
    "column_at_work": {"en": "AT WORK", "ko": "작업"},
    "column_unreachable": {"en": "UNREACHABLE", "ko": "연결 안 됨"},
    "column_unknown": {"en": "UNKNOWN", "ko": "알 수 없음"},
    "nobody_said": {
        "en": "None of the hosts said where it stands. Next: see beside each why, and mend the way to it",
        "ko": "상태를 알려 준 서버가 없습니다. 다음: 표에서 서버별 이유를 보고 연결을 고치세요",
    },
    "nowhere": {"en": "none", "ko": "없음"},
    "not_yet": {"en": "{version} (not yet)", "ko": "{version} (지금은 거절)"},
    "versions": {"en": "{versions:?nothing}", "ko": "{versions:?없음}"},
    "is_divergent": {"en": "{version} (DIVERGENT)", "ko": "{version} (버전 불일치)"},
    "is_not_current": {"en": "{versions} (NOT CURRENT)", "ko": "{versions} (현재와 다름)"},
    "is_not_there": {"en": "{target} (NOT THERE)", "ko": "{target} (사라짐)"},
    "is_down": {"en": "DOWN: {why}", "ko": "DOWN: {why}"},
    "not_looked_at": {"en": "not looked at", "ko": "확인하지 않음"},
    "proven_at": {"en": "{at:when}", "ko": "{at:when}"},
    "never_proven_yet": {"en": "never proven", "ko": "확인된 적 없음"},
    "is_interrupted": {"en": "INTERRUPTED {run}", "ko": "끊김: {run}"},
    "is_stopped": {"en": "STOPPED {run} by {owner}", "ko": "중단: {owner}의 {run}"},
    "divergent": {"en": "DIVERGENT: {what}", "ko": "버전 불일치: {what}"},
    "not_all_is_done": {"en": "not all is done", "ko": "아직 끝나지 않은 것이 있습니다"},
    "runs_it": {"en": "{hosts} runs {version}", "ko": "{hosts:은/는} {version}"},
    "run_it": {"en": "{hosts} run {version}", "ko": "{hosts:은/는} {version}"},
    "differ": {
        "en": "{count} of {total} {count:differs|differ}: {hosts:; }; the fleet runs {version}",
        "ko": "{total}대 중 {count}대가 다릅니다: {hosts:; }. 나머지는 {version}",
    },
    "runs_another": {"en": "runs {version}; the fleet is to run {wanted}", "ko": "{version} 실행 중, 목표는 {wanted}"},
    "version_marked_bad": {"en": "{version}, which is marked bad", "ko": "{version} (불량으로 표시됨)"},
    "runs_a_stray": {
        "en": "{host}: current is {current}, but what runs is {runs}",
        "ko": "{host}: 현재 버전은 {current}인데 실행 중인 것은 {runs}",
    },
    "name_what_is_meant": {
        "en": "Next: name the release that is meant, and it is started and proven everywhere:",
        "ko": "다음: 맞는 버전을 지정하면 모든 서버에서 시작하고 정상을 확인합니다:",
    },
    "pm2_forgot": {
        "en": "{host}: PM2 starts {apps} at boot, and does not know of {count:it|them} now",
        "ko": "{host}: PM2가 부팅 때 시작하는 {apps:이/가} 지금 PM2 목록에 없습니다 ({count}개)",
    },
    "resurrect_or_save": {
        "en": "Next, there, as PM2's user: pm2 resurrect if its daemon was killed; pm2 save if they were meant to go",
        "ko": "다음: 그 서버에서 PM2 사용자로, 데몬이 죽었던 것이면 pm2 resurrect, 일부러 없앤 것이면 pm2 save",
    },
    "is_not_frozen": {"en": "Deploys of {service} are not frozen", "ko": "{service} 배포는 동결되어 있지 않습니다"},
    "is_frozen": {
        "en": "FROZEN: deploys of {service} are refused",
        "ko": "배포 동결: {service}의 새 배포를 거절합니다",
    },
    "is_unsigned": {"en": "{what} (unsigned)", "ko": "{what} (서명 없음)"},
    "rollback_is_refused": {
        "en": "A rollback without a version is refused: {what}",
        "ko": "버전을 지정하지 않은 롤백은 거절됩니다: {what}",
    },
    "rollback_is_refused_for_now": {
        "en": "A rollback without a version is refused {until}: the fleet {what}",
        "ko": "버전을 지정하지 않은 롤백은 거절됩니다 ({until}): {what}",
    },
    "next_whichever": {"en": "Next, whichever is wanted:", "ko": "다음 중 하나:"},
    "deploy_stopped": {
        "en": "STOPPED: the deploy of {target} by {owner} is live on {done} of {count} hosts; nothing was taken back",
        "ko": "배포 중단: {owner}의 {target} 배포가 {count}대 중 {done}대에 올라가 있고, 되돌린 것은 없습니다",
    },
    "it_stopped": {"en": "it stopped {at:when}", "ko": "중단 {at:when}"},
    "stopped_and_due": {
        "en": "it stopped {at:when}; {severity} is answered within {minutes} minutes: {until:until}",
        "ko": "중단 {at:when}. {severity} 대응 시한 {minutes}분: {until:until}",
    },
    "other_scripts": {
        "en": "refit {version}; {others} of {count} hosts have other scripts",
        "ko": "refit {version}. {count}대 중 {others}대의 스크립트가 다릅니다",
    },
    "scripts_unknown": {"en": "of an unknown version", "ko": "버전을 알 수 없음"},
    "scripts_changed": {"en": "{version}, but not the same code", "ko": "{version}, 코드가 다름"},
    "scripts_older": {"en": "{version}, older than here", "ko": "{version}, 여기보다 오래됨"},
    "scripts_newer": {"en": "{version}, newer than here", "ko": "{version}, 여기보다 최신"},
    "next_when_up_to_date": {
        "en": "Next, when this checkout is up to date (git pull):",
        "ko": "다음: 이 저장소를 최신으로 받은 뒤(git pull):",
    },
    "other_settings_there": {
        "en": "{hosts}: what rollback.sh knows there of {service} is not what its last deploy went by. Next, to bring "
        "it along:",
        "ko": "{hosts}: rollback.sh가 아는 {service} 설정이 마지막 배포 때와 다릅니다. 다음 명령으로 맞추세요:",
    },
    "ledgers_unsigned": {
        "en": "Ledgers: unsigned ({setting} names no key)",
        "ko": "배포 기록: 서명 없음 ({setting}에 키 없음)",
    },
    "ledgers_signed": {"en": "Ledgers: signed by key {key}", "ko": "배포 기록: 키 {key:으로/로} 서명됨"},
    "entries_unsigned": {
        "en": "{count:1 entry|# entries} unsigned, as from before the key or by hand on a server",
        "ko": "서명 없는 기록 {count}건. 키를 쓰기 전이거나 서버에서 직접 남긴 것",
    },
    "entries_of_unknown_key": {
        "en": "{count:1 entry|# entries} of an unknown key ({keys}), which count as unsigned",
        "ko": "모르는 키({keys})의 기록 {count}건. 서명 없는 것으로 칩니다",
    },
    "name_that_key": {
        "en": "Next: name that key behind the first of {setting}, if it is or was yours",
        "ko": "다음: 그 키가 여러분의 것이면 {setting}의 첫 키 뒤에 적으세요",
    },
    "signature_does_not_match": {
        "en": "{host}: signature does not match: {count:1 entry|# entries} there, which count as unsigned",
        "ko": "{host}: 서명이 맞지 않음: 기록 {count}건. 서명 없는 것으로 칩니다",
    },
    "nothing_if_renamed": {
        "en": "Next: if refit_environment or the service got another name, nothing: the next deploy signs anew",
        "ko": "다음: refit_environment나 서비스 이름을 바꾼 것이면 할 일 없음. 다음 배포가 다시 서명합니다",
    },
    "find_who_wrote": {
        "en": "Next: find out who wrote there; until then",
        "ko": "다음: 누가 고쳤는지 알아보세요. 그때까지는",
    },
    "frozen_by": {
        "en": "frozen by {by:?somebody}[, {at:when}][ (and {more} more)]",
        "ko": "동결: {by:?누군가}[, {at:when}][ (외 {more}건)]",
    },
}
