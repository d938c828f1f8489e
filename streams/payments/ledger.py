"""The ledger: what a movement of money books, VAT rate by VAT rate.

What is booked depends only on how much of the customer's money we keep, before and after. So the balances are the
same in whatever order refunds succeed and fail, and once all has gone back every account is at zero to the penny.

A dispute books apart, by where it stands: what Stripe took for it is owed to us while it is open, and a loss once it is
lost. Sales and VAT stay: the supply was made (relief for a bad debt is claimed, not booked: VAT Notice 700/18).
"""

from __future__ import annotations

from collections import Counter

from schemas.payments.disputes import Dispute, DisputeStatus
from schemas.payments.ledger import Account, LedgerEntry, VatShare
from schemas.pricing.vat import nearest


def entries(shares: tuple[VatShare, ...], *, before: int, after: int) -> tuple[LedgerEntry, ...]:
    """The bookings when the pence that we keep change: a capture, a refund, a refund that came back.

    `shares` are those of the whole payment. The result sums to zero.
    """
    booked = [LedgerEntry(account=Account.STRIPE_BALANCE, amount_minor=after - before)]
    for old, new in zip(shares_of(shares, before), shares_of(shares, after), strict=True):
        gross, vat = new.gross_minor - old.gross_minor, new.vat_minor - old.vat_minor
        rate = new.vat_basis_points
        booked.append(LedgerEntry(account=Account.SALES, amount_minor=vat - gross, vat_basis_points=rate))
        booked.append(LedgerEntry(account=Account.VAT_OUTPUT, amount_minor=-vat, vat_basis_points=rate))
    assert sum(entry.amount_minor for entry in booked) == 0, "a booking has two sides"
    return tuple(entry for entry in booked if entry.amount_minor)


def dispute_entries(before: Dispute | None, after: Dispute) -> tuple[LedgerEntry, ...]:
    """The bookings when a dispute comes to stand otherwise. The result sums to zero."""
    booked = _standing(after)
    booked.subtract(_standing(before) if before else {})
    assert sum(booked.values()) == 0, "a booking has two sides"
    return tuple(LedgerEntry(account=account, amount_minor=booked[account]) for account in Account if booked[account])


def _standing(dispute: Dispute) -> Counter[Account]:
    taken, fee = dispute.withdrawn_minor, dispute.fee_minor
    where = Account.DISPUTE_LOSSES if dispute.status is DisputeStatus.LOST else Account.DISPUTED_FUNDS
    return Counter({Account.STRIPE_BALANCE: -taken - fee, Account.DISPUTE_FEES: fee, where: taken})


def shares_of(shares: tuple[VatShare, ...], total: int) -> tuple[VatShare, ...]:
    """`total` pence apportioned to the VAT rates as `shares` are; exactly `shares` when it is all of them.

    Each share takes its part of what the smaller ones left, so the largest takes the remainder. Taken one by one like
    this, no share shrinks while the total grows: a refund never takes from one rate to give to another.
    """
    weight, left = sum(share.gross_minor for share in shares), total
    assert weight > 0, "only a payment of something is apportioned"
    parts: dict[int, VatShare] = {}
    for index in sorted(range(len(shares)), key=lambda i: shares[i].gross_minor):
        share = shares[index]
        gross = nearest(left * share.gross_minor, weight)
        vat = nearest(gross * share.vat_minor, share.gross_minor)
        parts[index] = VatShare(vat_basis_points=share.vat_basis_points, gross_minor=gross, vat_minor=vat)
        weight, left = weight - share.gross_minor, left - gross
    assert left == 0, "every penny stands under a rate"
    return tuple(parts[index] for index in range(len(shares)))
