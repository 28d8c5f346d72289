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
  access:
    description:
      - How artifacts are reached, C(refit_artifact) of the inventory as a whole. A key that is empty is not said, and a
        wrong one is refused by name. These are its keys.
      - C(headers), for an C(https://) artifact, as C(Authorization). Redirects to another host do not get them.
      - C(origins), who may be sent the headers (C(https://builds.example.com)), and for which buckets a URL is signed
        (C(s3://builds)). Without it that is the origin of O(artifact), or nobody where that is O(remembered).
      - C(ca), a PEM file on the controller, with certificates to trust besides each machine's own.
      - C(proxy) of controller and servers, C(http://[user:password@]host:port). By default the environment of each
        decides (C(https_proxy), C(http_proxy), C(no_proxy)).
      - C(max_bytes), the largest artifact accepted (8589934592).
      - C(deadline_s), how many seconds a server may take to fetch it, all attempts included (1800).
    type: dict
    default: {}
  wait_s:
    description: How many seconds may pass before a server begins to fetch it. A signed URL outlives that.
    type: float
    default: 0
  remembered:
    description: >-
      Whether it is hosts that say where the artifact is, not who started the run. Then only origins that O(access)
      names are sent headers or signed for.
    type: bool
    default: false
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
path:
  description: Where a file on the controller is copied from; null where servers fetch it, and in check mode.
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
