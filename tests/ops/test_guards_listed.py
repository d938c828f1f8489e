"""`make guards` takes long; that its list still stands for code that is there is seen here."""

from __future__ import annotations

from ops.servers.workspace import CHECKOUT
from tests.proofs.guards import GUARDS


def test_each_guard_of_the_list_stands_once_in_the_code_and_its_tests_are_there() -> None:
    for guard in GUARDS:
        assert (CHECKOUT / guard.file).read_text().count(guard.code) == 1, guard.name
        assert all((CHECKOUT / test).is_file() for test in guard.tests), guard.name
