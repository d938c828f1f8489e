"""Who runs the servers: whoever gave us their addresses, else Docker Compose, else this machine itself."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from enum import Enum

from ops.servers.errors import AddressesError
from ops.servers.programs import DOCKER, HERE

SERVER_ADDRESSES = (
    "BLOOMFIELD_KAFKA",
    "BLOOMFIELD_REGISTRY",
    "BLOOMFIELD_POSTGRES",
    "BLOOMFIELD_REDIS",
    "BLOOMFIELD_OPENSEARCH",
)
OUTSIDE_ADDRESSES = (
    "BLOOMFIELD_STRIPE",
    "BLOOMFIELD_S3",
    "BLOOMFIELD_SECRETS",
)  # go with them: whose database, whose password
LOG_ADDRESS = "BLOOMFIELD_KAFKA"
ADDRESSES = (*SERVER_ADDRESSES, *OUTSIDE_ADDRESSES, "BLOOMFIELD_API")
ENGINE_SECONDS_MAX = 10


class Mode(Enum):
    GIVEN = "addresses given in the environment"
    COMPOSE = "Docker Compose"
    NATIVE = "native servers"


def address_of(server: str) -> str:
    """The variable with the address of one of our servers."""
    return f"BLOOMFIELD_{server.removesuffix('-double').upper()}"


def given(environment: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Addresses that the environment gives, less those that are this stack's own, read back from its addresses.env."""
    return {
        name: environment[name] for name in ADDRESSES if environment.get(name, own.get(name, "")) != own.get(name, "")
    }


def choose(foreign: Mapping[str, str], engine_answers: Callable[[], bool]) -> Mode:
    """`foreign` as `given` returns it. Raises AddressesError for half a set: the other half would be somebody else's.

    Kafka alone may be elsewhere: after a move (ops/docs/runbooks/restored-kafka.md). On a log that the databases here
    have not read nothing starts (ops/decisions/0012).
    """
    if any(name in foreign for name in SERVER_ADDRESSES) and set(foreign) != {LOG_ADDRESS}:
        needed = (*SERVER_ADDRESSES, *OUTSIDE_ADDRESSES)
        missing = [name for name in needed if name not in foreign]
        if missing:
            raise AddressesError(
                f"{', '.join(foreign)} given without {', '.join(missing)}: give all of them, none, or"
                f" {LOG_ADDRESS} alone"
            )
        return Mode.GIVEN
    return Mode.COMPOSE if engine_answers() else Mode.NATIVE


def docker_engine_answers() -> bool:
    """The client alone proves nothing: there must be an engine behind it, and the compose plug-in."""
    if not HERE.has(DOCKER):
        return False
    return all(_succeeds(line) for line in (["docker", "info"], ["docker", "compose", "version"]))


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=ENGINE_SECONDS_MAX, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False
