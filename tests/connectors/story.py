"""A busy shop as the engine tells it: every room's events with their envelopes, and the states they add up to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from schemas.cart.messages import CartLine, CreateCart, SetCartLine
from schemas.catalogue.images import ImageFile, ImagePlace, ImageRejection, Rendition
from schemas.catalogue.messages import (
    AddImage,
    ArchiveProduct,
    ArrangeImages,
    Attribute,
    ConfirmUpload,
    DescribeProduct,
    ProductFacts,
    PublishProduct,
    RecordRenditions,
    RejectImage,
    Variant,
)
from schemas.catalogue.rules import image_id_of
from schemas.envelope import derive_id
from schemas.inventory.messages import AdjustmentReason, AdjustStock, SetReorderThreshold, TransferStock
from schemas.orders.messages import AdvanceOrder, CancelOrder, OrderStatus
from schemas.payments.disputes import DisputeStatus
from schemas.record import Record
from schemas.rooms import ROOM_OF
from tests.fake_provider import Shopper
from tests.shop import PATIENCE_MS, PRICE, Shop

D = DisputeStatus
SKUS = 12


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """One event as it goes on its topic."""

    room: str
    key: str
    body: Record
    version: int
    at: int

    @property
    def id(self) -> str:
        return derive_id(f"{self.room}/{self.key}/{self.version}", self.at)

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        command_id = derive_id(self.id, "command")
        return [
            ("event-id", self.id.encode()),
            ("type", f"bloomfield.{self.room}.{type(self.body).__name__}".encode()),
            ("version", b"%d" % self.version),
            ("command-id", command_id.encode()),
            ("causation-id", command_id.encode()),
            ("correlation-id", derive_id(self.key, "correlation").encode()),
            ("occurred-at", b"%d" % self.at),
            ("actor", b"guest"),
            ("channel", b"web"),
        ]


@dataclass(slots=True)
class Story:
    """Events in the order in which they happened, and the rooms' own rows at the end."""

    events: list[StoryEvent] = field(default_factory=list)
    states: dict[tuple[str, str], Any] = field(default_factory=dict)
    versions: Counter[tuple[str, str]] = field(default_factory=Counter)

    def rows(self, room: str) -> dict[str, Any]:
        """A room's states by key."""
        return {key: state for (name, key), state in self.states.items() if name == room}


def tell(shop: Shop) -> Story:
    """What the engine would have written of this shop."""
    story = Story(states=dict(shop.rooms.states))
    for number, body in enumerate(shop.rooms.events):
        room = ROOM_OF[type(body)]
        place = room.name, room.key_of(body)
        if place in story.versions or not type(body).__name__.endswith("Refused"):
            story.versions[place] += 1  # what is refused before it exists has version 0 and leaves no row
        story.events.append(
            StoryEvent(*place, body=body, version=story.versions.get(place, 0), at=1_800_000_000_000 + number * 7)
        )
    return story


def busy_shop(seed: int, checkouts: int) -> Shop:
    """Shoppers of every kind, refusals, returns, cancelled orders."""
    shop = Shop(seed, shoppers=tuple(Shopper))
    for number in range(SKUS):
        shop.sells(f"SKU-{number}", vat=(2000, 500, 0)[number % 3])
        shop.receives(f"SKU-{number}", 5 + number * 3)
        shop.rooms.send(SetReorderThreshold(sku=f"SKU-{number}", location="warehouse", threshold=number))
    shop.rooms.send(TransferStock(sku="SKU-3", location="warehouse", target="popup-soho", quantity=2))
    shop.rooms.send(AdjustStock(sku="SKU-4", location="warehouse", delta=-1, reason=AdjustmentReason.DAMAGE))
    shop.rooms.send(AdjustStock(sku="SKU-5", location="nowhere", delta=-1, reason=AdjustmentReason.THEFT))
    for number in range(3):
        _one_product(shop, f"product-{number}", (f"SKU-{number}", f"SKU-{number + 3}"), later_ms=number * 60_000)
    shop.rooms.send(ArchiveProduct(product_id="product-0"), ArchiveProduct(product_id="nothing-here"))
    shop.rooms.run()
    for number in range(checkouts):
        _one_cart(shop, number, f"cart-{seed}-{number}")
        if number % 10 == 9:
            shop.rooms.send(SetCartLine(cart_id=f"made\0up-{number}", line=CartLine(sku="SKU-1", quantity=1)))
            shop.rooms.run()
    return shop


def _one_product(shop: Shop, name: str, skus: tuple[str, ...], *, later_ms: int) -> None:
    variants = tuple(Variant(sku=sku, options={"size": sku}) for sku in skus)
    attributes = {
        "height_cm": Attribute(number="12.5"),
        "handmade": Attribute(flag=True),
        "glaze": Attribute(text="matt"),
    }
    facts = ProductFacts(title=name.title(), categories=("vases",), attributes=attributes, variants=variants)
    shop.rooms.send(DescribeProduct(product_id=name, facts=facts))
    shop.rooms.send(PublishProduct(product_id=name, shown_from=shop.rooms.now + later_ms))
    _images(shop, name, skus[0])


def _images(shop: Shop, name: str, sku: str) -> None:
    """One that is shown, one that was no image, one that was never uploaded and is removed."""
    shown, broken, never = (ImagePlace(image_id=image_id_of(each * 64), alt="A vase", skus=(sku,)) for each in "abc")
    for place in (shown, broken, never):
        file = ImageFile(sha256=place.image_id * 2, content_type="image/png", size_bytes=9)
        shop.rooms.send(AddImage(product_id=name, image=place, file=file))
    for place in (shown, broken):
        shop.rooms.send(ConfirmUpload(product_id=name, image_id=place.image_id))
    rendition = Rendition(width=160, height=120, avif="images/a", webp="images/w", jpeg="images/j")
    shop.rooms.send(
        RecordRenditions(
            product_id=name, image_id=shown.image_id, width=200, height=150, dominant_colour="#c0ffee",
            renditions=(rendition,),
        ),
        RejectImage(product_id=name, image_id=broken.image_id, reason=ImageRejection.BROKEN, detail="cut off"),
        ArrangeImages(product_id=name, images=(broken, shown)),
    )  # fmt: skip


def _one_cart(shop: Shop, number: int, cart_id: str) -> None:
    random = shop.rooms.random
    shop.rooms.send(CreateCart(cart_id=cart_id, channel="web"))
    lines = {f"SKU-{random.randrange(SKUS)}": random.randint(1, 3) for _ in range(random.randint(1, 3))}
    for sku, quantity in lines.items():
        shop.rooms.send(SetCartLine(cart_id=cart_id, line=CartLine(sku=sku, quantity=quantity + 1)))
        shop.rooms.send(SetCartLine(cart_id=cart_id, line=CartLine(sku=sku, quantity=quantity)))
    shop.rooms.send(SetCartLine(cart_id=cart_id, line=CartLine(sku="SKU-0", quantity=1 if number % 9 == 0 else 0)))
    shop.rooms.run()
    total = PRICE * sum(line.quantity for line in shop.rooms.state("cart", cart_id).lines.values())
    checkout_id = shop.start(cart_id, total)
    shop.rooms.run(patience_ms=PATIENCE_MS if number % 4 == 0 else 0)
    order_id = shop.checkout(checkout_id).order_id
    if number % 5 == 0:
        shop.rooms.send(CancelOrder(order_id=order_id, reason="changed_mind"))
    elif number % 3 == 0:
        shop.rooms.send(AdvanceOrder(order_id=order_id, status=OrderStatus.PICKING))
    payment_id = shop.checkout(checkout_id).payment_id
    if payment_id in shop.provider.intents:
        shop.rooms.send(*_by_others(shop, number, payment_id))
    shop.rooms.run()


def _by_others(shop: Shop, number: int, payment_id: str) -> list[Record]:
    """What the cardholder, the bank and the dashboard do after it was paid."""
    lives = {
        1: (D.NEEDS_RESPONSE,),
        3: (D.NEEDS_RESPONSE, D.WON),
        5: (D.NEEDS_RESPONSE, D.LOST),
        7: (D.WARNING_CLOSED,),
    }
    if life := lives.get(number % 8):
        return shop.provider.dispute(payment_id, *life)
    return shop.provider.refund_by_hand(payment_id, PRICE // 2) if number % 8 == 2 else []
