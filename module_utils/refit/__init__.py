"""Re-Fit Ops: every decision and every action of a release, once.

The package is imported by the Ansible modules in ``library/`` and, packed as one
``refit.pyz``, by the scripts on the servers.  It therefore uses the standard
library only, runs on Python 3.9 and later, and never imports Ansible.
"""

from __future__ import annotations

# Said here and nowhere else; CHANGELOG.md names what each version brought.
__version__ = "0.1.0"
