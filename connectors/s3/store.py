"""The bucket: what the connector reads from it and writes to it. The only user of S3's client."""

from __future__ import annotations

from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from connectors.s3.options import S3Options
from process.settings import Settings

CONNECT_SECONDS = 3.05  # a little more than TCP's first retransmission
READ_SECONDS = 30.0
FOR_EVER = "public, max-age=31536000, immutable"  # a year, the longest that HTTP caches take seriously


class StoreUnavailable(Exception):
    """S3 did not do it now; the same call may work later."""


class Bucket:
    """Every method raises StoreUnavailable, whatever S3's reason: keys and rights may be mended while we wait."""

    def __init__(self, settings: Settings, options: S3Options | None = None) -> None:
        self._options = options or S3Options.from_environment()
        self._s3: Any = botocore.session.get_session().create_client(
            "s3",
            endpoint_url=settings.s3,
            region_name=self._options.region,
            aws_access_key_id=settings.secret("s3_access_key"),
            aws_secret_access_key=settings.secret("s3_secret_key"),
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"total_max_attempts": 1},  # whoever calls decides for how long
                proxies={},
            ),
        )

    def ensure(self) -> None:
        """Make the bucket where there is none: in production it exists, with rights that are no business of ours."""
        if self._call("head_bucket", missing=("404", "NoSuchBucket")) is None:
            where = {"LocationConstraint": self._options.region}
            self._call("create_bucket", missing=("BucketAlreadyOwnedByYou",), CreateBucketConfiguration=where)

    def get(self, key: str, *, bytes_max: int) -> bytes | None:
        """The object, or as much of it as says that it is larger than `bytes_max`; None: there is none."""
        found = self._call("get_object", missing=("NoSuchKey",), Key=key)
        if found is None:
            return None
        try:
            body: bytes = found["Body"].read(bytes_max + 1)
        except BotoCoreError as error:
            raise StoreUnavailable(str(error)) from error
        finally:
            found["Body"].close()
        return body

    def put_for_ever(self, key: str, body: bytes, content_type: str) -> None:
        """Write an object that everybody may see and keep: under its key there is never another."""
        acl: dict[str, Any] = {"ACL": self._options.acl} if self._options.acl else {}
        self._call("put_object", Key=key, Body=body, ContentType=content_type, CacheControl=FOR_EVER, **acl)

    def _call(self, method: str, *, missing: tuple[str, ...] = (), **arguments: Any) -> Any:
        try:
            return getattr(self._s3, method)(Bucket=self._options.bucket, **arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] in missing:
                return None
            raise StoreUnavailable(str(error)) from error
        except BotoCoreError as error:
            raise StoreUnavailable(str(error)) from error
