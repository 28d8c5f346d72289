"""Accounts are looked up by name; who needs one that is not there says which setting names it."""

from __future__ import annotations

import pytest

from refit.core import accounts
from refit.core.errors import StagingError

WHERE = "refit_services.backend.user"


@pytest.mark.parametrize("look_up", [accounts.find, lambda name: accounts.required(name, WHERE, StagingError)])
def test_an_account_is_found_by_its_name_and_none_is_where_none_is_named(look_up):
    found = look_up("root")
    assert (found.uid, found.gid, found.name, found.home) == (0, 0, "root", "/root")
    assert 0 in found.groups
    assert look_up(None) is None


def test_an_account_that_is_not_there_is_none_to_who_can_do_without_it():
    assert accounts.find("no-such-user") is None


def test_an_account_that_is_needed_and_not_there_is_an_error_of_who_asks():
    with pytest.raises(StagingError, match="there is no user 'no-such-user' on this host") as failure:
        accounts.required("no-such-user", WHERE, StagingError)
    assert failure.value.where == WHERE
