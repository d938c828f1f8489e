"""Plants as they grow in a pot: their base is at 0, the middle of the pot's rim."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable

from ops.demo.florist.drawing.colour import green, tint
from ops.demo.florist.drawing.foliage import (
    SPRIGS,
    cactus,
    frond,
    heart_leaf,
    ivy_leaf,
    long_leaf,
    monstera_leaf,
    round_leaf,
    sprig,
    succulent,
)
from ops.demo.florist.drawing.pen import Blade, along, arc, line, turned
from ops.demo.florist.drawing.sheet import Sheet, dots, filled, leaf, petal, stem, stroked, use, use_towards

Plant = Callable[[Sheet, int], str]


def _fan(sheet: Sheet, pieces: list[str], count: int, spread: float, *, low: float = 0.6) -> str:
    """Leaves from one point: the outer ones first and shorter, the middle ones last."""
    places = sorted(range(count), key=lambda place: -abs(2 * place / max(count - 1, 1) - 1))
    drawn = []
    for place in places:
        share = 2 * place / max(count - 1, 1) - 1
        size = sheet.about(1 - (1 - low) * abs(share) ** 1.5, 0.07)
        drawn.append(
            use(
                pieces[0 if share < 0 else -1],
                share * 20,
                turn=share * spread + sheet.chance.uniform(-5, 5),
                scale=size,
            )
        )
    return "".join(drawn)


def _stalked(
    sheet: Sheet, blade: str, tone: str, count: int, *, height: float, spread: float, size: float, droop: float = 28
) -> str:
    """Blades on bent stalks, as a tuft: monstera, pilea, pothos."""
    drawn = []
    for place in range(count):
        share = 2 * ((place * 0.618) % 1) - 1
        tall = height * (0.5 + 0.5 * (1 - abs(share))) * sheet.about(1, 0.16)
        points = arc(0, turned(share * spread), tall, share * 0.55, 6)
        direction = points[-1] - points[-2]
        scale = sheet.about(size, 0.12)
        drawn.append(
            (
                tall,
                stem(points, green(tone), 3.6)
                + use_towards(blade, points[-1], direction * cmath.exp(1j * math.radians(share * droop)), scale=scale),
            )
        )
    return "".join(each for _, each in sorted(drawn, key=lambda pair: -pair[0]))


def _monstera(sheet: Sheet, count: int) -> str:
    return _stalked(sheet, monstera_leaf(sheet), "deep", count + 1, height=270, spread=56, size=0.84, droop=40)


def _pilea(sheet: Sheet, count: int) -> str:
    return _stalked(sheet, round_leaf(sheet, "leaf"), "leaf", count * 3, height=270, spread=82, size=0.9)


def _hearts(sheet: Sheet, count: int) -> str:
    return _stalked(sheet, heart_leaf(sheet, "fresh"), "fresh", count * 2, height=250, spread=84, size=0.86, droop=70)


def _fern(sheet: Sheet, count: int) -> str:
    fronds = [frond(sheet, "fresh", bend=-0.9), frond(sheet, "fresh", bend=0.9)]
    return _fan(sheet, fronds, count * 2 + 1, 72)


def _palm(sheet: Sheet, count: int) -> str:
    fronds = [frond(sheet, "leaf", length=380, leaflets=13, bend=side * 1.05, width=14, reach=104) for side in (-1, 1)]
    return _fan(sheet, fronds, count + 1, 50, low=0.62)


def _snake(sheet: Sheet, count: int) -> str:
    pieces = [
        long_leaf(sheet, "dark", length=400, width=46, bend=side * 0.18, banded="#C9D0A8", fall=0.7) for side in (-1, 1)
    ]
    return _fan(sheet, pieces, count + 2, 15, low=0.6)


def _aloe(sheet: Sheet, count: int) -> str:
    pieces = [
        long_leaf(sheet, "glaucous", length=280, width=44, bend=side * -0.5, veins=2, fall=1.3) for side in (-1, 1)
    ]
    return _fan(sheet, pieces, count * 2 + 3, 64, low=0.75)


def _spider(sheet: Sheet, count: int) -> str:
    pieces = [long_leaf(sheet, "fresh", length=310, width=15, bend=side * 1.9, veins=2, fall=0.9) for side in (-1, 1)]
    return _fan(sheet, pieces, count * 3 + 3, 52, low=0.7)


def _broad(sheet: Sheet, count: int) -> str:
    blade = leaf(sheet, Blade(length=170, width=82, rise=0.75, fall=0.8), green("dark"), 10)
    return _stalked(sheet, blade, "dark", count + 3, height=210, spread=62, size=1.1)


def _calathea(sheet: Sheet, count: int) -> str:
    shade = green("deep")
    blade = Blade(length=150, width=88, rise=0.7, fall=0.6)
    marks = stroked(blade.side_veins(8), "#C7D3B0", 4.6, 0.75) + stroked(blade.side_veins(8), shade.line, 0.6, 0.6)
    piece = sheet.define(
        filled(blade.outline(), shade.mid, shade.line, 1)
        + f'<path d="{blade.right_half()}" fill="{shade.deep}" opacity=".4"/>'
        + marks
    )
    return _stalked(sheet, piece, "deep", count + 4, height=220, spread=64, size=1.0)


def _begonia(sheet: Sheet, count: int) -> str:
    shade = green("dark")
    blade = Blade(length=140, width=84, rise=0.55, fall=0.9, bend=0.5)
    spots = [complex(sheet.chance.uniform(-26, 26), -sheet.chance.uniform(24, 112)) for _ in range(15)]
    piece = sheet.define(
        filled(blade.outline(), shade.mid, shade.line, 1)
        + dots(spots, "#E4E6DC", 6, 0.85)
        + stroked(blade.side_veins(6), shade.line, 0.7, 0.5)
    )
    return _stalked(sheet, piece, "dark", count + 3, height=230, spread=70, size=0.95)


def _peace(sheet: Sheet, count: int) -> str:
    spathe = petal(sheet, Blade(length=96, width=48, rise=0.8, fall=0.8, bend=0.3), tint("#F3EFE6"), 5)
    rod = dots([-16j - 4j * place for place in range(9)], "#D8CF9A", 8)
    flower = sheet.define(use(spathe) + rod)
    blooms = "".join(
        stem(points, green("fresh"), 3.4) + use_towards(flower, points[-1], points[-1] - points[-2])
        for points in (
            arc(0, turned(angle), 330 - abs(angle), angle / 90, 6) for angle in (-20, 8, 28)[: 1 + count // 3]
        )
    )
    return blooms + _broad(sheet, count)


def _trailing(sheet: Sheet, count: int) -> str:
    """Strings of beads over the rim."""
    shade = green("glaucous")
    bead = sheet.define(
        filled(
            "M-8,0a8,8 0 1 0 16,0a8,8 0 1 0 -16,0Z", sheet.round(((0, shade.light), (1, shade.mid))), shade.line, 0.7
        )
    )
    drawn = []
    for place in range(count * 3 + 3):
        share = 2 * place / (count * 3 + 2) - 1
        points = [
            complex(share * 40, -8),
            complex(share * 100, -30 + 20 * abs(share)),
            complex(share * 122, 80),
            complex(share * 118, 130 + sheet.chance.uniform(0, 150)),
        ]
        path = [along(points, step / 20)[0] for step in range(21)]
        drawn.append(stroked(line(points), shade.line, 1, 0.8))
        drawn += [
            use(bead, spot + (4 if step % 2 else -4), scale=sheet.about(0.9, 0.15)) for step, spot in enumerate(path)
        ]
    return "".join(drawn)


def _ivy(sheet: Sheet, count: int) -> str:
    """Stems that rise a little, then hang over the rim; leaves by turns, smaller towards the tips."""
    blades, bark = [ivy_leaf(sheet, tone) for tone in ("dark", "deep")], green("dark")
    stems, leaves = [], []
    for place in range(count + 4):
        share = 2 * place / (count + 3) - 1
        rise, fall = 150 * (1 - abs(share)) + 46, 210 * abs(share) ** 1.2 * sheet.about(1, 0.25)
        points = [
            complex(share * 26, 0),
            complex(share * 74, -rise * 0.72),
            complex(share * 138, -rise + fall * 0.25),
            complex(share * 172 + sheet.chance.uniform(-16, 16), -rise * 0.62 + fall),
        ]
        stems.append(stem(points, bark, 2.4))
        for step in range(11):
            spot, direction = along(points, 0.08 + 0.092 * step)
            lean = cmath.exp(1j * math.radians((62 if step % 2 else -62) * sheet.about(1, 0.2)))
            scale = sheet.about(0.62 - 0.03 * step, 0.12)
            leaves.append((abs(share), use_towards(blades[(step + place) % 2], spot, direction * lean, scale=scale)))
        leaves.append((abs(share), use_towards(blades[0], points[-1], points[-1] - points[-2], scale=0.32)))
    return "".join(stems) + "".join(each for _, each in sorted(leaves, key=lambda pair: -pair[0]))


def _tree(name: str) -> Plant:
    def draw(sheet: Sheet, count: int) -> str:
        pieces = [sprig(sheet, SPRIGS[name], side * 0.35) for side in (-1, 1)]
        return _fan(sheet, pieces, max(1, count - 1), 12 * min(count, 5), low=0.72)

    return draw


def _bushy(name: str, *, wide: float = 42, times: int = 2) -> Plant:
    def draw(sheet: Sheet, count: int) -> str:
        pieces = [sprig(sheet, SPRIGS[name], side * 0.5) for side in (-1, 1)]
        return _fan(sheet, pieces, count * times + 1, wide, low=0.7)

    return draw


def _cactus(sheet: Sheet, count: int) -> str:
    body = cactus(sheet)
    small = use(body, -52 - 6j, turn=-8, scale=0.55) + use(body, 54 - 4j, turn=9, scale=0.48) if count > 3 else ""
    return small + use(body, scale=0.9 + 0.06 * count)


def _echeveria(sheet: Sheet, count: int) -> str:
    head = succulent(sheet, "glaucous")
    return "".join(
        use(head, point, scale=size)
        for point, size in ((-74 - 60j, 0.62), (78 - 56j, 0.58), (-82j, 1.12))[-min(count, 3) :]
    )


# House plants by the names that the catalogue gives them; the number is about how many leaves there are.
PLANTS: dict[str, Plant] = {
    "monstera": _monstera, "pilea": _pilea, "pothos": _hearts, "philodendron": _hearts, "fern": _fern, "palm": _palm,
    "snake plant": _snake, "aloe": _aloe, "spider plant": _spider, "aspidistra": _broad, "calathea": _calathea,
    "begonia": _begonia, "peace lily": _peace, "string of pearls": _trailing, "ficus": _tree("ficus"),
    "rubber plant": _tree("rubber"), "fiddle-leaf fig": _tree("fiddle"), "zz plant": _bushy("zz", wide=34, times=1),
    "jade plant": _bushy("jade", wide=60), "cactus": _cactus, "echeveria": _echeveria, "ivy": _ivy,
    "olive": _bushy("olive", wide=36), "bay": _bushy("bay", wide=30, times=1), "basil": _bushy("basil", wide=42),
    "mint": _bushy("mint", wide=46), "sage": _bushy("sage", wide=50), "parsley": _bushy("parsley", wide=56),
    "rosemary": _bushy("rosemary", wide=40), "thyme": _bushy("thyme", wide=76), "box": _bushy("box", wide=60),
    "eucalyptus": _bushy("eucalyptus", wide=34, times=1),
}  # fmt: skip
