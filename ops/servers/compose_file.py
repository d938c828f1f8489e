"""docker-compose.yml, made of the launcher's own table: the same processes, settings, versions and order.

`bloomfield schemas render` writes it, and a test fails when it is not what this says.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import yaml

from ops.servers import datastores, kafka, processes, registry, s3
from ops.servers.secret_files import SECRETS
from ops.servers.workspace import CHECKOUT

PATH = CHECKOUT / "docker-compose.yml"
HEADER = """\
# Made by `bloomfield schemas render` of the launcher's table (ops/servers), for machines with a Docker engine.
# `make up` chooses, gives every checkout a project name and ports of its own, and writes the secrets. By hand:
#   set -a; . var/run/compose.env; set +a; docker compose up --wait
"""
WORKERS, EDGES = 2, 1
USER = "${BLOOMFIELD_USER:-0:0}"  # the owner of the secret files
METRICS_PORT, EDGE_PORT, DOUBLE_PORT = 9100, 8000, 12111
DEFAULT_PORTS = {  # on the host's loopback, when the environment names no others
    "postgres": 15432,
    "redis": 16379,
    "kafka": 19092,
    "registry": 18080,
    "s3": 19000,
    "stripe-double": 12111,
    "edge-0": 18000,
    "worker-0": 19100,
    "worker-1": 19101,
    "connector-postgres": 19102,
    "connector-redis": 19103,
    "connector-stripe": 19104,
    "connector-s3": 19105,
}
S3_PORT, S3_FOLDER, S3_HOME = 9000, "/data", "/opt/s3proxy"  # the last as in its image
DOUBLE_FOLDER = "/var/lib/stripe-double"
ENVIRONMENT: dict[str, str | None] = {
    "BLOOMFIELD_KAFKA": "kafka:9092",
    "BLOOMFIELD_REGISTRY": f"http://registry:8080{registry.API}",
    "BLOOMFIELD_POSTGRES": f"postgresql://{datastores.USER}@postgres:5432/{datastores.DATABASES[0]}",
    "BLOOMFIELD_REDIS": "redis://redis:6379/0",
    "BLOOMFIELD_API": f"http://edge-0:{EDGE_PORT}",
    "BLOOMFIELD_STRIPE": f"http://stripe-double:{DOUBLE_PORT}",
    "BLOOMFIELD_S3": f"http://s3:{S3_PORT}",
    "BLOOMFIELD_S3_PUBLIC": f"http://127.0.0.1:${{BLOOMFIELD_PORT_S3:-{DEFAULT_PORTS['s3']}}}",  # for browsers
    "BLOOMFIELD_SECRETS": "/run/secrets",
    "BLOOMFIELD_METRICS_PORT": str(METRICS_PORT),
    "BLOOMFIELD_LISTEN": "0.0.0.0",  # noqa: S104 - inside its own network; outside only 127.0.0.1 is published
} | dict.fromkeys(processes.INHERITED)  # as the shell says, if it does
HEALTHY = {"condition": "service_healthy"}


def rendered() -> str:
    """The text of the file."""
    # As plain as it can be: no anchors, since nobody edits it.
    dumper = type("Plain", (yaml.SafeDumper,), {"ignore_aliases": lambda *_: True})
    return HEADER + yaml.dump(document(), Dumper=dumper, sort_keys=False, width=120)


def document() -> dict[str, Any]:
    """The file as Docker Compose reads it."""
    folder = "${BLOOMFIELD_SECRETS_FOLDER:-./var/run/secrets}"
    first, *other = datastores.DATABASES
    services = {"postgres": _postgres(first), "redis": _redis(), "kafka": _kafka(), "registry": _registry()}
    services |= {"s3": _s3(), "stripe-double": _stripe_double(), processes.DEPLOY: _deploy()}
    for name, line in processes.our_lines(workers=WORKERS, edges=EDGES):
        port = EDGE_PORT if name.startswith("edge") else METRICS_PORT
        services[name] = _ours(name, port, "/readyz", [part.format(port=port) for part in line])
    return {
        "name": "bloomfield",
        "services": services,
        "configs": {
            "databases": {"content": "".join(f"create database {name};" for name in other)},
            "s3": {"content": "# All is on the command line.\n"},
        },
        "secrets": {name: {"file": f"{folder}/{name}"} for name in (*SECRETS, registry.PASSWORD_FILE, s3.KEYS_FILE)},
        "volumes": {name: {} for name in ("postgres", "redis", "kafka", "s3", "stripe-double")},
    }


def _published(name: str, port: int) -> list[str]:
    return [f"127.0.0.1:${{BLOOMFIELD_PORT_{name.replace('-', '_').upper()}:-{DEFAULT_PORTS[name]}}}:{port}"]


def _server(name: str, port: int, *, test: list[str], **rest: Any) -> dict[str, Any]:
    healthcheck = {"test": ["CMD", *test], "interval": "1s", "retries": 60}
    return {"restart": "always", **rest, "ports": _published(name, port), "healthcheck": healthcheck}


def _postgres(database: str) -> dict[str, Any]:
    return _server(
        "postgres",
        5432,
        image="postgres:15",
        command=["postgres", *datastores.postgres_options()],
        environment={
            "POSTGRES_USER": datastores.USER,
            "POSTGRES_DB": database,
            "POSTGRES_PASSWORD_FILE": "/run/secrets/postgres",
            "POSTGRES_INITDB_ARGS": "--auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8",
        },
        secrets=["postgres"],
        configs=[{"source": "databases", "target": "/docker-entrypoint-initdb.d/databases.sql"}],
        volumes=["postgres:/var/lib/postgresql/data"],
        test=["pg_isready", "-h", "127.0.0.1", "-U", datastores.USER, "-d", datastores.DATABASES[-1]],
    )


def _redis() -> dict[str, Any]:
    command = ["redis-server", *datastores.redis_options()]
    return _server("redis", 6379, image="redis:7", command=command, volumes=["redis:/data"], test=["redis-cli", "ping"])


def _kafka() -> dict[str, Any]:
    here = {
        "log.dirs": "/var/lib/kafka/data",
        "listeners": "PLAINTEXT://:9092,HOST://:19092,CONTROLLER://127.0.0.1:9093",
        "advertised.listeners": "PLAINTEXT://kafka:9092,HOST://127.0.0.1:"
        f"${{BLOOMFIELD_PORT_KAFKA:-{DEFAULT_PORTS['kafka']}}}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,HOST:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.quorum.voters": "1@127.0.0.1:9093",
        "heap.opts": f"-Xmx{kafka.HEAP_MB}m",
        "jvm.performance.opts": "-XX:+UseSerialGC",
    }
    return _server(
        "kafka",
        19092,
        image=f"apache/kafka:{_version(kafka.POM, 'kafka_2.13')}",
        environment=_as_environment(kafka.SETTINGS | here, "KAFKA_"),
        volumes=["kafka:/var/lib/kafka/data"],
        test=["nc", "-z", "127.0.0.1", "9092"],
    )


def _registry() -> dict[str, Any]:
    here = {
        "apicurio.datasource.url": f"jdbc:postgresql://postgres:5432/{registry.DATABASE}",
        "quarkus.config.locations": f"/run/secrets/{registry.PASSWORD_FILE}",
        "quarkus.http.port": "8080",
        "java.opts.append": f"-Xmx{registry.HEAP_MB}m -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    }
    return _server(
        "registry",
        8080,
        image=f"apicurio/apicurio-registry:{_version(registry.POM, 'apicurio-registry-app')}",
        user=USER,
        environment=_as_environment(registry.SETTINGS | here),
        secrets=[registry.PASSWORD_FILE],
        depends_on={"postgres": HEALTHY},
        test=["curl", "-fs", f"http://127.0.0.1:8080{registry.API}/subjects"],
    )


def _s3() -> dict[str, Any]:
    # Its image has no curl.
    ask = f"exec 3<>/dev/tcp/127.0.0.1/{S3_PORT}; printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3"
    line = ["java", f"-Xmx{s3.HEAP_MB}m", "-XX:+UseSerialGC", f"@/run/secrets/{s3.KEYS_FILE}"]
    line += s3.options(f"http://0.0.0.0:{S3_PORT}", Path(S3_FOLDER))
    return _server(
        "s3",
        S3_PORT,
        image=f"andrewgaul/s3proxy:{_version(s3.POM, 's3proxy')}",
        command=[*line, "-jar", f"{S3_HOME}/s3proxy", "--properties", "/s3.properties"],
        secrets=[s3.KEYS_FILE],
        configs=[{"source": "s3", "target": "/s3.properties"}],
        volumes=[f"s3:{S3_FOLDER}"],
        test=["bash", "-c", f"{ask}; head -1 <&3 | grep -q ' 200 '"],
    )


def _image() -> dict[str, Any]:
    return {
        "build": {"context": ".", "dockerfile": "ops/Dockerfile"},
        "image": "bloomfield",
        "user": USER,
        "init": True,
        "environment": ENVIRONMENT,
        "secrets": list(SECRETS),
    }


def _ours(name: str, port: int, ready: str, line: list[str]) -> dict[str, Any]:
    ask = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{port}{ready}', timeout=2)"
    return _image() | {
        "restart": "always",
        "command": ["python", "-m", *line],
        "depends_on": {processes.DEPLOY: {"condition": "service_completed_successfully"}},
        "ports": _published(name, port),
        "healthcheck": {"test": ["CMD", "python", "-c", ask], "interval": "2s", "timeout": "5s", "retries": 60},
    }


def _stripe_double() -> dict[str, Any]:
    line = processes.stripe_double_line(
        DOUBLE_PORT, edge=f"http://edge-0:{EDGE_PORT}", secrets=Path("/run/secrets"), data=Path(DOUBLE_FOLDER)
    )
    service = _ours("stripe-double", DOUBLE_PORT, "/_double/health", list(line))
    return service | {"depends_on": {}, "volumes": [f"stripe-double:{DOUBLE_FOLDER}"]}


def _deploy() -> dict[str, Any]:
    """Migrations, schemas, topics; once, before anything of ours."""
    does = "from process.settings import Settings; from ops.deploy import deploy; deploy(Settings.from_environment())"
    return _image() | {
        "restart": "no",
        "command": ["python", "-c", does],
        "depends_on": {name: HEALTHY for name in processes.SERVERS if name != "stripe-double"},
        "healthcheck": {"disable": True},
    }


def _as_environment(settings: dict[str, str], prefix: str = "") -> dict[str, str]:
    """How both images spell a setting: upper case, dots to underscores."""
    return {f"{prefix}{name}".replace(".", "_").upper(): value for name, value in settings.items()}


def _version(pom: Path, artifact: str) -> str:
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    for dependency in ElementTree.parse(pom).iterfind(".//m:dependency", space):  # noqa: S314 - the file is ours
        if dependency.findtext("m:artifactId", namespaces=space) == artifact:
            return str(dependency.findtext("m:version", namespaces=space))
    raise LookupError(f"{pom} has no {artifact}")
