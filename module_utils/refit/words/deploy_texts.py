"""How an activation went, and what its steps are."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # What a failed activation left.
    "it_logged": {"en": "{why}; it logged: {line}", "ko": "{why}. 로그: {line}"},
    "release_unusable": {
        "en": "release {version} cannot be activated: {why}",
        "ko": "{version:으로/로} 교체할 수 없습니다: {why}",
    },
    "release_unknown_here": {
        "en": "release {version} is not known on this host",
        "ko": "이 서버는 {version} 릴리스를 모릅니다",
    },
    "interrupted_then_replaced": {
        "en": "interrupted, then replaced",
        "ko": "도중에 끊긴 뒤 다른 버전으로 바뀌었습니다",
    },
    "live_before_already": {
        "en": "{why}; it was live before already, so there is nothing to restore",
        "ko": "{why}. 이전에도 이 버전이었으므로 되돌릴 곳이 없습니다",
    },
    "stopped_since_link_is_gone": {
        "en": "{why}; `current` led to {link}, which is gone, so the service was stopped",
        "ko": "{why}. `current`가 가리키던 {link:이/가} 사라져서 서비스를 중지했습니다",
    },
    "stopped_since_it_was_the_first": {
        "en": "{why}; there was no release before it, so the service was stopped",
        "ko": "{why}. 이전 버전이 없어서 서비스를 중지했습니다",
    },
    "stopping_failed": {"en": "{why}; stopping failed too: {error}", "ko": "{why}. 중지하지도 못했습니다: {error}"},
    "link_put_back": {
        "en": "{why}; `current` leads to {link} again",
        "ko": "{why}. `current`를 다시 {link:으로/로} 돌려놓았습니다",
    },
    "outside_is_back": {
        "en": "{why}; {place} is back, healthy",
        "ko": "{why}. {place:으로/로} 되돌렸고 정상입니다",
    },
    "outside_is_back_ill": {
        "en": "{why}; {place} is back, and not healthy: {trouble}",
        "ko": "{why}. {place:으로/로} 되돌렸지만 정상이 아닙니다: {trouble}",
    },
    "going_back_failed": {
        "en": "{why}; going back to {base} failed: {then}",
        "ko": "{why}. {base:으로/로} 되돌리지도 못했습니다: {then}",
    },
    "going_back_to_the_ill_failed": {
        "en": "{why}; going back to {base}, which was not healthy before either, failed: {then}",
        "ko": "{why}. 이전에도 정상이 아니던 {base:으로/로} 되돌리지도 못했습니다: {then}",
    },
    "was_taken_back": {"en": "{version} was taken back: {why}", "ko": "{version:을/를} 되돌렸습니다: {why}"},
    # What would be done.
    "stage_release": {"en": "stage {version}", "ko": "{version} 전송"},
    "mark_bad": {"en": "mark {version} bad: {why}", "ko": "{version:을/를} 불량으로 표시: {why}"},
    "freeze_deploys": {
        "en": "freeze deploys of {service} until somebody resumes them",
        "ko": "{service} 배포 동결 (누군가 해제할 때까지)",
    },
    "switch_current": {"en": "switch current: {before} -> {after}", "ko": "current 전환: {before} -> {after}"},
    "no_link": {"en": "absent", "ko": "없음"},
    "start_service": {
        "en": "start[ {settings}] {service} under {manager}",
        "ko": "{manager:으로/로} {service} 시작[ {settings}]",
    },
    "restart_service": {
        "en": "restart[ {settings}] {service} under {manager}",
        "ko": "{manager:으로/로} {service} 재시작[ {settings}]",
    },
    "with_changed_settings": {"en": "(with changed settings)", "ko": "(바뀐 설정 적용)"},
    "its_manager": {"en": "its manager", "ko": "프로세스 관리자"},
    "prove_release": {
        "en": "prove that {version} runs and is healthy",
        "ko": "{version} 실행과 정상 여부 확인",
    },
    # Copies from another host.
    "was_made_by_hand": {"en": "it was made by hand", "ko": "손으로 만든 릴리스입니다"},
    "files_differ": {"en": "its files are not those that were staged", "ko": "전송한 파일과 다릅니다"},
    "made_from_other": {
        "en": "it was made from an artifact with checksum {found}, wanted is {expected}",
        "ko": "체크섬이 {expected:이/가} 아니라 {found}인 아티팩트로 만든 것입니다",
    },
    # What stands before it.
    "stage_again_or_name_another": {
        "en": "stage it again with playbooks/deploy.yml, or name another release",
        "ko": "playbooks/deploy.yml로 다시 전송하거나 다른 버전을 지정하세요",
    },
    "download_without_checksum": {"en": "a download needs its sha256", "ko": "내려받으려면 sha256이 필요합니다"},
    "no_account_or_group": {
        "en": "there is no such account or group on this host: {why}",
        "ko": "이 서버에 그런 계정이나 그룹이 없습니다: {why}",
    },
    "to_make_it": {"en": "to make it", "ko": "만들기"},
    # The balancer.
    "nginx_refuses": {"en": "nginx refuses: {said:?no reason given}", "ko": "nginx가 거절했습니다: {said:?이유 없음}"},
    "configuration_put_back": {
        "en": "exit code {number}; the configuration was put back",
        "ko": "종료 코드 {number}, 설정은 되돌렸습니다",
    },
    "nginx_not_running": {
        "en": "nginx is not running here; nothing was changed",
        "ko": "nginx가 실행 중이 아니라 아무것도 바꾸지 않았습니다",
    },
    "start_nginx": {"en": "start it, or name its pid file", "ko": "nginx를 시작하거나 PID 파일을 지정하세요"},
    "nginx_keeps_old": {
        "en": "nginx did not take the change up within {seconds:g} s",
        "ko": "nginx가 {seconds:g}초 안에 새 설정을 적용하지 않았습니다",
    },
    "master_process": {"en": "master process {pid}", "ko": "마스터 프로세스 {pid}"},
    "look_at_nginx_log": {"en": "look at nginx's error log", "ko": "nginx 오류 로그를 확인하세요"},
    "no_upstream": {
        "en": "nginx's configuration has no upstream '{upstream}'",
        "ko": "nginx 설정에 upstream '{upstream}'이 없습니다",
    },
    "name_upstream": {
        "en": "name the upstream and its file as nginx has them: nginx -T | grep -B1 upstream",
        "ko": "upstream과 파일을 nginx 설정대로 적으세요: nginx -T | grep -B1 upstream",
    },
    "no_server_in_upstream": {
        "en": "upstream '{upstream}' has no server '{address}'; it has: {known}",
        "ko": "upstream '{upstream}'에 서버 '{address}'가 없습니다. 있는 서버: {known}",
    },
    "name_server_exactly": {
        "en": "name the server exactly as the upstream does",
        "ko": "upstream에 적힌 그대로 서버를 적으세요",
    },
    "last_server_of_upstream": {
        "en": "{address} is the last server of upstream '{upstream}' that takes requests, so it stays",
        "ko": "{address:은/는} upstream '{upstream}'에서 요청을 받는 마지막 서버라 빼지 않습니다",
    },
    "put_another_back": {
        "en": "put another one back first, or deploy without draining",
        "ko": "다른 서버를 먼저 넣거나 드레인 없이 배포하세요",
    },
    "connections_outlived": {
        "en": "{left:1 connection|# connections} to port {port} outlived {seconds:g} s",
        "ko": "포트 {port:으로/로} 들어온 연결 {left}개가 {seconds:g}초가 지나도 끝나지 않았습니다",
    },
}
