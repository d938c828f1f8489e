"""What is known of one promotion, and what each event makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

import msgspec
from immutables import Map
from msgspec.structs import replace

from schemas.pricing.conditions import closed
from schemas.promotions.messages import (
    CodesAdded,
    CustomerUses,
    PromotionBegan,
    PromotionEnded,
    PromotionRefused,
    PromotionSet,
    PromotionsEvent,
    PromotionState,
    PromotionStopped,
    SingleCode,
    Use,
    UseExpired,
    UseExtended,
    UseGivenBack,
    UseRedeemed,
    UseRefused,
    UseReserved,
    UsesSettled,
)
from schemas.promotions.terms import NotApplied
from schemas.record import Record
from streams.endings import Endings

Parts = Map[str, Record]


class Promotion(msgspec.Struct, frozen=True, kw_only=True):
    """A PromotionState with what is beside it, by name; `endings`: when its uses end, by checkout id."""

    head: PromotionState = PromotionState()
    parts: Parts = Map()
    endings: Endings = Endings()

    def use(self, checkout_id: str) -> Use | None:
        """What this checkout uses."""
        found = self.parts.get(use_name(checkout_id))
        assert found is None or isinstance(found, Use), "no use under the name of one"
        return found

    def customer(self, customer: str) -> CustomerUses:
        """What this customer uses."""
        found = self.parts.get(customer_name(customer), CustomerUses())
        assert isinstance(found, CustomerUses), "no customer under the name of one"
        return found

    def code(self, code: str) -> SingleCode | None:
        """One of its codes for one order."""
        found = self.parts.get(code_name(code))
        assert found is None or isinstance(found, SingleCode), "no code under the name of one"
        return found


def use_name(checkout_id: str) -> str:
    """The name of a use among the parts."""
    return f"use/{checkout_id}"


def customer_name(customer: str) -> str:
    """The name of a customer among the parts."""
    return f"customer/{customer}"


def code_name(code: str) -> str:
    """The name of a code among the parts."""
    return f"code/{code}"


# --- how the row is written ---


def head(promotion: Promotion) -> PromotionState:
    """What is written of the row itself."""
    return promotion.head


def parts(promotion: Promotion) -> Mapping[str, Record]:
    """What is written beside it."""
    return promotion.parts


def touched(event: PromotionsEvent) -> tuple[str, ...]:
    """The parts that the event changed: of a use, its customer and its code, too."""
    match event:
        case UseReserved() | UseGivenBack() | UseExpired():
            return _names(event)
        case UseExtended(checkout_id=checkout_id) | UseRedeemed(checkout_id=checkout_id):
            return (use_name(checkout_id),)
        case UsesSettled(checkout_ids=checkout_ids):
            return tuple(map(use_name, checkout_ids))
        case CodesAdded(codes=codes):
            return tuple(map(code_name, codes))
        case _:
            return ()


def _names(event: UseReserved | UseGivenBack | UseExpired) -> tuple[str, ...]:
    named = [use_name(event.checkout_id)]
    if event.customer:
        named.append(customer_name(event.customer))
    if event.single_code:
        named.append(code_name(event.single_code))
    return tuple(named)


def whole(state: Record, parts: Mapping[str, Record]) -> Promotion:
    """The promotion as it was written. Raises AssertionError when its records do not belong together."""
    assert isinstance(state, PromotionState), f"{type(state).__name__} is no promotion"
    standing = state.standing
    assert len(parts) == standing.parts, f"{standing.parts} records were written beside it, {len(parts)} are there"
    uses = {name.partition("/")[2]: part for name, part in parts.items() if isinstance(part, Use)}
    reserved = [use.units for use in uses.values() if not use.redeemed]
    assert len(reserved) == standing.reserved, f"{standing.reserved} uses were reserved, {len(reserved)} are"
    assert sum(reserved) == standing.reserved_units, f"{standing.reserved_units} units were, {sum(reserved)} are"
    return Promotion(
        head=state, parts=Map(parts), endings=Endings((use.ends_at, checkout_id) for checkout_id, use in uses.items())
    )


def evolve_head(before: Record, event: PromotionsEvent) -> PromotionState:
    """What is written of the row itself, after the event."""
    assert isinstance(before, PromotionState), f"{type(before).__name__} is no promotion"
    match event:
        case PromotionSet():
            return _set(before, event)
        case PromotionStopped(version=version, at=at):
            assert version == before.version + 1, "an event was lost or came twice"
            return replace(before, stopped=True, version=version, changed_at=at)
        case PromotionBegan():
            return replace(before, began=True)
        case PromotionEnded():
            return replace(before, ended=True)
        case UseExtended() | UseRefused() | PromotionRefused():
            return before
        case _:
            return replace(before, standing=event.after)


def _set(before: PromotionState, event: PromotionSet) -> PromotionState:
    assert event.version == before.version + 1, "an event was lost or came twice"
    assert before.promotion_id in ("", event.promotion_id), "another promotion's event"
    now = closed(event.terms, event.at)
    return replace(
        before,
        promotion_id=event.promotion_id,
        terms=event.terms,
        stopped=False,
        began=now is not NotApplied.NOT_STARTED,
        ended=now is NotApplied.ENDED,
        version=event.version,
        changed_at=event.at,
    )


# --- what each event makes of it ---


def evolve(promotion: Promotion, event: PromotionsEvent) -> Promotion:
    """The promotion after the event."""
    if isinstance(event, UseRefused | PromotionRefused):
        return promotion
    after = replace(_moved(promotion, event), head=evolve_head(promotion.head, event))
    assert len(after.parts) == after.head.standing.parts, "the event was decided on another promotion"
    return after


def _moved(promotion: Promotion, event: PromotionsEvent) -> Promotion:
    match event:
        case UseReserved():
            return _reserved(promotion, event)
        case UseExtended(checkout_id=checkout_id, expires_at=expires_at):
            use = _known(promotion, checkout_id)
            return _with_use(promotion, checkout_id, replace(use, ends_at=expires_at))
        case UseRedeemed(checkout_id=checkout_id, settles_at=settles_at):
            use = _known(promotion, checkout_id)
            assert not use.redeemed, "redeemed twice"
            return _with_use(promotion, checkout_id, replace(use, redeemed=True, ends_at=settles_at))
        case UseGivenBack() | UseExpired():
            return _given_back(promotion, event)
        case UsesSettled(checkout_ids=checkout_ids):
            for checkout_id in checkout_ids:
                assert _known(promotion, checkout_id).redeemed, "settled without an order"
                promotion = _without_use(promotion, checkout_id)
            return promotion
        case CodesAdded(codes=codes):
            return replace(promotion, parts=promotion.parts.update({code_name(code): SingleCode() for code in codes}))
        case PromotionSet() | PromotionStopped() | PromotionBegan() | PromotionEnded():
            return promotion
        case UseRefused() | PromotionRefused():
            return promotion
        case _:
            assert_never(event)


def _reserved(promotion: Promotion, event: UseReserved) -> Promotion:
    if promotion.use(event.checkout_id) is not None:
        return promotion  # asked for twice, and answered twice
    use = Use(
        single_code=event.single_code,
        customer=event.customer,
        units=event.units,
        ends_at=event.expires_at,
        answer_to=event.answer_to,
    )
    after = _with_use(promotion, event.checkout_id, use)
    return _counted(after, event, uses=1, units=use.units, used_by=event.checkout_id)


def _given_back(promotion: Promotion, event: UseGivenBack | UseExpired) -> Promotion:
    use = _known(promotion, event.checkout_id)
    assert (use.customer, use.single_code) == (event.customer, event.single_code), "another use than was decided on"
    after = _without_use(promotion, event.checkout_id)
    return _counted(after, event, uses=-1, units=-use.units, used_by="")


def _counted(
    promotion: Promotion, event: UseReserved | UseGivenBack | UseExpired, *, uses: int, units: int, used_by: str
) -> Promotion:
    """With the use counted for its customer, and its code taken or free."""
    parts = promotion.parts
    if event.customer:
        before = promotion.customer(event.customer)
        now = CustomerUses(uses=before.uses + uses, units=before.units + units)
        name = customer_name(event.customer)
        parts = parts.set(name, now) if now.uses else parts.delete(name)
    if event.single_code:
        parts = parts.set(code_name(event.single_code), SingleCode(used_by=used_by))
    return replace(promotion, parts=parts)


def _known(promotion: Promotion, checkout_id: str) -> Use:
    use = promotion.use(checkout_id)
    assert use is not None, "a use that is not there"
    return use


def _with_use(promotion: Promotion, checkout_id: str, use: Use) -> Promotion:
    earlier, endings = promotion.use(checkout_id), promotion.endings
    if earlier is not None:
        endings = endings.minus((earlier.ends_at, checkout_id))
    return replace(
        promotion,
        parts=promotion.parts.set(use_name(checkout_id), use),
        endings=endings.plus((use.ends_at, checkout_id)),
    )


def _without_use(promotion: Promotion, checkout_id: str) -> Promotion:
    use = _known(promotion, checkout_id)
    return replace(
        promotion,
        parts=promotion.parts.delete(use_name(checkout_id)),
        endings=promotion.endings.minus((use.ends_at, checkout_id)),
    )
