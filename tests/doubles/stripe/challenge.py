"""The issuer's page of 3D Secure 2: the customer completes or fails the challenge and is sent back to the shop.

docs.stripe.com/testing#regulatory-cards: the test page has two buttons, COMPLETE and FAIL; the redirect carries
`payment_intent`, `payment_intent_client_secret` and `redirect_status`.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from tests.doubles.stripe import attempts
from tests.doubles.stripe.context import Context
from tests.doubles.stripe.double import Double
from tests.doubles.stripe.form import decode
from tests.doubles.stripe.store import Object

PREFIX = "/3d_secure_2/hosted/"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>3D Secure 2 test page</title></head>
<body><h1>3D Secure 2 test page</h1><p>{amount} {currency}</p><form method="post">
<button name="outcome" value="pass">COMPLETE</button> <button name="outcome" value="fail">FAIL</button>
</form></body></html>"""
GONE = "<!doctype html><title>3D Secure 2</title><p>This challenge is over.</p>"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    html: str = ""
    location: str = ""


def answer(double: Double, method: str, path: str, body: bytes) -> Answer:
    identifier = double.store.challenges.get(path.removeprefix(PREFIX))
    if identifier is None:
        return Answer(404, GONE)
    intent = double.store.get("payment_intent", identifier)
    if method == "GET":
        return Answer(200, PAGE.format(amount=intent["amount"] / 100, currency=escape(intent["currency"])))
    outcome = decode(body).get("outcome")
    if method != "POST" or outcome not in ("pass", "fail"):
        return Answer(400, GONE)
    return_url = _return_url(intent)
    finish(double, intent, passed=outcome == "pass")
    if not return_url:
        return Answer(200, "<!doctype html><title>3D Secure 2</title><p>Done. You may close this page.</p>")
    succeeded = intent["status"] in ("succeeded", "requires_capture", "processing")
    query = {
        "payment_intent": intent["id"],
        "payment_intent_client_secret": intent["client_secret"],
        "source_type": "card",
        "redirect_status": "succeeded" if succeeded else "failed",
    }
    return Answer(303, location=f"{return_url}{'&' if '?' in return_url else '?'}{urlencode(query)}")


def finish(double: Double, intent: Object, *, passed: bool) -> Object:
    def work(ctx: Context) -> Object:
        (attempts.pass_authentication if passed else attempts.fail_authentication)(ctx, intent)
        return intent

    result: Object = double.happen(work)
    return result


def _return_url(intent: Object) -> str:
    action = intent["next_action"] or {}
    return str(action.get("redirect_to_url", {}).get("return_url") or "")
