"""A list of products: the address is its state. Every choice is a link to the address with it, or without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from api.web.client import Json, Query

FACETS = {"category": "Category", "brand": "Made by", "price": "Price"}
FLAGS = {"in_stock": "In stock", "on_offer": "On offer"}
CHOICES = (*FACETS, "attribute", *FLAGS)
SORTS = {
    "relevance": "Best match",
    "price": "Price, low to high",
    "-price": "Price, high to low",
    "title": "Name",
}
ASKED = {"q", "sort", "after", *CHOICES}
VALUES_SHOWN = 8  # of a facet; those that are chosen always


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that can be chosen, or was."""

    title: str
    count: int
    chosen: bool
    href: str  # the list with it, or without it when it was chosen


@dataclass(frozen=True, slots=True)
class Facet:
    title: str
    choices: Sequence[Choice]


class Listing:
    """The address of a list, and the addresses one step from it. Its category is a part of the path, not a choice."""

    def __init__(self, path: str, given: Query, category: str = "") -> None:
        self.path, self.category = path, category
        self.given = [(name, value) for name, value in given if name in ASKED and value]

    def question(self) -> Query:
        """What to ask `/v1/search`."""
        return [*self.given, *([("category", self.category)] if self.category else [])]

    def value(self, name: str) -> str:
        return next((value for key, value in self.given if key == name), "")

    def href(self, given: Query) -> str:
        """The address with these parameters; of the first page."""
        query = urlencode([each for each in given if each[0] != "after"])
        return f"{self.path}?{query}" if query else self.path

    def toggled(self, name: str, value: str) -> str:
        """The address with a choice, or without it when it is made."""
        choice = (name, value)
        others = [each for each in self.given if each != choice]
        return self.href(others if choice in self.given else [*self.given, choice])

    def sorted_by(self, sort: str) -> str:
        return self.href([each for each in self.given if each[0] != "sort"] + [("sort", sort)])

    def following(self, after: str) -> str:
        """The next page."""
        return f"{self.path}?{urlencode([each for each in self.given if each[0] != 'after'] + [('after', after)])}"

    def facets(self, found: Json) -> list[Facet]:
        """What can be chosen, of the facets of an answer; a facet with nothing to choose is left out."""
        named = [
            Facet(title, self._choices(name, found[name]))
            for name, title in FACETS.items()
            if name != "category" or not self.category  # its own are links beside its title
        ]
        own = [
            Facet(
                str(each["name"]).replace("_", " ").capitalize(),
                self._choices("attribute", each["values"], f"{each['name']}:"),
            )
            for each in found["attribute"]
        ]
        flags = [
            Choice(title, each["count"], each["chosen"], self.toggled(name, "true"))
            for name, title in FLAGS.items()
            if (each := found[name])["count"] or each["chosen"]
        ]
        return [facet for facet in (Facet("Availability", flags), *named, *own) if len(facet.choices) > 1]

    def chosen(self) -> list[tuple[str, str]]:
        """What was chosen, each in words and with the address of the list without it."""
        return [
            (FLAGS.get(name) or value.partition(":")[2] or value.replace("-", " "), self.toggled(name, value))
            for name, value in self.given
            if name in CHOICES
        ]

    def _choices(self, name: str, values: Sequence[Json], prefix: str = "") -> list[Choice]:
        return list(self._shown(name, values, prefix))

    def _shown(self, name: str, values: Sequence[Json], prefix: str) -> Iterator[Choice]:
        for number, each in enumerate(values):
            if each["chosen"] or (number < VALUES_SHOWN and each["count"]):
                href = self.toggled(name, f"{prefix}{each['value']}")
                yield Choice(str(each["title"]), int(each["count"]), bool(each["chosen"]), href)
