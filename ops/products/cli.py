"""`bloomfield products import`, `export`, `images` and `categories`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ops.products import categories, files, images, transfer
from ops.products.files import UnknownFormat
from ops.products.transfer import Refusal
from ops.shoppers import EdgeRefused, StaffClient, Unanswered, session
from ops.tables import show
from process.settings import Settings

app = typer.Typer(
    help="Import the catalogue from a file, or export it: .ndjson or .csv. Upload images.", no_args_is_help=True
)
tree = typer.Typer(help="The tree of categories, from a file or into one.", no_args_is_help=True)
app.add_typer(tree, name="categories")

T = TypeVar("T")
SHOWN_MAX = 20  # refusals in the terminal; the file has all


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="products.ndjson or products.csv.")],
) -> None:
    """Describe, price and publish every product of a file. Run it again after a kill, or as often as you like.

    Products that are refused are listed in FILE.refused with their reasons; the exit status is 1 then.
    """
    out = Console(highlight=False)
    with _bar("products") as bar:
        task = bar.add_task("products", total=_count(file))
        refused = _as_staff(
            lambda staff: transfer.load(
                staff, file, transfer.ImportProgress(file), lambda more: bar.advance(task, more)
            )
        )
    _report(out, file, refused, "every product was taken, or was so already")


@app.command("export")
def export(file: Annotated[Path, typer.Argument(help="products.ndjson or products.csv; replaced.")]) -> None:
    """Write every product, drafts and archived ones too, in the order of their ids."""

    async def write(staff: StaffClient) -> int:
        attributes, options, count = set[str](), set[str](), 0
        if file.suffix == ".csv":
            async for product in transfer.every_product(staff):
                attributes |= product["attributes"].keys()
                options |= {name for variant in product["variants"] for name in variant["options"]}
        with files.writer(file, attributes, options) as write_one:
            async for product in transfer.every_product(staff):
                write_one(product)
                count += 1
        return count

    try:
        Console(highlight=False).print(f"{_as_staff(write)} products in {file}")
    except UnknownFormat as error:
        raise typer.BadParameter(str(error)) from None


@app.command("images")
def images_(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Of files PRODUCT-ID.png, .jpg, ...")],
) -> None:
    """Upload the images in a folder to the products that they are named after, and wait until they are ready.

    A large one takes the connector 3 to 9 seconds of one core. Run it again after a kill, or as often as you like; the
    exit status is 1 when one was refused.
    """
    out, paths = Console(highlight=False), images.in_folder(folder)
    with _bar("images") as bar:
        task = bar.add_task("images", total=len(paths))
        refused = _as_staff(lambda staff: images.load(staff, paths, lambda: bar.advance(task)))
    if not refused:
        out.print(f"{len(paths)} images are ready")
        return
    show(out, f"{len(refused)} refused", ("file", "product", "reason"), [(str(n), *rest) for n, *rest in refused])
    raise typer.Exit(1)


@tree.command("import")
def import_categories(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="categories.json.")],
) -> None:
    """Set every category of a file: a list of id, title, parent, position and hidden. Run it as often as you like."""
    try:
        refused = _as_staff(lambda staff: categories.load(staff, file))
    except ValueError as error:
        raise typer.BadParameter(f"{file.name}: {error}") from None
    _report(Console(highlight=False), file, refused, "every category was taken, or was so already")


@tree.command("export")
def export_categories(file: Annotated[Path, typer.Argument(help="categories.json; replaced.")]) -> None:
    """Write every category, hidden ones too, in the order of the tree."""
    count = _as_staff(lambda staff: categories.export(staff, file))
    Console(highlight=False).print(f"{count} categories in {file}")


def _report(out: Console, file: Path, refused: list[Refusal], well: str) -> None:
    report = file.with_name(f"{file.name}.refused")
    if not refused:
        report.unlink(missing_ok=True)
        out.print(well)
        return
    report.write_text("".join(json.dumps(each._asdict(), ensure_ascii=False) + "\n" for each in refused))
    rows = [(str(each.line), each.id, each.reason) for each in refused[:SHOWN_MAX]]
    show(out, f"{len(refused)} refused: {report}", ("line", "id", "reason"), rows)
    raise typer.Exit(1)


def _bar(what: str) -> Progress:
    return Progress(
        TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)
    )


def _count(file: Path) -> int:
    try:
        return sum(1 for _ in files.read(file))
    except (UnknownFormat, UnicodeDecodeError) as error:
        raise typer.BadParameter(str(error)) from None


def _as_staff(work: Callable[[StaffClient], Awaitable[T]]) -> T:
    settings = Settings.from_environment()

    async def signed_in() -> T:
        async with session(transfer.AT_ONCE) as http:
            return await work(StaffClient(settings, http, "products", minutes=1_440))

    try:
        return asyncio.run(signed_in())
    except (Unanswered, EdgeRefused) as error:
        Console(stderr=True).print(f"[red]{error}[/red]\nIs the edge up? `bloomfield status`", highlight=False)
        raise typer.Exit(1) from error
