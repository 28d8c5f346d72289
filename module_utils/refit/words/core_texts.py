"""What any part may run into: errors, requests, processes."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # An error as a whole, and more than one reason for the same.
    "error": {
        "en": "{what}[ ({where})][. Next: {next:; }]",
        "ko": "{what}[ ({where})][. 다음: {next:; }]",
    },
    "step": {
        "en": "[{why}: ]{playbook}, from the workstation[, with {values: }]",
        "ko": "[{why}: ]작업 PC에서 {playbook}[ ({values: })]",
    },
    "step_again": {
        "en": "[{why}: ]the same command again, from the workstation[, with {values: }]",
        "ko": "[{why}: ]작업 PC에서 같은 명령을 다시[ ({values: })]",
    },
    "rows": {"en": "{rows:; }", "ko": "{rows:; }"},
    "row": {"en": "{cells: }", "ko": "{cells: }"},
    "next": {"en": "Next:", "ko": "다음:"},
    "both": {"en": "{first}; {second}", "ko": "{first}; {second}"},
    "not_given": {"en": "no reason given", "ko": "사유 없음"},
    # Requests.
    "connection_refused": {"en": "connection refused", "ko": "연결이 거부됐습니다"},
    "connection_cut": {
        "en": "the connection was closed before the answer was complete",
        "ko": "응답 도중에 연결이 끊겼습니다",
    },
    "answer_cut": {"en": "the answer ended {bytes} bytes early", "ko": "응답이 {bytes}바이트 모자란 채 끝났습니다"},
    "answer_too_long": {"en": "the answer is longer than {most} bytes", "ko": "응답이 {most}바이트를 넘습니다"},
    "no_http": {"en": "the answer is not HTTP", "ko": "HTTP 응답이 아닙니다"},
    "no_answer_in_time": {
        "en": "no complete answer within {seconds:.3g} s",
        "ko": "{seconds:.3g}초 안에 응답이 없습니다",
    },
    "nothing_came": {"en": "nothing came for {seconds:.3g} s", "ko": "{seconds:.3g}초 동안 아무것도 오지 않았습니다"},
    "tls": {"en": "TLS: {why}", "ko": "TLS 오류: {why}"},
    "tls_bad_trust": {"en": "the certificates to trust are not PEM", "ko": "신뢰할 인증서가 PEM 형식이 아닙니다"},
    "host_unreachable": {"en": "the network does not reach the host", "ko": "네트워크에서 서버로 가는 길이 없습니다"},
    "request_failed": {"en": "the request failed: {error}", "ko": "요청이 실패했습니다: {error}"},
    "bad_url": {"en": "not an http:// or https:// URL", "ko": "http:// 또는 https:// URL이 아닙니다"},
    "unusable_url": {
        "en": "the URL, or a header for it, cannot be used",
        "ko": "URL이나 헤더에 쓸 수 없는 값이 있습니다",
    },
    "name_unresolved": {
        "en": "the name {name} was not resolved: {why}",
        "ko": "{name:을/를} 찾지 못했습니다 (DNS): {why}",
    },
    "name_unresolved_in_time": {
        "en": "the name {name} was not resolved in time",
        "ko": "제한 시간 안에 {name:을/를} 찾지 못했습니다 (DNS)",
    },
    "no_host_name": {"en": "not a host name", "ko": "호스트 이름이 아닙니다"},
    "proxy_failed": {"en": "the proxy[ {address}]: {why}", "ko": "프록시[ {address}]: {why}"},
    "proxy_refused": {"en": "the proxy {host} answered[ {answer}]", "ko": "프록시 {host}의 응답: {answer}"},
    "proxy_bad_name": {
        "en": "a proxy is named as http://host:port",
        "ko": "프록시는 http://host:port 형식으로 적습니다",
    },
    # Processes.
    "process_cwd_unreadable": {
        "en": "may not read the working directory of process {pid}",
        "ko": "프로세스 {pid}의 작업 디렉터리를 읽을 권한이 없습니다",
    },
    "process_gone": {"en": "process {pid} is gone", "ko": "프로세스 {pid:이/가} 사라졌습니다"},
    "process_elsewhere": {
        "en": "process {pid} runs in {directory}, which is not a release",
        "ko": "프로세스 {pid:이/가} 릴리스가 아닌 {directory}에서 실행 중입니다",
    },
    "process_mixes_releases": {
        "en": "process {pid} has files of releases {versions} open",
        "ko": "프로세스 {pid:이/가} 여러 릴리스({versions})의 파일을 열고 있습니다",
    },
    # What the system says.
    "no_permission": {"en": "Permission denied", "ko": "권한이 없습니다"},
    "not_permitted": {"en": "Operation not permitted", "ko": "허용되지 않은 작업입니다"},
    "no_space_left": {"en": "No space left on device", "ko": "디스크에 빈 공간이 없습니다"},
    "quota_exceeded": {"en": "Disk quota exceeded", "ko": "디스크 할당량을 넘었습니다"},
    "read_only": {"en": "Read-only file system", "ko": "읽기 전용 파일 시스템입니다"},
    "no_such_file": {"en": "No such file or directory", "ko": "그런 파일이나 디렉터리가 없습니다"},
    "exists_already": {"en": "File exists", "ko": "이미 있습니다"},
    "no_directory": {"en": "Not a directory", "ko": "디렉터리가 아닙니다"},
    "is_a_directory": {"en": "Is a directory", "ko": "디렉터리입니다"},
    "io_error": {"en": "Input/output error", "ko": "디스크 입출력 오류입니다"},
    "too_many_links": {"en": "Too many levels of symbolic links", "ko": "심볼릭 링크가 너무 많이 이어집니다"},
    "not_empty": {"en": "Directory not empty", "ko": "디렉터리가 비어 있지 않습니다"},
    "name_too_long": {"en": "File name too long", "ko": "파일 이름이 너무 깁니다"},
    # A stranger's answer.
    "longer_than": {"en": "it is longer than {most} characters", "ko": "{most}자를 넘습니다"},
    "never_ends": {"en": "it never ends", "ko": "응답이 끝나지 않습니다"},
    "pack_too_large": {"en": "its pack is larger than {most} bytes", "ko": "묶음 파일이 {most}바이트를 넘습니다"},
    "pack_sends_more": {
        "en": "it sends more than it was asked for",
        "ko": "요청한 것보다 많은 데이터를 보냅니다",
    },
    "pack_is_no_file": {"en": "what it sends is no part of a file", "ko": "파일이 아닌 데이터를 보냅니다"},
    "pack_is_another": {
        "en": "its pack is not what it said that it is",
        "ko": "묶음 파일이 그 서버가 알린 것과 다릅니다",
    },
    "pack_not_read": {"en": "its pack cannot be read: {why}", "ko": "묶음 파일을 읽지 못했습니다: {why}"},
    "pack_without_room": {"en": "no room for its pack on this machine", "ko": "이 PC에 묶음 파일을 둘 공간이 없습니다"},
    "is_no_json": {"en": "it is no JSON", "ko": "JSON이 아닙니다"},
    "is_no_mapping": {"en": "it is no mapping", "ko": "JSON 객체가 아닙니다"},
    "is_of_another_type": {"en": "{name} is of another type", "ko": "{name}의 형식이 다릅니다"},
    "nested_deeper": {"en": "it is nested deeper than {most}", "ko": "{most}단계보다 깊이 중첩되어 있습니다"},
    # Accounts, locks, places that somebody else may change.
    "no_such_user": {"en": "there is no user '{name}' on this host", "ko": "이 서버에 사용자 {name:이/가} 없습니다"},
    "create_user_or_correct": {"en": "create it, or correct the setting", "ko": "사용자를 만들거나 설정을 고치세요"},
    "locked_by_another": {
        "en": "{what} was locked by another process for more than {seconds:g} s",
        "ko": "다른 프로세스가 {what:을/를} {seconds:g}초 넘게 잠그고 있습니다",
    },
    "find_holder": {
        "en": "find it with: fuser -v {path}; end it if it hangs, then run the same command again",
        "ko": "fuser -v {path} 명령으로 찾아 멈춰 있으면 종료한 뒤 같은 명령을 다시 실행하세요",
    },
    "led_elsewhere": {
        "en": "root goes no further where somebody else may have led it: {name} {problem}",
        "ko": "다른 사용자가 바꿨을 수 있는 경로라 root로 진행하지 않습니다: {name:은/는} {problem}",
    },
    "see_whose_it_is": {
        "en": "see whose it is with: ls -ld {path}; remove it, or put a directory in its place",
        "ko": "ls -ld {path} 명령으로 소유자를 확인하고, 지우거나 디렉터리로 바꾸세요",
    },
    "leads_root_astray": {
        "en": "{setting} leads root to where others may lead it elsewhere: {directory} ({whose})",
        "ko": "{setting} 경로의 {directory:을/를} root가 아닌 사용자도 바꿀 수 있습니다 ({whose})",
    },
    "is_no_plain_file": {"en": "is no plain file", "ko": "일반 파일이 아닙니다"},
    "is_directory": {"en": "is a directory", "ko": "디렉터리입니다"},
    "was_exchanged": {"en": "was exchanged while it was made", "ko": "만드는 사이에 바뀌었습니다"},
    "is_no_directory": {"en": "is no directory", "ko": "디렉터리가 아닙니다"},
    "is_link": {"en": "is a link", "ko": "링크입니다"},
    "cannot_be_looked_at": {
        "en": "{setting} cannot be looked at: {why}",
        "ko": "{setting:을/를} 확인할 수 없습니다: {why}",
    },
    "take_directory_back": {
        "en": "chown root {directory} && chmod go-w {directory}; or have the inventory name a directory "
        "that only root may change",
        "ko": "chown root {directory} && chmod go-w {directory}; "
        "또는 root만 바꿀 수 있는 디렉터리를 인벤토리에 지정하세요",
    },
    "locked_by_process": {
        "en": "{what} was locked for more than {seconds:g} s by process {pid} ({command})",
        "ko": "프로세스 {pid} ({command})가 {what:을/를} {seconds:g}초 넘게 잠그고 있습니다",
    },
    "locked_by_stopped_process": {
        "en": "{what} was locked for more than {seconds:g} s by process {pid} ({command}), which is stopped",
        "ko": "정지된 프로세스 {pid} ({command})가 {what:을/를} {seconds:g}초 넘게 잠그고 있습니다",
    },
    "see_what_it_does": {
        "en": "see what it does: ps -o pid,stat,etime,args -p {pid}; if it hangs, end it: kill -9 {pid}; "
        "then run the same command again",
        "ko": "ps -o pid,stat,etime,args -p {pid} 명령으로 확인하고 멈춰 있으면 kill -9 {pid:으로/로} 종료한 뒤 "
        "같은 명령을 다시 실행하세요",
    },
    "balancers_configuration": {"en": "the balancer's configuration", "ko": "로드밸런서 설정"},
    "staging_here": {"en": "staging on this host", "ko": "이 서버의 전송 작업"},
    "told_severity": {"en": "the severity that was told", "ko": "알린 심각도"},
    "ledger": {"en": "the ledger", "ko": "배포 기록"},
    "operation_here": {"en": "the operation of this host", "ko": "이 서버의 작업 기록"},
    "building_as": {"en": "building as {user}", "ko": "{user} 계정의 빌드"},
    "outbox": {"en": "the outbox", "ko": "알림 보관함"},
    "incoming_directory": {"en": "the directory of incoming artifacts", "ko": "받은 아티팩트 디렉터리"},
    "state_directory": {"en": "the state directory", "ko": "상태 디렉터리"},
    "packs_directory": {"en": "the directory of packs", "ko": "묶음 디렉터리"},
    "not_understood": {"en": "{place:?it} {why}", "ko": "{place:?응답}: {why}"},
    "is_no_mapping_here": {"en": "is no mapping", "ko": "객체가 아닙니다"},
    "names_version_twice": {"en": "names a version twice", "ko": "같은 버전이 두 번 있습니다"},
    "is_no_version": {"en": "is no version", "ko": "버전이 아닙니다"},
    "is_no_text": {"en": "is no text", "ko": "텍스트가 아닙니다"},
    "is_no_short_text": {"en": "is no short text", "ko": "짧은 텍스트가 아닙니다"},
    "is_no_sha256": {"en": "is no sha256", "ko": "sha256이 아닙니다"},
    "is_no_service_name": {"en": "is no service's name", "ko": "서비스 이름이 아닙니다"},
    "is_no_reason": {"en": "is no reason", "ko": "사유가 아닙니다"},
    "is_no_artifact_source": {"en": "is no place that artifacts come from", "ko": "아티팩트 출처가 아닙니다"},
    "is_no_number": {"en": "is no number", "ko": "숫자가 아닙니다"},
    "is_no_list": {"en": "is no list", "ko": "목록이 아닙니다"},
    "is_no_count": {"en": "is no count", "ko": "개수가 아닙니다"},
    "is_no_json_here": {"en": "is no JSON", "ko": "JSON이 아닙니다"},
    "is_no_boolean": {"en": "is neither true nor false", "ko": "true나 false가 아닙니다"},
    "current_link_missing": {
        "en": "is missing, although a version is live",
        "ko": "실행 중인 버전이 있는데 링크 정보가 없습니다",
    },
    "is_none_of": {"en": "is none of {words}", "ko": "{words} 중 하나가 아닙니다"},
    "is_more_than": {"en": "is more than {whole}", "ko": "{whole}보다 큽니다"},
    "has_more_items": {"en": "has more than {most} items", "ko": "항목이 {most}개를 넘습니다"},
    # Names that a person typed.
    "did_you_mean": {"en": "did you mean {close}?", "ko": "혹시 {close}인가요?"},
    "known_are": {"en": "known are: {known}", "ko": "쓸 수 있는 이름: {known}"},
    "for_some_minutes": {"en": "for some minutes", "ko": "몇 분 동안"},
    "for_minutes": {"en": "for {count:.0f} min", "ko": "{count:.0f}분 동안"},
    "until_then": {"en": "{at:until}", "ko": "{at:until}"},
    "may_be_another_directory": {
        "en": "{name} may be another directory that was put here to be given away: others may write in {above} "
        "({whose})",
        "ko": "{name:은/는} 소유자를 넘겨받으려고 바꿔치기한 디렉터리일 수 있습니다: 다른 사용자가 {above}에 쓸 수 "
        "있습니다 ({whose})",
    },
    "chown_if_right": {
        "en": "ls -la {path}; if it is the right one: chown {owner} {path}",
        "ko": "ls -la {path} 명령으로 확인하고 맞으면: chown {owner} {path}",
    },
    "owner_unknown": {"en": "it cannot be said whose it is: {why}", "ko": "소유자를 알 수 없습니다: {why}"},
    "wait_then_again": {
        "en": "wait for it to end, then run the same command again",
        "ko": "끝나기를 기다린 뒤 같은 명령을 다시 실행하세요",
    },
    "wait_for_its_end": {"en": "wait for it to end", "ko": "끝나기를 기다리세요"},
    "use_the_playbooks": {
        "en": "use the playbooks, which take it from the fleet's plan",
        "ko": "직접 호출하지 말고 플레이북을 쓰세요",
    },
    "it_is_empty": {"en": "it is empty", "ko": "비어 있습니다"},
    # What a person has to put into a command.
    "given_value": {"en": "{name}={value}", "ko": "{name}={value}"},
    "placeholder_artifact": {"en": "PATH_OR_URL", "ko": "경로_또는_URL"},
    "placeholder_path_of": {"en": "path/to/{name}", "ko": "경로/{name}"},
    "placeholder_why_safe": {"en": "why it is safe again", "ko": "다시 배포해도 되는 이유"},
    "placeholder_why_now": {"en": "why it cannot wait", "ko": "지금 배포해야 하는 이유"},
    "placeholder_why_frozen": {"en": "why nothing may be deployed", "ko": "배포를 막는 이유"},
    "placeholder_what_happened": {"en": "what happened", "ko": "무슨 일인지"},
    # What could not be done with a file.
    "cannot": {"en": "cannot {doing}: {why}", "ko": "{doing} 실패: {why}"},
    "check_place": {
        "en": "check owner, mode and free space with: ls -ld {directory} && df -h {directory}",
        "ko": "소유자, 권한, 빈 공간을 확인하세요: ls -ld {directory} && df -h {directory}",
    },
    "read_the_outbox": {"en": "read the outbox", "ko": "보관함 읽기"},
    "set_a_message_aside": {"en": "set a message aside", "ko": "메시지 따로 두기"},
    "lock_the_outbox": {"en": "lock the outbox", "ko": "보관함 잠그기"},
    "create_a_directory": {"en": "create a directory", "ko": "디렉터리 만들기"},
    "read_nginxs_configuration": {"en": "read nginx's configuration", "ko": "nginx 설정 읽기"},
    "move_the_release_into_place": {"en": "move the release into place", "ko": "릴리스를 제자리로 옮기기"},
    "write_the_readiness_file": {"en": "write the readiness file", "ko": "준비 파일 쓰기"},
    "remove_the_readiness_file": {"en": "remove the readiness file", "ko": "준비 파일 지우기"},
    "pack_the_release": {"en": "pack the release", "ko": "릴리스 묶기"},
    "write_the_pack": {"en": "write the pack", "ko": "묶음 파일 쓰기"},
    "unpack_the_release": {"en": "unpack the release", "ko": "릴리스 풀기"},
    "remove_a_release": {"en": "remove a release", "ko": "릴리스 지우기"},
    "read_the_severity_that_was_told": {"en": "read the severity that was told", "ko": "알린 심각도 읽기"},
    "read_the_ledger": {"en": "read the ledger", "ko": "배포 기록 읽기"},
    "read_the_incidents": {"en": "read the incidents", "ko": "인시던트 기록 읽기"},
    "write_the_incidents": {"en": "write the incidents", "ko": "인시던트 기록 쓰기"},
    "write_the_ledger": {"en": "write the ledger", "ko": "배포 기록 쓰기"},
    "read_a_kept_definition": {"en": "read a kept definition", "ko": "보관한 정의 읽기"},
    "read_the_operation": {"en": "read the operation", "ko": "작업 기록 읽기"},
    "open_the_lock": {"en": "open the lock", "ko": "잠금 파일 열기"},
    "read_the_link": {"en": "read the link", "ko": "링크 읽기"},
    "list_the_releases": {"en": "list the releases", "ko": "릴리스 목록 읽기"},
    "make_uvs_cache": {"en": "make uv's cache", "ko": "uv 캐시 만들기"},
    "open_the_directory_of_incoming_artifacts": {
        "en": "open the directory of incoming artifacts",
        "ko": "받은 아티팩트 디렉터리 열기",
    },
    "write_the_build_log": {"en": "write the build log", "ko": "빌드 로그 쓰기"},
    "write_a_file": {"en": "write a file", "ko": "파일 쓰기"},
    "switch_a_link": {"en": "switch a link", "ko": "링크 바꾸기"},
    "remove_a_file": {"en": "remove a file", "ko": "파일 지우기"},
    "open_a_lock": {"en": "open a lock", "ko": "잠금 파일 열기"},
    "read_a_definition": {"en": "read a definition", "ko": "정의 읽기"},
    "install_the_process_definition": {"en": "install the process definition", "ko": "프로세스 정의 설치하기"},
    "read_the_process_definition": {"en": "read the process definition", "ko": "프로세스 정의 읽기"},
    "make_the_directory": {"en": "make a directory", "ko": "디렉터리 만들기"},
}
