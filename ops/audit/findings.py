"""What an audit found: how often each check was made, how often it failed, and where it failed first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

CHECKS = {
    "log.readable": "every event and state row can be decoded and is of its topic",
    "log.key": "the key of an event is its own, and lies on the key's partition",
    "log.once": "no event id appears twice on any topic",
    "log.whole": "the events of one command are numbered 0, 1, 2 in one row: all of them or none",
    "log.versions": "the versions of one key are 1, 2, 3 without gap or repetition",
    "log.fold": "every event is possible after the events before it",
    "commands.answered": "every command before the position was decided or is a dead letter",
    "commands.once": "no command has two outcomes",
    "commands.known": "every event's command has an outcome",
    "dead_letters": "every dead letter is a command as it was sent, once",
    "stock.bounds": "0 <= held <= on hand at every offset",
    "stock.fold": "every event says the on hand and held that the changes so far add up to",
    "stock.holds": "a hold ends once, with the units and the checkout it was made with",
    "stock.low": "StockLow is raised once per crossing of the threshold, until stock was well above it again",
    "stock.transfers": "what leaves one location arrives at the other, or is on its way",
    "stock.orders": "units committed for an order are its allocations; units of no order are back on the shelf",
    "orders.total": "lines less discounts plus delivery are the total",
    "orders.vat": "VAT of a line is its rate to the nearest penny; of delivery within a penny per rate",
    "orders.discounts": "a discount is what promotions take off, and never more than its line or the delivery",
    "orders.unique": "one order at most per checkout and per cart",
    "orders.money": "the order knows its money as the payment does, and its status says the same",
    "orders.held": "goods whose money is disputed or back stay, and an order under dispute is not cancelled",
    "promotions.limits": "no use is reserved beyond the limits, at any offset, and no code for one order twice",
    "promotions.uses": "a use is reserved, redeemed and given back once, and every event says what they add up to",
    "promotions.orders": "an order's checkout has redeemed the promotions of the order, and no other checkout any",
    "payments.order": "captured money belongs to an order, is on its way back, or held by a dispute",
    "ledger.balanced": "the entries of an event sum to zero and book what happened, each VAT rate its part",
    "ledger.balance": "the Stripe balance is what was captured less what was refunded or taken for disputes",
    "tables": "the latest row of every key on the state topic is the fold of its events",
    "postgres": "every row of the views is the fold of the events",
    "search": "every document of the search is what the events add up to",
    "incomplete.commands": "no command waits to be decided",
    "incomplete.checkout": "every checkout ended, or its shopper may still pay",
    "incomplete.payments": "every payment ended, or its shopper may still pay",
    "incomplete.refunds": "every refund that was asked for went back or was refused",
    "incomplete.orders": "every order was confirmed or cancelled",
    "incomplete.cart": "no cart is kept by a checkout that ended",
    "uses_return": "no use is reserved for a checkout that ended, or past its own end",
    "holds_return": "no hold is left of a checkout that ended, or past its own end",
    "stripe": "Stripe and the log agree on what was captured and refunded",
}


class LogPosition(NamedTuple):
    """Where something was found."""

    topic: str
    partition: int
    offset: int
    key: str
    id: str = ""

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset} key {self.key}" + (f" id {self.id}" if self.id else "")


class FailedCheck(NamedTuple):
    """One check that failed, not yet placed."""

    check: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """The first failure of one check."""

    check: str
    position: LogPosition
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.check}: {self.position}: expected {self.expected}, found {self.found}"


@dataclass(slots=True)
class Findings:
    """Collects the results of the checks as the audit goes on."""

    made: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    first: dict[str, Witness] = field(default_factory=dict)

    def checked(self, check: str, times: int = 1) -> None:
        """Count a check as made, whatever came of it."""
        self.made[check] = self.made.get(check, 0) + times

    def fail(self, check: str, position: LogPosition, *, expected: object, found: object) -> None:
        """Count a failure and keep it if it is the first of its check."""
        self.failed[check] = self.failed.get(check, 0) + 1
        if check not in self.first:
            self.first[check] = Witness(check=check, position=position, expected=str(expected), found=str(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an audit came to. `made` and `failed` count each check, `counts` the records."""

    ok: bool
    witnesses: tuple[Witness, ...]
    counts: dict[str, int]
    made: dict[str, int]
    failed: dict[str, int]


def verdict(findings: Findings, counts: dict[str, int]) -> Verdict:
    """The verdict on everything found."""
    return Verdict(
        ok=not findings.failed,
        witnesses=tuple(findings.first.values()),
        counts=dict(counts),
        made=dict(findings.made),
        failed=dict(findings.failed),
    )
