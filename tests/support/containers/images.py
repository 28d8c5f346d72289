"""Images of servers, made on this machine and kept by the hash of what they are made of.

A *bare* image is a Debian with systemd and sshd.  A *ready* one is a bare one on which the real
``playbooks/provision.yml`` ran; scenarios start from it, so that provisioning is paid for once.
Made from nothing by mmdebstrap, as root; or, where that cannot be, on top of an image that Docker
can pull: ``REFIT_BASE_IMAGE='debian:{suite}'``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.containers.docker import DockerFailed, docker, succeeds

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SUITES = ("bullseye", "bookworm", "trixie")  # Python 3.9, 3.11 and 3.13
PACKAGES = (
    "ca-certificates,curl,dbus,iproute2,logrotate,openssh-server,procps,python3,python3-venv,sudo,systemd,systemd-sysv"
)
_LEFT_BY_TOOLS = {"__pycache__", ".hypothesis"}
_CONTAINERFILE = """
FROM {base}
RUN apt-get update \\
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends {packages} \\
 && rm -rf /var/lib/apt/lists/*
COPY refit-init customize-image /tmp/recipe/
RUN sh /tmp/recipe/customize-image / && rm -r /tmp/recipe
CMD ["/sbin/refit-init"]
"""


def bare(suite: str) -> str:
    """The tag of the bare image of *suite*, which is made if it is not there."""
    base = os.environ.get("REFIT_BASE_IMAGE", "").replace("{suite}", suite)
    tag = "refit-bare:{}-{}".format(suite, digest_of(_recipe(), base + PACKAGES))
    with one_at_a_time(tag):
        if not succeeds("image", "inspect", tag):
            say(f"Making the image {tag}")
            if base:
                _extend(base, tag)
            else:
                bootstrap(suite, tag)
    return tag


def ready_tag(suite: str, inputs: list[Path]) -> str:
    """The tag of the ready image that *inputs* make of the bare one."""
    return "refit-ready:{}-{}".format(suite, digest_of(inputs, bare(suite)))


def bootstrap(suite: str, tag: str) -> None:
    """Make the image *tag* of the Debian *suite* from its packages.  Raises DockerFailed."""
    if os.geteuid() != 0 or not shutil.which("mmdebstrap"):
        raise DockerFailed(
            f"{tag} is made by mmdebstrap, as root. Next: install it (apt-get install mmdebstrap) and run this"
            " as root, or start from an image that Docker pulls: export REFIT_BASE_IMAGE='debian:{suite}'"
        )
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "root.tar")
        command = ["mmdebstrap", "--quiet", "--format=tar", "--variant=minbase", f"--include={PACKAGES}"]
        hook = f'--customize-hook={HERE / "customize-image"} "$1"'
        subprocess.run([*command, hook, suite, str(archive)], check=True)
        docker("import", "--change", 'CMD ["/sbin/refit-init"]', str(archive), tag)


def _extend(base: str, tag: str) -> None:
    recipe = _CONTAINERFILE.format(base=base, packages=PACKAGES.replace(",", " "))
    docker("build", "--tag", tag, "--file", "-", str(HERE), stdin=recipe)


def _recipe() -> list[Path]:
    return [HERE / "refit-init", HERE / "customize-image"]


def _contents(paths: list[Path]) -> Iterator[bytes]:
    for path in paths:
        files = [path] if path.is_file() else sorted(found for found in path.rglob("*") if found.is_file())
        for file in files:
            if not _LEFT_BY_TOOLS.intersection(file.parts):
                yield str(file.relative_to(ROOT)).encode()
                yield file.read_bytes()


def digest_of(paths: list[Path], *more: str) -> str:
    """A short hash of *more* and of all files in *paths*, with their names."""
    whole = hashlib.sha256()
    for part in [*(text.encode() for text in more), *_contents(paths)]:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()[:12]


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Whoever makes the same image waits and then finds it made."""
    path = Path(tempfile.gettempdir(), "refit-image-" + hashlib.sha256(name.encode()).hexdigest()[:12])
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    """Tell the person at the terminal what takes time."""
    print(text, file=sys.stderr, flush=True)
