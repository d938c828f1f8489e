"""Fields that several messages of payments have."""

from __future__ import annotations

from typing import Annotated

from schemas.record import Millis, doc

IntentId = Annotated[str, doc("Stripe's id of the PaymentIntent, `pi_…`.")]
StripeEventId = Annotated[str, doc("Stripe's id of the event, `evt_…`.")]
Failure = Annotated[str, doc("The provider's code for what went wrong, e.g. `card_declined`; empty when unknown.")]
FactAt = Annotated[Millis, doc("When it was decided: the time of its command.")]
