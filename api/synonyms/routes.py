"""Synonyms: what else a thing is called, set by staff. `bloomfield reindex` puts them in force."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import AfterValidator, Field, StringConstraints

from api.http.auth import CurrentStaff, bearer
from api.http.docs import STAFF_ONLY, reads, writes
from api.http.fields import Id, StrictModel
from api.http.parts import part
from api.http.positions import ReadYourWrites
from api.http.responses import respond
from api.synonyms.responses import SYNONYMS, SynonymsList, SynonymsResponse
from api.synonyms.synonyms import Synonyms
from schemas.pins.messages import normalised
from schemas.synonyms.messages import WORD_LENGTH_MAX, WORDS_MAX, SetSynonyms

staff_router = APIRouter(prefix="/v1/admin/synonyms", tags=["search (staff)"], dependencies=[Depends(bearer)])
GroupIdPath = Annotated[Id, Path(description="Id of the group.", examples=["daffodils"])]
Word = Annotated[str, StringConstraints(min_length=1, max_length=WORD_LENGTH_MAX), AfterValidator(normalised)]


class NewSynonyms(StrictModel):
    """Which words mean the same."""

    words: Annotated[
        tuple[Word, ...],
        Field(max_length=WORDS_MAX, description="Two or more, or none.", examples=[["narcissus", "daffodil"]]),
    ]


@staff_router.get("", dependencies=[ReadYourWrites], **reads(SynonymsList, *STAFF_ONLY, "view_behind"))
async def list_synonyms(request: Request, _staff: CurrentStaff) -> Response:
    """Every group that staff set, by their ids. Those that the search always knows are not among them."""
    rows = sorted(part(request, Synonyms).rows.copy().items())
    return respond(SynonymsList(synonyms=[SynonymsResponse.shown(group) for _, (group, _) in rows]))


@staff_router.put("/{group_id}", **writes(SynonymsResponse, *STAFF_ONLY, "refused"))
async def set_synonyms(request: Request, staff: CurrentStaff, group_id: GroupIdPath, body: NewSynonyms) -> Response:
    """Say which words mean the same. The search knows it once its index is made anew: `bloomfield reindex`."""
    command = SetSynonyms(group_id=group_id, words=body.words)
    return await SYNONYMS.decide(
        request, command, SynonymsResponse.shown, sender=staff.sender, wait=part(request, Synonyms).seen(group_id)
    )
