"""How a plate is filled: a specimen, a sheaf, a bunch, a pot, a bulb, a wreath, or a thing on a table."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ops.demo.florist.drawing import foliage, paper, spires
from ops.demo.florist.drawing.colour import Tint, green
from ops.demo.florist.drawing.flora import FLOWERS, Flower, Habit
from ops.demo.florist.drawing.foliage import SPRIGS
from ops.demo.florist.drawing.pen import along, arc, turned
from ops.demo.florist.drawing.sheet import Sheet, leaf, stem, sunflower, use, use_towards

WIDTH, HEIGHT = 800, 1000
SPIRES_MAX = 17  # more of them would hide one another
MIDDLE, GROUND = 400, 880


@dataclass(frozen=True, slots=True)
class Head:
    """A bloom that is ready to be used, and the flower that it is of."""

    name: str
    flower: Flower
    colour: Tint


def heads_of(sheet: Sheet, plant: str, colour: Tint, variety: int = 1) -> list[Head]:
    """Some blooms of one plant, each a little different."""
    flower = FLOWERS[plant]
    return [Head(flower.bloom(sheet, colour), flower, colour) for _ in range(variety)]


def curve(start: complex, end: complex, bulge: float, steps: int = 4) -> list[complex]:
    """A curve from one point to another that swings out to one side."""
    way = end - start
    return [
        start + way * step / steps + way * 1j * bulge * math.sin(math.pi * step / steps) for step in range(steps + 1)
    ]


def _bloom(head: Head, points: Sequence[complex], scale: float, sheet: Sheet) -> str:
    """The bloom at the end of its stalk."""
    direction = points[-1] - points[-2]
    size = scale * head.flower.size
    if head.flower.habit is Habit.FACE:
        return use(
            head.name,
            points[-1],
            turn=sheet.chance.uniform(-16, 16) + math.degrees(cmath.phase(direction / -1j)),
            scale=size,
        )
    return use_towards(head.name, points[-1], direction, scale=size)


def leafed(sheet: Sheet, head: Head, points: Sequence[complex], size: float, count: int) -> str:
    """Single leaves along a stalk, alternating."""
    if head.flower.leaves in ("", "strap") or not count:
        return ""
    kind = SPRIGS[head.flower.leaves]
    pieces = leaves_of(sheet, head.flower.leaves)
    drawn = []
    for place in range(count):
        spot, direction = along(points, 0.2 + 0.52 * place / max(count, 1))
        side = 1 if place % 2 else -1
        out = direction * cmath.exp(1j * math.radians(side * kind.angle))
        drawn.append(use_towards(pieces[place % 2], spot, out, scale=sheet.about(size, 0.12)))
    return "".join(drawn)


def leaves_of(sheet: Sheet, name: str) -> list[str]:
    """A leaf that bends to the right and one to the left; the same two all over a plate."""
    kind = SPRIGS[name]
    if name == "feather":
        return [
            foliage.frond(sheet, kind.tone, length=84, leaflets=7, bend=bend, width=4.5, reach=38)
            for bend in (0.5, -0.5)
        ]
    blades = [replace(kind.blade, bend=kind.blade.bend + bend) for bend in (0.35, -0.35)]
    return [leaf(sheet, blade, green(kind.tone), kind.veins) for blade in blades]


def stalk(head: Head, points: Sequence[complex], scale: float = 1.0) -> str:
    tone = "dry" if head.flower.woody else head.flower.stalk
    return stem(points, green(tone), max(1.4, head.flower.thick * scale))


def straps(sheet: Sheet, foot: complex, size: float, count: int = 3) -> str:
    drawn = []
    for place in range(count):
        share = 2 * place / max(count - 1, 1) - 1
        piece = foliage.long_leaf(sheet, "glaucous", length=430, width=54, bend=share * 0.7 + 0.1, veins=6)
        drawn.append(
            use(
                piece,
                foot + share * 16,
                turn=share * 24 + sheet.chance.uniform(-3, 3),
                scale=sheet.about(size * (1 - 0.3 * abs(share)), 0.08),
            )
        )
    return "".join(drawn)


def specimen(
    sheet: Sheet, plant: str, colour: Tint, stems: int, *, foot: float = GROUND, top: float = 250, size: float = 1.5
) -> str:
    """One to three stems as a botanist lays them on the sheet: blooms, a bud, leaves."""
    flower = FLOWERS[plant]
    if flower.habit is Habit.SPIRE:
        twig = not flower.leaves and 240 <= flower.high < 350  # leaves all the way up, and no bloom above them
        size *= 1.25 if twig else min(1.0, 215 / flower.high) ** 0.8
    size = size if stems == 1 else size * (0.82 if stems == 2 else 0.7)
    ends = {1: (390,), 2: (300, 512), 3: (262, 412, 560)}[min(stems, 3)]
    drawn, fronts = [], []
    if flower.leaves == "strap":
        drawn.append(straps(sheet, complex(MIDDLE, foot), (foot - top) / 620, 3 + stems % 2))
    close = 0.5 if flower.habit is Habit.SPIRE and flower.high > 240 else 1.0
    for place, x in enumerate(MIDDLE + (each - MIDDLE) * close for each in ends):
        [head] = heads_of(sheet, plant, colour)
        reach = reach_of(flower, size)
        end = complex(x, top + reach + (0, 86, 30)[place] * (1 if stems > 1 else 0))
        foot_point = complex(MIDDLE + (x - MIDDLE) * 0.12, foot)
        swing = 0.25 if flower.habit is Habit.SPIRE else 1  # a long spire goes on where its stalk points
        points = curve(foot_point, end, swing * sheet.chance.choice((-1, 1)) * sheet.chance.uniform(0.03, 0.07))
        drawn.append(stalk(head, points, 1.25 if stems == 1 else 1.0))
        drawn.append(_side_shoots(sheet, head, points, size) if flower.heads == 1 else "")
        drawn.append(leafed(sheet, head, points, 2.0 if stems == 1 else 1.5, 4 if stems == 1 else 3))
        fronts.append(crown(sheet, head, points, size))
    return "".join(drawn + fronts)


def reach_of(flower: Flower, size: float) -> float:
    """How far below the top of the plate a stalk ends, so that its bloom fits."""
    return {
        Habit.FACE: 60 * size,
        Habit.CUP: 120 * size * flower.size * 0.75,
        Habit.SPIRE: 0.9 * flower.high * size * flower.size,
    }[flower.habit]


def _side_shoots(sheet: Sheet, head: Head, points: Sequence[complex], size: float) -> str:
    """A bud on a shoot of its own, for flowers that look at you."""
    if head.flower.habit is not Habit.FACE or head.flower.leaves == "strap":
        return ""
    side = sheet.chance.choice((-1, 1))
    spot, direction = along(points, 0.46)
    shoot = arc(spot, direction * cmath.exp(0.75j * side), 190 * size / 1.5, -0.5 * side, 6)
    green_ = green(head.flower.stalk)
    closed = spires.bud(sheet, head.colour, green_)
    return stem(shoot, green_, head.flower.thick * 0.75) + use_towards(
        closed, shoot[-1], shoot[-1] - shoot[-2], scale=1.25 * size / 1.5 * head.flower.size
    )


def crown(sheet: Sheet, head: Head, points: Sequence[complex], size: float) -> str:
    """What a stem bears: one bloom, or several on short stalks."""
    if head.flower.heads == 1:
        return _bloom(head, points, size, sheet)
    drawn, blooms = [], []
    for place in range(head.flower.heads):
        share = 2 * place / (head.flower.heads - 1) - 1
        spot, direction = along(points, 1.0 - 0.16 * abs(share))
        shoot = arc(
            spot - direction * 60 * size,
            direction * cmath.exp(1j * share * 0.85),
            (150 + 30 * (place % 2)) * size,
            -share * 0.3,
            5,
        )
        drawn.append(stem(shoot, green(head.flower.stalk), head.flower.thick * 0.7))
        blooms.append((abs(share), _bloom(head, shoot, size * 1.05, sheet)))
    return "".join(drawn) + "".join(each for _, each in sorted(blooms, key=lambda pair: -pair[0]))


def sheaf(sheet: Sheet, plant: str, colour: Tint, stems: int) -> str:
    """Up to ten stems that cross low on the plate, their blooms at different heights, all of them to be seen."""
    flower = FLOWERS[plant]
    shapes = heads_of(sheet, plant, colour, 2)
    knot = complex(MIDDLE, 770)
    size = {Habit.FACE: 2.5, Habit.CUP: 2.9, Habit.SPIRE: 2.1}[flower.habit] / math.sqrt(stems) * 0.92
    size = min(size, 1.2) / (1 if flower.heads == 1 else 1.25)
    spots = [each * turned(sheet.chance.uniform(0, 50)) / -1j for each in sunflower(stems, 1.12)]
    blooms, drawn = [], []
    for place, spot in enumerate(sorted(spots, key=lambda each: each.imag)):
        x, y = spot.real, (spot.imag + 1) / 2
        head = shapes[place % 2]
        end = complex(MIDDLE + x * _breadth(flower), 200 + y * 300 + reach_of(flower, size) * 0.8)
        points = curve(knot + x * 8, end, x * -0.07 + sheet.chance.uniform(-0.03, 0.03))
        tail = [knot + x * 8, knot + complex(-x * 30 + sheet.chance.uniform(-8, 8), 60), knot + complex(-x * 62, 122)]
        drawn.append(stalk(head, tail, 0.8) + stalk(head, points, 0.8) + leafed(sheet, head, points, 1.25, 2))
        blooms.append((y + 0.3 * abs(x), crown(sheet, head, points, size)))
    long = straps(sheet, complex(MIDDLE, 850), 0.95, 4) if flower.leaves == "strap" else ""
    return long + "".join(drawn) + "".join(each for _, each in sorted(blooms))


def _breadth(flower: Flower) -> float:
    """How far from the middle the outermost stalks end; long spires lean out further by themselves."""
    if flower.habit is Habit.SPIRE:
        return 190 - 0.36 * flower.high
    return 215


def bunch(sheet: Sheet, heads: Sequence[Head], greens: Sequence[str], ribbon: Tint, *, spread: float = 1.0) -> str:
    """A hand-tied dome: greens behind, spires through it, blooms over them, stems under a ribbon."""
    knot, middle = complex(MIDDLE, 716), complex(MIDDLE, 372)
    across, high = 236 * spread, 214 * spread
    faces = [head for head in heads if head.flower.habit is not Habit.SPIRE]
    tall = [head for head in heads if head.flower.habit is Habit.SPIRE]
    drawn = [_tails(sheet, knot, len(heads), heads)]
    drawn.append(_greenery(sheet, knot, greens, across + high))
    drawn.append(_fanned(sheet, knot, tall, spread, alone=not faces))
    size = min(1.0, math.sqrt(1.55 * across * high / max(len(faces), 1)) / 100)
    stalks, blooms = [], []
    turn = turned(sheet.chance.uniform(0, 360))
    for head, place in zip(faces, sunflower(max(len(faces), 1), 1.0), strict=False):
        point = place * turn
        edge = abs(point)
        spot = middle + complex(point.real * across, point.imag * high)
        out = (spot - knot) / abs(spot - knot)
        spot -= out * (70 * size * head.flower.size if head.flower.habit is Habit.CUP else 0)
        if point.imag > -0.15 or len(faces) < 12:  # the others are hidden behind the dome
            stalks.append(stalk(head, curve(knot, spot, point.real * -0.12, 2), 0.6))
        blooms.append((-edge, _domed(head, spot, out, size, edge)))
    return "".join(drawn + stalks) + "".join(each for _, each in sorted(blooms)) + use(paper.tie(sheet, ribbon), knot)


def _domed(head: Head, spot: complex, out: complex, size: float, edge: float) -> str:
    """A bloom on the dome; at its edge it looks away, and is therefore foreshortened."""
    scale = size * head.flower.size * (1.06 if head.flower.heads == 1 else 1.2)
    if head.flower.habit is Habit.CUP:
        return use_towards(head.name, spot, out, scale=scale * 1.3)
    flat = 1 - 0.2 * edge * edge
    return use_towards(head.name, spot, out, scale=scale * flat, wide=1 / flat)


def _tails(sheet: Sheet, knot: complex, count: int, heads: Sequence[Head]) -> str:
    """The cut ends of the stems, crossed as in a spiral."""
    drawn = []
    shown = min(count, 16)
    for place in range(shown):
        share = 2 * place / max(shown - 1, 1) - 1
        points = [
            knot + share * 24,
            knot + complex(share * 86 + sheet.chance.uniform(-7, 7), 168 + sheet.chance.uniform(-14, 6)),
        ]
        drawn.append(stalk(heads[place % len(heads)], points, 0.72))
    return "".join(drawn)


def _greenery(sheet: Sheet, knot: complex, greens: Sequence[str], reach: float) -> str:
    pieces = {
        (kind, right): foliage.sprig(sheet, SPRIGS[kind], -0.35 if right else 0.35)
        for kind in greens
        for right in (False, True)
    }
    drawn = []
    for place in range(11 if greens else 0):
        kind = greens[place % len(greens)]
        share = 2 * place / 10 - 1
        piece = pieces[kind, share > 0]
        length = reach * (1.26 - 0.34 * abs(share)) / (SPRIGS[kind].height + 40)
        drawn.append(use(piece, knot + turned(share * 62) * 40, turn=share * 60, scale=sheet.about(length, 0.05)))
    return "".join(drawn)


def _fanned(sheet: Sheet, knot: complex, tall: Sequence[Head], spread: float, *, alone: bool) -> str:
    """Spires as a fan, the back row higher."""
    drawn = []
    many = min(len(tall), SPIRES_MAX)
    for place, head in enumerate(tall[:many]):
        share = 0.0 if many == 1 else 2 * ((place * 0.618 + 0.2) % 1) - 1
        size = spread * (0.86 if alone else 0.85) * min(1.5, 330 / head.flower.high) ** 0.5 / (1 if many < 16 else 1.15)
        size = size if head.flower.habit is not Habit.SPIRE or head.flower.high > 150 else size * 0.9
        depth = 0.46 * ((place * 0.7549) % 1) if alone else 0.1 * (place % 2)
        top = spread * (590 - 120 * abs(share)) * (1.0 - depth) * (1.0 if alone else 1.1)
        far = max(60.0, top - head.flower.high * size * head.flower.size)
        points = arc(knot, turned(share * (40 if alone else 34)), far, share * 0.24, 3)
        drawn.append(
            (
                far,
                stalk(head, points, 0.75)
                + leafed(sheet, head, points, 0.9, 2 if alone and many <= 10 else 0)
                + _bloom(head, points, size, sheet),
            )
        )
    return "".join(each for _, each in sorted(drawn, key=lambda pair: -pair[0]))
