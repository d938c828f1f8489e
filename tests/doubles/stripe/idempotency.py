"""Idempotency keys as Stripe keeps them (docs.stripe.com/api/idempotent_requests).

"Saving the resulting status code and body of the first request made for any given idempotency key, regardless of
whether it succeeds or fails"; other parameters under the same key are an error; failures of validation and concurrent
clashes are not saved, so such a key stays free.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.doubles.stripe import errors
from tests.doubles.stripe.context import tight

KEY_LENGTH_MAX = 255


@dataclass(slots=True)
class Saved:
    path: str
    fingerprint: tuple[str, ...]
    request_id: str
    status: int = 0  # 0 while the first request is still running.
    body: bytes = b""
    calls: int = 1
    replays: int = 0


class IdempotencyKeys:
    def __init__(self) -> None:
        self.saved: dict[str, Saved] = {}

    def begin(self, key: str, path: str, body: bytes, request_id: str) -> Saved | None:
        """The saved result to replay, or None: the caller is the first and must finish or forget."""
        if len(key) > KEY_LENGTH_MAX:
            raise errors.invalid(f"Idempotency key is too long: {len(key)} characters, {KEY_LENGTH_MAX} at most.")
        fingerprint = tuple(sorted(body.decode("utf-8").split("&")))
        known = self.saved.get(key)
        if known is None:
            self.saved[key] = Saved(path, fingerprint, request_id)
            return None
        known.calls += 1
        if (known.path, known.fingerprint) != (path, fingerprint):
            raise errors.idempotency_mismatch(key, same_path=known.path == path)
        if known.status == 0:
            raise errors.idempotency_in_use(key)
        known.replays += 1
        return known

    def finish(self, key: str, status: int, body: bytes) -> None:
        saved = self.saved[key]
        saved.status, saved.body = status, tight(body)

    def forget(self, key: str) -> None:
        del self.saved[key]
