"""Holds: units that a cart keeps from others while it is bought."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.inventory.fields import Held, OnHand, Units
from schemas.record import AnswerTo, CartId, Location, LockVersion, Millis, OrderId, Record, Sku, doc

ExpiresAt = Annotated[int, doc("When the hold ends by itself, UTC milliseconds.")]


class ReleaseReason(StrEnum):
    """Why a hold ended without a sale."""

    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    CHECKOUT_FAILED = "checkout_failed"
    EXPIRED = "expired"


# --- commands -------------------------------------------------------------------------------------


class HoldStock(Record, kw_only=True):
    """Hold units for a cart while it is bought.

    The hold belongs to the return address: later commands on it name the same one, and its expiry is answered there.
    A cart has one hold per key: a new one replaces it, unless it is of an earlier lock of the cart and comes late.
    """

    sku: Sku
    location: Location
    cart_id: CartId
    answer_to: AnswerTo
    lock_version: LockVersion = 0
    quantity: Units
    expires_at: ExpiresAt


class ExtendHold(Record, kw_only=True):
    """Keep a hold for longer: a payment is under way."""

    sku: Sku
    location: Location
    cart_id: CartId
    answer_to: AnswerTo
    expires_at: ExpiresAt


class CommitHold(Record, kw_only=True):
    """The held units are sold: they leave the stock."""

    sku: Sku
    location: Location
    cart_id: CartId
    answer_to: AnswerTo
    order_id: OrderId


class ReleaseHold(Record, kw_only=True):
    """Give held units back."""

    sku: Sku
    location: Location
    cart_id: CartId
    answer_to: AnswerTo
    reason: Annotated[ReleaseReason, doc("Why.")]


class ExpireHolds(Record, kw_only=True):
    """Timer: end the holds whose time has come."""

    sku: Sku
    location: Location
    due_at: Millis


# --- events ---------------------------------------------------------------------------------------


class StockHeld(Record, kw_only=True):
    """Units are held for a cart; they no longer count as available."""

    sku: Sku
    location: Location
    cart_id: CartId
    answer_to: AnswerTo
    lock_version: LockVersion = 0
    quantity: Units
    replaced_quantity: Annotated[int, doc("Units of the same cart's earlier hold that this one replaces, or 0.")]
    expires_at: ExpiresAt
    on_hand_after: OnHand
    held_after: Held


class HoldExtended(Record, kw_only=True):
    """A hold lasts longer."""

    sku: Sku
    location: Location
    cart_id: CartId
    answer_to: AnswerTo
    expires_at: ExpiresAt
    on_hand_after: OnHand
    held_after: Held


class HoldCommitted(Record, kw_only=True):
    """Held units were sold."""

    sku: Sku
    location: Location
    cart_id: CartId
    answer_to: AnswerTo
    order_id: OrderId
    quantity: Units
    on_hand_after: OnHand
    held_after: Held


class HoldReleased(Record, kw_only=True):
    """Held units were given back, and are available again."""

    sku: Sku
    location: Location
    cart_id: CartId
    answer_to: AnswerTo
    quantity: Units
    reason: Annotated[ReleaseReason, doc("Why.")]
    on_hand_after: OnHand
    held_after: Held


class HoldExpired(Record, kw_only=True):
    """The time of a hold was over: its units are available again."""

    sku: Sku
    location: Location
    cart_id: CartId
    answer_to: AnswerTo
    quantity: Units
    on_hand_after: OnHand
    held_after: Held


# --- state ----------------------------------------------------------------------------------------


class Hold(Record, kw_only=True, gc=False):
    """State: units that one cart keeps from others for a while. A part of the row of the stock, by cart id."""

    quantity: Units
    expires_at: ExpiresAt
    answer_to: AnswerTo
    lock_version: LockVersion = 0
