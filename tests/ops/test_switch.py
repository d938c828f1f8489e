"""Who runs the servers: given addresses, else Docker Compose, else this machine."""

from __future__ import annotations

import pytest

from ops.servers.errors import AddressesError
from ops.servers.switch import ADDRESSES, Mode, choose, given

EVERYTHING = {name: f"elsewhere/{name}" for name in ADDRESSES}
SERVERS = {name: value for name, value in EVERYTHING.items() if name != "BLOOMFIELD_API"}


@pytest.mark.parametrize(
    ("foreign", "engine", "expected"),
    [
        (EVERYTHING, True, Mode.GIVEN),
        (EVERYTHING, False, Mode.GIVEN),
        (SERVERS, True, Mode.GIVEN),
        ({"BLOOMFIELD_KAFKA": "broker:9092"}, True, Mode.COMPOSE),
        ({"BLOOMFIELD_KAFKA": "broker:9092"}, False, Mode.NATIVE),
        ({}, True, Mode.COMPOSE),
        ({}, False, Mode.NATIVE),
    ],
)
def test_given_addresses_come_first_then_docker_then_this_machine(
    foreign: dict[str, str], engine: bool, expected: Mode
) -> None:
    assert choose(foreign, lambda: engine) is expected


def test_nobody_asks_for_an_engine_when_addresses_are_given() -> None:
    def never() -> bool:
        raise AssertionError("asked for an engine")

    assert choose(EVERYTHING, never) is Mode.GIVEN


@pytest.mark.parametrize("missing", sorted(SERVERS))
def test_half_a_set_of_addresses_is_refused_by_name(missing: str) -> None:
    some = {name: value for name, value in SERVERS.items() if name != missing}
    with pytest.raises(AddressesError, match=missing):
        choose(some, lambda: True)


def test_own_addresses_read_back_from_the_shell_are_not_foreign() -> None:
    assert given(EVERYTHING, own=EVERYTHING) == {}
    assert given({"PATH": "/bin"}, own={}) == {}
    assert given({**EVERYTHING, "BLOOMFIELD_KAFKA": "broker:9092"}, own=EVERYTHING) == {
        "BLOOMFIELD_KAFKA": "broker:9092"
    }
