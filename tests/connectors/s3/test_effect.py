"""The S3 effect against a real broker and a real S3 server: renditions or a reason, whatever dies meanwhile."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Callable

import httpx
import psutil
import pytest
from confluent_kafka import Message
from PIL import Image

from connectors.s3.options import pictures_url
from connectors.s3.pictures import WIDTHS
from connectors.s3.store import FOR_EVER, Bucket
from connectors.s3.uploads import Uploads
from ops.servers.stack import Stack
from ops.servers.switch import Mode
from schemas.catalogue.images import ImageFile, ImageRejection
from schemas.catalogue.messages import ImageUploaded, RecordRenditions, RejectImage
from schemas.catalogue.rules import image_id_of
from schemas.envelope import derive_id
from schemas.record import Record
from tests.connectors.broker import Broker
from tests.connectors.conftest import Start
from tests.connectors.story import StoryEvent
from tests.waiting import eventually


@pytest.fixture
def images(s3: str, broker: Broker) -> Images:
    Bucket(broker.settings).ensure()
    return Images(broker)


class Images:
    """The catalogue room, as the connector sees it: it says what was uploaded, and hears outcomes."""

    def __init__(self, broker: Broker) -> None:
        self.broker, self.settings = broker, broker.settings
        self._versions: Counter[str] = Counter()

    def upload(self, body: bytes, content_type: str = "image/jpeg") -> ImageFile:
        """As a browser does."""
        sha256 = hashlib.sha256(body).hexdigest()
        to = Uploads(self.settings).presigned(sha256=sha256, content_type=content_type, size_bytes=len(body))
        answer = httpx.put(to.url, content=body, headers=to.headers, trust_env=False, timeout=60)
        assert answer.status_code == 200, answer.text
        return ImageFile(sha256=sha256, content_type=content_type, size_bytes=len(body))

    def say(self, product_id: str, file: ImageFile, *, version: int | None = None) -> StoryEvent:
        """That a file was uploaded."""
        self._versions[product_id] += 1
        number = version or self._versions[product_id]
        body = ImageUploaded(
            product_id=product_id, image_id=image_id_of(file.sha256), file=file, version=number, at=number
        )
        event = StoryEvent("catalogue", product_id, body, number, number)
        self.broker.send([self.broker.event(event)])
        return event

    def outcomes(self) -> dict[str, list[tuple[Message, Record]]]:
        """Commands by product."""
        found: dict[str, list[tuple[Message, Record]]] = {}
        for message, command in self.broker.read("catalogue.commands"):
            found.setdefault(message.key().decode(), []).append((message, command))
        return found

    def outcome(self, product_id: str) -> Record:
        """The first outcome for a product, once it is there."""
        return eventually(lambda: self.outcomes().get(product_id))[0][1]  # type: ignore[index, no-any-return]


def photograph(size: tuple[int, int] = (2400, 1600), kind: str = "JPEG", seed: int = 0) -> bytes:
    """An image with something everywhere."""
    image = Image.linear_gradient("L").rotate(seed).resize(size)
    file = io.BytesIO()
    Image.merge("RGB", (image, image.rotate(90).resize(size), image.rotate(180))).save(file, kind)
    return file.getvalue()


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=30)


def test_an_upload_becomes_renditions_that_everybody_may_keep(images: Images, start: Start) -> None:
    event = images.say("vase", images.upload(photograph()))
    start("s3").wait_ready()
    command = images.outcome("vase")
    assert isinstance(command, RecordRenditions)
    assert (command.image_id, command.width, command.height) == (event.body.image_id, 2400, 1600)  # type: ignore[attr-defined]
    assert [each.width for each in command.renditions] == list(WIDTHS)
    base = pictures_url(images.settings)
    for each in command.renditions:
        for key, kind in ((each.avif, "AVIF"), (each.webp, "WEBP"), (each.jpeg, "JPEG")):
            answer = get(f"{base}/{key}")
            assert answer.headers["cache-control"] == FOR_EVER
            assert answer.headers["content-type"] == f"image/{kind.lower()}"
            image = Image.open(io.BytesIO(answer.content))
            assert (image.format, image.size) == (kind, (each.width, each.height))
    [(message, _)] = images.outcomes()["vase"]
    said = dict(message.headers() or ())
    assert (said["command-id"].decode(), said["actor"]) == (derive_id(event.id, "outcome"), b"s3")


def test_a_broken_file_is_refused_once_and_holds_up_nobody(images: Images, start: Start) -> None:
    connector = start("s3").wait_ready()
    images.say("torn", images.upload(photograph()[:20_000]))
    images.say("words", images.upload(b"no image at all", "image/png"))
    images.say("never", ImageFile(sha256="0" * 64, content_type="image/png", size_bytes=9))
    images.say("good", images.upload(photograph((400, 300), "WEBP"), "image/webp"))
    assert isinstance(images.outcome("good"), RecordRenditions)
    reasons = {}
    for product_id in ("torn", "words", "never"):
        command = images.outcome(product_id)
        assert isinstance(command, RejectImage) and command.detail
        reasons[product_id] = command.reason
    reason = ImageRejection
    assert reasons == {"torn": reason.BROKEN, "words": reason.NOT_AN_IMAGE, "never": reason.NOT_UPLOADED}
    assert connector.metric("s3_retries_total") == 0
    assert all(len(each) == 1 for each in images.outcomes().values())


def test_a_connector_that_is_killed_between_fetch_and_outcome_is_followed_by_one_that_ends_it(
    images: Images, start: Start
) -> None:
    file = images.upload(photograph((6000, 5000)))
    images.say("large", file)
    killed = start("s3")
    eventually(lambda: _decodes(killed.process.pid))
    children = psutil.Process(killed.process.pid).children(recursive=True)
    killed.kill()
    assert "large" not in images.outcomes()
    eventually(lambda: not any(_alive(child) for child in children))
    start("s3").wait_ready()
    first = images.outcome("large")
    assert isinstance(first, RecordRenditions)
    images.say("large", file)  # and done again, it comes to the same
    eventually(lambda: len(images.outcomes()["large"]) == 2)
    assert [command for _, command in images.outcomes()["large"]] == [first, first]


def test_what_was_answered_is_not_done_again_after_a_restart(images: Images, start: Start) -> None:
    images.say("vase", images.upload(photograph((300, 300))))
    first = start("s3").wait_ready()
    images.outcome("vase")
    assert first.stop() == 0
    images.say("jug", images.upload(photograph((300, 300), seed=1)))
    start("s3").wait_ready()
    images.outcome("jug")
    assert {product: len(each) for product, each in images.outcomes().items()} == {"vase": 1, "jug": 1}


def test_while_s3_is_away_images_wait_and_the_reason_is_told(
    images: Images, start: Start, unstarted_stack: Stack
) -> None:
    if unstarted_stack.mode is not Mode.NATIVE:
        pytest.skip("the object store is not ours to stop")
    file = images.upload(photograph((300, 300)))
    connector = start("s3").wait_ready()
    unstarted_stack.stop("s3")
    try:
        images.say("vase", file)
        eventually(lambda: connector.ready()[0] == 503 and "S3" in connector.ready()[1])
        eventually(lambda: connector.metric("s3_retries_total") >= 3)
        assert connector.metric("s3_away") == 1 and images.outcomes() == {}
    finally:
        unstarted_stack.up(["s3"])
    assert isinstance(images.outcome("vase"), RecordRenditions)
    connector.wait_ready()
    assert connector.metric("s3_away") == 0


def test_the_health_of_a_connector_answers_while_it_decodes(images: Images, start: Start) -> None:
    images.say("large", images.upload(photograph((6000, 5000), seed=3)))
    connector = start("s3").wait_ready()
    eventually(lambda: _decodes(connector.process.pid))
    assert connector.ready() == (200, "ready\n")
    images.outcome("large")


def _decodes(pid: int) -> bool:
    """Whether a process that it started is at work on a file: one that only waits has used less."""
    children: Callable[..., list[psutil.Process]] = psutil.Process(pid).children
    try:
        return any(child.memory_info().rss > 200_000_000 for child in children(recursive=True))
    except psutil.NoSuchProcess:
        return False


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
