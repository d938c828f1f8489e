"""`bloomfield schemas`: render the .avsc files, record what has landed, register at deploy time."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.console import Console

import schemas
from connectors.kafka.registry import Schema, SchemaRegistryClient, client
from ops import asyncapi
from ops.servers import compose_file
from process.settings import Settings
from schemas.avro import avro_schema, avsc_path, full_name
from schemas.record import Record
from schemas.rooms import MESSAGES, ROOM_OF

app = typer.Typer(help="Render, land and register the Avro schemas.", no_args_is_help=True)

ROOT = Path(schemas.__file__).parent
LANDED = ROOT / "landed.jsonl"


class NotLandedError(Exception):
    """A schema differs from its last landed version; the message says which and what to type."""


def rendered(cls: type[Record]) -> str:
    """The text of a message's .avsc file."""
    return json.dumps(avro_schema(cls), indent=2, ensure_ascii=False) + "\n"


def landed() -> dict[str, list[str]]:
    """Every version of every subject that has ever landed, oldest first."""
    versions: dict[str, list[str]] = {}
    for line in LANDED.read_text().splitlines() if LANDED.exists() else ():
        entry = json.loads(line)
        versions.setdefault(entry["subject"], []).append(json.dumps(entry["schema"]))
    return versions


def compatibility(cls: type[Record]) -> str:
    """Events are read for ever by anybody: both ways. Commands, state and replies: readers are deployed first."""
    room = ROOM_OF.get(cls)
    return "FULL_TRANSITIVE" if room and cls in room.events else "BACKWARD_TRANSITIVE"


def register(settings: Settings) -> int:
    """Register every landed version in order, each subject under its compatibility; returns how many subjects.

    Raises NotLandedError when a class changed without landing, SchemaRegistryError when a version is incompatible.
    """
    history = landed()
    missing = [
        full_name(cls) for cls in MESSAGES if history.get(full_name(cls), [""])[-1] != json.dumps(avro_schema(cls))
    ]
    if missing:
        raise NotLandedError(
            f"changed since they landed: {', '.join(missing)}. Run `bloomfield schemas land` and commit"
        )
    with client(settings) as registry:
        _register(registry, history)
    return len(MESSAGES)


def _register(registry: SchemaRegistryClient, history: dict[str, list[str]]) -> None:
    known = set(registry.get_subjects())
    for cls in MESSAGES:
        subject = full_name(cls)
        if subject in known and len(registry.get_versions(subject)) == len(history[subject]):
            continue  # both only ever grow; `load_codec` looks each schema up by its text
        if subject not in known:
            registry.register_schema(subject, _avro(history[subject][0]))
            registry.set_compatibility(subject, level=compatibility(cls))
        for text in history[subject]:
            registry.register_schema(subject, _avro(text))


def _avro(text: str) -> Schema:
    return Schema(text, "AVRO")


@app.command("render")
def render_() -> None:
    """Write every generated file: one .avsc per message, the AsyncAPI document, docker-compose.yml."""
    wanted = {avsc_path(cls): rendered(cls) for cls in MESSAGES}
    for path in set(ROOT.glob("**/*.avsc")) - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        path.write_text(text)
    asyncapi.PATH.write_text(asyncapi.rendered())
    compose_file.PATH.write_text(compose_file.rendered())
    Console().print(f"written: {len(wanted)} .avsc files, asyncapi.yaml, docker-compose.yml")


@app.command("land")
def land_() -> None:
    """Append schemas that changed to the list of landed versions; from then on they must stay readable."""
    history = landed()
    with LANDED.open("a") as file:
        for cls in MESSAGES:
            text = json.dumps(avro_schema(cls))
            if history.get(full_name(cls), [""])[-1] != text:
                file.write(
                    json.dumps({"subject": full_name(cls), "schema": avro_schema(cls)}, ensure_ascii=False) + "\n"
                )
                Console().print(f"landed {full_name(cls)}")


@app.command("register")
def register_() -> None:
    """Register every landed version with the registry; part of every deployment."""
    Console().print(f"{register(Settings.from_environment())} subjects are registered")
