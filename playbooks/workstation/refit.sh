#!/bin/sh
# refit: the playbooks in few words. .venv/bin/refit is a link to this, made by requirements/install.py.
set -eu

# Through links of people's own (~/bin/refit), but not through .venv, where that is one: the checkout is beside it.
self=$0
while [ -L "$self" ]; do
    to=$(readlink "$self")
    case $to in
        /*) self=$to ;;
        *) self=$(dirname "$self")/$to ;;
    esac
done
root=$(cd "$(dirname "$self")/../.." && pwd -L)

if [ ! -x "$root/.venv/bin/python" ]; then
    printf '%s\n' "refit: $root/.venv is not there. Next:" "  make -C '$root' venv" >&2
    exit 1
fi
exec "$root/.venv/bin/python" "$root/playbooks/workstation" "$@"
