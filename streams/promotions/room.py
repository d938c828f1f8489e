"""The promotions room, as the engine runs it."""

from __future__ import annotations

from schemas.promotions.messages import ROOM, PromotionsCommand, PromotionsEvent, TurnPromotion
from streams.promotions.decide import decide, next_timer_at
from streams.promotions.state import Promotion, evolve, evolve_head, head, parts, touched, whole
from streams.runtime.decider import Decider, Parts, View


def on_timer(key: str, _promotion: Promotion, due_at: int) -> TurnPromotion:
    """What is due is done, so that `next_timer_at` moves on."""
    return TurnPromotion(promotion_id=key, due_at=due_at)


# A promotion never ends as a row: orders name it, and it may be set anew.
PROMOTIONS: Decider[PromotionsCommand, PromotionsEvent, Promotion] = Decider(
    room=ROOM,
    initial=Promotion(),
    decide=decide,
    evolve=evolve,
    reply=head,
    next_timer_at=next_timer_at,
    on_timer=on_timer,
    parts=Parts(head=head, of=parts, touched=touched, whole=whole),
    view=View(of=head, evolve=evolve_head),
)
