"""Every promotion, in memory, and which of them a cart may have."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from api.log.states import GRACE_SECONDS, LOOK_AGAIN_SECONDS, StateTable
from process.settings import Settings
from schemas.codec import Codec
from schemas.log import LogIdentity
from schemas.pricing.basket import Offer
from schemas.pricing.conditions import closed, used_up
from schemas.promotions.messages import ROOM, PromotionState, SingleCode
from schemas.promotions.terms import CodeKind, NotApplied
from schemas.record import Record

RECENTLY_MS = 3_600_000  # a promotion that ended lately is explained; whoever saw it may still be shopping
CODE = "code/"


class Promotions(StateTable[PromotionState]):
    """Promotions by id, and the codes of each."""

    def __init__(
        self, settings: Settings, log: LogIdentity, codec: Codec, slot: int, on_death: Callable[[], None]
    ) -> None:
        super().__init__(settings, log, codec, slot, on_death, room=ROOM)
        self._automatic: tuple[str, ...] = ()  # ids of those without a code; made anew, never changed
        self._shared: dict[str, tuple[str, ...]] = {}  # ids by code
        self._single: dict[str, dict[str, bool]] = {}  # by code: the ids, and whether it is used

    @property
    def any(self) -> bool:
        """Whether there is one at all."""
        return bool(self.rows)

    def running(self, now: int) -> list[PromotionState]:
        """Those without a code that apply now, by id."""
        found = (self.row(promotion_id) for promotion_id in self._automatic)
        return [each for each in found if each is not None and _refusal(each, now) is None]

    async def by_id(self, after: str, limit: int) -> list[PromotionState]:
        """In the order of their ids, those behind the given one only."""
        ids = sorted(each for each in self.rows.copy() if each > after)[:limit]
        return [state for each in ids if (state := self.row(each)) is not None]

    async def knows_code(self, code: str) -> bool:
        """Whether some promotion has this code; one that is not here yet may come within the grace."""
        deadline = asyncio.get_running_loop().time() + GRACE_SECONDS
        while not (known := code in self._shared or code in self._single):
            if asyncio.get_running_loop().time() >= deadline:
                break
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return known

    def offers(self, codes: Iterable[str], now: int) -> list[Offer]:
        """All that a cart with these codes may have, or that it is told why not; each once."""
        offers = [offer for each in self._automatic if (offer := self._of_time(each, now)) is not None]
        seen = set[str]()
        for code in codes:
            of_code = {name: used for name, used in self._single.get(code, {}).items() if self._is_single(name)}
            for promotion_id in (*self._shared.get(code, ()), *of_code):
                state = self.row(promotion_id)
                if state is None or promotion_id in seen:
                    continue
                seen.add(promotion_id)
                used = NotApplied.CODE_USED if of_code.get(promotion_id) else None
                offers.append(_offer(state, code, _refusal(state, now) or used))
        return offers

    def _is_single(self, promotion_id: str) -> bool:
        state = self.row(promotion_id)
        return state is not None and state.terms.codes is CodeKind.SINGLE_USE

    def _of_time(self, promotion_id: str, now: int) -> Offer | None:
        """Nothing is said of what is still to come, was stopped, or ended long ago."""
        state = self.row(promotion_id)
        if state is None or state.stopped:
            return None
        reason = _refusal(state, now)
        if reason is NotApplied.NOT_STARTED:
            return None
        if reason is NotApplied.ENDED and now - (state.terms.ends_at or 0) > RECENTLY_MS:
            return None
        return _offer(state, "", reason)

    # --- the thread ---

    def keep(self, key: str, part: str, record: Record, version: int) -> None:
        """A promotion, or a code of one; who uses it is of no interest here."""
        if isinstance(record, PromotionState):
            before = self.row(key)
            super().keep(key, part, record, version)
            if before is None or before.terms != record.terms:
                self._sort()
        elif isinstance(record, SingleCode):
            code = part.removeprefix(CODE)
            self._single[code] = self._single.get(code, {}) | {key: bool(record.used_by)}

    def drop(self, key: str, part: str) -> None:
        """A part is gone: a use, a customer. Rows and codes stay."""

    def _sort(self) -> None:
        shared: dict[str, tuple[str, ...]] = {}
        states = [state for state, _ in self.rows.values()]
        for state in states:
            if state.terms.codes is CodeKind.SHARED:
                shared[state.terms.code] = (*shared.get(state.terms.code, ()), state.promotion_id)
        self._shared = shared
        self._automatic = tuple(sorted(each.promotion_id for each in states if each.terms.codes is CodeKind.NONE))


def _refusal(state: PromotionState, now: int) -> NotApplied | None:
    standing = state.standing
    uses, units = standing.reserved + standing.redeemed, standing.reserved_units + standing.redeemed_units
    stopped = NotApplied.STOPPED if state.stopped else None
    return stopped or closed(state.terms, now) or used_up(state.terms.limits, uses=uses, units=units)


def _offer(state: PromotionState, code: str, refusal: NotApplied | None) -> Offer:
    limits, standing = state.terms.limits, state.standing
    left = limits.units - standing.reserved_units - standing.redeemed_units
    most = [each for each in (left if limits.units else 0, limits.units_per_customer) if each]
    return Offer(
        promotion_id=state.promotion_id,
        terms=state.terms,
        code=code,
        units_max=min(most, default=None),
        refusal=refusal,
    )
