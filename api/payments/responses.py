"""What Stripe is told."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from api.http.responses import Body


class WebhookResponse(Body):
    """What became of a webhook."""

    status: Annotated[
        Literal["published", "kept", "received"],
        Meta(
            description="`kept`: stored, and of no type or payment of ours that we know. `received`: a refund whose "
            "payment is not in our views yet; stored, and looked at again until it is."
        ),
    ]
