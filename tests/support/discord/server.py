"""The stand-in as a server: it starts, fails on demand, remembers everything and stops."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable
from urllib.parse import parse_qsl, urlsplit

from . import faults
from .api import MAX_BODY_BYTES, Answer, Call, Request, WebhookApi, limited
from .buckets import Limit, RateLimiter, Ruling
from .conversation import Conversation
from .guild import Event, Guild

#: What webhooks have been seen to allow; no client may rely on it.
USUAL_LIMIT = Limit(5, 2.0)
GLOBAL_LIMIT = Limit(50, 1.0)


@dataclass
class Seen:
    """One request as it is remembered: never with its token.

    *status* is None when the client got no whole answer; *early_by* are the seconds by
    which it came before the moment that earlier answers had named.
    """

    time: float
    method: str
    path: str
    query: dict[str, str]
    channel: str | None
    user_agent: str
    status: int | None = None
    fault: str | None = None
    early_by: float | None = None


class DiscordStandIn:
    """A Discord on the loopback interface.

    Args:
        roles, users: ids by name; mentions of any others reach nobody.
        limit: the size of each route's bucket, per webhook.
        global_limit: over all requests.
        clock: seconds since the epoch.
        port: 0 takes a free one, which :meth:`start` keeps after a :meth:`stop`.
        max_body_bytes: a larger request is answered with 413.
        listener: called with every change of the guild (see :mod:`.journal`).
        unmentionable: the names of the roles that their settings let nobody mention.

    Messages are returned as Discord's own message objects, with ``channel`` (its
    name), ``pings`` (``{"everyone", "roles", "users"}``) and ``revisions`` beside.
    """

    def __init__(
        self,
        roles: Mapping[str, str] | None = None,
        users: Mapping[str, str] | None = None,
        limit: Limit = USUAL_LIMIT,
        global_limit: Limit = GLOBAL_LIMIT,
        clock: Callable[[], float] = time.time,
        port: int = 0,
        host: str = "127.0.0.1",
        max_body_bytes: int = MAX_BODY_BYTES,
        listener: Callable[[Event], None] = lambda _event: None,
        unmentionable: Collection[str] = (),
    ) -> None:
        self.port = port
        self.host = host
        self.max_body_bytes = max_body_bytes
        self.clock = clock
        self.limiter = RateLimiter(clock, limit, global_limit)
        self.guild = Guild(clock, roles, users, listener, unmentionable)
        self.api = WebhookApi(self.guild, self.limiter)
        self.faults = faults.Faults()
        self.stopping = threading.Event()
        self.seen: list[Seen] = []
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._kept_port: socket.socket | None = None

    def __enter__(self) -> DiscordStandIn:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()
        self._give_up_port()

    def start(self) -> None:
        """Listen; what was received before a :meth:`stop` is still there."""
        self.stopping.clear()
        self._server = _Server((self.host, self.port), self)
        self._give_up_port()
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="discord", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and cut every open connection: Discord is down."""
        if self._server is None or self._thread is None:
            return
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._keep_port()
        self._server.cut_connections()
        self._thread.join()
        self._server = self._thread = None

    def _keep_port(self) -> None:
        """Bound, it is nobody else's; without a listener, who connects is refused as where nobody listens."""
        self._kept_port = socket.socket()
        self._kept_port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._kept_port.bind((self.host, self.port))

    def _give_up_port(self) -> None:
        if self._kept_port is not None:
            self._kept_port.close()
            self._kept_port = None

    @property
    def url(self) -> str:
        return "http://127.0.0.1:{}".format(self.port)

    def webhook(self, channel: str) -> str:
        """The webhook URL of *channel*; the channel is made on first use."""
        webhook = self.guild.webhook(channel)
        return "{}/api/webhooks/{}/{}".format(self.url, webhook.id, webhook.token)

    def forum(self, channel: str, tag_required: bool = False) -> str:
        """The webhook URL of *channel*, in which each message is a post or belongs to one."""
        self.guild.make_forum(channel, tag_required)
        return self.webhook(channel)

    def remove_webhook(self, channel: str) -> None:
        """Delete the webhook of *channel*: from now on it is a 404."""
        self.guild.remove_webhook(channel)

    def thread(self, channel: str, name: str) -> str:
        """The id of a thread of *channel*, to be sent as ``thread_id``."""
        return self.guild.thread(channel, name).id

    def messages(self, channel: str | None = None) -> list[dict[str, Any]]:
        """The messages that stand in *channel* (in all, if None), oldest first."""
        return self.guild.messages(channel)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Every request to a webhook address so far, oldest first (see :class:`Seen`)."""
        return [asdict(each) for each in self.seen]

    @property
    def premature_requests(self) -> list[dict[str, Any]]:
        """The requests that came before the moment that the client had been told."""
        return [each for each in self.requests if each["early_by"] is not None]

    def fail(self, kind: str, times: int | None = 1, channel: str | None = None, seconds: float = 1.0) -> None:
        """Fail the next *times* requests (None: until :meth:`recover`); see :mod:`.faults`."""
        self.faults.add(faults.Fault(kind, times, channel, seconds))

    def recover(self) -> None:
        """Forget all failures that are still to come."""
        self.faults.clear()

    def conversation(self) -> Conversation:
        """What can be shown as a transcript or a page."""
        channels = {each.id: each.name for each in self.guild.channels.values()}
        return Conversation(channels, self.guild.roles, self.guild.users, self.messages())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A handler may be waiting for a silent client: stop() cuts those instead of joining them.
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: Any, discord: DiscordStandIn) -> None:
        self.discord = discord
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        with self._connections_lock:
            for connection in self._connections:
                _cut(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that went away, or that was cut off on purpose, is no news.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle_request(self) -> None:
        request = self._read()
        call = self.server.discord.api.call(request)
        if call is not None:
            self._serve(call)
        else:
            self._send(self._own(request))

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_request

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the base class's)
        """Quiet: requests are remembered, not printed."""

    def _read(self) -> Request:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        limit = self.server.discord.max_body_bytes
        body: bytes | None = None
        if length <= limit:
            body = self.rfile.read(length)
        else:
            # Read on to the end, or the client would meet a reset instead of the answer.
            while length > 0:
                length -= len(self.rfile.read(min(length, 65536))) or length
        headers = {name.title(): value for name, value in self.headers.items()}
        return Request(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)

    def _serve(self, call: Call) -> None:
        discord, request = self.server.discord, call.request
        seen = Seen(
            discord.clock(),
            request.method,
            request.redacted_path,
            dict(request.query),
            call.channel,
            request.headers.get("User-Agent", ""),
            early_by=discord.limiter.early_by(call.route, call.webhook_id),
        )
        discord.seen.append(seen)
        fault = discord.faults.take(call.channel)
        if fault is None:
            answer, ruling = discord.api.answer(call)
            self._finish(seen, answer, ruling)
            return
        seen.fault = fault.kind
        if fault.kind == faults.HANG:
            discord.stopping.wait(fault.seconds)
            self._cut()
        elif fault.kind == faults.CUT:
            self._send_half(Answer(200, {"id": "0", "content": "lost"}))
        elif fault.kind == faults.SAVED_THEN_CUT:
            self._send_half(discord.api.answer(call)[0])
        elif fault.kind == faults.SAVED_THEN_EMPTY:
            saved, ruling = discord.api.answer(call)
            self._finish(seen, Answer(saved.status), ruling)
        elif fault.kind in faults.CLOSURES:
            closed = discord.limiter.block(call.route, call.webhook_id, fault.seconds, faults.CLOSURES[fault.kind])
            self._finish(seen, limited(closed), closed)
        elif fault.kind in faults.PAGES:
            status, title = faults.PAGES[fault.kind]
            self._finish(seen, Answer(status, page=faults.HTML.format(title=title)), None)
        else:
            self._finish(seen, Answer(*faults.ANSWERS[fault.kind]), None)

    def _finish(self, seen: Seen, answer: Answer, ruling: Ruling | None) -> None:
        seen.status = answer.status
        # First, because the client may act on the answer before this thread goes on.
        if ruling is not None:
            ruling.announce()
        self._send(answer)

    def _own(self, request: Request) -> Answer:
        """The addresses that Discord does not have: for a test or a demo in another process."""
        discord = self.server.discord
        if (request.method, request.path) == ("GET", "/_messages"):
            return Answer(
                200,
                {
                    "messages": discord.messages(),
                    "requests": discord.requests,
                    "premature_requests": discord.premature_requests,
                },
            )
        if (request.method, request.path) == ("GET", "/_webhooks"):
            channels = [each.channel.name for each in discord.guild.webhooks.values()]
            return Answer(200, {each: discord.webhook(each) for each in channels})
        if (request.method, request.path) == ("POST", "/_control"):
            return self._control(request.body or b"")
        return Answer(404, {"message": "404: Not Found", "code": 0})

    def _control(self, body: bytes) -> Answer:
        """``{"fault": KIND, "times": N|null, "channel": …, "seconds": …}`` or ``{"recover": true}``."""
        discord = self.server.discord
        try:
            order = dict(json.loads(body))
            if order.pop("recover", False):
                discord.recover()
            if order:
                discord.fail(order.pop("fault"), **order)
        except (KeyError, TypeError, ValueError) as error:
            return Answer(400, {"message": "{}: {}".format(type(error).__name__, error)})
        return Answer(204)

    def _send(self, answer: Answer) -> None:
        self.wfile.write(self._head(answer) + answer.encoded()[1])

    def _send_half(self, answer: Answer) -> None:
        """Break off in the middle of the body, or of the first line where there is no body."""
        head, body = self._head(answer), answer.encoded()[1]
        self.wfile.write(head + body[: len(body) // 2] if body else head[:9])
        self._cut()

    def _head(self, answer: Answer) -> bytes:
        content_type, body = answer.encoded()
        headers = {"Date": self.date_time_string(), **answer.headers}
        if content_type:
            headers["Content-Type"] = content_type
        if answer.status != 204:
            headers["Content-Length"] = str(len(body))
        reason = self.responses.get(answer.status, ("",))[0]
        lines = ["HTTP/1.1 {} {}".format(answer.status, reason)]
        lines += ["{}: {}".format(name, value) for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _cut(self) -> None:
        self.close_connection = True
        _cut(self.connection)


def _cut(connection: socket.socket) -> None:
    # The client may have been faster.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
