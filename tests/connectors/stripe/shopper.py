"""Stripe's double as these tests use it, the shopper who pays there, and the events that payments would write."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from schemas.envelope import derive_id
from schemas.payments.messages import CaptureRequested, PaymentRequested, RecordIntent, VoidRequested
from schemas.payments.refunds import RefundFailed, RefundRequested
from schemas.record import Record
from tests.connectors.broker import Broker, Sent
from tests.connectors.story import StoryEvent
from tests.waiting import eventually


@dataclass(slots=True)
class Provider:
    """The double's control plane and the calls of a shopper's browser."""

    http: httpx.Client
    key: str

    def order(self, method: str, path: str, content: Any = None) -> Any:
        """A call to the control plane."""
        answer = self.http.request(method, f"/_double/{path}", json=content)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def patch(self, **api: Any) -> None:
        """Change how the API behaves."""
        self.order("PATCH", "settings", {"api": api})

    def next(self, operation: str, times: int = 1, **api: Any) -> None:
        """What happens to the next calls of an operation."""
        self.order("POST", "overrides", {"operation": operation, "times": times, "api": api})

    def intents(self) -> list[dict[str, Any]]:
        """Every intent there is."""
        return list(self.order("GET", "state")["payment_intents"].values())

    def refunds(self) -> list[dict[str, Any]]:
        """Every refund there is."""
        return list(self.order("GET", "state")["refunds"].values())

    def requests(self) -> list[dict[str, Any]]:
        """Every call to the API so far."""
        return list(self.order("GET", "requests?limit=100000")["requests"])

    def pays(self, intent_id: str) -> None:
        """A shopper confirms with a good card."""
        self._post(f"/v1/payment_intents/{intent_id}/confirm", payment_method="pm_card_visa")

    def does(self, intent_id: str, verb: str) -> None:
        """Somebody captures or cancels in Stripe's dashboard."""
        self._post(f"/v1/payment_intents/{intent_id}/{verb}")

    def _post(self, path: str, **form: str) -> None:
        answer = self.http.post(path, data=form, headers={"Authorization": f"Bearer {self.key}"})
        assert answer.status_code == 200, answer.text


@dataclass(slots=True)
class Payments:
    """The payments room, as the connector sees it: it asks, and hears outcomes."""

    broker: Broker
    _versions: Counter[str] = field(default_factory=Counter)
    _numbers: Any = field(default_factory=count)

    def request(self, *payment_ids: str, amount: int = 1999, age_ms: int = 0, headers: Any = ()) -> list[Sent]:
        """Ask for intents."""
        return self._say(
            [
                PaymentRequested(
                    payment_id=each,
                    answer_to=f"checkout/c-{each}",
                    order_id=f"o-{each}",
                    amount_minor=amount,
                    vat_shares=(),
                )
                for each in payment_ids
            ],
            age_ms,
            headers,
        )

    def capture(self, payment_id: str, intent_id: str, amount: int = 1999) -> None:
        """Ask for a capture."""
        self._say([CaptureRequested(payment_id=payment_id, intent_id=intent_id, amount_minor=amount)])

    def void(self, payment_id: str, intent_id: str) -> None:
        """Ask for a void."""
        self._say([VoidRequested(payment_id=payment_id, intent_id=intent_id, reason="expired")])

    def refund(self, payment_id: str, intent_id: str, refund_id: str, amount: int = 500, age_ms: int = 0) -> None:
        """Ask for a refund."""
        asked = RefundRequested(
            payment_id=payment_id,
            order_id="o",
            intent_id=intent_id,
            refund_id=refund_id,
            amount_minor=amount,
            reason="",
        )
        self._say([asked], age_ms)

    def refund_failed(self, payment_id: str, refund_id: str, *, for_people: bool) -> None:
        """Say that a refund has failed, and whether somebody must see to it."""
        failed = RefundFailed(
            payment_id=payment_id,
            order_id="o",
            refund_id=refund_id,
            amount_minor=500,
            refunded_total_minor=0,
            failure="charge_disputed",
            for_people=for_people,
            entries=(),
        )
        self._say([failed])

    def outcomes(self) -> list[Record]:
        """The commands that came back, each once: the room drops a command id that it has seen."""
        by_id: dict[bytes, Record] = {}
        for message, command in self.broker.read("payments.commands"):
            command_id = dict(message.headers())["command-id"]
            assert by_id.setdefault(command_id, command) == command, "one id, two outcomes"
        return list(by_id.values())

    def outcomes_of(self, kind: type[Record], number: int) -> list[Any]:
        """Wait for so many outcomes of a kind."""

        def found() -> list[Record]:
            outcomes = [each for each in self.outcomes() if isinstance(each, kind)]
            assert len(outcomes) >= number, f"{len(outcomes)} of {number} {kind.__name__}"
            return outcomes

        outcomes = eventually(found)
        assert len(outcomes) == number
        return outcomes

    def intents(self, *payment_ids: str) -> dict[str, str]:
        """Have intents made; returns their ids."""
        before = sum(isinstance(each, RecordIntent) for each in self.outcomes())
        self.request(*payment_ids)
        outcomes = self.outcomes_of(RecordIntent, before + len(payment_ids))
        return {each.payment_id: each.intent_id for each in outcomes if each.payment_id in payment_ids}

    def _say(self, events: list[Any], age_ms: int = 0, headers: Any = ()) -> list[Sent]:
        sent = []
        for event in events:
            self._versions[event.payment_id] += 1
            at = int(time.time() * 1000) - age_ms
            told = StoryEvent("payments", event.payment_id, event, self._versions[event.payment_id], at)
            record = self.broker.event(told)
            unique = [("event-id", derive_id(told.id, next(self._numbers)).encode())]
            sent.append((*record[:3], [*(pair for pair in record[3] if pair[0] != "event-id"), *unique, *headers]))
        self.broker.send(sent)
        return sent
