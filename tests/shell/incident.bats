#!/usr/bin/env bats
# incident.sh as a person types it, without a Discord.

bats_require_minimum_version 1.5.0

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    INCIDENT="${SERVER}/opt/scripts/incident.sh"
}

@test "it is valid bash" {
    run bash -n "${INCIDENT}"
    assert_success
}

@test "--help lists every exit code" {
    run -0 "${INCIDENT}" --help
    for code in 0 1 2 5; do
        assert_line --regexp "^  ${code}  "
    done
}

@test "an incident is opened, taken and resolved, and each shows where it stands" {
    run -0 "${INCIDENT}" backend open --severity P1 --reason "응답 지연"
    assert_output --partial "인시던트 접수: INC-"
    assert_output --partial "응답 지연"
    assert_output --partial "아직 담당자가 없습니다"
    run -0 "${INCIDENT}" backend ack
    assert_output --partial "대응 시작: INC-"
    run -0 "${INCIDENT}" backend resolve --reason "재시작"
    assert_output --partial "해결됨: INC-"
    run -0 "${INCIDENT}" backend
    assert_line --regexp "^\[.*\] backend: 열린 인시던트가 없습니다$"
}

@test "who reads English at their own terminal is answered so" {
    REFIT_LANGUAGE=en run -0 "${INCIDENT}" backend
    assert_output --partial "backend: no incident is open"
    REFIT_LANGUAGE=en run -2 "${INCIDENT}" backend ack
    assert_output --partial "ERROR: no incident of backend is open"
    REFIT_LANGUAGE=en run -2 "${INCIDENT}" backend snooze --minutes soon
    assert_output --partial "argument --minutes: must be a number, not soon"
}

@test "an unknown service exits 2 and names this script's own command" {
    run -2 "${INCIDENT}" backent
    assert_output --partial "incident.sh backend"
    refute_output --partial "rollback.sh"
}

@test "what is missing exits 2 and shows the whole command" {
    run -2 "${INCIDENT}" backend open --severity P1
    assert_output --partial "incident.sh backend open --reason"
    run -2 "${INCIDENT}" backend reboot
}
