"""Promotions: who uses each, and that nobody does beyond its limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from ops.audit.findings import FailedCheck
from ops.audit.model import State
from schemas.promotions import messages as m
from schemas.promotions.messages import CustomerUses, SingleCode, Standing, Use
from schemas.record import Record


def initial() -> State:
    """A promotion that nobody has heard of. `_parts`: its uses, customers and codes, by name."""
    return {
        "promotion_id": "", "terms": m.PromotionState().terms, "stopped": False, "began": False, "ended": False,
        "standing": Standing(), "version": 0, "changed_at": 0, "_parts": {}, "_redeemed": [0, 0],
    }  # fmt: skip


def parts(state: State) -> dict[str, Record]:
    """What is beside the row, by name."""
    found: dict[str, Record] = state["_parts"]
    return found


def uses(state: State) -> dict[str, Use]:
    """The uses that are known one by one, by checkout."""
    return {name.removeprefix("use/"): part for name, part in state["_parts"].items() if isinstance(part, Use)}


def apply(state: State, event: Any) -> tuple[FailedCheck, ...]:
    """The promotion after the event; all that is wrong with it."""
    problem = HANDLERS[type(event)](state, event)
    problems: tuple[FailedCheck, ...] = () if problem is None else (problem,)
    if (after := getattr(event, "after", None)) is not None:
        state["standing"] = standing = _added_up(state)
        if after != standing:
            problems += (FailedCheck("promotions.uses", str(standing), str(after)),)
    return problems


def _added_up(state: State) -> Standing:
    """Counted anew from the uses that are there, and those that were redeemed and settled."""
    reserved = [use.units for use in uses(state).values() if not use.redeemed]
    redeemed, units = state["_redeemed"]
    return Standing(
        reserved=len(reserved), redeemed=redeemed, reserved_units=sum(reserved), redeemed_units=units,
        parts=len(state["_parts"]),
    )  # fmt: skip


def _set(state: State, event: m.PromotionSet) -> FailedCheck | None:
    before, terms = state["version"], event.terms
    state.update(
        promotion_id=event.promotion_id, terms=terms, stopped=False, version=event.version, changed_at=event.at,
        began=terms.starts_at is None or terms.starts_at <= event.at,
        ended=terms.ends_at is not None and terms.ends_at <= event.at,
    )  # fmt: skip
    return None if event.version == before + 1 else FailedCheck("log.fold", f"version {before + 1}", str(event.version))


def _stopped(state: State, event: m.PromotionStopped) -> FailedCheck | None:
    before = state["version"]
    state.update(stopped=True, version=event.version, changed_at=event.at)
    return None if event.version == before + 1 else FailedCheck("log.fold", f"version {before + 1}", str(event.version))


def _began(state: State, _event: m.PromotionBegan) -> None:
    state["began"] = True


def _ended(state: State, _event: m.PromotionEnded) -> None:
    state["ended"] = True


def _coded(state: State, event: m.CodesAdded) -> None:
    state["_parts"] |= {f"code/{code}": SingleCode() for code in event.codes}


def _reserved(state: State, event: m.UseReserved) -> FailedCheck | None:
    if f"use/{event.checkout_id}" in state["_parts"]:
        return None  # answered once more
    state["_parts"][f"use/{event.checkout_id}"] = Use(
        single_code=event.single_code, customer=event.customer, units=event.units, ends_at=event.expires_at,
        answer_to=event.answer_to,
    )  # fmt: skip
    if event.single_code:
        code = state["_parts"].get(f"code/{event.single_code}")
        state["_parts"][f"code/{event.single_code}"] = SingleCode(used_by=event.checkout_id)
        if code is None or code.used_by:
            return FailedCheck("promotions.limits", f"the code {event.single_code} free", f"{code}")
    _count(state, event.customer, 1, event.units)
    if (beyond := _beyond(state, event)) is not None:
        return beyond
    if event.terms != state["terms"] or state["stopped"]:
        return FailedCheck("promotions.uses", "the terms that hold", "others, or it was stopped")
    return None


def _beyond(state: State, event: m.UseReserved) -> FailedCheck | None:
    """Whether any limit is passed with this use."""
    limits, now = state["terms"].limits, _added_up(state)
    of_one = state["_parts"].get(f"customer/{event.customer}", CustomerUses())
    for most, there, what in (
        (limits.uses, now.reserved + now.redeemed, "uses"),
        (limits.units, now.reserved_units + now.redeemed_units, "units"),
        (limits.uses_per_customer, of_one.uses, "uses of a customer"),
        (limits.units_per_customer, of_one.units, "units of a customer"),
    ):
        if most and there > most:
            return FailedCheck("promotions.limits", f"{most} {what} at most", str(there))
    return None


def _extended(state: State, event: m.UseExtended) -> FailedCheck | None:
    use = uses(state).get(event.checkout_id)
    if use is None or use.redeemed or event.expires_at <= use.ends_at:
        return FailedCheck("promotions.uses", f"a reservation of {event.checkout_id} that ends earlier", str(use))
    state["_parts"][f"use/{event.checkout_id}"] = replace(use, ends_at=event.expires_at)
    return None


def _redeemed(state: State, event: m.UseRedeemed) -> FailedCheck | None:
    use = uses(state).get(event.checkout_id)
    if use is None or use.redeemed:
        return FailedCheck("promotions.uses", f"a reservation of {event.checkout_id}", str(use))
    state["_parts"][f"use/{event.checkout_id}"] = replace(use, redeemed=True, ends_at=event.settles_at)
    _redeem(state, 1, use.units)
    return None


def _over(state: State, event: m.UseGivenBack | m.UseExpired) -> FailedCheck | None:
    use = state["_parts"].pop(f"use/{event.checkout_id}", None)
    if use is None:
        return FailedCheck("promotions.uses", f"a use of {event.checkout_id}", "none: it ended before, or never was")
    if use.redeemed:
        _redeem(state, -1, -use.units)
    _count(state, use.customer, -1, -use.units)
    if use.single_code:
        state["_parts"][f"code/{use.single_code}"] = SingleCode()
    if (use.redeemed and isinstance(event, m.UseExpired)) or (use.customer, use.single_code) != (
        event.customer, event.single_code,
    ):  # fmt: skip
        return FailedCheck(
            "promotions.uses", str(use), f"{type(event).__name__} of {event.customer} {event.single_code}"
        )
    return None


def _settled(state: State, event: m.UsesSettled) -> FailedCheck | None:
    gone = [state["_parts"].pop(f"use/{checkout_id}", None) for checkout_id in event.checkout_ids]
    wrong = [use for use in gone if use is None or not use.redeemed]
    return FailedCheck("promotions.uses", "uses of orders", f"{len(wrong)} others") if wrong else None


def _redeem(state: State, times: int, units: int) -> None:
    state["_redeemed"] = [state["_redeemed"][0] + times, state["_redeemed"][1] + units]


def _count(state: State, customer: str, times: int, units: int) -> None:
    if not customer:
        return
    name = f"customer/{customer}"
    before = state["_parts"].pop(name, CustomerUses())
    if before.uses + times:
        state["_parts"][name] = CustomerUses(uses=before.uses + times, units=before.units + units)


def _refused(_state: State, _event: m.UseRefused | m.PromotionRefused) -> None:
    """An event that changes no uses: a refusal."""


HANDLERS: dict[type, Callable[[State, Any], FailedCheck | None]] = {
    m.PromotionSet: _set,
    m.PromotionStopped: _stopped,
    m.PromotionBegan: _began,
    m.PromotionEnded: _ended,
    m.CodesAdded: _coded,
    m.UseReserved: _reserved,
    m.UseExtended: _extended,
    m.UseRedeemed: _redeemed,
    m.UseGivenBack: _over,
    m.UseExpired: _over,
    m.UsesSettled: _settled,
    m.UseRefused: _refused,
    m.PromotionRefused: _refused,
}
