"""The tree of categories in a file: JSON, a list of `id`, `title`, `parent`, `position` and `hidden`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ops.products.transfer import Refusal
from ops.shoppers import StaffClient

Category = dict[str, Any]


async def load(staff: StaffClient, path: Path) -> list[Refusal]:
    """Set every category, a parent before what is in it; returns those that were refused.

    One without a position stands where it stands in the file. Raises ValueError for what is no JSON, and Unanswered.
    """
    every = [
        {"position": place, "hidden": False} | each for place, each in enumerate(json.loads(path.read_text("utf-8")))
    ]
    refused = []
    for number, each in enumerate(_from_the_top(every), 1):
        said = {name: value for name, value in each.items() if name != "id"}
        answer = await staff.decided("PUT", f"/v1/admin/categories/{each['id']}", said)
        if not answer.is_success:
            refused.append(Refusal(number, str(each["id"]), str(answer.json().get("detail", answer.text))))
    return refused


async def export(staff: StaffClient, path: Path) -> int:
    """Write every category, in the order of the tree; returns how many. Raises Unanswered."""
    found = (await staff.call("GET", "/v1/admin/categories")).raise_for_status().json()["categories"]
    path.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return len(found)


def _from_the_top(every: list[Category]) -> list[Category]:
    known, ordered, waiting = {None}, list[Category](), every
    while ready := [each for each in waiting if each.get("parent") in known]:
        waiting = [each for each in waiting if each.get("parent") not in known]
        ordered += ready
        known |= {each["id"] for each in ready}
    return ordered + waiting  # what is left hangs nowhere, and is refused for that
