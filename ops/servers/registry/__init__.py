"""The schema registry (Apicurio, spoken to through its Confluent API). It keeps its schemas in our PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import httpx

from ops.servers.errors import StackError
from ops.servers.java import QUICK, jvm
from ops.servers.ports import Ports
from ops.servers.secret_files import write_secret
from ops.servers.workspace import Workspace

POM = Path(__file__).with_name("pom.xml")
HEAP_MB = 256
API = "/apis/ccompat/v7"
DATABASE = "registry"
PASSWORD_FILE = "registry.properties"  # noqa: S105 - the name of a file
# Every reader, now and later, must understand every event ever written: events are kept for ever.
COMPATIBILITY = "BACKWARD_TRANSITIVE"

# What any installation of ours must say; docker-compose.yml is made of it.
SETTINGS = {
    "apicurio.storage.kind": "sql",
    "apicurio.storage.sql.kind": "postgresql",
    "apicurio.datasource.username": "bloomfield",
}


def prepare(workspace: Workspace) -> None:
    """Quarkus reads the password from a file, so that it is in no environment and on no command line."""
    password = (workspace.secrets / "postgres").read_text()
    write_secret(workspace.secrets / PASSWORD_FILE, f"apicurio.datasource.password={password}\n")
    _unpacked(workspace).mkdir(parents=True, exist_ok=True)


def _unpacked(workspace: Workspace) -> Path:
    """Where it unpacks a native library at each start; killed, it leaves it there."""
    return workspace.data / "registry"


def command(workspace: Workspace, ports: Ports, home: Path) -> tuple[str, ...]:
    here = {
        "java.io.tmpdir": str(_unpacked(workspace)),
        "apicurio.datasource.url": f"jdbc:postgresql://127.0.0.1:{ports['postgres']}/{DATABASE}",
        "quarkus.config.locations": str(workspace.secrets / PASSWORD_FILE),
        "quarkus.http.host": "127.0.0.1",
        "quarkus.http.port": str(ports["registry"]),
        "quarkus.management.host": "127.0.0.1",
        "quarkus.management.port": str(ports["registry-management"]),
    }
    defined = (f"-D{name}={value}" for name, value in (SETTINGS | here).items())
    return (*jvm(QUICK, heap_mb=HEAP_MB), *defined, "-jar", str(home / "quarkus-run.jar"))


def require_compatibility(base_url: str) -> None:
    """Apicurio accepts any schema until told otherwise. A level that somebody has set is left alone."""
    with httpx.Client(timeout=10, trust_env=False) as client:
        if client.get(f"{base_url}/config").json().get("compatibilityLevel", "NONE") != "NONE":
            return
        answer = client.put(f"{base_url}/config", json={"compatibility": COMPATIBILITY})
    if answer.status_code != httpx.codes.OK:
        raise StackError(f"the registry refused compatibility {COMPATIBILITY}: {answer.status_code} {answer.text}")
