#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Bring the pack of a release from a host to the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: pack_fetch
short_description: Bring the pack of a release from a host to the controller
description:
  - What M(release_copy) packed is read part by part, as whoever the task becomes, and written on the controller as it
    comes, so that a release of any size takes little memory there. M(ansible.builtin.fetch) would hold all of it.
  - The host may be lying about what it has. Larger than it may be, or other than it said, it is not kept; no part of an
    answer may take the memory of the controller. How long it may take is for the task to say (C(timeout)).
options:
  src:
    description: The file on the host.
    type: path
    required: true
  dest:
    description: The file on the controller, which must not be there yet. It is there whole, or not at all.
    type: path
    required: true
  sha256:
    description: The checksum it must have, as M(release_copy) said it.
    type: str
    required: true
  access:
    description: >-
      How artifacts are reached, as in M(release_source); of it counts C(max_bytes), since a release is no larger than
      what an artifact may be (8 GiB).
    type: dict
    default: {}
attributes:
  check_mode:
    description: Nothing is brought.
    support: none
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Take the pack to this machine
  pack_fetch:
    src: /var/lib/refit/backend/outgoing/pack.tar
    dest: /tmp/refit-rollback-1/pack.tar
    sha256: "{{ packed.pack_sha256 }}"
  timeout: 1800
"""

RETURN = r"""
size:
  description: How many bytes it has.
  returned: success
  type: int
"""
