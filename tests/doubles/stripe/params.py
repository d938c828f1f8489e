"""Which parameters each call takes, and how their values are read (the names of API version 2026-10-28.endive)."""

from __future__ import annotations

from typing import Any

from tests.doubles.stripe import errors
from tests.doubles.stripe.form import Params, flatten

PAGING = "limit starting_after ending_before created expand"
INTENT = (
    "amount amount_details allowed_payment_method_types application_fee_amount capture_method currency customer "
    "customer_account description excluded_payment_method_types expand hooks metadata payment_details payment_method "
    "payment_method_configuration payment_method_data payment_method_options payment_method_types receipt_email "
    "setup_future_usage shipping statement_descriptor statement_descriptor_suffix transfer_data transfer_group"
)
ALLOWED: dict[str, frozenset[str]] = {
    name: frozenset(names.split())
    for name, names in {
        "payment_intents.create": f"{INTENT} automatic_payment_methods confirm confirmation_method confirmation_token "
        "error_on_requires_action mandate mandate_data off_session on_behalf_of radar_options return_url "
        "use_stripe_sdk",
        "payment_intents.retrieve": "client_secret expand",
        "payment_intents.list": f"{PAGING} customer customer_account",
        "payment_intents.update": INTENT,
        "payment_intents.confirm": "allowed_payment_method_types amount_details amount_to_confirm capture_method "
        "confirmation_token error_on_requires_action excluded_payment_method_types expand hooks mandate mandate_data "
        "off_session payment_details payment_method payment_method_data payment_method_options payment_method_types "
        "radar_options receipt_email return_url setup_future_usage shipping use_stripe_sdk client_secret",
        "payment_intents.capture": "amount_details amount_to_capture application_fee_amount expand final_capture hooks "
        "metadata payment_details statement_descriptor statement_descriptor_suffix transfer_data",
        "payment_intents.cancel": "cancellation_reason expand",
        "payment_methods.create": "allow_redisplay billing_details card customer expand metadata payment_method "
        "radar_options type",
        "payment_methods.retrieve": "expand",
        "payment_methods.attach": "customer customer_account expand",
        "customers.create": "address description email expand metadata name phone payment_method preferred_locales "
        "shipping tax_exempt",
        "customers.retrieve": "expand",
        "customers.update": "address description email expand metadata name phone preferred_locales shipping "
        "tax_exempt",
        "customers.list": f"{PAGING} email test_clock",
        "charges.retrieve": "expand",
        "charges.list": f"{PAGING} customer payment_intent transfer_group",
        "refunds.create": "amount charge currency customer expand instructions_email metadata origin payment_intent "
        "reason refund_application_fee reverse_transfer",
        "refunds.retrieve": "expand",
        "refunds.update": "expand metadata",
        "refunds.list": f"{PAGING} charge payment_intent",
        "disputes.retrieve": "expand",
        "disputes.update": "evidence expand intended_submission_method metadata submit",
        "disputes.close": "expand",
        "disputes.list": f"{PAGING} charge payment_intent",
        "events.retrieve": "expand",
        "events.list": f"{PAGING} delivery_success type types",
        "balance_transactions.retrieve": "expand",
        "balance_transactions.list": f"{PAGING} currency payout source type",
    }.items()
}
BROWSER_EXTRA_NAMES = (  # What Stripe.js adds to the calls it makes with a publishable key.
    "key client_secret client_attribution_metadata payment_user_agent pasted_fields time_on_page guid muid sid "
    "referrer _stripe_version _stripe_account expected_payment_method_type"
)
BROWSER_EXTRAS = frozenset(BROWSER_EXTRA_NAMES.split())


def check_names(operation: str, params: Params, *, browser: bool) -> None:
    unknown = params.keys() - ALLOWED[operation]
    if browser:
        unknown -= BROWSER_EXTRAS
    if unknown:
        raise errors.unknown_parameter(flatten({name: params[name] for name in params if name in unknown}))


def integer(params: Params, name: str, *, least: int = 0) -> int | None:
    if name not in params:
        return None
    text = params[name]
    if not isinstance(text, str) or not text.lstrip("-").isdigit():
        raise errors.invalid(f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
    if int(text) < least:
        message = f"This value must be greater than or equal to {least}."
        raise errors.invalid(message, code="parameter_invalid_integer", param=name)
    return int(text)


def boolean(params: Params, name: str, *, default: bool = False) -> bool:
    text = params.get(name)
    if text is None:
        return default
    if text not in ("true", "false"):
        raise errors.invalid(f"Invalid boolean: {text}", param=name)
    return bool(text == "true")


def choice(params: Params, name: str, allowed: tuple[str, ...]) -> str | None:
    value = params.get(name)
    if value is not None and value not in allowed:
        raise errors.invalid(f"Invalid {name}: must be one of {', '.join(allowed)}", param=name)
    return value


def text(params: Params, name: str) -> str | None:
    """An empty string unsets the value ("individual keys can be unset by posting an empty value")."""
    value = params.get(name)
    if value is not None and not isinstance(value, str):
        raise errors.invalid(f"Invalid string: {value}", param=name)
    return value or None


def merged_metadata(current: dict[str, str], params: Params) -> dict[str, str]:
    """docs.stripe.com/api/metadata: up to 50 keys of 40 characters, values of 500; posting an empty value unsets."""
    posted: Any = params.get("metadata")
    if posted is None:
        return current
    if posted == "":
        return {}
    if not isinstance(posted, dict) or any(not isinstance(value, str) for value in posted.values()):
        raise errors.invalid("Invalid metadata: metadata must be a set of key-value strings", param="metadata")
    merged = {key: value for key, value in {**current, **posted}.items() if value != ""}
    if len(merged) > 50 or any(len(key) > 40 or len(value) > 500 for key, value in merged.items()):
        raise errors.invalid("Metadata takes up to 50 keys of 40 characters with values of 500.", param="metadata")
    return merged
