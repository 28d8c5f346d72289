"""Servers in containers: what the Makefile and Molecule's create and destroy call."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from support.containers import images, suite
from support.containers.daemon import NoDocker, docker_daemon
from support.containers.docker import DockerFailed
from support.containers.ready import ready
from support.containers.servers import Servers, Wanted


def _up(options: argparse.Namespace) -> int:
    wanted = []
    for platform in json.loads(options.platforms):
        suite_name, is_ready = suite.image_of(platform)
        image = ready(suite_name) if is_ready else images.bare(suite_name)
        wanted.append(Wanted(platform["name"], image, tuple(platform.get("groups") or ["app"])))
    Servers(options.scenario, Path(options.folder), suite.group_vars_of(options.scenario)).up(wanted)
    return 0


def _down(options: argparse.Namespace) -> int:
    Servers(options.scenario, Path()).down()
    return 0


def _end(signum: int, _frame: object) -> None:
    """End what this process works with, as Ctrl-C at a terminal does, so that everything cleans up after itself.

    A daemon that was started for this run has a group of its own and is still needed for that.
    """
    for task in Path("/proc/self/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            if os.getpgid(child) == os.getpgrp():
                os.kill(child, signal.SIGTERM)
    sys.exit(128 + signum)


def _test(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, _end)
    with docker_daemon():
        return suite.run(options.scenario, options.jobs)


def _images(_options: argparse.Namespace) -> int:
    with docker_daemon():
        print("\n".join([*(images.bare(name) for name in images.SUITES), ready("bookworm")]))
    return 0


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="support.containers", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    test = commands.add_parser("test", help="run scenarios; all of them if none is named")
    test.add_argument("scenario", nargs="*")
    test.add_argument("--jobs", type=int, default=1, metavar="N", help="so many side by side (1)")
    test.set_defaults(act=_test)

    commands.add_parser("images", help="make all images").set_defaults(act=_images)

    up = commands.add_parser("up", help="start a scenario's servers")
    up.add_argument("scenario")
    up.add_argument("folder", help="for what is needed to reach them")
    up.add_argument("platforms", help="the list of molecule.yml, as JSON")
    up.set_defaults(act=_up)

    down = commands.add_parser("down", help="remove a scenario's servers")
    down.add_argument("scenario")
    down.set_defaults(act=_down)
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Do what *arguments* say; returns the exit code: 3 where there is no Docker and none can be started."""
    options = _arguments(arguments)
    try:
        return int(options.act(options))
    except (DockerFailed, NoDocker, suite.UnknownScenario) as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 3 if isinstance(error, NoDocker) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
