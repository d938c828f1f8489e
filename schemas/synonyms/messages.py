"""Synonyms: what else a thing is called, for the search. Key: id of a group of words."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from schemas.ids import an_id
from schemas.record import Record, doc
from schemas.room import Room, members

GroupId = Annotated[str, an_id("Id of the group.")]
Words = Annotated[tuple[str, ...], doc("Words or phrases that mean the same; none: the group is off.")]
WORDS_MAX, WORD_LENGTH_MAX = 20, 60
WORD = re.compile(r"[^\W_]+(?:[ -][^\W_]+)*")  # no sign that the search's own list of synonyms gives a meaning to


class SynonymRefusal(StrEnum):
    """Why a command was refused, by descending precedence."""

    UNKNOWN = "unknown"
    WORD_MALFORMED = "word_malformed"
    TOO_MANY = "too_many"
    TOO_FEW = "too_few"  # one word has no synonym
    NOT_DISTINCT = "not_distinct"


class SetSynonyms(Record, kw_only=True):
    """Say which words mean the same from now on."""

    group_id: GroupId
    words: Words


class SynonymsSet(Record, kw_only=True):
    """These words mean the same. The search knows it once its index is made anew."""

    group_id: GroupId
    words: Words


class SynonymsRefused(Record, kw_only=True):
    """A command was refused and changed nothing."""

    group_id: GroupId
    command: Annotated[str, doc("Name of the refused command, e.g. `SetSynonyms`.")]
    reason: Annotated[SynonymRefusal, doc("Why.")]


class SynonymsState(Record, kw_only=True):
    """State: one group."""

    group_id: GroupId = ""
    words: Words = ()


SynonymsCommand = SetSynonyms
SynonymsEvent = SynonymsSet | SynonymsRefused

ROOM = Room(
    name="synonyms",
    key="group id",
    key_fields=("group_id",),
    commands=members(SynonymsCommand),
    events=members(SynonymsEvent),
    state=SynonymsState,
)
