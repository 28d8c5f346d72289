"""Why a severity is what it is: one for each rule of the severity table."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "server_errors": {
        "ko": "5xx 비율 {observed}% (기준 {threshold}%)",
        "en": "{observed}% of the requests answered with 5xx (bound {threshold}%)",
    },
    "response_rate": {
        "ko": "응답률 {observed}% (기준 {threshold}%)",
        "en": "{observed}% of the requests answered at all (bound {threshold}%)",
    },
    "no_request_answered": {"ko": "응답한 요청이 하나도 없음", "en": "no request was answered"},
    "intermittent_no_answer": {
        "ko": "일부 요청에 응답이 없음 (응답률 {observed}%)",
        "en": "some requests were not answered ({observed}% were)",
    },
    "mean_latency": {
        "ko": "평균 응답 시간 {observed} ms (기준 {threshold} ms)",
        "en": "mean latency {observed} ms (bound {threshold} ms)",
    },
    "latency_over_baseline": {
        "ko": "평균 응답 시간 {observed} ms, 배포 전 대비 기준 {threshold} ms 이상",
        "en": "mean latency {observed} ms, at or over {threshold} ms that the baseline allows",
    },
    "too_few_requests": {
        "ko": "요청이 {observed}건뿐이라(최소 {threshold}건) P2를 넘지 않음",
        "en": "only {observed} requests (of at least {threshold}), so no more than P2",
    },
    "no_requests": {
        "ko": "요청 없음: 5xx 비율과 응답 시간은 확인하지 못함",
        "en": "no requests: nothing is known of 5xx and latency",
    },
    "few_requests": {
        "ko": "요청이 {observed}건뿐이라(최소 {threshold}건) 5xx 비율과 응답 시간은 참고만 가능",
        "en": "only {observed} requests (of at least {threshold}): 5xx and latency say little",
    },
    "intermittent_health_check": {
        "ko": "헬스체크가 {observed}번 실패",
        "en": "{observed} health checks failed",
    },
    "intermittent_synthetic_request": {
        "ko": "테스트 요청이 {observed}번 실패",
        "en": "{observed} synthetic requests failed",
    },
    "process_restarted": {"ko": "프로세스가 {observed}번 재시작됨", "en": "the process restarted {observed} times"},
    "log_errors": {"ko": "ERROR 로그 {observed}줄", "en": "{observed} ERROR lines in the log"},
    "health_check_failed": {
        "ko": "헬스체크 실패 {observed}% (기준 {threshold}%)",
        "en": "{observed}% of the health checks failed (bound {threshold}%)",
    },
    "synthetic_request_failed": {
        "ko": "테스트 요청 실패 {observed}% (기준 {threshold}%)",
        "en": "{observed}% of the synthetic requests failed (bound {threshold}%)",
    },
    "synthetic_request_slow": {
        "ko": "테스트 요청에 {observed} ms 걸림 (기준 {threshold} ms)",
        "en": "a synthetic request took {observed} ms (bound {threshold} ms)",
    },
    "process_down": {"ko": "프로세스 상태가 {observed}", "en": "the process is {observed}"},
    "critical_log_pattern": {
        "ko": "로그에 {subject} {observed}줄 (배포 전에는 없었음)",
        "en": "{observed} lines of {subject} in the log, none in the baseline",
    },
    "service_down": {
        "ko": "전체 서비스 중단: 어느 서버의 헬스체크도 성공하지 못함",
        "en": "the whole service is down: no health check passed on any host",
    },
    "p0_hosts": {
        "ko": "P0 서버 {observed}대: {subject} ({threshold}대를 넘으면 전체 P0)",
        "en": "{observed} hosts are P0: {subject} (the fleet is, above {threshold})",
    },
    "rests_on_one_host": {
        "ko": "P0로 볼 수치가 서버 한 대({subject})에서만 나옴",
        "en": "only one host counts what would be P0: {subject}",
    },
    "outweighing_hosts": {
        "ko": "다른 서버보다 요청이 지나치게 많다고 하는 서버: {subject} (중앙값의 {threshold}배까지만 반영)",
        "en": "says of itself to have far more requests than the others: {subject} (counted up to {threshold} medians)",
    },
    "touched_hosts": {
        "ko": "이번에 배포한 서버({subject})가 {observed} (전체 기준으로는 {threshold})",
        "en": "the hosts of this deploy ({subject}) are {observed} (the whole fleet: {threshold})",
    },
    "unmeasured": {"ko": "측정하지 못함 - {subject}: {observed}", "en": "not measured - {subject}: {observed}"},
    "nothing_measured": {"ko": "판단할 데이터가 없음", "en": "nothing says how it is"},
}
