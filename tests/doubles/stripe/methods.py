"""PaymentMethods (cards only) and Customers: just enough to pay with, docs.stripe.com/api/payment_methods."""

from __future__ import annotations

import time

from tests.doubles.stripe import cards, errors, objects, params
from tests.doubles.stripe.context import Context, now
from tests.doubles.stripe.form import Params
from tests.doubles.stripe.store import Object, page

CUSTOMER_TEXTS = ("description", "email", "name", "phone")


def create(ctx: Context) -> Object:
    return _create(ctx, ctx.params)


def retrieve(ctx: Context, identifier: str) -> Object:
    return _known(ctx, identifier, status=404)


def attach(ctx: Context, identifier: str) -> Object:
    payment_method = _known(ctx, identifier, status=404)
    if "customer" not in ctx.params:
        raise errors.missing_parameter("customer")
    owner = ctx.store.get("customer", ctx.params["customer"], param="customer", status=400)
    payment_method["customer"] = owner["id"]
    ctx.emit("payment_method.attached", payment_method)
    return payment_method


def given(ctx: Context) -> Object | None:
    """The method a call brings: an id, a test token such as pm_card_visa, or the card itself."""
    if ctx.params.get("payment_method"):
        return _known(ctx, ctx.params["payment_method"], status=400)
    if "payment_method_data" in ctx.params:
        return _create(ctx, ctx.params["payment_method_data"])
    return None


def _known(ctx: Context, identifier: str, *, status: int) -> Object:
    """Each use of a test token makes a new PaymentMethod, as Stripe does."""
    card = cards.BY_TOKEN.get(identifier)
    if card is not None:
        year = time.gmtime().tm_year + 1
        return ctx.store.add(objects.new_payment_method(ctx.store, card, exp_month=12, exp_year=year))
    return ctx.store.get("payment_method", identifier, param="payment_method", status=status)


def _create(ctx: Context, given: Params) -> Object:
    if given.get("type") != "card":
        raise errors.invalid("Invalid type: this account takes cards only", param="type")
    card = given.get("card")
    if not isinstance(card, dict):
        raise errors.missing_parameter("card")
    if "token" in card:
        token = "pm_card_" + str(card["token"]).removeprefix("tok_")
        return _known(ctx, token, status=400)
    for name in ("number", "exp_month", "exp_year"):
        if name not in card:
            raise errors.missing_parameter(f"card[{name}]")
    month, year = params.integer(card, "exp_month", least=1), params.integer(card, "exp_year", least=1)
    assert month is not None and year is not None, "both were checked"
    _check_expiry(month, year)
    kind = cards.lookup(str(card["number"]).replace(" ", ""))
    new = objects.new_payment_method(ctx.store, kind, exp_month=month, exp_year=year)
    if isinstance(given.get("billing_details"), dict):
        new["billing_details"] |= given["billing_details"]
    new["metadata"] = params.merged_metadata({}, given)
    return ctx.store.add(new)


def _check_expiry(month: int, year: int) -> None:
    this_year = time.gmtime().tm_year
    wrong = "month" if not 1 <= month <= 12 else "year" if not this_year <= year <= this_year + 50 else ""
    if wrong:
        code, message = f"invalid_expiry_{wrong}", f"Your card's expiration {wrong} is invalid."
        detail = {"code": code, "doc_url": errors.DOCS + code.replace("_", "-"), "message": message}
        raise errors.card_error({**detail, "param": f"exp_{wrong}", "type": "card_error"})


def create_customer(ctx: Context) -> Object:
    new: Object = {
        "id": ctx.store.new_id("customer"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": now(),
        "currency": None,
        "delinquent": False,
        "livemode": False,
        "metadata": {},
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
    }
    new |= dict.fromkeys(CUSTOMER_TEXTS)
    _apply_customer(ctx, new)
    ctx.store.add(new)
    ctx.emit("customer.created", new)
    return new


def retrieve_customer(ctx: Context, identifier: str) -> Object:
    return ctx.store.get("customer", identifier)


def update_customer(ctx: Context, identifier: str) -> Object:
    known = ctx.store.get("customer", identifier)
    _apply_customer(ctx, known)
    ctx.emit("customer.updated", known)
    return known


def list_customers(ctx: Context) -> Object:
    email = ctx.params.get("email")
    table = ctx.store.tables["customer"]
    return page(table, ctx.params, "/v1/customers", lambda o: email in (None, o["email"]))


def _apply_customer(ctx: Context, customer: Object) -> None:
    metadata = params.merged_metadata(customer["metadata"], ctx.params)
    customer |= {name: params.text(ctx.params, name) for name in CUSTOMER_TEXTS if name in ctx.params}
    customer |= {name: ctx.params[name] or None for name in ("address", "shipping") if name in ctx.params}
    customer["metadata"] = metadata
