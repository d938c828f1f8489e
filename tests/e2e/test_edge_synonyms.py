"""Synonyms through the edge: set and listed by staff."""

from __future__ import annotations

import secrets

from tests.e2e.edge_clients import Edge, position, problem


def test_a_group_is_set_and_listed_and_what_cannot_be_one_is_refused_by_name(edge: Edge) -> None:
    staff, name = edge.staff(), f"daffodils-{secrets.token_hex(4)}"
    path, group = f"/v1/admin/synonyms/{name}", {"words": ["Narcissus", " daffodil "]}
    made = staff.put(path, json=group)
    assert made.json() == {"id": name, "words": ["narcissus", "daffodil"]}, made.text
    listed = staff.get("/v1/admin/synonyms", headers=position(made)).json()["synonyms"]
    assert made.json() in listed
    for wrong in (["alone"], ["a", "a"], ["a, b", "c"], ["a => b", "c"]):
        answer = staff.put(path, json={"words": wrong})
        assert problem(answer) == (422, "validation_failed"), wrong
        assert answer.json()["errors"][0]["field"].startswith("words"), wrong
    assert problem(edge.guest().get("/v1/admin/synonyms")) == (401, "token_missing")
