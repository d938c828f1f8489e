"""A presigned upload against a real S3 server: it takes the file that was signed for, in time, and nothing else."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from connectors.s3.store import FOR_EVER, Bucket, StoreUnavailable
from connectors.s3.uploads import Upload, Uploads, original_key
from ops.servers.stack import Stack
from process.settings import Settings
from tests.cases import every
from tests.waiting import eventually

TYPE = "image/jpeg"


@pytest.fixture(scope="module")
def s3_settings(unstarted_stack: Stack, s3: str) -> Settings:
    settings = unstarted_stack.settings()
    Bucket(settings).ensure()
    return settings


@pytest.fixture
def file() -> bytes:
    """Another one for each test: what is uploaded stays."""
    return secrets.token_bytes(1000)


def signed(settings: Settings, file: bytes, seconds: int = 60) -> Upload:
    sha256 = hashlib.sha256(file).hexdigest()
    return Uploads(settings).presigned(sha256=sha256, content_type=TYPE, size_bytes=len(file), seconds=seconds)


def put(url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return httpx.put(url, content=body, headers=headers, trust_env=False, timeout=30)


def kept(settings: Settings, file: bytes) -> bytes | None:
    return Bucket(settings).get(original_key(hashlib.sha256(file).hexdigest()), bytes_max=2000)


def test_the_file_that_was_signed_for_is_taken(s3_settings: Settings, file: bytes) -> None:
    upload = signed(s3_settings, file)
    assert put(upload.url, file, upload.headers).status_code == 200
    assert kept(s3_settings, file) == file


def test_the_same_upload_twice_is_one_file(s3_settings: Settings, file: bytes) -> None:
    upload = signed(s3_settings, file)
    assert [put(upload.url, file, upload.headers).status_code for _ in range(2)] == [200, 200]


Change = Callable[[Upload, bytes], tuple[str, bytes, dict[str, str]]]
CHANGES: dict[str, tuple[str, Change]] = {
    "signature": ("SignatureDoesNotMatch", lambda to, body: (to.url[:-4] + "0000", body, to.headers)),
    "no signature": ("AccessDenied", lambda to, body: (to.url.partition("?")[0], body, to.headers)),
    "key": ("SignatureDoesNotMatch", lambda to, body: (to.url.replace("/originals/", "/images/"), body, to.headers)),
    "longer life": ("SignatureDoesNotMatch", lambda to, body: (to.url.replace("=60", "=600"), body, to.headers)),
    "longer": ("SignatureDoesNotMatch", lambda to, body: (to.url, body + b"x", _unsized(to))),
    "shorter": ("SignatureDoesNotMatch", lambda to, body: (to.url, body[1:], _unsized(to))),
    "another file": ("BadDigest", lambda to, body: (to.url, bytes(len(body)), to.headers)),
    "type": ("SignatureDoesNotMatch", lambda to, body: (to.url, body, to.headers | {"content-type": "text/html"})),
    "no checksum": (
        "SignatureDoesNotMatch",
        lambda to, body: (to.url, body, {k: v for k, v in to.headers.items() if not k.startswith("x-amz")}),
    ),
}


def _unsized(to: Upload) -> dict[str, str]:
    """With the length that the body has."""
    return {name: value for name, value in to.headers.items() if name != "content-length"}


@every("what", CHANGES)
def test_whatever_was_not_signed_for_is_refused(s3_settings: Settings, file: bytes, what: str) -> None:
    code, change = CHANGES[what]
    answer = put(*change(signed(s3_settings, file), file))
    assert answer.status_code in (400, 403) and f"<Code>{code}</Code>" in answer.text
    assert kept(s3_settings, file) is None


def test_an_upload_signed_with_another_key_is_refused(s3_settings: Settings, file: bytes, tmp_path: Path) -> None:
    (tmp_path / "s3_access_key").write_text(s3_settings.secret("s3_access_key"))
    (tmp_path / "s3_secret_key").write_text("f" * 40)
    strange = replace(s3_settings, secrets=tmp_path)
    upload = signed(strange, file)
    assert "SignatureDoesNotMatch" in put(upload.url, file, upload.headers).text
    with pytest.raises(StoreUnavailable, match="SignatureDoesNotMatch"):
        Bucket(strange).get("originals/any", bytes_max=1)


def test_an_upload_that_has_expired_is_refused(s3_settings: Settings, file: bytes) -> None:
    upload = signed(s3_settings, file, seconds=1)

    def expired() -> bool:
        return "Request has expired" in put(upload.url, file, upload.headers).text

    eventually(expired)


def test_pictures_are_for_everybody_and_for_ever_and_originals_are_for_nobody(
    s3_settings: Settings, file: bytes
) -> None:
    upload = signed(s3_settings, file)
    put(upload.url, file, upload.headers)
    key = f"images/{hashlib.sha256(file).hexdigest()}.avif"
    Bucket(s3_settings).put_for_ever(key, file, "image/avif")
    base = upload.url.partition("/originals/")[0]
    picture = httpx.get(f"{base}/{key}", trust_env=False)
    assert picture.content == file and picture.headers["content-type"] == "image/avif"
    assert picture.headers["cache-control"] == FOR_EVER
    assert httpx.get(upload.url.partition("?")[0], trust_env=False).status_code == 403
    assert httpx.delete(f"{base}/{key}", trust_env=False).status_code == 403


def test_of_an_object_that_is_too_large_no_more_is_read_than_says_so(s3_settings: Settings, file: bytes) -> None:
    upload = signed(s3_settings, file)
    put(upload.url, file, upload.headers)
    assert Bucket(s3_settings).get(original_key(hashlib.sha256(file).hexdigest()), bytes_max=10) == file[:11]


def test_a_browser_of_another_origin_may_upload(s3_settings: Settings, file: bytes) -> None:
    ask = {
        "origin": "https://console.example.co.uk",
        "access-control-request-method": "PUT",
        "access-control-request-headers": "content-type,x-amz-checksum-sha256",
    }
    answer = httpx.options(signed(s3_settings, file).url, headers=ask, trust_env=False)
    assert answer.status_code == 200 and "PUT" in answer.headers["access-control-allow-methods"]
