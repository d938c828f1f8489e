"""The `bloomfield` command. Each subcommand lives in a module of its own, imported only when it is asked for."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from connectors.kafka.log_identity import LogRefused
from ops.servers import kafka
from ops.servers.addresses import known as known_addresses
from ops.servers.compose import Compose
from ops.servers.errors import StackError
from ops.servers.install import install, kafka_home
from ops.servers.stack import Stack
from ops.servers.status import LOOPING, StatusLine
from ops.servers.steps import console as progress
from ops.servers.switch import Mode
from ops.servers.workspace import Workspace
from process.settings import SettingsError

# command -> the module whose typer `app` it is
SUBCOMMANDS = {
    "demo": "ops.demo",
    "chaos": "ops.chaos",
    "bench": "ops.bench",
    "topics": "ops.topics",
    "schemas": "ops.schemas",
    "token": "ops.token",
    "audit": "ops.audit",
    "dead-letters": "ops.dead_letters",
    "race": "ops.race",
    "silences": "ops.silences",
    "why": "ops.why",
    "rebuild": "ops.rebuild",
    "log": "ops.log",
    "rooms": "ops.rooms",
    "products": "ops.products",
    "reindex": "ops.search.reindex",
    "relevance": "ops.search.relevance",
}

STOPPED = "STOPPED"  # as somebody asked: no news

out = Console(highlight=False)
app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    help="""Bloomfield: commerce as events on Kafka.

    First steps: [bold]bloomfield up[/bold] starts everything, [bold]bloomfield status[/bold] shows it,
    [bold]bloomfield demo[/bold] buys something, [bold]bloomfield down[/bold] leaves nothing behind.
    """,
)
PASS_ON = {"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []}
Rest = Annotated[list[str] | None, typer.Argument(help="Passed on as they are.")]


def stack_of(context: typer.Context) -> Stack:
    """The stack that whoever invoked the command gave it; this checkout's when nobody did."""
    return context.obj if isinstance(context.obj, Stack) else Stack()


@app.command()
def up(
    only: Annotated[
        list[str] | None, typer.Option(help="`servers`, or names as in `bloomfield status`. Repeatable.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="How many workers share the partitions.")] = 2,
    edges: Annotated[int, typer.Option(min=1, help="How many edge processes serve HTTP.")] = 1,
) -> None:
    """Start everything that does not run yet, and wait until it is ready.

    Servers are taken from the environment when BLOOMFIELD_KAFKA and its fellows are set, from Docker Compose when an
    engine answers, and otherwise installed and started under var/.
    """
    stack = Stack(workers=workers, edges=edges)
    progress.print(f"Bringing the stack up: {stack.mode.value}")
    chosen = "servers" if only == ["servers"] else only
    stack.up(chosen)
    edge = f" The edge answers at {stack.addresses.api}." if stack.serves(chosen) else ""
    out.print(f"Ready.{edge}")
    out.print(f"Addresses are in {stack.addresses_path}.", soft_wrap=True)
    out.print(f"Next: `bloomfield status`, `bloomfield {'demo' if edge else 'up'}`, `bloomfield down`.")


@app.command()
def down(
    context: typer.Context,
    only: Annotated[
        list[str] | None, typer.Option(help="A name as in `bloomfield status`; all else goes on. Repeatable.")
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Delete all data and logs: the next start is anew.")] = False,
) -> None:
    """Stop everything, and prove that no process and no port is left. Data stays under var/data."""
    stack = stack_of(context)
    if forget and (only or stack.mode is not Mode.NATIVE):
        raise StackError("--forget deletes the data of all native servers. Compose: `docker compose down --volumes`.")
    if only:
        for name in only:
            stack.stop(name)
        out.print(f"Stopped: {', '.join(only)}. `bloomfield up` starts what is missing.")
        return
    stack.down()
    if forget:
        try:
            stack.workspace.forget()
        except OSError as error:
            raise StackError(f"all is down, but not all data is deleted: {error}. Delete it by hand.") from error
        out.print("Down: no process and no port is left, and no data. `bloomfield up` begins anew.")
        return
    out.print("Down: no process and no port is left. `bloomfield up` continues with the same data.")


@app.command()
def status(context: typer.Context) -> None:
    """Show every process: whether it is ready, how often it ended by itself, uptime, port and memory.

    Exit code 1 when something is not ready, or is ready only until it crashes again; the reasons stand below the table.
    """
    stack = stack_of(context)
    columns = "process", "pid", "state", "up for", "ends", "port", "memory"
    table = Table(*columns, title=f"Bloomfield: {stack.mode.value}", box=box.SIMPLE_HEAD, pad_edge=False)
    rows = stack.status()
    for row in rows:
        uptime = _duration(row.uptime_seconds) if row.uptime_seconds is not None else ""
        memory = f"{row.memory_bytes / 2**20:.0f} MB" if row.memory_bytes else ""
        ends = str(row.ends.total or "")
        table.add_row(row.name, str(row.pid or ""), _state(row), uptime, ends, str(row.port or ""), memory)
    out.print(table)
    for row in rows:
        if row.trouble and row.state != STOPPED:
            out.print(f"{row.name} {row.trouble}", markup=False, soft_wrap=True)
    out.print(
        "Topics with Kafka's own tools: `bloomfield kafka topics --list`, `bloomfield kafka consumer-groups --list`."
    )
    if any(row.trouble for row in rows):
        raise typer.Exit(1)


@app.command("kafka", context_settings=PASS_ON)
def kafka_(tool: str, arguments: Rest = None) -> None:
    """Run one of Kafka's own tools against this stack's broker: `bloomfield kafka topics --list`."""
    if tool in ("--help", "-h"):
        out.print("Usage: bloomfield kafka TOOL [ARGS]…, e.g. `bloomfield kafka topics --list`", markup=False)
        out.print(f"Kafka's own tools, pointed at this stack's broker: {', '.join(kafka.TOOLS)}")
        out.print("`bloomfield kafka TOOL --help` shows what a tool can do.")
        return
    stack = Stack()
    name = tool.removeprefix("kafka-").removesuffix(".sh")
    if name not in kafka.TOOLS:
        raise StackError(f"no tool is called {tool}. There are: {', '.join(kafka.TOOLS)}")
    server = [] if name in kafka.OFFLINE_TOOLS else ["--bootstrap-server", stack.addresses.kafka]
    given = arguments or ["--help"]
    if isinstance(stack.runner, Compose):
        raise typer.Exit(stack.runner.run_in("kafka", f"/opt/kafka/bin/kafka-{name}.sh", *server, *given))
    install(stack.workspace, {"kafka"})
    command = [*kafka.tool_command(kafka_home(stack.workspace), kafka.TOOLS[name]), *server, *given]
    raise typer.Exit(subprocess.run(command, check=False).returncode)


@app.command(context_settings=PASS_ON)
def worker(arguments: Rest = None) -> None:
    """Run one worker in this terminal, against this stack: `bloomfield worker --slot 2 --rooms inventory,cart`."""
    os.execv(sys.executable, [sys.executable, "-m", "streams.worker", *(arguments or [])])  # noqa: S606 - no shell wanted


def main() -> None:
    """Errors that we expect are one message and exit code 1; anything else is a bug and shows its traceback.

    SIGTERM ends a command as Ctrl-C does: what it started is taken down first.
    """
    logging.getLogger("kafka").setLevel(logging.CRITICAL + 1)  # what matters of it comes as an error, in our words
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    _know_own_addresses()
    _mount(sys.argv[1] if len(sys.argv) > 1 else "")
    try:
        app()
    except (StackError, SettingsError, LogRefused) as error:
        progress.print(f"[red]{type(error).__name__}[/red]: ", end="")
        progress.print(str(error), markup=False)
        progress.print("What runs: `bloomfield status`. Logs: var/logs. Stop everything: `bloomfield down`.")
        sys.exit(1)


def _know_own_addresses() -> None:
    """After `bloomfield up` no command needs its addresses exported by hand; what the shell says comes first."""
    os.environ.update(known_addresses(Workspace.of_checkout().run / "addresses.env", os.environ))


def _mount(asked: str) -> None:
    """Import the subcommand asked for; all of them for `--help`; none for this file's own, which must be quick."""
    own = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    for name, module in SUBCOMMANDS.items():
        if asked in own or (asked in SUBCOMMANDS and asked != name) or importlib.util.find_spec(module) is None:
            continue
        subcommand: typer.Typer = importlib.import_module(module).app
        single = _single(subcommand)
        if single is not None:
            app.command(name)(single)
        else:
            app.add_typer(subcommand, name=name)


def _single(subcommand: typer.Typer) -> Callable[..., Any] | None:
    """The function of an subcommand that is one command and no family of them."""
    functions = [each.callback for each in subcommand.registered_commands]
    if subcommand.registered_callback:
        functions.append(subcommand.registered_callback.callback)
    return functions[0] if len(functions) == 1 and not subcommand.registered_groups else None


def _state(row: StatusLine) -> str:
    if row.ends.lately >= LOOPING:
        return "[red]crashing[/red]"
    if row.pid is None:
        return f"[dim]{row.state.lower()}[/dim]"
    return "[red]not ready[/red]" if row.unready else "[green]ready[/green]"


def _duration(seconds: float) -> str:
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {left:02} s" if minutes else f"{left} s"


if __name__ == "__main__":
    main()
