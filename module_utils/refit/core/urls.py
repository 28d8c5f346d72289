"""Parts of a URL that more than one room needs; apart from requests, so that nobody loads TLS to read a port."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit, urlunsplit


def port_of(url: SplitResult) -> int:
    """The port that *url* leads to.  Raises ValueError where it names one that is none."""
    return url.port or (443 if url.scheme == "https" else 80)


def without_userinfo(url: str) -> str:
    """*url* as it may be shown and recorded: without its user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def public(url: SplitResult) -> str:
    """*url* without what may be a secret: user, password, query and fragment."""
    return urlunsplit((url.scheme, url.netloc.rpartition("@")[2], url.path, "", ""))


def without_secrets(text: str) -> str:
    """*text* as it may be shown: a URL without what may be a secret; a path is left alone."""
    if "://" not in text:
        return text
    try:
        return public(urlsplit(text))
    except ValueError:
        return text.partition("://")[0] + "://…"
