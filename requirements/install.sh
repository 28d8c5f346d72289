#!/bin/sh
# Make .venv and .tools hold what the named sets pin: requirements/install.sh run test lint molecule aws node
#
# Finds a Python for .venv and hands over to install.py. An operator may name one: REFIT_PYTHON=python3.12
# A rerun with nothing to do costs a moment. Exit codes: 0 ready, 1 something is missing and the message says what.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
venv=$(dirname "$here")/.venv

say() { printf '%s\n' "$*" >&2; }

# An environment that install.py finished, for this very directory (a moved one has stale paths in its scripts).
if [ "$(cat "$venv/.ready" 2>/dev/null)" = "$venv" ] && "$venv/bin/python" -c '' 2>/dev/null; then
    exec "$venv/bin/python" "$here/install.py" "$@"
fi

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
makes_venvs() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

# Debian and Ubuntu ship venv apart from Python.
install_venv_package() {
    package=python$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root='sudo -n'
    if command -v apt-get >/dev/null && $as_root true 2>/dev/null; then
        say "Installing $package: $1 cannot make virtual environments without it"
        # shellcheck disable=SC2086  # as_root is nothing or two words
        { $as_root apt-get -q update && $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -q install -y --no-install-recommends "$package"; } >&2 && return 0
    fi
    say "$1 cannot make virtual environments. Install its venv package, then run the same command again:"
    say "    sudo apt-get install $package"
    return 1
}

without_venv=
for candidate in ${REFIT_PYTHON:-python3.13 python3.12 python3.11 python3}; do
    if ! is_new_enough "$candidate"; then
        continue
    elif makes_venvs "$candidate"; then
        exec "$candidate" "$here/install.py" "$@"
    fi
    without_venv=${without_venv:-$candidate}
done

if [ -n "$without_venv" ]; then
    install_venv_package "$without_venv" || exit 1
    exec "$without_venv" "$here/install.py" "$@"
fi

say "No Python 3.11 or newer among: ${REFIT_PYTHON:-python3.13 python3.12 python3.11 python3}"
say "Install one, then run the same command again:"
say "    Debian 12+, Ubuntu 24.04+:  sudo apt-get install python3 python3-venv"
say "    Amazon Linux 2023, RHEL 9:  sudo dnf install python3.11"
say "or name one that is not in PATH:  REFIT_PYTHON=/path/to/python3.11"
exit 1
