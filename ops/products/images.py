"""Images from a folder to the products that they are named after: announced to the edge, uploaded to the object store.

`<product id>.<ending>` is an image of that product, and so is `<product id>.<number>.<ending>`. What is there already
is not uploaded again, so that this may be run again after a kill.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tenacity import wait_fixed
from yarl import URL

from ops.products.transfer import Refusal
from ops.shoppers import StaffClient, eventually, send
from schemas.catalogue.rules import image_id_of

AT_ONCE = 4
TYPES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".avif": "image/avif"}
SETTLED = ("ready", "rejected")


def in_folder(folder: Path) -> list[Path]:
    """The images in it, by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in TYPES)


async def load(staff: StaffClient, paths: list[Path], step: Callable[[], None]) -> list[Refusal]:
    """Upload every image and wait until it is ready; returns those that were refused. Raises Unanswered."""
    gate, refused = asyncio.Semaphore(AT_ONCE), list[Refusal]()

    async def take(number: int, path: Path) -> None:
        async with gate:
            product_id = path.name.partition(".")[0]
            reason = await _upload(staff, product_id, path)
            if reason:
                refused.append(Refusal(number, product_id, f"{path.name}: {reason}"))
            step()

    await asyncio.gather(*(take(number, path) for number, path in enumerate(paths, 1)))
    return sorted(refused)


async def _upload(staff: StaffClient, product_id: str, path: Path) -> str:
    """Why an image was refused; empty: it is ready."""
    file = await asyncio.to_thread(path.read_bytes)
    sha256 = hashlib.sha256(file).hexdigest()
    product = f"/v1/admin/products/{quote(product_id, safe='')}"
    image = f"{product}/images/{image_id_of(sha256)}"
    known = await staff.call("GET", product)
    if not known.is_success:
        return str(known.json().get("detail", known.text))
    body = {"content_type": TYPES[path.suffix.lower()], "size_bytes": len(file), "sha256": sha256}
    announced = await staff.decided("PUT", image, body | {"alt": known.json()["title"]})
    if not announced.is_success:
        return str(announced.json().get("detail", announced.text))
    if (to := announced.json()["upload"]) is not None:
        # Encoded as it was signed: not to be encoded anew.
        put = await send(staff.http, to["method"], URL(to["url"], encoded=True), data=file, headers=to["headers"])
        if not put.is_success:
            return str(put)
        (await staff.decided("PUT", f"{image}/uploaded")).raise_for_status()
    return await _outcome(staff, product, image_id_of(sha256))


async def _outcome(staff: StaffClient, product: str, image_id: str) -> str:
    async def look() -> Any:
        images = (await staff.call("GET", product)).raise_for_status().json()["images"]
        return next((image for image in images if image["id"] == image_id), {"status": "not there yet"})

    found = await eventually(look, lambda image: image["status"] in SETTLED, f"{product}: image", wait=wait_fixed(0.5))
    return "" if found["status"] == "ready" else f"{found['rejection']}: {found['rejection_detail']}"
