"""Where packages come from: what the server itself is configured with, handed on to uv.

uv reads its own file (``/etc/uv/uv.toml``) by itself.  Where it has none and its variables name no
index, pip's configuration is used, as most servers have that.  All of it goes to uv as environment, never
as arguments, which every user of a server can read; none of it is printed, and no code of a package gets it.

What lies in the build user's home counts for nothing: a package that is built or imported as him could have
put it there.  Only of a person who builds himself the own files are read, too.
"""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

# Variables of the server that a build may see: indexes, proxies, certificates.
_PASSED_ON = re.compile(
    r"UV_(DEFAULT_INDEX|INDEX|INDEX_.*|EXTRA_INDEX_URL|FIND_LINKS|CONFIG_FILE|KEYRING_PROVIDER|HTTP_.*|SYSTEM_CERTS"
    r"|NATIVE_TLS|INSECURE_HOST|OFFLINE|EXCLUDE_NEWER|TORCH_BACKEND|REQUEST_TIMEOUT|CONCURRENT_.*)"
    r"|SSL_CERT_(FILE|DIR)|((https?|all|no)_proxy)|((HTTPS?|ALL|NO)_PROXY)|NETRC"
)
_NAMES_AN_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")
_SECRET_NAME = re.compile(r"PASSWORD|TOKEN|SECRET|USERNAME")


@dataclass(frozen=True)
class PackageIndex:
    """Variables and options for uv; *secrets* are the values that must never be shown."""

    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: Sequence[str] = ()
    secrets: Sequence[str] = field(default=(), repr=False)


def configured(environ: Mapping[str, str], home: str | None, etc: str = "/etc") -> PackageIndex:
    """What a server with *environ* and *etc* is configured with; *home* is that of a person who builds himself."""
    env = {name: value for name, value in environ.items() if _PASSED_ON.fullmatch(name)}
    options: list[str] = []
    own_files = [os.path.join(etc, "uv", "uv.toml")]
    own_files += [os.path.join(home, ".config", "uv", "uv.toml")] if home else []
    if not any(env.get(name) for name in (*_NAMES_AN_INDEX, "UV_CONFIG_FILE")) and not any(
        os.path.exists(path) for path in own_files
    ):
        pip = _pip_settings(environ, home, etc)
        env = {**_translated(pip), **env}
        options = ["--no-index"] if pip.get("no-index", "").lower() in ("1", "true", "yes", "on") else []
    return PackageIndex(env, options, tuple(_secrets(env)))


def _pip_settings(environ: Mapping[str, str], home: str | None, etc: str) -> dict[str, str]:
    """pip's settings for an install: its files in their order, then its variables."""
    parser = configparser.RawConfigParser()
    files = [os.path.join(etc, "pip.conf"), *(os.path.join(home, *name) for name in _USER_FILES if home)]
    if "PIP_CONFIG_FILE" in environ:
        files.append(environ["PIP_CONFIG_FILE"])
    for path in files:
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue  # pip itself tells the person who runs it
    found: dict[str, str] = {}
    for section in ("global", "install"):
        if parser.has_section(section):
            found.update({name.replace("_", "-"): value for name, value in parser.items(section)})
    found.update({n[4:].lower().replace("_", "-"): v for n, v in environ.items() if n.startswith("PIP_") and v})
    return found


_USER_FILES = ((".pip", "pip.conf"), (".config", "pip", "pip.conf"))


def _translated(pip: Mapping[str, str]) -> dict[str, str]:
    """pip's settings as uv's variables.  Local directories that are not there are left out, as pip does."""
    names = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
    env = {ours: pip[theirs] for theirs, ours in names.items() if pip.get(theirs)}
    lists = {
        "UV_INDEX": (" ", filter(_exists, pip.get("extra-index-url", "").split())),
        "UV_FIND_LINKS": (",", filter(_exists, pip.get("find-links", "").split())),
        "UV_INSECURE_HOST": (" ", pip.get("trusted-host", "").split()),
    }
    env.update({name: joined for name, (mark, values) in lists.items() if (joined := mark.join(values))})
    if pip.get("proxy"):
        env.update({"HTTPS_PROXY": pip["proxy"], "HTTP_PROXY": pip["proxy"]})
    return env


def _exists(place: str) -> bool:
    url = urlsplit(place)
    return url.scheme not in ("", "file") or os.path.exists(unquote(url.path))


def _secrets(env: Mapping[str, str]) -> Iterator[str]:
    for name, value in env.items():
        if _SECRET_NAME.search(name):
            yield value
        yield from _credentials(re.split(r"[\s,]+", value))


def _credentials(urls: Iterable[str]) -> Iterator[str]:
    for url in urls:
        found = re.match(r"[A-Za-z0-9_=+.-]*://([^/@]+)@", url)
        for part in found[1].split(":") if found else ():
            yield from {part, unquote(part)}
