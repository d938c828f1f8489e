"""What every message on a topic carries in its Kafka headers, readable with ordinary Kafka tools."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from schemas.record import Millis, Record, doc

Headers = list[tuple[str, bytes]]
ASKED_FOR = ("command-id", "correlation-id", "occurred-at", "actor", "channel")  # of a command

_UUID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(rb"[0-9]{1,18}")
_NAMESPACE = bytes.fromhex("5d1c7f0ab0c54a0e9d4b1f3be1c0ffee")


def derive_id(parent: str, name: object) -> str:
    """A version-5 UUID (RFC 9562) of a parent's id and a name: the same message has the same id, on every worker."""
    digest = bytearray(hashlib.sha1(_NAMESPACE + f"{parent}/{name}".encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class EnvelopeError(ValueError):
    """A header that every command must carry is missing or malformed; the message names it."""


def _uuid(header: str, found: Mapping[str, bytes]) -> str:
    value = found[header]
    if not _UUID.fullmatch(value):
        raise EnvelopeError(f"header {header} is not a UUID as RFC 9562 writes it: {value[:50]!r}")
    return value.decode()


def _number(header: str, found: Mapping[str, bytes]) -> int:
    value = found[header]
    if not _NUMBER.fullmatch(value):
        raise EnvelopeError(f"header {header} is no number of up to 18 digits: {value[:50]!r}")
    return int(value)


def _text(header: str, found: Mapping[str, bytes]) -> str:
    try:
        return found[header].decode()
    except UnicodeDecodeError as error:
        raise EnvelopeError(f"header {header} is no UTF-8: {error}") from error


class Envelope(Record, kw_only=True):
    """Who issued it, when, and because of what."""

    id: Annotated[str, doc("Id of this command or event.")]
    command_id: Annotated[str, doc("The command that this event was decided by; a command's own id.")]
    causation_id: Annotated[str, doc("Id of the message that led to this one; empty at the beginning of a chain.")] = ""
    correlation_id: Annotated[str, doc("Id of the command at the beginning of the chain.")]
    occurred_at: Millis
    actor: Annotated[str, doc("Who wanted it: `guest`, `staff:<name>`, `timer`, `stripe`.")]
    channel: Annotated[str, doc("web, ios, android, pos, admin or system.")]
    reply_to: Annotated[int | None, doc("Partition of edge.replies where somebody waits for replies.")] = None
    sent_at: Annotated[
        int, doc("When this command was put on the log, if long after the command that began its chain; 0: not then.")
    ] = 0

    @property
    def issued_at(self) -> int:
        """When this command was made: by its sender, or by the worker that sent it on, in UTC milliseconds."""
        return max(self.occurred_at, self.sent_at)

    def headers(self) -> Headers:
        """As Kafka headers of a command. `sent-at` is added by whoever sends on what began earlier."""
        pairs = [
            ("command-id", self.id.encode()),
            ("causation-id", self.causation_id.encode()),
            ("correlation-id", self.correlation_id.encode()),
            ("occurred-at", b"%d" % self.occurred_at),
            ("actor", self.actor.encode()),
            ("channel", self.channel.encode()),
        ]
        if self.reply_to is not None:
            pairs.append(("reply-to", b"%d" % self.reply_to))
        return pairs

    @staticmethod
    def of_command(headers: Iterable[tuple[str, bytes]]) -> Envelope:
        """Read a command's envelope. Raises EnvelopeError when a header is missing or malformed."""
        found = dict(headers)
        for name in ASKED_FOR:
            if not found.get(name):
                is_null = name in found and found[name] is None
                raise EnvelopeError(f"header {name} is {'null' if is_null else 'missing'}")
        command_id = _uuid("command-id", found)
        return Envelope(
            id=command_id,
            command_id=command_id,
            causation_id=_uuid("causation-id", found) if found.get("causation-id") else "",
            correlation_id=_uuid("correlation-id", found),
            occurred_at=_number("occurred-at", found),
            actor=_text("actor", found),
            channel=_text("channel", found),
            reply_to=_number("reply-to", found) if found.get("reply-to") else None,
            sent_at=_number("sent-at", found) if found.get("sent-at") else 0,
        )

    def caused(self, *, message_id: str, cause_id: str) -> Envelope:
        """The envelope of a command that this one led to."""
        return Envelope(
            id=message_id,
            command_id=message_id,
            causation_id=cause_id,
            correlation_id=self.correlation_id,
            occurred_at=self.occurred_at,
            actor=self.actor,
            channel=self.channel,
            reply_to=self.reply_to,
        )


def begin(*, command_id: str, occurred_at: int, actor: str, channel: str, reply_to: int | None = None) -> Envelope:
    """The envelope of a command that nothing of ours led to."""
    return Envelope(
        id=command_id,
        command_id=command_id,
        correlation_id=command_id,
        occurred_at=occurred_at,
        actor=actor,
        channel=channel,
        reply_to=reply_to,
    )
