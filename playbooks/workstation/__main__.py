"""``python playbooks/workstation``, which refit.sh calls."""

from __future__ import annotations

import sys
from pathlib import Path

PLAYBOOKS = Path(__file__).resolve().parents[1]
# In the place of this directory, whose modules go by their package's name.
sys.path[:1] = [str(PLAYBOOKS), str(PLAYBOOKS.parent / "module_utils")]

from workstation.door import main  # noqa: E402  (the line above makes it importable)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
