"""The Stripe effect against a real broker and Stripe's double on its bad days: one intent, one capture, one refund."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from connectors.kafka import log_identity
from process.settings import Settings
from schemas.envelope import Envelope, derive_id
from schemas.payments.messages import RecordCapture, RecordIntent, RecordIntentFailed, RecordVoid
from schemas.payments.refunds import RecordRefund, RefundStatus
from schemas.topics import PARTITIONS
from tests.connectors.broker import Broker, keys_of_partition
from tests.connectors.conftest import Start
from tests.connectors.stripe.shopper import Payments, Provider
from tests.waiting import eventually

OPTIONS = {
    "BLOOMFIELD_STRIPE_RATE": 500,
    "BLOOMFIELD_STRIPE_TIMEOUT_SECONDS": 1.5,
    "BLOOMFIELD_STRIPE_PROBE_SECONDS": 0.5,
    "BLOOMFIELD_STRIPE_BACK_OFF_SECONDS_MAX": 0.5,
}
DAY_MS = 24 * 3_600_000
BAD_MOMENTS = {
    "429": {"status": 429},
    "500, nothing done": {"status": 500},
    "500, all the same done": {"status": 500, "after": True},
    "503": {"status": 503},
    "request lost": {"drop": "before"},
    "response lost": {"drop": "after"},
    "slow to begin": {"latency_seconds": 3},
    "slow to answer": {"latency_after_seconds": 3},
}


@pytest.fixture
def provider(stripe: str, topic_settings: Settings) -> Iterator[Provider]:
    with httpx.Client(base_url=stripe, timeout=10) as http:
        provider = Provider(http, topic_settings.secret("stripe_key"))
        provider.order("POST", "reset")
        yield provider
        provider.order("POST", "reset")


@pytest.fixture
def payments(broker: Broker) -> Payments:
    return Payments(broker)


@pytest.mark.parametrize("moment", BAD_MOMENTS.values(), ids=BAD_MOMENTS)
def test_whatever_goes_wrong_there_is_one_intent_one_capture_and_one_refund(
    provider: Provider, payments: Payments, start: Start, moment: dict[str, object]
) -> None:
    effect = start("stripe", **OPTIONS).wait_ready()
    provider.next("payment_intents.create", **moment)
    [(payment_id, intent_id)] = payments.intents("p-1").items()
    provider.pays(intent_id)
    provider.next("payment_intents.capture", **moment)
    payments.capture(payment_id, intent_id)
    assert [each.captured_minor for each in payments.outcomes_of(RecordCapture, 1)] == [1999]
    provider.next("refunds.create", **moment)
    payments.refund(payment_id, intent_id, "r-1")
    [refunded] = payments.outcomes_of(RecordRefund, 1)

    [intent], [refund] = provider.intents(), provider.refunds()
    assert intent["metadata"] == {"payment_id": "p-1", "answer_to": "checkout/c-p-1", "order_id": "o-p-1"}
    assert (intent["id"], intent["capture_method"], intent["amount_received"]) == (intent_id, "manual", 1999)
    assert (refund["id"], refund["amount"], refund["metadata"]["refund_id"]) == (refunded.stripe_refund_id, 500, "r-1")
    assert refunded.status is RefundStatus.SUCCEEDED
    assert effect.metric("stripe_retries_total") >= 3
    assert effect.stop() == 0


def test_a_day_of_all_kinds_of_trouble_and_kills(provider: Provider, payments: Payments, start: Start) -> None:
    provider.patch(
        error_500={"probability": 0.1, "after": True},
        drop_before={"probability": 0.1},
        drop_after={"probability": 0.1},
        latency={"probability": 0.2, "seconds": 0.2},
        rate_limit={"per_second": 60.0},
    )
    names = [f"p-{number}" for number in range(80)]
    effect = start("stripe", **OPTIONS).wait_ready()
    payments.request(*names)
    for so_many in (10, 40):
        eventually(lambda: len(provider.intents()) >= so_many)  # noqa: B023 - called here
        effect.kill()
        effect = start("stripe", **OPTIONS).wait_ready()
    outcomes = payments.outcomes_of(RecordIntent, len(names))
    assert sorted(each.payment_id for each in outcomes) == sorted(names)
    made = Counter(intent["metadata"]["payment_id"] for intent in provider.intents())
    assert made == Counter(names)
    assert {each.intent_id for each in outcomes} == {intent["id"] for intent in provider.intents()}


def test_a_process_that_dies_between_call_and_outcome_charges_once(
    provider: Provider, payments: Payments, start: Start
) -> None:
    effect = start("stripe", **OPTIONS).wait_ready()
    provider.next("payment_intents.create", latency_after_seconds=1.2)
    payments.request("p-1")
    eventually(provider.intents)
    effect.kill()
    assert payments.outcomes() == []
    effect = start("stripe", **OPTIONS).wait_ready()
    [outcome] = payments.outcomes_of(RecordIntent, 1)
    [intent] = provider.intents()
    provider.pays(intent["id"])
    provider.next("payment_intents.capture", latency_after_seconds=1.2)
    payments.capture("p-1", outcome.intent_id)
    eventually(lambda: provider.intents()[0]["status"] == "succeeded")
    effect.kill()
    start("stripe", **OPTIONS).wait_ready()
    assert [each.captured_minor for each in payments.outcomes_of(RecordCapture, 1)] == [1999]
    assert provider.order("GET", "totals")["sums"]["captured"] == 1999


def test_the_breaker_opens_loses_nothing_and_closes(
    provider: Provider, payments: Payments, broker: Broker, start: Start
) -> None:
    effect = start("stripe", **OPTIONS).wait_ready()
    provider.patch(outage="error")
    names = [f"p-{number}" for number in range(40)]
    payments.request(*names)
    eventually(lambda: "circuit breaker" in effect.ready()[1])
    assert effect.metric("stripe_breaker_open") == 1
    calls = len(provider.requests())
    eventually(lambda: len(provider.requests()) > calls)  # a probe, now and then
    assert payments.outcomes() == []
    assert max(broker.committed("stripe-effect", "payments.events").values()) <= 0
    provider.patch(outage="")
    assert len(payments.outcomes_of(RecordIntent, len(names))) == len(provider.intents())
    eventually(lambda: effect.ready()[0] == 200)
    assert effect.metric("stripe_breaker_open") == 0
    assert effect.stop() == 0
    assert sum(max(0, offset) for offset in broker.committed("stripe-effect", "payments.events").values()) >= len(names)


def test_a_stopped_effect_leaves_what_it_could_not_do_to_the_next_one(
    provider: Provider, payments: Payments, start: Start
) -> None:
    provider.patch(outage="drop")
    effect = start("stripe", **OPTIONS).wait_ready()
    payments.request("p-1", "p-2", "p-3")
    eventually(lambda: effect.metric("stripe_retries_total") > 0)
    assert effect.stop() == 0
    provider.patch(outage="")
    start("stripe", **OPTIONS)
    payments.outcomes_of(RecordIntent, 3)


def test_what_one_payment_asks_is_done_in_order_and_others_do_not_wait(
    provider: Provider, payments: Payments, start: Start
) -> None:
    start("stripe", **OPTIONS).wait_ready()
    one, other = keys_of_partition(0, 2, "p")
    intents = payments.intents(one, other)
    for intent_id in intents.values():
        provider.pays(intent_id)
    provider.order(
        "POST",
        "overrides",
        {"target": intents[one], "operation": "payment_intents.capture", "api": {"latency_seconds": 1}},
    )
    payments.capture(one, intents[one])
    for number in range(3):
        payments.refund(one, intents[one], f"r-{number}", amount=100 + number)
    payments.capture(other, intents[other])
    assert [each.payment_id for each in payments.outcomes_of(RecordCapture, 2)] == [other, one]
    assert {each.status for each in payments.outcomes_of(RecordRefund, 3)} == {RefundStatus.SUCCEEDED}
    assert [refund["metadata"]["refund_id"] for refund in provider.refunds()] == ["r-0", "r-1", "r-2"]


def test_refusals_are_told_truthfully(provider: Provider, payments: Payments, start: Start) -> None:
    start("stripe", **OPTIONS).wait_ready()
    payments.request("small", amount=1)
    [failed] = payments.outcomes_of(RecordIntentFailed, 1)
    assert (failed.payment_id, failed.failure) == ("small", "amount_too_small")
    intents = payments.intents("captured", "cancelled", "open", "taken", "gone")
    for name in ("captured", "taken", "gone"):
        provider.pays(intents[name])
    for name, verb in (("captured", "capture"), ("taken", "capture"), ("cancelled", "cancel"), ("gone", "cancel")):
        provider.does(intents[name], verb)
    for name in ("captured", "gone"):
        payments.capture(name, intents[name])
    for name in ("cancelled", "open", "taken"):
        payments.void(name, intents[name])
    payments.refund("taken", intents["taken"], "too much", amount=5000)
    payments.void("never", "pi_never")
    captures = {each.payment_id: (each.captured_minor, each.failure) for each in payments.outcomes_of(RecordCapture, 2)}
    assert captures == {"captured": (1999, ""), "gone": (0, "payment_intent_unexpected_state")}
    voids = {each.payment_id: (each.voided, each.captured_minor) for each in payments.outcomes_of(RecordVoid, 4)}
    assert voids == {"cancelled": (True, 0), "open": (True, 0), "taken": (False, 1999), "never": (True, 0)}
    [refund] = payments.outcomes_of(RecordRefund, 1)
    assert (refund.status, refund.failure, refund.stripe_refund_id) == (RefundStatus.FAILED, "amount_too_large", "")


def test_a_call_that_never_tells_what_it_did_halts_with_a_reason(
    provider: Provider, payments: Payments, start: Start
) -> None:
    effect = start("stripe", **OPTIONS).wait_ready()
    payments.intents("before")
    provider.next("payment_intents.create", times=1000, status=500)
    payments.request("never")
    eventually(lambda: effect.metric("connector_halted") == 1)
    status, reason = effect.ready()
    assert status == 503
    assert "payments.events[" in reason
    assert "idempotency keys" in reason
    [line] = [line for line in effect.log() if line["event"] == "halted"]
    assert "cannot be carried out" in str(line["reason"])
    assert [each.payment_id for each in payments.outcomes_of(RecordIntent, 1)] == ["before"]
    assert effect.stop() == 1


def test_reading_everything_again_without_keys_charges_nobody_twice(
    provider: Provider, payments: Payments, start: Start
) -> None:
    start("stripe", **OPTIONS).wait_ready()
    [(payment_id, intent_id)] = payments.intents("p-1").items()
    provider.pays(intent_id)
    payments.capture(payment_id, intent_id)
    payments.refund(payment_id, intent_id, "r-1")
    [first] = payments.outcomes_of(RecordRefund, 1)
    # The same events a day later, under ids that Stripe has never seen: what a forgotten key looks like.
    payments.request(payment_id, age_ms=DAY_MS)
    payments.capture(payment_id, intent_id)
    payments.refund(payment_id, intent_id, "r-1", age_ms=DAY_MS)
    assert [each.failure for each in payments.outcomes_of(RecordIntentFailed, 1)] == ["too_late"]
    assert [each.captured_minor for each in payments.outcomes_of(RecordCapture, 2)] == [1999, 1999]
    assert {each.stripe_refund_id for each in payments.outcomes_of(RecordRefund, 2)} == {first.stripe_refund_id}
    assert (len(provider.intents()), len(provider.refunds())) == (1, 1)


def test_an_outcome_says_what_it_answers_and_who_waits(
    provider: Provider, payments: Payments, broker: Broker, start: Start
) -> None:
    effect = start("stripe", **OPTIONS).wait_ready()
    [(_, _, _, headers)] = payments.request("p-1", headers=[("reply-to", b"5")])
    payments.outcomes_of(RecordIntent, 1)
    [(message, _)] = broker.read("payments.commands")
    event = dict(headers)
    envelope = Envelope.of_command(message.headers())
    assert message.key() == b"p-1"
    assert envelope.id == derive_id(event["event-id"].decode(), "outcome")
    assert (envelope.causation_id, envelope.correlation_id) == (
        event["event-id"].decode(),
        event["correlation-id"].decode(),
    )
    assert (envelope.actor, envelope.channel, envelope.reply_to) == ("stripe", "system", 5)
    [line] = [line for line in effect.log() if line["event"] == "stripe_outcome"]
    assert (line["command_id"], line["correlation_id"]) == (envelope.id, envelope.correlation_id)
    assert "client_secret" not in str(effect.log())


def test_stripes_limit_is_kept_without_a_single_429(provider: Provider, payments: Payments, start: Start) -> None:
    provider.patch(rate_limit={"per_second": 20.0, "burst": 20})
    effect = start("stripe", **OPTIONS | {"BLOOMFIELD_STRIPE_RATE": 20}).wait_ready()
    payments.request(*[f"p-{number}" for number in range(60)])
    payments.outcomes_of(RecordIntent, 60)
    assert effect.metric("stripe_retries_total") == 0
    assert {request["status"] for request in provider.requests()} == {200}


def test_a_refund_that_is_refused_comes_back_with_what_others_did_to_the_charge(
    provider: Provider, payments: Payments, start: Start
) -> None:
    effect = start("stripe", **OPTIONS).wait_ready()
    intents = payments.intents("refunded", "disputed")
    for name, intent_id in intents.items():
        provider.pays(intent_id)
        payments.capture(name, intent_id)
    payments.outcomes_of(RecordCapture, 2)
    by_hand = provider.order("POST", "refunds", {"payment_intent": intents["refunded"], "amount": 500})
    dispute = provider.order("POST", "disputes", {"payment_intent": intents["disputed"]})
    for name, intent_id in intents.items():
        payments.refund(name, intent_id, f"r-{name}", amount=1999)
    told = {each.payment_id: each for each in payments.outcomes_of(RecordRefund, 2)}
    refunded, disputed = told["refunded"], told["disputed"]
    assert (refunded.status, refunded.failure, refunded.disputes) == (RefundStatus.FAILED, "amount_too_large", ())
    [seen] = refunded.refunds
    assert (seen.stripe_refund_id, seen.amount_minor, seen.refund_id) == (by_hand["id"], 500, "")
    assert (disputed.status, disputed.failure, disputed.refunds) == (RefundStatus.FAILED, "charge_disputed", ())
    [shown] = disputed.disputes
    assert (shown.dispute_id, shown.status.value, shown.movements) == (dispute["id"], "needs_response", 1)
    assert (shown.withdrawn_minor, shown.fee_minor) == (1999, 2000)
    assert effect.metric("bloomfield_refunds_failed_total") == 0, "the payments room decides what that means"
    for number, for_people in enumerate((False, True, True)):
        payments.refund_failed("disputed", f"r-{number}", for_people=for_people)
    eventually(lambda: effect.metric("bloomfield_refunds_failed_total") == 2)
    assert effect.stop() == 0


def test_on_another_log_stripe_is_asked_only_what_has_no_answer(
    provider: Provider, payments: Payments, topic_settings: Settings, start: Start
) -> None:
    """No position counts there, and all is read from the beginning: years of captures, before today's payment."""
    effect = start("stripe", **OPTIONS).wait_ready()
    answered, unanswered = (dict(sent[3])["event-id"].decode() for sent in payments.request("p-1", "p-2"))
    payments.outcomes_of(RecordIntent, 2)
    by_outcome = [("command-id", derive_id(answered, "outcome").encode())]
    [event] = payments.request("p-3", headers=by_outcome)
    payments.outcomes_of(RecordIntent, 3)
    payments.refund_failed("p-1", "r-1", for_people=True)
    eventually(lambda: effect.metric("bloomfield_refunds_failed_total") == 1)
    assert effect.stop() == 0

    log_identity.begin(topic_settings, log_identity.new(topic_settings, partitions=PARTITIONS, reason="restored"))
    before = len(provider.requests())
    effect = start("stripe", **OPTIONS).wait_ready()
    again = {unanswered, dict(event[3])["event-id"].decode()}
    eventually(lambda: again <= (seen := {each["idempotency_key"] for each in provider.requests()[before:]}) and seen)
    payments.request("p-4")
    payments.outcomes_of(RecordIntent, 4)
    assert effect.metric("bloomfield_refunds_failed_total") == 0, "a person was called on the log before"
    payments.refund_failed("p-2", "r-2", for_people=True)
    eventually(lambda: effect.metric("bloomfield_refunds_failed_total") == 1)
    assert answered not in {each["idempotency_key"] for each in provider.requests()[before:]}
