"""What was measured: one JSON line per figure as soon as it is known, one table of all at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from rich import box
from rich.console import Console
from rich.table import Table

from ops.bench.machine import Conditions

SIGNIFICANT_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a figure ought to be."""

    limit: float
    at_least: bool

    def met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}"


def at_least(limit: float) -> Goal:
    return Goal(limit=limit, at_least=True)


def at_most(limit: float) -> Goal:
    return Goal(limit=limit, at_least=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number, with the machine it was measured on in the same window."""

    part: str
    name: str
    value: float
    unit: str
    conditions: Conditions
    goal: Goal | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        return "met" if self.goal.met(self.value) else "missed"

    def as_json(self) -> str:
        judged = {"goal": str(self.goal), "verdict": self.verdict} if self.goal else {}
        named = {"part": self.part, "figure": self.name, "value": rounded(self.value), "unit": self.unit}
        return json.dumps(
            named | judged | dict(self.facts) | {"machine": self.conditions.as_dict()}, ensure_ascii=False
        )


class Report:
    """The figures of one run."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.progress = Console(stderr=True, highlight=False)

    def say(self, text: str) -> None:
        self.progress.print(f"  {text}", style="dim")

    def add(
        self,
        part: str,
        conditions: Conditions,
        name: str,
        value: float,
        unit: str,
        goal: Goal | None = None,
        /,
        **facts: object,
    ) -> None:
        """One figure, and what else is known of it."""
        figure = Figure(part=part, name=name, value=value, unit=unit, conditions=conditions, goal=goal, facts=facts)
        self.figures.append(figure)
        print(figure.as_json(), flush=True)

    def table(self) -> Table:
        """The figures as a table of at most 80 columns; the conditions of each are in the lines of JSON."""
        table = Table(title="Bloomfield on this machine", caption="load: of the machine meanwhile", box=box.SIMPLE_HEAD)
        table.add_column("part", no_wrap=True)
        table.add_column("figure", ratio=1)
        for name in ("value", "goal", "", "load"):
            table.add_column(name, no_wrap=True, justify="right")
        for figure in self.figures:
            colour = {"met": "green", "missed": "red"}.get(figure.verdict, "dim")
            table.add_row(
                figure.part,
                figure.name,
                f"{rounded(figure.value):g} {figure.unit}",
                str(figure.goal or ""),
                f"[{colour}]{figure.verdict}[/{colour}]",
                f"{figure.conditions.load_average:.1f}",
            )
        return table


def rounded(value: float) -> float:
    """As many digits as such a measurement deserves."""
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all values does not exceed; NaN of nothing."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
