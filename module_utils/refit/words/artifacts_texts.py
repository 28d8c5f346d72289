"""What is wrong with an artifact, or with the way to it."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "redirect_to_no_url": {"en": "it redirects to what is no URL", "ko": "URL이 아닌 곳으로 리다이렉트합니다"},
    "redirect_off_https": {
        "en": "it redirects away from https, to {url}",
        "ko": "https가 아닌 {url:으로/로} 리다이렉트합니다",
    },
    "redirects_too_often": {"en": "it redirects more than {most} times", "ko": "{most}번 넘게 리다이렉트합니다"},
    "not_within": {"en": "not within {seconds:g} s", "ko": "{seconds:g}초 안에 받지 못했습니다"},
    "file_became_shorter": {"en": "the file has become shorter", "ko": "받는 사이에 파일이 짧아졌습니다"},
    "server_answered": {"en": "the server answered {answer}", "ko": "서버가 {answer:으로/로} 응답했습니다"},
    "origin_not_named": {
        "en": "{where}.origins does not name {origin}",
        "ko": "{where}.origins에 {origin:이/가} 없습니다",
    },
    "asked_without_headers": {
        "en": "{why}; it was asked without refit_artifact.headers, since {since}",
        "ko": "{why}. refit_artifact.headers 없이 요청했습니다: {since}",
    },
    "nothing_is_signed": {"en": "nothing is signed for {origin}: {why}", "ko": "{origin}에는 서명하지 않습니다: {why}"},
}
