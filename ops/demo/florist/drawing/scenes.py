"""A pot, a bulb with its roots, a wreath, a vase on a table."""

from __future__ import annotations

from collections.abc import Sequence

from ops.demo.florist.drawing import foliage, houseplants, paper, roots, spires, wares
from ops.demo.florist.drawing.colour import Tint, green, named
from ops.demo.florist.drawing.flora import FLOWERS, Habit
from ops.demo.florist.drawing.foliage import SPRIGS
from ops.demo.florist.drawing.layout import (
    GROUND,
    MIDDLE,
    Head,
    crown,
    curve,
    heads_of,
    leafed,
    reach_of,
    stalk,
    straps,
)
from ops.demo.florist.drawing.pen import along, arc, turned
from ops.demo.florist.drawing.sheet import Sheet, stem, use, use_towards


def potted(sheet: Sheet, plant: str, colour: Tint | None, pot: Tint, *, leaves: int, size: float) -> str:
    """A plant in its pot; a flowering one when it has a colour."""
    earth, front = wares.pot(sheet, pot)
    foot = complex(MIDDLE, GROUND - {"string of pearls": 290, "ivy": 170}.get(plant, 30))  # what hangs needs room
    rim = complex(0, -126)
    if plant in houseplants.PLANTS:
        grown = f'<g transform="translate(0 -126)">{houseplants.PLANTS[plant](sheet, leaves)}</g>'
        over = plant in ("string of pearls", "ivy")
    else:
        grown, over = _flowering(sheet, plant, colour or named("white"), leaves, rim), False
    inside = earth + front + grown if over else earth + grown + front
    return f'<g transform="translate({foot.real:g} {foot.imag:g}) scale({size:.3g})">{wares.shadow(70)}{inside}</g>'


def _flowering(sheet: Sheet, plant: str, colour: Tint, leaves: int, rim: complex) -> str:
    if plant == "orchid":
        return _orchid(sheet, colour, leaves, rim)
    flower = FLOWERS[plant]
    drawn, blooms = [], []
    if flower.leaves == "strap":
        drawn.append(straps(sheet, rim, 0.62, 5))
    elif flower.leaves:
        kind = SPRIGS[flower.leaves]
        for place in range(9):
            share = 2 * place / 8 - 1
            drawn.append(
                use(
                    foliage.sprig(sheet, kind, -share * 0.5),
                    rim + share * 34,
                    turn=share * 64,
                    scale=sheet.about(190 / kind.height, 0.1),
                )
            )
    shapes = heads_of(sheet, plant, colour, 2)
    for place in range(leaves):
        share = 0.0 if leaves == 1 else 2 * place / (leaves - 1) - 1
        points = arc(
            rim + share * 30,
            turned(share * 38),
            (290 - 70 * (place % 2)) * (0.7 if flower.habit is Habit.SPIRE else 1),
            share * 0.2,
            6,
        )
        drawn.append(stalk(shapes[place % 2], points, 0.7))
        blooms.append(crown(sheet, shapes[place % 2], points, 0.66 if flower.heads == 1 else 0.5))
    return "".join(drawn + blooms)


def _orchid(sheet: Sheet, colour: Tint, stems: int, rim: complex) -> str:
    """Two broad leaves, and arching stems with a row of blooms."""
    strap = [foliage.long_leaf(sheet, "deep", length=210, width=64, bend=side * 1.0, veins=2) for side in (-1, 1)]
    drawn = [use(strap[0], rim, turn=-52), use(strap[1], rim, turn=50), use(strap[0], rim, turn=-16, scale=0.6)]
    [head] = heads_of(sheet, "orchid", colour)
    small = spires.bud(sheet, colour, green("deep"))
    for place in range(max(1, min(stems - 2, 3))):
        side = -1 if place % 2 else 1
        points = arc(rim + side * 6, turned(-side * (22 + 4 * place)), 600 - 70 * place, side * 1.7, 10)
        drawn.append(stem(points, green("deep"), 5))
        drawn += [
            use_towards(small, along(points, share)[0], along(points, share)[1], scale=0.6) for share in (1.0, 0.94)
        ]
        drawn += [
            use(head.name, along(points, share)[0] + 18j, turn=side * 8 * index, scale=0.42 + 0.04 * index)
            for index, share in enumerate((0.86, 0.74, 0.61, 0.47))
        ]
    return "".join(drawn)


def bulbous(sheet: Sheet, plant: str, colour: Tint, stems: int) -> str:
    """A flowering bulb with its roots bare, as old plates show them."""
    stems = min(stems, 3)
    places = {1: (400,), 2: (330, 476), 3: (272, 400, 528)}[stems]
    flower = FLOWERS[plant]
    drawn, fronts = [], []
    for place, x in enumerate(places):
        foot = complex(x, 742 + (14 if place % 2 else 0))
        if flower.leaves == "strap":
            drawn.append(straps(sheet, foot, 0.74 if stems < 3 else 0.62, 3))
        [head] = heads_of(sheet, plant, colour)
        size = (1.32, 1.06, 0.92)[stems - 1] * (1 if flower.heads == 1 else 0.8)
        end = complex(400 + (x - 400) * 1.3, 215 + reach_of(flower, size) + (70 if place % 2 == (stems == 2) else 0))
        points = curve(foot, end, sheet.chance.uniform(-0.04, 0.04))
        drawn.append(stalk(head, points, 1))
        fronts.append(crown(sheet, head, points, size))
        fronts.append(_underground(sheet, plant, foot, 0.98 if stems < 3 else 0.85))
    return "".join(drawn + fronts)


def _underground(sheet: Sheet, plant: str, foot: complex, size: float) -> str:
    """A bulb, or the cluster of tubers that dahlias have."""
    if "dahlia" not in plant:
        return use(roots.bulb(sheet), foot - 2j, scale=size)
    tuber = roots.bulb(sheet, skin="#8A6242")
    return "".join(use(tuber, foot - 2j, turn=turn, scale=size, wide=0.62) for turn in (52, -50, 26, -24, 2))


def wreath(sheet: Sheet, kinds: Sequence[str], heads: Sequence[Head], ribbon: Tint, *, size: float) -> str:
    """Sprigs round a ring, blooms among them, a bow below."""
    middle, radius = complex(MIDDLE, 450), 232 * size
    drawn = []
    pieces = [foliage.sprig(sheet, SPRIGS[kind], bend) for kind in kinds for bend in (0.45, 0.7)]
    for place in range(54):
        angle = place * 360 / 54
        spot = middle + turned(angle) * radius
        turn = angle + 90 + (-26, 4, 32)[place % 3]
        drawn.append(use(pieces[place % len(pieces)], spot, turn=turn, scale=sheet.about(0.56 * size, 0.12)))
    for place, head in enumerate(heads):
        angle = 118 + place * 124 / max(len(heads) - 1, 1)
        spot = middle + turned(angle) * (radius + (-14 if place % 2 else 14))
        scale = (
            0.6 * size * head.flower.size
            if head.flower.habit is Habit.FACE
            else 0.72 * size * head.flower.size * min(1.0, 170 / head.flower.high)
        )
        drawn.append(
            use(head.name, spot, turn=angle if head.flower.habit is not Habit.FACE else place * 40, scale=scale)
        )
    return "".join(drawn) + use(paper.bow(sheet, ribbon), middle + 1j * (radius + 20), scale=1.1 * size)


def in_vessel(
    sheet: Sheet, colour: Tint, shape: str, head: Head, *, size: float, glass: bool, decor: str, stems: int = 1
) -> str:
    """A vessel on a table with a stem or three in it."""
    back, front = wares.vessel(sheet, colour, shape, glass=glass, decor=decor)
    top = wares.height_of(shape)
    drawn = [wares.shadow(wares.SHAPES[shape][0][0] + 14), back]
    for place in range(stems):
        share = 0.0 if stems == 1 else 2 * place / (stems - 1) - 1
        points = arc(
            complex(share * 8, -top * 0.5),
            turned(share * 16 + 5),
            top * 0.5 + 150 - 34 * abs(share),
            share * 0.5 + 0.22,
            6,
        )
        drawn.append(
            stalk(head, points, 0.6) + leafed(sheet, head, points[3:], 0.9, 2) + crown(sheet, head, points, 0.62)
        )
    scale = size * 1.55 * min(1.0, 290 / (top + 60))
    return f'<g transform="translate({MIDDLE} {GROUND - 40}) scale({scale:.3g})">{"".join(drawn)}{front}</g>'
