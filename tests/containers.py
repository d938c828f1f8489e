"""The servers of docker-compose.yml as test containers, where a Docker engine answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from testcontainers.compose import DockerCompose

from ops.servers import addresses as address_file
from ops.servers import ports as port_book
from ops.servers import registry, s3
from ops.servers.addresses import Addresses
from ops.servers.compose import variables
from ops.servers.processes import port_names
from ops.servers.secret_files import make_secrets
from ops.servers.workspace import CHECKOUT, Workspace

SERVICES = ["postgres", "redis", "kafka", "registry", "s3", "stripe-double"]


@contextmanager
def server_containers(workspace: Workspace) -> Iterator[dict[str, str]]:
    """All servers, on ports of this workspace; returns their addresses. They and their volumes go at the end."""
    workspace.make()
    make_secrets(workspace.secrets)
    registry.prepare(workspace)
    s3.prepare(workspace)
    ports = port_book.assign(workspace, port_names(workers=2, edges=1))
    environment = workspace.run / "compose.env"
    address_file.write(environment, variables(workspace, ports))
    with DockerCompose(CHECKOUT, "docker-compose.yml", env_file=str(environment), services=SERVICES):
        addresses = Addresses.of(workspace, ports)
        registry.require_compatibility(addresses.registry)
        yield {name: value for name, value in addresses.variables().items() if name != "BLOOMFIELD_API"}
