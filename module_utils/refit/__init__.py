"""Re-Fit Ops: every decision and every action of a release, once.

The package is imported on the controller by the action plugins, on hosts by the modules in ``library/`` or from
``~/.cache/refit-ops``, and by the servers' scripts, packed as one ``refit.pyz``.  It therefore uses the standard
library only, runs on Python 3.9 and later, and never imports Ansible.
"""

from __future__ import annotations

# Said here and nowhere else; CHANGELOG.md names what each version brought.
__version__ = "0.1.0"
