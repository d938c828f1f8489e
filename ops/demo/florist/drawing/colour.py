"""Colours by name, and the shades of each: a restrained palette, as if mixed from few pigments."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

PAPER, INK, STONE, HAIRLINE = "#FAF7F0", "#1E2722", "#5B6660", "#D9D3C5"

# Names as the catalogue's `colour` has them.
COLOURS = {
    "white": "#F3EFE6", "ivory": "#F3EBD6", "cream": "#F0E2BE", "blush": "#EFCFC6", "pink": "#DE98A6",
    "rose pink": "#CC6A86", "coral": "#E08266", "apricot": "#EBB07C", "peach": "#EFC0A0", "orange": "#D97B35",
    "amber": "#D9A03C", "yellow": "#E3BE4B", "lemon": "#EBDA88", "lime green": "#B7C36B", "green": "#8FAA74",
    "red": "#B5303A", "crimson": "#96203D", "burgundy": "#6A1F36", "magenta": "#AF3A77", "mauve": "#B894AE",
    "lilac": "#BDA9CC", "lavender": "#9A8FC0", "purple": "#75508F", "violet": "#594A94", "blue": "#5873AE",
    "sky blue": "#93B3D2", "navy": "#34466E", "near-black": "#4A2333", "bronze": "#A8693C", "russet": "#96492F",
    "sage": "#A3B09A", "moss": "#5C7350", "slate": "#6F7C84", "stone": "#C9C0AE", "ochre": "#C2913E",
    "terracotta": "#BC6F4C", "charcoal": "#4B4E50", "teal": "#4C7F80", "natural": "#D3BE98", "oat": "#DDD0B6",
    "clear": "#DCE6E2", "smoke": "#9AA2A3", "brass": "#B99A4E", "copper": "#B26D49", "beeswax": "#DDB05C",
    "walnut": "#6E4A33", "ash": "#CDB48A",
}  # fmt: skip

GREENS = {
    "leaf": "#6E8F5E", "deep": "#48694B", "glaucous": "#8CA493", "fresh": "#8FAE62", "silver": "#A9B5A2",
    "dark": "#3F5A48", "dry": "#A99B6F",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tint:
    """The shades of one pigment, from where the light falls to the line around."""

    light: str
    mid: str
    deep: str
    line: str


def mix(*, of: str, into: str, share: float) -> str:
    """A colour with a share of another in it."""
    pairs = zip(_channels(of), _channels(into), strict=True)
    return _hex(tuple(one + (other - one) * share for one, other in pairs))


def tint(colour: str) -> Tint:
    """The shades of a colour. The pale ones are shaded with a grey green, as white petals are."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    shaded = _hex(colorsys.hls_to_rgb((hue - 0.015) % 1, lightness * 0.66, min(1, saturation * 1.05)))
    if lightness > 0.8:
        shaded = mix(of=shaded, into="#B4B79A", share=0.65)
        shaded = mix(of=colour, into=shaded, share=0.75)
    return Tint(
        light=mix(of=colour, into=PAPER, share=0.16 + 0.36 * lightness),
        mid=colour,
        deep=shaded,
        line=mix(of=shaded, into="#2B201F", share=0.5),
    )


def named(name: str) -> Tint:
    """The shades of a colour of the palette."""
    return tint(COLOURS[name])


def green(name: str) -> Tint:
    """The shades of a leaf."""
    return tint(GREENS[name])


def wash_of(colour: str) -> str:
    """The quiet complement that lies behind a bloom: the opposite hue, pale and dull."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    if saturation < 0.12 or lightness > 0.85:
        return "#9DB0A6"
    opposite = _hex(colorsys.hls_to_rgb((hue + 0.5) % 1, 0.66, min(saturation, 0.36)))
    return mix(of=opposite, into="#C8BFA6", share=0.3)


def _channels(colour: str) -> tuple[float, float, float]:
    red, green_, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green_, blue


def _hex(channels: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(min(1, max(0, channel)) * 255):02X}" for channel in channels)
