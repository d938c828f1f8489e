"""What every page is made with: templates, words for money and time, static files, and the headers that protect it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.web.client import Json

LONDON = ZoneInfo("Europe/London")
MEDIA_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"
# Everything from ourselves, pictures from where the catalogue says that they are; nothing inline, nothing evaluated.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' {pictures}; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)


def pounds(amount: Json) -> str:
    """`£1,346.98` of an amount of the contract."""
    minor = int(amount["amount_minor"])
    return f"{'−' if minor < 0 else ''}£{abs(minor) // 100:,}.{abs(minor) % 100:02}"


def day(time: str) -> str:
    """`Mon 30 November, 14:32` of an RFC 3339 time, in London."""
    at = datetime.fromisoformat(time).astimezone(LONDON)
    return f"{at:%a} {at.day} {at:%B, %H:%M}"


def date(iso: str) -> str:
    """`Mon 30 November` of a date."""
    at = datetime.fromisoformat(iso)
    return f"{at:%a} {at.day} {at:%B}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 rose`, `2 roses`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


@cache
def _files() -> dict[str, tuple[str, bytes]]:
    """Static files by the name that they are asked for: it has a part of their digest, and so never changes."""
    found = {}
    for file in resources.files("api.web").joinpath("static").iterdir():
        stem, _, kind = file.name.rpartition(".")
        content = file.read_bytes()
        found[f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{kind}"] = (MEDIA_TYPES[kind], content)
    return found


def static(name: str) -> str:
    """The address of a static file, e.g. of `site.css`."""
    stem, _, kind = name.rpartition(".")
    return next(f"/static/{each}" for each in _files() if each.startswith(f"{stem}.") and each.endswith(f".{kind}"))


def static_response(name: str) -> Response | None:
    """A static file; None: there is none of that name."""
    found = _files().get(name)
    if found is None:
        return None
    media_type, content = found
    return Response(content, media_type=media_type, headers={"cache-control": FOR_EVER})


class Pages:
    """The pages of one part of the site, by the folder of its templates."""

    def __init__(self, package: str) -> None:
        self._templates = Environment(
            loader=PackageLoader(package, "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"pounds": pounds, "day": day, "date": date}
        self._templates.globals |= {"static": static, "plural": plural}

    def page(self, request: Request, template: str, status: int = 200, *, pictures: str = "", **facts: Any) -> Response:
        """One page as HTML. `pictures`: the origins that its pictures come from."""
        html = self._templates.get_template(template).render(path=request.url.path, status=status, **facts)
        return Response(html, status, _headers(pictures), "text/html; charset=utf-8")


def _headers(pictures: str) -> Mapping[str, str]:
    return {
        "content-security-policy": POLICY.format(pictures=pictures).replace("  ", " "),
        "referrer-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "private, no-cache",
    }


def see_other(path: str) -> Response:
    """After a form was taken: look there (303), so that going back or reloading sends nothing again."""
    return Response(status_code=303, headers={"location": path, "cache-control": "no-store"})
