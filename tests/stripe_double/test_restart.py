"""What the double still knows after it was stopped or killed, and what it still does: nobody restarts Stripe."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stripe_double.conftest import QUICK, Running, start, stop
from tests.stripe_double.receiver import Receiver
from tests.waiting import eventually

NEW = {"amount": "1999", "currency": "gbp"}
HELD = {**NEW, "payment_method": "pm_card_visa", "confirm": "true", "capture_method": "manual"}
PAID = {**NEW, "payment_method": "pm_card_visa", "confirm": "true"}
Begin = Callable[..., Running]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "account" / "journal.jsonl"


@pytest.fixture
def begin(tmp_path: Path, data: Path) -> Iterator[Begin]:
    """Start on the same data again, as often as a test likes."""
    with ExitStack() as stack:

        def again(*options: str) -> Running:
            running = start(tmp_path, "--data", str(data), *options)
            stack.callback(stop, running)
            running.patch(**QUICK)
            return running

        yield again


def kill(running: Running) -> None:
    stop(running, signal.SIGKILL)


def made(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def settled(double: Running) -> bool:
    return bool(double.order("GET", "webhooks")["pending"] == 0)


def attempted(double: Running, intent: str) -> bool:
    return any(one["attempts_total"] for one in double.order("GET", f"webhooks?intent={intent}")["deliveries"])


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_the_account_is_still_there(begin: Begin, ending: signal.Signals) -> None:
    first = begin()
    paid = made(first.post("/v1/payment_intents", **PAID))
    made(first.post("/v1/payment_intents", **HELD))
    made(first.post("/v1/refunds", payment_intent=paid["id"], amount="500"))
    partly = made(first.post("/v1/payment_intents", **HELD))
    made(first.post(f"/v1/payment_intents/{partly['id']}/capture", amount_to_capture="1000"))
    assert first.post("/v1/payment_intents", **(HELD | {"payment_method": "pm_card_chargeDeclined"})).status_code == 402
    before, events = first.order("GET", "state"), first.get("/v1/events", limit=100).json()
    stop(first, ending)
    second = begin()
    assert second.order("GET", "state") == before
    assert second.get("/v1/events", limit=100).json() == events and len(events["data"]) > 10
    assert len(before["payment_intents"]) == 4 and len(before["charges"]) == 4 and len(before["refunds"]) == 2
    kill(second)
    assert begin().order("GET", "state") == before, "lost when the journal was written anew"


def test_what_was_begun_is_finished_by_the_next_process(begin: Begin) -> None:
    first = begin()
    held = made(first.post("/v1/payment_intents", **HELD))
    unpaid = made(first.post("/v1/payment_intents", **NEW))
    card = made(first.post("/v1/payment_methods", **{"type": "card", "card[token]": "tok_chargeDeclined"}))
    kill(first)
    kill(begin())  # Twice, for the journal is written anew at each start.
    second = begin()
    captured = made(second.post(f"/v1/payment_intents/{held['id']}/capture"))
    declined = second.post(f"/v1/payment_intents/{unpaid['id']}/confirm", payment_method=card["id"])
    assert (captured["status"], captured["amount_received"]) == ("succeeded", 1999)
    assert declined.status_code == 402, "forgot which card it was"
    kill(second)
    assert begin().order("GET", "totals")["sums"]["captured"] == 1999


def test_an_idempotency_key_is_answered_from_the_record(begin: Begin) -> None:
    first = begin()
    answer = first.post("/v1/payment_intents", key="k", **HELD)
    kill(first)
    second = begin()
    again = second.post("/v1/payment_intents", key="k", **HELD)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request"] == answer.headers["request-id"]
    assert (again.status_code, again.content) == (answer.status_code, answer.content)
    assert second.post("/v1/payment_intents", key="k", **NEW).json()["error"]["type"] == "idempotency_error"
    assert second.order("GET", "health")["intents"] == 1


def test_an_undelivered_webhook_is_delivered_by_the_next_process(begin: Begin, receiver: Receiver) -> None:
    first = begin("--webhook-url", receiver.url)
    told = made(first.post("/v1/payment_intents", **NEW))
    eventually(lambda: settled(first))
    first.patch(webhooks={"url": "http://127.0.0.1:9/"})
    untold = made(first.post("/v1/payment_intents", **HELD))
    eventually(
        lambda: any(d["attempts_total"] for d in first.order("GET", "webhooks?intent=" + untold["id"])["deliveries"])
    )
    assert [event.data.object["id"] for event in receiver.accepted] == [told["id"]]
    kill(first)
    second = begin("--webhook-url", receiver.url)
    receiver.wait_for(lambda: len(receiver.accepted) == 4)
    eventually(lambda: settled(second))
    assert {event["id"] for event in second.get("/v1/events").json()["data"]} == {e.id for e in receiver.accepted}
    assert all(event["pending_webhooks"] == 0 for event in second.get("/v1/events").json()["data"])
    kill(second)
    third = begin("--webhook-url", receiver.url)
    made(third.post("/v1/payment_intents", **NEW))
    eventually(lambda: settled(third))
    assert len(receiver.accepted) == 5, "an acknowledged event came again"


def test_a_webhook_that_misbehaves_still_does_so_afterwards(begin: Begin, receiver: Receiver) -> None:
    first = begin()
    first.override(webhooks={"repeat": {"times": 3}, "altered": True})
    made(first.post("/v1/payment_intents", **NEW))
    kill(first)
    second = begin("--webhook-url", receiver.url)
    eventually(lambda: settled(second))
    assert len(receiver.accepted) == 3 and len(receiver.refused) == 1


def test_a_challenge_can_still_be_passed(begin: Begin) -> None:
    first = begin()
    form = {**HELD, "payment_method": "pm_card_threeDSecure2Required", "return_url": "http://shop.test/back"}
    asked = made(first.post("/v1/payment_intents", **form))
    page = asked["next_action"]["redirect_to_url"]["url"].removeprefix(first.base)
    kill(first)
    second = begin()
    assert second.http.post(page, data={"outcome": "pass"}).status_code == 303
    assert made(second.get(f"/v1/payment_intents/{asked['id']}"))["status"] == "requires_capture"
    kill(second)
    assert begin().http.get(page).status_code == 404


@pytest.mark.parametrize(("card", "outcome"), [("pendingRefund", "succeeded"), ("refundFail", "failed")])
def test_a_slow_refund_still_settles(begin: Begin, card: str, outcome: str) -> None:
    first = begin()
    paid = made(first.post("/v1/payment_intents", **(PAID | {"payment_method": f"pm_card_{card}"})))
    refund = made(first.post("/v1/refunds", payment_intent=paid["id"]))
    kill(first)
    second = begin()  # What is left over begins before `begin` can patch the settings: after two seconds.
    eventually(lambda: made(second.get(f"/v1/refunds/{refund['id']}"))["status"] == outcome)


def test_a_dispute_that_was_won_is_not_opened_again(begin: Begin) -> None:
    first = begin()
    made(first.post("/v1/payment_intents", **(PAID | {"payment_method": "pm_card_createDispute"})))
    eventually(lambda: len(first.order("GET", "state")["disputes"]) == 1)
    [dispute] = first.order("GET", "state")["disputes"]
    first.order("POST", f"disputes/{dispute}/move", {"status": "won"})
    before = first.order("GET", "state")
    kill(first)
    second = begin()
    made(second.get("/v1/disputes"))
    assert second.order("GET", "state") == before


def test_a_reset_empties_the_data_too(begin: Begin) -> None:
    first = begin()
    made(first.post("/v1/payment_intents", key="k", **HELD))
    first.order("POST", "reset")
    kill(first)
    second = begin()
    assert second.order("GET", "health")["intents"] == 0 and second.get("/v1/events").json()["data"] == []
    assert "idempotent-replayed" not in second.post("/v1/payment_intents", key="k", **NEW).headers


def test_a_line_that_a_kill_cut_short_is_as_if_it_had_not_been_asked(begin: Begin, data: Path) -> None:
    first = begin()
    kept = made(first.post("/v1/payment_intents", **NEW))
    whole = data.stat().st_size
    made(first.post("/v1/payment_intents", key="k", **NEW))
    kill(first)
    with data.open("r+b") as journal:
        journal.truncate(whole + 100)
    second = begin()
    assert list(second.order("GET", "state")["payment_intents"]) == [kept["id"]]
    later = second.post("/v1/payment_intents", key="k", **NEW)
    assert "idempotent-replayed" not in later.headers
    kill(second)
    assert list(begin().order("GET", "state")["payment_intents"]) == [kept["id"], later.json()["id"]]


def test_reading_writes_nothing(begin: Begin, data: Path) -> None:
    double = begin()
    double.override(webhooks={"never": True})
    intent = made(double.post("/v1/payment_intents", **NEW))
    eventually(lambda: settled(double))
    before = data.read_bytes()
    made(double.get(f"/v1/payment_intents/{intent['id']}"))
    double.order("GET", "state")
    assert double.post("/v1/payment_intents", amount="x", currency="gbp").status_code == 400
    assert data.read_bytes() == before


def test_without_data_every_start_is_a_fresh_account(tmp_path: Path) -> None:
    for _ in range(2):
        double = start(tmp_path)
        assert double.order("GET", "health")["intents"] == 0
        made(double.post("/v1/payment_intents", **NEW))
        stop(double)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["stripe_key", "stripe_webhook"]
