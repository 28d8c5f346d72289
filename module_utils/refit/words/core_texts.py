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
    "is_no_json": {"en": "it is no JSON", "ko": "JSON이 아닙니다"},
    "is_no_mapping": {"en": "it is no mapping", "ko": "JSON 객체가 아닙니다"},
    "is_of_another_type": {"en": "{name} is of another type", "ko": "{name}의 형식이 다릅니다"},
    "nested_deeper": {"en": "it is nested deeper than {most}", "ko": "{most}단계보다 깊이 중첩되어 있습니다"},
}
