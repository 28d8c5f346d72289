"""How an activation went, and what its steps are."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # What a failed activation left.
    "it_logged": {"en": "{why}; it logged: {line}", "ko": "{why}. 로그: {line}"},
    "release_unusable": {
        "en": "release {version} cannot be activated: {why}",
        "ko": "{version} 릴리스를 활성화할 수 없습니다: {why}",
    },
    "release_unknown_here": {
        "en": "release {version} is not known on this host",
        "ko": "이 서버는 {version} 릴리스를 모릅니다",
    },
    "interrupted_then_replaced": {
        "en": "interrupted, then replaced",
        "ko": "도중에 끊긴 뒤 다른 릴리스로 바뀌었습니다",
    },
    "live_before_already": {
        "en": "{why}; it was live before already, so there is nothing to restore",
        "ko": "{why}. 배포 전에도 이 릴리스였으므로 되돌릴 곳이 없습니다",
    },
    "stopped_since_link_is_gone": {
        "en": "{why}; `current` led to {link}, which is gone, so the service was stopped",
        "ko": "{why}. `current`가 가리키던 {link:이/가} 사라져서 서비스를 중지했습니다",
    },
    "stopped_since_it_was_the_first": {
        "en": "{why}; there was no release before it, so the service was stopped",
        "ko": "{why}. 이전 릴리스가 없어서 서비스를 중지했습니다",
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
        "ko": "{why}. 배포 전에도 정상이 아니던 {base:으로/로} 되돌리지 못했습니다: {then}",
    },
    "was_taken_back": {"en": "{version} was taken back: {why}", "ko": "{version:을/를} 되돌렸습니다: {why}"},
    # Copies from another host.
    "was_made_by_hand": {"en": "it was made by hand", "ko": "손으로 만든 릴리스입니다"},
    "files_differ": {"en": "its files are not those that were staged", "ko": "스테이징한 파일과 다릅니다"},
    "made_from_other": {
        "en": "it was made from an artifact with checksum {found}, wanted is {expected}",
        "ko": "체크섬이 {expected:이/가} 아니라 {found}인 아티팩트로 만든 것입니다",
    },
}
