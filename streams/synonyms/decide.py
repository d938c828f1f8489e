"""What a command to a group of synonyms leads to."""

from __future__ import annotations

from schemas.synonyms import messages as m
from streams.synonyms.state import evolve


def decide(command: m.SynonymsCommand, group: m.SynonymsState, _at: int) -> tuple[m.SynonymsEvent, ...]:
    """The events that the command leads to; none when what it asks for is so already."""
    if reason := refusal(command):
        return (m.SynonymsRefused(group_id=command.group_id, command=type(command).__name__, reason=reason),)
    asked = m.SynonymsSet(group_id=command.group_id, words=command.words)
    return () if evolve(group, asked) == group else (asked,)


def refusal(command: m.SynonymsCommand) -> m.SynonymRefusal | None:
    """The first reason that applies, by descending precedence."""
    words = command.words
    if not all(m.WORD.fullmatch(each) and each == each.lower() and len(each) <= m.WORD_LENGTH_MAX for each in words):
        return m.SynonymRefusal.WORD_MALFORMED
    if len(words) > m.WORDS_MAX:
        return m.SynonymRefusal.TOO_MANY
    if len(words) == 1:
        return m.SynonymRefusal.TOO_FEW
    if len(set(words)) < len(words):
        return m.SynonymRefusal.NOT_DISTINCT
    return None
