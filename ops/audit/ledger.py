"""What a payment's money must be booked as, account by account: worked out apart from the code that books it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from math import floor

from schemas.payments.disputes import Dispute
from schemas.payments.ledger import Account, LedgerEntry, VatShare

Books = Counter[tuple[str, int | None]]  # pence by account and VAT rate


def nearest(pence: Fraction) -> int:
    """To the nearest penny, halves up."""
    return floor(pence + Fraction(1, 2))


def movement(shares: tuple[VatShare, ...], *, before: int, after: int) -> Books:
    """What must be booked when the pence of a payment that we keep change. It sums to zero."""
    books: Books = Counter({(Account.STRIPE_BALANCE.value, None): after - before})
    books.update(_earned(shares, after))
    books.subtract(_earned(shares, before))
    return _without_zeros(books)


def of_dispute(before: Dispute | None, after: Dispute) -> Books:
    """What must be booked when a dispute comes to stand otherwise: what it took is owed to us, or lost."""
    books = _taken(after)
    if before is not None:
        books.subtract(_taken(before))
    return _without_zeros(books)


def _taken(dispute: Dispute) -> Books:
    lost = dispute.status.value == "lost"
    books: Books = Counter({(Account.STRIPE_BALANCE.value, None): -dispute.withdrawn_minor - dispute.fee_minor})
    books[(Account.DISPUTE_FEES.value, None)] += dispute.fee_minor
    books[((Account.DISPUTE_LOSSES if lost else Account.DISPUTED_FUNDS).value, None)] += dispute.withdrawn_minor
    return books


def _earned(shares: tuple[VatShare, ...], kept: int) -> Books:
    """Sales and VAT of a payment while so much of it is kept, as credits.

    By value over the VAT rates, as a mixed basket is apportioned (Notice 700/24): the smaller shares first, each its
    part of what is left, so that every penny stands under a rate; of each its VAT in the payment's own proportion.
    """
    books: Books = Counter()
    left, weight = kept, sum(share.gross_minor for share in shares)
    for share in sorted(shares, key=lambda share: share.gross_minor):
        gross = nearest(Fraction(left * share.gross_minor, weight)) if weight else 0
        vat = nearest(Fraction(gross * share.vat_minor, share.gross_minor)) if share.gross_minor else 0
        books[(Account.SALES.value, share.vat_basis_points)] -= gross - vat
        books[(Account.VAT_OUTPUT.value, share.vat_basis_points)] -= vat
        left, weight = left - gross, weight - share.gross_minor
    return books


def booked(entries: Iterable[LedgerEntry]) -> Books:
    """What these entries come to."""
    books: Books = Counter()
    for entry in entries:
        books[(entry.account.value, entry.vat_basis_points)] += entry.amount_minor
    return _without_zeros(books)


def _without_zeros(books: Books) -> Books:
    return Counter({position: pence for position, pence in books.items() if pence})


def in_words(books: Books) -> str:
    """The balance of each account and VAT rate on one line, in pence; `nothing booked` when all are zero."""
    lines = (
        f"{account}{'' if rate is None else f' at {rate}'} {pence:+d}"
        for (account, rate), pence in sorted(books.items(), key=repr)
    )
    return ", ".join(lines) or "nothing booked"
