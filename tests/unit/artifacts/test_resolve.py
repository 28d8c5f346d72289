"""Where an artifact comes from, and which checksum it must have, is known before a host is touched."""

from __future__ import annotations

import hashlib
import socket

import pytest

from refit.artifacts.download import Limits
from refit.artifacts.location import Way
from refit.artifacts.resolve import resolve
from refit.core.errors import InvalidInput, StagingError
from support.artifact_server import ArtifactServer, Authority, refuse

NAME = "app-1.0.tar.gz"
PATH = f"/builds/{NAME}"
CONTENT = b"the build"
SUM = hashlib.sha256(CONTENT).hexdigest()
OTHER = "0" * 64


class Shelf(dict):
    """An object store in memory: {(bucket, key): content}."""

    endpoint = "https://s3.example"

    def size(self, bucket, key):
        return len(self[bucket, key])

    def read(self, bucket, key, max_bytes):
        return self[bucket, key][:max_bytes] if (bucket, key) in self else None

    def presigned(self, bucket, key):
        return f"{self.endpoint}/{bucket}/{key}?X-Amz-Signature=hunter2"


def find(artifact, sha256=None, *, headers=None, ca="", store=None, max_bytes=1 << 20):
    way, limits = Way(ca=ca, idle_s=5), Limits(max_bytes=max_bytes)
    return resolve(str(artifact), sha256, headers=headers or {}, way=way, limits=limits, store=lambda: store)


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture
def site(authority):
    with ArtifactServer({PATH: CONTENT}, context=authority.context()) as server:
        yield server


@pytest.fixture
def built(tmp_path):
    path = tmp_path / NAME
    path.write_bytes(CONTENT)
    return path


def sums(value, name=NAME):
    return f"{value}  {name}\n"


# --- A file on the controller ---------------------------------------------------------------------------------------


def test_a_file_on_the_controller_has_the_checksum_it_has(built):
    found = find(built)
    assert (found.name, found.shown, found.sha256, found.size) == (NAME, NAME, SUM, len(CONTENT))
    assert found.location is None
    assert str(found.sha256_from) == "the file itself"


@pytest.mark.parametrize("given", [None, SUM, SUM.upper()])
def test_checksums_that_agree_are_fine(built, given):
    (built.parent / "SHA256SUMS").write_text(sums(OTHER, "other.jar") + sums(SUM))
    assert find(built, given).sha256_from == ("release_sha256" if given else "SHA256SUMS")


def test_a_file_that_is_not_what_its_checksum_says_is_refused(built):
    with pytest.raises(StagingError, match="expected was 0000.*release_sha256"):
        find(built, OTHER)
    (built.parent / "SHA256SUMS").write_text(sums(OTHER))
    with pytest.raises(StagingError, match="expected was 0000.*SHA256SUMS"):
        find(built)
    with pytest.raises(StagingError, match=f"release_sha256 is {SUM}, but SHA256SUMS beside the artifact says 0000"):
        find(built, SUM)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StagingError, match="No such file"):
        find(tmp_path / NAME)


# --- A URL ----------------------------------------------------------------------------------------------------------


def test_a_url_needs_a_checksum_from_somewhere(site, authority):
    with pytest.raises(StagingError, match="servers could stage different files") as caught:
        find(site.url(PATH), ca=authority.pem)
    assert [step.values.keys() for step in caught.value.steps] == [{"release_sha256"}]
    assert "SHA256SUMS" in str(caught.value.next_command)


def test_the_checksums_beside_a_url_are_honoured(site, authority):
    site.files["/builds/SHA256SUMS"] = sums(SUM).encode()
    found = find(site.url(PATH), ca=authority.pem)
    assert (found.sha256, found.sha256_from, found.size) == (SUM, "SHA256SUMS", len(CONTENT))
    assert find(site.url(PATH), SUM, ca=authority.pem).sha256_from == "release_sha256"
    with pytest.raises(StagingError, match="beside the artifact says"):
        find(site.url(PATH), OTHER, ca=authority.pem)


def test_what_gives_access_is_used_for_both_and_kept_apart(site, authority):
    site.files["/builds/SHA256SUMS"] = sums(SUM).encode()
    site.token = "Bearer hunter2"
    found = find(site.url(PATH + "?k=hunter2"), headers={"Authorization": "Bearer hunter2"}, ca=authority.pem)
    assert found.shown == site.url(PATH)
    assert found.location.full == site.url(PATH + "?k=hunter2")
    assert "hunter2" not in repr(found)
    assert {request.query for request in site.requests} == {"k=hunter2"}


def test_a_url_that_leads_to_nothing_is_refused_before_a_host_is_touched(site, authority):
    with pytest.raises(StagingError, match="answered 404"):
        find(site.url("/builds/none.zip"), SUM, ca=authority.pem)
    site.answers[PATH] = refuse(403, b"<Code>AccessDenied</Code>")
    with pytest.raises(StagingError, match="answered 403 AccessDenied"):
        find(site.url(PATH), SUM, ca=authority.pem)


def test_a_url_that_only_servers_can_reach_needs_the_checksum_to_be_given():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{probe.getsockname()[1]}{PATH}"
        found = find(url, SUM)
        assert "not checked from this machine: connection refused" in str(found.note)
        with pytest.raises(StagingError, match="connection refused"):
            find(url)


def test_plain_http_needs_a_checksum_that_came_another_way():
    with ArtifactServer({PATH: CONTENT, "/builds/SHA256SUMS": sums(SUM).encode()}) as plain:
        with pytest.raises(InvalidInput, match="can be changed on its way"):
            find(plain.url(PATH))
        assert plain.requests == []
        assert find(plain.url(PATH), SUM).sha256 == SUM


@pytest.mark.parametrize(
    "artifact",
    [
        "ftp://bob:hunter2@host/app.zip",
        "file:///etc/passwd?hunter2",
        "https://",
        "https:///app.zip",
        "https://bob:hunter2@[::1/app.zip",
        "https://host:port/app.zip",
        "https://host/a%2Fb.zip",
        "https://host/",
        "https://host/..?hunter2",
        "https://bob:hunter2@host/app.exe?hunter2",
        "s3://",
        "s3://bucket",
        "s3://bucket/builds/",
        "/no/such/app.exe",
    ],
)
def test_what_cannot_be_an_artifact_is_refused_without_its_secrets(artifact):
    with pytest.raises(InvalidInput) as caught:
        find(artifact, SUM, store=Shelf())
    assert caught.value.next_command or caught.value.steps
    assert "hunter2" not in str(caught.value)


# --- An object ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["", "builds/1/"])
def test_an_object_gets_a_url_of_its_own_and_the_checksums_beside_it_are_honoured(folder):
    store = Shelf({("b", folder + NAME): CONTENT, ("b", folder + "SHA256SUMS"): sums(SUM).encode()})
    found = find(f"s3://b/{folder}{NAME}", store=store)
    assert (found.shown, found.sha256, found.size) == (f"s3://b/{folder}{NAME}", SUM, len(CONTENT))
    assert found.location.query == "X-Amz-Signature=hunter2"
    assert "hunter2" not in found.location.url + repr(found)
    with pytest.raises(StagingError, match="beside the artifact says"):
        find(f"s3://b/{folder}{NAME}", OTHER, store=store)


def test_an_object_needs_a_checksum_and_a_size_within_the_limit():
    store = Shelf({("b", NAME): CONTENT})
    with pytest.raises(StagingError, match="different files"):
        find(f"s3://b/{NAME}", store=store)
    assert find(f"s3://b/{NAME}", SUM, store=store).sha256 == SUM
    with pytest.raises(StagingError, match="refit_artifact.max_bytes"):
        find(f"s3://b/{NAME}", SUM, store=store, max_bytes=1)


def test_an_object_store_without_tls_needs_the_checksum_to_be_given():
    store = Shelf({("b", NAME): CONTENT, ("b", "SHA256SUMS"): sums(SUM).encode()})
    store.endpoint = "http://minio.internal"
    with pytest.raises(InvalidInput, match="can be changed"):
        find(f"s3://b/{NAME}", store=store)
    assert find(f"s3://b/{NAME}", SUM, store=store).sha256 == SUM
