"""What those who count stock can ask for."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from api.http.fields import UNITS_PER_MOVEMENT_MAX, Id, Location, StrictModel, Units, one_of
from api.http.texts import text
from schemas.inventory.messages import AdjustmentReason

PAGE_MAX = 500
SKUS_MAX = 100
Reference = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=120),
    AfterValidator(text),
    Field(description="Delivery note, count sheet or other paper this rests on.", examples=["DN-4711"]),
]


class Receipt(StrictModel):
    """Goods that have arrived."""

    location: Location
    quantity: Units
    reference: Reference = ""


class Adjustment(StrictModel):
    """A correction of the book to what was counted."""

    location: Location
    delta: Annotated[
        int,
        Field(strict=True, ge=-UNITS_PER_MOVEMENT_MAX, le=UNITS_PER_MOVEMENT_MAX, examples=[-1]),
        Field(description="Units to add; negative to take away."),
    ]
    reason: Annotated[
        AdjustmentReason,
        one_of(AdjustmentReason),
        Field(description="Why the book was wrong.", examples=["damage"]),
    ]
    reference: Reference = ""

    @field_validator("delta")
    @classmethod
    def _not_nothing(cls, delta: int) -> int:
        if delta == 0:
            raise ValueError("0 corrects nothing")
        return delta


class Transfer(StrictModel):
    """Units that go from one location to another."""

    source: Location
    target: Location
    quantity: Units
    reference: Reference = ""

    @model_validator(mode="after")
    def _elsewhere(self) -> Transfer:
        if self.source == self.target:
            raise ValueError("source and target are the same location")
        return self


class Threshold(StrictModel):
    """When to warn that stock is low."""

    location: Location
    threshold: Annotated[
        int, Field(strict=True, ge=0, le=UNITS_PER_MOVEMENT_MAX, description="Units; 0: never.", examples=[10])
    ]


class HistoryQuery(StrictModel):
    """Which part of the history, from the newest to the oldest."""

    location: Location
    at: Annotated[
        AwareDatetime | None,
        Field(
            description="As it was then; the first movement is the one that made it so.",
            examples=["2026-05-01T12:00:00Z"],
        ),
    ] = None
    after: Annotated[str | None, Field(max_length=200, description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX, description="Facts on a page.")] = 100


class StockQuery(StrictModel):
    """Whose stock."""

    skus: Annotated[
        tuple[Id, ...],
        BeforeValidator(lambda given: ",".join(given).split(",")),
        Field(min_length=1, max_length=SKUS_MAX, description="With commas between.", examples=[["VASE-01,ROSE-12"]]),
    ]
