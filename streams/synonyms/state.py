"""What is known of one group of synonyms, and what each event makes of it."""

from __future__ import annotations

from typing import assert_never

from schemas.synonyms.messages import SynonymsEvent, SynonymsRefused, SynonymsSet, SynonymsState


def evolve(group: SynonymsState, event: SynonymsEvent) -> SynonymsState:
    """The group after the event."""
    match event:
        case SynonymsSet():
            assert group.group_id in ("", event.group_id), "another one's event"
            return SynonymsState(group_id=event.group_id, words=event.words)
        case SynonymsRefused():
            return group
        case _:
            assert_never(event)
