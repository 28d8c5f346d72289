#!/bin/bash
# What `apt-cache policy PACKAGE` would say after `apt-get update`; nothing of this server is changed for it.
set -euo pipefail

lists=$(mktemp --directory)
trap 'rm -rf "${lists}"' EXIT
chmod 0755 "${lists}" # apt fetches as an account of its own

elsewhere=(-o "Dir::State::Lists=${lists}" -o "Dir::Cache=${lists}")
apt-get "${elsewhere[@]}" -qq update >&2
apt-cache "${elsewhere[@]}" policy "$1"
