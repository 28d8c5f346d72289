"""A file is read whole or is not there; why it cannot be read is told with its path."""

from __future__ import annotations

import pytest

from refit.core.durable import read_text
from refit.core.errors import RefitError


def test_a_file_that_is_not_there_is_none(tmp_path):
    assert read_text(str(tmp_path / "none"), "read it") is None


def test_bytes_that_are_no_text_are_replaced(tmp_path):
    (tmp_path / "file").write_bytes(b"caf\xe9\n")
    assert read_text(str(tmp_path / "file"), "read it") == "caf\ufffd\n"


def test_what_cannot_be_read_is_told_with_its_path(tmp_path):
    with pytest.raises(RefitError, match="cannot read the settings: Is a directory") as failure:
        read_text(str(tmp_path), "read the settings")
    assert failure.value.where == str(tmp_path)
