#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Pack what npm installs as one archive, for servers that need neither npm nor a registry."""

from __future__ import annotations

DOCUMENTATION = r"""
module: npm_archive
short_description: Pack what npm installs as one archive
description:
  - Runs npm on the controller, with whatever registry that is configured for, and leaves one archive to be unpacked on
    servers that need neither npm nor a registry.
  - An archive that is there already is kept, unless it is not what O(sha256) says. No package's install script is run.
options:
  dest:
    description: The archive to make, a gzipped tar; its directory is made when missing.
    type: path
    required: true
  lock_dir:
    description:
      - A directory with C(package.json) and C(package-lock.json). Their packages, without those for development, are
        packed as C(node_modules), each checked against the hash in the lock.
    type: path
  package:
    description: The name and version of one package that is taken as it is published.
    type: str
  sha256:
    description: What the archive of O(package) must hash to, in hexadecimal; needed with it.
    type: str
  npm:
    description: The program.
    type: str
    default: npm
attributes:
  check_mode:
    description: Tells whether the archive would be made.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Pack PM2
  npm_archive:
    lock_dir: "{{ playbook_dir }}/../requirements/node"
    dest: build/pm2.tgz
  delegate_to: localhost
"""

RETURN = r"""
dest:
  description: The archive.
  returned: always
  type: str
"""

import os
import shutil
import tarfile
import tempfile

from ansible.module_utils.basic import AnsibleModule

LOCK_FILES = ("package.json", "package-lock.json", ".npmrc")


def npm(module: AnsibleModule, directory: str, *arguments: str) -> str:
    """Run npm in *directory*; returns its standard output."""
    rc, out, err = module.run_command([module.params["npm"], *arguments], cwd=directory, handle_exceptions=False)
    if rc != 0:
        module.fail_json(
            msg="npm {} failed (exit code {}): {}".format(arguments[0], rc, " ".join(err.split())[-600:] or "no output")
        )
    return out


def pack_locked(module: AnsibleModule, directory: str) -> str:
    """Install what the lock names below *directory*; returns the archive of it."""
    for name in LOCK_FILES:
        source = os.path.join(module.params["lock_dir"], name)
        if os.path.exists(source):
            shutil.copyfile(source, os.path.join(directory, name))
    npm(module, directory, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    packed = os.path.join(directory, "packed.tgz")
    with tarfile.open(packed, "w:gz") as archive:
        archive.add(os.path.join(directory, "node_modules"), "node_modules", filter=anonymous)
    return packed


def pack_published(module: AnsibleModule, directory: str) -> str:
    """Fetch one package as it is published into *directory*; returns the archive."""
    package, expected = module.params["package"], module.params["sha256"].lower()
    packed = os.path.join(directory, npm(module, directory, "pack", "--silent", package).split()[-1])
    found = module.sha256(packed)
    if found != expected:
        module.fail_json(
            msg="{} has the sha256 {}, not {}; nothing of it is kept. Next: see where npm looks on this machine "
            "(npm config get registry), and whether the hash is that version's".format(package, found, expected)
        )
    return packed


def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """*member* without who packed it."""
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def is_there(module: AnsibleModule, dest: str) -> bool:
    """Whether *dest* is what it would be made to be."""
    expected = module.params["sha256"]
    return os.path.exists(dest) and (not expected or module.sha256(dest) == expected.lower())


def make(module: AnsibleModule, dest: str) -> None:
    """Make the archive *dest* in one step: whoever finds it finds it whole."""
    os.makedirs(os.path.dirname(dest), exist_ok=True)
    directory = tempfile.mkdtemp(prefix=".npm-", dir=os.path.dirname(dest))
    try:
        pack = pack_locked if module.params["lock_dir"] else pack_published
        os.replace(pack(module, directory), dest)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "dest": {"type": "path", "required": True},
            "lock_dir": {"type": "path"},
            "package": {"type": "str"},
            "sha256": {"type": "str"},
            "npm": {"type": "str", "default": "npm"},
        },
        mutually_exclusive=[("lock_dir", "package")],
        required_one_of=[("lock_dir", "package")],
        required_by={"package": ["sha256"], "sha256": ["package"]},
        supports_check_mode=True,
    )
    dest = module.params["dest"]
    missing = not is_there(module, dest)
    if missing and not module.check_mode:
        try:
            make(module, dest)
        except OSError as error:
            module.fail_json(
                msg="cannot pack {}: {}. Next: install npm on this machine (make venv does), or name a "
                "finished archive: app_host_node_archive, app_host_pm2_archive".format(dest, error)
            )
    module.exit_json(changed=missing, dest=dest)


if __name__ == "__main__":
    main()
