"""Which partition a key goes to, and ids that go where their neighbours are."""

from __future__ import annotations

from functools import lru_cache
from itertools import count

from aiokafka.partitioner import murmur2

from schemas.envelope import derive_id


@lru_cache(maxsize=200_000)
def partition_of(key: str, partitions: int) -> int:
    """The partition of a key: Java's murmur2, as Kafka Streams, Faust and `murmur2_random` compute it."""
    return int(murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def derive_near(neighbour: str, parent: str, name: str, partitions: int) -> str:
    """Derive an id as `derive_id` does, but one whose key goes to its neighbour's partition.

    A worker owns the same partition of every room: the checkout, the payment and the order of a cart are then decided
    with it, in its transaction, and not by sending commands from one worker to the other (ops/decisions/0009). Takes as
    many tries as there are partitions, on average. With another number of partitions the ids would be others: whoever
    derives says for how many.
    """
    home = partition_of(neighbour, partitions)
    tries = (derive_id(parent, f"{name}/{number}") for number in count())
    return next(found for found in tries if partition_of(found, partitions) == home)
