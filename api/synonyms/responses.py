"""Groups of synonyms as staff see them, and why a change of one is refused."""

from __future__ import annotations

from typing import Annotated, Self

from msgspec import Meta

from api.http.problems import Problem
from api.http.responses import Body
from api.log.gateway import Gateway
from schemas.synonyms.messages import ROOM, SynonymRefusal, SynonymsState


class SynonymsResponse(Body):
    id: str
    words: Annotated[list[str], Meta(description="Words or phrases that mean the same; none: the group is off.")]

    @classmethod
    def shown(cls, group: SynonymsState, _command: object = None) -> Self:
        """The state, of a reply or of the table."""
        return cls(id=group.group_id, words=list(group.words))


class SynonymsList(Body):
    synonyms: list[SynonymsResponse]


def _refused(reason: str) -> Problem:
    error = {"in": "body", "field": "words", "reason": reason, "rule": "synonyms"}
    return Problem("validation_failed", f"words: {reason}.", errors=[error])


SYNONYMS: Gateway[SynonymsState] = Gateway(
    room=ROOM,
    location="/v1/admin/synonyms",
    refused="The group was refused",
    refusals={
        SynonymRefusal.WORD_MALFORMED: lambda _group, _command: _refused(
            "each is made of letters and digits, with single spaces or hyphens between"
        ),
        SynonymRefusal.TOO_FEW: lambda _group, _command: _refused("one word has no synonym; name two, or none"),
        SynonymRefusal.NOT_DISTINCT: lambda _group, _command: _refused("a word is named twice; name each once"),
    },
)
