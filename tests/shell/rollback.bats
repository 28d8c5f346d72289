#!/usr/bin/env bats
# rollback.sh as a person types it, on a server where nothing runs: what it knows is on the disk.

bats_require_minimum_version 1.5.0

setup() {
    export REFIT_LANGUAGE=en
    bats_load_library bats-support
    bats_load_library bats-assert
    ROLLBACK="${SERVER}/opt/scripts/rollback.sh"
}

# Everything on the server but the scripts themselves: names, links and contents.
snapshot() {
    (cd "${SERVER}" && find . -path ./opt/scripts -prune -o -printf '%p %y %l %m\n' -type f -exec sha256sum {} + | sort)
}

@test "it is valid bash" {
    run bash -n "${ROLLBACK}"
    assert_success
}

@test "--help lists every exit code" {
    run -0 "${ROLLBACK}" --help
    assert_output --partial "usage: rollback.sh"
    for code in 0 1 2 3 4 5 6 7 8; do
        assert_line --regexp "^  ${code}  "
    done
}

@test "--version names the version and nothing else, and needs no settings" {
    run -0 --separate-stderr "${ROLLBACK}" --version
    assert_output --regexp '^refit [0-9]+\.[0-9]+\.[0-9]+$'
    [ -z "${stderr}" ]
    run -0 "${ROLLBACK}" --help
    assert_output --partial "--version"
}

@test "without a service it says how it is used and exits 2" {
    run -2 "${ROLLBACK}"
    assert_output --partial "usage: rollback.sh"
    assert_output --partial "next:  rollback.sh --help"
}

@test "an option that does not exist exits 2, an abbreviated one too" {
    run -2 "${ROLLBACK}" backend --force
    run -2 "${ROLLBACK}" backend --furth
}

@test "an unknown service exits 2 and names the known ones" {
    run -2 "${ROLLBACK}" frontend --list
    assert_output --partial "no service 'frontend'"
    assert_output --partial "known are: backend"
}

@test "a service's name cannot lead out of the settings' directory" {
    run -2 "${ROLLBACK}" ../refit/backend --list
    assert_output --partial "known are: backend"
}

@test "--list marks what is live and says where a rollback goes" {
    run -0 "${ROLLBACK}" backend --list
    assert_line --regexp '^\*  20240127-100000  verified .* is live$'
    assert_line --regexp '^   20240127-090000  verified .* yes$'
    assert_line --regexp '^   20240127-110000  staged .* no: it was never activated$'
    assert_line "rollback goes to: 20240127-090000"
}

@test "--list --json is JSON and nothing else" {
    run -0 --separate-stderr "${ROLLBACK}" backend --list --json
    [ -z "${stderr}" ]
    run -0 .venv/bin/python -c 'import json, sys; print(json.loads(sys.argv[1])["previous"])' "${output}"
    assert_output 20240127-090000
}

@test "--plan shows the switch and changes nothing" {
    before="$(snapshot)"
    run -0 "${ROLLBACK}" backend --plan
    assert_output --partial "releases/v20240127-100000 -> releases/v20240127-090000"
    [ "${before}" = "$(snapshot)" ]
}

@test "--plan --json names the target" {
    run -0 --separate-stderr "${ROLLBACK}" backend --plan --json
    run -0 .venv/bin/python -c 'import json, sys; print(json.loads(sys.argv[1])["plan"]["target"])' "${output}"
    assert_output 20240127-090000
}

@test "--status and --logs change nothing" {
    before="$(snapshot)"
    run -0 "${ROLLBACK}" backend --status
    assert_line --regexp '^HOST +CURRENT '
    assert_output --partial "20240127-100000"
    run -0 "${ROLLBACK}" backend --logs --lines 5
    [ "${before}" = "$(snapshot)" ]
}

@test "a leading v in the version is tolerated" {
    run -0 "${ROLLBACK}" backend v20240127-090000 --plan
    assert_output --partial "PLAN: rollback to 20240127-090000"
}

@test "a version that is not there exits 4 and changes nothing" {
    before="$(snapshot)"
    run -4 "${ROLLBACK}" backend 20240126-000000 --yes --no-notify
    assert_output --partial "release 20240126-000000 cannot be activated"
    [ "${before}" = "$(snapshot)" ]
}

@test "a version that is no name exits 2" {
    run -2 "${ROLLBACK}" backend ../../etc --plan
}

@test "nothing to go back to exits 3 and says why of each release" {
    ledger="${SERVER}/var/lib/refit/backend/ledger.jsonl"
    cp "${ledger}" "${BATS_TEST_TMPDIR}/whole"
    sed -i '/"event": "verified".*"version": "20240127-090000"/d' "${ledger}"
    run -3 "${ROLLBACK}" backend --plan
    cp "${BATS_TEST_TMPDIR}/whole" "${ledger}"
    assert_output --regexp "20240127-090000 +[^ ]+ +it was never activated"
}

@test "PYTHONPATH and PYTHONSTARTUP of the caller are not used" {
    mkdir "${BATS_TEST_TMPDIR}/refit"
    echo 'raise SystemExit("the caller got in")' | tee "${BATS_TEST_TMPDIR}/refit/__init__.py" \
        "${BATS_TEST_TMPDIR}/argparse.py" >"${BATS_TEST_TMPDIR}/sitecustomize.py"
    cd "${BATS_TEST_TMPDIR}"
    PYTHONPATH="${BATS_TEST_TMPDIR}" PYTHONSTARTUP="${BATS_TEST_TMPDIR}/argparse.py" run -0 "${ROLLBACK}" backend --list
    refute_output --partial "the caller got in"
}

@test "BASH_ENV and exported functions of the caller are not used" {
    echo 'echo the caller got in' >"${BATS_TEST_TMPDIR}/env"
    # shellcheck disable=SC2329  # called, if anything is wrong, by the script
    exec() { echo "the caller got in"; }
    export -f exec
    BASH_ENV="${BATS_TEST_TMPDIR}/env" run -0 "${ROLLBACK}" backend --list
    unset -f exec
    refute_output --partial "the caller got in"
    assert_output --partial "rollback goes to"
}

@test "a Korean reason survives a server without a locale" {
    LC_ALL=C LANG='' run -0 "${ROLLBACK}" backend --plan --reason '느린 응답'
    assert_output --partial "mark 20240127-100000 bad: 느린 응답"
}

@test "being sourced defines main and runs nothing" {
    # shellcheck disable=SC2016  # $1 is the inner bash's
    run -0 bash -c 'source "$1" backend --list; type -t main' bash "${ROLLBACK}"
    assert_output function
}
