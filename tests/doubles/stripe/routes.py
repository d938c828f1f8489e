"""Which path is which operation; an operation's name is also its row in `params.ALLOWED`."""

from __future__ import annotations

from tests.doubles.stripe import disputes, intents, ledger, methods, params, refunds
from tests.doubles.stripe.ledger import Handler

ROUTES: dict[str, tuple[str, str, Handler | None]] = {
    "payment_intents.create": ("POST", "/v1/payment_intents", intents.create),
    "payment_intents.list": ("GET", "/v1/payment_intents", intents.listing),
    "payment_intents.retrieve": ("GET", "/v1/payment_intents/*", intents.retrieve),
    "payment_intents.update": ("POST", "/v1/payment_intents/*", intents.update),
    "payment_intents.confirm": ("POST", "/v1/payment_intents/*/confirm", intents.confirm),
    "payment_intents.capture": ("POST", "/v1/payment_intents/*/capture", intents.capture),
    "payment_intents.cancel": ("POST", "/v1/payment_intents/*/cancel", intents.cancel),
    "payment_methods.create": ("POST", "/v1/payment_methods", methods.create),
    "payment_methods.retrieve": ("GET", "/v1/payment_methods/*", methods.retrieve),
    "payment_methods.attach": ("POST", "/v1/payment_methods/*/attach", methods.attach),
    "customers.create": ("POST", "/v1/customers", methods.create_customer),
    "customers.list": ("GET", "/v1/customers", methods.list_customers),
    "customers.retrieve": ("GET", "/v1/customers/*", methods.retrieve_customer),
    "customers.update": ("POST", "/v1/customers/*", methods.update_customer),
    "charges.list": ("GET", "/v1/charges", ledger.lister("charge", "/v1/charges", ("customer", "payment_intent"))),
    "charges.retrieve": ("GET", "/v1/charges/*", ledger.reader("charge")),
    "refunds.create": ("POST", "/v1/refunds", refunds.create),
    "refunds.list": ("GET", "/v1/refunds", refunds.listing),
    "refunds.retrieve": ("GET", "/v1/refunds/*", refunds.retrieve),
    "refunds.update": ("POST", "/v1/refunds/*", refunds.update),
    "disputes.list": ("GET", "/v1/disputes", disputes.listing),
    "disputes.retrieve": ("GET", "/v1/disputes/*", disputes.retrieve),
    "disputes.update": ("POST", "/v1/disputes/*", disputes.update),
    "disputes.close": ("POST", "/v1/disputes/*/close", disputes.close),
    "balance_transactions.list": (
        "GET",
        "/v1/balance_transactions",
        ledger.lister("balance_transaction", "/v1/balance_transactions", ("source", "type", "currency")),
    ),
    "balance_transactions.retrieve": ("GET", "/v1/balance_transactions/*", ledger.reader("balance_transaction")),
    "events.list": ("GET", "/v1/events", None),  # Events are not in the store: the server answers these two.
    "events.retrieve": ("GET", "/v1/events/*", None),
}
assert ROUTES.keys() == params.ALLOWED.keys()
BY_SHAPE = {(method, tuple(shape.split("/"))): name for name, (method, shape, _) in ROUTES.items()}
# What a publishable key may do (docs.stripe.com/keys: "can't read or change anything but …").
BROWSER_OPERATIONS = ("payment_methods.create", "payment_intents.retrieve", "payment_intents.confirm")


def match(method: str, path: str) -> tuple[str, str]:
    """Operation and id; empty names where Stripe has no such path here."""
    parts = path.split("/")
    if len(parts) == 3:
        return BY_SHAPE.get((method, tuple(parts)), ""), ""
    if len(parts) < 4 or not parts[3]:
        return "", ""
    return BY_SHAPE.get((method, (*parts[:3], "*", *parts[4:])), ""), parts[3]
