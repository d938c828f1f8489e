"""One attempt to pay: what the issuer says, the 3D Secure challenge in between, and the money taken at the end."""

from __future__ import annotations

from tests.doubles.stripe import cards, errors, objects, params, status
from tests.doubles.stripe.cards import Card
from tests.doubles.stripe.context import Context
from tests.doubles.stripe.money import book_capture, release
from tests.doubles.stripe.store import Object

AUTHENTICATION_FAILED = {
    "code": "payment_intent_authentication_failure",
    "doc_url": f"{errors.DOCS}payment-intent-authentication-failure",
    "message": "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
    "PaymentMethod to attempt to fulfill this PaymentIntent again.",
    "type": "invalid_request_error",
}


def attempt(ctx: Context, intent: Object) -> Object:
    abandon_challenge(ctx, intent)
    card = _card(ctx, intent)
    if not (ctx.outcome.get("authentication") or card.challenge):
        return charge(ctx, intent)
    cannot_ask = params.boolean(ctx.params, "off_session") or params.boolean(ctx.params, "error_on_requires_action")
    if cannot_ask:
        raise errors.card_error(fail(ctx, intent, "authentication_required"), intent)
    _ask(ctx, intent)
    return intent


def charge(ctx: Context, intent: Object) -> Object:
    """Stripe answers a decline with 402; the intent goes back to requires_payment_method without its card."""
    reason = ctx.outcome.get("decline") or _card(ctx, intent).decline
    if reason:
        raise errors.card_error(fail(ctx, intent, reason), intent)
    if ctx.outcome.get("processing"):
        status.move(intent, status.PROCESSING)
        ctx.emit("payment_intent.processing", intent)
        return intent
    authorise(ctx, intent)
    return intent


def authorise(ctx: Context, intent: Object) -> None:
    new = objects.new_charge(ctx.store, intent, ctx.store.get("payment_method", intent["payment_method"]))
    ctx.store.add(new)
    intent |= {"latest_charge": new["id"], "next_action": None, "last_payment_error": None}
    if intent["capture_method"] == "manual":
        status.move(intent, status.CAPTURE)
        intent["amount_capturable"] = intent["amount"]
        ctx.emit("charge.succeeded", new)
        ctx.emit("payment_intent.amount_capturable_updated", intent)
    else:
        take_money(ctx, intent, intent["amount"])


def take_money(ctx: Context, intent: Object, amount: int) -> None:
    """ "By default, any remaining authorized amount is released": the remainder comes back as a refund."""
    held = intent["status"] == status.CAPTURE
    taken = ctx.store.get("charge", intent["latest_charge"])
    assert 0 < amount <= taken["amount"], "captured more than was authorised"
    book_capture(ctx, taken, amount)
    status.move(intent, status.SUCCEEDED)
    intent |= {"amount_capturable": 0, "amount_received": amount}
    ctx.emit("charge.captured" if held else "charge.succeeded", taken)
    ctx.emit("payment_intent.succeeded", intent)
    if amount < taken["amount"]:
        release(ctx, taken, taken["amount"] - amount, expired=False)


def fail(ctx: Context, intent: Object, reason: str) -> Object:
    payment_method = ctx.store.get("payment_method", intent["payment_method"])
    failed = objects.new_charge(ctx.store, intent, payment_method)
    detail = cards.decline_detail(reason, payment_method, failed["id"])
    failed |= {
        "status": "failed",
        "paid": False,
        "failure_code": detail["code"],
        "failure_message": detail["message"],
        "outcome": {**failed["outcome"], "network_status": "declined_by_network", "type": "issuer_declined"}
        | {"reason": reason, "seller_message": "The bank declined the payment."},
    }
    ctx.store.add(failed)
    ctx.emit("charge.failed", failed)
    _back_to_start(ctx, intent, detail, failed["id"])
    return detail


def fail_authentication(ctx: Context, intent: Object) -> None:
    """docs.stripe.com/error-codes: payment_intent_authentication_failure; no charge comes into being."""
    payment_method = ctx.store.get("payment_method", intent["payment_method"])
    _back_to_start(ctx, intent, {**AUTHENTICATION_FAILED, "payment_method": payment_method}, intent["latest_charge"])


def pass_authentication(ctx: Context, intent: Object) -> None:
    """Authenticated, but the issuer may still decline; the customer sits on a page, so nobody receives a 402."""
    reason = _card(ctx, intent).decline
    abandon_challenge(ctx, intent)
    if reason:
        fail(ctx, intent, reason)
    else:
        authorise(ctx, intent)


def abandon_challenge(ctx: Context, intent: Object) -> None:
    """A challenge belongs to one attempt: its page is of no use afterwards."""
    if intent["next_action"] is not None:
        ctx.store.challenges.pop(challenge_of(intent), None)
    intent["next_action"] = None


def challenge_of(intent: Object) -> str:
    action = intent["next_action"]
    url = action["redirect_to_url"]["url"] if "redirect_to_url" in action else action["use_stripe_sdk"]["stripe_js"]
    return str(url.rpartition("/")[2])


def _back_to_start(ctx: Context, intent: Object, error: Object, charge_id: str | None) -> None:
    abandon_challenge(ctx, intent)
    status.move(intent, status.METHOD)
    intent |= {"payment_method": None, "last_payment_error": error, "latest_charge": charge_id}
    ctx.emit("payment_intent.payment_failed", intent)


def _ask(ctx: Context, intent: Object) -> None:
    """docs.stripe.com/api/payment_intents/object#next_action: a redirect where a return_url says whereto."""
    source = "payatt_3" + ctx.store.token(21)
    ctx.store.challenges[source] = intent["id"]
    url = f"{ctx.base_url}/3d_secure_2/hosted/{source}"
    return_url = params.text(ctx.params, "return_url")
    by_script = params.boolean(ctx.params, "use_stripe_sdk") or return_url is None
    if by_script:
        action = {"type": "three_d_secure_redirect", "stripe_js": url, "source": source, "known_frame_issues": "false"}
        intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": action}
    else:
        redirect = {"return_url": return_url, "url": url}
        intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": redirect}
    status.move(intent, status.ACTION)
    ctx.emit("payment_intent.requires_action", intent)


def _card(ctx: Context, intent: Object) -> Card:
    return cards.BY_NUMBER[ctx.store.cards[intent["payment_method"]]]
