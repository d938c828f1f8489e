"""Where everything is: addresses from the environment, secrets from files.

`bloomfield up` writes `var/run/addresses.env` and `var/run/secrets/`; in production the environment
names the addresses and the orchestrator mounts the secrets. Secrets never travel in the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.topics import PARTITIONS_SETTING, partitions_of

HOLD_SECONDS_DEFAULT = 900  # HLD: reservation holds live 15 minutes


class SettingsError(Exception):
    """An address or a secret that a process needs is missing; the message says which and how to supply it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    kafka: str
    registry: str
    postgres: str  # a DSN without password; the password is the secret `postgres`
    redis: str
    api: str
    stripe: str
    s3: str  # where our processes reach the object store
    s3_public: str  # where browsers do: uploads are signed for it, and pictures are shown from it
    secrets: Path
    topic_prefix: str  # empty in production; the tests give every run its own topics on one broker
    hold_seconds: int
    partitions: int | None = None  # what the environment asks for; how many there are, the log says (log_identity.py)

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
        """Read BLOOMFIELD_KAFKA, _REGISTRY, _POSTGRES, _REDIS, _API, _STRIPE, _S3, _S3_PUBLIC, _SECRETS,
        _TOPIC_PREFIX, _HOLD_SECONDS, _PARTITIONS.

        Raises SettingsError when an address is missing or a number is none.
        """

        def needed(name: str) -> str:
            value = environment.get(f"BLOOMFIELD_{name}", "")
            if not value:
                raise SettingsError(
                    f"BLOOMFIELD_{name} is not set: `bloomfield up`, then `set -a; . var/run/addresses.env; set +a`."
                )
            return value

        try:
            partitions = partitions_of(environment) if environment.get(PARTITIONS_SETTING) else None
        except ValueError as error:
            raise SettingsError(str(error)) from error
        return Settings(
            kafka=needed("KAFKA"),
            registry=needed("REGISTRY"),
            postgres=needed("POSTGRES"),
            redis=needed("REDIS"),
            api=needed("API"),
            stripe=needed("STRIPE"),
            s3=needed("S3"),
            s3_public=environment.get("BLOOMFIELD_S3_PUBLIC") or needed("S3"),
            secrets=Path(needed("SECRETS")),
            topic_prefix=environment.get("BLOOMFIELD_TOPIC_PREFIX", ""),
            hold_seconds=int(environment.get("BLOOMFIELD_HOLD_SECONDS", HOLD_SECONDS_DEFAULT)),
            partitions=partitions,
        )

    @staticmethod
    def listen(environment: Mapping[str, str] = os.environ) -> str:
        """The interface our servers bind: loopback, unless BLOOMFIELD_LISTEN says otherwise (inside a container)."""
        return environment.get("BLOOMFIELD_LISTEN", "127.0.0.1")

    def secret(self, name: str) -> str:
        """The text of a secret, e.g. `postgres`: ops/servers/secret_files.py names them. Raises SettingsError."""
        return self.secret_and_former(name)[0]

    def secret_and_former(self, name: str) -> tuple[str, ...]:
        """A secret, and those that were it before and are still taken: the lines of its file. Raises SettingsError."""
        path = self.secrets / name
        try:
            lines = path.read_text().split()
        except OSError as error:
            raise SettingsError(f"the secret {name} cannot be read from {path}: {error.strerror}") from error
        if not lines:
            raise SettingsError(f"the secret {name} is empty: write it into {path}")
        return tuple(lines)
