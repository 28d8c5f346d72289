#!/usr/bin/env bash
# One server for all files of this directory, as the role installs it; tests that change it put it back.

setup_suite() {
    export SERVER="${BATS_SUITE_TMPDIR}/server"
    mkdir "${SERVER}"
    .venv/bin/python tests/support/render_scripts.py "${SERVER}"
}
