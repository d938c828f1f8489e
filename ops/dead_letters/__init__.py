"""Commands that were not decided: read them, know what became of them, send them again."""

from ops.dead_letters.cli import app
from ops.dead_letters.records import DeadLetterRecord, ReplayRefused, find, read, replayed, send

__all__ = ["DeadLetterRecord", "ReplayRefused", "app", "find", "read", "replayed", "send"]
