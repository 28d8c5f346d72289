"""What a host remembers, and who is at work there."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # Runs.
    "deploy_since": {
        "en": "deploy[ of {target}] by {owner}, begun {since:when}",
        "ko": "{owner}의[ {target}] 배포, {since:when} 시작",
    },
    "rollback_since": {
        "en": "rollback[ of {target}] by {owner}, begun {since:when}",
        "ko": "{owner}의[ {target:으로/로}의] 롤백, {since:when} 시작",
    },
    "a_deploy_by": {"en": "a deploy by {owner}", "ko": "{owner}의 배포"},
    "a_rollback_by": {"en": "a rollback by {owner}", "ko": "{owner}의 롤백"},
    "a_newer_run": {"en": "a newer run", "ko": "더 새로운 작업"},
    "another_run": {"en": "another run", "ko": "다른 작업"},
    "another_run_works_here": {
        "en": "another run is at work on this host: {run}",
        "ko": "이 서버에서 다른 작업이 진행 중입니다: {run}",
    },
    "another_run_is_unfinished": {
        "en": "another run is unfinished: {run}",
        "ko": "끝나지 않은 다른 작업이 있습니다: {run}",
    },
    "a_newer_run_has_taken_over": {
        "en": "a newer run has taken over: {run}",
        "ko": "더 새로운 작업이 이어받았습니다: {run}",
    },
    "nobody_without_operation": {
        "en": "nobody: its operation.json is gone",
        "ko": "알 수 없음 (operation.json이 사라짐)",
    },
    "to_take_it_back": {"en": "to take it back", "ko": "되돌리기"},
    # Ledgers.
    "is_no_key_id": {"en": "is no key's id", "ko": "키 식별자가 아닙니다"},
    "to_go_back_without_word_of": {
        "en": "to go back without the word of {hosts}",
        "ko": "{hosts}의 기록을 믿지 않고 롤백하기",
    },
    "to_see_what_it_did": {"en": "to see what it did", "ko": "무엇을 했는지 보기"},
    # Releases.
    "directory_is_gone": {"en": "its directory is gone", "ko": "디렉터리가 없습니다"},
    "directory_is_a_link": {
        "en": "its directory is a link to {target}",
        "ko": "디렉터리가 {target:으로/로} 가는 링크입니다",
    },
    "directory_is_empty": {"en": "its directory is empty", "ko": "디렉터리가 비어 있습니다"},
    "manifest_unreadable": {"en": "its .release.json cannot be read", "ko": ".release.json을 읽을 수 없습니다"},
    "manifest_names_other": {
        "en": "its .release.json names version {version}",
        "ko": ".release.json에 다른 버전 {version:이/가} 적혀 있습니다",
    },
    "version_file_missing": {"en": "its version.txt is missing", "ko": "version.txt가 없습니다"},
    "own_file_missing": {"en": "its {name} is missing", "ko": "{name:이/가} 없습니다"},
    "own_file_changed": {"en": "its {name} was changed", "ko": "{name:이/가} 바뀌었습니다"},
    "cannot_be_compared": {
        "en": "it cannot be compared with its {name} ({why})",
        "ko": "{name:과/와} 비교할 수 없습니다 ({why})",
    },
    "file_missing": {"en": "{path} is missing", "ko": "{path:이/가} 없습니다"},
    "no_longer_a_link": {"en": "{path} is no longer a link", "ko": "{path:이/가} 더는 링크가 아닙니다"},
    "no_longer_a_file": {"en": "{path} is no longer a file", "ko": "{path:이/가} 더는 파일이 아닙니다"},
    "file_unreadable": {"en": "{path} cannot be read ({why})", "ko": "{path:을/를} 읽을 수 없습니다 ({why})"},
    "file_changed": {"en": "{path} was changed", "ko": "{path:이/가} 바뀌었습니다"},
    "holds_other_files": {
        "en": "it holds {files} files of {bytes} bytes, staged were {staged} of {staged_bytes}",
        "ko": "파일 {files}개({bytes}바이트)가 있고, 전송할 때는 {staged}개({staged_bytes}바이트)였습니다",
    },
    "is_not_whole": {"en": "it is not whole: {why}", "ko": "온전하지 않습니다: {why}"},
    "was_marked_bad": {
        "en": "it was marked bad[ by {by}]: {why}",
        "ko": "불량으로 표시됐습니다[ ({by})]: {why}",
    },
    "last_activation_failed": {"en": "its last activation failed: {why}", "ko": "마지막 교체가 실패했습니다: {why}"},
    "it_was_taken_back": {"en": "it was taken back: {why}", "ko": "되돌린 버전입니다: {why}"},
    "no_reason_recorded": {"en": "no reason recorded", "ko": "기록된 사유 없음"},
    "activation_unfinished": {"en": "its activation was never finished", "ko": "교체가 끝나지 않았습니다"},
    "unknown_to_ledger": {
        "en": "this host's ledger does not know it; deploy it again to prove it",
        "ko": "이 서버의 배포 기록에 없습니다. 다시 배포해 확인하세요",
    },
    "made_by_hand": {
        "en": "it was made by hand and never proven",
        "ko": "손으로 만든 릴리스이고 확인된 적이 없습니다",
    },
    "never_activated": {"en": "it was never activated", "ko": "이 버전으로 교체한 적이 없습니다"},
    # Keys, versions, records.
    "keys_are_no_list": {"en": "{setting} is no list of texts", "ko": "{setting:이/가} 텍스트의 목록이 아닙니다"},
    "write_keys": {
        "en": "write it as [KEY], with one by {command}",
        "ko": "{command:으로/로} 만든 키를 [KEY] 형식으로 적으세요",
    },
    "key_too_short": {
        "en": "key {number} of {setting} has {count} characters, and {least} are needed",
        "ko": "{setting}의 {number}번째 키가 {count}자입니다. {least}자 이상이어야 합니다",
    },
    "make_key": {
        "en": "make one with {command}, and keep it in the vault",
        "ko": "{command:으로/로} 만들어 vault에 보관하세요",
    },
    "key_twice": {"en": "{setting} names a key twice", "ko": "{setting}에 같은 키가 두 번 있습니다"},
    "take_one_out": {"en": "take one of the two out", "ko": "하나를 빼세요"},
    "no_version": {"en": "{text} is not a version", "ko": "{text:은/는} 버전이 아닙니다"},
    "what_a_version_is": {
        "en": "up to 64 letters, digits, '.', '_' and '-', beginning with a letter or a digit",
        "ko": "영문자나 숫자로 시작하고 영문자, 숫자, '.', '_', '-'로 64자까지",
    },
    "name_version_like": {"en": "name it like {example}", "ko": "{example}처럼 적으세요"},
    "is_no_operation": {"en": "operation is {given}", "ko": "operation 값이 잘못됐습니다: {given}"},
    "what_an_operation_needs": {
        "en": "needed are number (> 0), kind (deploy or rollback), run and owner",
        "ko": "number(> 0), kind(deploy 또는 rollback), run, owner가 필요합니다",
    },
    "is_no_ledger_entry": {"en": "not an entry for the ledger: {given}", "ko": "배포 기록 항목이 아닙니다: {given}"},
    "current_is_no_link": {
        "en": "`current` is not a symbolic link, so it cannot be switched",
        "ko": "`current`가 심볼릭 링크가 아니라 바꿀 수 없습니다",
    },
    "lock_held_by": {"en": "{path}[, held by process {pid}]", "ko": "{path}[, 프로세스 {pid:이/가} 잡고 있음]"},
    "it_expires": {"en": "it expires {at:when}", "ko": "만료: {at:when}"},
}
