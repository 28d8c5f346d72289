"""Servers that ``playbooks/provision.yml`` has made ready, as an image for the scenarios to start from."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from support.containers import images
from support.containers.docker import docker, succeeds
from support.containers.servers import GROUP_VARS, Servers, Wanted
from support.playbooks import environment

# All that provisioning leaves on a server is made of these.
_INPUTS = (
    "library",
    "module_utils",
    "playbooks/action_plugins/refit_bundle.py",
    "playbooks/plugin_utils/bundle.py",
    "playbooks/provision.yml",
    "requirements/node",
    "roles/app_host",
    "roles/server_scripts",
)
# Identity and traces of the one server that it was made on.
_FORGET = (
    "rm -f /etc/ssh/ssh_host_* /home/admin/.ssh/authorized_keys; : > /etc/machine-id; rm -rf /var/log/journal /tmp/*"
)
_LABEL = "refit.image=ready"
# Every change of a role makes another image; those that nobody has made for a week go.
_OUTLIVED = "until=168h"


def ready(suite: str) -> str:
    """The tag of the ready image of *suite*, which is made if it is not there."""
    tag = images.ready_tag(suite, [*(images.ROOT / name for name in _INPUTS), GROUP_VARS])
    with images.one_at_a_time(tag):
        if not succeeds("image", "inspect", tag):
            images.say(f"Making the image {tag}")
            _provision(suite, tag)
            docker("image", "prune", "--all", "--force", "--filter", f"label={_LABEL}", "--filter", _OUTLIVED)
    return tag


def _provision(suite: str, tag: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        servers = Servers("make-" + tag.partition(":")[2], Path(folder))  # as many runs make images as there are trees
        try:
            servers.up([Wanted("ready", images.bare(suite))])
            run_playbook(servers.folder, "playbooks/provision.yml")
            container = servers.container("ready")
            docker("exec", container, "sh", "-c", _FORGET)
            docker("stop", "--time", "30", container)
            docker("commit", "--change", 'CMD ["/sbin/refit-init"]', "--change", f"LABEL {_LABEL}", container, tag)
        finally:
            servers.down()


def run_playbook(folder: Path, *arguments: str) -> None:
    """``ansible-playbook`` on the servers of *folder*.  Raises CalledProcessError after showing what it said."""
    done = subprocess.run(
        ["ansible-playbook", "-i", str(folder / "hosts.yml"), *arguments],
        cwd=images.ROOT,
        env={**environment(), "ANSIBLE_CONFIG": str(images.ROOT / "ansible.cfg")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        images.say(done.stdout)
        done.check_returncode()
