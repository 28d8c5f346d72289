"""What the machine that runs a playbook refuses."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # What is reached from this machine.
    "must_be_mapping_of": {"en": "must be a mapping of {keys}", "ko": "{keys}의 매핑이어야 합니다"},
    "write_as_in_production": {
        "en": "write it as in inventory/production/group_vars/all.yml",
        "ko": "inventory/production/group_vars/all.yml의 예처럼 적으세요",
    },
    "must_be_headers": {
        "en": "must be a mapping, such as Authorization: …",
        "ko": "Authorization: … 같은 매핑이어야 합니다",
    },
    "must_be_origins": {
        "en": "must be a list of origins, such as https://builds.example.com and s3://builds",
        "ko": "https://builds.example.com, s3://builds 같은 출처의 목록이어야 합니다",
    },
    "must_be_proxy": {
        "en": "must be http://[user:password@]host:port",
        "ko": "http://[user:password@]host:port 형식이어야 합니다",
    },
    "is_no_pem": {"en": "not PEM", "ko": "PEM이 아닙니다"},
    "certificates_unreadable": {
        "en": "names certificates that cannot be read: {path}: {why}",
        "ko": "인증서를 읽을 수 없습니다: {path}: {why}",
    },
    "add_origin_if_yours": {"en": "if it is yours, add it there", "ko": "우리 저장소가 맞다면 거기에 추가하세요"},
    "s3_needs_boto3": {"en": "s3:// needs boto3 on the controller", "ko": "s3://를 쓰려면 이 PC에 boto3가 필요합니다"},
    "install_boto3": {
        "en": "make venv, or: python -m pip install boto3 (for the Python that runs Ansible)",
        "ko": "make venv 또는 python -m pip install boto3 (Ansible을 실행하는 Python에)",
    },
    "try_s3": {
        "en": "try with the same AWS_PROFILE, AWS_REGION and AWS_ENDPOINT_URL: aws s3 ls {url}",
        "ko": "같은 AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL로 확인하세요: aws s3 ls {url}",
    },
    "s3_failed": {"en": "S3: {why}", "ko": "S3 오류: {why}"},
    "package_not_packed": {"en": "cannot pack {path}: {why}", "ko": "{path:을/를} 묶을 수 없습니다: {why}"},
    # What a person typed, and what a role was given.
    "type_text": {"en": "a text", "ko": "텍스트"},
    "type_path": {"en": "a path", "ko": "경로"},
    "type_whole_number": {"en": "a whole number", "ko": "정수"},
    "type_number": {"en": "a number", "ko": "숫자"},
    "type_boolean": {"en": "true or false", "ko": "true나 false"},
    "type_list": {"en": "a list", "ko": "목록"},
    "type_mapping": {"en": "a mapping", "ko": "매핑"},
    "type_one_of": {"en": "one of {choices}", "ko": "{choices} 중 하나"},
    "type_list_of": {"en": "a list, each {each}", "ko": "목록(항목마다 {each})"},
    "variable_missing": {"en": "{name} is missing", "ko": "{name} 값이 없습니다"},
    "variable_wrong": {
        "en": "{name} must be {allowed}, and is {value}",
        "ko": "{name:은/는} {allowed:이어야/여야} 합니다 (지금 값: {value})",
    },
    "variable_wrong_secret": {
        "en": "{name} must be {allowed}; what it is is not shown, since it may be secret",
        "ko": "{name:은/는} {allowed:이어야/여야} 합니다. 비밀일 수 있어 지금 값은 보여 주지 않습니다",
    },
    "variable_wrong_within": {"en": "{name}: {errors:; }", "ko": "{name}: {errors:; }"},
    "on_some_hosts": {"en": "{what} (on {hosts})", "ko": "{what} (서버: {hosts})"},
    "correct_variable": {"en": "correct {where}", "ko": "{where:을/를} 고치세요"},
    "give_variable": {"en": "give {where}", "ko": "{where:을/를} 지정하세요"},
    "variable_typed": {"en": "-e {name}=…", "ko": "-e {name}=…"},
    "variable_of_inventory": {"en": "{name} in the inventory", "ko": "인벤토리의 {name}"},
    "plugin_has_a_mistake": {"en": "{plugin} has a mistake: {error}", "ko": "{plugin} 내부 오류: {error}"},
    "run_again_with_vvv": {"en": "run it again with -vvv", "ko": "-vvv를 붙여 다시 실행하세요"},
    "guard_did_not_run": {
        "en": "the guard did not run, so nothing was done",
        "ko": "점검 단계를 건너뛰어 아무것도 하지 않았습니다",
    },
    "run_playbook_as_a_whole": {
        "en": "run the playbook as a whole, without --start-at-task, --tags and --skip-tags",
        "ko": "--start-at-task, --tags, --skip-tags 없이 플레이북 전체를 실행하세요",
    },
    # What the guard stops.
    "group_has_no_hosts": {
        "en": 'The group "{group}" has no hosts in {inventories}',
        "ko": '{inventories}의 그룹 "{group}"에 서버가 없습니다',
    },
    "name_inventory_or_add_hosts": {
        "en": "name another inventory with -i; or add your servers to its hosts.yml, then:",
        "ko": "-i로 다른 인벤토리를 지정하거나, hosts.yml에 서버를 추가한 뒤:",
    },
    "tags_are_no_part": {
        "en": "The {count:tag|tags} {names} {count:is|are} no part of this playbook: a run that does nothing would "
        "look like a good one",
        "ko": "이 플레이북에 없는 태그 {count}개: {names}. 아무것도 하지 않은 실행이 성공처럼 보이게 됩니다",
    },
    "tags_are_skipped": {
        "en": "The {count:tag|tags} {names} {count:is|are} all that was asked for, and skipped: a run that does "
        "nothing would look like a good one",
        "ko": "요청한 태그 {count}개({names})를 모두 건너뜁니다. 아무것도 하지 않은 실행이 성공처럼 보이게 됩니다",
    },
    "leave_out_tags": {
        "en": "leave out --tags, --skip-tags, ANSIBLE_RUN_TAGS and ANSIBLE_SKIP_TAGS[, or name some of {known}]:",
        "ko": "--tags, --skip-tags, ANSIBLE_RUN_TAGS, ANSIBLE_SKIP_TAGS를 빼세요[. 또는 {known} 중에서 지정하세요]:",
    },
    "value_cut_at_space": {
        "en": 'The value of {name} was cut at its first space: "{rest}" belongs to no variable',
        "ko": '{name} 값이 첫 공백에서 잘렸습니다: "{rest}" 부분이 어느 변수에도 속하지 않습니다',
    },
    "quotes_inside_quotes": {"en": "put quotes inside the quotes:", "ko": "따옴표 안에 따옴표를 쓰세요:"},
    "belongs_to_no_variable": {
        "en": '"{rest}" belongs to no variable',
        "ko": '"{rest}" 부분이 어느 변수에도 속하지 않습니다',
    },
    "write_e_name_value": {"en": "write -e NAME=VALUE", "ko": "-e 이름=값 형식으로 쓰세요"},
    "no_such_variable": {
        "en": "There is no variable {name}: {meant} is what looks like it",
        "ko": "{name} 변수는 없습니다. 비슷한 것은 {meant}입니다",
    },
    "own_variables_in_file": {
        "en": "a variable of your own can be given with -e @FILE; else:",
        "ko": "직접 만든 변수라면 -e @파일로 주고, 아니면:",
    },
    "not_done_on_this_machine": {
        "en": "What belongs on this machine would not be done on it: the inventory has {what}",
        "ko": "이 PC에서 할 일이 다른 곳에서 실행됩니다: 인벤토리에 {what:이/가} 있습니다",
    },
    "localhost_reached_by": {
        "en": "a host localhost, reached by {connection}",
        "ko": "{connection} 연결로 접속하는 localhost 서버",
    },
    "localhost_without_python": {
        "en": "for localhost a Python that is not there, {path}",
        "ko": "없는 Python({path})을 쓰는 localhost",
    },
    "rename_host_or_set": {
        "en": "give that host another name, or these variables: {variables}",
        "ko": "그 서버의 이름을 바꾸거나 이 변수를 넣으세요: {variables}",
    },
    "limit_leaves_out_controller": {
        "en": "--limit {limit} leaves out this machine, from which Discord is told",
        "ko": "--limit {limit}에 Discord로 알리는 이 PC가 빠져 있습니다",
    },
    "leave_it_out": {"en": "leave it out:", "ko": "빼고 실행하세요:"},
    "limit_leaves_no_host": {
        "en": '--limit {limit} leaves no host of the group "{group}"',
        "ko": '--limit {limit:으로/로} 그룹 "{group}"의 서버가 모두 빠집니다',
    },
    "name_some_or_leave_out": {
        "en": "name some of these, or leave it out:",
        "ko": "이 그룹의 서버를 지정하거나 빼고 실행하세요:",
    },
    "limit_leaves_a_part": {
        "en": "--limit {limit} would leave a part of the fleet on another release",
        "ko": "--limit {limit:으로/로} 일부 서버만 다른 버전으로 남습니다",
    },
    "leave_out_or_mean_it": {
        "en": "leave it out, or say that you mean it:",
        "ko": "빼거나, 의도한 것이면 그렇게 적으세요:",
    },
    "release_version_empty": {
        "en": "release_version is given and says nothing",
        "ko": "release_version이 비어 있습니다",
    },
    "name_one_or_leave_out": {"en": "name one, or leave it out:", "ko": "버전을 지정하거나 빼고 실행하세요:"},
    "services_not_defined": {
        "en": "refit_services is not defined for this inventory",
        "ko": "이 인벤토리에 refit_services가 없습니다",
    },
    "service_unknown": {"en": 'There is no service "{service}"', "ko": '"{service}" 서비스는 없습니다'},
    "which_service": {"en": "it is not said which service is meant", "ko": "어느 서비스인지 지정하세요"},
    "one_of_these": {"en": "one of:", "ko": "이 중 하나:"},
    "inventory_sets_service": {
        "en": 'The inventory sets a variable "service" ({value}), by which a run is told which service it is about',
        "ko": '인벤토리에 "service" 변수({value})가 있습니다. 실행할 서비스를 지정하는 이름입니다',
    },
    "rename_inventory_variable": {"en": "give it another name in the inventory", "ko": "인벤토리에서 이름을 바꾸세요"},
    "hooks_no_directory": {
        "en": "deploy_hooks_dir {path} is no directory on this machine",
        "ko": "deploy_hooks_dir {path:은/는} 이 PC의 디렉터리가 아닙니다",
    },
    "correct_it_such_as": {"en": "correct it, such as", "ko": "고쳐서 실행하세요. 예:"},
    "strange_hooks": {
        "en": "{path} holds {names}, which no step is called",
        "ko": "{path}에 있는 {names:은/는} 어느 단계의 이름도 아닙니다",
    },
    "name_hooks_so": {
        "en": "name a hook after one of {names}, with .yml",
        "ko": "훅 이름은 {names} 중 하나에 .yml을 붙인 것이어야 합니다",
    },
    "variables_missing": {"en": "{names: and } missing", "ko": "{names:이/가} 없습니다"},
    "version_is_none": {
        "en": 'release_version "{version}" is not a version: up to 64 letters, digits, ".", "_" and "-"',
        "ko": 'release_version "{version}"은 버전이 아닙니다. 영문자, 숫자, ".", "_", "-"로 64자까지 쓸 수 있습니다',
    },
    "version_is_a_number": {
        "en": 'release_version "{version}" is not a version: up to 64 letters, digits, ".", "_" and "-", in JSON a '
        "text",
        "ko": 'release_version "{version}"은 버전이 아닙니다. 영문자, 숫자, ".", "_", "-"로 64자까지, JSON에서는 '
        "텍스트로 써야 합니다",
    },
    "name_it_as_in": {"en": "name it as in", "ko": "이렇게 적으세요"},
    "no_such_artifact": {
        "en": "There is no file {artifact} on this machine",
        "ko": "이 PC에 {artifact} 파일이 없습니다",
    },
    "build_or_name_artifact": {
        "en": "build it, or name another path (https://… and s3://BUCKET/KEY will do, too), as in",
        "ko": "빌드하거나 다른 경로를 지정하세요 (https://…, s3://버킷/키도 됩니다). 예:",
    },
    "measurement_wrong": {
        "en": "fail_on={fail_on} must be P0, P1, P2 or never, and probe_window_s={window} a number of seconds up "
        "to 3600",
        "ko": "fail_on={fail_on:은/는} P0, P1, P2, never 중 하나, probe_window_s={window:은/는} 3600 이하의 초여야 "
        "합니다",
    },
    # Provisioning.
    "archive_hash_is_none": {"en": '{archive}_sha256 is "{hash}"', "ko": '{archive}_sha256 값이 "{hash}"입니다'},
    "archive_without_hash": {
        "en": "{archive}_sha256 is missing, and {archive} is a URL",
        "ko": "{archive:은/는} URL인데 {archive}_sha256이 없습니다",
    },
    "give_hash_of_archive": {
        "en": "give the 64 digits that sha256sum says of the archive, fetched where you trust it",
        "ko": "믿을 수 있는 곳에서 받은 파일의 sha256sum 값 64자리를 주세요",
    },
    "archive_is_another": {
        "en": "{archive} has the sha256 {found}, not {hash}; it is not installed",
        "ko": "{archive}의 sha256이 {hash}가 아니라 {found}여서 설치하지 않았습니다",
    },
    "find_who_changed_archive": {
        "en": "find out who changed it; or correct {setting}",
        "ko": "누가 바꿨는지 확인하거나 {setting} 값을 고치세요",
    },
    "node_hash_unknown": {
        "en": "No hash is known for Node.js {version} on {machine}",
        "ko": "Node.js {version}({machine})의 해시를 모릅니다",
    },
    "take_known_node": {
        "en": "leave app_host_node_version at one of {versions}, or give as app_host_node_archive_sha256 what "
        "sha256sum says of the archive that npm pack {package} brings where you trust it",
        "ko": "app_host_node_version을 {versions} 중 하나로 두거나, 믿을 수 있는 곳에서 npm pack {package:으로/로} "
        "받은 파일의 sha256sum 값을 app_host_node_archive_sha256으로 주세요",
    },
    "pm2_outside_unit": {
        "en": "PM2's daemon of {user} (process {pid}) runs outside {unit}.service, which can then not start it at "
        "boot. Taking it over stops its applications for some seconds",
        "ko": "{user}의 PM2 데몬(프로세스 {pid})이 {unit}.service 밖에서 실행 중이라 부팅할 때 시작되지 않습니다. "
        "유닛으로 옮기면 애플리케이션이 몇 초 멈춥니다",
    },
    "take_over_one_by_one": {"en": "one server after another:", "ko": "서버를 한 대씩:"},
    "pm2_restart_is_due": {
        "en": "{unit} goes on with the settings that it was started with. A restart stops {services: and } for some "
        "seconds. One server after another, there: sudo systemctl restart {unit}",
        "ko": "{unit:은/는} 시작할 때의 설정으로 계속 실행됩니다. 재시작하면 {services:이/가} 몇 초 멈춥니다. 서버에서 "
        "한 대씩: sudo systemctl restart {unit}",
    },
    "unit_would_run": {
        "en": "{unit} would run Node.js {node:?(none)} ({node_path:?not in PATH}; needed is {node_minimum}) and PM2 "
        "{pm2:?(none)} ({pm2_path:?not in PATH}; needed is {pm2_minimum}), with the PATH {path}",
        "ko": "{unit:이/가} 쓸 Node.js: {node:?없음} ({node_path:?PATH에 없음}, 필요: {node_minimum}), PM2: "
        "{pm2:?없음} ({pm2_path:?PATH에 없음}, 필요: {pm2_minimum}). PATH: {path}",
    },
    "update_or_correct_pm2": {
        "en": "update or remove that one, or correct pm2.bin and pm2.path in refit_services",
        "ko": "그 프로그램을 업데이트하거나 지우거나, refit_services의 pm2.bin과 pm2.path를 고치세요",
    },
}
