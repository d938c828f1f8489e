"""The sheet: what is drawn once and used often, and the chance that makes each plate its own."""

from __future__ import annotations

import cmath
import math
import zlib
from collections.abc import Sequence
from random import Random

from ops.demo.florist.drawing.colour import Tint
from ops.demo.florist.drawing.pen import GOLDEN_ANGLE, Blade, degrees_of, line, number

Stops = Sequence[tuple[float, str]]


class Sheet:
    """A plate under way. Its ids begin with a word of its own, so that plates may stand in one page."""

    def __init__(self, seed: str) -> None:
        self.chance = Random(seed)  # noqa: S311 - a picture, not a secret
        self.definitions: dict[str, str] = {}
        self._word = f"p{zlib.crc32(seed.encode()) % 46656:x}"
        self.detail = 1.0  # below 1: fewer petals, for blooms that are drawn small

    def about(self, value: float, spread: float) -> float:
        """A value that differs by at most a share of it."""
        return value * (1 + self.chance.uniform(-spread, spread))

    def define(self, markup: str) -> str:
        """The id under which a piece can be used. The same piece is kept once."""
        if markup not in self.definitions:
            self.definitions[markup] = f"{self._word}-{len(self.definitions):x}"
        return self.definitions[markup]

    def upright(self, stops: Stops, *, across: bool = False) -> str:
        """A paint that changes from the base of a thing to its tip, or from its left to its right."""
        ends = 'x2="1" y2="0"' if across else 'x1="0" y1="1" x2="0" y2="0"'
        return f"url(#{self.define(f'<linearGradient @ {ends}>{_stops(stops)}</linearGradient>')})"

    def round(self, stops: Stops) -> str:
        """A paint that changes from the middle of a thing outwards."""
        return f"url(#{self.define(f'<radialGradient @>{_stops(stops)}</radialGradient>')})"

    def written(self) -> str:
        """All definitions, as SVG."""
        return "".join(
            markup.replace("@", f'id="{name}"', 1) if "@" in markup else f'<g id="{name}">{markup}</g>'
            for markup, name in self.definitions.items()
        )


def _stops(stops: Stops) -> str:
    return "".join(f'<stop offset="{share:g}" stop-color="{colour}"/>' for share, colour in stops)


def use(name: str, point: complex = 0, *, turn: float = 0, scale: float = 1, wide: float = 1) -> str:
    """A defined piece, put somewhere, turned clockwise by degrees and scaled; `wide` scales its breadth besides."""
    moves = []
    if point:
        moves.append(f"translate({number(point.real)} {number(point.imag)})")
    if turn:
        moves.append(f"rotate({round(turn % 360)})")
    if scale != 1 or wide != 1:
        moves.append(f"scale({scale * wide:.2f} {scale:.2f})" if wide != 1 else f"scale({scale:.2f})")
    placed = f' transform="{"".join(moves)}"' if moves else ""
    return f'<use href="#{name}"{placed}/>'


def use_towards(name: str, point: complex, direction: complex, *, scale: float = 1, wide: float = 1) -> str:
    """A defined piece that points in a direction."""
    return use(name, point, turn=degrees_of(direction), scale=scale, wide=wide)


def filled(path: str, paint: str, line_colour: str, width: float = 0.9) -> str:
    """A shape with a fine line around."""
    return f'<path d="{path}" fill="{paint}" stroke="{line_colour}" stroke-width="{width:g}"/>'


def stroked(path: str, colour: str, width: float, opacity: float = 1) -> str:
    """A line."""
    faint = f' opacity="{opacity:g}"' if opacity != 1 else ""
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}"{faint}/>'


def petal(sheet: Sheet, blade: Blade, tint: Tint, veins: int = 5, *, deep_base: bool = True) -> str:
    """The id of a petal: darker at its base, with a fine line around and finer ones along."""
    stops = (
        ((0, tint.deep), (0.5, tint.mid), (1, tint.light))
        if deep_base
        else ((0, tint.light), (0.45, tint.mid), (1, tint.mid))
    )
    markup = filled(blade.outline(), sheet.upright(stops), tint.line, 0.8)
    if veins:
        markup += stroked(blade.veins(veins), tint.line, 0.5, 0.38)
    return sheet.define(markup)


def leaf(sheet: Sheet, blade: Blade, tint: Tint, veins: int = 6) -> str:
    """The id of a leaf: one half in the shade, a midrib and side veins."""
    markup = filled(blade.outline(), sheet.upright(((0, tint.mid), (1, tint.light))), tint.line, 0.9)
    markup += f'<path d="{blade.right_half()}" fill="{tint.deep}" opacity=".55"/>'
    markup += stroked(blade.side_veins(veins), tint.line, 0.6, 0.55)
    return sheet.define(markup)


def stem(points: Sequence[complex], tint: Tint, width: float = 6) -> str:
    """A stalk: a dark edge, its green, and a light along its left."""
    path = line(points)
    edge = stroked(path, tint.line, round(width + 1.6, 1)) + stroked(path, tint.mid, round(width, 1))
    if width < 4.5:  # too thin for a light on it
        return edge
    return edge + stroked(line([point - width * 0.18 for point in points]), tint.light, round(width * 0.25, 1), 0.8)


def dots(points: Sequence[complex], colour: str, width: float, opacity: float = 1) -> str:
    """Round dots, as lines of no length."""
    path = "".join(f"M{number(each.real)} {number(each.imag)}h0" for each in points)
    return stroked(path, colour, width, opacity)


def sunflower(count: int, radius: float, *, start: int = 0) -> list[complex]:
    """Points on a disc as seeds lie on a head: each turned by the golden angle from the one before."""
    return [
        cmath.rect(radius * math.sqrt((place + 0.5) / count), place * GOLDEN_ANGLE) for place in range(start, count)
    ]
