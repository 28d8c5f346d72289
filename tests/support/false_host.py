"""A server that is not what it seems: its Python does what it is told, and answers what its owner likes."""

from __future__ import annotations

import sys
from pathlib import Path

_SCRIPT = """#!{python}
import json, subprocess, sys

MARK = "refit-answer: "
{lie}

done = subprocess.run([{python!r}, *sys.argv[1:]], input=sys.stdin.buffer.read(), stdout=subprocess.PIPE)
for line in done.stdout.decode().splitlines():
    if line.startswith(MARK):
        answer = json.loads(line[len(MARK):])
        line = MARK + json.dumps(answer if "wanted" in answer else lie(answer))
    print(line)
sys.exit(done.returncode)
"""


def false_python(path: Path, lie: str) -> Path:
    """Write a Python that changes each answer of a module by the function ``lie(answer)``, which *lie* defines."""
    path.write_text(_SCRIPT.format(python=sys.executable, lie=lie))
    path.chmod(0o755)
    return path


def instead_on(host: str, python: Path) -> tuple[str, str]:
    """What ``ansible-playbook`` is given so that *host* has *python* and the others have a real one."""
    chosen = f"{str(python)!r} if inventory_hostname == {host!r} else {sys.executable!r}"
    return "-e", f"ansible_python_interpreter={{{{ {chosen} }}}}"
