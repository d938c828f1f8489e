"""What stands around every call to Stripe: a token bucket per endpoint, back-off with jitter, a circuit breaker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import pybreaker
import structlog
from prometheus_client import Counter, Gauge, Histogram
from pyrate_limiter import Limiter, Rate, SingleBucketFactory, StateBucket, TokenBucket
from tenacity import RetryCallState, Retrying, retry_if_exception_type
from tenacity.wait import wait_random_exponential

from connectors.effect import Stopped
from connectors.stripe.options import StripeOptions
from process.health import Health

FAILURES_MAX = 5  # in a row, before the breaker opens
BURST_SHARE = 5  # a fifth of a second's requests at once: Stripe counts by the second

CALLS = Counter("stripe_calls_total", "Calls by endpoint and how they ended.", ["endpoint", "outcome"])
RETRIES = Counter("stripe_retries_total", "Calls that will be made again, and why.", ["endpoint", "reason"])
SECONDS = Histogram("stripe_call_seconds", "Time of one call.", ["endpoint"])
WAITED = Histogram("stripe_limiter_wait_seconds", "Time in front of the token bucket.", ["endpoint"])
OPEN = Gauge("stripe_breaker_open", "1 while the circuit breaker is open or half open.")
LOG = structlog.stdlib.get_logger()
T = TypeVar("T")


class StripeUnavailable(Exception):
    """Stripe did not do it now; the same call may work later."""

    def __init__(self, reason: str, *, outage: bool = True, wait_seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.outage = outage  # counts for the breaker; a 429 does not: Stripe is well, we are too fast
        self.wait_seconds = wait_seconds  # what Stripe asked for


class Guard:
    """Makes calls until they are answered, or the process is told to stop."""

    def __init__(self, options: StripeOptions, health: Health, stop: threading.Event) -> None:
        self._options, self._health, self._stop = options, health, stop
        self._limiters: dict[str, Limiter] = {}
        self._limiters_lock = threading.Lock()
        self._jitter = wait_random_exponential(multiplier=0.2, max=options.back_off_seconds_max)
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=FAILURES_MAX,
            reset_timeout=options.probe_seconds,
            exclude=[lambda error: not (isinstance(error, StripeUnavailable) and error.outage)],
            listeners=[_StripeBreakerListener(health)],
            throw_new_error_on_trip=False,
        )

    @property
    def open(self) -> bool:
        """True while calls wait for the breaker."""
        return bool(self._breaker.current_state != pybreaker.STATE_CLOSED)

    def call(self, endpoint: str, attempt: Callable[[], T]) -> T:
        """The answer of `attempt`, repeated while it raises StripeUnavailable. Raises Stopped; the rest passes on."""

        def once() -> T:
            return self._through_breaker(lambda: self._measured(endpoint, attempt))

        retrying = Retrying(
            retry=retry_if_exception_type((StripeUnavailable, pybreaker.CircuitBreakerError)),
            wait=self._wait_seconds,
            sleep=self.sleep,
            before_sleep=lambda state: _note_retry(endpoint, state),
            reraise=True,
        )
        return retrying(once)

    def sleep(self, seconds: float) -> None:
        """Wait. Raises Stopped when the process ends meanwhile."""
        if self._stop.wait(seconds):
            raise Stopped

    def _through_breaker(self, call: Callable[[], T]) -> T:
        # pybreaker holds a lock while it calls. That is right for the probe of an open circuit, one at a time; while
        # the circuit is closed, calls run side by side and only their results pass through it.
        if self.open:
            return self._breaker.call(call)  # type: ignore[no-any-return]
        try:
            answer = call()
        except Exception as error:
            self._breaker.call(_raise, error)
            raise
        if not self.open:
            try:
                self._breaker.call(int)
            except pybreaker.CircuitBreakerError:
                LOG.info("answered_after_the_breaker_opened")
        return answer

    def _measured(self, endpoint: str, attempt: Callable[[], T]) -> T:
        with WAITED.labels(endpoint).time():
            self._take_token(endpoint)
        began, outcome = time.perf_counter(), "refused"
        try:
            answer = attempt()
            outcome = "ok"
            return answer
        except StripeUnavailable:
            outcome = "unavailable"
            raise
        finally:
            SECONDS.labels(endpoint).observe(time.perf_counter() - began)
            CALLS.labels(endpoint, outcome).inc()

    def _take_token(self, endpoint: str) -> None:
        with self._limiters_lock:
            limiter = self._limiters.get(endpoint)
            if limiter is None:
                limiter = self._limiters[endpoint] = _limiter(self._options.rate)
        while not limiter.try_acquire(endpoint, timeout=1.0):
            if self._stop.is_set():
                raise Stopped

    def _wait_seconds(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, StripeUnavailable):
            return max(self._jitter(state), error.wait_seconds)
        return min(1.0, self._options.probe_seconds / 4)  # the breaker is open: look again soon


def _limiter(rate: int) -> Limiter:
    bucket = StateBucket([Rate(rate, 1_000, burst=max(1, rate // BURST_SHARE))], TokenBucket())
    return Limiter(SingleBucketFactory(bucket, schedule_leak=False), buffer_ms=1)


def _raise(error: Exception) -> None:
    raise error


def _note_retry(endpoint: str, state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, StripeUnavailable):
        RETRIES.labels(endpoint, "outage" if error.outage else "busy").inc()
        LOG.warning("stripe_retry", endpoint=endpoint, attempt=state.attempt_number, reason=str(error))


class _StripeBreakerListener(pybreaker.CircuitBreakerListener):  # type: ignore[misc]
    """Says what state the breaker is in."""

    def __init__(self, health: Health) -> None:
        self._health, self._reason = health, ""

    def failure(self, _breaker: Any, error: BaseException) -> None:
        self._reason = str(error)

    def state_change(self, _breaker: Any, old: Any, new: Any) -> None:
        closed = new.name == pybreaker.STATE_CLOSED
        OPEN.set(0 if closed else 1)
        LOG.warning("stripe_breaker", old=old.name if old else "", new=new.name)
        if closed:
            self._health.ready(part="stripe")
        else:
            self._health.unready(f"Stripe: {self._reason}; the circuit breaker is {new.name}", part="stripe")
