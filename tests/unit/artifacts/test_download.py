"""An artifact comes from real web servers, good ones and bad ones, whole and proven or not at all."""

from __future__ import annotations

import hashlib
import os
import select
import shutil
import socket
import subprocess
import sys
import traceback
from dataclasses import replace
from pathlib import Path

import pytest

from refit.artifacts.download import Limits, check_reachable, download
from refit.artifacts.location import Location, Way
from refit.core.errors import StagingError
from refit.core.system import Clock
from support.artifact_server import ArtifactServer, Authority, Proxy, redirect, refuse

ROOT = Path(__file__).resolve().parents[3]
CONTENT = bytes(range(256)) * 4096  # 1 MiB
SUM = hashlib.sha256(CONTENT).hexdigest()
PATH = "/builds/app.tar.gz"


class Patient(Clock):
    """Notes how long one would have slept."""

    def __init__(self):
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture
def site():
    with ArtifactServer({PATH: CONTENT}) as server:
        yield server


@pytest.fixture
def target(tmp_path):
    (tmp_path / "incoming").mkdir()
    return tmp_path / "incoming" / "app.tar.gz"


LIMITS = Limits(deadline_s=20)


def fetch(url, target, *, headers=None, sha256=SUM, way=None, limits=LIMITS, clock=None):
    way = way or Way(idle_s=5)
    return download(Location.parse(url, headers), str(target), sha256, way, limits, clock or Patient())


def refusal(url, target, **options):
    """The error of a download that must fail, and must leave nothing behind."""
    with pytest.raises(StagingError) as caught:
        fetch(url, target, **options)
    assert os.listdir(target.parent) == []
    assert caught.value.next_command
    return caught.value


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# --- What is there, and what a dead run left ------------------------------------------------------------------------


def test_a_file_arrives_whole_and_for_its_owner_only(site, target):
    assert fetch(site.url(PATH), target) == len(CONTENT)
    assert target.read_bytes() == CONTENT
    assert target.stat().st_mode & 0o777 == 0o600
    assert os.listdir(target.parent) == [target.name]


def test_a_file_that_is_there_with_the_same_content_is_not_asked_for(site, target):
    target.write_bytes(CONTENT)
    assert fetch(site.url(PATH), target) == 0
    assert site.requests == []


def test_a_file_of_the_same_name_with_other_content_is_replaced(site, target):
    target.write_bytes(b"last week's build")
    assert fetch(site.url(PATH), target) == len(CONTENT)
    assert target.read_bytes() == CONTENT


def test_what_a_dead_run_had_received_is_not_fetched_again(site, target):
    partial = target.with_name(target.name + ".part")
    partial.write_bytes(CONTENT[:700_000])
    assert fetch(site.url(PATH), target) == len(CONTENT) - 700_000
    assert site.requests[0].headers["range"] == "bytes=700000-"
    assert target.read_bytes() == CONTENT

    target.unlink()
    partial.write_bytes(CONTENT)
    assert fetch(site.url(PATH), target) == 0
    assert target.read_bytes() == CONTENT
    assert len(site.requests) == 1


@pytest.mark.parametrize("left", [b"x" * 500_000, b"x" * (2 * len(CONTENT))], ids=["shorter", "longer"])
def test_what_a_dead_run_left_of_another_file_is_given_up(site, target, left):
    target.with_name(target.name + ".part").write_bytes(left)
    fetch(site.url(PATH), target)
    assert target.read_bytes() == CONTENT
    assert site.requests[-1].headers.get("range") is None


def test_a_link_in_the_way_is_not_followed(site, target, tmp_path):
    precious = tmp_path / "precious"
    precious.write_bytes(b"keep me")
    target.symlink_to(precious)
    fetch(site.url(PATH), target)
    assert precious.read_bytes() == b"keep me"
    assert not target.is_symlink()


# --- Networks that fail ---------------------------------------------------------------------------------------------


def test_a_connection_that_is_cut_is_taken_up_where_it_ended(site, target):
    site.cuts = [400_000, 300_000]
    clock = Patient()
    assert fetch(site.url(PATH), target, clock=clock) == len(CONTENT)
    assert target.read_bytes() == CONTENT
    assert [request.headers.get("range") for request in site.requests] == [None, "bytes=400000-", "bytes=700000-"]
    assert site.sent == len(CONTENT)
    assert clock.slept == [1.0, 2.0]


def test_a_server_that_knows_no_ranges_is_asked_for_the_whole_again(site, target):
    site.ranges, site.cuts = False, [400_000]
    fetch(site.url(PATH), target)
    assert target.read_bytes() == CONTENT
    assert site.sent == len(CONTENT) + 400_000


def test_a_connection_that_is_cut_again_and_again_is_given_up(site, target):
    site.ranges, site.cuts = False, [5000] * 50
    error = refusal(site.url(PATH), target)
    assert "ended 1043576 bytes early (5 attempts)" in str(error)
    assert len(site.requests) == 5


def test_a_file_that_changes_while_it_is_fetched_is_fetched_anew(site, target):
    old = bytes(reversed(CONTENT))
    site.answers[PATH] = lambda handler: (site.answers.clear(), handler._send(site, old))
    site.cuts = [400_000]
    fetch(site.url(PATH), target)
    assert target.read_bytes() == CONTENT


def test_a_server_that_falls_silent_is_asked_again(site, target):
    def stall(handler):
        site.answers.clear()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.end_headers()
        handler.wfile.write(CONTENT[:1000])
        handler.wfile.flush()
        handler.connection.settimeout(5)
        handler.connection.recv(1)  # until the other side hangs up

    site.answers[PATH] = stall
    fetch(site.url(PATH), target, way=Way(idle_s=0.2))
    assert target.read_bytes() == CONTENT
    assert len(site.requests) == 2


def test_a_server_that_drips_does_not_outlast_the_deadline(site, target):
    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.end_headers()
        while not select.select([handler.connection], [], [], 0.02)[0]:  # until the other side hangs up
            handler.wfile.write(b"x")

    site.answers[PATH] = drip
    error = refusal(site.url(PATH), target, limits=Limits(deadline_s=0.5))
    assert "not within 0.5 s" in str(error)
    assert "refit_artifact.deadline_s" in str(error.next_command)


def test_a_server_that_is_overloaded_for_a_moment_is_asked_again(site, target):
    site.answers[PATH] = lambda handler: (site.answers.clear(), handler.answer(503, b""))
    fetch(site.url(PATH), target)
    assert target.read_bytes() == CONTENT


def test_a_port_that_nobody_listens_on_is_named_after_all_attempts(target):
    error = refusal(f"http://127.0.0.1:{closed_port()}{PATH}", target)
    assert "connection refused (5 attempts)" in str(error)


# --- What is not the file -------------------------------------------------------------------------------------------

EXPIRED = b"<Error><Code>ExpiredToken</Code><StringToSign>hunter2</StringToSign></Error>"


@pytest.mark.parametrize(
    ("answer", "said", "advice"),
    [
        (refuse(404), "answered 404", "correct -e release_artifact"),
        (refuse(403, EXPIRED), "answered 403 ExpiredToken", "if a signature has expired"),
        (refuse(401), "answered 401", "refit_artifact.headers"),
        (refuse(500), "answered 500 (5 attempts)", "recovered"),
        (refuse(204), "answered 204", "curl"),
        (refuse(206, b"a part"), "answered 206", "curl"),
    ],
)
def test_an_answer_that_is_not_the_file_is_named(site, target, answer, said, advice):
    site.answers[PATH] = answer
    error = refusal(site.url(PATH), target)
    assert said in str(error)
    assert advice in str(error.next_command)
    assert "hunter2" not in str(error)


def test_another_checksum_is_an_error_and_is_not_tried_again(site, target):
    error = refusal(site.url(PATH), target, sha256="0" * 64)
    assert SUM in str(error)
    assert "0" * 64 in str(error)
    assert len(site.requests) == 1


def test_a_file_that_says_it_is_too_large_is_not_read(site, target):
    error = refusal(site.url(PATH), target, limits=replace(LIMITS, max_bytes=len(CONTENT) - 1))
    assert "refit_artifact.max_bytes" in str(error.next_command)
    assert fetch(site.url(PATH), target, limits=replace(LIMITS, max_bytes=len(CONTENT))) == len(CONTENT)


def test_a_file_that_does_not_say_how_large_it_is_is_read_to_the_limit_only(site, target):
    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(CONTENT)

    site.answers[PATH] = endless
    error = refusal(site.url(PATH), target, limits=replace(LIMITS, max_bytes=3 << 20))
    assert "larger than 3145728 bytes" in str(error)


def test_a_disk_without_room_is_named_before_anything_is_fetched(site, target, monkeypatch):
    usage = shutil.disk_usage(target.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1 << 20))
    error = refusal(site.url(PATH), target)
    assert f"{len(CONTENT)} bytes are still to come, and 1048576 are free" in str(error)
    assert f"df -h {target.parent}" in str(error.next_command)


def test_a_disk_that_becomes_full_leaves_nothing_and_says_so(site, target):
    # The server does not say how much will come; the disk is one of its own, smaller than that.
    def unannounced(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(CONTENT)

    site.answers[PATH] = unannounced
    program = (
        "import os, sys\n"
        "from refit.artifacts.download import *\n"
        "from refit.artifacts.location import Location, Way\n"
        "url, path, sha256 = sys.argv[1:]\n"
        "try:\n"
        "    download(Location(url), path, sha256, Way(), Limits())\n"
        "except Exception as error:\n"
        "    print(error, os.listdir(os.path.dirname(path)))\n"
    )
    script = 'mount -t tmpfs -o size=256k tmpfs "$1" && shift && exec "$@"'
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", script, "sh", str(target.parent)]
    command += [sys.executable, "-c", program, site.url(PATH), str(target), SUM]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "module_utils")}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip("this machine allows no file system of one's own")
    assert "No space left on device" in done.stdout, done.stderr
    assert "df -h" in done.stdout
    assert done.stdout.rstrip().endswith("[]")


# --- Redirects, TLS, proxies ----------------------------------------------------------------------------------------


def test_redirects_are_followed_and_headers_go_to_their_own_host_only(site, target):
    with ArtifactServer({"/real": CONTENT}) as other:
        site.answers = {"/a": redirect("/b", 301), "/b": redirect(other.url("/real?Signature=hunter2"), 307)}
        fetch(site.url("/a", userinfo="bob:pw@"), target, headers={"X-Token": "hunter2"})
        assert [request.headers["x-token"] for request in site.requests] == ["hunter2"] * 2
        assert all("authorization" in request.headers for request in site.requests)
        assert other.requests[0].query == "Signature=hunter2"
        assert not {"x-token", "authorization"} & set(other.requests[0].headers)
    assert target.read_bytes() == CONTENT


def test_redirects_that_lead_in_a_circle_end(site, target):
    site.answers = {PATH: redirect(PATH)}
    error = refusal(site.url(PATH), target)
    assert "redirects more than 5 times" in str(error)
    assert len(site.requests) == 6


def test_a_redirect_away_from_https_is_refused(authority, site, target):
    with ArtifactServer(context=authority.context(), answers={PATH: redirect(site.url(PATH + "?k=hunter2"))}) as secure:
        error = refusal(secure.url(PATH), target, way=Way(ca=authority.pem))
    assert "away from https" in str(error)
    assert "hunter2" not in str(error)
    assert site.requests == []


def test_a_ca_of_ones_own_is_trusted_only_where_it_is_named(authority, target):
    with ArtifactServer({PATH: CONTENT}, context=authority.context()) as secure:
        error = refusal(secure.url(PATH), target)
        assert "TLS" in str(error)
        assert "refit_artifact.ca" in str(error.next_command)
        assert "not PEM" in str(refusal(secure.url(PATH), target, way=Way(ca="nonsense")))
        assert secure.requests == []
        assert fetch(secure.url(PATH), target, way=Way(ca=authority.pem)) == len(CONTENT)


def test_a_cut_through_tls_is_taken_up_as_well(authority, target):
    with ArtifactServer({PATH: CONTENT}, context=authority.context(), cuts=[500_000]) as secure:
        fetch(secure.url(PATH), target, way=Way(ca=authority.pem))
        assert secure.requests[1].headers["range"] == "bytes=500000-"
    assert target.read_bytes() == CONTENT


def test_https_goes_through_the_proxy_with_its_credentials(authority, target):
    with Proxy("bob:p@ss") as proxy, ArtifactServer({PATH: CONTENT}, context=authority.context()) as secure:
        way = Way(ca=authority.pem, proxy=proxy.url("bob:p%40ss"))
        assert fetch(secure.url(PATH), target, way=way) == len(CONTENT)
        assert proxy.requests == [("CONNECT", f"127.0.0.1:{secure.port}")]
        assert "proxy-authorization" not in secure.requests[0].headers


def test_plain_http_goes_through_the_proxy_of_the_environment(target, monkeypatch):
    url = "http://builds.example/app.tar.gz"
    with Proxy() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url())
        monkeypatch.setenv("no_proxy", "127.0.0.1,.internal")
        content = b"by the proxy: " + url.encode()
        assert fetch(url, target, sha256=hashlib.sha256(content).hexdigest()) == len(content)
        with ArtifactServer({PATH: CONTENT}) as direct:
            fetch(direct.url(PATH), target)
        assert proxy.requests == [("GET", url)]


def test_a_proxy_that_leads_nowhere_is_named_without_its_password(authority, target):
    with Proxy("bob:right") as proxy, ArtifactServer({PATH: CONTENT}, context=authority.context()) as secure:
        error = refusal(secure.url(PATH), target, way=Way(ca=authority.pem, proxy=proxy.url("bob:hunter2")))
        assert "the proxy 127.0.0.1 answered 407" in str(error)
        assert "refit_artifact.proxy" in str(error.next_command)
        gone = Way(proxy=f"http://bob:hunter2@127.0.0.1:{closed_port()}")
        assert "connection refused" in str(refusal(secure.url(PATH), target, way=gone))
        assert "hunter2" not in str(error)


# --- Secrets, and looking without fetching --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [refuse(403), refuse(500), redirect("http://bob:hunter2@[::1/"), redirect("ftp://bob:hunter2@x/?hunter2")]
)
def test_no_error_shows_what_gives_access(site, target, answer):
    site.answers[PATH] = answer
    url = site.url(PATH + "?X-Amz-Signature=hunter2#hunter2", userinfo="bob:hunter2@")
    error = refusal(url, target, headers={"X-Token": "hunter2"})
    shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    assert site.url(PATH) in str(error)
    assert [line for line in shown.splitlines() if "hunter2" in line] == []


def test_looking_reads_the_size_and_not_the_file(site):
    assert check_reachable(Location.parse(site.url(PATH)), Way(), LIMITS) == len(CONTENT)
    with pytest.raises(StagingError, match="answered 404"):
        check_reachable(Location.parse(site.url("/none")), Way(), LIMITS)
    with pytest.raises(StagingError, match="refit_artifact.max_bytes"):
        check_reachable(Location.parse(site.url(PATH)), Way(), Limits(max_bytes=10))
    with pytest.raises(StagingError, match="connection refused"):
        check_reachable(Location(f"http://127.0.0.1:{closed_port()}/"), Way(), LIMITS)
