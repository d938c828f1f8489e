"""The pen: smooth outlines from few points, written as the data of SVG paths.

Points are complex numbers, so that turning is multiplying. Things grow upwards: their base is at 0, their tip at -1j
times their length, for SVG counts downwards.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Points = Sequence[complex]
UP = -1j
GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))  # what seeds of a sunflower turn by, each from the one before


def number(value: float) -> str:
    """A coordinate, as short as it can be written: to a tenth near 0, where small things are drawn, else whole."""
    written = f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"
    written = written[:-2] if written.endswith(".0") else written
    return "0" if written == "-0" else written


def at(*points: complex) -> str:
    """Coordinates as path data: `12,3.5 14,8`."""
    return " ".join(f"{number(point.real)},{number(point.imag)}" for point in points)


def turned(degrees: float) -> complex:
    """The direction that is so many degrees clockwise of upwards, of length 1."""
    return UP * cmath.exp(1j * math.radians(degrees))


def degrees_of(direction: complex) -> float:
    """How far a direction is turned from upwards, clockwise."""
    return math.degrees(cmath.phase(direction / UP))


def run(points: Points) -> str:
    """A smooth curve through points, from where the pen is, which is the first of them.

    Handles are a sixth of the way between the neighbours (uniform Catmull-Rom), the same on both sides of a point: so
    all but the first segment are the short `S`.
    """
    last = len(points) - 1

    def handle(place: int) -> complex:
        before, after = max(place - 1, 0), min(place + 1, last)
        return (points[after] - points[before]) / (3 * (after - before))

    curves = [f"C{at(points[0] + handle(0), points[1] - handle(1), points[1])}"]
    curves += [f"S{at(points[place] - handle(place), points[place])}" for place in range(2, last + 1)]
    return "".join(curves)


def line(points: Points) -> str:
    """Path data of an open smooth curve."""
    return f"M{at(points[0])}{run(points)}"


def ring(points: Points) -> str:
    """Path data of a closed smooth curve."""
    around = [points[-1], *points, points[0], points[1]]
    handles = [(around[place + 1] - around[place - 1]) / 6 for place in range(1, len(around) - 1)]
    knots = around[1:-1]
    start = f"M{at(knots[0])}C{at(knots[0] + handles[0], knots[1] - handles[1], knots[1])}"
    return start + "".join(f"S{at(knots[each] - handles[each], knots[each])}" for each in range(2, len(knots))) + "Z"


def arc(base: complex, direction: complex, length: float, bend: float = 0.0, steps: int = 8) -> list[complex]:
    """Points of a curve that leaves in a direction and turns evenly by `bend` radians on its way."""
    points, step = [base], length / steps
    for number_of_step in range(steps):
        turn = cmath.exp(1j * bend * (number_of_step + 0.5) / steps)
        points.append(points[-1] + direction * turn * step)
    return points


def along(points: Points, share: float) -> tuple[complex, complex]:
    """The point at a share of a curve, and the direction of the curve there (length 1)."""
    place = min(max(share, 0.0), 1.0) * (len(points) - 1)
    index = min(int(place), len(points) - 2)
    step = points[index + 1] - points[index]
    return points[index] + step * (place - index), step / abs(step)


def swelling(rise: float, fall: float) -> Callable[[float], float]:
    """A width along a blade, 0 at both ends and 1 at its widest; a small `fall` makes a blunt tip."""
    widest = rise / (rise + fall)
    most = widest**rise * (1 - widest) ** fall
    return lambda share: share**rise * (1 - share) ** fall / most if 0 < share < 1 else 0.0


@dataclass(frozen=True, slots=True)
class Blade:
    """A petal or a leaf: how long and broad, where it is broadest, how it bends, and what its tip is like."""

    length: float = 100
    width: float = 50
    rise: float = 1.0
    fall: float = 0.5
    bend: float = 0.0
    notch: float = 0.0  # how far the tip is drawn in, as a share of the length
    foot: float = 0.0  # width of the base, as a share of the width
    ruffle: float = 0.0  # how far the edge waves, as a share of the width
    teeth: int = 0

    def spine(self, steps: int = 8) -> list[complex]:
        """Its middle line, from the base."""
        return arc(0, UP * cmath.exp(-0.5j * self.bend), self.length, self.bend, steps)

    def sides(self) -> tuple[list[complex], list[complex]]:
        """Its left and its right edge, both from base to tip."""
        steps = self.teeth * 2 if self.teeth else 6
        shares = [(1 - math.cos(math.pi * place / steps)) / 2 for place in range(steps + 1)]
        spine, profile = self.spine(24), swelling(self.rise, self.fall)
        edges: tuple[list[complex], list[complex]] = ([], [])
        for place, share in enumerate(shares):
            point, direction = along(spine, share)
            half = self.width / 2 * (profile(share) + self.foot * (1 - share) ** 2)
            wave = self.ruffle * (1 if place % 2 else -1) * share if 0 < share < 1 else 0.0
            for edge, side in zip(edges, (-1, 1), strict=True):
                edge.append(point + direction * 1j * side * half * (1 + wave))
        tip = along(spine, 1 - self.notch)[0]
        edges[0][-1] = edges[1][-1] = tip
        return edges

    def outline(self) -> str:
        """Path data of its edge; with straight strokes where it has teeth."""
        left, right = self.sides()
        back = right[::-1]
        if self.teeth:
            return f"M{at(*left)}L{at(*back)}Z"
        return f"M{at(left[0])}{run(left)}{run(back)}Z"

    def right_half(self) -> str:
        """Path data of the half that lies in the shade."""
        _, right = self.sides()
        spine = self.spine(4)
        edge = f"L{at(*right[::-1])}" if self.teeth else f"L{at(right[-1])}{run(right[::-1])}"
        return f"{line(spine)}{edge}Z"

    def veins(self, count: int, reach: float = 0.8) -> str:
        """Path data of lines that run from the base to the tip between the two edges."""
        left, right = self.sides()
        lines = []
        for place in range(1, count + 1):
            share = place / (count + 1)
            stop = max(3, round((len(left) - 1) * (reach - abs(share - 0.5) * 0.35)))
            points = [one + (other - one) * share for one, other in zip(left, right, strict=True)][: stop + 1]
            lines.append(line(points[:: 2 if len(points) > 5 else 1]))
        return "".join(lines)

    def side_veins(self, count: int) -> str:
        """Path data of the midrib and of the veins that leave it for both edges, as leaves have them."""
        left, right = self.sides()
        spine = self.spine(24)
        lines = [line(spine[:-1:6])]
        for place in range(count):
            start = 0.12 + 0.7 * place / count
            reach = min(start + 0.17, 0.95)
            foot, direction = along(spine, start)
            for edge in (left, right):
                stop = min(len(edge) - 1, round(math.acos(1 - 2 * reach) / math.pi * (len(edge) - 1)))
                end = foot + (edge[stop] - foot) * 0.86
                lines.append(f"M{at(foot)}Q{at((foot + end) / 2 + direction * 2, end)}")
        return "".join(lines)
