"""What the `bloomfield` command says of itself."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from ops.cli import SUBCOMMANDS
from ops.servers.kafka import TOOLS
from ops.servers.stack import Stack
from ops.servers.switch import Mode
from ops.servers.workspace import CHECKOUT, Workspace

FAMILIES = {"topics", "schemas", "dead-letters", "log", "rooms", "products"}  # several commands under one name


def bloomfield(*arguments: str) -> tuple[int, str]:
    line = [sys.executable, "-m", "ops.cli", *arguments]
    done = subprocess.run(line, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", sorted(SUBCOMMANDS))
def test_only_a_family_of_commands_asks_for_a_command(name: str) -> None:
    code, text = bloomfield(name, "--help")
    assert code == 0
    assert ("COMMAND [ARGS]" in text) == (name in FAMILIES)


def test_the_help_of_kafkas_tools_names_them() -> None:
    code, text = bloomfield("kafka", "--help")
    assert code == 0
    assert all(tool in text for tool in TOOLS)


def test_a_role_that_no_path_accepts_gets_no_token() -> None:
    code, text = bloomfield("token", "--role", "admin")
    assert code == 2
    assert "staff" in text


def test_the_catalogue_of_topics_is_whole_through_a_pipe() -> None:
    code, text = bloomfield("topics", "list")
    assert code == 0
    assert "inventory.dead-letters\tsku@location\tstreams.inventory\t" in text


SPOKEN = """
import logging, sys
from ops import cli

@cli.app.command("speak")
def speak() -> None:
    logging.getLogger("kafka").error("GETPID [rdkafka#producer-6] Coordinator load in progress: retrying")

sys.argv = ["bloomfield", "speak"]
cli.main()
"""


def test_what_kafkas_client_says_while_it_tries_again_stays_off_the_terminal() -> None:
    done = subprocess.run([sys.executable, "-c", SPOKEN], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(("only", "serves"), [(None, True), ("servers", False), (["kafka"], False), (["edge-0"], True)])
def test_the_edge_is_named_only_where_up_starts_one(
    only: str | list[str] | None, serves: bool, workspace: Workspace
) -> None:
    assert Stack(workspace, foreign={}, mode=Mode.NATIVE).serves(only) is serves


ENDED = """
import signal, sys
from ops import cli

@cli.app.command("linger")
def linger() -> None:
    try:
        print("started", flush=True)
        signal.pause()
    finally:
        print("taken down", flush=True)

sys.argv = ["bloomfield", "linger"]
cli.main()
"""


def test_a_command_that_is_ended_takes_down_what_it_started() -> None:
    with subprocess.Popen([sys.executable, "-c", ENDED], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == "started\n"
        command.terminate()
        assert command.stdout.read() == "taken down\n"
        assert command.wait() == 128 + signal.SIGTERM
