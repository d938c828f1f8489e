"""The ledger: what a fact books, and an amount by VAT rate."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.record import Pence, Record, VatBasisPoints, doc


class Account(StrEnum):
    """Accounts of the ledger. Assets grow by positive amounts, income and liabilities by negative ones."""

    UNKNOWN = "unknown"
    STRIPE_BALANCE = "stripe_balance"
    SALES = "sales"
    VAT_OUTPUT = "vat_output"
    DISPUTED_FUNDS = "disputed_funds"  # taken by Stripe while a dispute is open: ours again once it is won
    DISPUTE_LOSSES = "dispute_losses"
    DISPUTE_FEES = "dispute_fees"


class VatShare(Record, kw_only=True):
    """The part of an amount that stands under one VAT rate."""

    vat_basis_points: VatBasisPoints
    gross_minor: Pence
    vat_minor: Annotated[int, doc("VAT contained in the gross amount, in pence.")]


class LedgerEntry(Record, kw_only=True):
    """One side of a booking; the entries of an event sum to zero."""

    account: Annotated[Account, doc("Where.")]
    amount_minor: Annotated[int, doc("Pence; positive: debit, negative: credit.")]
    vat_basis_points: Annotated[int | None, doc("VAT rate of a sales or VAT entry, in hundredths of a per cent.")] = (
        None
    )


Entries = Annotated[tuple[LedgerEntry, ...], doc("What this fact books; sums to zero.")]
Shares = Annotated[tuple[VatShare, ...], doc("The amount by VAT rate.")]
