"""The storefront without scripts: what a browser is sent, what its forms change, and what other sites cannot do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import httpx
import pytest

from tests.e2e.edge_clients import Edge, gbp
from tests.waiting import eventually

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def browser(edge: Edge) -> httpx.Client:
    """A guest's browser: it keeps cookies, says where a form comes from, and follows what answers it."""
    client = edge.guest()
    client.headers.update(BROWSER | {"Origin": edge.url})
    client.follow_redirects = True
    return client


def sells(edge: Edge, *, units: int = 10) -> tuple[str, str]:
    """A product that is shown, and the SKU of its one variant."""
    sku = edge.sells(units=units)
    staff, slug = edge.staff(), sku.lower()
    facts = {
        "title": f"Vase <{slug}>",
        "description": "Thrown by hand.",
        "categories": ["vases"],
        "variants": [{"sku": sku, "options": {"colour": "blue"}}],
    }
    staff.put(f"/v1/admin/categories/{'vases'}", json={"title": "Vases"}).raise_for_status()
    staff.put(f"/v1/admin/products/{slug}", json=facts).raise_for_status()
    staff.put(f"/v1/admin/products/{slug}/publication", json={}).raise_for_status()
    eventually(lambda: edge.guest().get(f"/v1/products/{slug}").is_success)
    return slug, sku


def posts(browser: httpx.Client, **form: str) -> httpx.Response:
    return browser.post("/basket", data=form)


def test_a_guest_finds_a_product_puts_it_into_the_basket_and_takes_it_out(edge: Edge, browser: httpx.Client) -> None:
    slug, sku = sells(edge)
    eventually(lambda: f'href="/p/{slug}"' in browser.get("/search", params={"q": sku}).text)
    page = browser.get(f"/p/{slug}")
    assert page.status_code == 200, page.text
    assert f"Vase &lt;{slug}&gt;" in page.text and f"<{slug}>" not in page.text, "text stays text"
    assert "£12.50" in page.text and "Blue" in page.text and 'href="/c/vases"' in page.text

    added = posts(browser, sku=sku, quantity="2", add="1")
    assert [each.status_code for each in added.history] == [303], "going back sends nothing again"
    assert added.url.path == "/basket" and "£25.00" in added.text
    assert re.search(r'class="count">2<', browser.get("/").text)
    assert "£12.50" in posts(browser, sku=sku, quantity="1").text, "a number is set, and not added"
    assert "There is nothing in it yet" in posts(browser, sku=sku, remove="1").text


def test_the_last_one_that_was_sold_meanwhile_is_said_where_it_lies(edge: Edge, browser: httpx.Client) -> None:
    slug, sku = sells(edge, units=1)
    assert "1 left" in browser.get(f"/p/{slug}").text
    posts(browser, sku=sku, quantity="1", add="1")
    other = edge.shopper()
    other.wants(sku, 1)
    assert other.checks_out(1250).is_success
    eventually(lambda: "Sold out while it was in your basket" in browser.get("/basket").text)
    page = browser.get(f"/p/{slug}").text
    assert "Sorry, this is sold out" in page and 'name="add"' not in page


def test_a_postcode_is_told_when_it_can_come_and_one_that_is_none_is_said(edge: Edge, browser: httpx.Client) -> None:
    slug, sku = sells(edge)
    page = browser.get(f"/p/{slug}", params={"sku": sku, "postcode": "sw1y4jh"}).text
    assert "Standard" in page and "if ordered by" in page
    wrong = browser.get(f"/p/{slug}", params={"sku": sku, "postcode": "<nowhere>"}).text
    assert "That is no UK postcode" in wrong and 'value="&lt;nowhere&gt;"' in wrong, "what was typed is kept"


def test_a_code_says_what_it_took_off_and_one_that_is_none_is_said_with_the_basket_kept(
    edge: Edge, browser: httpx.Client
) -> None:
    _, sku = sells(edge)
    code = f"CODE-{sku[-8:].upper()}"
    tenth = {"title": "A tenth", "rule": {"kind": "percentage", "basis_points": 1000}, "target": {"kind": "basket"}}
    edge.staff().put(f"/v1/admin/promotions/{code.lower()}", json=tenth | {"code": code}).raise_for_status()
    posts(browser, sku=sku, quantity="1", add="1")
    used = posts(browser, code=code.lower())
    assert code in used.text and "£1.25" in used.text, used.text
    wrong = posts(browser, code="NEVER-HEARD-OF")
    assert wrong.status_code == 404 and "We do not know that code" in wrong.text and code in wrong.text
    assert code not in posts(browser, code=code, remove="1").text


@pytest.mark.parametrize("quantity", ["", "-1", "1.5", "many", "1000", "²"])
def test_a_number_that_is_none_changes_nothing_and_is_said(edge: Edge, browser: httpx.Client, quantity: str) -> None:
    _, sku = sells(edge)
    posts(browser, sku=sku, quantity="3", add="1")
    refused = posts(browser, sku=sku, quantity=quantity)
    assert refused.status_code == 422 and 'role="alert"' in refused.text and "<title>Error: " in refused.text
    assert re.search(r'class="count">3<', browser.get("/basket").text)


@pytest.mark.parametrize("headers", [{"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Origin": ""}])
def test_another_sites_form_changes_nothing(edge: Edge, browser: httpx.Client, headers: Mapping[str, str]) -> None:
    _, sku = sells(edge)
    posts(browser, sku=sku, quantity="1", add="1")
    refused = browser.post("/basket", data={"sku": sku, "remove": "1"}, headers=headers)
    assert refused.status_code == 403 and "another site" in refused.text
    assert re.search(r'class="count">1<', browser.get("/basket").text)


def test_the_carts_secret_is_in_a_cookie_that_no_script_reads_and_in_no_page(edge: Edge, browser: httpx.Client) -> None:
    _, sku = sells(edge)
    added = posts(browser, sku=sku, quantity="1", add="1")
    [cookie] = [each for each in added.history[0].headers.get_list("set-cookie") if each.startswith("cart=")]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    secret = browser.cookies["cart"].partition(".")[2]
    for path in ("/", "/basket", "/search?q=vase"):
        assert secret not in browser.get(path).text
    assert secret not in added.history[0].headers["location"]


def test_a_cookie_that_is_no_carts_is_an_empty_basket_and_the_next_thing_begins_a_new_one(
    edge: Edge, browser: httpx.Client
) -> None:
    _, sku = sells(edge)
    for strange in ("x", "a.b", "../../admin.secret", "%2e%2e.%00"):
        browser.cookies.clear()
        browser.cookies.set("cart", strange)
        assert browser.get("/basket").status_code == 200
    assert "£12.50" in posts(browser, sku=sku, quantity="1", add="1").text


def test_a_list_is_its_address_and_every_choice_is_a_link(edge: Edge, browser: httpx.Client) -> None:
    slug, sku = sells(edge)
    eventually(lambda: slug in browser.get("/c/vases", params={"q": sku}).text)
    page = browser.get("/c/vases", params={"q": sku, "in_stock": "true"})
    assert page.status_code == 200 and '<nav class="crumbs"' in page.text
    assert f'href="/c/vases?q={sku}"' in page.text, "a choice is taken out by a link"
    assert browser.get("/search", params={"q": sku, "utm_source": "letter"}).status_code == 200
    assert browser.get("/search", params={"price": "0-1"}).status_code == 422


def test_pages_that_are_not_there_are_pages_and_paths_of_the_api_stay_problems(browser: httpx.Client) -> None:
    for path in ("/nowhere", "/p/nothing-of-the-kind", "/c/nothing-of-the-kind", "/static/site.css"):
        page = browser.get(path)
        assert page.status_code == 404 and "There is nothing here" in page.text, path
        assert page.headers["content-type"] == "text/html; charset=utf-8"
    problem = browser.get("/v1/nowhere")
    assert problem.headers["content-type"] == "application/problem+json"
    assert browser.get("/nowhere", headers={"Accept": "*/*"}).headers["content-type"] == "application/problem+json"


def test_a_page_may_load_what_is_ours_and_nothing_else(edge: Edge, browser: httpx.Client) -> None:
    page = browser.get("/")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; ")
    assert "unsafe" not in policy and "require-trusted-types-for 'script'" in policy
    assert page.headers["cache-control"] == "private, no-cache"
    assert not re.findall(r"<script(?![^>]*src=)|style=|\son\w+=", page.text), "nothing inline"
    style = re.search(r'href="(/static/site\.[0-9a-f]{12}\.css)"', page.text)
    assert style is not None
    sheet = browser.get(style[1])
    assert (sheet.status_code, sheet.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")


def test_an_offer_shows_what_it_was_and_what_it_is(edge: Edge, browser: httpx.Client) -> None:
    slug, sku = sells(edge)
    scheduled = {"prices": [{"unit_price": gbp(999)}]}
    edge.staff().put(f"/v1/admin/prices/{sku}/schedule", json=scheduled).raise_for_status()
    eventually(lambda: "£9.99" in browser.get(f"/p/{slug}").text)
    page = browser.get(f"/p/{slug}").text
    assert "£12.50" in page and '<s class="was">' in page


def test_search_engines_are_told_what_is_published_and_of_no_product_more(edge: Edge, browser: httpx.Client) -> None:
    slug, _ = sells(edge)
    page = browser.get(f"/p/{slug}").text
    data = [json.loads(each) for each in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)]
    assert [each["@type"] for each in data] == ["Product", "BreadcrumbList"]
    assert data[0]["name"] == f"Vase <{slug}>" and data[0]["offers"][0]["availability"].endswith("/InStock")
    address = f"<loc>{edge.url}/p/{slug}</loc>"
    assert f"Sitemap: {edge.url}/sitemap.xml" in browser.get("/robots.txt").text
    assert address in browser.get("/sitemap.xml").text
    edge.staff().delete(f"/v1/admin/products/{slug}/publication").raise_for_status()
    eventually(lambda: address not in browser.get("/sitemap.xml").text)
    assert browser.get(f"/p/{slug}").status_code == 404
