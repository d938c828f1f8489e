"""The application: rooms, what every request passes through, and the paths for those who run it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.routing import Route

from api.cart import routes as cart
from api.catalogue import images as catalogue_images
from api.catalogue import routes as catalogue
from api.catalogue import staff as catalogue_staff
from api.categories import routes as categories
from api.checkout import routes as checkout
from api.delivery import routes as delivery
from api.http import docs, docs_page
from api.http.middleware import EveryRequest, too_large
from api.http.options import Options
from api.http.problems import Problem, validation_problem
from api.inventory import routes as inventory
from api.inventory import staff as inventory_staff
from api.live import routes as live
from api.orders import routes as orders
from api.orders import staff as orders_staff
from api.payments import routes as payments
from api.pins import routes as pins
from api.prices import routes as prices
from api.process import EdgeProcess
from api.promotions import routes as promotions
from api.search import routes as search
from api.synonyms import routes as synonyms
from api.web.storefront import routes as storefront
from connectors.postgres.connection import OperationalError
from process.settings import Settings

LOG = structlog.get_logger()
DESCRIPTION = """Carts, checkouts and orders of Bloomfield, and the stock behind them.

Amounts are integers in minor units with an ISO 4217 code. Times are RFC 3339 in UTC. Unknown fields are refused.
Problems are RFC 9457 documents with a stable `code`. A write returns `Bloomfield-Position`; a GET that carries it shows
that write. `202` says that a decision is still on its way; `Location` shows it.
"""
ROUTERS = (
    cart.router,
    checkout.router,
    orders.router,
    inventory.router,
    prices.router,
    payments.router,
    inventory_staff.router,
    prices.staff_router,
    orders_staff.router,
    catalogue.router,
    catalogue_staff.router,
    catalogue_images.router,
    delivery.router,
    live.router,
    promotions.router,
    promotions.staff_router,
    search.router,
    categories.router,
    categories.staff_router,
    pins.staff_router,
    synonyms.staff_router,
    storefront.router,
)


def build_app(settings: Settings, options: Options) -> FastAPI:
    """The ASGI application of one edge process. Connects to nothing before its lifespan begins."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        process = await EdgeProcess.wired(settings, options)
        app.state.process, app.state.parts = process, process.parts
        await process.start()
        try:
            yield
        finally:
            await process.stop()

    app = FastAPI(
        title="Bloomfield",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    for path, serve in (("/healthz", _alive), ("/readyz", _ready), ("/metrics", _metrics), ("/docs", _docs)):
        app.router.routes.append(Route(path, serve))
    for router in ROUTERS:
        # Taken over as they are: an included router matches every request twice (measured: 8 % of a request).
        app.router.routes.extend(router.routes)
    app.add_middleware(EveryRequest)
    app.exception_handler(Problem)(_problem)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(OperationalError)(_no_views)
    docs.install(app)
    return app


async def _alive(_request: Request) -> Response:
    return Response("alive\n", media_type="text/plain")


async def _ready(request: Request) -> Response:
    reason = request.app.state.process.not_ready()
    return Response(f"{reason or 'ready'}\n", 503 if reason else 200, media_type="text/plain")


async def _metrics(_request: Request) -> Response:
    return Response(await asyncio.to_thread(generate_latest), media_type=CONTENT_TYPE_LATEST)


async def _docs(request: Request) -> Response:
    return Response(docs_page.page(request.app.openapi()), media_type="text/html")


async def _problem(request: Request, error: Problem) -> Response:
    return error.response(request.url.path)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    if error.errors()[0]["loc"] == ("body",) and error.body and not _says_json(request.headers.get("content-type", "")):
        problem = Problem("content_type_unsupported", "Send one JSON object, and `Content-Type: application/json`.")
    else:
        problem = validation_problem(error.errors())
    return problem.response(request.url.path)


def _says_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


async def _http(request: Request, error: HTTPException) -> Response:
    path = request.url.path
    match error.status_code:
        case 404 if _for_a_reader(request):
            return await storefront.not_found(request)
        case 404:
            problem = Problem("not_found", f"There is no {path}. The paths are at /docs and in /openapi.json.")
        case 405:
            detail = f"{path} does not know {request.method}. `Allow` names what it knows."
            allow = (error.headers or {}).get("Allow", "").replace("GET", "GET, HEAD")
            problem = Problem("method_not_allowed", detail, headers={"Allow": allow})
        case 413:
            problem = too_large(path)
        case _:
            problem = Problem("json_malformed", "The body cannot be read. Send one JSON object in UTF-8.")
    return problem.response(path)


def _for_a_reader(request: Request) -> bool:
    """Whether somebody reads the answer in a browser, and no program does."""
    return not request.url.path.startswith("/v1") and "text/html" in request.headers.get("accept", "")


async def _no_views(request: Request, _error: OperationalError) -> Response:
    detail = "The views cannot be read. Try again in a second."
    return Problem("view_unavailable", detail, headers={"Retry-After": "1"}).response(request.url.path)
