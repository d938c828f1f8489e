"""Commands that were not decided: read them, know what became of them, send them again."""

from ops.dead_letters.cli import app
from ops.dead_letters.letters import DeadLetter, ReplayRefused, find, read, replayed, send

__all__ = ["DeadLetter", "ReplayRefused", "app", "find", "read", "replayed", "send"]
