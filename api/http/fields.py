"""Fields that several rooms' requests share, and the strict model: what is checked before anything is published."""

from __future__ import annotations

import re
from collections.abc import Iterable
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

from api.http.texts import email, line
from schemas.ids import ID_IN_WORDS, ID_PATTERN
from schemas.locations import LOCATIONS
from schemas.prices.rules import PRICE_MAX_MINOR as MINOR_MAX
from schemas.territory import area_of, country_of

UNITS_PER_MOVEMENT_MAX = 1_000_000

# HMRC and Royal Mail patterns; only the Postcode Address File knows which exist.
POSTCODE = re.compile(
    r"(?:[A-PR-UWYZ](?:[0-9]{1,2}|[0-9][A-HJKPSTUW]|[A-HK-Y][0-9]{1,2}|[A-HK-Y][0-9][ABEHMNPRVWXY])"
    r" [0-9][ABD-HJLNP-UW-Z]{2}|GIR 0AA|BFPO [0-9]{1,4})"
)


class StrictModel(BaseModel):
    """A request body or query: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Channel(StrEnum):
    """Where a request comes from; tills publish events of their own and do not come here."""

    WEB = "web"
    IOS = "ios"
    ANDROID = "android"


ChannelQuery = Annotated[Channel, Field(description="Prices are those of this sales channel.")]


class Money(StrictModel):
    """An amount in minor units: £12.50 is 1250."""

    amount_minor: Annotated[
        int, Field(strict=True, ge=0, le=MINOR_MAX, description="Minor units: pence.", examples=[1250])
    ]
    currency: Annotated[Literal["GBP"], Field(description="ISO 4217.", examples=["GBP"])]


def one_of(members: type[StrEnum], documented: Iterable[StrEnum] = ()) -> BeforeValidator:
    """Takes a member; never `unknown`, which stands for what an older reader does not know.

    `documented`: those that the OpenAPI document names, if not all that are taken.
    """
    known = [member.value for member in members if member.value != "unknown"]

    def check(value: Any) -> Any:
        if value not in known:
            raise ValueError(f"{value!r:.60} is not known; known are {', '.join(known)}")
        return value

    return BeforeValidator(check, json_schema_input_type=Literal[tuple(documented or known)])


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
OptionalLine = Annotated[
    Line | None, BeforeValidator(lambda given: None if given == "" or str(given).isspace() else given)
]
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


class Address(StrictModel):
    """Where something or somebody is, of everywhere that has a UK postcode."""

    name: Annotated[Line, Field(description="Whom it is for.", examples=["Ada Lovelace"])]
    line1: Annotated[Line, Field(examples=["12 St James's Square"])]
    line2: Annotated[OptionalLine, Field(description="Empty is null.", examples=[None])] = None
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
