"""Who may do what: staff by bearer token, a guest by the secret of their cart."""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import jwt
from fastapi import Header, Request, Security
from fastapi.security import HTTPBearer
from jwt.types import Options
from starlette.requests import HTTPConnection

from api.http.parts import part
from api.http.problems import Problem

GUEST = "guest"
ALGORITHM, ISSUER, AUDIENCE, STAFF = "HS256", "bloomfield", "edge", "staff"
TOKENS_REMEMBERED_MAX = 1_000


class Sender(NamedTuple):
    """Who sends a command and through which channel, as its envelope says."""

    actor: str
    channel: str


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who works here."""

    name: str
    expires_at: int

    @property
    def actor(self) -> str:
        return f"staff:{self.name}"

    @property
    def sender(self) -> Sender:
        return Sender(self.actor, "admin")


class CartSecrets:
    """The secret of a cart follows from its id, so that no place has to keep it."""

    def __init__(self, *signing_secrets: str) -> None:
        """The first makes the secrets; those that the others made are taken as well."""
        # Keys of their own: whoever learns one kind of secret has learnt nothing of the other.
        self._keys = [hmac.digest(each.encode(), b"bloomfield cart secret", "sha256") for each in signing_secrets]

    def of(self, cart_id: str) -> str:
        """The secret that goes with a cart."""
        return _secret_of(self._keys[0], cart_id)

    def match(self, cart_id: str, secret: str) -> bool:
        """True when the secret is the cart's; takes as long when it is not."""
        given = secret.encode()
        found = [hmac.compare_digest(_secret_of(key, cart_id).encode(), given) for key in self._keys]
        return True in found


def _secret_of(key: bytes, cart_id: str) -> str:
    return urlsafe_b64encode(hmac.digest(key, cart_id.encode(), hashlib.sha256)).decode().rstrip("=")


def issue(secret: str, *, name: str, role: str, minutes: int) -> str:
    """A token for a person. Raises what PyJWT raises for a secret that is too short."""
    now = int(time.time())
    claims = {"sub": name, "role": role, "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + minutes * 60}
    return jwt.encode(claims, secret, ALGORITHM)


class Tokens:
    """Checks staff tokens; a token once found good is remembered until it ends."""

    def __init__(self, *secrets: str) -> None:
        self._secrets = secrets
        self._known: dict[str, Staff] = {}

    def read(self, authorization: str) -> Staff:
        """Whose token this is. Raises Problem 401 or 403."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _refused("token_missing", "Send the header `Authorization: Bearer <token>` with a staff token.")
        known = self._known.get(token)
        if known is not None and known.expires_at > time.time():
            return known
        staff = self._verified(token)
        if len(self._known) >= TOKENS_REMEMBERED_MAX:
            self._known.clear()
        self._known[token] = staff
        return staff

    def _verified(self, token: str) -> Staff:
        try:
            claims = self._claims(token)
        except Exception as error:  # whatever else a stranger's bytes provoke in the library: it is no token of ours
            why = error if isinstance(error, jwt.PyJWTError) else "it cannot be read"
            raise _refused("token_invalid", f"The token is refused: {why}. Get a new one.") from error
        if claims.get("role") != STAFF:
            raise Problem("role_forbidden", "This path is for staff; the token's role is another. Use a staff token.")
        return Staff(str(claims["sub"]), int(claims["exp"]))

    def _claims(self, token: str) -> dict[str, Any]:
        required: Options = {"require": ["sub", "exp", "iss", "aud"]}
        for number, secret in enumerate(self._secrets, 1):
            try:
                return jwt.decode(token, secret, [ALGORITHM], audience=AUDIENCE, issuer=ISSUER, options=required)
            except jwt.InvalidSignatureError:
                if number == len(self._secrets):
                    raise
        raise jwt.InvalidKeyError("there is no secret to check it with")


def _refused(code: str, detail: str) -> Problem:
    return Problem(code, detail, headers={"WWW-Authenticate": 'Bearer realm="staff"'})


async def the_staff(request: Request) -> Staff:
    """Whose valid staff token the request carries. Raises Problem 401 or 403."""
    staff: Staff | None = request.scope["state"]["staff"]
    if staff is None:
        staff = part(request, Tokens).read(request.headers.get("authorization", ""))
    return staff


def may_touch(request: HTTPConnection, cart_id: str, secret: str) -> bool:
    """True for whoever has the cart's secret, and for staff."""
    return request.scope["state"]["staff"] is not None or part(request, CartSecrets).match(cart_id, secret)


def shopper(request: Request, channel: str) -> Sender:
    """Who sends where a guest may: staff are named all the same."""
    staff: Staff | None = request.scope["state"]["staff"]
    return Sender(GUEST if staff is None else staff.actor, channel)


bearer = HTTPBearer(auto_error=False, scheme_name="staff", description="A staff token, see `bloomfield token`.")
CurrentStaff = Annotated[Staff, Security(the_staff)]
CartSecret = Annotated[
    str, Header(alias="Cart-Secret", max_length=128, description="The `secret` that `POST /v1/carts` returned.")
]
