"""The object store: S3Proxy, which speaks S3's API over a folder.

It checks what S3 checks of a request: the signature (version 4), its expiry, and every header that was signed. What is
not signed it serves only when the object is public.
"""

from __future__ import annotations

from pathlib import Path

from ops.servers.java import QUICK, jvm
from ops.servers.ports import Ports
from ops.servers.secret_files import write_secret
from ops.servers.workspace import Workspace

POM = Path(__file__).with_name("pom.xml")
HEAP_MB = 96
MAIN = "org.gaul.s3proxy.Main"
KEYS_FILE = "s3.arguments"

# What any installation of ours must say; docker-compose.yml is made of it.
SETTINGS = {
    "LOG_LEVEL": "warn",
    "s3proxy.authorization": "aws-v4",
    "s3proxy.cors-allow-origins": ".*",  # a browser uploads from another origin; a presigned URL is what it needs
    "s3proxy.cors-allow-methods": "GET PUT",
    "s3proxy.cors-allow-headers": "content-type x-amz-checksum-sha256",
    "jclouds.provider": "filesystem-nio2",
}


def prepare(workspace: Workspace) -> None:
    """Java reads the keys from a file, so that they are in no environment and on no command line."""
    access_key, secret_key = (_secret(workspace, name) for name in ("s3_access_key", "s3_secret_key"))
    keys = f"-Ds3proxy.identity={access_key}\n-Ds3proxy.credential={secret_key}\n"
    write_secret(workspace.secrets / KEYS_FILE, keys)
    _objects(workspace).mkdir(parents=True, exist_ok=True)
    # It takes its settings from the command line, but insists on a file.
    (workspace.run / "s3.properties").write_text("")


def command(workspace: Workspace, ports: Ports, home: Path) -> tuple[str, ...]:
    return (
        *jvm(QUICK, f"@{workspace.secrets / KEYS_FILE}", heap_mb=HEAP_MB),
        *options(f"http://127.0.0.1:{ports['s3']}", _objects(workspace)),
        *("-cp", f"{home}/*", MAIN, "--properties", str(workspace.run / "s3.properties")),
    )


def options(endpoint: str, objects: Path) -> list[str]:
    """What every server of ours is started with, and what is particular to one."""
    here = {"s3proxy.endpoint": endpoint, "jclouds.filesystem.basedir": str(objects)}
    return [f"-D{name}={value}" for name, value in (SETTINGS | here).items()]


def _objects(workspace: Workspace) -> Path:
    return workspace.data / "s3"


def _secret(workspace: Workspace, name: str) -> str:
    return (workspace.secrets / name).read_text()
