"""Who a customer is to a promotion that each may use a number of times, without saying who they are."""

from __future__ import annotations

import hmac


class Pseudonyms:
    """Made with a secret of their own, which is never changed: with another one every customer would be a new one."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def of(self, promotion_id: str, email: str) -> str:
        """The same for the same address however its letters are written, and another for each promotion."""
        return self.digest(f"customer/{promotion_id}/{email.strip().casefold()}").hex()[:32]

    def digest(self, text: str) -> bytes:
        """32 bytes that nobody can tell without the secret."""
        return hmac.digest(self._secret, text.encode(), "sha256")
