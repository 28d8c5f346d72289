"""What could not be done with a file."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
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
    "read_the_ledger": {"en": "read the ledger", "ko": "원장 읽기"},
    "write_the_ledger": {"en": "write the ledger", "ko": "원장 쓰기"},
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
}
