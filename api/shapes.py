"""Shapes that several rooms' requests share: what is checked before anything is published."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from api.texts import email, line
from schemas.catalogue.rules import PRICE_MAX_MINOR as MINOR_MAX
from schemas.ids import ID_IN_WORDS, ID_PATTERN
from schemas.locations import LOCATIONS
from schemas.territory import area_of, country_of

UNITS_PER_MOVEMENT_MAX = 1_000_000

# HMRC and Royal Mail shapes; only the Postcode Address File knows which exist.
POSTCODE = re.compile(
    r"(?:[A-PR-UWYZ](?:[0-9]{1,2}|[0-9][A-HJKPSTUW]|[A-HK-Y][0-9]{1,2}|[A-HK-Y][0-9][ABEHMNPRVWXY])"
    r" [0-9][ABD-HJLNP-UW-Z]{2}|GIR 0AA|BFPO [0-9]{1,4})"
)


class Closed(BaseModel):
    """A body whose unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Channel(StrEnum):
    """Where a request comes from; tills publish events of their own and do not come here."""

    WEB = "web"
    IOS = "ios"
    ANDROID = "android"


class Money(Closed):
    """An amount in minor units: £12.50 is 1250."""

    amount_minor: Annotated[
        int, Field(strict=True, ge=0, le=MINOR_MAX, description="Minor units: pence.", examples=[1250])
    ]
    currency: Annotated[Literal["GBP"], Field(description="ISO 4217.", examples=["GBP"])]


def offered(words: type[StrEnum]) -> BeforeValidator:
    """Takes one of the words; never `unknown`, which stands for what an older reader does not know."""
    known = _without_unknown(words)

    def check(word: Any) -> Any:
        if word not in known:
            raise ValueError(f"{word!r:.60} is not known; known are {', '.join(known)}")
        return word

    return BeforeValidator(check)


def as_offered(words: type[StrEnum]) -> WithJsonSchema:
    """The same for the OpenAPI document."""
    return WithJsonSchema({"type": "string", "enum": _without_unknown(words)})


def _without_unknown(words: type[StrEnum]) -> list[str]:
    return [word.value for word in words if word.value != "unknown"]


def pounds(minor: int) -> dict[str, Any]:
    """An amount of pence as it stands in a response."""
    return {"amount_minor": minor, "currency": "GBP"}


def postcode(text: str) -> str:
    """A UK postcode as it is printed: capitals, one space. Raises ValueError for what cannot be one."""
    compact = re.sub(r"\s", "", text).upper()
    split = 4 if compact.startswith("BFPO") else len(compact) - 3
    shown = f"{compact[:split]} {compact[split:]}"
    if not POSTCODE.fullmatch(shown):
        raise ValueError("this is not the shape of a UK postcode, e.g. `SW1A 1AA`")
    return shown


def known_location(text: Any) -> Any:
    """One of our locations. Raises ValueError that names them."""
    if text not in LOCATIONS:
        raise ValueError(f"{text!r} is no location of ours; known are {', '.join(LOCATIONS)}")
    return text


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), AfterValidator(line)]
Email = Annotated[str, AfterValidator(email), WithJsonSchema({"type": "string", "format": "email"})]
Postcode = Annotated[str, AfterValidator(postcode)]
Location = Annotated[
    str,
    BeforeValidator(known_location),
    Field(description="Where stock is kept.", examples=["warehouse"], json_schema_extra={"enum": list(LOCATIONS)}),
]
IN_WORDS = {
    ID_PATTERN: f"this is not the shape of an id of ours: {ID_IN_WORDS}",
}
Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
SkuPath = Annotated[Id, Path(description="Stock keeping unit.", examples=["VASE-01"])]
Units = Annotated[int, Field(strict=True, ge=1, le=UNITS_PER_MOVEMENT_MAX, description="Units.", examples=[5])]


class Address(Closed):
    """Where something or somebody is, of everywhere that has a UK postcode."""

    name: Annotated[Line, Field(description="Whom it is for.", examples=["Ada Lovelace"])]
    line1: Annotated[Line, Field(examples=["12 St James's Square"])]
    line2: Annotated[Line | None, Field(examples=[None])] = None
    city: Annotated[Line, Field(examples=["London"])]
    postcode: Annotated[Postcode, Field(description="UK postcode; case and space are mended.", examples=["SW1Y 4JH"])]
    country: Annotated[
        Literal["GB", "IM", "JE", "GG", "GI"],
        Field(description="ISO 3166-1. We deliver within the United Kingdom and the Isle of Man."),
    ]

    @field_validator("country")
    @classmethod
    def _of_the_postcode(cls, country: str, others: ValidationInfo) -> str:
        found = others.data.get("postcode")  # none: it is refused already
        if found is not None and country not in ("GB", country_of(area_of(found))):  # GB: as Royal Mail has them all
            raise ValueError(f"{found} is in {country_of(area_of(found))}")
        return country
