"""Ids that go where their neighbours are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.placing import derive_near, partition_of
from schemas.topics import partitions_of

IDS = st.uuids().map(str)


@given(IDS, IDS, st.integers(1, 12))
def test_an_id_goes_to_its_neighbours_partition_and_is_the_same_each_time(
    neighbour: str, parent: str, partitions: int
) -> None:
    found = derive_near(neighbour, parent, "checkout", partitions)
    assert partition_of(found, partitions) == partition_of(neighbour, partitions)
    assert found == derive_near(neighbour, parent, "checkout", partitions)
    assert found != derive_near(neighbour, parent, "order", partitions)


def test_neighbours_do_not_share_ids() -> None:
    assert len({derive_near("c", f"parent-{number}", "order", 2) for number in range(2_000)}) == 2_000


def test_an_installation_chooses_its_partitions_and_a_wrong_number_is_named() -> None:
    assert partitions_of({}) == partitions_of({"BLOOMFIELD_PARTITIONS": ""}) == 2
    assert partitions_of({"BLOOMFIELD_PARTITIONS": "12"}) == 12
    for wrong in ("0", "-1", "two", " ", "1001"):
        with pytest.raises(ValueError, match=r"BLOOMFIELD_PARTITIONS is .* from 1 to 1000"):
            partitions_of({"BLOOMFIELD_PARTITIONS": wrong})
