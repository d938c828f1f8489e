"""`make three-brokers`: a cluster as production has it; the broker that coordinates the workers is killed, five times.

Three brokers, three copies of everything, two of which must have each record (replication 3, min.insync 2), two workers
under a steady stream of stock commands. Prints how long nothing was decided after each kill, counted from the kill: the
brokers that are left go on. Then nothing may be lost or doubled, and the audit must be green.
"""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import time
import uuid
from dataclasses import dataclass
from typing import Annotated

import typer
from confluent_kafka.admin import AdminClient

from connectors.kafka.client import topic_name
from connectors.kafka.registry import load_codec
from ops import topics
from ops.audit import Verdict
from ops.bench.pacing import Stream
from ops.bench.stock import deliveries, holds_and_commits, send_all
from ops.proof import SAY, audit_decisions, expect_outages
from ops.servers import kafka, ports
from ops.servers.install import install, kafka_home
from ops.servers.own import own_workspace
from ops.servers.ready import kafka_answers
from ops.servers.stack import Stack
from ops.servers.supervisor import MARK
from ops.servers.switch import Mode
from ops.servers.workspace import Workspace
from ops.silences import COMMANDS_MAX, RATE, WORKERS, calm, conclude, silence_since
from process.settings import Settings
from tests.waiting import PATIENCE_SECONDS, eventually

BROKERS = 3
REPLICATION = {
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
}
AWAY_SECONDS = 8.0  # what a supervisor needs to have a broker back


@dataclass(slots=True)
class Broker:
    """One node: broker and controller, in a workspace of its own."""

    number: int
    workspace: Workspace
    ports: ports.Ports
    process: subprocess.Popen[bytes] | None = None

    def start(self, home: object) -> None:
        log = (self.workspace.logs / "kafka.log").open("ab")
        environment = {**os.environ, MARK: str(self.workspace.root)}
        command = kafka.command(self.workspace, home)  # type: ignore[arg-type]
        self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def kill(self) -> float:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        return time.monotonic()


class Cluster:
    """Three of them."""

    def __init__(self, workspace: Workspace) -> None:
        self.home = kafka_home(workspace)
        install(workspace, {"kafka"})
        self.brokers = []
        for number in range(1, BROKERS + 1):
            own = Workspace(root=workspace.root / f"broker-{number}", throwaway=True)
            own.make()
            self.brokers.append(Broker(number, own, ports.assign(own, ["kafka", "kafka-controller"])))
        self.address = ",".join(f"127.0.0.1:{each.ports['kafka']}" for each in self.brokers)

    def start(self) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        voters = ",".join(f"{each.number}@127.0.0.1:{each.ports['kafka-controller']}" for each in self.brokers)
        for broker in self.brokers:
            config, logs = broker.workspace.run / "kafka.properties", broker.workspace.data / "kafka"
            more = {"node.id": str(broker.number), "controller.quorum.voters": voters} | REPLICATION
            lines = [*kafka.properties(broker.ports, logs).splitlines(), *(f"{name}={more[name]}" for name in more)]
            config.write_text("\n".join(lines) + "\n")  # of a name that stands twice the last counts
            tool = kafka.tool_command(self.home, "kafka.tools.StorageTool")
            subprocess.run(
                [*tool, "format", f"--cluster-id={cluster}", "-c", str(config)], check=True, capture_output=True
            )
            broker.start(self.home)
        for broker in self.brokers:
            self.wait(broker)

    def wait(self, broker: Broker) -> None:
        check = kafka_answers(broker.ports["kafka"])

        def ready() -> bool:
            assert (missing := check()) is None, f"broker {broker.number}: {missing}"
            return True

        eventually(ready)

    def coordinator(self, settings: Settings) -> Broker:
        """The broker that keeps the workers' group."""
        admin, group = AdminClient({"bootstrap.servers": self.address}), topic_name(settings, "deciders")
        found = admin.describe_consumer_groups([group])[group].result(30)
        return next(each for each in self.brokers if each.number == found.coordinator.id)

    def whole(self, settings: Settings) -> bool:
        """Whether every partition has all its copies in step again."""
        there = AdminClient({"bootstrap.servers": self.address}).list_topics(timeout=20).topics
        return all(len(part.isrs) == BROKERS for topic in there.values() for part in topic.partitions.values())

    def stop(self) -> None:
        for broker in self.brokers:
            if broker.process is not None and broker.process.poll() is None:
                broker.process.kill()
                broker.process.wait()


def prove(stack: Stack, cluster: Cluster, kills: int) -> tuple[list[float], Stream, Verdict]:
    """Kill the coordinator so many times, and audit; returns each silence in seconds."""
    settings = stack.settings()
    stack.up("servers")
    topics.create(settings, replication=BROKERS)
    stack.up(only=WORKERS)
    codec = load_codec(settings)
    send_all(settings, deliveries(codec))
    silences: list[float] = []
    with Stream(settings, holds_and_commits(codec, COMMANDS_MAX), RATE) as stream:
        for number in range(1, kills + 1):
            calm(stack, stream)
            victim = cluster.coordinator(settings)
            moment = victim.kill()
            silences.append(silence_since(stream, moment))
            SAY.print(f"  {number}/{kills} broker {victim.number} coordinated and was killed: {silences[-1]:.1f} s")
            time.sleep(max(0.0, AWAY_SECONDS - (time.monotonic() - moment)))  # it is away for so long
            victim.start(cluster.home)
            cluster.wait(victim)
            eventually(lambda: cluster.whole(settings))
        stream.drain(PATIENCE_SECONDS)
    return silences, stream, audit_decisions(stack)


def main(kills: Annotated[int, typer.Option(min=1, help="How often the coordinator is killed.")] = 5) -> None:
    """Nothing is lost or doubled, and every silence is short."""
    expect_outages()
    with own_workspace("brokers") as workspace:
        workspace.make()
        cluster = Cluster(workspace)
        kafka = {"BLOOMFIELD_KAFKA": cluster.address}
        stack = Stack(workspace, workers=len(WORKERS), foreign=kafka, mode=Mode.NATIVE, owner=os.getpid())
        try:
            cluster.start()
            SAY.print(f"three brokers are ready; {kills} kills of the coordinator")
            found = prove(stack, cluster, kills)
        finally:
            stack.down()
            cluster.stop()
    conclude(*found)


if __name__ == "__main__":
    typer.run(main)
