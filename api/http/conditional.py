"""Requests that depend on what the caller has seen: `If-Match` of a write, `If-None-Match` of a read (RFC 9110, 13.1).

An ETag of ours is the version of the aggregate, and behind a dash what of the response changes without it.
"""

from __future__ import annotations

import re
from typing import Annotated
from zlib import crc32

from fastapi import Header, Response

from api.http.problems import Problem

IfMatch = Annotated[
    str, Header(alias="If-Match", max_length=100, description="The ETag you have: 412 if it has changed since.")
]
IfNoneMatch = Annotated[str, Header(alias="If-None-Match", max_length=1_000)]
# Whoever keeps it asks whether it is still so: a price that has changed is not shown from a cache.
CACHED = {"cache-control": "public, no-cache"}
ETAG = re.compile(r'"(\d{1,15})(?:-[0-9a-f]{8})?"')


def etag_of(version: int, json: bytes) -> str:
    """The ETag of a response that shows more than its aggregate."""
    return f'"{version}-{crc32(json):08x}"'


def expected_version(if_match: str) -> int | None:
    """The version that an If-Match asks for; None: any. Raises Problem for what is no ETag of ours."""
    text = if_match.strip()
    if text in ("", "*"):
        return None
    found = ETAG.fullmatch(text)
    if found is None:
        raise Problem("header_malformed", "If-Match is no ETag of ours. Send that of your last response, unchanged.")
    return int(found[1])


def unless_known(response: Response, if_none_match: str) -> Response:
    """The response, or 304 with its headers when the caller has it."""
    etag = response.headers["etag"]
    if not {"*", etag} & {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}:
        return response
    kept = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
    return Response(status_code=304, headers=kept)
