"""Products through the edge: described and published by staff, read by everybody."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.e2e.edge_clients import Edge, gbp, position, problem
from tests.waiting import eventually

ADMIN = "/v1/admin/products"


def vase(edge: Edge, **more: Any) -> tuple[str, dict[str, Any]]:
    """The id of a product that is not there yet, and all that it is: two variants, of which one has a price."""
    name = uuid.uuid4().hex[:8]
    sku = edge.sells(price=1850, units=3)
    variants = [{"sku": sku, "options": {"colour": "blue"}}, {"sku": f"NO-{name}", "options": {"colour": "green"}}]
    facts = {"title": "Stoneware vase", "attributes": {"height_cm": 24, "handmade": True, "glaze": "matt"}}
    return f"vase-{name}", facts | {"variants": variants, "categories": [f"vases-{name}"]} | more


def made(staff: httpx.Client, slug: str, facts: dict[str, Any]) -> Any:
    described = staff.put(f"{ADMIN}/{slug}", json=facts)
    assert described.status_code == 200, described.text
    return described


def test_a_draft_is_shown_to_staff_alone_until_it_is_published_and_no_longer_once_it_is_archived(edge: Edge) -> None:
    staff, guest = edge.staff(), edge.guest()
    slug, facts = vase(edge)
    draft = made(staff, slug, facts)
    assert (draft.json()["status"], draft.json()["version"]) == ("draft", 1)
    assert staff.get(f"{ADMIN}/{slug}", headers=position(draft)).json() == draft.json()
    assert problem(guest.get(f"/v1/products/{slug}", headers=position(draft))) == (404, "not_found")

    published = staff.put(f"{ADMIN}/{slug}/publication", json={}, headers={"If-Match": draft.headers["etag"]})
    assert (published.status_code, published.json()["status"]) == (200, "published")
    shown = guest.get(f"/v1/products/{slug}", headers=position(published))
    [variant] = shown.json()["variants"]
    assert (variant["options"], variant["price"]["amount_minor"]) == ({"colour": "blue"}, 1850), (
        "the other has no price"
    )
    assert shown.json()["attributes"] == {"height_cm": 24, "handmade": True, "glaze": "matt"}
    assert shown.headers["Cache-Control"] == "public, no-cache"
    known = guest.get(f"/v1/products/{slug}", headers={"If-None-Match": shown.headers["etag"]})
    assert (known.status_code, known.headers["etag"]) == (304, shown.headers["etag"])

    category = {"category": facts["categories"][0]}
    listed = guest.get("/v1/products", params=category, headers=position(published)).json()
    assert ([each["id"] for each in listed["products"]], listed["next"]) == ([slug], None)
    gone = staff.delete(f"{ADMIN}/{slug}/publication")
    assert problem(guest.get(f"/v1/products/{slug}", headers=position(gone))) == (404, "not_found")
    assert guest.get("/v1/products", params=category, headers=position(gone)).json()["products"] == []


def test_a_price_that_changes_is_shown_at_once_whoever_had_the_page(edge: Edge) -> None:
    staff, guest = edge.staff(), edge.guest()
    slug, facts = vase(edge)
    made(staff, slug, facts)
    published = staff.put(f"{ADMIN}/{slug}/publication", json={})
    before = guest.get(f"/v1/products/{slug}", headers=position(published))
    price = {"title": "Blue vase", "unit_price": gbp(999), "vat_basis_points": 2000}
    assert staff.put(f"/v1/admin/prices/{facts['variants'][0]['sku']}", json=price).is_success
    seen = guest.get(f"/v1/products/{slug}", headers={"If-None-Match": before.headers["etag"]})
    assert (seen.status_code, seen.json()["variants"][0]["price"]["amount_minor"]) == (200, 999)


def test_a_product_is_shown_and_archived_at_its_times(edge: Edge) -> None:
    staff, guest = edge.staff(), edge.guest()
    slug, facts = vase(edge)
    made(staff, slug, facts)
    begins = datetime.now(UTC) + timedelta(seconds=2)
    times = {"shown_from": begins.isoformat(), "shown_until": (begins + timedelta(seconds=3)).isoformat()}
    assert staff.put(f"{ADMIN}/{slug}/publication", json=times).json()["status"] == "scheduled"
    eventually(lambda: guest.get(f"/v1/products/{slug}").status_code == 200)
    eventually(lambda: guest.get(f"/v1/products/{slug}").status_code == 404)
    assert staff.get(f"{ADMIN}/{slug}").json()["status"] == "archived"


def test_what_is_wrong_is_named_and_changes_nothing(edge: Edge) -> None:
    staff, guest = edge.staff(), edge.guest()
    slug, facts = vase(edge)
    draft = made(staff, slug, facts)
    path, variant = f"{ADMIN}/{slug}", facts["variants"][0]
    for wrong, field in (
        ({"variants": [variant, variant]}, "variants"),
        ({"variants": [variant | {"barcode": "5012345678901"}]}, "variants.0.barcode"),
        ({"attributes": {"Height": 1}}, "attributes.Height"),
        ({"description": "a\u202eb"}, "description"),
        ({"title": ""}, "title"),
    ):
        refused = staff.put(path, json=facts | wrong)
        assert problem(refused) == (422, "validation_failed"), wrong
        assert refused.json()["errors"][0]["field"].startswith(field), refused.text
    other = staff.put(f"{ADMIN}/{slug}-2", json=facts, headers=position(draft))
    eventually(lambda: staff.put(f"{ADMIN}/{slug}-3", json=facts).status_code == 422)
    assert other.status_code in (200, 422), "the view may be a moment behind"
    assert problem(staff.put(path, json=facts | {"title": "Else"}, headers={"If-Match": '"9"'})) == (
        412,
        "version_mismatch",
    )
    assert problem(staff.put(f"{ADMIN}/nothing-here/publication", json={})) == (404, "not_found")
    assert problem(staff.put(f"{ADMIN}/Vase_1", json=facts)) == (422, "validation_failed")
    assert problem(guest.put(path, json=facts)) == (401, "token_missing")
    assert staff.get(path, headers=position(draft)).json()["version"] == 1


def test_a_list_is_turned_page_by_page(edge: Edge) -> None:
    staff = edge.staff()
    category = f"vases-{uuid.uuid4().hex[:8]}"
    wanted = []
    for _ in range(3):
        slug, facts = vase(edge, categories=[category])
        last = made(staff, slug, facts)
        wanted.append(slug)
    found, query = [], {"category": category, "status": "draft", "limit": 2}
    while True:
        page = staff.get(ADMIN, params=query, headers=position(last)).json()
        found.append([each["id"] for each in page["products"]])
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert ([each for some in found for each in some], [len(each) for each in found]) == (sorted(wanted), [2, 1])
