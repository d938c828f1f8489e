"""Stripe's request encoding: forms with nested brackets (docs.stripe.com/api: "form-encoded request bodies")."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

Params = dict[str, Any]
DEPTH_MAX = 8


def decode(encoded: bytes) -> Params:
    """`a[b][]=1&a[c]=2` becomes {"a": {"b": ["1"], "c": "2"}}; numeric keys from 0 become a list."""
    tree: Params = {}
    for name, value in parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, max_num_fields=2_000):
        _insert(tree, _path(name), value)
    return {name: _lists(value) for name, value in tree.items()}


def flatten(params: Params, prefix: str = "") -> list[str]:
    """The names as a client wrote them: what an error calls an unknown nested parameter."""
    names: list[str] = []
    for name, value in params.items():
        full = f"{prefix}[{name}]" if prefix else name
        names += flatten(value, full) if isinstance(value, dict) else [full]
    return names


def _path(name: str) -> list[str]:
    head, bracket, rest = name.partition("[")
    if not bracket or not rest.endswith("]"):
        return [name]
    return [head, *rest[:-1].split("][")][:DEPTH_MAX]


def _insert(tree: Params, path: list[str], value: str) -> None:
    for step in path[:-1]:
        child = tree.setdefault(step or str(len(tree)), {})
        if not isinstance(child, dict):
            child = tree[step] = {}
        tree = child
    tree[path[-1] or str(len(tree))] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(child) for key, child in value.items()}
