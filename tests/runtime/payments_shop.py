"""The payments' room on the model of Kafka, with payments that end."""

from __future__ import annotations

from collections import Counter
from typing import Any

from schemas.envelope import begin, derive_id
from schemas.outcomes import OutcomeSegment
from schemas.payments.ledger import VatShare
from schemas.payments.messages import PaymentStatus, RecordIntent, RecordStripeEvent, RequestPayment
from schemas.payments.refunds import RefundPayment, RefundStatus
from schemas.placing import partition_of
from schemas.record import Record
from schemas.rooms import ROOM_OF
from schemas.topics import DAY_MS, PARTITIONS
from streams.payments.room import PAYMENTS
from streams.runtime.decider import Decider
from tests.runtime.simulated import CODEC, Log, Logged, Worker

PAYMENT, START = "pay-1", 1_800_000_000_000
ROOMS = {"payments": PAYMENTS}


class Shop:
    """One room on the model of Kafka; a worker that is lost is replaced."""

    def __init__(self, deciders: dict[str, Decider[Any, Any, Any]] = ROOMS) -> None:
        self.log, self.deciders = Log(now=START), deciders
        self.worker = Worker(self.log, deciders, local=True)
        self._sent = 0

    def send(self, command: Record, name: str = "") -> str:
        self._sent += 1
        command_id = derive_id("ended", name or self._sent)
        room = ROOM_OF[type(command)]
        key = room.key_of(command)
        envelope = begin(command_id=command_id, occurred_at=self.log.now, actor="guest", channel="web", reply_to=3)
        place = room.topic("commands"), partition_of(key, PARTITIONS)
        self.log.append(*place, key.encode(), CODEC.encode(command), envelope.headers())
        return command_id

    def lose(self) -> None:
        """SIGKILL: what is not committed never was."""
        self.worker = Worker(self.log, self.deciders, local=True)

    def step(self, *, answered: bool = True) -> bool:
        """One transaction; False when there was nothing to do."""
        self.worker.decide(1_000, answered=lambda: answered)
        moved = self.worker.open is not None
        assert self.worker.commit()
        return moved

    def rest(self, *, later_ms: int = 0) -> None:
        self.log.now += later_ms
        while self.step():
            pass

    def tell(self, *commands: Record) -> None:
        for command in commands:
            self.send(command)
        self.rest()

    def events(self, room: str = "payments") -> list[tuple[str, int, Record]]:
        """Key, version and body of all events; those of one key in their order."""
        return [
            ((each.key or b"").decode(), int(dict(each.headers)["version"]), CODEC.decode(each.value))
            for number in range(PARTITIONS)
            for each in self.log.topics.get((f"{room}.events", number), [])
        ]

    def rows(self, room: str = "payments") -> dict[str, Any]:
        tables = [table for (name, _), table in self.worker.tables.items() if name == room]
        return {key: table.row(key).state for table in tables for key in table.rows}

    def latest(self, topic: str, key: str) -> Logged | None:
        records = self.log.topics.get((topic, partition_of(key, PARTITIONS)), [])
        return next((each for each in reversed(records) if each.key == key.encode()), None)

    def outcomes(self) -> Counter[str]:
        """How often each command id has an outcome."""
        return Counter(
            outcome.command_id
            for (topic, _), records in self.log.topics.items()
            if topic.endswith(".state")
            for record in {each.key: each for each in records}.values()
            if record.value is not None and isinstance(segment := CODEC.decode(record.value), OutcomeSegment)
            for outcome in segment.outcomes
        )

    def parked(self) -> int:
        return sum(len(table.parked) for table in self.worker.tables.values())


def request(payment_id: str = PAYMENT) -> RequestPayment:
    share = VatShare(vat_basis_points=2000, gross_minor=2_000, vat_minor=333)
    ids = {"answer_to": "checkout/chk-1", "order_id": "ord-1"}
    return RequestPayment(payment_id=payment_id, amount_minor=2_000, vat_shares=(share,), **ids)


def stripe(kind: str, event_id: str = "evt_1", **more: Any) -> RecordStripeEvent:
    return RecordStripeEvent(payment_id=PAYMENT, stripe_event_id=event_id, type=kind, intent_id="pi_1", **more)


def refund(pence: int = 500, name: str = "ref-1") -> RefundPayment:
    return RefundPayment(payment_id=PAYMENT, refund_id=name, amount_minor=pence, reason="damaged")


# Somebody gave it back in Stripe's dashboard, as after a dispute.
FROM_STRIPE = stripe(
    "charge.dispute.closed",
    stripe_refund_id="re_9",
    refund_status=RefundStatus.SUCCEEDED,
    refund_amount_minor=2_000,
)


def paid() -> Shop:
    """A shop with one payment that was captured."""
    shop = Shop()
    shop.tell(request(), RecordIntent(payment_id=PAYMENT, intent_id="pi_1", client_secret="s"))
    shop.tell(stripe("payment_intent.succeeded", amount_received_minor=2_000))
    assert shop.rows()[PAYMENT].status is PaymentStatus.CAPTURED
    return shop


def ended() -> Shop:
    """The same at day 120, the payment long gone from memory."""
    shop = paid()
    shop.rest(later_ms=120 * DAY_MS)
    assert shop.rows() == {}
    return shop
