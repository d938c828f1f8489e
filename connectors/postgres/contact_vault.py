"""Contact details never stand on the log in the clear: one key per checkout, kept only in PostgreSQL.

Deleting a row of `contact_keys` makes that checkout's details unreadable everywhere, the log included.
Sealed form: a version byte, a nonce of 12 bytes, AES-256-GCM ciphertext with tag; bound to the checkout's id.
"""

from __future__ import annotations

import secrets
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

Pool = AsyncConnectionPool[AsyncConnection[Any]]
Contact = dict[str, Any]  # email, shipping_address, billing_address

VERSION = b"\x01"
NONCE_BYTES = 12
KEY_BITS = 256

KEY_OF_CHECKOUT = """
    WITH made AS (INSERT INTO contact_keys (checkout_id, key) VALUES (%(id)s, %(key)s)
                  ON CONFLICT (checkout_id) DO NOTHING RETURNING key)
    SELECT key FROM made UNION ALL SELECT key FROM contact_keys WHERE checkout_id = %(id)s LIMIT 1
"""


async def seal(pool: Pool, checkout_id: str, contact: Contact) -> bytes:
    """Encrypt under the checkout's key, which is made and stored first, or reused when this is a retry."""
    return sealed(await _key_to_seal(pool, checkout_id), checkout_id, contact)


def unseal(key: bytes | None, checkout_id: str, data: bytes) -> Contact | None:
    """The contact details; None once their key is erased. Raises InvalidTag when the bytes are another checkout's."""
    return None if key is None else opened(bytes(key), checkout_id, data)


async def was_begun(pool: Pool, checkout_id: str) -> bool:
    """True when a key was made for this checkout: it is on the log, or about to be, though no view may show it yet."""
    async with pool.connection() as connection:
        found = await connection.execute("SELECT 1 FROM contact_keys WHERE checkout_id = %s", (checkout_id,))
        return await found.fetchone() is not None


def sealed(key: bytes, checkout_id: str, contact: Contact) -> bytes:
    """Encrypt; the same details never look the same twice."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, orjson.dumps(contact), checkout_id.encode())


def opened(key: bytes, checkout_id: str, data: bytes) -> Contact:
    """Decrypt. Raises InvalidTag when key, checkout or bytes do not belong together."""
    if data[:1] != VERSION:
        raise InvalidTag
    nonce, body = data[1 : 1 + NONCE_BYTES], data[1 + NONCE_BYTES :]
    contact: Contact = orjson.loads(AESGCM(key).decrypt(nonce, body, checkout_id.encode()))
    return contact


async def _key_to_seal(pool: Pool, checkout_id: str) -> bytes:
    wanted = {"id": checkout_id, "key": AESGCM.generate_key(KEY_BITS)}
    async with pool.connection() as connection:
        # A twin that inserts at the same moment is waited for, but this statement's snapshot may be older
        # than its row: a second look sees it.
        for _ in range(2):
            found = await (await connection.execute(KEY_OF_CHECKOUT, wanted)).fetchone()
            if found is not None:
                return bytes(found[0])
    raise RuntimeError(f"no key for {checkout_id}, although one was just inserted")
