"""What a host's Python reads first: it finds this package there, or takes it, and calls one of its modules.

An action plugin sends the text of this file and a call of :func:`start` through standard input, so nothing of it shows
in the host's list of processes.  The package stays on the host, below the home of the user who runs this: it is sent
once for each of its versions, and Python keeps what it compiled of it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pwd
import stat
import sys
import time

ANSWER = "refit-answer: "
OLDEST_PYTHON = (3, 9)
STORE = ".cache/refit-ops"
DAY_S = 24 * 3600
UNUSED_S = 30 * DAY_S


def start(request):
    """Answer *request* with one line: :data:`ANSWER` and JSON.

    Args:
        request: ``package`` is the digest of the sources and ``archive`` a zip of them in base64, or null; then
            ``module``, ``params``, ``check_mode`` and ``watched`` as for ``refit.modules.call``.  The answer is a
            module's result, or ``{"wanted": DIGEST}`` where the package is not on the host and was not sent.
    """
    if sys.version_info < OLDEST_PYTHON:
        version = ".".join(map(str, sys.version_info[:3]))
        text = "{} is Python {}; 3.9 is the oldest that will do. Name a newer one: ansible_python_interpreter=PATH"
        return _answer({"failed": True, "msg": text.format(sys.executable, version)})
    store = os.path.join(pwd.getpwuid(os.geteuid()).pw_dir, STORE)
    place = os.path.join(store, request["package"])
    if _leads_nowhere_else(store) and _is_ours(store) and _is_ours(place):
        _be_seen(place)
        return _answer(_call(place, request))
    if request["archive"] is None:
        return _answer({"wanted": request["package"]})
    return _answer(_call_sent(store, place, request))


def _call(place, request):
    sys.path.insert(0, place)
    modules = importlib.import_module("refit.modules")
    return modules.call(request["module"], request["params"], request["check_mode"], request.get("watched", False))


def _answer(result):
    sys.stdout.write("\n" + ANSWER + json.dumps(result) + "\n")


def _is_ours(path):
    """Whether *path* is a directory that nobody else can have put anything into."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _leads_nowhere_else(path):
    """Whether nobody but this user and root can exchange a directory, or a link, on the way to *path*."""
    here, left, links = "/", _names(path), 0
    try:
        while left:
            if not _is_kept(os.stat(here)):
                return False
            step = os.path.normpath(os.path.join(here, left.pop()))
            found = os.lstat(step)
            if not stat.S_ISLNK(found.st_mode):
                here = step
                continue
            links += 1
            if found.st_uid not in (0, os.geteuid()) or links > 40:
                return False
            points_to = os.readlink(step)
            here = "/" if points_to.startswith("/") else here
            left += _names(points_to)
    except FileNotFoundError:
        return True  # it is this user's to make
    except OSError:
        return False
    return True


def _names(path):
    """The names in *path*, the last one first."""
    return [name for name in reversed(path.split("/")) if name not in ("", ".")]


def _is_kept(found):
    """Whether only this user and root may exchange what lies in a directory; the user's own group is nobody else."""
    if found.st_uid not in (0, os.geteuid()):
        return False
    if found.st_mode & stat.S_ISVTX or not found.st_mode & 0o022:
        return True
    import grp

    if found.st_mode & 0o002:
        return False
    user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(found.st_gid)
    return group.gr_name == user.pw_name and group.gr_gid == user.pw_gid and set(group.gr_mem) <= {user.pw_name}


def _be_seen(place):
    """Show that the package is in use: what is not is removed when the next one comes."""
    with contextlib.suppress(OSError):
        if time.time() - os.stat(place).st_mtime > DAY_S:
            os.utime(place)


# --- The package has to be taken first: once for each version, so what only this needs is not imported above. ---


def _call_sent(store, place, request):
    import base64
    import tempfile

    archive = base64.b64decode(request["archive"])
    try:
        _keep(archive, store, place)
    except OSError:  # no home, a full disk, a store of somebody else's: it works without one
        with tempfile.TemporaryDirectory(prefix="refit-ops-") as there:
            _unpack(archive, there)
            return _call(there, request)
    return _call(place, request)


def _keep(archive, store, place):
    """Put the package at *place*, whole or not at all."""
    import shutil
    import tempfile

    if not _leads_nowhere_else(store):
        raise PermissionError(store)
    os.makedirs(os.path.dirname(store), mode=0o700, exist_ok=True)
    os.makedirs(store, mode=0o700, exist_ok=True)
    if not _is_ours(store):
        raise PermissionError(store)
    _forget_unused(store)
    made = tempfile.mkdtemp(dir=store)
    try:
        _unpack(archive, made)
        with contextlib.suppress(OSError):
            os.rename(made, place)  # fails where another call was first
        if not _is_ours(place):
            raise PermissionError(place)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _unpack(archive, place):
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        packed.extractall(place)
        for name in packed.namelist():
            fd = os.open(os.path.join(place, name), os.O_RDONLY)
            try:
                os.fsync(fd)  # a power cut must not leave empty files under a name that says they are whole
            finally:
                os.close(fd)


def _forget_unused(store):
    """Remove versions of the package that no run has used for 30 days."""
    import shutil

    for name in os.listdir(store):
        path = os.path.join(store, name)
        with contextlib.suppress(OSError):
            if time.time() - os.stat(path).st_mtime > UNUSED_S:
                shutil.rmtree(path, ignore_errors=True)
