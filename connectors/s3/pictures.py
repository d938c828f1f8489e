"""From a file that somebody uploaded to renditions of it, or the reason why it is none. Pure: bytes in, bytes out.

The file is hostile until it is decoded: its type is what its content says, only four decoders are tried, and its size
in pixels is looked at before anything is unpacked. Nothing of its metadata (where a photograph was taken, say) is in
what is written.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from typing import NamedTuple

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from schemas.catalogue.images import ImageFile, ImageRejection, Rendition
from schemas.catalogue.rules import IMAGE_PIXELS_MAX, IMAGE_SIDE_MIN, image_id_of

WIDTHS = (160, 320, 480, 768, 1200, 1920)  # a thumbnail to a full screen; never wider than the original
FORMATS = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "AVIF": "image/avif"}
DECODERS = ("JPEG", "PNG", "WEBP", "AVIF")  # MPO is a JPEG with more behind it, as phones take it; the first one counts
ENCODERS: dict[str, tuple[str, dict[str, int | bool]]] = {
    "avif": ("AVIF", {"quality": 60, "speed": 8, "max_threads": 1}),  # speed 6: 4 times as long, at most 4 % less
    "webp": ("WEBP", {"quality": 80, "method": 4}),
    "jpeg": ("JPEG", {"quality": 82, "progressive": True, "optimize": True}),
}
PAPER = (255, 255, 255)  # behind what is transparent: JPEG has no transparency, and all three should look alike
SWATCH = 64  # pixels of a side: enough to count colours


class Rejected(Exception):
    """The file does not become an image."""

    def __init__(self, reason: ImageRejection, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail

    def __reduce__(self) -> tuple[type[Rejected], tuple[ImageRejection, str]]:
        return Rejected, (self.reason, self.detail)  # it crosses from one process to another


class Written(NamedTuple):
    """A file of a rendition."""

    key: str
    content_type: str
    body: bytes


class Pictures(NamedTuple):
    """All that is made of a file."""

    width: int
    height: int
    dominant_colour: str
    renditions: tuple[Rendition, ...]
    files: tuple[Written, ...]


def pictures_of(original: bytes, announced: ImageFile) -> Pictures:
    """The renditions of a file. Raises Rejected."""
    _same_file(original, announced)
    image = _upright(_decoded(original, announced))
    renditions: list[Rendition] = []
    files: list[Written] = []
    for width in _widths(image.width):
        size = (width, max(1, round(image.height * width / image.width)))
        drawn = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        written = {name: _written(drawn, name, image_id_of(announced.sha256)) for name in ENCODERS}
        renditions.append(
            Rendition(width=size[0], height=size[1], **{name: each.key for name, each in written.items()})
        )
        files += written.values()
    return Pictures(image.width, image.height, _dominant(image), tuple(renditions), tuple(files))


def _same_file(original: bytes, announced: ImageFile) -> None:
    if len(original) != announced.size_bytes:
        raise Rejected(
            ImageRejection.FILE_DIFFERS, f"{announced.size_bytes} bytes were announced, {len(original)} are there"
        )
    if hashlib.sha256(original).hexdigest() != announced.sha256:
        raise Rejected(ImageRejection.FILE_DIFFERS, "its SHA-256 is not the one that was announced")


def _decoded(original: bytes, announced: ImageFile) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # `_admissible` draws a lower line
        try:
            image = Image.open(io.BytesIO(original), formats=DECODERS)
        except UnidentifiedImageError as error:
            raise Rejected(ImageRejection.NOT_AN_IMAGE, "it is no JPEG, PNG, WebP or AVIF file") from error
        except Image.DecompressionBombError as error:
            raise Rejected(ImageRejection.TOO_MANY_PIXELS, str(error)) from error
        except Exception as error:  # whatever a decoder makes of strange bytes is the file's fault
            raise Rejected(ImageRejection.BROKEN, f"its head cannot be read: {error}") from error
    _admissible(image, announced)
    try:
        image.load()
    except Exception as error:  # the same
        raise Rejected(ImageRejection.BROKEN, f"it cannot be read to its end: {error}") from error
    return image


def _admissible(image: Image.Image, announced: ImageFile) -> None:
    """What the head of a file says of it, before anything is unpacked. Raises Rejected."""
    found, pixels = FORMATS[image.format or ""], image.width * image.height
    if found != announced.content_type:
        raise Rejected(ImageRejection.TYPE_DIFFERS, f"{announced.content_type} was announced, it is {found}")
    if pixels > IMAGE_PIXELS_MAX:
        raise Rejected(
            ImageRejection.TOO_MANY_PIXELS,
            f"{image.width} × {image.height} pixels; {IMAGE_PIXELS_MAX:,} in all are taken",
        )
    if min(image.size) < IMAGE_SIDE_MIN:
        raise Rejected(
            ImageRejection.TOO_SMALL, f"{image.width} × {image.height} pixels; each side must have {IMAGE_SIDE_MIN}"
        )
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise Rejected(ImageRejection.ANIMATED, "it has several frames; take one that stands still")


def _upright(image: Image.Image) -> Image.Image:
    """As it is to be seen: turned as its camera says, in sRGB, on paper, and without anything else."""
    try:
        image = ImageOps.exif_transpose(image)
    except Exception as error:  # a head that cannot be read is the file's fault, too
        raise Rejected(ImageRejection.BROKEN, f"its EXIF data cannot be read: {error}") from error
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")  # 16 bits of grey; others are narrowed by Pillow
    if "A" in image.mode or "transparency" in image.info:
        over = image.convert("RGBA")
        image = Image.new("RGBA", over.size, PAPER)
        image.alpha_composite(over)
        image = image.convert("RGB")
    image = _in_srgb(image, profile) if profile else image.convert("RGB")
    image.info = {}  # some encoders copy from it
    return image


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Most screens show sRGB; a profile that is stripped without this shifts every colour."""
    try:
        return (
            ImageCms.profileToProfile(
                image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            or image
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image.convert("RGB")  # a profile that is none, or of another kind of image: browsers pass it over, too


def _widths(width: int) -> list[int]:
    """Those that the original fills, and its own where it does not fill the widest."""
    found = [each for each in WIDTHS if each <= width]
    return found if width in found or width > WIDTHS[-1] else [*found, width]


def _written(image: Image.Image, name: str, image_id: str) -> Written:
    kind, options = ENCODERS[name]
    file = io.BytesIO()
    image.save(file, kind, **options)
    body = file.getvalue()
    key = f"images/{image_id}/{image.width}-{hashlib.sha256(body).hexdigest()[:16]}.{name.replace('jpeg', 'jpg')}"
    return Written(key, FORMATS[kind], body)


def _dominant(image: Image.Image) -> str:
    """The most frequent of sixteen colours, for the place where the image is going to be."""
    few = image.resize((SWATCH, SWATCH), Image.Resampling.BOX).quantize(16, Image.Quantize.MEDIANCUT)
    counted, palette = few.histogram(), few.getpalette() or []
    index = counted.index(max(counted))
    red, green, blue = palette[3 * index : 3 * index + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"
