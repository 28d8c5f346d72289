"""The inventory that asks EC2, against a stand-in for it on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from support import playbooks

ROOT = Path(__file__).resolve().parents[2]
REGION = "ap-northeast-2"
COLLECTIONS = os.pathsep.join(
    [str(ROOT / ".tools" / "aws"), "~/.ansible/collections", "/usr/share/ansible/collections"]
)


def _has_collection() -> bool:
    found = subprocess.run(
        [Path(sys.executable).parent / "ansible-doc", "--type", "inventory", "--json", "amazon.aws.aws_ec2"],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS},
        capture_output=True,
        text=True,
        check=False,
    )
    return "aws_ec2" in found.stdout


boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
moto_server = pytest.importorskip("moto.server", reason="moto is not installed")
pytestmark = [
    pytest.mark.skipif(not _has_collection(), reason="there is no amazon.aws: requirements/install.sh aws"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """EC2 of an account of its own; the environment leads every AWS tool to it."""
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # What is started stays in this process, whichever server was asked for it.
    requests.post(f"http://{host}:{port}/moto-api/reset", timeout=30).raise_for_status()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", COLLECTIONS)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    yield boto3.client("ec2", region_name=REGION, endpoint_url=f"http://{host}:{port}")
    server.stop()


def start(cloud: Any, name: str, **tags: str) -> dict[str, Any]:
    """A server with these tags; returns what EC2 says of it."""
    tags = {"Name": name, "Service": "re-fit", "Environment": "production", **tags}
    image = cloud.describe_images()["Images"][0]["ImageId"]
    tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
    started = cloud.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=[{"ResourceType": "instance", "Tags": tag_set}]
    )
    return started["Instances"][0]


def inventory(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "ansible-inventory", "-i", "inventory/aws", "--list", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_running_servers_of_the_service_are_the_fleet(cloud: Any) -> None:
    first = start(cloud, "app-1")
    start(cloud, "app-2")
    start(cloud, "other", Service="other")
    start(cloud, "staging-1", Environment="staging")
    stopped = start(cloud, "app-3")
    cloud.stop_instances(InstanceIds=[stopped["InstanceId"]])

    done = inventory()
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert sorted(found["app"]["hosts"]) == ["app-1", "app-2"]
    variables = found["_meta"]["hostvars"]["app-1"]
    # What comes from outside is marked, so that nothing in it is ever evaluated.
    assert variables["ansible_host"] == {"__ansible_unsafe": first["PrivateIpAddress"]}
    # The site's own values are production's.
    assert variables["ansible_become"] is True
    assert set(variables["refit_services"]) == {"backend", "ai-service"}


def test_an_account_without_such_servers_has_an_empty_fleet_and_every_playbook_says_so(cloud: Any) -> None:
    assert cloud
    done = subprocess.run(
        [Path(sys.executable).parent / "ansible-playbook", "-i", "inventory/aws", "playbooks/status.yml"],
        cwd=ROOT,
        env=playbooks.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "has no hosts" in " ".join(done.stdout.split())


def test_without_credentials_the_fleet_is_not_taken_to_be_empty(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cloud
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    assert inventory().returncode != 0
