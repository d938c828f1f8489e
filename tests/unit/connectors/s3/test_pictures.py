"""What becomes of uploaded files, good and hostile ones."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageCms

from connectors.s3.pictures import WIDTHS, Pictures, Rejected, Written, pictures_of
from schemas.catalogue.images import ImageFile, ImageRejection
from tests.cases import every

R = ImageRejection
RED, TEAL = (200, 30, 40), (20, 120, 120)
SECRET = b"51.5074 N 0.1278 W"


def picture(size: tuple[int, int] = (400, 300), colour: Any = TEAL, mode: str = "RGB") -> Image.Image:
    """One colour, with a red corner at the top left."""
    image = Image.new(mode, size, colour)
    if mode == "RGB":
        image.paste(RED, (0, 0, size[0] // 4, size[1] // 4))
    return image


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def announced(file: bytes, kind: str = "jpeg", **other: Any) -> ImageFile:
    known = {"sha256": hashlib.sha256(file).hexdigest(), "content_type": f"image/{kind}", "size_bytes": len(file)}
    return ImageFile(**(known | other))


def made(file: bytes, kind: str = "jpeg") -> Pictures:
    return pictures_of(file, announced(file, kind))


def opened(written: Written) -> Image.Image:
    return Image.open(io.BytesIO(written.body))


def is_near(found: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(found, wanted, strict=True))


def test_a_large_image_is_made_in_six_widths_and_three_formats() -> None:
    result = made(saved(picture((2400, 1800))))
    assert [each.width for each in result.renditions] == list(WIDTHS)
    assert [each.height for each in result.renditions] == [width * 3 // 4 for width in WIDTHS]
    assert (result.width, result.height) == (2400, 1800)
    by_key = {file.key: file for file in result.files}
    assert len(by_key) == 18
    for each in result.renditions:
        for key, kind in ((each.avif, "AVIF"), (each.webp, "WEBP"), (each.jpeg, "JPEG")):
            image = opened(by_key[key])
            assert (image.format, image.size) == (kind, (each.width, each.height))
            assert is_near(image.convert("RGB").getpixel((0, 0)), RED)
            assert by_key[key].content_type == f"image/{kind.lower()}"


@every("kind", ["jpeg", "png", "webp", "avif"])
def test_every_type_that_is_taken_is_rendered(kind: str) -> None:
    assert [each.width for each in made(saved(picture(), kind.upper()), kind).renditions] == [160, 320, 400]


def test_an_image_is_never_made_wider_than_it_is() -> None:
    assert [each.width for each in made(saved(picture((1200, 900)))).renditions] == [160, 320, 480, 768, 1200]
    assert [each.width for each in made(saved(picture((160, 160)))).renditions] == [160]


def test_names_are_of_the_content_and_the_same_file_makes_the_same_files() -> None:
    file = saved(picture())
    first, again, other = made(file), made(file), made(saved(picture(colour=RED)))
    assert first == again
    assert not {each.key for each in first.files} & {each.key for each in other.files}
    for each in first.files:
        assert hashlib.sha256(each.body).hexdigest()[:16] in each.key


def test_the_dominant_colour_is_the_one_that_most_of_it_has() -> None:
    found = made(saved(picture(), "PNG"), "png").dominant_colour
    assert is_near(bytes.fromhex(found[1:]), TEAL)


def test_an_image_is_turned_as_its_camera_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned clockwise to be upright: what is at the top left comes to the top right
    result = made(saved(picture(), exif=exif))
    assert (result.width, result.height) == (300, 400)
    assert is_near(opened(result.files[-1]).convert("RGB").getpixel((299, 0)), RED)


@every("kind", ["jpeg", "png", "webp", "avif"])
def test_nothing_of_the_metadata_is_left(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    file = saved(picture(), kind.upper(), exif=exif, xmp=b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>")
    assert SECRET in file
    for each in made(file, kind).files:
        image = opened(each)
        assert SECRET not in each.body
        assert not {"exif", "xmp", "icc_profile", "comment"} & image.info.keys(), each.key


def test_colours_are_those_that_the_profile_meant() -> None:
    swapped = saved(picture(), "PNG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    assert is_near(bytes.fromhex(made(swapped, "png").dominant_colour[1:]), TEAL)
    broken = saved(picture(), "PNG", icc_profile=b"no profile at all")
    assert is_near(bytes.fromhex(made(broken, "png").dominant_colour[1:]), TEAL)


@every("mode", ["L", "LA", "P", "RGBA", "1", "I;16"])
def test_every_kind_of_png_becomes_an_image(mode: str) -> None:
    image = Image.new("I;16", (200, 200), 40_000) if mode == "I;16" else picture((200, 200)).convert(mode)
    assert made(saved(image, "PNG"), "png").width == 200


def test_sixteen_bits_of_grey_are_the_same_grey_in_eight() -> None:
    found = made(saved(Image.new("I;16", (200, 200), 128 * 256), "PNG"), "png").dominant_colour
    assert is_near(bytes.fromhex(found[1:]), (128, 128, 128))


def test_what_is_transparent_is_on_paper_in_every_format() -> None:
    clear = Image.new("RGBA", (200, 200), (255, 0, 0, 0))
    for each in made(saved(clear, "PNG"), "png").files:
        assert is_near(opened(each).convert("RGB").getpixel((100, 100)), (255, 255, 255)), each.key


def test_a_printers_jpeg_is_taken() -> None:
    assert made(saved(picture().convert("CMYK"))).width == 400


def png_of(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that says that it is so large, whatever is in it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


JPEG = saved(picture((400, 300)))
FRAMES = [picture(), picture(colour=RED)]
HOSTILE: dict[str, tuple[Callable[[], bytes], str, ImageRejection]] = {
    "nothing but words": (lambda: b"hello" * 100, "jpeg", R.NOT_AN_IMAGE),
    "a page": (lambda: b"<html><script>alert(1)</script></html>", "png", R.NOT_AN_IMAGE),
    "a drawing with a script": (lambda: b"<svg><script/></svg>", "png", R.NOT_AN_IMAGE),
    "an archive": (lambda: b"PK\x03\x04" + bytes(100), "webp", R.NOT_AN_IMAGE),
    "a type that is not taken": (lambda: saved(picture(), "GIF"), "png", R.NOT_AN_IMAGE),
    "PostScript": (lambda: saved(picture(), "EPS"), "jpeg", R.NOT_AN_IMAGE),
    "a PNG by the name of JPEG": (lambda: saved(picture(), "PNG"), "jpeg", R.TYPE_DIFFERS),
    "a bomb": (lambda: png_of(60_000, 60_000), "png", R.TOO_MANY_PIXELS),
    "a smaller bomb": (lambda: png_of(10_000, 5_001), "png", R.TOO_MANY_PIXELS),
    "a very long one": (lambda: png_of(2, 20_000_000), "png", R.TOO_SMALL),
    "a dot": (lambda: saved(picture((100, 300))), "jpeg", R.TOO_SMALL),
    "a film": (lambda: saved(FRAMES[0], "WEBP", save_all=True, append_images=FRAMES[1:]), "webp", R.ANIMATED),
    "a film of AVIF": (lambda: saved(FRAMES[0], "AVIF", save_all=True, append_images=FRAMES[1:]), "avif", R.ANIMATED),
    "a film of PNG": (lambda: saved(FRAMES[0], "PNG", save_all=True, append_images=FRAMES[1:]), "png", R.ANIMATED),
    "half a JPEG": (lambda: JPEG[: len(JPEG) // 2], "jpeg", R.BROKEN),
    "the head of a JPEG": (lambda: JPEG[:20], "jpeg", R.NOT_AN_IMAGE),
    "a PNG without pixels": (lambda: png_of(300, 300), "png", R.BROKEN),
    "a WebP with a hole": (lambda: saved(picture(), "WEBP")[:60] + bytes(900), "webp", R.BROKEN),
}  # fmt: skip


@every("what", HOSTILE)
def test_a_hostile_file_is_refused_with_a_reason(what: str) -> None:
    make, kind, reason = HOSTILE[what]
    with pytest.raises(Rejected) as rejected:
        made(make(), kind)
    assert rejected.value.reason is reason and rejected.value.detail, str(rejected.value)


@every("other", [{"size_bytes": 7}, {"sha256": "0" * 64}])
def test_a_file_that_is_not_the_announced_one_is_refused_before_it_is_opened(other: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as rejected:
        pictures_of(b"hello", announced(b"hello", **other))
    assert rejected.value.reason is R.FILE_DIFFERS
