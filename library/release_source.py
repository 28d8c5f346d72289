#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Find a release's artifact, and the checksum that it must have."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release_source
short_description: Find a release's artifact, and the checksum that it must have
description:
  - Runs once, on the controller, before anything is touched. The checksum is the one given, or the one that a
    C(SHA256SUMS) beside the artifact names; where both do they must agree. A file on the controller may do without
    either, a URL may not, or two hosts could stage different files as the same version.
  - For C(s3://) it signs a URL that servers fetch the object with, so that they need neither AWS tools nor credentials.
    Region, endpoint, profile and credentials are those of the environment, as boto3 reads them.
  - Its result holds what gives access (RV(download)). Use it with C(no_log), and show RV(msg) of a failure only.
options:
  artifact:
    description: A path on the controller, C(https://…), C(s3://BUCKET/KEY), or C(http://…) together with O(sha256).
    type: str
    required: true
  sha256:
    description: The checksum that the artifact must have, in hexadecimal; empty for the one in C(SHA256SUMS).
    type: str
    default: ""
  headers:
    description: Headers for an C(https://) artifact, as C(Authorization). Redirects to another host do not get them.
    type: dict
    default: {}
  ca_file:
    description: A PEM file on the controller, with certificates to trust besides each machine's own.
    type: path
  proxy:
    description: >-
      The proxy of controller and servers, C(http://[user:password@]host:port). By default the environment of each
      decides (C(https_proxy), C(http_proxy), C(no_proxy)).
    type: str
    default: ""
  max_bytes:
    description: The largest artifact accepted, in bytes.
    type: int
    default: 8589934592
  deadline_s:
    description: How many seconds a server may take to fetch the artifact.
    type: float
    default: 1800
  wait_s:
    description: How many seconds may pass before a server begins to fetch it. A signed URL outlives that.
    type: float
    default: 0
attributes:
  check_mode:
    description: The module only reads, so check mode makes no difference.
    support: full
requirements:
  - boto3, on the controller, for C(s3://)
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Find the artifact
  release_source:
    artifact: s3://builds/backend/backend-20240127-120000.tar.gz
  delegate_to: localhost
  run_once: true
  no_log: true
  register: source
"""

RETURN = r"""
name:
  description: The file's name.
  returned: success
  type: str
shown:
  description: Where it comes from, without user, password and query.
  returned: success
  type: str
sha256:
  description: The checksum that it must have.
  returned: success
  type: str
size:
  description: Its size in bytes; null where the server did not say.
  returned: success
  type: int
report:
  description: One line about it for a person.
  returned: success
  type: str
download:
  description: What O(release#module:download) needs to fetch it; null for a file on the controller.
  returned: success
  type: dict
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit.artifacts import resolve as sources
from ansible.module_utils.refit.artifacts.download import Limits
from ansible.module_utils.refit.artifacts.location import Way
from ansible.module_utils.refit.core.errors import InvalidInput, RefitError, StagingError

# For what lies between signing and the first byte: the plan, Discord, slow connections to servers.
_GRACE_S = 900
_ABSENT = ("NoSuchKey", "404", "AccessDenied", "403")


class S3:
    """The object store that the controller's environment leads to."""

    def __init__(self, expires_s: float) -> None:
        try:  # here, since it takes longer to load than all else that this module does
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError as error:
            raise InvalidInput(
                "s3:// needs boto3 on the controller",
                next_command="make venv, or: python -m pip install boto3 (for the Python that runs Ansible)",
            ) from error
        self._errors = (BotoCoreError, ClientError, ValueError)
        self._expires_s = int(expires_s)
        # Signatures of the older kind are refused by newer regions.
        config = Config(signature_version="s3v4", connect_timeout=10, read_timeout=20, retries={"max_attempts": 3})
        with self._explained("s3://"):
            self._client = boto3.client("s3", config=config)

    def size(self, bucket: str, key: str) -> int:
        with self._explained(f"s3://{bucket}/{key}"):
            return int(self._client.head_object(Bucket=bucket, Key=key)["ContentLength"])

    def read(self, bucket: str, key: str, max_bytes: int) -> bytes | None:
        with self._explained(f"s3://{bucket}/{key}"):
            try:
                return self._client.get_object(Bucket=bucket, Key=key)["Body"].read(max_bytes)
            except self._errors as error:
                if code_of(error) not in _ABSENT:
                    raise
                return None

    def presigned(self, bucket: str, key: str) -> str:
        named = {"Bucket": bucket, "Key": key}
        with self._explained(f"s3://{bucket}/{key}"):
            return self._client.generate_presigned_url("get_object", Params=named, ExpiresIn=self._expires_s)

    @contextlib.contextmanager
    def _explained(self, where: str) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            if code_of(error) in ("NoSuchKey", "NoSuchBucket", "404"):
                advice = "correct -e release_artifact, or upload the build there"
            else:
                advice = f"try with the same AWS_PROFILE, AWS_REGION and AWS_ENDPOINT_URL: aws s3 ls {where}"
            raise StagingError(f"S3: {error}", where=where, next_command=advice) from error


def code_of(error: Exception) -> str:
    """S3's own name for what went wrong; empty where it did not come to that."""
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))


def read_ca(path: str | None) -> str:
    """The certificates in the PEM file at *path*.  Raises InvalidInput."""
    if not path:
        return ""
    try:
        with open(path, encoding="ascii") as handle:
            return handle.read()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"cannot read the certificates: {getattr(error, 'strerror', None) or 'not PEM'}",
            where=path,
            next_command="correct refit_artifact_ca",
        ) from error


def download_of(source: sources.Source, ca: str, params: dict[str, Any]) -> dict[str, Any] | None:
    """What a server needs to fetch *source*."""
    if source.location is None:
        return None
    return {
        "url": source.location.url,
        "query": source.location.query,
        "headers": dict(source.location.headers),
        "ca": ca,
        "proxy": params["proxy"],
        "max_bytes": params["max_bytes"],
        "deadline_s": params["deadline_s"],
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "artifact": {"type": "str", "required": True},
            "sha256": {"type": "str", "default": ""},
            "headers": {"type": "dict", "default": {}, "no_log": False},  # or it would be masked in its own result
            "ca_file": {"type": "path"},
            "proxy": {"type": "str", "default": ""},
            "max_bytes": {"type": "int", "default": 8 << 30},
            "deadline_s": {"type": "float", "default": 1800},
            "wait_s": {"type": "float", "default": 0},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        ca = read_ca(params["ca_file"])
        source = sources.resolve(
            params["artifact"],
            params["sha256"],
            headers=params["headers"],
            way=Way(ca=ca, proxy=params["proxy"]),
            limits=Limits(max_bytes=params["max_bytes"], deadline_s=params["deadline_s"]),
            # Every attempt of a download presents the signature: it outlives the last one.
            store=lambda: S3(expires_s=params["wait_s"] + params["deadline_s"] + _GRACE_S),
        )
    except RefitError as error:
        module.fail_json(msg=str(error), kind=error.kind)
    size = "" if source.size is None else f", {source.size} bytes"
    note = f" ({source.note})" if source.note else ""
    module.exit_json(
        changed=False,
        name=source.name,
        shown=source.shown,
        sha256=source.sha256,
        size=source.size,
        report=f"ARTIFACT: {source.shown}{size}, sha256 {source.sha256} by {source.sha256_from}{note}",
        download=download_of(source, ca, params),
    )


if __name__ == "__main__":
    main()
