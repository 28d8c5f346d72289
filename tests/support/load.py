"""A load generator: asks again and again until its standard input ends, then says what came back.

``python3 load.py WORKERS URL…`` needs nothing but Python 3.9, so that it runs inside a container, too.
Every request has a connection of its own.  It prints JSON:

``requests``   how many were sent
``failed``     those without an answer: refused, cut off, too late
``wrong``      those answered with a status of 500 or above
``answers``    how many answers of each status
``first_failures``  the first ten failures, in words
``longest_gap_s``   the longest time in which one of the URLs answered no request well
"""

from __future__ import annotations

import json
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter

TIMEOUT_S = 10.0
PAUSE_S = 0.02  # of each worker after each request: the load must show gaps, not be one


class Load:
    """*workers* threads that ask *urls* in turn; as a context manager it gives what :meth:`stop` returns."""

    def __init__(self, urls: list[str], workers: int) -> None:
        self._seen: dict[str, object] = {}
        self._urls = urls
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._answers: Counter[int] = Counter()
        self._failures: list[str] = []
        self._failed = 0
        self._good_at = {url: [time.monotonic()] for url in urls}
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(workers)]

    def __enter__(self) -> dict[str, object]:
        self.start()
        return self._seen

    def __exit__(self, *_: object) -> None:
        self._seen.update(self.stop())

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> dict[str, object]:
        """End it; returns what the module says that is printed."""
        self._ended.set()
        for thread in self._threads:
            thread.join()
        ended = time.monotonic()
        return {
            "requests": sum(self._answers.values()) + self._failed,
            "failed": self._failed,
            "wrong": sum(count for status, count in self._answers.items() if status >= 500),
            "answers": {str(status): count for status, count in sorted(self._answers.items())},
            "first_failures": self._failures,
            "longest_gap_s": round(max(_longest([*moments, ended]) for moments in self._good_at.values()), 3),
        }

    def _work(self, number: int) -> None:
        while not self._ended.is_set():
            url = self._urls[number % len(self._urls)]
            number += 1
            try:
                with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
                    answer.read()
                    status = answer.status
            except urllib.error.HTTPError as error:
                error.close()
                status = error.code
            except Exception as error:  # whatever it is, the user got no answer
                with self._lock:
                    self._failed += 1
                    if len(self._failures) < 10:
                        self._failures.append(f"{url}: {error}")
                time.sleep(PAUSE_S)
                continue
            with self._lock:
                self._answers[status] += 1
                if status < 500:
                    self._good_at[url].append(time.monotonic())
            time.sleep(PAUSE_S)


def _longest(moments: list[float]) -> float:
    return max(later - sooner for sooner, later in zip(moments, moments[1:]))


def main() -> None:
    load = Load(sys.argv[2:], int(sys.argv[1]))
    load.start()
    print("started", flush=True)
    sys.stdin.read()
    print(json.dumps(load.stop()))


if __name__ == "__main__":
    main()
