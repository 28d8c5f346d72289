#!/usr/bin/python
# Copyright: the Re-Fit Ops developers
# MIT License (see LICENSE)
"""Pack the release core as one file for the servers' scripts."""

from __future__ import annotations

DOCUMENTATION = r"""
module: refit_bundle
short_description: Pack the release core as one file for the servers' scripts
description:
  - Packs C(module_utils/refit) as a Python zip application. The same sources give the same bytes.
  - Runs on the controller.
options:
  package:
    description: The package's directory.
    type: path
    required: true
  dest:
    description: The file to write; its directory is made when missing.
    type: path
    required: true
attributes:
  check_mode:
    description: Tells whether the file would change.
    support: full
author: Re-Fit Ops developers (@re-fit-ops)
"""

EXAMPLES = r"""
- name: Pack the release core
  refit_bundle:
    package: "{{ playbook_dir }}/../module_utils/refit"
    dest: /tmp/refit.pyz
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
dest:
  description: The file.
  returned: always
  type: str
"""
