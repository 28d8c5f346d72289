"""Discord messages in Korean.

Titles and sentences may use ``{mark}`` (the severity's emoji) and the facts ``{severity}``,
``{previous_severity}``, ``{incident}``, ``{service}`` and ``{title}``; what is unknown leaves no gap.
"""

from __future__ import annotations

TITLES = {
    "lint_test_failed": "🟡 P1 Lint & Test 실패",
    "integration_failed": "🟡 P1 Integration 실패",
    "release_built": "✅ 아티팩트 생성 완료",
    "release_build_failed": "🔴 P1 빌드 실패",
    "deploy_started": "🚀 배포 시작",
    "deploy_succeeded": "✅ 배포 완료",
    "deploy_failed": "🚨 P0 배포 실패",
    "deploy_stopped": "🟡 P1 배포 중단",
    "health_check_failed": "🚨 P0 헬스체크 실패 → 자동 롤백 시작",
    "health_check_failed.already_back": "🚨 P0 헬스체크 실패 → 자동 롤백됨",
    "rollback_succeeded": "✅ 롤백 완료",
    "rollback_succeeded.alone": "↩️ 서버 1대만 롤백됨",
    "rollback_failed": "🚨 P0 롤백 실패 (수동 개입 필요)",
    "rollback_interrupted": "🟡 P1 롤백이 끊김",
    "deploys_frozen": "🧊 배포 동결",
    "deploys_resumed": "▶️ 동결 해제",
    "messages_handed_over": "{mark} Discord 장애로 밀린 알림 목록",
    "incident_opened": "{mark} {severity} 장애 접수 {incident}",
    "incident_acknowledged": "👀 {severity} 장애 대응 시작 {incident}",
    "incident_escalated": "📣 {severity} 장애 에스컬레이션 {incident}",
    "incident_resolved": "✅ {severity} 장애 해결 {incident}",
    "incident_reopened": "🔁 {severity} 장애 다시 열림 {incident}",
    "incident_report": "📋 인시던트 보고서 {incident}",
    "severity_changed": "{mark} 심각도 변경 {previous_severity} → {severity}",
    "plain": "{mark} {severity} {title}",
}

SENTENCES = {
    "lint_test_failed": "Lint 또는 테스트가 실패했습니다. CI 로그를 확인해 주세요.",
    "integration_failed": "통합 테스트가 실패했습니다. CI 로그를 확인해 주세요.",
    "release_built": "배포할 아티팩트가 준비되었습니다.",
    "release_build_failed": "릴리스 빌드가 실패해 배포할 아티팩트가 없습니다. CI 로그를 확인해 주세요.",
    "deploy_failed.untouched": "교체하기 전에 멈췄습니다. 실행 중인 서비스는 건드리지 않았습니다. "
    "이전 버전 그대로이니 원인을 고쳐 다시 배포해 주세요.",
    "deploy_failed": "배포가 실패했습니다. 서버별 상태를 확인해 주세요.",
    "deploy_failed.nothing_before": "배포가 실패했고 되돌아갈 이전 버전이 없어 서비스가 멈춰 있을 수 있습니다. "
    "지금 확인하고, 원인을 고쳐 새 버전으로 배포해 주세요.",
    "deploy_stopped.overtaken": "다른 작업이 이어받아 여기서 멈췄습니다. 그 작업의 메시지를 기다려 주세요.",
    "deploy_stopped": "더 진행하지 않았고, 되돌리지도 않았습니다. 일부 서버만 새 버전입니다. "
    "15분 안에 계속할지 되돌릴지 정해 주세요.",
    "health_check_failed": "헬스체크를 통과하지 못해 이전 버전으로 자동 롤백을 시작합니다. "
    "다음 메시지(롤백 완료 또는 실패)를 기다려 주세요.",
    "health_check_failed.already_back": "새 버전이 헬스체크를 통과하지 못했습니다. "
    "실패한 서버는 이미 이전 버전으로 되돌아왔습니다.",
    "rollback_succeeded.alone": "이 서버만 이전 버전으로 되돌렸고 헬스체크를 통과했습니다. "
    "다른 서버는 확인하지 않았습니다. 작업 PC에서 playbooks/status.yml로 전체를 확인해 주세요.",
    "rollback_failed.alone": "이 서버에서 복구하지 못했습니다. 지금 직접 확인해 주세요. "
    "다른 서버는 확인하지 않았습니다.",
    "rollback_succeeded": "이전 버전으로 되돌렸고 헬스체크를 통과했습니다. 10분 동안 지켜봐 주세요.",
    "rollback_failed": "복구하지 못한 서버가 있습니다. 지금 직접 확인해 주세요. "
    "30분 안에 해결되지 않으면 @cto에게 알립니다.",
    "rollback_interrupted": "롤백이 끊겼고 서버는 하던 일을 마칩니다. 아래 명령으로 마저 끝내 주세요.",
    "deploys_frozen": "해제될 때까지 새 배포를 거절합니다. 롤백은 언제든 가능합니다.",
    "deploys_resumed": "동결이 해제되어 다시 배포할 수 있습니다.",
    "messages_handed_over": "Discord에 연결되지 않아 아래 알림의 전송을 이 서버에 맡겼습니다. "
    "채널에 올라오지 않은 알림이 있으면 서버가 보내지 않은 것이니 서버를 확인해 주세요.",
    "incident_escalated": "아직 해결되지 않아 다음 담당자에게 알립니다.",
}

LABELS = {
    "decision": "결정",
    "running": "지금 실행 중",
    "service": "서비스",
    "environment": "환경",
    "version": "버전",
    "actor": "실행자",
    "hosts": "서버",
    "duration": "소요 시간",
    "progress": "진행 상황",
    "commit": "커밋",
    "reason": "사유",
    "override": "동결 중 강행",
    "stopped": "중단시킨 배포",
    "frozen": "배포 동결",
    "incident": "인시던트",
    "failures": "실패한 서버",
    "occurred_at": "발생",
    "detected_at": "감지",
    "acted_at": "조치",
    "recovered_at": "복구",
    "impact": "영향",
    "root_cause": "근본 원인",
    "prevention": "재발 방지",
    "links": "링크",
    "ci": "CI 실행",
    "commit_link": "커밋 보기",
    "compare_link": "변경 내용",
    "incident_link": "인시던트",
    "runbook": "Runbook",
}

OUTCOMES = {
    "staging": "⏳ 전송 중",
    "activating": "⏳ 전송 완료, 교체 중",
    "running": "⏳ 진행 중",
    "succeeded": "✅ 완료",
    "failed": "🚨 실패",
    "stopped": "⏸️ 중단됨",
    "interrupted": "⏸️ 끊김",
    "rolling_back": "↩️ 롤백 중",
    "rolled_back": "↩️ 롤백됨",
}

#: What a host failed at, as its outcome names it.
CHECKS = {
    "health": "헬스체크",
    "version": "버전",
    "release": "실행 중인 릴리스",
    "restarts": "재시작",
    "process": "프로세스",
    "witness": "릴리스 확인",
    "manager": "프로세스 관리자",
    "severity": "심각도",
    "port": "포트",
    "disk": "디스크",
    "hook": "훅",
    "reach": "연결",
    "survey": "상태 조회",
    "stage": "전송",
    "busy": "다른 작업 진행 중",
    "outranked": "다른 작업이 이어받음",
    "locked": "잠금",
    "not_understood": "응답 해석",
    "version_not_found": "릴리스 없음",
    "unsafe_path": "경로 권한",
    "supervisor": "프로세스 관리자",
    "start_failed": "프로세스 시작",
    "staging": "전송",
    "error": "오류",
}

WORDS = {
    "more": "… ({}자 더)",
    "more_fields": "… (항목 {}개 더)",
    "more_hosts": "외 {more}대 (총 {total}대)",
    "more_failures": "외 {}대",
    "more_links": "… (링크 {}개 더)",
    "earlier_lines": "… (앞부분 {}줄 생략)",
    "hosts": "{}대",
    "hosts_done": "{done}/{total}대",
    "batch": "배치 {batch}/{batches}",
    "seconds": "{}초",
    "minutes": "{}분",
    "hours": "{}시간",
    "runs": "실행 중: {}",
    "stopped": "실행 중인 버전 없음",
    "log_of": "{} 로그",
    "log": "로그",
    "commands": "다음 명령",
    "decide_who": "{who}, 없으면 @{on_call}",
    "decide_by": "{who} · {clock}까지 ({left})",
    "nothing_runs": "실행 중인 버전 없음",
    "lift": "안전해진 뒤 동결 해제",
    "frozen": "🧊 자동으로 동결했습니다. 해제할 때까지 새 배포를 거절합니다",
    "frozen_for": "🧊 {} 버전을 되돌려 자동으로 동결했습니다. 해제할 때까지 새 배포를 거절합니다",
    "sent": "전송됨",
    "edited": "메시지를 고쳤음",
    "webhook_unset": "웹훅이 설정되지 않음",
    "webhook_wrong_token": "401 토큰이 틀림: 웹훅 URL을 다시 복사하세요",
    "webhook_gone": "404 없는 웹훅: 채널 설정에서 새로 만들고 URL을 바꾸세요",
    "webhook_unclear": "웹훅을 확인하지 못함: {}",
    "webhook_good": "웹훅 확인됨 ({name}, 채널 {channel})",
    "webhook_in_thread": ", 스레드 {}에 씁니다",
    "webhook_in_forum": ". 포럼 채널이면 메시지마다 글이 하나씩 생깁니다. "
    "URL 뒤에 ?thread_id=를 붙이면 한 글에 모이고, 태그가 필수인 포럼에는 꼭 필요합니다",
    "unpinged": "⚠️ {} 호출 안 됨: 멘션할 수 없는 역할이거나 없는 역할입니다. 지금 직접 부르세요. 그다음 Discord 서버 "
    "설정 > 역할에서 누구나 이 역할을 @mention할 수 있게 하거나, refit_discord_mentions의 역할 ID를 고치세요",
    "ping_unproven": "@{name} (역할 {role}): 정말 호출되는지는 호출해 봐야 압니다. 시험(정말 호출합니다):",
    "ping_of_everyone": "⚠️ @{name}: {role}은 역할이 아니라 Discord 서버의 ID입니다. 역할을 우클릭해 ID를 복사하세요",
    "ping_unset": "@{}: 역할 ID가 없어 P0에도 아무도 호출되지 않습니다 (refit_discord_mentions)",
    "ping_test": "호출 시험",
    "nobody_told": "{event}: 아무에게도 알리지 않았습니다",
    "dropped": "⚠️ 보관 한도를 넘어 보내지 못한 알림 {}건",
}
