"""docker-compose.yml cannot be tried where there is no engine; here it is held against the table that is tried."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.settings import Settings
from ops.servers import datastores, kafka, registry
from ops.servers.compose import variables
from ops.servers.place import CHECKOUT, Place
from ops.servers.processes import DEPLOY, Process, ours, port_names, servers
from ops.servers.secret_files import SECRETS

COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PLACE = Place(root=Path("/nowhere"))
PORTS = {name: 20_000 + n for n, name in enumerate(port_names(workers=2, edges=1))}
NATIVE: dict[str, Process] = {
    process.name: process for process in (*servers(PLACE, PORTS), *ours({}, PORTS, workers=2, edges=1))
}
OF_OURS = [name for name in NATIVE if not NATIVE[name].programs and "-m" in NATIVE[name].command()]


def version_in_pom(pom: Path, artifact: str) -> str:
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    # The file is ours.
    for dependency in ElementTree.parse(pom).iterfind(".//m:dependency", space):  # noqa: S314
        if dependency.findtext("m:artifactId", namespaces=space) == artifact:
            return str(dependency.findtext("m:version", namespaces=space))
    raise AssertionError(f"{pom} has no {artifact}")


def test_every_process_is_a_service_and_every_service_a_process() -> None:
    assert set(SERVICES) - {DEPLOY} == set(NATIVE)


@pytest.mark.parametrize(
    ("service", "image"),
    [
        ("kafka", f"apache/kafka:{version_in_pom(kafka.POM, 'kafka_2.13')}"),
        ("registry", f"apicurio/apicurio-registry:{version_in_pom(registry.POM, 'apicurio-registry-app')}"),
        ("postgres", "postgres:15"),
        ("redis", "redis:7"),
    ],
)
def test_versions_are_the_same(service: str, image: str) -> None:
    assert SERVICES[service]["image"] == image


def as_environment(settings: Mapping[str, str], prefix: str = "") -> dict[str, str]:
    """How both images spell a setting: upper case, dots to underscores."""
    return {f"{prefix}{name}".replace(".", "_").upper(): value for name, value in settings.items()}


def test_the_broker_has_the_same_settings() -> None:
    environment = SERVICES["kafka"]["environment"]
    assert as_environment(kafka.SETTINGS, "KAFKA_").items() <= environment.items()
    assert environment["KAFKA_HEAP_OPTS"] == f"-Xmx{kafka.HEAP_MB}m"


def test_the_registry_has_the_same_settings() -> None:
    environment = SERVICES["registry"]["environment"]
    assert as_environment(registry.SETTINGS).items() <= environment.items()
    assert environment["APICURIO_DATASOURCE_URL"].endswith(f"/{registry.DATABASE}")
    assert f"-Xmx{registry.HEAP_MB}m" in environment["JAVA_OPTS_APPEND"]
    assert environment["QUARKUS_CONFIG_LOCATIONS"] == f"/run/secrets/{registry.PASSWORD_FILE}"


def test_the_datastores_have_the_same_settings() -> None:
    options = [part for name, value in datastores.POSTGRES_SETTINGS.items() for part in ("-c", f"{name}={value}")]
    assert SERVICES["postgres"]["command"] == ["postgres", *options]
    options = [part for name, value in datastores.REDIS_SETTINGS.items() for part in (f"--{name}", value)]
    assert SERVICES["redis"]["command"] == ["redis-server", *options]
    made = {
        SERVICES["postgres"]["environment"]["POSTGRES_DB"],
        *re.findall(r"create database (\w+);", str(COMPOSE["configs"])),
    }
    assert made == set(datastores.DATABASES)
    assert SERVICES["postgres"]["environment"]["POSTGRES_USER"] == datastores.USER


@pytest.mark.parametrize("name", SERVICES)
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


@pytest.mark.parametrize("name", OF_OURS)
def test_our_processes_are_started_by_the_same_line(name: str) -> None:
    def shape(command: list[str]) -> list[str]:
        """What is bound to differ: the interpreter, numbers of ports, hosts, folders."""
        loose = (re.sub(r"^/.*|http://[^/]+|^\d{4,}$", "…", part) for part in command[1:])
        return list(loose)

    assert shape(SERVICES[name]["command"]) == shape(list(NATIVE[name].command()))


@pytest.mark.parametrize("name", [name for name in OF_OURS if "--data" in NATIVE[name].command()])
def test_what_must_outlive_its_process_does_so_in_both(name: str) -> None:
    def data(command: Sequence[str]) -> Path:
        return Path(command[command.index("--data") + 1])

    assert data(NATIVE[name].command()).is_relative_to(PLACE.data)
    [(volume, folder)] = [mount.split(":") for mount in SERVICES[name]["volumes"]]
    assert data(SERVICES[name]["command"]).parent == Path(folder) and volume in COMPOSE["volumes"]


@pytest.mark.parametrize("name", [*OF_OURS, DEPLOY])
def test_our_processes_find_every_address_and_every_secret(name: str) -> None:
    environment = {key: str(value) for key, value in SERVICES[name]["environment"].items()}
    settings = Settings.from_environment({**environment, "BLOOMFIELD_HOLD_SECONDS": "900", "BLOOMFIELD_PARTITIONS": ""})
    assert settings.registry.endswith(registry.API)
    assert set(SERVICES[name]["secrets"]) == set(SECRETS) <= set(COMPOSE["secrets"])


def test_what_must_be_ready_first_is_the_same() -> None:
    waits = {name: set(service.get("depends_on", {})) for name, service in SERVICES.items()}
    assert waits.pop(DEPLOY) == {name for name in NATIVE if NATIVE[name].is_server} - {"stripe-double"}
    assert waits == {name: set(process.after) for name, process in NATIVE.items()}
