"""Where a browser may put one file, and nothing else: a presigned PUT. Signing asks nobody, so it never waits.

The key is the file's SHA-256, and S3 checks that of what arrives: what lies under a key can never be another file.
Only the signer of botocore is used here; its client would cost each edge process 16 MB more.
"""

from __future__ import annotations

import base64
from typing import NamedTuple

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from connectors.s3.options import S3Options
from process.settings import Settings

UPLOAD_SECONDS = 300


class Upload(NamedTuple):
    """A PUT that is good for `UPLOAD_SECONDS`."""

    url: str
    headers: dict[str, str]  # must be sent as they are: they are signed


class Uploads:
    """Signs uploads. Raises SettingsError when a key is missing."""

    def __init__(self, settings: Settings, options: S3Options | None = None) -> None:
        options = options or S3Options.from_environment()
        self._credentials = Credentials(settings.secret("s3_access_key"), settings.secret("s3_secret_key"))
        self._base, self._region = f"{settings.s3_public}/{options.bucket}", options.region

    def presigned(self, *, sha256: str, content_type: str, size_bytes: int, seconds: int = UPLOAD_SECONDS) -> Upload:
        """The upload of the file with this SHA-256 (hexadecimal), type and size; S3 refuses any other."""
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        headers = {"content-type": content_type, "content-length": str(size_bytes), "x-amz-checksum-sha256": checksum}
        request = AWSRequest("PUT", f"{self._base}/{original_key(sha256)}", headers=headers)
        S3SigV4QueryAuth(self._credentials, "s3", self._region, seconds).add_auth(request)
        return Upload(request.url, headers)


def original_key(sha256: str) -> str:
    """Where the file with this SHA-256 is."""
    return f"originals/{sha256}"
