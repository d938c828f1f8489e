"""What every room's answers are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import orjson
import structlog
from fastapi import Request, Response

from api import metrics

if TYPE_CHECKING:
    from api.edge import Edge

LOG = structlog.get_logger()


def edge_of(request: Request) -> Edge:
    """The parts of this process, wired in app.py."""
    return cast("Edge", request.app.state.edge)


def answer(status: int, body: dict[str, Any], **headers: str) -> Response:
    """A JSON answer; `bloomfield_position="…"` becomes the header Bloomfield-Position."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(orjson.dumps(body), status, named, "application/json")


def pending(command_id: str, location: str, **members: Any) -> Response:
    """202: the log has the command, its decision has not come within the budget; look at `location`."""
    body = {"status": "pending", "command_id": command_id, **members}
    return answer(202, body, location=location, retry_after="1")


def moment(millis: int) -> str:
    """A time of ours as it stands in a response (RFC 3339, UTC)."""
    return datetime.fromtimestamp(millis / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def begin_command(request: Request, command_id: str) -> None:
    """Name the command in every log line of this request, and in its answer."""
    request.scope["state"]["command_id"] = command_id
    structlog.contextvars.bind_contextvars(command_id=command_id, correlation_id=command_id)


def new_command(request: Request) -> str:
    """A fresh command id, for wishes that say all of what is to be and so need no key."""
    command_id = str(uuid4())
    begin_command(request, command_id)
    return command_id


def went_on_without_redis(what: str, error: Exception) -> None:
    """Redis is a convenience: count its failure, say it, go on."""
    metrics.REDIS_FAILURES.labels(what).inc()
    LOG.warning("went_on_without_redis", what=what, error=str(error))
