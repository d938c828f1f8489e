"""Staff tokens and the secrets of carts."""

from __future__ import annotations

import time
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import jwt
import pytest
from fastapi import Request
from hypothesis import example, given
from hypothesis import strategies as st

from api.http.auth import CartSecrets, Staff, Tokens, issue, shopper
from api.http.idempotency import ReplayCipher
from api.http.problems import Problem
from process.settings import SettingsError
from tests.nowhere import NOWHERE

SECRET = "5" * 64
CLAIMS = {"sub": "ada", "role": "staff", "iss": "bloomfield", "aud": "edge"}


def token(**changed: object) -> str:
    claims = CLAIMS | {"exp": 2**33} | changed
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, SECRET, "HS256")


def test_a_token_that_we_issued_says_who_it_is() -> None:
    tokens = Tokens(SECRET)
    bearer = f"Bearer {issue(SECRET, name='ada', role='staff', minutes=1)}"
    assert tokens.read(bearer).actor == "staff:ada"
    assert tokens.read(bearer).name == "ada"  # the second time from memory


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        ("", 401, "token_missing"),
        ("Basic YTpi", 401, "token_missing"),
        ("Bearer ", 401, "token_missing"),
        ("Bearer x.y.z", 401, "token_invalid"),
        (f"Bearer {token(exp=1)}", 401, "token_invalid"),
        (f"Bearer {token(exp=None)}", 401, "token_invalid"),
        (f"Bearer {token(iss='mallory')}", 401, "token_invalid"),
        (f"Bearer {token(aud='elsewhere')}", 401, "token_invalid"),
        (f"Bearer {jwt.encode(CLAIMS | {'exp': 2**33}, '6' * 64, 'HS256')}", 401, "token_invalid"),
        (f"Bearer {jwt.encode(CLAIMS | {'exp': 2**33}, None, 'none')}", 401, "token_invalid"),
        (f"Bearer {token(role='guest')}", 403, "role_forbidden"),
        (f"Bearer {token(role=None)}", 403, "role_forbidden"),
    ],
)
def test_any_other_token_is_refused(authorization: str, status: int, code: str) -> None:
    with pytest.raises(Problem) as refused:
        Tokens(SECRET).read(authorization)
    assert (refused.value.kind.status, refused.value.code) == (status, code)


def test_a_remembered_token_ends_when_it_ends() -> None:
    tokens, bearer = Tokens(SECRET), f"Bearer {token(exp=int(time.time()) + 1)}"
    tokens.read(bearer)
    deadline = time.monotonic() + 5
    with pytest.raises(Problem) as refused:
        while time.monotonic() < deadline:
            tokens.read(bearer)
    assert refused.value.code == "token_invalid"


def test_the_secret_of_a_cart_opens_this_cart_only() -> None:
    secrets = CartSecrets(SECRET)
    secret = secrets.of("cart-1")
    assert secrets.match("cart-1", secret)
    assert not secrets.match("cart-2", secret)
    assert not secrets.match("cart-1", "")
    assert not secrets.match("cart-1", secret[:-1])
    assert not secrets.match("cart-1", "ü")
    assert not CartSecrets("6" * 64).match("cart-1", secret)
    assert len(secret) == 43


def test_what_a_former_secret_signed_is_still_taken_and_nothing_is_signed_with_it(tmp_path: Path) -> None:
    new, former = "n" * 64, SECRET
    (tmp_path / "staff_signing").write_text(f"{new}\n{former}\n")
    settings = replace(NOWHERE, secrets=tmp_path)
    assert settings.secret("staff_signing") == new
    both = settings.secret_and_former("staff_signing")
    assert CartSecrets(*both).match("c", CartSecrets(former).of("c"))
    assert CartSecrets(*both).of("c") == CartSecrets(new).of("c")
    assert Tokens(*both).read(f"Bearer {token()}").name == Tokens(former).read(f"Bearer {token()}").name
    kept = ReplayCipher(former).encrypt("id", b"response")
    assert ReplayCipher(*both).decrypt("id", kept) == b"response"
    assert ReplayCipher(new).decrypt("id", ReplayCipher(*both).encrypt("id", b"response")) == b"response"
    with pytest.raises(Problem, match="Signature verification failed"):
        Tokens(new, "m" * 64).read(f"Bearer {token()}")
    (tmp_path / "staff_signing").write_text(" \n")
    with pytest.raises(SettingsError, match="is empty"):
        settings.secret("staff_signing")


def test_staff_are_named_also_where_a_guest_would_do() -> None:
    def actor(staff: Staff | None) -> str:
        return shopper(Request({"type": "http", "state": {"staff": staff}}), "web").actor

    assert (actor(None), actor(Staff("ada", 0))) == ("guest", "staff:ada")


@given(
    st.one_of(
        st.text(st.characters(max_codepoint=255)), st.binary().map(lambda raw: b64encode(raw).decode() + ".e30.A")
    )
)
@example("\xe9.\xe9.\xe9")
@example(b64encode(b"[" * 50_000).decode() + ".e30.AA")
@example(b64encode(b'{"alg":"HS256","a":' + b"9" * 5_000 + b"}").decode().rstrip("=") + ".e30.AA")
@example("bnVsbA.bnVsbA.AA")
def test_no_bytes_of_a_stranger_are_more_than_a_refused_token(token: str) -> None:
    with pytest.raises(Problem) as refused:
        Tokens(SECRET).read(f"Bearer {token}")
    assert refused.value.code in ("token_invalid", "token_missing")
    assert not CartSecrets(SECRET).match("c", token)
