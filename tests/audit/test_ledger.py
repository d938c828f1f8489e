"""The audit's own arithmetic of the ledger and that of the room agree to the penny."""

from __future__ import annotations

from random import Random

from ops.audit.ledger import booked, in_words, movement
from schemas.payments.ledger import VatShare
from streams.payments.ledger import entries


def shares(chance: Random) -> tuple[VatShare, ...]:
    gross = {rate: chance.randrange(1, 10_000) for rate in chance.sample((0, 500, 2000, 1750), chance.randrange(1, 5))}
    return tuple(
        VatShare(vat_basis_points=rate, gross_minor=pence, vat_minor=pence * rate // (10_000 + rate))
        for rate, pence in gross.items()
    )


def test_every_movement_is_booked_as_the_audit_works_it_out() -> None:
    chance = Random(3)
    for _ in range(5_000):
        of_payment = shares(chance)
        whole = sum(share.gross_minor for share in of_payment)
        before, after = (chance.choice((0, whole, chance.randrange(whole + 1))) for _ in range(2))
        expected = movement(of_payment, before=before, after=after)
        assert booked(entries(of_payment, before=before, after=after)) == expected
        assert sum(expected.values()) == 0


def test_a_refund_that_is_heard_of_before_its_capture_is_booked_the_same() -> None:
    of_payment = shares(Random(1))
    assert booked(entries(of_payment, before=0, after=-77)) == movement(of_payment, before=0, after=-77)


def test_a_movement_is_put_into_words() -> None:
    [share] = (VatShare(vat_basis_points=2000, gross_minor=120, vat_minor=20),)
    said = "sales at 2000 -100, stripe_balance +120, vat_output at 2000 -20"
    assert in_words(movement((share,), before=0, after=120)) == said
    assert in_words(booked(())) == "nothing booked"
