"""One double for all tests, a real process; emptied before each test, with short back-offs."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

from tests.stripe_double.receiver import Receiver
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
SECRET_KEY, WEBHOOK_SECRET = "sk_test_51BloomfieldDouble", "whsec_0123456789abcdef"
QUICK = {
    "settle_seconds": None,
    "webhooks": {"retry_first_seconds": 0.02, "retry_cap_seconds": 0.2, "timeout_seconds": 2.0},
}


@dataclass(frozen=True, slots=True)
class Running:
    """The double as its tests see it: Stripe's API below /v1, the control plane below /_double."""

    base: str
    http: httpx.Client
    process: subprocess.Popen[bytes]

    def order(self, method: str, path: str, content: Any = None) -> Any:
        answer = self.http.request(method, f"/_double/{path}", json=content)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def patch(self, **settings: Any) -> None:
        self.order("PATCH", "settings", settings)

    def override(self, **order: Any) -> None:
        self.order("POST", "overrides", order)

    def post(self, path: str, key: str = "", **form: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {SECRET_KEY}"} | ({"Idempotency-Key": key} if key else {})
        return self.http.post(path, data=form, headers=headers)

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(path, params=query, headers={"Authorization": f"Bearer {SECRET_KEY}"})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, *extra: str) -> Running:
    (folder / "stripe_key").write_text(SECRET_KEY + "\n", encoding="utf-8")
    (folder / "stripe_webhook").write_text(WEBHOOK_SECRET + "\n", encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "tests.doubles.stripe", "--port", str(port), "--secrets", str(folder)]
    process = subprocess.Popen([*command, "--webhook-url", "http://127.0.0.1:9/", "--seed", "7", *extra], cwd=ROOT)
    base = f"http://127.0.0.1:{port}"
    running = Running(base, httpx.Client(base_url=base, timeout=15.0, trust_env=False), process)

    def healthy() -> bool:
        assert process.poll() is None, "the double died"
        try:
            return running.http.get("/_double/health").status_code == 200
        except httpx.TransportError:
            return False

    eventually(healthy)
    return running


def stop(running: Running, number: signal.Signals = signal.SIGTERM) -> None:
    running.http.close()
    running.process.send_signal(number)
    running.process.wait(60)


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start(tmp_path_factory.mktemp("secrets"))
    yield running
    stop(running)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    endpoint = Receiver(WEBHOOK_SECRET)
    yield endpoint
    endpoint.close()


@pytest.fixture
def double(process: Running, receiver: Receiver) -> Iterator[Running]:
    process.order("POST", "reset")
    process.patch(**QUICK)
    process.patch(webhooks={"url": receiver.url})
    yield process
    process.order("POST", "reset")


def client_of(running: Running) -> stripe.StripeClient:
    return stripe.StripeClient(SECRET_KEY, base_addresses={"api": running.base}, max_network_retries=0)


@pytest.fixture
def api(double: Running) -> stripe.StripeClient:
    return client_of(double)


@pytest.fixture
def pay(api: stripe.StripeClient) -> Any:
    def create(**params: Any) -> stripe.PaymentIntent:
        given = {"amount": 1999, "currency": "gbp", **params}
        return api.v1.payment_intents.create(params=given)

    return create


@pytest.fixture
def held(pay: Any) -> Any:
    """A card hold: what our checkout makes."""
    return lambda **params: pay(payment_method="pm_card_visa", confirm=True, capture_method="manual", **params)


@pytest.fixture
def paid(pay: Any) -> Any:
    return lambda **params: pay(**{"payment_method": "pm_card_visa", "confirm": True, **params})
