"""Leaves and what is made of them: sprigs, fronds, and plants in pots. Bases are at 0, and they grow upwards."""

# ruff: noqa: E501 - the table has one row a line

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass, field

from ops.demo.florist.drawing.colour import Tint, green, mix, tint
from ops.demo.florist.drawing.pen import UP, Blade, along, arc, at, line, number, ring, run, turned
from ops.demo.florist.drawing.sheet import Sheet, dots, filled, leaf, petal, stem, stroked, use, use_towards


@dataclass(frozen=True, slots=True)
class Sprig:
    """A stem with leaves in pairs, by turns or in whorls."""

    blade: Blade = field(default=Blade(length=52, width=24, rise=0.8, fall=0.7))
    pairs: int = 9
    height: float = 330
    angle: float = 52
    paired: bool = True
    tone: str = "leaf"
    veins: int = 5
    bark: str = "leaf"
    taper: float = 0.55
    bend: float = 0.25


def sprig(sheet: Sheet, kind: Sprig, bend: float = 0.0) -> str:
    """Leaves along a curved stem, smaller towards the tip, and one at the end."""
    tone = green(kind.tone)
    veins = kind.veins if sheet.detail == 1 else min(kind.veins, 3)
    shapes = [leaf(sheet, _bent(sheet, kind.blade, side), tone, veins) for side in (0.35, -0.35)]
    axis = arc(0, UP, kind.height, bend or sheet.chance.uniform(-kind.bend, kind.bend), 14)
    drawn = [stem(axis[::7], green(kind.bark), 3.4)]
    for place in range(kind.pairs):
        share = 0.16 + 0.8 * place / kind.pairs
        for side in (-1, 1):
            spot, direction = along(axis, share + (0.0 if kind.paired else side * 0.2 / kind.pairs))
            lean = kind.angle * (1 - 0.35 * share) * sheet.about(1, 0.14)
            towards = direction * cmath.exp(1j * math.radians(side * lean))
            size = sheet.about(1 - kind.taper * share, 0.08)
            drawn.append(use_towards(shapes[0 if side > 0 else 1], spot, towards, scale=size))
    drawn.append(use_towards(shapes[0], axis[-1], axis[-1] - axis[-2], scale=1 - kind.taper))
    return sheet.define("".join(drawn))


def _bent(sheet: Sheet, blade: Blade, bend: float) -> Blade:
    return Blade(length=sheet.about(blade.length, 0.05), width=sheet.about(blade.width, 0.05), rise=blade.rise,
                 fall=blade.fall, bend=blade.bend + bend, notch=blade.notch, foot=blade.foot, ruffle=blade.ruffle,
                 teeth=blade.teeth)  # fmt: skip


# What the stems of cut flowers and the twigs of a bouquet carry.
SPRIGS = {
    "eucalyptus": Sprig(Blade(length=44, width=40, rise=0.7, fall=0.45), pairs=10, angle=66, tone="glaucous", bark="silver", veins=3),
    "willow eucalyptus": Sprig(Blade(length=86, width=15, rise=0.6, fall=1.0, bend=0.3), pairs=9, angle=38, paired=False, tone="glaucous", veins=2),
    "ruscus": Sprig(Blade(length=62, width=27, rise=0.8, fall=0.9), pairs=9, angle=42, paired=False, tone="deep", veins=0),
    "olive": Sprig(Blade(length=62, width=14, rise=0.9, fall=0.8), pairs=11, angle=46, tone="silver", bark="dry", veins=1),
    "rosemary": Sprig(Blade(length=34, width=4.6, rise=0.5, fall=0.4), pairs=24, angle=48, tone="deep", bark="dry", veins=0, taper=0.4),
    "lavender": Sprig(Blade(length=46, width=6, rise=0.5, fall=0.5), pairs=10, angle=30, tone="silver", bark="silver", veins=0),
    "thyme": Sprig(Blade(length=17, width=9, rise=0.8, fall=0.7), pairs=16, angle=58, tone="leaf", bark="dry", veins=1, taper=0.4),
    "bay": Sprig(Blade(length=76, width=30, rise=0.8, fall=0.8), pairs=7, angle=44, paired=False, tone="deep", veins=7),
    "basil": Sprig(Blade(length=66, width=44, rise=0.65, fall=0.75), pairs=5, angle=62, tone="fresh", veins=6, height=240),
    "mint": Sprig(Blade(length=60, width=34, rise=0.7, fall=0.8, teeth=8), pairs=6, angle=60, tone="leaf", veins=6, height=280),
    "sage": Sprig(Blade(length=70, width=25, rise=0.8, fall=0.6), pairs=6, angle=46, tone="silver", veins=8, height=260),
    "feather": Sprig(Blade(length=40, width=5, rise=0.6, fall=0.8), pairs=9, angle=44, tone="fresh", veins=0, height=120),
    "parsley": Sprig(Blade(length=46, width=44, rise=0.9, fall=0.3, teeth=5), pairs=6, angle=50, tone="fresh", veins=4, height=250),
    "rose": Sprig(Blade(length=60, width=36, rise=0.7, fall=0.7, teeth=9), pairs=4, angle=58, tone="deep", veins=6, height=200),
    "ivy": Sprig(Blade(length=50, width=56, rise=0.45, fall=1.1, notch=-0.05), pairs=8, angle=64, paired=False, tone="dark", veins=4, bend=0.9),
    "holly": Sprig(Blade(length=64, width=42, rise=0.8, fall=0.8, teeth=4), pairs=5, angle=56, paired=False, tone="dark", veins=5, height=240),
    "box": Sprig(Blade(length=26, width=15, rise=0.8, fall=0.5), pairs=13, angle=50, tone="dark", veins=2),
    "fir": Sprig(Blade(length=30, width=4.4, rise=0.4, fall=0.4), pairs=30, angle=62, tone="dark", bark="dry", veins=0, taper=0.6),
    "ficus": Sprig(Blade(length=120, width=74, rise=0.7, fall=0.65), pairs=4, angle=56, paired=False, tone="deep", veins=9, height=330, bark="dry"),
    "rubber": Sprig(Blade(length=128, width=60, rise=0.75, fall=0.75), pairs=4, angle=48, paired=False, tone="dark", veins=10, height=340),
    "fiddle": Sprig(Blade(length=128, width=92, rise=1.1, fall=0.35, ruffle=0.03), pairs=4, angle=58, paired=False, tone="leaf", veins=7, height=360, bark="dry"),
    "tomato": Sprig(Blade(length=74, width=44, rise=0.7, fall=0.8, teeth=6), pairs=5, angle=60, paired=False, tone="leaf", veins=5, height=320),
    "strawberry": Sprig(Blade(length=64, width=60, rise=0.8, fall=0.4, teeth=8), pairs=2, angle=60, tone="leaf", veins=7, height=150),
    "pea": Sprig(Blade(length=42, width=30, rise=0.7, fall=0.6), pairs=8, angle=62, tone="glaucous", veins=3, height=330, bend=0.6),
    "honesty": Sprig(Blade(length=30, width=12, rise=0.8, fall=0.7), pairs=5, angle=40, tone="dry", bark="dry", veins=0),
    "zz": Sprig(Blade(length=60, width=27, rise=0.8, fall=0.7), pairs=10, angle=46, tone="deep", veins=1, height=330, bend=0.5),
    "jade": Sprig(Blade(length=46, width=32, rise=0.8, fall=0.3), pairs=5, angle=60, tone="leaf", bark="dry", veins=0, height=170),
    "camellia": Sprig(Blade(length=70, width=38, rise=0.75, fall=0.75), pairs=6, angle=52, paired=False, tone="dark", veins=6, bark="dry"),
    "hydrangea": Sprig(Blade(length=100, width=66, rise=0.7, fall=0.75, teeth=12), pairs=2, angle=64, tone="leaf", veins=8, height=230),
}  # fmt: skip


def frond(sheet: Sheet, tone: str, *, length: float = 360, leaflets: int = 22, bend: float = 0.7, width: float = 12,
          reach: float = 84, toothed: bool = False) -> str:  # fmt: skip
    """A fern's or a palm's leaf: leaflets on both sides of a bent midrib, longest a third of the way up."""
    shade = green(tone)
    shapes = [leaf(sheet, Blade(length=reach, width=width, rise=0.6, fall=0.9, bend=side * 0.3, teeth=5 if toothed else 0),
                   shade, 0) for side in (1, -1)]  # fmt: skip
    axis = arc(0, UP * cmath.exp(-0.3j * bend), length, bend, 18)
    drawn = [stem(axis[::6], shade, 2.4)]
    for place in range(leaflets):
        share = 0.14 + 0.85 * place / leaflets
        size = math.sin(math.pi * (0.12 + 0.88 * share) ** 0.8) ** 0.8 if share < 0.97 else 0.16
        spot, direction = along(axis, share)
        for index, side in enumerate((1, -1)):
            out = direction * cmath.exp(1j * side * math.radians(72 - 26 * share))
            drawn.append(use_towards(shapes[index], spot, out, scale=max(size, 0.14)))
    return sheet.define("".join(drawn))


def long_leaf(sheet: Sheet, tone: str, *, length: float = 420, width: float = 34, bend: float = 0.0, banded: str = "",
              veins: int = 5, rise: float = 0.35, fall: float = 0.6) -> str:  # fmt: skip
    """A strap: tulip, iris, snake plant."""
    shade = green(tone)
    blade = Blade(length=length, width=width, rise=rise, fall=fall, bend=bend, foot=0.2)
    markup = filled(
        blade.outline(), sheet.upright(((0, shade.deep), (0.4, shade.mid), (1, shade.light))), shade.line, 1
    )
    markup += f'<path d="{blade.right_half()}" fill="{shade.deep}" opacity=".35"/>'
    if banded:
        markup += _bands(sheet, blade, banded)
    return sheet.define(markup + stroked(blade.veins(veins, 0.95), shade.line, 0.6, 0.45))


def _bands(sheet: Sheet, blade: Blade, colour: str) -> str:
    left, right = blade.sides()
    drawn = []
    for place in range(1, 23):
        share = place / 23
        (one, _), (other, _) = along(left, share), along(right, share)
        wave = [one + (other - one) * step / 4 + UP * (sheet.chance.uniform(-6, 6)) for step in range(5)]
        wave[0], wave[4] = one, other
        drawn.append(line(wave))
    return stroked("".join(drawn), colour, 3.4, 0.5)


def ivy_leaf(sheet: Sheet, tone: str) -> str:
    """Five lobes, the middle one longest, with pale veins to the tip of each."""
    shade = green(tone)
    tips = (-38 + 10j, -56 - 36j, -96j, 56 - 36j, 38 + 10j)
    edge = [
        0j,
        -14 + 12j,
        tips[0],
        -33 - 12j,
        tips[1],
        -22 - 48j,
        tips[2],
        22 - 48j,
        tips[3],
        33 - 12j,
        tips[4],
        14 + 12j,
    ]
    markup = filled(ring(edge), sheet.upright(((0, shade.deep), (1, shade.light))), shade.line, 0.9)
    markup += f'<path d="{ring([0j, tips[2], *edge[7:]])}" fill="{shade.deep}" opacity=".4"/>'
    veins = "".join(line([0j, tip * 0.5 + 2j, tip * 0.86]) for tip in tips)
    return sheet.define(markup + stroked(veins, "#C9D6BC", 1.5, 0.75))


def heart_leaf(sheet: Sheet, tone: str, *, size: float = 100, veins: int = 6, colour: Tint | None = None) -> str:
    """A heart with two rounded lobes: pothos, philodendron, anthurium."""
    shade = colour or green(tone)
    half = [0j, -20 + 24j, -52 + 14j, -58 - 22j, -44 - 58j, -20 - 92j, -108j]
    left = [point * size / 100 for point in half]
    right = [complex(-point.real, point.imag) for point in left]
    outline = f"M{at(left[0])}{run(left)}{run(right[::-1])}Z"
    markup = filled(outline, sheet.upright(((0, shade.mid), (1, shade.light))), shade.line, 1)
    markup += f'<path d="M0,0{run(right)}Z" fill="{shade.deep}" opacity=".45"/>'
    ribs = [f"M0,{number(-12 * place * size / 100)}Q{at(complex(side * 22, -14 * place) * size / 100, complex(side * (48 - 4.4 * place), 6 - 18 * place) * size / 100)}"
            for place in range(veins) for side in (-1, 1)]  # fmt: skip
    return sheet.define(markup + stroked(f"M0,0L0,{number(-100 * size / 100)}" + "".join(ribs), shade.line, 0.7, 0.5))


def monstera_leaf(sheet: Sheet, tone: str = "deep", size: float = 120) -> str:
    """A heart whose sides are cut almost to the midrib."""
    shade = green(tone)
    edge = [(-26, 30), (-70, 14), (-88, -22), (-84, -56), (-68, -90), (-36, -122), (0, -156)]
    left: list[complex] = [0j]
    for place in range(len(edge) - 1):
        here, there = complex(*edge[place]), complex(*edge[place + 1])
        rib = -1j * (14 + 19 * place)
        left += [here, here + (there - here) * 0.68] if place < 5 else [here]
        if place < 5:
            left.append(rib * 0.9 + (here + (there - here) * 0.8 - rib) * 0.3)
    left.append(complex(*edge[-1]))
    path = _cut(left) + "L" + _cut([complex(-point.real, point.imag) for point in left][::-1])[1:]
    scale = size / 138
    markup = filled(f"M{path[1:]}Z", sheet.upright(((0, shade.mid), (1, shade.light))), shade.line, 1.2)
    ribs = "".join(
        f"M0,{-8 - 19 * place}L{at(complex(side * abs(edge[place][0]) * 0.8, edge[place][1] * 0.9 - 8))}"
        for place in range(6)
        for side in (-1, 1)
    )
    return sheet.define(
        f'<g transform="scale({scale:.2f})">{markup}{stroked("M0,0L0,-132" + ribs, shade.line, 0.9, 0.55)}</g>'
    )


def _cut(points: list[complex]) -> str:
    """Lobes: each goes out, along the edge and back with rounded corners."""
    path = f"M{at(points[0])}"
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        path += f"L{at(here + (before - here) * 0.16)}Q{at(here, here + (after - here) * 0.16)}"
    return path + f"L{at(points[-1])}"


def round_leaf(sheet: Sheet, tone: str, size: float = 46) -> str:
    """A coin on its stalk: pilea, nasturtium."""
    shade = green(tone)
    edge = [turned(step * 30) * size * sheet.about(1, 0.03) for step in range(12)]
    spokes = "".join(f"M0,0L{at(turned(step * 40 + 10) * size * 0.8)}" for step in range(9))
    markup = filled(ring(edge), sheet.round(((0, shade.light), (0.6, shade.mid), (1, shade.deep))), shade.line, 1)
    return sheet.define(markup + stroked(spokes, shade.line, 0.6, 0.5) + dots([0j], shade.light, 4))


def succulent(sheet: Sheet, tone: str, colour: Tint | None = None, petals: int = 44) -> str:
    """A rosette of thick pointed leaves, seen from above."""
    shade = colour or green(tone)
    tips = tint(mix(of=shade.light, into="#C98A8A", share=0.25))
    shapes = [petal(sheet, Blade(width=50, rise=1.2, fall=0.6), each, 1) for each in (shade, tips)]
    drawn = [
        use(sheet.chance.choice(shapes), turn=place * 137.5, scale=0.16 + 0.84 * (1 - place / petals) ** 0.9)
        for place in range(petals)
    ]
    return sheet.define("".join(drawn))


def cactus(sheet: Sheet, tone: str = "leaf") -> str:
    """A ribbed column with spines, and a small flower."""
    shade = green(tone)
    outline = "M-52,0C-66,-70 -66,-170 -46,-214C-30,-246 30,-246 46,-214C66,-170 66,-70 52,0Z"
    body = filled(
        outline, sheet.upright(((0, shade.light), (0.5, shade.mid), (1, shade.deep)), across=True), shade.line, 1.2
    )
    ribs = "".join(f"M{x * 0.9:g},0C{x * 1.15:g},-80 {x * 1.1:g},-180 {x * 0.35:g},-234" for x in (-36, -18, 0, 18, 36))
    spots = [
        complex(x * (1.07 - 0.0006 * abs(y + 100)), y) for x in (-36, -18, 0, 18, 36) for y in range(-204, -10, 27)
    ]
    spines = "".join(f"M{at(spot)}l{at(turned(angle) * 9)}" for spot in spots for angle in (-65, 0, 65))
    bloom = "".join(
        use(petal(sheet, Blade(length=34, width=14), tint("#DE98A6"), 1), -232j, turn=angle)
        for angle in (-62, 62, -30, 30, 0)
    )
    return sheet.define(
        bloom + body + stroked(ribs, shade.line, 1, 0.55) + stroked(spines, "#EFE6CC", 1.1) + dots(spots, "#EFE6CC", 3)
    )
