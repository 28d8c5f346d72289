"""Both transports to Discord keep the same promise, before the same servers and proxies that misbehave."""

from __future__ import annotations

import base64
import contextlib
import gzip
import logging
import socket
import ssl
import threading
import traceback

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plugin_utils.requests_transport import RequestsTransport
from refit.core import http
from refit.core.http import FetchFailed
from refit.notify import discord_http
from support.hostile_server import (
    OK,
    Server,
    closed_port,
    drip,
    flood,
    flooding,
    hang,
    reset,
    saying,
    serving,
    talking_at_once,
)
from support.proxy import Proxy
from support.tls import make_authority

TOKEN = "s3cret-T0ken"
PATH = f"/api/webhooks/123/{TOKEN}"
HOST = "localhost"
AWAY = "discord.test"  # exists nowhere: only a proxy gets there
VARIABLES = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"]
HUGE = b"x" * 20_000_000  # more than the buffers of both ends hold
TRANSPORTS = {"standard library": lambda: discord_http.request, "requests": RequestsTransport}


@pytest.fixture(params=list(TRANSPORTS))
def transport(request):
    return TRANSPORTS[request.param]()


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch):
    for name in (*VARIABLES, *map(str.upper, VARIABLES), "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def _fresh_trust():
    """For who changes what the environment says of authorities, which is read once."""
    http.tls_context.cache_clear()
    yield
    http.tls_context.cache_clear()


@pytest.fixture
def serve():
    with serving() as start:
        yield start


def failure_of(transport, url, *, body=b"{}", timeout_s=5.0):
    with pytest.raises(FetchFailed) as caught:
        transport("POST", url, body, {}, timeout_s)
    shown = "".join(traceback.format_exception(caught.type, caught.value, caught.tb))
    assert TOKEN not in shown.replace(repr(url), "")
    return caught.value


def at(server, **how):
    return server.url(PATH, **how)


# --- Answers -------------------------------------------------------------------------------------------------------


def test_what_is_sent_is_what_was_given(transport, serve):
    server = serve(OK)
    answered = transport(
        "PATCH", at(server) + "?thread_id=5", b'{"content": 1}', {"Content-Type": "application/json"}, 5
    )
    head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    line, *headers = head.split("\r\n")
    said = {name.lower(): value for name, value in (each.split(": ") for each in headers)}
    assert line == f"PATCH {PATH}?thread_id=5 HTTP/1.1"
    said.pop("connection", None)
    assert said == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": discord_http.USER_AGENT,
        "accept": "*/*",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "content-length": "14",
    }
    assert body == '{"content": 1}'
    assert (answered.status, answered.body) == (200, b"hi")
    assert 0 < answered.elapsed_ms < 5000


@pytest.mark.parametrize("status", [204, 301, 307, 308, 400, 401, 404, 429, 500, 503])
def test_any_status_is_an_answer_and_no_redirect_is_followed(transport, serve, status):
    elsewhere = serve(OK)
    said = f"HTTP/1.1 {status} x\r\nLocation: {at(elsewhere)}\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"
    answer = transport("POST", at(serve(said.encode())), b"{}", {}, 5)
    assert (answer.status, answer.headers["retry-after"], answer.body) == (status, "7", b"")
    assert elsewhere.requests == []


@pytest.mark.parametrize("location", ["http://[", "//", "\xff\x00", "javascript:1", "http://999.1.1.1:99999/"])
def test_where_a_redirect_leads_is_not_even_read(transport, serve, location):
    said = "HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 4\r\n\r\nbody".format(location)
    assert transport("GET", at(serve(said.encode("latin-1"))), None, {}, 5).body == b"body"


def test_chunks_are_put_together(transport, serve):
    server = serve(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert transport("GET", at(server), None, {}, 5).body == b"abcde"


def test_a_body_without_a_length_ends_with_the_connection(transport, serve):
    assert transport("GET", at(serve(b"HTTP/1.0 200 OK\r\n\r\nall of it")), None, {}, 5).body == b"all of it"


@pytest.mark.parametrize("status", [b"200 OK", b"302 Found\r\nLocation: /"])
def test_what_is_packed_is_not_unpacked(transport, serve, status):
    bomb = gzip.compress(b"\0" * 50_000_000)
    head = b"HTTP/1.1 %s\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % (status, len(bomb))
    assert transport("POST", at(serve(head + bomb)), b"{}", {}, 5).body == bomb


def test_cookies_are_not_kept(transport, serve):
    # Each is asked on a connection of its own: the one that is closed may not seem so when the next one goes out.
    server = serve(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    for _ in range(2):
        transport("GET", at(server), None, {}, 5)
    assert len(server.requests) == 2
    assert b"cookie" not in b"".join(server.requests).lower()


def test_who_is_asked_is_told_no_password_from_a_file(transport, serve, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("default login bob password hunter2\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    server = serve(OK)
    transport("GET", at(server), None, {}, 5)
    assert b"authorization" not in server.requests[0].lower()


# --- No usable answer ----------------------------------------------------------------------------------------------

CUT = "the connection was closed before the answer was complete"
TOO_LARGE = "the answer is longer than 1000000 bytes"


@pytest.mark.parametrize(
    ("answer", "kind", "detail"),
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "bad_status_line", "the answer is not HTTP", id="ssh"),
        pytest.param(b"\x00\xff\x00garbage\r\n\r\n", "bad_status_line", "the answer is not HTTP", id="garbage"),
        pytest.param(b"HTTP/7.3 200 OK\r\n\r\n", "bad_status_line", "the answer is not HTTP", id="unknown protocol"),
        pytest.param(b"", "cut", CUT, id="closed without a word"),
        pytest.param(reset, "cut", CUT, id="reset"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
            "cut",
            "the answer ended 96 bytes early",
            id="short body",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf", "cut", CUT, id="cut chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000000\r\n\r\n", "too_large", TOO_LARGE, id="announced"),
        pytest.param(flood, "too_large", TOO_LARGE, id="endless"),
        pytest.param(
            flooding(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"), "too_large", TOO_LARGE, id="endless redirect"
        ),
        pytest.param(
            flooding(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n"),
            "too_large",
            TOO_LARGE,
            id="endless chunk",
        ),
        pytest.param(
            flooding(b"HTTP/1.1 200 OK\r\nX: "), "other", "the request failed: LineTooLong", id="endless header"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
            "other",
            "the request failed: HTTPException",
            id="too many headers",
        ),
    ],
)
def test_what_is_not_a_whole_answer_is_named_and_may_have_arrived(transport, serve, answer, kind, detail):
    failure = failure_of(transport, at(serve(answer)))
    assert (failure.kind, failure.detail, failure.sent) == (kind, detail, True)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(hang, id="hangs"),
        pytest.param(drip(b""), id="drips its status line"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX: "), id="drips its headers"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n\r\n"), id="drips its body"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"), id="drips a body with a length"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n999\r\n"), id="drips a chunk"),
        pytest.param(drip(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"), id="drips a redirect"),
    ],
)
def test_the_deadline_is_of_the_whole_request(transport, serve, answer):
    failure = failure_of(transport, at(serve(answer)), timeout_s=0.4)
    assert (failure.kind, failure.detail, failure.sent) == ("timeout", "no complete answer within 0.4 s", True)


@pytest.mark.parametrize("answer", [pytest.param(reset, id="broken off"), pytest.param(hang, id="never read")])
def test_what_did_not_leave_as_a_whole_has_not_arrived(transport, serve, answer):
    failure = failure_of(transport, at(serve(answer)), body=HUGE, timeout_s=0.5)
    assert failure.kind in ("cut", "timeout")
    assert not failure.sent


def test_a_closed_port_is_refused(transport):
    failure = failure_of(transport, f"http://127.0.0.1:{closed_port()}{PATH}")
    assert (failure.kind, failure.detail, failure.sent) == ("refused", "connection refused", False)


def test_a_name_that_does_not_exist_is_named(transport):
    failure = failure_of(transport, f"https://host.invalid{PATH}")
    assert (failure.kind, failure.sent) == ("dns", False)
    assert failure.detail.startswith("the name host.invalid was not resolved: ")


def test_a_name_server_that_hangs_does_not_outlast_the_deadline(transport, monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(10))
    try:
        failure = failure_of(transport, f"https://slow.example{PATH}", timeout_s=0.2)
    finally:
        over.set()
    assert (failure.kind, failure.sent) == ("dns", False)


def test_the_next_address_of_a_name_is_tried(transport, serve, monkeypatch):
    server = serve(OK)
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", at)) for at in (closed_port(), server.port)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    assert transport("GET", f"http://two.example{PATH}", None, {}, 5).body == b"hi"


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1" + PATH, "http://" + PATH, "http://[::1" + PATH, "http://h:99999" + PATH]
)
def test_what_is_no_url_is_a_failure_like_any_other(transport, url):
    failure = failure_of(transport, url)
    assert (failure.kind, failure.sent) == ("other", False)


def test_a_header_that_would_end_the_headers_is_refused(transport, serve):
    server = serve(OK)
    with pytest.raises(FetchFailed) as caught:
        transport("GET", at(server), None, {"X-One": "1\r\nX-Two: 2"}, 5)
    assert (caught.value.kind, caught.value.sent) == ("other", False)
    assert server.requests == []


# --- TLS -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """The authority, and a certificate for *HOST* and key, as files."""
    return make_authority(tmp_path_factory.mktemp("tls"), HOST)


@pytest.fixture
def tls(certificates, _fresh_trust):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates[1])
    return context


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_authority_that_the_environment_names_is_believed_for_its_hosts_only(
    transport, serve, certificates, tls, monkeypatch, variable
):
    monkeypatch.setenv(variable, str(certificates[0]))
    server = serve(OK, context=tls)
    assert transport("POST", at(server, scheme="https", host=HOST), b"{}", {}, 5).body == b"hi"
    failure = failure_of(transport, at(server, scheme="https"))
    assert (failure.kind, failure.sent) == ("tls", False)
    assert failure.detail.startswith("TLS: ")
    assert len(server.requests) == 1


def test_an_authority_that_nobody_named_is_not_believed(transport, serve, tls):
    server = serve(OK, context=tls)
    failure = failure_of(transport, at(server, scheme="https", host=HOST))
    assert (failure.kind, failure.sent) == ("tls", False)
    assert "certificate" in failure.detail
    assert server.requests == []


def test_nobody_is_believed_besides(transport, serve, certificates, tls, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates[0]))
    assert transport("GET", at(serve(OK, context=tls), scheme="https", host=HOST), None, {}, 5).body == b"hi"
    assert http.tls_context("", str(certificates[0])).cert_store_stats()["x509"] == 1


def test_certificates_that_are_none_are_named(transport, serve, tls, tmp_path, monkeypatch):
    (tmp_path / "ca.pem").write_text("nothing")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    failure = failure_of(transport, at(serve(OK, context=tls), scheme="https", host=HOST))
    assert (failure.kind, failure.detail) == ("tls", "the certificates to trust are not PEM")


def test_a_handshake_that_hangs_does_not_outlast_the_deadline(transport):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        failure = failure_of(transport, f"https://127.0.0.1:{silent.getsockname()[1]}{PATH}", timeout_s=0.3)
    assert (failure.kind, failure.detail, failure.sent) == ("timeout", "no complete answer within 0.3 s", False)


def test_a_server_that_speaks_no_tls_is_named(transport):
    with talking_at_once() as port:
        failure = failure_of(transport, f"https://127.0.0.1:{port}{PATH}")
    assert failure.kind in ("tls", "cut")
    assert not failure.sent


# --- Proxies -------------------------------------------------------------------------------------------------------

BASIC = "Proxy-Authorization: Basic " + base64.b64encode("bob:p@ß".encode()).decode()


@pytest.fixture
def proxy(tmp_path, serve, monkeypatch, _fresh_trust):
    """Leads to a server that answers well, and shows a certificate that the environment believes."""
    authority, certificate = make_authority(tmp_path, AWAY)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    server = serve(OK)
    with Proxy(certificate, server.port) as running:
        running.behind = server
        monkeypatch.setenv("https_proxy", running.url.replace("//", "//bob:p%40%C3%9F@"))
        yield running


def test_a_proxy_leads_to_discord_and_sees_no_token(transport, proxy):
    assert transport("POST", f"https://{AWAY}{PATH}", b"{}", {}, 5).body == b"hi"
    [asked] = proxy.asked
    assert asked.startswith(f"CONNECT {AWAY}:443 HTTP/1.")
    assert BASIC in asked.split("\n")
    assert TOKEN not in asked
    assert b"proxy-authorization" not in proxy.behind.requests[0].lower()


def test_a_proxy_that_refuses_is_named(transport, proxy):
    proxy.refuses = "407 Proxy Authentication Required"
    failure = failure_of(transport, f"https://{AWAY}{PATH}")
    assert (failure.kind, failure.sent) == ("proxy", False)
    assert failure.detail == "the proxy 127.0.0.1 answered 407 Proxy Authentication Required"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(b"", "cut", id="closes"),
        pytest.param(b"\x00garbage\r\n\r\n", "bad_status_line", id="speaks no HTTP"),
        pytest.param(drip(b"HTTP/1.1 "), "timeout", id="drips"),
        pytest.param(hang, "timeout", id="hangs"),
    ],
)
def test_a_proxy_that_misbehaves_has_let_nothing_through(transport, serve, monkeypatch, answer, kind):
    monkeypatch.setenv("https_proxy", serve(answer).url(""))
    failure = failure_of(transport, f"https://{AWAY}{PATH}", timeout_s=0.3 if kind == "timeout" else 5)
    assert (failure.kind, failure.sent) == (kind, False)


def test_a_proxy_that_is_not_there_is_named(transport, monkeypatch):
    port = closed_port()
    monkeypatch.setenv("all_proxy", f"127.0.0.1:{port}")
    failure = failure_of(transport, f"https://{AWAY}{PATH}")
    assert (failure.kind, failure.sent) == ("proxy", False)
    assert failure.detail == f"the proxy 127.0.0.1:{port}: connection refused"


@pytest.mark.parametrize("proxy_url", ["socks5://127.0.0.1:1080", "https://127.0.0.1:3128", "http://"])
def test_a_proxy_of_another_kind_is_refused(transport, monkeypatch, proxy_url):
    monkeypatch.setenv("https_proxy", proxy_url)
    failure = failure_of(transport, f"https://{AWAY}{PATH}")
    assert (failure.kind, failure.sent) == ("proxy", False)
    assert failure.detail == "a proxy is named as http://host:port"


def test_without_tls_a_proxy_is_told_the_whole_address(transport, serve, monkeypatch):
    server = serve(OK)
    monkeypatch.setenv("http_proxy", server.url("", userinfo="bob:p%40%C3%9F@"))
    assert transport("GET", f"http://{AWAY}/x?y=1", None, {}, 5).body == b"hi"
    head = server.requests[0].decode().split("\r\n")
    assert head[0] == f"GET http://{AWAY}/x?y=1 HTTP/1.1"
    assert f"Host: {AWAY}" in head
    assert BASIC in head


def test_hosts_that_need_no_proxy_are_asked_without(transport, serve, monkeypatch):
    server = serve(OK)
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", server.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert transport("GET", at(server), None, {}, 5).body == b"hi"  # this machine
    monkeypatch.setenv("no_proxy", "other.example,.test")
    assert transport("GET", f"http://{AWAY}{PATH}", None, {}, 5).body == b"hi"


# --- Secrets -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(OK, id="well"),
        pytest.param(reset, id="reset"),
        pytest.param(b"HTTP/1.1 302 x\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", id="redirect"),
        pytest.param(b"HTTP/1.1 200 OK\r\nno header\r\nContent-Length: 0\r\n\r\n", id="broken header"),
    ],
)
def test_no_log_holds_the_token(transport, serve, caplog, answer):
    caplog.set_level(logging.DEBUG)
    for url in (at(serve(answer)), f"http://127.0.0.1:{closed_port()}{PATH}"):
        with contextlib.suppress(FetchFailed):
            transport("POST", url, b"{}", {}, 5)
    assert TOKEN not in caplog.text


def test_no_log_of_an_exception_holds_it_either(caplog):
    RequestsTransport()
    try:
        raise OSError("not reached: " + PATH)
    except OSError:
        logging.getLogger("urllib3.connectionpool").exception("%s is no good", PATH)
    assert "not reached: /api/webhooks/123/***" in caplog.text
    assert TOKEN not in caplog.text + repr(vars(caplog.records[-1]))


# --- Anything at all -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def parrot():
    server = Server(lambda server, connection: connection.sendall(server.says))
    yield server
    server.close()


HEADS = [
    b"",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 100 Go\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: ",
    b"HTTP/1.1 200 OK\r\nContent-Type: ",
    b"HTTP/1.1 200 OK\r\nSet-Cookie: ",
]


@given(st.sampled_from(HEADS), st.binary(max_size=200))
@example(HEADS[2], b"-5\r\nabcdefgh\r\n")
@example(HEADS[1], b"Content-Length: -1\r\n\r\nabc")
def test_both_find_the_same_in_whatever_is_sent(parrot, head, rest):
    parrot.says = head + rest

    def found(transport):
        try:
            answer = transport("GET", at(parrot), None, {}, 5)
        except FetchFailed as failure:
            return failure.kind, failure.detail, failure.sent
        return answer.status, answer.body

    assert found(RequestsTransport()) == found(discord_http.request)


# --- What only requests does ---------------------------------------------------------------------------------------


def keeps(*answers):
    """One connection: answers the first request, and then one more with each of *answers*."""

    def answer(server, connection):
        connection.sendall(OK)
        for each in answers:
            if not connection.recv(65536):
                return
            each(server, connection)

    return answer


def test_a_connection_is_used_again(serve):
    server = serve(keeps(saying(OK), saying(OK)))
    transport = RequestsTransport()
    assert [transport("GET", at(server), None, {}, 5).body for _ in range(3)] == [b"hi"] * 3
    assert len(server.requests) == 1  # of one connection


def test_a_connection_that_was_closed_meanwhile_is_not(serve):
    server = serve(OK)
    transport = RequestsTransport()
    for _ in range(3):
        transport("GET", at(server), None, {}, 5)
        for thread in server.threads[1:]:
            thread.join()
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("second", "kind"),
    [
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), "cut", id="cut"),
        pytest.param(saying(b""), "cut", id="closed"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX: "), "timeout", id="drips"),
        pytest.param(flooding(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n"), "too_large", id="too large"),
    ],
)
def test_a_connection_that_broke_is_not_used_again(serve, second, kind):
    server = serve(keeps(second))
    transport = RequestsTransport()
    transport("GET", at(server), None, {}, 5)
    failure = failure_of(transport, at(server), timeout_s=0.4 if kind == "timeout" else 5)
    assert (failure.kind, failure.sent) == (kind, True)
    assert transport("GET", at(server), None, {}, 5).body == b"hi"
    assert len(server.requests) == 2
