"""One client: what it watches, and what it has not been sent yet."""

from __future__ import annotations

import asyncio

import msgspec

from api.http.responses import Body

_ENCODER = msgspec.json.Encoder()


UNSENT_MAX = 500  # more than one connection may watch, so that only what nobody reads adds up to it


class Session:
    """What is to be sent, the latest word on each subject only: a slow client misses steps, never the last one."""

    def __init__(self) -> None:
        self._outbox: dict[str, bytes | Body] = {}
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._room.set()
        self._said = 0

    def put(self, subject: str, message: bytes | Body) -> None:
        """Have a message sent in the place of an earlier one about the subject that was not sent yet."""
        self._outbox[subject] = message
        self._news.set()
        if len(self._outbox) >= UNSENT_MAX:
            self._room.clear()

    def say(self, message: Body) -> None:
        """Have a message sent that takes no other's place."""
        self._said += 1
        self.put(f"\0{self._said}", message)

    async def room(self) -> None:
        """Wait until what was answered is being read: who asks without reading is not heard meanwhile."""
        await self._room.wait()

    async def next(self, seconds_max: float) -> bytes | None:
        """The next message; None when there is none within that time."""
        try:
            async with asyncio.timeout(seconds_max):
                await self._news.wait()
        except TimeoutError:
            return None
        subject = next(iter(self._outbox))
        message = self._outbox.pop(subject)
        if not self._outbox:
            self._news.clear()
        if len(self._outbox) < UNSENT_MAX:
            self._room.set()
        return message if isinstance(message, bytes) else _ENCODER.encode(message)


def encoded(message: Body) -> bytes:
    """As it is sent; for one that goes to many."""
    return _ENCODER.encode(message)
