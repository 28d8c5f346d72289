#!/usr/bin/env bats
# discord-notify.sh as a person types it; nothing is sent.

bats_require_minimum_version 1.5.0

setup() {
    export REFIT_LANGUAGE=en
    bats_load_library bats-support
    bats_load_library bats-assert
    NOTIFY="${SERVER}/opt/scripts/discord-notify.sh"
}

@test "it is valid bash" {
    run bash -n "${NOTIFY}"
    assert_success
}

@test "--help lists every exit code" {
    run -0 "${NOTIFY}" --help
    for code in 0 1 2 3 4; do
        assert_line --regexp "^  ${code}  "
    done
}

@test "--version names the version and nothing else" {
    run -0 --separate-stderr "${NOTIFY}" --version
    assert_output --regexp '^refit [0-9]+\.[0-9]+\.[0-9]+$'
    [ -z "${stderr}" ]
}

@test "a missing message and an unknown severity exit 2 and show the right form" {
    run -2 "${NOTIFY}" P2 "title"
    assert_output --partial 'discord-notify.sh P2 "title" "message"'
    run -2 "${NOTIFY}" P9 "title" "message"
}

@test "without a webhook it exits 4 and says so" {
    run -4 "${NOTIFY}" P2 "알림 테스트" "본문"
    assert_output --partial "webhook"
}

@test "--dry-run prints the message and reads - from standard input" {
    echo '{"webhooks": {"alerts": "https://discord.com/api/webhooks/1/secret-token"}}' >"${SERVER}/etc/refit/discord.json"
    # shellcheck disable=SC2016  # $1 is the inner bash's
    run -0 bash -c 'echo "디스크 사용량 91%" | "$1" p2 "알림 테스트" - --dry-run' bash "${NOTIFY}"
    assert_output --partial "알림 테스트"
    assert_output --partial "디스크 사용량 91%"
    refute_output --partial "secret-token"
}

@test "BASH_ENV of the caller is not used" {
    echo 'echo the caller got in' >"${BATS_TEST_TMPDIR}/env"
    BASH_ENV="${BATS_TEST_TMPDIR}/env" run -0 "${NOTIFY}" --help
    refute_output --partial "the caller got in"
}
