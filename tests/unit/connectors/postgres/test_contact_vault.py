"""Contact details under lock and key."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connectors.postgres.contact_vault import opened, sealed

CONTACT = {"email": "ada@example.co.uk", "shipping_address": {"city": "London"}, "billing_address": None}


def test_what_was_sealed_is_opened_with_the_same_key_only() -> None:
    key, other = AESGCM.generate_key(256), AESGCM.generate_key(256)
    box = sealed(key, "checkout-1", CONTACT)
    assert b"ada" not in box
    assert box != sealed(key, "checkout-1", CONTACT)
    assert opened(key, "checkout-1", box) == CONTACT
    for attempt in ((other, "checkout-1", box), (key, "checkout-2", box), (key, "checkout-1", box[:-1] + b"x")):
        with pytest.raises(InvalidTag):
            opened(*attempt)
    with pytest.raises(InvalidTag):
        opened(key, "checkout-1", b"\x02" + box[1:])
