"""The S3 effect: an image that was uploaded is fetched, verified and rendered, and its renditions are written.

What it does twice it does to the same end: originals and renditions lie under their digests. A file that is no image is
refused once and for all; while S3 is away it is asked again, with back-off, and nothing more is read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import structlog
from prometheus_client import Counter, Gauge, Histogram
from tenacity import RetryCallState, Retrying, retry_if_exception_type
from tenacity.wait import wait_random_exponential

from connectors.effect import Stopped, Work
from connectors.kafka.events import Event
from connectors.kafka.positions import S3_EFFECT
from connectors.s3.pictures import Pictures, Rejected
from connectors.s3.store import Bucket, StoreUnavailable
from connectors.s3.studio import Studio
from connectors.s3.uploads import original_key
from process.health import Health
from process.settings import Settings
from schemas.catalogue.images import ImageRejection
from schemas.catalogue.messages import ROOM as CATALOGUE
from schemas.catalogue.messages import ImageUploaded, RecordRenditions, RejectImage
from schemas.catalogue.rules import IMAGE_BYTES_MAX

PRODUCTS_AT_ONCE = 2  # one is rendered while another's files travel
UNDER_WAY_MAX = 8
BACK_OFF_SECONDS_MAX = 20.0

AWAY = Gauge("s3_away", "1 while S3 does not do what it is asked.")
RETRIES = Counter("s3_retries_total", "Calls that will be made again.")
SECONDS = Histogram("s3_image_seconds", "From an image's event to its outcome.", buckets=(0.5, 1, 2, 5, 10, 20, 60))
LOG = structlog.stdlib.get_logger()
T = TypeVar("T")


@contextmanager
def image_work(settings: Settings, health: Health) -> Iterator[Work]:
    """What is asked of S3. Raises SettingsError when its keys are missing."""
    ends, studio = threading.Event(), Studio()
    patience = Patience(health, ends)
    images = Images(Bucket(settings), studio, patience)
    try:
        yield Work(
            actor="s3",
            group=S3_EFFECT,
            room=CATALOGUE,
            asks=(ImageUploaded,),
            outcome=images.of,
            away=lambda: patience.tried,
            ends=ends,
            at_once=PRODUCTS_AT_ONCE,
            under_way_max=UNDER_WAY_MAX,
        )
    finally:
        studio.close()


class Patience:
    """Makes calls until S3 does what they ask, or the process is told to stop."""

    def __init__(self, health: Health, ends: threading.Event) -> None:
        self._health, self._ends = health, ends
        self.tried = False  # S3 did not do what it was last asked

    def until_done(self, call: Callable[[], T]) -> T:
        """The answer of `call`, repeated while it raises StoreUnavailable. Raises Stopped; the rest passes on."""
        retrying = Retrying(
            retry=retry_if_exception_type(StoreUnavailable),
            wait=wait_random_exponential(multiplier=0.2, max=BACK_OFF_SECONDS_MAX),
            sleep=self._sleep,
            before_sleep=self._tell,
        )
        answer = retrying(call)
        self.tried = False
        AWAY.set(0)
        self._health.ready(part="s3")
        return answer

    def _sleep(self, seconds: float) -> None:
        if self._ends.wait(seconds):
            raise Stopped

    def _tell(self, state: RetryCallState) -> None:
        reason = str(state.outcome.exception()) if state.outcome else ""
        self.tried = True
        AWAY.set(1)
        RETRIES.inc()
        self._health.unready(f"S3: {reason}", part="s3")
        LOG.warning("s3_retry", attempt=state.attempt_number, reason=reason)


class Images:
    """Does what events ask for."""

    def __init__(self, bucket: Bucket, studio: Studio, patience: Patience) -> None:
        self._bucket, self._studio, self._patience = bucket, studio, patience

    def of(self, _event: Event, asked: ImageUploaded) -> RecordRenditions | RejectImage:
        """Render an image, and say what came of it. Raises Stopped when the process ends first."""
        with SECONDS.time():
            try:
                found = self._pictures(asked)
            except Rejected as rejected:
                LOG.info("image_rejected", reason=rejected.reason.value, detail=rejected.detail)
                return RejectImage(
                    product_id=asked.product_id,
                    image_id=asked.image_id,
                    reason=rejected.reason,
                    detail=rejected.detail,
                )
            for file in found.files:
                self._patience.until_done(
                    lambda file=file: self._bucket.put_for_ever(file.key, file.body, file.content_type)  # type: ignore[misc]
                )
        return RecordRenditions(
            product_id=asked.product_id,
            image_id=asked.image_id,
            width=found.width,
            height=found.height,
            dominant_colour=found.dominant_colour,
            renditions=found.renditions,
        )

    def _pictures(self, asked: ImageUploaded) -> Pictures:
        key = original_key(asked.file.sha256)
        original = self._patience.until_done(lambda: self._bucket.get(key, bytes_max=IMAGE_BYTES_MAX))
        if original is None:
            raise Rejected(ImageRejection.NOT_UPLOADED, "no file was uploaded; upload it, then say so again")
        return self._studio.pictures_of(original, asked.file)
