#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Stage a release, remove old ones, mark one."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Stage a release, remove old ones, or mark one
description:
  - With O(state=staged) an artifact becomes a release directory, or nothing is left of it. A jar is put there under
    the service's own name for it, a wheel is installed there into a virtualenv of the release's own.
  - With O(state=pruned) old releases are removed; the live one, the rollback target and those made by hand never are.
  - With O(state=ended) the same is done, and then the run ends on this host.
  - With O(state=marked_bad) or O(state=cleared) a release is excluded from, or admitted to, rollbacks again.
options:
  service:
    description: The service, as for M(release_info).
    type: dict
    required: true
  service_secrets:
    description: As for M(release_info).
    type: str
  state:
    description: What to bring about.
    type: str
    choices: [staged, pruned, ended, marked_bad, cleared]
    default: staged
  version:
    description: The release's version, as C(20240127-120000). Required unless O(state) is V(pruned) or V(ended).
    type: str
  artifact:
    description:
      - Path on the host of a tar archive (C(.tar), or compressed as C(.tar.gz), C(.tar.xz) or C(.tar.bz2)), a C(.zip),
        a C(.jar) or a C(.whl).
      - Required with O(state=staged).
    type: str
  sha256:
    description: The checksum that the artifact must have, in hexadecimal.
    type: str
  incoming:
    description: >-
      Whether the directory of O(artifact) is one for artifacts on their way, and holds nothing else. It is closed to
      others, what dead runs left in it is removed, and so is the artifact at the end, staged or not.
    type: bool
    default: false
  download:
    description: >-
      Where the host fetches the artifact from, as M(release_source) returns it, unless it has the content already.
      O(artifact) is then the path to put it to, in a directory as with O(incoming), and O(sha256) is required.
    type: dict
    suboptions:
      url:
        description: C(https) or C(http), without user, password and query.
        type: str
        required: true
      query:
        description: What follows the question mark, such as a signature. It appears in no output.
        type: str
        default: ""
      headers:
        description: Sent to the URL's own host. Their values appear in no output.
        type: dict
        default: {}
      ca:
        description: Certificates (PEM) to trust besides the host's own.
        type: str
        default: ""
      proxy:
        description: C(http://[user:password@]host:port); by default the host's environment decides.
        type: str
        default: ""
      max_bytes:
        description: The largest artifact accepted, in bytes.
        type: int
        default: 8589934592
      deadline_s:
        description: How many seconds the download may take, all attempts included.
        type: float
        default: 1800
  source:
    description: Where the artifact came from, for the record.
    type: str
  git_sha:
    description: The commit that the artifact was built from, for the record.
    type: str
  reason:
    description: >-
      Why a release is marked or cleared, as a person says it; or as data, C(code) and its values. Required with those
      states.
    type: raw
  freeze:
    description: Whether O(state=marked_bad) also freezes the service, so that no deploy begins until somebody resumes.
    type: bool
    default: false
  keep:
    description: How many proven releases V(pruned) and V(ended) keep.
    type: int
    default: 5
  operation:
    description: >-
      The run this belongs to, as M(fleet_plan) returns it; the step is refused once a newer run took over. Required
      with O(state=ended).
    type: dict
  signed:
    description: >-
      What the controller signed of it, for the ledger: under C(staged) the release, under its id a mark or a freeze,
      under C(lift) that marks are lifted. The plugin of the module gives it, where the site has a key.
    type: dict
    default: {}
  stopped:
    description: With O(state=ended), whether the run ends half-way, so that the same deploy continues it.
    type: bool
    default: false
  stopped_by:
    description: With O(stopped=true), what stopped it, for those who look later.
    type: dict
    suboptions:
      severity:
        description: The grade at which it stopped.
        type: str
        required: true
      why:
        description: A sentence; or a reason as data, C(code) and its values.
        type: raw
        required: true
attributes:
  check_mode:
    description: Everything that can be checked without writing is checked.
    support: full
  diff_mode:
    description: Names the releases that come and go.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Stage a release
  release:
    service: "{{ refit_services.backend }}"
    version: 20240127-120000
    artifact: /tmp/backend.tar.gz
    sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

- name: Let the host fetch and stage one
  release:
    service: "{{ refit_services.backend }}"
    version: 20240127-120000
    artifact: /var/lib/refit/backend/incoming/backend.tar.gz
    sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    download:
      url: https://builds.example.com/backend.tar.gz
      headers: {Authorization: "{{ vault_builds_token }}"}

- name: Keep the five newest proven releases
  release:
    service: "{{ refit_services.backend }}"
    state: pruned
    keep: 5

- name: Let a repaired release be a rollback target again
  release:
    service: "{{ refit_services.backend }}"
    state: cleared
    version: 20240127-120000
    reason: the failure was the database's
"""

RETURN = r"""
version:
  description: The release that was staged, marked or cleared.
  returned: when O(state) is V(staged), V(marked_bad) or V(cleared)
  type: str
sha256:
  description: The artifact's checksum.
  returned: when O(state=staged)
  type: str
received_bytes:
  description: How much was fetched; 0 where the content was there.
  returned: with O(download), except in check mode
  type: int
removed:
  description: The versions that were removed, or would be.
  returned: when O(state) is V(pruned) or V(ended)
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.refit import modules
from ansible.module_utils.refit.modules import release


def main() -> None:
    modules.answer(AnsibleModule(**release.ARGUMENTS, supports_check_mode=True), "release")


if __name__ == "__main__":
    main()
