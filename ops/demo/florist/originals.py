"""Plates of the florist's products as PNG files, as a photographer would deliver them: `<product id>.png`.

    python -m ops.demo.florist.originals FOLDER --first 24
    bloomfield products images FOLDER

Drawing takes 1 to 2 seconds for a plate of 1 600 by 2 000 pixels. One that is there already is not drawn again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import resvg_py

from ops.demo.florist.make import PRODUCTS
from ops.demo.florist.plates import plate

WIDTH_PIXELS = 1600  # twice what a plate says; enough for a page as wide as a laptop's


def png(product: Mapping[str, Any], width: int = WIDTH_PIXELS) -> bytes:
    """The plate of a product's first variant."""
    return bytes(resvg_py.svg_to_bytes(svg_string=plate(product, product["variants"][0]), width=width))


def write(folder: Path, first: int) -> Iterator[Path]:
    """So many products' plates, as they are written."""
    folder.mkdir(parents=True, exist_ok=True)
    with PRODUCTS.open(encoding="utf-8") as lines:
        for line, _ in zip(lines, range(first), strict=False):
            product = json.loads(line)
            path = folder / f"{product['id']}.png"
            if not path.exists():
                half_done = path.with_suffix(".new")
                half_done.write_bytes(png(product))
                half_done.rename(path)
            yield path


def main() -> None:
    """Write the originals of the products that the command line names into a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first", type=int, default=1_000_000, help="of so many products, in the file's order")
    arguments = parser.parse_args()
    print(f"{sum(1 for _ in write(arguments.folder, arguments.first))} plates in {arguments.folder}")


if __name__ == "__main__":
    main()
