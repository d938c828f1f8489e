"""One OpenSearch node, without the security plugin: it listens on the loopback address only."""

from __future__ import annotations

from pathlib import Path

from ops.servers.java import jvm
from ops.servers.ports import Ports
from ops.servers.workspace import Workspace

POM = Path(__file__).with_name("pom.xml")
HEAP_MB = 512
CLUSTER = "bloomfield"

# What any installation of ours must say; docker-compose.yml is made of it.
SETTINGS = {
    "action.auto_create_index": "false",  # an index has its mapping from us; a typing error makes none
    "cluster.routing.allocation.disk.threshold_enabled": "false",  # a full disk of a developer is no reason to refuse
    "search.max_open_pit_context": "5000",  # each edge opens a few a second, for pages that are turned later
}


def prepare(workspace: Workspace, ports: Ports) -> None:
    """Write the settings."""
    home = _home(workspace)
    (home / "config").mkdir(parents=True, exist_ok=True)
    here = {
        "network.host": "127.0.0.1",
        "transport.port": str(ports["opensearch-transport"]),
    }
    lines = "".join(f"{name}: {value}\n" for name, value in (SETTINGS | here).items())
    (home / "config" / "opensearch.yml").write_text(lines)


def command(workspace: Workspace, ports: Ports, jars: Path) -> tuple[str, ...]:
    """The runner embeds the server's own Node class, so that root may start it, too."""
    home = _home(workspace)
    return (
        *jvm(heap_mb=HEAP_MB),
        f"-Xms{HEAP_MB}m",
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "--enable-native-access=ALL-UNNAMED",
        f"-Djna.tmpdir={home}",
        f"-Djava.io.tmpdir={home}",
        "-Djava.locale.providers=CLDR,SPI",  # what our Java lacks of other languages comes as a library (pom.xml)
        "-Dopensearch.networkaddress.cache.ttl=60",
        *("-cp", f"{jars}/*", "org.codelibs.opensearch.runner.OpenSearchRunner"),
        *("-basePath", str(home), "-confPath", str(home / "config"), "-dataPath", str(home / "data")),
        *("-logsPath", str(home / "logs"), "-numOfNode", "1", "-clusterName", CLUSTER),
        *("-baseHttpPort", str(ports["opensearch"] - 1)),  # node 1 listens on the port after it
    )


def _home(workspace: Workspace) -> Path:
    return workspace.data / "opensearch"
