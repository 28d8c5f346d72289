"""One bounded request, against real sockets that misbehave in every way a service has been seen to."""

from __future__ import annotations

import base64
import socket
import ssl
import subprocess
import threading
import time
import traceback

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refit.core import http
from refit.core.http import FetchFailed, fetch
from refit.core.urls import without_userinfo
from support.hostile_server import OK, Server, closed_port, drip, flood, hang, reset, serving, talking_at_once

MARGIN_S = 0.5  # what a busy machine may add to a deadline


@pytest.fixture
def serve():
    with serving() as start:
        yield start


def failure_of(url, **options):
    options.setdefault("timeout_s", 2)
    with pytest.raises(FetchFailed) as caught:
        fetch(url, **options)
    assert str(caught.value) == caught.value.detail
    return caught.value


# --- Answers --------------------------------------------------------------------------------------------------------


def test_an_answer_comes_whole_with_its_headers_in_lower_case(serve):
    server = serve(b'HTTP/1.1 200 OK\r\nX-One: 1\r\nContent-Length: 15\r\n\r\n{"status":"UP"}')
    answer = fetch(server.url("/health"), timeout_s=2)
    assert (answer.status, answer.body, answer.headers["x-one"]) == (200, b'{"status":"UP"}', "1")
    assert 0 < answer.elapsed_ms < 2000


@pytest.mark.parametrize("status", [204, 301, 404, 500, 503])
def test_any_status_is_an_answer(serve, status):
    server = serve(b"HTTP/1.1 %d Whatever\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n" % status)
    assert fetch(server.url(), timeout_s=2).status == status
    assert len(server.requests) == 1, "a redirect was followed"


def test_chunks_are_put_together(serve):
    server = serve(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert fetch(server.url(), timeout_s=2).body == b"abcde"


def test_a_body_without_a_length_ends_with_the_connection(serve):
    assert fetch(serve(b"HTTP/1.0 200 OK\r\n\r\nall of it").url(), timeout_s=2).body == b"all of it"


def test_method_headers_and_body_are_sent_as_given(serve):
    server = serve(OK)
    fetch(server.url("/ask?q=1"), timeout_s=2, method="POST", headers={"accept": "text/plain"}, body=b"hello")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /ask?q=1 HTTP/1.1\r\n")
    assert b"accept: text/plain" in head
    assert b"Accept: */*" not in head
    assert body in (b"hello", b"")  # the body may come in a packet of its own
    assert b"Content-Length: 5" in head


def test_hangul_and_blanks_in_a_url_are_encoded(serve):
    server = serve(OK)
    fetch(server.url("/상태 확인?이름=값&kept=%20"), timeout_s=2)
    assert server.requests[0].startswith(
        b"GET /%EC%83%81%ED%83%9C%20%ED%99%95%EC%9D%B8?%EC%9D%B4%EB%A6%84=%EA%B0%92&kept=%20 HTTP/1.1\r\n"
    )


def test_no_proxy_is_used(serve, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:{}".format(closed_port()))
    assert fetch(serve(OK).url(), timeout_s=2).body == b"hi"


def test_an_ipv6_address_can_be_asked(serve):
    try:
        server = serve(OK, family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    assert fetch(server.url(host="[::1]"), timeout_s=2).body == b"hi"
    assert "\r\nHost: [::1]:{}\r\n".format(server.port).encode() in server.requests[0]


def test_the_next_address_of_a_name_is_tried(serve, monkeypatch):
    server = serve(OK)
    ports = (closed_port(), server.port)
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port)) for port in ports]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    assert fetch("http://two.example/", timeout_s=2).body == b"hi"


# --- No usable answer -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "bad_status_line", id="ssh"),
        pytest.param(b"\x00\xff\x00garbage\r\n\r\n", "bad_status_line", id="garbage"),
        pytest.param(b"HTTP/7.3 200 OK\r\n\r\n", "bad_status_line", id="unknown protocol"),
        pytest.param(b"", "cut", id="closed without a word"),
        pytest.param(reset, "cut", id="reset"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "cut", id="short body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf", "cut", id="cut chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000000\r\n\r\n", "too_large", id="announced"),
        pytest.param(flood, "too_large", id="endless"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n", "other", id="too many headers"),
    ],
)
def test_what_is_not_a_whole_answer_is_named(serve, answer, kind):
    assert failure_of(serve(answer).url()).kind == kind


def test_a_failure_says_whether_the_request_had_left(serve, monkeypatch):
    def breaks_off(_sock, _data):
        raise ConnectionResetError

    for answer in (reset, b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", flood, hang):
        assert failure_of(serve(answer).url(), timeout_s=0.5).sent
    assert not failure_of("http://127.0.0.1:{}/".format(closed_port())).sent
    assert not failure_of("http://no..such..name/").sent
    monkeypatch.setattr(http._DeadlineSocket, "sendall", breaks_off)
    assert not failure_of(serve(OK).url(), method="POST", body=b"news").sent


def test_a_body_of_exactly_the_limit_is_accepted(serve):
    server = serve(OK)
    assert fetch(server.url(), timeout_s=2, max_bytes=2).body == b"hi"
    assert failure_of(server.url(), max_bytes=1).kind == "too_large"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(hang, id="hangs"),
        pytest.param(drip(b""), id="drips its status line"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX: "), id="drips its headers"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"), id="drips its body"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n999\r\n"), id="drips a chunk"),
    ],
)
def test_the_deadline_holds_for_the_whole_request(serve, answer):
    server = serve(answer)
    started = time.monotonic()
    failure = failure_of(server.url(), timeout_s=0.3)
    assert failure.kind == "timeout"
    assert failure.detail == "no complete answer within 0.3 s"
    assert 0.25 <= time.monotonic() - started < 0.3 + MARGIN_S


def test_a_closed_port_is_refused():
    assert failure_of("http://127.0.0.1:{}/".format(closed_port())).kind == "refused"


def test_a_name_that_cannot_be_one_is_a_dns_failure():
    failure = failure_of("http://no..such..name/")
    assert failure.kind == "dns"
    assert "no..such..name" in failure.detail


def test_a_name_server_that_hangs_does_not_outlast_the_deadline(monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(10))
    started = time.monotonic()
    try:
        assert failure_of("http://slow.example/", timeout_s=0.2).kind == "dns"
    finally:
        over.set()
    assert time.monotonic() - started < 0.2 + MARGIN_S


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "http:///path", "http://[::1/", "http://127.0.0.1:99999/", "no url at all"]
)
def test_what_is_no_url_is_a_failure_like_any_other(url):
    assert failure_of(url).kind == "other"


# --- Secrets --------------------------------------------------------------------------------------------------------


def test_user_and_password_of_the_url_are_sent_and_not_shown(serve):
    server = serve(OK)
    fetch(server.url(userinfo="bob:p%40ss@"), timeout_s=2)
    assert base64.b64encode(b"bob:p@ss") in server.requests[0]
    assert "\r\nHost: 127.0.0.1:{}\r\n".format(server.port).encode() in server.requests[0]


@pytest.mark.parametrize("place", ["127.0.0.1:{closed}", "no..name", "[::1", "127.0.0.1:not-a-port"])
@pytest.mark.parametrize("secret", ["hunter2", "hun/ter2", "hun ter2", "hun:ter2"])
def test_no_message_holds_the_password(place, secret):
    failure = failure_of("http://bob:{}@{}/".format(secret, place.format(closed=closed_port())))
    shown = failure.detail + "".join(traceback.format_exception(type(failure), failure, None))
    assert "hun" not in shown
    assert "ter2" not in shown


def test_a_url_can_be_shown_without_its_user_and_password():
    assert without_userinfo("https://bob:pw@host:8080/a?b=c") == "https://host:8080/a?b=c"
    assert without_userinfo("http://host/a") == "http://host/a"


# --- TLS ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    paths = folder / "cert.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test"
    command += " -addext subjectAltName=IP:127.0.0.1 -out {} -keyout {}".format(*paths)
    try:
        subprocess.run(command.split(), check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is needed to make a certificate")
    return paths


@pytest.fixture
def tls_server(serve, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, certificate))
    return serve(OK, context=context)


@pytest.fixture
def fresh_trust():
    http.tls_context.cache_clear()
    yield
    http.tls_context.cache_clear()


def test_a_certificate_that_nobody_vouches_for_is_refused(tls_server):
    failure = failure_of(tls_server.url(scheme="https"))
    assert failure.kind == "tls"
    assert "self" in failure.detail
    assert not tls_server.requests


@pytest.mark.usefixtures("fresh_trust")
def test_a_trusted_certificate_is_accepted_for_its_own_host_only(tls_server, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    assert fetch(tls_server.url(scheme="https"), timeout_s=2).body == b"hi"
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *rest, **more: real("127.0.0.1", *rest, **more))
    assert failure_of(tls_server.url(scheme="https", host="other.example")).kind == "tls"


real = socket.getaddrinfo


def test_plain_http_where_tls_was_expected_is_a_tls_failure():
    with talking_at_once() as port:
        assert failure_of(f"https://127.0.0.1:{port}/").kind in ("tls", "cut")


def test_a_handshake_that_hangs_does_not_outlast_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        failure = failure_of("https://127.0.0.1:{}/".format(silent.getsockname()[1]), timeout_s=0.3)
    assert failure.kind == "timeout"
    assert time.monotonic() - started < 0.3 + MARGIN_S


# --- Anything at all ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def parrot():
    server = Server(lambda server, connection: connection.sendall(server.says))
    yield server
    server.close()


HEADS = [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"HTTP/1.1 100 Go\r\n"]


@given(st.sampled_from(HEADS), st.binary(max_size=200))
@example(HEADS[2], b"-5\r\nabcdefgh\r\n")
@example(HEADS[1], b"Content-Length: -1\r\n\r\nabc")
def test_whatever_is_sent_gives_an_answer_or_a_named_failure(parrot, head, rest):
    parrot.says = head + rest
    try:
        answer = fetch(parrot.url(), timeout_s=5, max_bytes=1000)
    except FetchFailed as failure:
        assert failure.kind in ("cut", "bad_status_line", "too_large", "other")  # noqa: PT017
    else:
        assert len(answer.body) <= 1000
