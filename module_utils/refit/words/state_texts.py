"""What a host remembers, and who is at work there."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # Runs.
    "deploy_since": {
        "en": "deploy[ of {target}] by {owner} since {since}",
        "ko": "{owner}의[ {target}] 배포 ({since} 시작)",
    },
    "rollback_since": {
        "en": "rollback[ of {target}] by {owner} since {since}",
        "ko": "{owner}의[ {target}] 롤백 ({since} 시작)",
    },
    "a_deploy_by": {"en": "a deploy by {owner}", "ko": "{owner}의 배포"},
    "a_rollback_by": {"en": "a rollback by {owner}", "ko": "{owner}의 롤백"},
    "a_newer_run": {"en": "a newer run", "ko": "더 새로운 실행"},
    "another_run": {"en": "another run", "ko": "다른 실행"},
    "another_run_works_here": {
        "en": "another run is at work on this host: {run}",
        "ko": "이 서버에서 다른 실행이 진행 중입니다: {run}",
    },
    "another_run_is_unfinished": {
        "en": "another run is unfinished: {run}",
        "ko": "끝나지 않은 다른 실행이 있습니다: {run}",
    },
    "a_newer_run_has_taken_over": {
        "en": "a newer run has taken over: {run}",
        "ko": "더 새로운 실행이 이어받았습니다: {run}",
    },
    "nobody_without_operation": {
        "en": "nobody: its operation.json is gone",
        "ko": "알 수 없음 (operation.json이 사라짐)",
    },
    "to_take_it_back": {"en": "to take it back", "ko": "되돌리기"},
    "to_see_what_it_did": {"en": "to see what it did", "ko": "무엇을 했는지 보기"},
}
