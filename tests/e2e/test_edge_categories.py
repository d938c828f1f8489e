"""Categories through the edge: set by staff, browsed by everybody."""

from __future__ import annotations

import secrets

from tests.e2e.edge_clients import Edge, problem


def test_a_tree_is_set_browsed_and_hidden(edge: Edge) -> None:
    staff, guest, mark = edge.staff(), edge.guest(), secrets.token_hex(4)
    flowers, roses = f"flowers-{mark}", f"roses-{mark}"
    assert staff.put(f"/v1/admin/categories/{flowers}", json={"title": "Flowers", "position": 7}).status_code == 200
    made = staff.put(f"/v1/admin/categories/{roses}", json={"title": "Roses", "parent": flowers})
    assert made.json() == {"id": roses, "title": "Roses", "parent": flowers, "position": 0, "hidden": False}
    after = {"Bloomfield-Position": made.headers["Bloomfield-Position"]}

    every = guest.get("/v1/categories", headers=after)
    ours = [each for each in every.json()["categories"] if mark in each["id"]]
    assert [(each["id"], each["parent"], each["depth"]) for each in ours] == [(flowers, None, 0), (roses, flowers, 1)]
    assert guest.get("/v1/categories", headers={"If-None-Match": every.headers["ETag"]}).status_code == 304
    page = guest.get(f"/v1/categories/{roses}").json()
    assert page == {"id": roses, "title": "Roses", "path": [{"id": flowers, "title": "Flowers"}], "children": []}
    assert guest.get(f"/v1/categories/{flowers}").json()["children"] == [{"id": roses, "title": "Roses"}]

    hidden = {"title": "Flowers", "position": 7, "hidden": True}
    assert staff.put(f"/v1/admin/categories/{flowers}", json=hidden).json()["hidden"] is True
    assert problem(guest.get(f"/v1/categories/{roses}")) == (404, "not_found")
    assert guest.get("/v1/categories", headers={"If-None-Match": every.headers["ETag"]}).status_code == 200
    assert roses in [each["id"] for each in staff.get("/v1/admin/categories").json()["categories"]]


def test_what_cannot_be_is_refused_by_name_and_who_may_not_is_told_so(edge: Edge) -> None:
    staff, mark = edge.staff(), secrets.token_hex(4)
    above, below = f"a-{mark}", f"b-{mark}"
    staff.put(f"/v1/admin/categories/{above}", json={"title": "Above"}).raise_for_status()
    staff.put(f"/v1/admin/categories/{below}", json={"title": "Below", "parent": above}).raise_for_status()
    for wrong in ({"parent": "nowhere"}, {"parent": above}, {"parent": below}, {"title": ""}, {"position": -1}):
        answer = staff.put(f"/v1/admin/categories/{above}", json={"title": "Above"} | wrong)
        assert problem(answer) == (422, "validation_failed"), wrong
        assert answer.json()["errors"][0]["field"] == next(iter(wrong))
    assert problem(edge.guest().put(f"/v1/admin/categories/{above}", json={"title": "x"})) == (401, "token_missing")
    assert problem(edge.guest().get("/v1/categories/no-such-one")) == (404, "not_found")
