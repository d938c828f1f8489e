"""docker-compose.yml cannot be tried where there is no engine; here it is held against the table that is tried."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from ops.servers import compose_file
from ops.servers.compose import variables
from ops.servers.processes import DEPLOY, Process, ours, port_names, servers
from ops.servers.workspace import Workspace
from process.settings import Settings
from tests.cases import every

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(compose_file.PATH.read_text())["services"]
PLACE = Workspace(root=Path("/nowhere"))
PORTS = {name: 20_000 + n for n, name in enumerate(port_names(workers=2, edges=1))}
NATIVE: dict[str, Process] = {
    process.name: process for process in (*servers(PLACE, PORTS), *ours({}, PORTS, workers=2, edges=1))
}
OF_OURS = [name for name in NATIVE if not NATIVE[name].programs and "-m" in NATIVE[name].command()]


def test_the_file_is_what_the_table_says() -> None:
    assert compose_file.PATH.read_text() == compose_file.rendered(), "run `bloomfield schemas render`"


def test_every_process_is_a_service_and_every_service_a_process() -> None:
    assert set(SERVICES) - {DEPLOY} == set(NATIVE)


@every("name", SERVICES)
def test_every_port_is_published_on_loopback_only_and_is_the_places_own(name: str) -> None:
    known = variables(PLACE, PORTS)
    for port in SERVICES[name].get("ports", []):
        published = re.fullmatch(r"127\.0\.0\.1:\$\{(\w+):-\d+\}:\d+", port)
        assert published, port
        assert known[published[1]] == str(NATIVE[name].port)
    assert len(SERVICES[name].get("ports", [])) == (0 if name == DEPLOY else 1)


def test_no_two_services_share_a_default_port() -> None:
    ports = [port.split(":-")[1].split("}")[0] for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == len(set(ports))


@every("name", [*OF_OURS, DEPLOY])
def test_our_processes_find_every_address(name: str) -> None:
    said = {key: value for key, value in SERVICES[name]["environment"].items() if value is not None}
    settings = Settings.from_environment(said)
    hosts = re.findall(r"(?:^|//|@)([a-z0-9-]+):\d+", " ".join(said.values()))
    assert set(hosts) <= set(SERVICES) and settings.secrets == Path("/run/secrets")


def test_what_must_be_ready_first_is_the_same() -> None:
    waits = {name: set(service.get("depends_on", {})) for name, service in SERVICES.items()}
    assert waits.pop(DEPLOY) == {name for name in NATIVE if NATIVE[name].is_server} - {"stripe-double"}
    assert waits == {name: set(process.after) for name, process in NATIVE.items()}
