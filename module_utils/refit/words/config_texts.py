"""What is wrong with a service as its owner describes it."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # A setting, and what is to be done with it.
    "setting_wrong": {"en": "{setting} {problem}", "ko": "{setting}: {problem}"},
    "correct_in_inventory": {
        "en": "correct it in the inventory's group_vars and run the same command again",
        "ko": "인벤토리의 group_vars에서 고친 뒤 같은 명령을 다시 실행하세요",
    },
    "describe_service_so": {
        "en": "describe the service as in inventory/production/group_vars/all.yml",
        "ko": "inventory/production/group_vars/all.yml의 예처럼 서비스를 적으세요",
    },
    # Its value.
    "is_missing": {"en": "is missing", "ko": "값이 없습니다"},
    "is_no_setting": {"en": "is not a setting; {hint}", "ko": "그런 설정은 없습니다. {hint}"},
    "is_unknown": {
        "en": "is {value}; known are: {known}",
        "ko": "{value:은/는} 쓸 수 없습니다. 쓸 수 있는 값: {known}",
    },
    "must_be_text": {"en": "must be a text, not {value}", "ko": "텍스트여야 합니다 (지금 값: {value})"},
    "must_be_texts": {
        "en": "must be a list of texts, not {value}",
        "ko": "텍스트의 목록이어야 합니다 (지금 값: {value})",
    },
    "must_be_text_or_texts": {
        "en": "must be a text or a list of texts, not {value}",
        "ko": "텍스트나 텍스트의 목록이어야 합니다 (지금 값: {value})",
    },
    "must_be_quoted": {"en": "must be a text; put it in quotes", "ko": "텍스트여야 합니다. 따옴표로 감싸세요"},
    "must_be_body": {"en": "must be a text, a mapping or a list", "ko": "텍스트, 매핑, 목록 중 하나여야 합니다"},
    "must_be_mapping": {"en": "must be a mapping, not {value}", "ko": "매핑이어야 합니다 (지금 값: {value})"},
    "must_be_boolean": {"en": "must be true or false, not {value}", "ko": "true나 false여야 합니다 (지금 값: {value})"},
    "must_be_absolute_path": {
        "en": "must be an absolute path, not {value}",
        "ko": "절대 경로여야 합니다 (지금 값: {value})",
    },
    "must_be_url": {
        "en": "must be an http:// or https:// URL, not {value}",
        "ko": "http:// 또는 https:// URL이어야 합니다 (지금 값: {value})",
    },
    "must_be_number": {
        "en": "must be a number from {low} to {high}, not {value}",
        "ko": "{low}에서 {high} 사이의 숫자여야 합니다 (지금 값: {value})",
    },
    "must_be_whole_number": {
        "en": "must be a whole number from {low} to {high}, not {value}",
        "ko": "{low}에서 {high} 사이의 정수여야 합니다 (지금 값: {value})",
    },
    "must_be_any_number": {"en": "must be a number, not {value}", "ko": "숫자여야 합니다 (지금 값: {value})"},
    "must_be_at_least": {
        "en": "must be {low} or more, not {value}",
        "ko": "{low} 이상이어야 합니다 (지금 값: {value})",
    },
    "must_be_share": {"en": "must be from 0 to 100, not {value}", "ko": "0에서 100 사이여야 합니다 (지금 값: {value})"},
    "must_be_zone": {
        "en": "must be UTC or an offset like '+09:00', not {value}",
        "ko": "UTC나 '+09:00' 같은 시차여야 합니다 (지금 값: {value})",
    },
    "leaves_shared": {
        "en": "holds {path}; paths are relative to shared/ and stay inside it",
        "ko": "{path:이/가} 있습니다. shared/ 안의 상대 경로만 쓸 수 있습니다",
    },
    "holds_no_absolute_path": {
        "en": "holds {value}; absolute paths are asked for",
        "ko": "{value:이/가} 있습니다. 절대 경로만 쓸 수 있습니다",
    },
    # A service.
    "is_no_service_word": {
        "en": "is {name}; letters, digits, '-' and '_' only",
        "ko": "{name:은/는} 쓸 수 없습니다. 영문자, 숫자, '-', '_'만 쓰세요",
    },
    "must_be_less_than_deadline": {
        "en": "is {value}; it must be less than deadline_s",
        "ko": "{value}입니다. deadline_s보다 작아야 합니다",
    },
    "log_pattern_wrong": {
        "en": "the log pattern {pattern} is not a regular expression: {why}",
        "ko": "로그 패턴 {pattern:은/는} 올바른 정규식이 아닙니다: {why}",
    },
    "is_no_traffic_source": {
        "en": "{kind} is not a traffic source; known are: {known}",
        "ko": "{kind:은/는} 트래픽 소스가 아닙니다. 쓸 수 있는 값: {known}",
    },
    "threshold_wrong": {"en": "the severity threshold {key} {problem}", "ko": "심각도 기준 {key}: {problem}"},
    "is_no_threshold": {"en": "is not a threshold; {hint}", "ko": "그런 기준은 없습니다. {hint}"},
    "is_greater_than": {"en": "is greater than {other}", "ko": "{other}보다 큽니다"},
    # Its process manager.
    "reload_missing": {
        "en": "is missing: the command that restarts the service, as a list",
        "ko": "값이 없습니다. 서비스를 재시작하는 명령을 목록으로 적으세요",
    },
    "nothing_proves_what_runs": {
        "en": "and health.version_url are both missing; nothing could prove what runs",
        "ko": "health.version_url도 없어 무엇이 실행 중인지 확인할 수 없습니다",
    },
    "means_other_apps": {
        "en": "is {name}, which means other apps to PM2; choose a word of its own",
        "ko": "{name:은/는} PM2에서 다른 앱을 가리킵니다. 다른 이름을 쓰세요",
    },
    "is_set_by_deploy": {"en": "is set by the deploy itself; remove it", "ko": "배포가 직접 정하는 값입니다. 지우세요"},
    "has_no_effect_in_pm2": {
        "en": "has no effect, since no environment of PM2's is named; put it into pm2.app.env",
        "ko": "PM2 환경 이름을 쓰지 않아 효과가 없습니다. pm2.app.env에 넣으세요",
    },
    "script_missing": {
        "en": "is missing: the program to start, relative to the release",
        "ko": "값이 없습니다. 시작할 프로그램을 릴리스 기준 경로로 적으세요",
    },
    "log_would_be_lost": {
        "en": "is {path}, in a directory that the next release does not have; name an absolute path such as "
        "{better}, or one in a directory of `shared`",
        "ko": "{path:은/는} 다음 릴리스에 없는 디렉터리입니다. {better} 같은 절대 경로나 `shared` 디렉터리 안의 "
        "경로를 쓰세요",
    },
    "user_missing_for_systemd": {
        "en": "is missing; without one systemd would run the service as root",
        "ko": "값이 없습니다. 없으면 systemd가 서비스를 root로 실행합니다",
    },
    "is_no_account_name": {
        "en": "is {value}, which is not the name of an account",
        "ko": "{value:은/는} 계정 이름이 아닙니다",
    },
    "is_no_systemd_root": {
        "en": "is {value}; systemd takes no '$' and no control characters in it",
        "ko": "{value:은/는} 쓸 수 없습니다. systemd 경로에는 '$'와 제어 문자를 쓸 수 없습니다",
    },
    "is_no_systemd_path": {
        "en": "is {value}; systemd takes no control characters in it",
        "ko": "{value:은/는} 쓸 수 없습니다. systemd 경로에는 제어 문자를 쓸 수 없습니다",
    },
    "command_missing": {
        "en": "is missing: program and arguments, as a list",
        "ko": "값이 없습니다. 프로그램과 인자를 목록으로 적으세요",
    },
    "holds_control_characters": {
        "en": "holds {value}; no control characters: put scripts into the release",
        "ko": "{value}에 제어 문자가 있습니다. 스크립트는 릴리스에 넣으세요",
    },
    "starts_outside": {
        "en": "starts {program}, which lies outside the release",
        "ko": "{program:은/는} 릴리스 밖에 있습니다",
    },
    "starts_no_program": {
        "en": "starts {program}, which is not the name or the path of a program",
        "ko": "{program:은/는} 프로그램 이름이나 경로가 아닙니다",
    },
    "is_no_unit_name": {
        "en": "is {value}; letters, digits, '-', '_' and '.' only, without .service",
        "ko": "{value:은/는} 쓸 수 없습니다. 영문자, 숫자, '-', '_', '.'만 쓰고 .service는 빼세요",
    },
    "is_no_variable_name": {
        "en": "is not the name of a variable: letters, digits and '_' only",
        "ko": "변수 이름이 아닙니다. 영문자, 숫자, '_'만 쓰세요",
    },
    "variable_has_control_character": {
        "en": "holds a control character; systemd takes none but tabs and line ends",
        "ko": "제어 문자가 있습니다. systemd는 탭과 줄바꿈만 받습니다",
    },
    "is_no_environment_file": {
        "en": "is {value}; no control characters, no blank or backslash at its end",
        "ko": "{value:은/는} 쓸 수 없습니다. 제어 문자가 없어야 하고 공백이나 백슬래시로 끝나면 안 됩니다",
    },
    "environment_file_in_shared": {
        "en": "lies in shared/, where the application writes: systemd would read, as root, whatever a link there "
        "leads to; keep the file in /etc, or let the application read its .env itself",
        "ko": "앱이 쓰는 shared/ 안에 있습니다. 거기 링크가 있으면 systemd가 root로 따라가 읽으므로, 파일을 /etc에 "
        "두거나 앱이 .env를 직접 읽게 하세요",
    },
    "is_no_signal": {
        "en": "is {value}; a signal's name is asked for, such as SIGINT",
        "ko": "{value:은/는} 시그널 이름이 아닙니다. SIGINT처럼 적으세요",
    },
    "is_set_by": {"en": "is set by {setting}", "ko": "{setting:으로/로} 정합니다"},
    "is_always": {"en": "is always {value}", "ko": "항상 {value}입니다"},
    "is_shown_to_everybody": {
        "en": "is shown to every local user by systemctl; use {setting}",
        "ko": "systemctl이 모든 로컬 사용자에게 보여 줍니다. {setting:을/를} 쓰세요",
    },
    "remove_directive": {"en": "{why}; remove it", "ko": "{why}. 지우세요"},
    "is_no_directive": {"en": "is not the name of a directive", "ko": "지시어 이름이 아닙니다"},
    "directive_is_empty_list": {
        "en": "is an empty list; an empty text takes a directive's default away",
        "ko": "빈 목록입니다. 기본값을 없애려면 빈 텍스트를 쓰세요",
    },
    "directive_is_no_line": {
        "en": "is {value}; a directive is one line and does not end in a backslash",
        "ko": "{value:은/는} 쓸 수 없습니다. 지시어 값은 한 줄이고 백슬래시로 끝나면 안 됩니다",
    },
    # What it is built with.
    "must_be_jar_name": {
        "en": "must be a file name that ends in .jar, not {value}",
        "ko": ".jar로 끝나는 파일 이름이어야 합니다 (지금 값: {value})",
    },
    "must_be_python": {
        "en": "must be a version such as '3.11' or an absolute path, not {value}",
        "ko": "'3.11' 같은 버전이나 절대 경로여야 합니다 (지금 값: {value})",
    },
    "must_be_app": {
        "en": "must be like 'ai_service.main:app', not {value}",
        "ko": "'ai_service.main:app' 같은 형식이어야 합니다 (지금 값: {value})",
    },
    "holds_no_extra": {
        "en": "holds {value}, which is no name of an extra",
        "ko": "{value:은/는} extra 이름이 아닙니다",
    },
    # Services that share a server.
    "is_root": {"en": "is root", "ko": "root는 쓸 수 없습니다"},
    "name_an_account": {
        "en": "name an account that may do nothing else, such as {example}; it is made when it is not there",
        "ko": "{example}처럼 다른 권한이 없는 계정을 지정하세요. 없으면 만들어집니다",
    },
    "name_pm2_unit": {
        "en": "name the systemd unit that is to own PM2, such as {example}",
        "ko": "{example}처럼 PM2를 띄울 systemd 유닛을 지정하세요",
    },
    "lies_in_that_of": {"en": "lies in that of {other}", "ko": "{other}의 경로 안에 있습니다"},
    "is_that_of": {"en": "is that of {other} too", "ko": "{other}도 같은 경로를 씁니다"},
    "give_each_its_own": {"en": "give each service one of its own", "ko": "서비스마다 따로 지정하세요"},
    "would_give_away": {
        "en": "would give {directory} to {user}",
        "ko": "{directory:을/를} {user} 계정에 넘기게 됩니다",
    },
    "logs_lie_together": {
        "en": "and the one of {other}, who is another user, are both in {directory}",
        "ko": "다른 계정을 쓰는 {other}의 로그와 함께 {directory}에 있습니다",
    },
    "write_log_to": {
        "en": "write it to a directory of its own, such as {directory}",
        "ko": "{directory}처럼 따로 쓰는 디렉터리에 남기세요",
    },
    "runs_a_service": {
        "en": "is {user}, whom the service {service} runs as",
        "ko": "{user:은/는} {service} 서비스를 실행하는 계정입니다",
    },
    "leave_out_or_name_unused_account": {
        "en": "leave it out, or name an account that nothing else runs as",
        "ko": "비워 두거나 다른 곳에서 쓰지 않는 계정을 지정하세요",
    },
    "lies_where_others_rearrange": {
        "en": "lies in {directory}, which {owner} may rearrange",
        "ko": "{owner} 계정이 바꿀 수 있는 {directory} 안에 있습니다",
    },
    "name_directory_of_root": {
        "en": "name a directory that only root may change, such as {examples}",
        "ko": "root만 바꿀 수 있는 디렉터리를 지정하세요 (예: {examples})",
    },
    "differs_from_that_of": {"en": "differs from that of {other}", "ko": "{other}의 값과 다릅니다"},
    "name_one_unit_for_home": {
        "en": "name one unit for one PM2_HOME",
        "ko": "PM2_HOME 하나에는 유닛 하나만 지정하세요",
    },
    "only_one_is_true_of": {"en": "only one can be true of {unit}", "ko": "{unit} 하나에는 값이 하나여야 합니다"},
    "logs_to": {"en": "logs to {path}", "ko": "로그를 {path}에 남깁니다"},
    "logs_where_it_may_not": {
        "en": "logs to {path}, which its user may not write",
        "ko": "로그를 남길 {path}에 서비스 사용자가 쓸 수 없습니다",
    },
    "name_log_path": {
        "en": "name an absolute path in a directory of its own, such as {example}",
        "ko": "{example}처럼 따로 쓰는 디렉터리의 절대 경로를 지정하세요",
    },
}
