"""One Kafka broker that is its own controller (KRaft)."""

from __future__ import annotations

import base64
import shutil
import subprocess
import uuid
from pathlib import Path

from ops.servers.errors import StackError
from ops.servers.java import QUICK, jvm
from ops.servers.ports import Ports
from ops.servers.workspace import Workspace

POM = Path(__file__).with_name("pom.xml")
HEAP_MB = 512

# What any installation of ours must say; docker-compose.yml is made of it.
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",  # every topic stands in schemas/topics.py; a typing error makes none
    # One node: what is replicated elsewhere is kept once here.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Positions are kept as long as the log: after a quiet week (the default) a reader would begin again at the start.
    "offsets.retention.minutes": str(10 * 365 * 24 * 60),
    "group.initial.rebalance.delay.ms": "0",  # a small group is complete at once: do not wait three seconds for more
    # A killed worker's open transaction holds back every reader: look for expired ones each second, not each ten.
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    # A killed broker is not let in again until its old session has ended (9 s by default). With much less than this, a
    # busy machine fences a broker that is only slow.
    "broker.heartbeat.interval.ms": "1000",
    "broker.session.timeout.ms": "4500",
    # What a transaction costs (ops/decisions/0008): the coordinator is not asked twice about each partition, and
    # does not wait for more positions to write together with ours.
    "transaction.partition.verification.enable": "false",
    "group.coordinator.append.linger.ms": "0",
    "log.cleaner.dedupe.buffer.size": "16777216",  # the default takes a quarter of our heap
    "num.network.threads": "2",
    "num.io.threads": "4",
}

TOOLS = {
    "topics": "org.apache.kafka.tools.TopicCommand",
    "console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "configs": "kafka.admin.ConfigCommand",
    "get-offsets": "org.apache.kafka.tools.GetOffsetShell",
    "transactions": "org.apache.kafka.tools.TransactionsCommand",
    "delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
    "dump-log": "kafka.tools.DumpLogSegments",
}
OFFLINE_TOOLS = ("dump-log",)  # reads files, speaks to no broker


def properties(ports: Ports, log_dirs: Path) -> str:
    broker, controller = f"127.0.0.1:{ports['kafka']}", f"127.0.0.1:{ports['kafka-controller']}"
    here = {
        "listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{broker}",
        "controller.quorum.voters": f"1@{controller}",
        "log.dirs": str(log_dirs),
    }
    return "".join(f"{name}={value}\n" for name, value in (SETTINGS | here).items())


def prepare(workspace: Workspace, ports: Ports, home: Path) -> None:
    """Write the settings, and format the log folder once. An interrupted format is done again from the start."""
    config, log_dirs = workspace.run / "kafka.properties", workspace.data / "kafka"
    if not log_dirs.exists():
        half_done = workspace.data / "kafka.new"
        shutil.rmtree(half_done, ignore_errors=True)
        config.write_text(properties(ports, half_done))
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = [*tool_command(home, "kafka.tools.StorageTool"), "format", f"--cluster-id={cluster}", "-c", str(config)]
        done = subprocess.run(tool, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StackError(f"Kafka's log folder could not be formatted:\n{done.stdout}{done.stderr}")
        half_done.rename(log_dirs)
    config.write_text(properties(ports, log_dirs))


def command(workspace: Workspace, home: Path) -> tuple[str, ...]:
    config = str(workspace.run / "kafka.properties")
    # With the good compiler, too: once warm, half the CPU for a transaction (ops/decisions/0008).
    return (*jvm(heap_mb=HEAP_MB), *_logging("warn"), "-cp", f"{home}/*", "kafka.Kafka", config)


def tool_command(home: Path, tool_class: str) -> list[str]:
    """One of Kafka's own command-line tools."""
    return [*jvm(QUICK, heap_mb=256), *_logging("error"), "-cp", f"{home}/*", tool_class]


def _logging(level: str) -> list[str]:
    prefix = "-Dorg.slf4j.simpleLogger"
    return [f"{prefix}.defaultLogLevel={level}", f"{prefix}.showDateTime=true", f"{prefix}.dateTimeFormat=HH:mm:ss.SSS"]
