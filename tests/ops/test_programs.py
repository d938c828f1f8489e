"""On a machine that has nothing yet, nothing is looked up before it is installed."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from ops.servers.errors import InstallError
from ops.servers.install import system_packages
from ops.servers.native import Native
from ops.servers.processes import Process, port_names, servers
from ops.servers.programs import CURL, INITDB, MAVEN, POSTGRES, REDIS, SETPRIV, Machine, Program, account
from ops.servers.workspace import CHECKOUT, Workspace

PORTS = {name: 20_000 + n for n, name in enumerate(port_names(workers=2, edges=1))}
LOOK_UPS = {"which", "getpwnam", "getgrnam"}


@pytest.fixture
def bare(tmp_path: Path) -> Machine:
    """A machine on which nothing is installed."""
    (tmp_path / "usr/bin").mkdir(parents=True)
    return Machine(root=tmp_path, path=str(tmp_path / "usr/bin"))


def put(machine: Machine, program: Program, *, version: int | None = None) -> str:
    """Install it, as its Debian package does; returns where it is now."""
    folder = Path("usr/bin") if version is None else Path(program.kept_in, str(version), "bin")
    file = machine.root / folder / program.name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return str(file)


def table(machine: Machine) -> dict[str, Process]:
    return {each.name: each for each in servers(Workspace(root=Path("/nowhere")), PORTS, machine)}


def test_a_table_made_before_anything_is_installed_starts_what_was_installed_since(bare: Machine) -> None:
    processes = table(bare)
    for process in processes.values():
        for program in process.programs:
            assert not bare.has(program)
            put(bare, program, version=15 if program.kept_in else None)
    for process in processes.values():
        command = process.command()
        assert "None" not in command, process.name
        programs = [part for part in command if part.startswith(str(bare.root))]
        assert len(programs) == len(set(process.programs) - {INITDB}), process.name


def test_without_its_program_a_server_has_no_command_but_an_error_that_names_what_is_missing(bare: Machine) -> None:
    processes = table(bare)
    put(bare, SETPRIV)  # Debian's minimum has it
    for name, program, package in (("postgres", "postgres", "postgresql"), ("redis", "redis-server", "redis-server")):
        with pytest.raises(InstallError, match=rf"{program} is not installed.*apt-get install .*{package}$"):
            processes[name].command()


def test_of_several_versions_the_newest_is_run_and_other_folders_are_passed_over(bare: Machine) -> None:
    for version in (9, 15, 13):
        put(bare, POSTGRES, version=version)
    odd = bare.root / POSTGRES.kept_in / "old" / "bin" / POSTGRES.name
    odd.parent.mkdir(parents=True)
    odd.write_text("")
    assert bare.program(POSTGRES) == str(bare.root / "usr/lib/postgresql/15/bin/postgres")


def test_a_program_is_found_on_the_path_where_its_own_folder_is_not(bare: Machine) -> None:
    assert put(bare, POSTGRES) == bare.program(POSTGRES)


def test_a_missing_account_names_the_package_that_makes_it() -> None:
    with pytest.raises(InstallError, match=r"no user called nobody-such.*redis-server"):
        account("nobody-such", of=REDIS)


def test_where_nothing_may_be_installed_each_package_is_named_once(bare: Machine) -> None:
    with pytest.raises(InstallError, match=r"^not installed: postgresql, maven, curl\. .* postgresql maven curl$"):
        system_packages([POSTGRES, INITDB, MAVEN, CURL], bare)


def test_what_was_not_asked_for_need_not_be_installed_and_is_left_out(bare: Machine, workspace: Workspace) -> None:
    workspace.make()
    runner = Native(workspace, owner=os.getpid(), machine=bare)
    asleep = Process(name="sleeper", command=lambda: ("/bin/sleep", "600"), port=0, ready=lambda: None)
    missing = table(bare)["postgres"]
    try:
        with pytest.raises(InstallError, match="postgresql"):
            runner.prepare([asleep, missing], [missing])
        assert not (workspace.run / "supervisord.conf").exists(), "nothing is begun that cannot be finished"
        runner.prepare([asleep, missing], [asleep])
        assert {file.stem for file in workspace.run.glob("*.sh")} == {"sleeper", "watchdog"}
    finally:
        runner.shutdown()


def test_only_one_module_looks_anything_up() -> None:
    """Whoever looked up beside it could do so too early, and would have to know what to do with nothing found."""
    found = {
        str(path.relative_to(CHECKOUT))
        for package in ("schemas", "connectors", "streams", "api", "ops")
        for path in (CHECKOUT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Attribute) and node.attr in LOOK_UPS)
        or (isinstance(node, ast.ImportFrom) and LOOK_UPS & {alias.name for alias in node.names})
    }
    assert found == {"ops/servers/programs.py"}
