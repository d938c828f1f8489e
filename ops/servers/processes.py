"""The one table of every process: what it is called, how it starts, when it is ready, what must be ready before."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from connectors.stripe.webhooks import SUBSCRIBED
from ops.servers import datastores, kafka, ready, registry, s3
from ops.servers.install import kafka_home, registry_home, s3_home
from ops.servers.ports import Ports
from ops.servers.programs import HERE, REDIS, Machine, Program
from ops.servers.workspace import CHECKOUT, Workspace

SERVERS = ("postgres", "redis", "kafka", "registry", "s3", "stripe-double")
CONNECTORS = {
    "postgres": ("streams.projector",),
    "redis": ("connectors.main", "redis"),
    "s3": ("connectors.main", "s3"),
    "stripe": ("connectors.main", "stripe"),
}
PORT_OWNERS = {"kafka-controller": "kafka", "registry-management": "registry"}  # other ports bear their process's name
INHERITED = (
    "BLOOMFIELD_ENDED_DAYS",
    "BLOOMFIELD_HOLD_SECONDS",
    "BLOOMFIELD_PARTITIONS",
    "BLOOMFIELD_TOPIC_PREFIX",
    "BLOOMFIELD_RATE_PER_MINUTE",
    "BLOOMFIELD_REPLY_BUDGET_MS",
    "BLOOMFIELD_STRIPE_RATE",
)
DEPLOY = "deploy"  # not a process: the step between the servers and ours; ours come after it


def nothing() -> None:
    """Most processes need no preparation."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Process:
    name: str
    command: Callable[[], tuple[str, ...]]  # made when it is about to be started: `programs` are installed by then
    port: int
    ready: ready.Check
    environment: Mapping[str, str] = field(default_factory=dict)
    programs: tuple[Program, ...] = ()  # of the system, without which it has no command
    after: tuple[str, ...] = ()
    prepare: Callable[[], None] = nothing  # before the first start, native only
    after_ready: Callable[[], None] = nothing  # once it is ready, wherever it runs
    stop_signal: str = "TERM"
    stop_seconds: int = 15  # then SIGKILL

    @property
    def is_server(self) -> bool:
        return self.name in SERVERS


def port_names(*, workers: int, edges: int) -> list[str]:
    """Every port of a workspace. A worker's and a connector's is where its metrics are."""
    return [*SERVERS, *PORT_OWNERS, *(name for name, _ in our_lines(workers=workers, edges=edges))]


def port_owner(port_name: str) -> str:
    return PORT_OWNERS.get(port_name, port_name)


def stop_waves(processes: Iterable[Process]) -> list[list[Process]]:
    """Ours first, then servers that lean on another, then the rest: nobody loses what it needs while it shuts down."""
    processes = list(processes)
    ours = [process for process in processes if not process.is_server]
    leaning = [process for process in processes if process.is_server and process.after]
    return [ours, leaning, [process for process in processes if process.is_server and not process.after]]


def servers(workspace: Workspace, ports: Ports, machine: Machine = HERE) -> list[Process]:
    """The table may be made before any of them is installed: nothing in it is looked up until a server is started."""

    def password() -> str:
        return (workspace.secrets / "postgres").read_text()

    registry_url = f"http://127.0.0.1:{ports['registry']}{registry.API}"
    kafka_jars, registry_jars, s3_jars = kafka_home(workspace), registry_home(workspace), s3_home(workspace)
    table = [
        Process(
            name="postgres",
            command=lambda: datastores.postgres_command(workspace, ports, machine),
            programs=datastores.postgres_programs(),
            port=ports["postgres"],
            ready=ready.postgres_answers(datastores.dsn(ports["postgres"], "postgres"), password),
            prepare=lambda: datastores.postgres_prepare(workspace),
            after_ready=lambda: datastores.make_databases(ports["postgres"], password()),
            stop_signal="INT",  # PostgreSQL's fast shutdown; its SIGTERM waits until every client has gone home
        ),
        Process(
            name="redis",
            command=lambda: datastores.redis_command(workspace, ports, machine),
            programs=(REDIS,),
            port=ports["redis"],
            ready=ready.redis_answers(ports["redis"]),
            prepare=lambda: datastores.redis_prepare(workspace),
        ),
        Process(
            name="kafka",
            command=lambda: kafka.command(workspace, kafka_jars),
            port=ports["kafka"],
            ready=ready.kafka_answers(ports["kafka"]),
            prepare=lambda: kafka.prepare(workspace, ports, kafka_jars),
        ),
        Process(
            name="registry",
            command=lambda: registry.command(workspace, ports, registry_jars),
            port=ports["registry"],
            ready=ready.http_ok(f"{registry_url}/subjects"),
            after=("postgres",),
            prepare=lambda: registry.prepare(workspace),
            after_ready=lambda: registry.require_compatibility(registry_url),
        ),
        Process(
            name="s3",
            command=lambda: s3.command(workspace, ports, s3_jars),
            port=ports["s3"],
            ready=ready.http_ok(f"http://127.0.0.1:{ports['s3']}/healthz"),
            prepare=lambda: s3.prepare(workspace),
        ),
    ]
    # The double is not part of the installed distribution: only a checkout has tests.
    return table + ([_stripe_double(workspace, ports)] if (CHECKOUT / "tests/doubles/stripe").is_dir() else [])


def ours(environment: Mapping[str, str], ports: Ports, *, workers: int, edges: int) -> list[Process]:
    return [
        Process(
            name=name,
            command=_python("-m", *command),
            environment={**environment, "BLOOMFIELD_METRICS_PORT": str(ports[name])},
            port=ports[name],
            ready=ready.http_ok(f"http://127.0.0.1:{ports[name]}/readyz"),
            after=(DEPLOY,),
        )
        for name, command in (
            (name, tuple(part.format(port=ports.get(name)) for part in line))
            for name, line in our_lines(workers=workers, edges=edges)
        )
    ]


def our_lines(*, workers: int, edges: int) -> list[tuple[str, tuple[str, ...]]]:
    """Our processes by name: module and arguments; `{port}` is its own."""
    return [
        *((f"worker-{n}", ("streams.worker", "--slot", str(n))) for n in range(workers)),
        *((f"edge-{n}", ("api.main", "--slot", str(n), "--port", "{port}")) for n in range(edges)),
        *((f"connector-{name}", line) for name, line in CONNECTORS.items()),
    ]


def _python(*line: str) -> Callable[[], tuple[str, ...]]:
    return lambda: (sys.executable, *line)


def _stripe_double(workspace: Workspace, ports: Ports) -> Process:
    port, edge, data = ports["stripe-double"], f"http://127.0.0.1:{ports['edge-0']}", workspace.data / "stripe-double"
    return Process(
        name="stripe-double",
        command=_python("-m", *stripe_double_line(port, edge=edge, secrets=workspace.secrets, data=data)),
        port=port,
        ready=ready.http_ok(f"http://127.0.0.1:{port}/_double/health"),
    )


def stripe_double_line(port: int, *, edge: str, secrets: Path, data: Path) -> tuple[str, ...]:
    """Module and arguments. Its journal outlives it: the real Stripe does not forget when we stop either."""
    return (
        "tests.doubles.stripe",
        *("--port", str(port), "--webhook-url", f"{edge}/v1/webhooks/stripe", "--secrets", str(secrets)),
        *("--data", str(data / "journal.jsonl"), "--webhook-events", ",".join(SUBSCRIBED)),
    )


def inherited() -> dict[str, str]:
    """What the shell says about business settings (BLOOMFIELD_HOLD_SECONDS=60 bloomfield up) reaches every process.

    It holds until the next `up`, whose shell decides anew.
    """
    return {name: os.environ[name] for name in INHERITED if name in os.environ}
