"""Every private thing of Faust, aiokafka and librdkafka that the engine leans on. An upgrade that moves one fails."""

from __future__ import annotations

import inspect
import struct
from importlib.metadata import version

import aiokafka
import faust
import pytest
from aiokafka.consumer.consumer import AIOKafkaConsumer
from aiokafka.consumer.group_coordinator import GroupCoordinator
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from faust.tables import TableManager
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer as FaustConsumer
from faust.transport.consumer import ThreadDelegateConsumer
from faust.transport.drivers import aiokafka as driver

from schemas.placing import partition_of
from streams.runtime.feed import Fence, NoMember
from tests.waiting import eventually

# Java's own: org.apache.kafka.common.utils.Utils.murmur2, as Kafka Streams and the Java producer place these keys.
GOLDEN = {"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536, "abc": 479470107}


def test_the_versions_are_the_ones_that_were_read() -> None:
    assert {name: version(name) for name in ("faust-streaming", "aiokafka", "confluent-kafka")} == {
        "faust-streaming": "0.15.3",
        "aiokafka": "0.14.0",
        "confluent-kafka": "2.16.1",
    }


@pytest.mark.parametrize(("key", "hashed"), GOLDEN.items())
def test_keys_are_placed_as_java_places_them(key: str, hashed: int) -> None:
    assert partition_of(key, 1000) == (hashed & 0x7FFFFFFF) % 1000


def test_fausts_consumer_still_fetches_through_what_the_batch_feed_overrides() -> None:
    assert list(inspect.signature(FaustConsumer.getmany).parameters) == ["self", "timeout"]
    assert list(inspect.signature(FaustConsumer._wait_next_records).parameters) == ["self", "timeout"]
    source = inspect.getsource(FaustConsumer.getmany)
    for leaned_on in ("_wait_next_records", "flow_active", "consumer_generation_id", "_to_message", "should_stop"):
        assert leaned_on in source
    drain = inspect.getsource(FaustConsumer._drain_messages)  # `_read_offset` None: nothing is dropped as read before
    assert "get_read_offset = self._read_offset.__getitem__" in drain and "if r_offset is None or offset" in drain
    assert list(inspect.signature(driver.Consumer._commit).parameters) == ["self", "offsets"]
    assert "self._buffered_partitions = set()" in inspect.getsource(FaustConsumer.__init__)


def test_faust_still_keeps_aiokafkas_consumer_where_the_fence_is_read_from() -> None:
    assert "self._thread = self._new_consumer_thread()" in inspect.getsource(ThreadDelegateConsumer.__init__)
    assert "_consumer: Optional[aiokafka.AIOKafkaConsumer] = None" in inspect.getsource(driver.AIOKafkaConsumerThread)


def test_faust_still_makes_its_consumer_where_the_read_committed_one_is_put() -> None:
    assert "aiokafka.AIOKafkaConsumer(" in inspect.getsource(driver.AIOKafkaConsumerThread._create_worker_consumer)
    assert driver.aiokafka is aiokafka
    assert "_coordinator.generation" in inspect.getsource(driver.ConsumerRebalanceListener.on_partitions_assigned)


def test_fausts_table_manager_still_starts_as_ours_does_without_its_wait() -> None:
    body = inspect.getsource(TableManager.on_start).split('"""')[2].split()
    assert " ".join(body) == (
        "await self.sleep(1.0) if not self.should_stop: await self._update_channels() await self.recovery.start()"
    )


def test_faust_still_makes_folders_for_tables_where_ours_makes_none() -> None:
    assert "self._create_directories()" in inspect.getsource(faust.App)
    assert inspect.getsource(faust.App._create_directories).count("mkdir") == 3


def test_faust_still_tells_when_a_rebalance_begins_and_ends() -> None:
    assert "on_rebalance_start()" in inspect.getsource(driver.ConsumerRebalanceListener.on_partitions_revoked)
    assert "app.on_rebalance_end()" in inspect.getsource(Recovery._resume_streams)


def test_aiokafkas_coordinator_still_knows_its_generation_and_member() -> None:
    source = inspect.getsource(GroupCoordinator.__init__)
    assert "self.generation" in source
    assert "self.member_id" in source


def test_aiokafka_still_leaves_the_group_for_all_but_static_members() -> None:
    source = inspect.getsource(GroupCoordinator._maybe_leave_group)
    assert "self.generation > 0 and self._group_instance_id is None" in source
    assert "await self._coordinator.close()" in inspect.getsource(AIOKafkaConsumer.stop)


def test_aiokafka_still_tells_the_last_stable_offset_of_an_assigned_partition() -> None:
    assert "state_value(partition).lso" in inspect.getsource(AIOKafkaConsumer.last_stable_offset)


def test_group_metadata_is_serialised_as_the_fence_writes_it(kafka: str, topic_prefix: str) -> None:
    """The broker takes the right generation, and refuses another and a stranger: abortable, nothing committed."""
    names = [f"{topic_prefix}in", f"{topic_prefix}out"]
    admin = AdminClient({"bootstrap.servers": kafka})
    for future in admin.create_topics([NewTopic(name, 1, 1) for name in names]).values():
        future.result(30)
    group = f"{topic_prefix}group"
    member = Consumer({"bootstrap.servers": kafka, "group.id": group, "enable.auto.commit": False})
    member.subscribe([names[0]])
    eventually(lambda: (member.poll(0.2), member.assignment())[1])
    real = bytes(member.consumer_group_metadata())
    generation = struct.unpack("<i", real[7:11])[0]
    assert Fence(group=group, member=member.memberid(), generation=generation).metadata == real

    out = Producer({"bootstrap.servers": kafka, "transactional.id": f"{topic_prefix}pin"})
    out.init_transactions(30)

    def commits(fence: Fence) -> str:
        out.begin_transaction()
        out.produce(names[1], b"x")
        try:
            out.send_offsets_to_transaction([TopicPartition(names[0], 0, 7)], fence.metadata, 10)
            out.commit_transaction(10)
        except KafkaException as refused:
            error = refused.args[0]
            assert error.txn_requires_abort() and not error.fatal()
            out.abort_transaction(10)
            return str(error.name())
        return "committed"

    right = Fence(group=group, member=member.memberid(), generation=generation)
    assert commits(right) == "committed"
    assert commits(Fence(group=group, member=member.memberid(), generation=generation + 1)) == "ILLEGAL_GENERATION"
    assert commits(Fence(group=group, member="nobody", generation=generation)) == "UNKNOWN_MEMBER_ID"
    assert commits(right) == "committed"
    with pytest.raises(NoMember):  # the broker would take them from nobody in particular, whoever has the partition
        Fence(group=group, member="", generation=-1)
    member.close()


def test_faust_still_keeps_no_accounts_of_offsets_for_a_topic_without_acks() -> None:
    assert "if acks_enabled:\n" in inspect.getsource(FaustConsumer._drain_messages)
    assert "acks_enabled_for(message.topic)" in inspect.getsource(FaustConsumer.ack)
    assert "self._unacked_messages = WeakSet()" in inspect.getsource(FaustConsumer.__init__)  # or they would pile up
