"""What `sha256sum` writes is read back, whatever the files are called."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.artifacts.checksums import digest_of, listed_sum, normal_sha256
from refit.core.errors import InvalidInput, StagingError

ONE, TWO = "1" * 64, "ab" * 32


@pytest.mark.parametrize(
    "line",
    [
        f"{ONE}  app.jar",
        f"{ONE} *app.jar",
        f"{ONE}  ./app.jar",
        f"{ONE}  app.jar\r",
        f"SHA256 (app.jar) = {ONE}",
    ],
)
def test_every_way_to_write_a_line_is_read(line):
    text = "\n".join([f"{TWO}  other.jar", line, "# a comment", f"{TWO}  dist/app.jar", ""])
    assert listed_sum(text, "app.jar", "SHA256SUMS") == ONE


def test_a_checksum_in_capitals_is_the_same_one():
    assert listed_sum(f"{TWO.upper()}  app.jar", "app.jar", "SHA256SUMS") == TWO
    assert normal_sha256(f" {TWO.upper()}\n") == TWO


@pytest.mark.parametrize("text", ["", "garbage", f"{ONE}  dist/app.jar", f"{ONE[:-1]}  app.jar", f"{ONE}  xapp.jar"])
def test_a_file_that_is_not_named_has_no_checksum(text):
    assert listed_sum(text, "app.jar", "SHA256SUMS") is None


def test_a_file_with_two_checksums_is_refused_and_the_same_one_twice_is_not():
    assert listed_sum(f"{ONE}  app.jar\n{ONE} *app.jar", "app.jar", "SHA256SUMS") == ONE
    with pytest.raises(StagingError, match="2 different checksums"):
        listed_sum(f"{ONE}  app.jar\n{TWO}  app.jar", "app.jar", "SHA256SUMS")


@pytest.mark.parametrize("text", ["abc", "g" * 64, ONE + "0", f"{ONE}  app.jar"])
def test_what_is_no_checksum_is_refused(text):
    with pytest.raises(InvalidInput, match="64 hexadecimal digits"):
        normal_sha256(text)


@pytest.mark.parametrize("text", [None, "", "  "])
def test_no_checksum_is_none(text):
    assert normal_sha256(text) is None


@given(st.binary(max_size=300))
def test_a_digest_is_of_all_that_is_left_to_read(content):
    assert digest_of(io.BytesIO(content)).hexdigest() == hashlib.sha256(content).hexdigest()


@given(st.text(), st.sampled_from(["app.jar", "a b.whl", "릴리스.zip"]))
def test_any_text_gives_a_checksum_or_none(text, name):
    found = listed_sum(text, name, "SHA256SUMS")
    assert found is None or len(found) == 64


NAMES = ["app-1.0.tar.gz", "a b.jar", "릴리스.zip", "*star", " leading", "back\\slash", "new\nline", "(paren) = x"]


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum is not here")
@pytest.mark.parametrize("options", [[], ["--binary"], ["--tag"]], ids=["text", "binary", "tag"])
def test_what_sha256sum_itself_writes_is_read(tmp_path, options):
    for name in NAMES:
        (tmp_path / name).write_text(name)
    command = ["sha256sum", *options, "--", *NAMES]
    text = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout.decode()
    for name in NAMES:
        if "--tag" in options and ("\\" in name or "\n" in name):
            continue
        assert listed_sum(text, name, "SHA256SUMS") == hashlib.sha256(name.encode()).hexdigest(), name
