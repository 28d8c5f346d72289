"""What the controller reaches Discord with: ``requests`` where that is installed."""

from __future__ import annotations

from typing import Callable

from refit.notify.discord_http import Transport


def _over_requests() -> Callable[[], Transport] | None:
    try:
        from plugin_utils.requests_transport import RequestsTransport
    except ImportError:
        return None
    return RequestsTransport


#: What makes a transport over ``requests``; None where that is not installed.  Found out with this file, which is once
#: for a whole run: each task is a process of its own, made from the run's.
OVER_REQUESTS = _over_requests()
