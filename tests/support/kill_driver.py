"""Run one command of the release core in a process of its own, and die or stand still where told.

Usage: ``kill_driver.py PLAN``, a JSON object:

``command``     ``deploy`` (as the modules behind ``deploy.yml``), ``rollback`` (as ``rollback.sh``) or ``stage``
``etc``         directory of the service's settings
``version``     what to deploy or stage; ``artifact`` for the latter
``arguments``   for ``rollback``: what a person types
``steps``       file that receives the name of each point reached, one a line
``kill_at``     the point at which to die by SIGKILL, if any
``stop_at``     the point at which to stand still until SIGCONT, if any

Points are the steps that an activation announces, every ``rename NAME`` that makes something durable
under that name, ``during pm2 COMMAND``: while pm2 works, and ``unpacked``: a release is there but not yet
on the disk for sure.  A point that is met again is ``NAME (2)``.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
from typing import Any

from refit.cli import main as program
from refit.cli import rollback as rollback_command
from refit.config.service import Service
from refit.core.system import Completed, System, run_command
from refit.deploy import activation, staging, survey
from refit.fleet import plan as fleet_plan
from refit.state import runs
from refit.state.operation import Operation
from refit.supervisors import registry

PM2_NEEDS_S = 0.15  # it has read its arguments by then, and works for twice as long


class Points:
    """Notes each point, and dies or stands still at one of them."""

    def __init__(self, steps: str, kill_at: str | None, stop_at: str | None) -> None:
        self.steps = steps
        self.kill_at = kill_at
        self.stop_at = stop_at
        self.seen: dict[str, int] = {}

    def reach(self, name: str, _detail: str = "") -> None:
        point = self._note(name)
        if point == self.kill_at:
            die()
        if point == self.stop_at:
            os.kill(os.getpid(), signal.SIGSTOP)

    def _note(self, name: str) -> str:
        self.seen[name] = self.seen.get(name, 0) + 1
        if self.seen[name] > 1:
            name = f"{name} ({self.seen[name]})"
        with open(self.steps, "a", encoding="utf-8") as file:
            file.write(name + "\n")
        return name

    def watch_renames(self) -> None:
        rename = os.rename

        def watched(source: str, target: str) -> None:
            self.reach("rename " + re.sub(r"staging-\w+", "staging", os.path.basename(target)))
            rename(source, target)

        os.rename = watched  # type: ignore[assignment]

    def watch_staging(self) -> None:
        fsync_tree = staging.fsync_tree

        def watched(directory: str, **options: Any) -> None:
            self.reach("unpacked")
            fsync_tree(directory, **options)

        staging.fsync_tree = watched

    def run(self, argv: list[str], **options: Any) -> Completed:
        """:func:`refit.core.system.run_command`, during which one may die."""
        if self._note(f"during pm2 {argv[1]}") == self.kill_at:
            threading.Timer(PM2_NEEDS_S, die).start()
        return run_command(argv, **options)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def deploy(service: Service, world: System, points: Points, version: str, restarted: bool) -> dict[str, Any]:
    """What ``fleet_plan`` and ``release_activate`` do between them.

    Args:
        restarted: no process of before is left.  A container cannot tell: it may have got another name space for its
            processes meanwhile, as another container of the same name has.
    """
    manager = registry.for_service(service, world)
    record = survey.full_record(service, world, manager)
    dead = [record["operation"]["run"]] if restarted else runs.dead_runs([record])
    surveys = runs.with_dead({"here": record}, dead)
    plan = fleet_plan.plan_deploy(surveys, version, override_freeze="after what was tested before")
    operation = Operation(
        plan.number, plan.kind, runs.name_run(), runs.owner(), plan.target, takes_over=plan.takes_over
    )
    request = activation.Request(version, operation, finish=True, lock_wait_s=30)
    return activation.activate(service, world, manager, request, points.reach).to_record()


def main() -> int:
    plan = json.loads(sys.argv[1])
    points = Points(plan["steps"], plan.get("kill_at"), plan.get("stop_at"))
    points.watch_renames()
    world = System(run=points.run)
    if plan["command"] == "rollback":

        def rollback(argv: list[str], etc: str, spool: str) -> int:
            return rollback_command.main(argv, etc, spool, world, points.reach)

        program.COMMANDS["rollback"] = rollback
        return program.main(["--etc", plan["etc"], "rollback", "backend", "--no-notify", "--yes", *plan["arguments"]])
    service = rollback_command.load_service(plan["etc"], "backend")
    if plan["command"] == "stage":
        points.watch_staging()
        staging.stage(service, plan["version"], plan["artifact"], world)
    else:
        print(json.dumps(deploy(service, world, points, plan["version"], plan.get("restarted", False))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
