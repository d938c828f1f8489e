"""`bloomfield rooms new NAME`: a room that passes every check at once, to be made into what it is for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from string import Template
from typing import Annotated

import typer
from rich.console import Console

from ops.servers.workspace import CHECKOUT
from schemas.rooms import ROOMS

app = typer.Typer(help="List the rooms, or begin a new one.", no_args_is_help=True)

TEMPLATE = Path(__file__).with_name("template")
NAME = re.compile(r"[a-z]{3,20}")
FOLDERS = ("schemas/{room}", "streams/{room}", "api/{room}", "tests/unit/{room}")
FILES = {
    "schemas/{room}/messages.py": "messages.txt",
    "streams/{room}/decide.py": "decide.txt",
    "streams/{room}/state.py": "state.txt",
    "streams/{room}/room.py": "room.txt",
    "api/{room}/responses.py": "responses.txt",
    "api/{room}/routes.py": "routes.txt",
    "tests/unit/{room}/test_{room}.py": "test_room.txt",
    "tests/e2e/test_edge_{room}.py": "test_edge.txt",
}
NAMES = r"\s*[A-Z]+(?:,\s+[A-Z]+)*"  # in a line, or each in one of its own
# The three lists of rooms: what each imports, after which text it names the room, and how.
LISTS = (
    ("schemas/rooms.py", "schemas.{room}.messages import ROOM as {ROOM}", rf"for room in \({NAMES}", ", {ROOM}"),
    ("streams/rooms.py", "streams.{room}.room import {ROOM}", rf"for decider in \({NAMES}", ", {ROOM}"),
    (
        "api/app.py",
        "api.{room} import routes as {room}",
        r"ROUTERS = \(\n(?:    .+\n)+",
        "    {room}.router,\n    {room}.staff_router,\n",
    ),
)
FIRST = "from __future__ import annotations\n\n"


def new(checkout: Path, room: str, thing: str) -> list[str]:
    """Write a room and name it in the three lists; returns the files. Raises ValueError, and changes nothing then.

    `room` is its name, as it stands in topics and folders; `thing` is what one key of it stands for.
    """
    for text in (room, thing):
        if not NAME.fullmatch(text):
            raise ValueError(f"{text!r} is no name: 3 to 20 small letters, e.g. `{_letters(text)}`")
    if room == thing:
        raise ValueError(
            f"a room is called otherwise than each thing in it: `bloomfield rooms new {room} --of account`, if an"
            " account is what it keeps"
        )
    article = "an" if thing[0] in "aeiou" else "a"
    words = {"room": room, "ROOM": room.upper(), "Room": room.title()}
    words |= {"thing": thing, "THING": thing.upper(), "Thing": thing.title()}
    words |= {"a_thing": f"{article} {thing}", "A_thing": f"{article.title()} {thing}"}
    texts = {
        checkout / file.format(room=room): Template((TEMPLATE / name).read_text()).substitute(words)
        for file, name in FILES.items()
    }
    folders = [checkout / folder.format(room=room) for folder in FOLDERS]
    if there := [str(path.relative_to(checkout)) for path in (*folders, *texts) if path.exists()]:
        raise ValueError(f"something of that name is there already: {', '.join(there)}")
    texts |= dict(_named(checkout, *each, words=words) for each in LISTS)
    for folder in folders:
        folder.mkdir()
        (folder / "__init__.py").touch()
    for path, text in texts.items():
        path.write_text(text)
    written = [str(path.relative_to(checkout)) for path in texts]
    for tidy in (("check", "--fix-only", "-q"), ("format", "-q")):  # the order of imports follows from the names
        subprocess.run([sys.executable, "-m", "ruff", *tidy, *written], cwd=checkout, check=True)
    return written


def _letters(text: str) -> str:
    """A name like it that is one."""
    found = re.sub(r"[^a-z]", "", text.lower())[:20]
    return found if NAME.fullmatch(found) else "vouchers"


def _named(
    checkout: Path, file: str, imported: str, after: str, named: str, *, words: dict[str, str]
) -> tuple[Path, str]:
    path = checkout / file
    text, times = re.subn(after, lambda found: found[0] + named.format(**words), path.read_text())
    if times != 1:
        raise ValueError(f"{file} is not as it was: name the room there by hand")
    return path, text.replace(FIRST, f"{FIRST}from {imported.format(**words)}\n", 1)


@app.command("list")
def list_() -> None:
    """Every room: its key, what it is asked, what comes of it, whose answers it hears."""
    out = Console(highlight=False)
    for room in ROOMS.values():
        out.print(f"[bold]{room.name}[/bold], by {room.key}")
        for kind, classes in (("commands", room.commands), ("events", room.events), ("hears", room.hears)):
            if classes:
                out.print(f"  {kind:9} {', '.join(cls.__name__ for cls in classes)}")


@app.command("new")
def new_(
    name: Annotated[str, typer.Argument(help="As it will stand in topics and folders: `promotions`.")],
    of: Annotated[
        str, typer.Option(help="What one key stands for, e.g. `voucher`; by default the name without its last `s`.")
    ] = "",
) -> None:
    """Write a room with two commands, a view, paths and tests, and name it in the three lists of rooms."""
    try:
        written = new(CHECKOUT, name, of or name.removesuffix("s"))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    out = Console(highlight=False, soft_wrap=True)
    for each in written:
        out.print(f"  {each}")
    out.print("Next: `bloomfield schemas render && bloomfield schemas land`, `make check`, `make unit`.")
    out.print(f"Then make it what it is for: schemas/{name}/messages.py says what it is asked and what comes of it,")
    out.print(f"streams/{name}/decide.py why.")
