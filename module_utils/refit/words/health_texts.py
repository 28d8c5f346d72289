"""What a health check, a proof or a measurement finds, and why a severity is what it is."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # One question to the service.
    "health_status": {
        "en": "answered {answered} instead of {expected}[: {body}]",
        "ko": "{expected} 대신 {answered:으로/로} 응답했습니다[: {body}]",
    },
    "answer_no_json": {"en": "the answer is not JSON: {body}", "ko": "응답이 JSON이 아닙니다: {body}"},
    "answer_empty": {"en": "the answer is not JSON: it is empty", "ko": "응답 본문이 비어 있습니다 (JSON이어야 함)"},
    "answer_lacks": {"en": "the answer has no {path}: {body}", "ko": "응답에 {path:이/가} 없습니다: {body}"},
    "answer_differs": {
        "en": "{path} is {value} instead of {expected}",
        "ko": "{path:이/가} {expected:이/가} 아니라 {value}입니다",
    },
    "version_unreadable": {"en": "the version cannot be read: {why}", "ko": "버전을 읽지 못했습니다: {why}"},
    "answered": {"en": "answered {status}", "ko": "{status:으로/로} 응답했습니다"},
    "version_not_named": {
        "en": "the answer names no version in {field}: {body}",
        "ko": "응답의 {field}에 버전이 없습니다: {body}",
    },
    "version_differs": {
        "en": "the service says it is {named}, not {expected}",
        "ko": "서비스가 {expected:이/가} 아니라 {named:이라/라}고 응답했습니다",
    },
    # What runs.
    "manager_says": {"en": "the process manager says {status}", "ko": "프로세스 관리자가 {status} 상태라고 합니다"},
    "no_process": {
        "en": "the process manager shows no running process",
        "ko": "프로세스 관리자에 실행 중인 프로세스가 없습니다",
    },
    "nothing_names_release": {
        "en": "{why}, and has no file of one open: health.version_url would let it say what it is",
        "ko": "{why}. 릴리스의 파일도 열고 있지 않습니다: health.version_url을 설정하면 서비스에 버전을 물어봅니다",
    },
    "process_of_deleted": {
        "en": "process {pid} runs a copy of release {version} that was deleted",
        "ko": "프로세스 {pid:이/가} 삭제된 {version} 버전으로 실행 중입니다",
    },
    "process_of_other": {
        "en": "process {pid} runs release {version}, not {expected}",
        "ko": "프로세스 {pid:이/가} {expected:이/가} 아니라 {version:으로/로} 실행 중입니다",
    },
    "process_of_a_release": {
        "en": "process {pid} still runs release {version}",
        "ko": "프로세스 {pid:이/가} 아직 {version} 버전으로 실행 중입니다",
    },
    "port_held": {
        "en": "port {port} is still held by process {pid} of release {version}",
        "ko": "{version} 버전의 프로세스 {pid:이/가} 아직 포트 {port:을/를} 잡고 있습니다",
    },
    "port_shared": {
        "en": "process {pid} of user {user} listens on port {port} as well, at {addresses: and }",
        "ko": "사용자 {user}의 프로세스 {pid}도 포트 {port}({addresses})에서 요청을 받고 있습니다",
    },
    # What keeps it from being proven.
    "restarted": {"en": "restarted {times:once|# times}", "ko": "프로세스가 {times}번 재시작됐습니다"},
    "restarted_within": {
        "en": "restarted {times:once|# times} in {seconds:.1f} s",
        "ko": "프로세스가 {seconds:.1f}초 동안 {times}번 재시작됐습니다",
    },
    "processes_changed": {
        "en": "the processes changed ({before:?none} to {after:?none})",
        "ko": "프로세스가 바뀌었습니다 ({before:?없음} → {after:?없음})",
    },
    "healthy_too_late": {
        "en": "healthy for {healthy_s:.3g} s only when the {deadline_s:g} s were over; "
        "{stable_s:g} s without a restart are asked for",
        "ko": "제한 시간 {deadline_s:g}초가 끝날 때 정상이 된 지 {healthy_s:.3g}초뿐이었습니다 "
        "(재시작 없이 {stable_s:g}초 필요)",
    },
    "too_few_passed": {
        "en": "{passed} of {needed} checks in a row passed within {deadline_s:g} s",
        "ko": "{deadline_s:g}초 동안 헬스체크가 연속 {needed}번 중 {passed}번만 성공했습니다",
    },
    "out_of_time": {
        "en": "{why} ({passed} of {needed} checks in a row passed within {deadline_s:g} s)",
        "ko": "{why} ({deadline_s:g}초 동안 연속 {needed}번 중 {passed}번 성공)",
    },
    # What was not measured.
    "host_not_measured": {"en": "the host was not measured", "ko": "서버를 측정하지 못했습니다"},
    "no_attempt": {"en": "no attempt was made", "ko": "한 번도 확인하지 않았습니다"},
    "state_is": {"en": "its state is '{state}'", "ko": "상태가 {state}입니다"},
    "manager_silent": {
        "en": "the process manager gave no answer within {seconds:g} s",
        "ko": "프로세스 관리자가 {seconds:g}초 안에 응답하지 않았습니다",
    },
    "no_answer_within": {"en": "no answer within {seconds:g} s", "ko": "{seconds:g}초 안에 끝나지 않았습니다"},
    "ended_from_outside": {
        "en": "what measured it was ended from outside",
        "ko": "측정하던 프로세스가 밖에서 종료됐습니다",
    },
    # The service's own counters.
    "several_processes": {
        "en": "several processes answer at this address, each with counters of its own",
        "ko": "이 주소에서 여러 프로세스가 각자의 카운터로 응답합니다",
    },
    "counter_fell": {
        "en": "a counter fell though the process did not restart",
        "ko": "프로세스가 재시작하지 않았는데 카운터가 줄었습니다",
    },
    "more_errors_than_requests": {
        "en": "more errors than requests were counted: {errors} of {requests}",
        "ko": "오류 수({errors})가 요청 수({requests})보다 많습니다",
    },
    "counters_not_read_within": {
        "en": "the counters could not be read within {seconds:g} s",
        "ko": "{seconds:g}초 안에 카운터를 읽지 못했습니다",
    },
    "redirect_not_followed": {
        "en": "answered {status}: a redirect is not followed",
        "ko": "{status:으로/로} 응답했습니다. 리다이렉트는 따라가지 않습니다",
    },
    "answered_about": {
        "en": "answered {status}[ when asked about {about}]",
        "ko": "{status:으로/로} 응답했습니다[ ({about} 조회)]",
    },
    "no_requests_counted_there": {
        "en": "answered 404: no requests are counted there",
        "ko": "404로 응답했습니다. 그 주소에서는 요청을 세지 않습니다",
    },
    "metric_without_uri": {
        "en": "the metric has no uri tag, so health requests cannot be told from traffic",
        "ko": "메트릭에 uri 태그가 없어 헬스체크와 실제 요청을 구분할 수 없습니다",
    },
    "too_many_uris": {
        "en": "more than {most} URIs: use the Prometheus page instead",
        "ko": "URI가 {most}개를 넘습니다. Prometheus 페이지를 쓰세요",
    },
    "html_instead_of_json": {"en": "JSON was expected, HTML came", "ko": "JSON이 아니라 HTML이 왔습니다"},
    "no_json_came": {
        "en": "JSON was expected, something else, or only a part of it came",
        "ko": "JSON이 아니거나 일부만 왔습니다",
    },
    "no_actuator_metric": {"en": "the answer is not an actuator metric", "ko": "actuator 메트릭 응답이 아닙니다"},
    "durations_not_in_seconds": {
        "en": "durations are counted in '{unit}', not in seconds",
        "ko": "시간 단위가 초가 아니라 {unit}입니다",
    },
    "html_instead_of_page": {
        "en": "a Prometheus page was expected, HTML came",
        "ko": "Prometheus 페이지가 아니라 HTML이 왔습니다",
    },
    "page_cut": {"en": "the page ends in the middle of a line", "ko": "페이지가 줄 중간에서 끝났습니다"},
    "page_lacks": {"en": "the page has neither {names: nor }", "ko": "페이지에 {names} 중 아무것도 없습니다"},
    "line_unreadable": {"en": "a line of {name} cannot be read", "ko": "{name:을/를} 읽을 수 없는 줄이 있습니다"},
    "lacks_label": {"en": "{name} has no {label} label", "ko": "{name}에 {label} 레이블이 없습니다"},
    "no_counters_value": {
        "en": "{name} is {value}, which is no counter's value",
        "ko": "{name} 값 {value:은/는} 카운터 값이 아닙니다",
    },
    "no_number_of_requests": {
        "en": "{name} is {value}, which is no number of requests",
        "ko": "{name} 값 {value:은/는} 요청 수가 아닙니다",
    },
    # Logs.
    "times_without_seconds": {
        "en": "times without seconds do not tell which lines are of the window",
        "ko": "로그 시각에 초가 없어 측정 구간의 줄인지 알 수 없습니다",
    },
    "lines_without_time": {
        "en": "lines without a time cannot be told to be of the window",
        "ko": "시각이 없는 줄은 측정 구간의 줄인지 알 수 없습니다",
    },
    "no_line_has_a_time": {"en": "no line carries a time", "ko": "시각이 있는 줄이 없습니다"},
    "oldest_lines_without_time": {"en": "the oldest lines carry no time", "ko": "가장 오래된 줄에 시각이 없습니다"},
    "newest_lines_without_time": {"en": "the newest lines carry no time", "ko": "가장 최근 줄에 시각이 없습니다"},
    "logs_zone_differs": {
        "en": "the newest line is {hours:+.1f} h from when it was written: set the log's zone",
        "ko": "가장 최근 줄의 시각이 기록된 때와 {hours:+.1f}시간 다릅니다: log.zone을 설정하세요",
    },
    "only_newest_read": {
        "en": "only the newest {bytes} bytes were read",
        "ko": "가장 최근 {bytes}바이트만 읽었습니다",
    },
    "log_truncated_meanwhile": {
        "en": "the log was truncated while it was read",
        "ko": "읽는 사이에 로그가 잘렸습니다",
    },
    "file_with": {"en": "{name}: {why}", "ko": "{name}: {why}"},
    "rotated_log_gone": {
        "en": "the log was rotated or truncated, and what it held is not beside it",
        "ko": "로그가 교체되거나 잘렸는데 이전 내용이 옆에 없습니다",
    },
    "no_log": {"en": "the log is not there", "ko": "로그 파일이 없습니다"},
    "log_is_a_link": {"en": "it is a link: name the file itself", "ko": "링크입니다. 파일 자체를 지정하세요"},
    "log_unreadable": {"en": "it cannot be read: {why}", "ko": "읽을 수 없습니다: {why}"},
    "log_is_no_file": {"en": "it is not a regular file", "ko": "일반 파일이 아닙니다"},
    "log_is_compressed": {"en": "it is compressed (gzip)", "ko": "gzip으로 압축되어 있습니다"},
    "log_is_binary": {"en": "it is binary, not a text", "ko": "텍스트가 아닌 이진 파일입니다"},
    "others_no_better": {
        "en": "{why} (the hosts that were not touched are {severity} as well, so it may not be this release)",
        "ko": "{why} (건드리지 않은 서버들도 {severity:이라/라} 이 버전이 원인이 아닐 수 있음)",
    },
    "fail_on_unknown": {
        "en": "fail_on is {value}; known are: {known}",
        "ko": "fail_on에 {value:은/는} 쓸 수 없습니다. 쓸 수 있는 값: {known}",
    },
    "window_out_of_range": {
        "en": "the window is {seconds:g} s; it must be from 0 to {most:g} s",
        "ko": "측정 시간이 {seconds:g}초입니다. 0초에서 {most:g}초 사이여야 합니다",
    },
    "is_no_told_severity": {
        "en": "{severity} at {at} is no severity with a time",
        "ko": "{severity}({at})는 시각이 있는 심각도가 아닙니다",
    },
    "use_health_check": {
        "en": "use playbooks/health-check.yml, which takes both from the fleet's grade",
        "ko": "직접 호출하지 말고 playbooks/health-check.yml을 쓰세요",
    },
    # Why a severity is what it is: one for each rule of the severity table.
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
