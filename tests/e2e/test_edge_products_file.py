"""`bloomfield products`: a catalogue from a file and into one, over a running shop, with a kill in the middle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from ops.products import files
from ops.products.transfer import BATCH
from ops.servers.stack import Stack
from tests.e2e.edge_clients import Edge
from tests.waiting import eventually

COUNT = BATCH + 20


def products(category: str) -> list[dict[str, Any]]:
    def one(number: int) -> dict[str, Any]:
        variants = [
            {
                "sku": f"{category}-{number}-{size}",
                "options": {"size": size},
                "price_minor": 500 + number,
                "vat_basis_points": 2000,
            }
            for size in ("S", "L")[: 1 + number % 2]
        ]
        return {
            "id": f"{category}-{number:04}",
            "title": f"Vase “{number}”, | blue",
            "description": "Fired twice.\n\nWash by hand.",
            "categories": [category, "all"],
            "attributes": {"height_cm": 20.5, "weight_kg": 2, "handmade": True, "glaze": "matt, grey"},
            "variants": variants,
            "status": ("published", "archived", "draft")[number % 3],
        }

    every = [one(number) for number in range(COUNT)]
    pence = {"amount_minor": 450, "currency": "GBP"}
    sale = {"unit_price": pence, "channel": "web", "valid_from": None, "valid_until": "2030-04-30"}
    every[0]["variants"][0]["schedule"] = [sale]
    return every


def command(stack: Stack, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ops.cli", "products", *words],
        env={**os.environ, **stack.environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(stack: Stack, *words: str) -> tuple[int, str]:
    done = command(stack, *words)
    said, _ = done.communicate()
    return done.returncode, said


def seen(edge: Edge, category: str) -> dict[str, tuple[int, str]]:
    """Version and status of every product of a category."""
    staff, found, after = edge.staff(), {}, None
    while True:
        query = {"category": category, "limit": 100} | ({"after": after} if after else {})
        page = staff.get("/v1/admin/products", params=query).json()
        found |= {each["id"]: (each["version"], each["status"]) for each in page["products"]}
        if (after := page["next"]) is None:
            return found


def test_an_import_that_was_killed_goes_on_and_one_that_is_repeated_changes_nothing(
    edge: Edge, stack: Stack, tmp_path: Path
) -> None:
    category = f"c{uuid.uuid4().hex[:8]}"
    file, wanted = tmp_path / "products.ndjson", products(category)
    with files.writer(file, (), ()) as write:
        write({"id": "Vase_1", "title": "no slug"})
        for each in wanted:
            write(each)
    progress = tmp_path / "products.ndjson.progress"
    killed = command(stack, "import", str(file))
    eventually(lambda: progress.exists() and json.loads(progress.read_text())["done"] >= BATCH)
    killed.kill()
    killed.communicate()
    assert progress.exists(), "it had not come to its end"
    code, said = ended(stack, "import", str(file))
    assert (code, progress.exists()) == (1, False), said
    [refused] = (tmp_path / "products.ndjson.refused").read_text().splitlines()
    assert json.loads(refused)["line"] == 1, "refused before the kill"
    changes = {"published": 2, "archived": 2, "draft": 1}
    once = {each["id"]: (changes[each["status"]], each["status"]) for each in wanted}
    eventually(lambda: seen(edge, category) == once)

    exported, table = tmp_path / "all.ndjson", tmp_path / "all.csv"
    for path in (exported, table):
        code, said = ended(stack, "export", str(path))
        assert code == 0, said
    of_ours = [each for _, each in files.read(exported) if isinstance(each, dict) and category in each["categories"]]
    assert [each["id"] for each in of_ours] == sorted(once)
    assert of_ours[0]["attributes"] == wanted[0]["attributes"]
    [sale] = of_ours[0]["variants"][0]["schedule"]
    assert sale["valid_until"] == "2030-04-30T23:00:00.000Z", "midnight in London"
    code, said = ended(stack, "import", str(table))
    assert code == 0, said
    assert seen(edge, category) == once
    again = tmp_path / "again.ndjson"
    assert ended(stack, "export", str(again))[0] == 0
    assert again.read_bytes() == exported.read_bytes()


def test_each_product_that_is_refused_is_listed_with_its_line_and_its_reason(stack: Stack, tmp_path: Path) -> None:
    category = f"c{uuid.uuid4().hex[:8]}"
    good, *others = products(category)[:4]
    file = tmp_path / "products.ndjson"
    wrong = [
        json.dumps(good),
        "{",
        json.dumps(others[0] | {"id": "Vase_1"}),
        json.dumps(others[1] | {"variants": [{"sku": "x", "barcode": "5012345678901"}]}),
        json.dumps(others[2] | {"variants": "none"}),
        "[]",
    ]
    file.write_text("\n".join(wrong))
    code, said = ended(stack, "import", str(file))
    assert code == 1, said
    refused = [json.loads(line) for line in (tmp_path / "products.ndjson.refused").read_text().splitlines()]
    assert [each["line"] for each in refused] == [2, 3, 4, 5, 6]
    for each, reason in zip(
        refused, ("no JSON", "slug", "variants.0.barcode", "shape of a product", "no JSON object"), strict=True
    ):
        assert reason in each["reason"], each
    code, said = ended(stack, "import", str(tmp_path / "products.xlsx.ndjson"))
    assert code == 2 and "does not exist" in said
    other = tmp_path / "products.xlsx"
    other.write_text("")
    code, said = ended(stack, "import", str(other))
    assert code == 2 and "neither .ndjson nor .csv" in " ".join(said.replace("│", " ").split())


def test_the_tree_of_categories_comes_out_as_it_went_in(edge: Edge, stack: Stack, tmp_path: Path) -> None:
    mark = uuid.uuid4().hex[:8]
    roses, flowers = {"id": f"roses-{mark}", "parent": f"flowers-{mark}"}, {"id": f"flowers-{mark}", "parent": None}
    every = [each | {"title": each["id"].title(), "position": 3, "hidden": False} for each in (roses, flowers)]
    file, exported = tmp_path / "categories.json", tmp_path / "exported.json"
    file.write_text(json.dumps(every))
    code, said = ended(stack, "categories", "import", str(file))
    assert code == 0, said

    def ours() -> list[dict[str, Any]]:
        assert ended(stack, "categories", "export", str(exported))[0] == 0
        return [each for each in json.loads(exported.read_text()) if mark in each["id"]]

    eventually(lambda: ours() == [every[1], every[0]])  # a parent comes first
    file.write_text(json.dumps([{"id": f"lost-{mark}", "title": "Lost", "parent": "nowhere"}]))
    code, said = ended(stack, "categories", "import", str(file))
    assert code == 1 and "nowhere" in said
    assert [each for each in edge.guest().get("/v1/categories").json()["categories"] if mark in each["id"]]
