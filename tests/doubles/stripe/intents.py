"""PaymentIntents as a client drives them: create, read, update, confirm, capture, cancel."""

from __future__ import annotations

from tests.doubles.stripe import attempts, errors, methods, objects, params, status
from tests.doubles.stripe.context import Context, now
from tests.doubles.stripe.money import pounds, release
from tests.doubles.stripe.store import Object, page

AMOUNT_MIN, AMOUNT_MAX = 30, 99_999_999  # docs.stripe.com/currencies: £0.30 at least, eight digits at most.
CURRENCIES = ("gbp", "eur", "usd")
CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")
FREE_TEXTS = ("description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix", "transfer_group")
# What Stripe.js may see of an intent: nothing of the merchant's own (metadata, customer, charges).
BROWSER_FIELD_NAMES = (
    "id object amount amount_details automatic_payment_methods canceled_at cancellation_reason capture_method "
    "client_secret confirmation_method created currency description last_payment_error livemode next_action "
    "payment_method payment_method_configuration_details payment_method_types processing receipt_email "
    "setup_future_usage shipping source status"
)
BROWSER_FIELDS = BROWSER_FIELD_NAMES.split()


def create(ctx: Context) -> Object:
    amount, currency = _amount(ctx, required=True), params.text(ctx.params, "currency")
    if currency is None:
        raise errors.missing_parameter("currency")
    if currency.lower() not in CURRENCIES:
        raise errors.invalid(f"Invalid currency: {currency}", param="currency")
    assert amount is not None, "required"
    intent = objects.new_intent(ctx.store, amount, currency.lower())
    _apply(ctx, intent)
    wants = params.boolean(ctx.params, "confirm")
    if not wants and (flag := next((n for n in ("off_session", "return_url") if n in ctx.params), None)):
        message = f"The parameter `{flag}` can only be used when `confirm` is true."
        raise errors.invalid(message, param=flag)
    ctx.store.add(intent)
    ctx.emit("payment_intent.created", intent)
    return confirm_known(ctx, intent) if wants else intent


def retrieve(ctx: Context, identifier: str) -> Object:
    intent = ctx.store.get("payment_intent", identifier, param="intent")
    if ctx.browser or "client_secret" in ctx.params:
        _check_client_secret(ctx, intent)
    return intent


def listing(ctx: Context) -> Object:
    customer = ctx.params.get("customer")
    table = ctx.store.tables["payment_intent"]
    return page(table, ctx.params, "/v1/payment_intents", lambda o: customer in (None, o["customer"]))


def update(ctx: Context, identifier: str) -> Object:
    intent = ctx.store.get("payment_intent", identifier, param="intent")
    if intent["status"] == status.CANCELED:
        status.require(intent, "updated", status.REPRICEABLE)
    for name in ("amount", "currency", "payment_method", "capture_method"):
        if name in ctx.params:
            status.require_repriceable(intent, name)
    before = intent["amount"]
    intent["amount"] = _amount(ctx, required=False) or before
    _apply(ctx, intent)
    if intent["status"] == status.ACTION and (intent["amount"] != before or "payment_method" in ctx.params):
        attempts.abandon_challenge(ctx, intent)
        status.move(intent, status.CONFIRMATION)  # "You might need to confirm the PaymentIntent again."
    return intent


def confirm(ctx: Context, identifier: str) -> Object:
    intent = ctx.store.get("payment_intent", identifier, param="intent")
    if ctx.browser:
        _check_client_secret(ctx, intent)
    status.require(intent, "confirmed", status.CONFIRMABLE)
    _apply(ctx, intent)
    return confirm_known(ctx, intent)


def confirm_known(ctx: Context, intent: Object) -> Object:
    if intent["payment_method"] is None:
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method or ConfirmationToken."
        )
        raise errors.unexpected_state(message, intent)
    return attempts.attempt(ctx, intent)


def capture(ctx: Context, identifier: str) -> Object:
    """docs.stripe.com/api/payment_intents/capture: "must be less than or equal to the original amount", once only."""
    intent = ctx.store.get("payment_intent", identifier, param="intent")
    wanted = params.integer(ctx.params, "amount_to_capture", least=1)
    if not params.boolean(ctx.params, "final_capture", default=True):
        raise errors.invalid("This payment is not eligible for multiple captures.", param="final_capture")
    status.require(intent, "captured", status.CAPTURABLE)
    amount = wanted or intent["amount_capturable"]
    if amount > intent["amount_capturable"]:
        message = (
            f"The requested capture amount ({pounds(amount)}) is greater than the amount you can capture for this "
            f"charge ({pounds(intent['amount_capturable'])})."
        )
        raise errors.invalid(message, code="amount_too_large", param="amount_to_capture", stored=True)
    intent["metadata"] = params.merged_metadata(intent["metadata"], ctx.params)
    attempts.take_money(ctx, intent, amount)
    return intent


def cancel(ctx: Context, identifier: str) -> Object:
    """docs.stripe.com/api/payment_intents/cancel: with requires_capture "the remaining amount is refunded"."""
    intent = ctx.store.get("payment_intent", identifier, param="intent")
    reason = params.choice(ctx.params, "cancellation_reason", REASONS)
    status.require(intent, "canceled", status.CANCELABLE)
    return withdraw(ctx, intent, reason)


def withdraw(ctx: Context, intent: Object, reason: str | None) -> Object:
    held = intent["status"] == status.CAPTURE
    attempts.abandon_challenge(ctx, intent)
    status.move(intent, status.CANCELED)
    intent |= {"canceled_at": now(), "cancellation_reason": reason, "amount_capturable": 0}
    if held:
        charge = ctx.store.get("charge", intent["latest_charge"])
        release(ctx, charge, charge["amount"], expired=reason == "automatic")
    ctx.emit("payment_intent.canceled", intent)
    return intent


def _amount(ctx: Context, *, required: bool) -> int | None:
    amount = params.integer(ctx.params, "amount", least=1)
    if amount is None and required:
        raise errors.missing_parameter("amount")
    if amount is not None and amount < AMOUNT_MIN:
        raise errors.invalid(f"Amount must be at least {pounds(AMOUNT_MIN)}", code="amount_too_small", param="amount")
    if amount is not None and amount > AMOUNT_MAX:
        raise errors.invalid("Amount must be no more than £999,999.99", code="amount_too_large", param="amount")
    return amount


def _apply(ctx: Context, intent: Object) -> None:
    """Everything create, update and confirm have in common. Checks come first: a refused call changes nothing."""
    given, changes = ctx.params, {}
    changes["capture_method"] = params.choice(given, "capture_method", CAPTURE_METHODS) or intent["capture_method"]
    changes |= {name: params.text(given, name) for name in FREE_TEXTS if name in given}
    changes["metadata"] = params.merged_metadata(intent["metadata"], given)
    if "customer" in given:
        changes["customer"] = ctx.store.get("customer", given["customer"], param="customer", status=400)["id"]
    if "shipping" in given:
        changes["shipping"] = given["shipping"] or None
    if "payment_method_types" in given:
        changes["payment_method_types"] = list(given["payment_method_types"])
    if "automatic_payment_methods" in given:
        wanted = given["automatic_payment_methods"]
        changes["automatic_payment_methods"] = {
            "allow_redirects": wanted.get("allow_redirects", "always"),
            "enabled": params.boolean(wanted, "enabled"),
        }
    if (payment_method := methods.given(ctx)) is not None:
        changes |= {"payment_method": payment_method["id"], "last_payment_error": None}
    intent |= changes
    if intent["status"] == status.METHOD and intent["payment_method"] is not None:
        status.move(intent, status.CONFIRMATION)


def _check_client_secret(ctx: Context, intent: Object) -> None:
    secret = ctx.params.get("client_secret")
    if secret is None:
        raise errors.missing_parameter("client_secret")
    if secret != intent["client_secret"]:
        message = "The client_secret provided does not match the client_secret associated with the PaymentIntent."
        raise errors.invalid(message, code="payment_intent_invalid_parameter", param="client_secret")


def for_browser(intent: Object) -> Object:
    return {name: intent[name] for name in BROWSER_FIELDS if name in intent}
