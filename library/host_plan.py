#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""What a server must have for its services, and what it has of it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_plan
short_description: What a server must have for its services, and what it has of it
description:
  - Derives accounts, directories, PM2's systemd units and the logs to rotate from the services' settings, and refuses
    settings with which two services get in each other's way, or with which somebody else than root could exchange a
    directory below which root works.
  - Looks for the Node.js and the PM2 that each unit would run, and at PM2's running daemon. Writes nothing and starts
    nothing; PM2's command line is never called, because that would start a daemon.
options:
  services:
    description: The services of the server by name, as under C(refit_services) in the inventory.
    type: dict
    required: true
  node_minimum:
    description: The oldest Node.js that will do.
    type: str
    required: true
  pm2_minimum:
    description: The oldest PM2 that will do.
    type: str
    required: true
  managed_dir:
    description: Programs below this directory were installed by provisioning, and may be replaced by it.
    type: path
    required: true
attributes:
  check_mode:
    description: The module only reads, so check mode makes no difference.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Read what the server needs and has
  host_plan:
    services: "{{ refit_services }}"
    node_minimum: 18.0.0
    pm2_minimum: 7.0.0
    managed_dir: /usr/local/lib/refit
"""

RETURN = r"""
accounts:
  description: "Accounts of applications: C(name), C(home), C(group) and whether it C(exists)."
  returned: success
  type: list
  elements: dict
wheel:
  description:
    - "For services that are Python wheels: C(build_users) as C(accounts), C(pythons) by version, of them the
      C(missing_pythons), and whether to C(install_uv)."
  returned: success
  type: dict
directories:
  description: "Directories in the order in which they are made: C(path), C(owner), C(group), C(mode)."
  returned: success
  type: list
  elements: dict
units:
  description:
    - "PM2's units: C(name), C(user), C(group), C(home), C(path), C(services), C(writable), C(protect_home)."
    - "Also C(node) and C(pm2) as found, each null or with C(path), C(real_path), C(version), C(fits) and C(managed)."
    - "And C(daemon), null or with the running daemon's C(pid) and whether it is C(in_unit)."
  returned: success
  type: list
  elements: dict
install:
  description:
    - "C(pm2): whether PM2 must be installed or brought to the pinned version. C(java): whether a Java runtime must be."
    - "C(node): C(none), C(archive) where provisioning installed it before, or C(any) where there is none that will do."
  returned: success
  type: dict
logs:
  description: "Per account the logs to rotate: C(user), C(group) and C(patterns)."
  returned: success
  type: list
  elements: dict
"""

import grp
import os
import pwd
from dataclasses import asdict

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit.config import host_plan, kept_directories
from ansible.module_utils.refit.config.service import Service
from ansible.module_utils.refit.core import accounts, procfs, programs, system
from ansible.module_utils.refit.core.errors import RefitError
from ansible.module_utils.refit.supervisors import pm2_rpc


def account(name: str) -> host_plan.Account | None:
    """The account *name* of this server."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return host_plan.Account(name, entry.pw_dir, grp.getgrgid(entry.pw_gid).gr_name, exists=True)


def found(program: programs.Program | None, minimum: str, managed_dir: str) -> dict | None:
    """A program as the module returns it."""
    if program is None:
        return None
    return {
        **asdict(program),
        "fits": programs.at_least(program.version, minimum),
        "managed": program.real_path.startswith(managed_dir + os.sep),
    }


def look_at(unit: dict, params: dict, world: system.System) -> dict:
    """*unit* with what the server has of it."""
    user = accounts.find(unit["user"])
    node = programs.find_node(unit["path"], world, user)
    pm2 = programs.find_pm2(unit["bin"], unit["path"])
    pid = pm2_rpc.daemon_pid(unit["home"], user.uid) if user else None
    return {
        **unit,
        "node": found(node, params["node_minimum"], params["managed_dir"]),
        "pm2": found(pm2, params["pm2_minimum"], params["managed_dir"]),
        "daemon": pid and {"pid": pid, "in_unit": procfs.unit_of(pid) == unit["name"] + ".service"},
    }


def to_install(units: list[dict], java: bool) -> dict:
    """What must be installed, or brought to its pinned version where provisioning installed it before."""
    lacking = {name: any(not (unit[name] and unit[name]["fits"]) for unit in units) for name in ("node", "pm2")}
    managed = {name: any(unit[name] and unit[name]["managed"] for unit in units) for name in ("node", "pm2")}
    node = "archive" if managed["node"] else "any" if lacking["node"] else "none"
    java = java and programs.find_program("java", programs.SYSTEM_PATH) is None
    return {"node": node, "pm2": lacking["pm2"] or managed["pm2"], "java": java}


def look_for(wheel: dict, managed_dir: str) -> dict:
    """*wheel* with what the server lacks of it."""
    uv = programs.find_program("uv", programs.SYSTEM_PATH)
    managed = uv is not None and os.path.realpath(uv).startswith(managed_dir + os.sep)
    missing = [v for v in wheel["pythons"] if programs.find_program("python" + v, programs.SYSTEM_PATH) is None]
    return {**wheel, "missing_pythons": missing, "install_uv": wheel["uv"] and (uv is None or managed)}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "services": {"type": "dict", "required": True},
            "node_minimum": {"type": "str", "required": True},
            "pm2_minimum": {"type": "str", "required": True},
            "managed_dir": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    try:
        plan = host_plan.plan_host(module.params["services"], account).to_record()
        for name, described in module.params["services"].items():
            kept_directories.check_parents(Service.from_mapping(described, name))
        plan["units"] = [look_at(unit, module.params, system.real()) for unit in plan["units"]]
    except RefitError as error:
        module.fail_json(msg=str(error), kind=error.kind)
    plan["wheel"] = look_for(plan["wheel"], module.params["managed_dir"])
    plan["install"] = to_install(plan["units"], plan.pop("java"))
    module.exit_json(changed=False, **plan)


if __name__ == "__main__":
    main()
