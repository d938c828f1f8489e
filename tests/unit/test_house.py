"""The arrows between the packages, the purity of decisions, and the names of the distribution."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

from schemas.rooms import ROOMS
from tests.cases import every

ROOT = Path(__file__).parents[2]
MAY_IMPORT = {
    "schemas": set(),
    "process": {"schemas"},
    "connectors": {"schemas", "process"},
    "streams": {"schemas", "process", "connectors"},
    "api": {"schemas", "process", "connectors"},
    "ops": {"schemas", "process", "connectors", "streams", "api"},
}
# The edge's mechanics know no room. Rooms know the mechanics, and these know rooms that stand before them, too.
EDGE_MAY_IMPORT = {
    "http": set(),
    "log": {"http"},
    "cart": {"http", "log", "prices", "promotions"},
    "catalogue": {"http", "log", "prices", "categories"},
    "promotions": {"http", "log", "categories"},
    "inventory": {"http", "log", "prices"},
    "delivery": {"http", "prices"},
    "checkout": {"http", "log", "cart", "promotions", "delivery"},
    "search": {"http", "log", "prices", "catalogue", "categories", "pins"},
    "orders": {"http", "log", "cart", "checkout"},
    "live": {"http", "log", "prices", "inventory", "cart", "checkout", "orders"},
}
# Who alone talks to a foreign system, among the edge and the connectors, and with which libraries.
LIBRARIES = {
    "connectors/kafka": {"confluent_kafka"},
    "connectors/opensearch": {"aiohttp"},
    "connectors/postgres": {"psycopg", "psycopg_pool"},
    "connectors/redis": {"redis"},
    "connectors/s3": {"botocore"},
    "connectors/stripe": {"stripe"},
}
# A decision knows no clock, no random source, no network, and nothing outside of the language.
PURE_MAY_IMPORT = {
    "__future__",
    "bisect",
    "collections",
    "dataclasses",
    "enum",
    "functools",
    "immutables",
    "itertools",
    "msgspec",
    "typing",
    "schemas",
    "streams",
}
ENGINE_FREE_OF_CLOCKS = ("deciding.py", "decided.py", "records.py", "rows.py", "decider.py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports name their whole place"
            yield node.module or ""


def modules(path: Path) -> Iterator[str]:
    """What `imports` has, and what may be a module: `from api.http import cursors` names api.http.cursors."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
    yield from imports(path)


@every("package", MAY_IMPORT)
def test_packages_import_only_what_stands_below_them(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        ours = {name.split(".")[0] for name in imports(path)} & MAY_IMPORT.keys()
        assert ours <= MAY_IMPORT[package] | {package}, path


def test_folders_of_the_edge_import_only_what_stands_below_them() -> None:
    for path in (ROOT / "api").glob("*/*.py"):
        ours = {name.split(".")[1] for name in imports(path) if name.startswith("api.")}
        assert ours <= EDGE_MAY_IMPORT.get(path.parent.name, {"http", "log"}) | {path.parent.name}, path


@every("folder", LIBRARIES)
def test_a_connector_is_the_only_user_of_its_library(folder: str) -> None:
    paths = [path for package in ("api", "connectors") for path in (ROOT / package).rglob("*.py")]
    users = {path for path in paths if LIBRARIES[folder] & {name.split(".")[0] for name in imports(path)}}
    assert users
    assert all(path.is_relative_to(ROOT / folder) for path in users), users


def test_no_two_classes_have_one_name() -> None:
    paths = (path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))
    nodes = ((path, node) for path in paths for node in ast.parse(path.read_text()).body)
    found = defaultdict(list)
    for path, node in nodes:
        if isinstance(node, ast.ClassDef):
            found[node.name].append(str(path.relative_to(ROOT)))
    assert {name: where for name, where in found.items() if len(where) > 1} == {}


def test_pages_use_nothing_but_v1() -> None:
    """So any other front end can do what they do: no room's code, no view, no log."""
    for path in (ROOT / "api/web").rglob("*.py"):
        ours = [name for name in imports(path) if name.split(".")[0] in MAY_IMPORT]
        assert all(name.startswith("api.web") for name in ours), (path, ours)


@every("package", MAY_IMPORT)
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    files = {".".join(p.relative_to(ROOT).with_suffix("").parts): p for p in (ROOT / package).rglob("*.py")}
    TopologicalSorter({name: set(modules(path)) & files.keys() for name, path in files.items()}).prepare()


@every("path", [p for p in (ROOT / "streams").glob("*/*.py") if p.parent.name != "runtime"], ids=str)
def test_decisions_are_pure(path: Path) -> None:
    assert {name.split(".")[0] for name in imports(path)} <= PURE_MAY_IMPORT
    assert not {name for name in imports(path) if name.startswith("streams.runtime") and not name.endswith("decider")}


def test_a_room_does_not_know_who_asks_it() -> None:
    """It answers to an address: what it imports would have to change with every room that asks."""
    asked_by = {(cls.__module__.split(".")[1], room.name) for room in ROOMS.values() for cls in room.hears}
    assert {asker for _, asker in asked_by} == {"checkout"}
    for answering, asker in asked_by:
        for path in (*(ROOT / "schemas" / answering).glob("*.py"), *(ROOT / "streams" / answering).glob("*.py")):
            assert not [name for name in imports(path) if name.split(".")[1:2] == [asker]], path


@every("name", ENGINE_FREE_OF_CLOCKS)
def test_the_deciding_part_of_the_engine_reads_no_clock(name: str) -> None:
    path = ROOT / "streams/runtime" / name
    assert not {"time", "datetime", "random", "uuid", "confluent_kafka", "asyncio"} & set(imports(path))


def test_no_product_code_imports_tests() -> None:
    for package in MAY_IMPORT:
        for path in (ROOT / package).rglob("*.py"):
            assert not [name for name in imports(path) if name.split(".")[0] == "tests"], path


@every("package", MAY_IMPORT)
def test_our_top_level_names_are_ours_alone(package: str) -> None:
    assert set(packages_distributions()[package]) == {"bloomfield"}
    for folder in [ROOT / package, *(p for p in (ROOT / package).rglob("*") if p.is_dir() and list(p.glob("*.py")))]:
        assert (folder / "__init__.py").exists(), f"{folder} would lose to any installed homonym"


def test_only_what_makes_topics_knows_how_many_partitions_the_environment_asks_for() -> None:
    """Everybody else asks the log (connectors/kafka/log_identity.py): two that count differently lose commands."""
    makers = {ROOT / "ops/topics.py", ROOT / "ops/silences.py", *(ROOT / "ops/bench").glob("*.py")}
    for path in (found for package in MAY_IMPORT for found in (ROOT / package).rglob("*.py") if found not in makers):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
            assert "PARTITIONS" not in names, path
