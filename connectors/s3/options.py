"""Which bucket the pictures are in, from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from process.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Options:
    """The defaults are those of a bucket of our own server, without a CDN before it."""

    bucket: str = "bloomfield-images"
    region: str = "eu-west-2"
    acl: str = "public-read"  # of pictures, never of originals; empty where a policy lets the CDN read them

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> S3Options:
        """Read BLOOMFIELD_S3_BUCKET, _S3_REGION, _S3_ACL."""
        default = S3Options()
        return S3Options(
            bucket=environment.get("BLOOMFIELD_S3_BUCKET", default.bucket),
            region=environment.get("BLOOMFIELD_S3_REGION", default.region),
            acl=environment.get("BLOOMFIELD_S3_ACL", default.acl),
        )


def pictures_url(settings: Settings, environment: Mapping[str, str] = os.environ) -> str:
    """What stands before a picture's key: BLOOMFIELD_PICTURES, a CDN's address, or the bucket's own."""
    bucket = S3Options.from_environment(environment).bucket
    return environment.get("BLOOMFIELD_PICTURES") or f"{settings.s3_public}/{bucket}"
