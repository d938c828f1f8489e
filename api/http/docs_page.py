"""The contract as a page to read, at `/docs`: HTML made of the OpenAPI document, without scripts or styles."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Json = Mapping[str, Any]


def page(document: Json) -> str:
    """The whole contract in one page."""
    return "\n".join(_lines(document))


def _lines(document: Json) -> Iterator[str]:
    info = document["info"]
    yield f'<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}</title>'
    yield f"<h1>{escape(info['title'])}, version {escape(info['version'])}</h1>"
    yield from (f"<p>{escape(paragraph)}</p>" for paragraph in info["description"].split("\n\n"))
    yield '<p>The same for machines: <a href="/openapi.json">/openapi.json</a>.</p>'
    operations = [
        (method.upper(), path, one) for path, all_ in document["paths"].items() for method, one in all_.items()
    ]
    yield "<ul>"
    for method, path, one in operations:
        name = escape(f"{method} {path}")
        yield f'<li><a href="#{_anchor(method, path)}"><code>{name}</code></a> {escape(one["summary"])}</li>'
    yield "</ul>"
    for method, path, one in operations:
        yield f'<h2 id="{_anchor(method, path)}"><code>{escape(f"{method} {path}")}</code></h2>'
        yield from _operation(one, document)


def _operation(one: Json, document: Json) -> Iterator[str]:
    yield from (f"<p>{escape(paragraph)}</p>" for paragraph in one.get("description", one["summary"]).split("\n\n"))
    if one.get("security"):
        yield "<p>For staff: <code>Authorization: Bearer …</code></p>"
    if one.get("parameters"):
        yield '<table border="1"><tr><th>parameter</th><th>in</th><th>needed</th><th>meaning</th></tr>'
        for each in one["parameters"]:
            cells = (each["name"], each["in"], "yes" if each.get("required") else "no", each.get("description", ""))
            yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        yield "</table>"
    for content in one.get("requestBody", {}).get("content", {}).values():
        body = json.dumps(example(content["schema"], document), indent=2, ensure_ascii=False)
        yield f"<p>Body, for example:</p><pre>{escape(body)}</pre>"
    yield '<table border="1"><tr><th>response</th><th>meaning</th></tr>'
    for status, response in sorted(one["responses"].items()):
        yield f"<tr><td>{escape(status)}</td><td>{escape(response['description'])}</td></tr>"
    yield "</table>"


def _anchor(method: str, path: str) -> str:
    return escape(f"{method}{path}")


def example(schema: Json, document: Json) -> Any:
    """A value of this schema: its own example where it names one."""
    if "$ref" in schema:
        return example(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document)
    if "examples" in schema:
        return schema["examples"][0]
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if "enum" in schema:
        return schema["enum"][0]
    for name in ("anyOf", "oneOf", "allOf"):
        if name in schema:
            return example(schema[name][0], document)
    if schema.get("type") == "object":
        return {name: example(one, document) for name, one in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [example(schema.get("items", {}), document)]
    return {"string": "…", "integer": 1, "number": 1, "boolean": False}.get(schema.get("type", ""))
