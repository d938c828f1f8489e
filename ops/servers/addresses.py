"""Where everything of a stack is, as the environment variables that `process/settings.py` reads."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.servers import datastores, registry
from ops.servers.ports import Ports
from ops.servers.switch import ADDRESSES
from ops.servers.workspace import Workspace

CLIENTS_NEED = (*ADDRESSES, "BLOOMFIELD_TOPIC_PREFIX")  # all that the file holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    kafka: str
    registry: str
    postgres: str
    redis: str
    opensearch: str
    api: str
    stripe: str
    s3: str
    secrets: Path

    @staticmethod
    def of(workspace: Workspace, ports: Ports) -> Addresses:
        return Addresses(
            kafka=f"127.0.0.1:{ports['kafka']}",
            registry=f"http://127.0.0.1:{ports['registry']}{registry.API}",
            postgres=datastores.dsn(ports["postgres"]),
            redis=f"redis://127.0.0.1:{ports['redis']}/0",
            opensearch=f"http://127.0.0.1:{ports['opensearch']}",
            api=f"http://127.0.0.1:{ports['edge-0']}",
            stripe=f"http://127.0.0.1:{ports['stripe-double']}",
            s3=f"http://127.0.0.1:{ports['s3']}",
            secrets=workspace.secrets,
        )

    def but(self, given: Mapping[str, str]) -> Addresses:
        """These, with those replaced that the environment gives (names as in `variables`)."""
        merged = self.variables() | {name: value for name, value in given.items() if value}
        plain = {name.removeprefix("BLOOMFIELD_").lower(): value for name, value in merged.items()}
        return Addresses(**{**plain, "secrets": Path(plain["secrets"])})  # type: ignore[arg-type]

    def variables(self) -> dict[str, str]:
        return {
            "BLOOMFIELD_KAFKA": self.kafka,
            "BLOOMFIELD_REGISTRY": self.registry,
            "BLOOMFIELD_POSTGRES": self.postgres,
            "BLOOMFIELD_REDIS": self.redis,
            "BLOOMFIELD_OPENSEARCH": self.opensearch,
            "BLOOMFIELD_API": self.api,
            "BLOOMFIELD_STRIPE": self.stripe,
            "BLOOMFIELD_S3": self.s3,
            "BLOOMFIELD_SECRETS": str(self.secrets),
        }


def known(path: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """What the file at `path` adds to an environment: nothing that the shell says, and nothing to addresses of others.

    Only what is reached where is taken from it. How long a hold lasts is a matter of each run, not of the workspace.
    """
    found = read(path)
    if any(environment[name] != found.get(name) for name in ADDRESSES if name in environment):
        return {}
    return {name: found[name] for name in CLIENTS_NEED if name in found and name not in environment}


def write(path: Path, variables: Mapping[str, str]) -> None:
    """A shell can read it: `set -a; . var/run/addresses.env; set +a`."""
    path.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items()))


def read(path: Path) -> dict[str, str]:
    """What `write` wrote; nothing when there is no such file."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    return {name: shlex.split(value)[0] for name, _, value in (line.partition("=") for line in lines) if value}
