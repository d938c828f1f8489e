"""Images through the edge: announced, uploaded past it, rendered, shown."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from connectors.s3.pictures import WIDTHS
from ops.servers.stack import Stack
from tests.e2e.edge_clients import Edge, position, problem
from tests.e2e.test_edge_catalogue import ADMIN, made, vase
from tests.e2e.test_edge_products_file import ended
from tests.waiting import eventually


def png(width: int = 2000, height: int = 1000) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(file, "PNG")
    return file.getvalue()


def announce(staff: httpx.Client, images: str, file: bytes, headers: Any = None, **more: Any) -> httpx.Response:
    body = announcement(file, **more)
    return staff.put(f"{images}/{body['sha256'][:32]}", json=body, headers=headers)


def announcement(file: bytes, **more: Any) -> dict[str, Any]:
    known = {"content_type": "image/png", "size_bytes": len(file), "sha256": hashlib.sha256(file).hexdigest()}
    return known | {"alt": "A vase on a table"} | more


def put(upload: dict[str, Any], file: bytes) -> httpx.Response:
    return httpx.request(upload["method"], upload["url"], content=file, headers=upload["headers"], trust_env=False)


def settled(staff: httpx.Client, slug: str) -> dict[str, Any]:
    """The image of a product, once the connector has said what it is."""

    def look() -> dict[str, Any] | None:
        [image] = staff.get(f"{ADMIN}/{slug}").json()["images"]
        return image if image["status"] in ("ready", "rejected") else None

    return eventually(look)  # type: ignore[return-value]


def test_an_image_is_uploaded_past_the_edge_and_shown_once_it_is_ready(edge: Edge) -> None:
    staff, guest = edge.staff(), edge.guest()
    slug, facts = vase(edge)
    made(staff, slug, facts)
    published = staff.put(f"{ADMIN}/{slug}/publication", json={})
    images, file, blue = f"{ADMIN}/{slug}/images", png(), facts["variants"][0]["sku"]
    announced = announce(staff, images, file, {"If-Match": published.headers["etag"]}, skus=[blue])
    assert announced.status_code == 200, announced.text
    image_id = announced.json()["image"]["id"]
    assert put(announced.json()["upload"], file).status_code == 200
    uploaded = staff.put(f"{images}/{image_id}/uploaded")
    assert uploaded.json()["images"][0]["status"] == "uploaded", uploaded.text
    assert guest.get(f"/v1/products/{slug}", headers=position(uploaded)).json()["images"] == []

    ready = settled(staff, slug)
    assert (ready["status"], ready["width"], ready["height"]) == ("ready", 2000, 1000)
    [shown] = guest.get(f"/v1/products/{slug}").json()["images"]
    assert (shown["id"], shown["alt"], shown["skus"]) == (image_id, "A vase on a table", [blue])
    assert [each["width"] for each in shown["renditions"]] == list(WIDTHS)
    for kind in ("avif", "webp", "jpeg"):
        answer = httpx.get(shown["renditions"][0][kind], trust_env=False)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert Image.open(io.BytesIO(answer.content)).size == (160, 80)

    def found() -> Any:
        return [each["image"] for each in guest.get("/v1/search", params={"q": blue}).json()["products"]]

    assert eventually(lambda: found() == [shown])
    assert announce(staff, images, file).json()["upload"] is None, "it is there already"

    place = {"image_id": image_id, "alt": "In blue"}
    arranged = staff.put(images, json={"images": [place]})
    assert [each["alt"] for each in arranged.json()["images"]] == ["In blue"]
    assert problem(staff.put(images, json={"images": [place, place]})) == (422, "validation_failed")
    gone = staff.put(images, json={"images": []})
    assert guest.get(f"/v1/products/{slug}", headers=position(gone)).json()["images"] == []


def test_a_file_that_is_no_image_is_refused_with_a_reason_and_the_right_one_taken(edge: Edge) -> None:
    staff = edge.staff()
    slug, facts = vase(edge)
    made(staff, slug, facts)
    images, words = f"{ADMIN}/{slug}/images", b"<script>alert(1)</script>"
    announced = announce(staff, images, words).json()
    assert put(announced["upload"], words).status_code == 200
    staff.put(f"{images}/{announced['image']['id']}/uploaded")
    refused = settled(staff, slug)
    assert (refused["status"], refused["rejection"]) == ("rejected", "not_an_image")
    assert "JPEG" in refused["rejection_detail"]


def test_what_was_never_uploaded_is_said_so_and_may_follow(edge: Edge) -> None:
    staff = edge.staff()
    slug, facts = vase(edge)
    made(staff, slug, facts)
    images, file = f"{ADMIN}/{slug}/images", png(300, 200)
    announced = announce(staff, images, file).json()
    confirm = f"{images}/{announced['image']['id']}/uploaded"
    staff.put(confirm)
    assert settled(staff, slug)["rejection"] == "not_uploaded"
    again = announce(staff, images, file).json()
    assert put(again["upload"], file).status_code == 200
    staff.put(confirm)
    assert settled(staff, slug)["status"] == "ready"


def test_only_staff_have_images_and_only_of_what_there_is(edge: Edge) -> None:
    staff, guest = edge.staff(), edge.guest()
    slug, facts = vase(edge)
    made(staff, slug, facts)
    images = f"{ADMIN}/{slug}/images"
    assert problem(announce(guest, images, b"x")) == (401, "token_missing")
    assert problem(announce(staff, f"{ADMIN}/no-such/images", b"x")) == (404, "not_found")
    assert problem(staff.put(f"{images}/nothing/uploaded")) == (404, "not_found")
    assert problem(announce(staff, images, b"x", skus=["NOT-MINE"])) == (422, "validation_failed")
    assert problem(announce(staff, images, b"x", content_type="image/gif")) == (422, "validation_failed")
    strange = staff.put(f"{images}/{'0' * 32}", json=announcement(b"x"))
    assert problem(strange) == (422, "validation_failed")
    wrong = announce(staff, images, b"x", {"If-Match": '"99"'})
    assert problem(wrong)[1] == "version_mismatch"


def test_a_folder_of_images_is_uploaded_as_often_as_one_likes(edge: Edge, whole_stack: Stack, tmp_path: Path) -> None:
    staff = edge.staff()
    slug, facts = vase(edge)
    made(staff, slug, facts)
    (tmp_path / f"{slug}.1.png").write_bytes(png(400, 300))
    (tmp_path / f"{slug}.2.png").write_bytes(png(400, 200))
    (tmp_path / "notes.txt").write_text("not an image")
    for _ in range(2):
        status, said = ended(whole_stack, "images", str(tmp_path))
        assert status == 0 and "2 images are ready" in said, said
    shown = staff.get(f"{ADMIN}/{slug}").json()["images"]
    assert sorted(each["height"] for each in shown) == [200, 300]
    assert {each["alt"] for each in shown} == {facts["title"]}
    (tmp_path / f"{slug}.3.png").write_bytes(b"no image")
    (tmp_path / "no-such-product.png").write_bytes(png(400, 300))
    status, said = ended(whole_stack, "images", str(tmp_path))
    assert status == 1 and "not_an_image" in said and "no-such-product" in said
