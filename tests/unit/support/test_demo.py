"""The demo's servers lie in the clone or, where that is somebody else's, where nobody else leads root elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from refit.core.beneath import check_kept
from support.demo import make_place, remove_place

STRANGER = 65534


@pytest.mark.parametrize(
    "owner",
    [None, pytest.param(STRANGER, marks=pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give it away"))],
)
def test_the_place_of_the_servers_is_empty_roots_own_and_gone_when_it_is_removed(
    tmp_path: Path, owner: int | None
) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    if owner is not None:
        os.chown(clone, owner, owner)

    for _ in range(2):  # also where a run was killed
        place = make_place(clone / ".demo")
        check_kept(str(place), "the demo")
        assert list(place.iterdir()) == []
        assert (clone / ".demo").resolve() == place
        (place / "fleet.json").touch()
    remove_place(clone / ".demo")

    assert not place.exists()
    assert not os.path.lexists(clone / ".demo")
