"""What operations see of the edge."""

from __future__ import annotations

import structlog
from prometheus_client import Counter, Gauge, Histogram

LOG = structlog.get_logger()

REQUESTS = Counter("bloomfield_edge_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "bloomfield_edge_request_seconds",
    "Time from request to response",
    ["method", "route"],
    buckets=[0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.5, 3],
)
REPLIES = Counter("bloomfield_edge_replies", "Replies of deciding agents, by whether somebody waited", ["waited"])
TIMEOUTS = Counter("bloomfield_edge_reply_timeouts", "Commands not decided within the budget", ["command"])
UNPUBLISHED = Counter("bloomfield_edge_unpublished", "Commands that the log did not take")
REDIS_FAILURES = Counter("bloomfield_edge_redis_failures", "Calls that went on without Redis", ["what"])
LIMITED = Counter("bloomfield_edge_rate_limited", "Requests refused because of their number")
LIMITED_ALONE = Gauge(
    "bloomfield_edge_rate_limit_alone",
    "1: Redis does not answer, and this process counts the requests of callers alone",
)
WEBHOOKS = Counter("bloomfield_edge_stripe_webhooks", "Stripe webhooks, by what became of them", ["outcome"])
LIVE = Gauge("bloomfield_edge_live_connections", "Clients that are told live what happens")
LIVE_REFUSED = Counter("bloomfield_edge_live_refused", "Live connections refused because of their number")
LIVE_DROPPED = Counter("bloomfield_edge_live_dropped", "Live connections ended because the client did not read")
PRODUCT_READS = Counter("bloomfield_edge_product_reads", "Products read, by where they were", ["from"])
PRICES = Gauge("bloomfield_edge_prices", "SKUs whose price is in memory")


def went_on_without_redis(what: str, error: Exception) -> None:
    """Redis is a convenience: count its failure, log it, go on."""
    REDIS_FAILURES.labels(what).inc()
    LOG.warning("went_on_without_redis", what=what, error=str(error))
