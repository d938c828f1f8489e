"""PostgreSQL and Redis: the system's own programs, with data, ports and password of this workspace."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import psycopg
from psycopg import sql

from ops.servers.errors import StackError
from ops.servers.ports import Ports
from ops.servers.programs import HERE, INITDB, POSTGRES, REDIS, SETPRIV, Machine, Program, account
from ops.servers.secret_files import write_secret
from ops.servers.workspace import Workspace

USER = "bloomfield"
DATABASES = ("bloomfield", "registry")

# What any installation of ours must say; docker-compose.yml is made of it.
POSTGRES_SETTINGS = {
    "max_connections": "120",
    "shared_buffers": "128MB",
}
REDIS_SETTINGS = {
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory": "256mb",
    "maxmemory-policy": "noeviction",  # rate limits and idempotency records may not vanish unasked
}


def postgres_programs() -> tuple[Program, ...]:
    return (POSTGRES, INITDB, *([SETPRIV] if os.getuid() == 0 else []))


def postgres_prepare(workspace: Workspace) -> None:
    """initdb once. An initdb that was interrupted is done again from the start."""
    data = workspace.postgres_data
    if data.exists():
        return
    half_done, password = data.with_name(f"{data.name}.new"), data.with_name(f"{data.name}.password")
    shutil.rmtree(half_done, ignore_errors=True)
    write_secret(password, (workspace.secrets / "postgres").read_text())
    half_done.mkdir(mode=0o700)
    _give(half_done, password)
    initdb = [HERE.program(INITDB), "-D", str(half_done), "-U", USER, f"--pwfile={password}"]
    options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    done = subprocess.run(
        [*_as_postgres(HERE), *initdb, *options], capture_output=True, text=True, cwd="/", check=False
    )
    password.unlink()
    if done.returncode:
        raise StackError(f"PostgreSQL's data folder could not be made:\n{done.stdout}{done.stderr}")
    half_done.rename(data)


def postgres_command(workspace: Workspace, ports: Ports, machine: Machine) -> tuple[str, ...]:
    here = {
        "listen_addresses": "127.0.0.1",
        "port": str(ports["postgres"]),
        "unix_socket_directories": "",  # TCP only: socket paths are short of room and long of reach
        "fsync": "off" if workspace.throwaway else "on",
    }
    return (
        *_as_postgres(machine),
        machine.program(POSTGRES),
        "-D",
        str(workspace.postgres_data),
        *postgres_options(here),
    )


def postgres_options(here: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """What every server of ours is started with, and what is particular to one."""
    return [part for name, value in {**POSTGRES_SETTINGS, **here}.items() for part in ("-c", f"{name}={value}")]


def make_databases(port: int, password: str) -> None:
    with psycopg.connect(dsn(port, "postgres"), password=password, autocommit=True) as connection:
        present = {row[0] for row in connection.execute("select datname from pg_database")}
        for name in DATABASES:
            if name not in present:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


def dsn(port: int, database: str = "bloomfield") -> str:
    return f"postgresql://{USER}@127.0.0.1:{port}/{database}"


def redis_command(workspace: Workspace, ports: Ports, machine: Machine) -> tuple[str, ...]:
    here = {"bind": "127.0.0.1", "port": str(ports["redis"]), "dir": str(workspace.data / "redis"), "daemonize": "no"}
    return (machine.program(REDIS), *redis_options(here))


def redis_options(here: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """What every server of ours is started with, and what is particular to one."""
    return [part for name, value in {**REDIS_SETTINGS, **here}.items() for part in (f"--{name}", value)]


def redis_prepare(workspace: Workspace) -> None:
    (workspace.data / "redis").mkdir(exist_ok=True)


def _as_postgres(machine: Machine) -> list[str]:
    """PostgreSQL refuses to run as root: drop to the user that its package made."""
    if os.getuid() != 0:
        return []
    return [machine.program(SETPRIV), "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]


def _give(*paths: Path) -> None:
    if os.getuid() == 0:
        owner = account("postgres", of=POSTGRES)
        for path in paths:
            os.chown(path, owner.pw_uid, owner.pw_gid)
