"""Blooms that are seen from the side, with their base at 0: cups, spikes, umbels, ears and plumes. About 100 high."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ops.demo.florist.drawing.blooms import circle, floret
from ops.demo.florist.drawing.colour import Tint, green, mix, named, tint
from ops.demo.florist.drawing.pen import UP, Blade, along, arc, line, number, turned
from ops.demo.florist.drawing.sheet import Sheet, dots, filled, petal, stem, stroked, sunflower, use, use_towards


def tulip(sheet: Sheet, colour: Tint, kind: str = "single") -> str:
    """A cup of six petals, three of them behind; `kind`: single, lily (pointed, bent out), parrot, double."""
    fall, ruffle = {"lily": (1.0, 0.0), "parrot": (0.5, 0.16), "fringed": (0.5, 0.07)}.get(kind, (0.5, 0.0))
    lean = 0.42 if kind == "lily" else -0.3

    def shape(width: float, bend: float, length: float = 118) -> str:
        blade = Blade(
            length=sheet.about(length, 0.03), width=width, rise=0.72, fall=fall, bend=bend, foot=0.3, ruffle=ruffle
        )
        return petal(sheet, blade, colour, 7)

    behind = use(shape(56, 0), -9, turn=-11) + use(shape(56, 0), 9, turn=11) + use(shape(50, 0, 124), 0)
    sides = use(shape(60, lean), -13, turn=-15 - lean * 12) + use(shape(60, -lean), 13, turn=15 + lean * 12)
    more = use(shape(52, -0.3, 106), -8, turn=-7) + use(shape(52, 0.3, 106), 8, turn=7) if kind == "double" else ""
    front = use(shape(66, sheet.chance.uniform(-0.12, 0.12), 108), 1j, turn=sheet.chance.uniform(-3, 3))
    return sheet.define(behind + sides + more + front)


def bud(sheet: Sheet, colour: Tint, sepals: Tint) -> str:
    """A closed bud in its sepals, about 50 high."""
    body = petal(sheet, Blade(length=52, width=30, rise=0.7, fall=0.55, foot=0.3), colour, 4)
    half = petal(sheet, Blade(length=47, width=24, rise=0.7, fall=0.7, bend=0.3, foot=0.3), colour, 3)
    sepal = petal(sheet, Blade(length=34, width=11, rise=0.6, fall=1.1, bend=0.5), sepals, 1)
    other = petal(sheet, Blade(length=34, width=11, rise=0.6, fall=1.1, bend=-0.5), sepals, 1)
    hip = filled(circle(7.5, 2j), sepals.mid, sepals.line, 0.8)
    return sheet.define(
        use(body)
        + use(half, -3, turn=-7)
        + use(sepal, -4, turn=-20)
        + use(other, 4, turn=20)
        + use(sepal, 0, turn=2)
        + hip
    )


def iris(sheet: Sheet, colour: Tint, beard: str = "#D9A53C") -> str:
    """Three standards above, three falls below with a gold mark."""
    standard = petal(sheet, Blade(length=92, width=52, rise=0.9, fall=0.4, ruffle=0.03), colour, 6)
    lean_l = petal(sheet, Blade(length=86, width=44, rise=0.9, fall=0.45, bend=0.5), colour, 5)
    lean_r = petal(sheet, Blade(length=86, width=44, rise=0.9, fall=0.45, bend=-0.5), colour, 5)
    deep = tint(mix(of=colour.mid, into=colour.deep, share=0.5))
    fall_l = _fall(sheet, deep, 1.5, beard)
    fall_r = _fall(sheet, deep, -1.5, beard)
    front = _fall(sheet, deep, 0.1, beard)
    top = use(lean_l, -26j, turn=-26) + use(lean_r, -26j, turn=26) + use(standard, -24j)
    falls = use(fall_l, -22j, turn=-112) + use(fall_r, -22j, turn=112) + use(front, -28j, turn=180, scale=0.86)
    return sheet.define(top + falls)


def _fall(sheet: Sheet, colour: Tint, bend: float, beard: str) -> str:
    blade = Blade(length=88, width=54, rise=1.1, fall=0.4, bend=-bend * 0.5, ruffle=0.03)
    gold = Blade(length=46, width=13, rise=0.6, fall=0.8, bend=-bend * 0.25)
    return sheet.define(
        use(petal(sheet, blade, colour, 7)) + f'<path d="{gold.outline()}" fill="{beard}" opacity=".9"/>'
    )


def calla(sheet: Sheet, colour: Tint) -> str:
    """One furled spathe round a golden spadix."""
    back = petal(sheet, Blade(length=120, width=74, rise=0.8, fall=0.8, bend=0.3, foot=0.2), colour, 7)
    spadix = stroked(line(arc(-18j, turned(4), 58, 0.2, 4)), "#B98A2C", 11) + stroked(
        line(arc(-18j, turned(4), 58, 0.2, 4)), "#DDB24C", 8
    )
    wrap = Blade(length=82, width=58, rise=0.55, fall=0.9, bend=-0.75, foot=0.35)
    return sheet.define(use(back) + spadix + use(petal(sheet, wrap, colour, 6), 0, turn=-14))


@dataclass(frozen=True, slots=True)
class Spike:
    """Florets along a stem, large and open below, buds above."""

    floret: str = "open"  # open, bee, bell, bud, pea, mouth, star
    rows: int = 15
    height: float = 330
    breadth: float = 62
    taper: float = 0.8
    density: int = 3
    size: float = 1.5


def spike(sheet: Sheet, colour: Tint, kind: Spike, stalk: Tint) -> str:
    """From the top down, so that lower florets lie over the upper; in each row those at the sides first."""
    axis = arc(0, UP, kind.height, sheet.chance.uniform(-0.16, 0.16), 12)
    piece, small = _of_spike(sheet, colour, kind.floret), _spike_bud(sheet, colour, stalk)
    drawn = [stem(axis[::4], stalk, 4.5)]
    for row in range(kind.rows, -1, -1):
        share = row / kind.rows
        point, direction = along(axis, 0.02 + 0.96 * share)
        reach = kind.breadth / 2 * (1 - kind.taper * share**1.4)
        opened = share < 0.78
        for place in range(kind.density):
            side = (2 * (place + 0.5) / kind.density - 1) * (1 if row % 2 else -1) + sheet.chance.uniform(-0.15, 0.15)
            spot = point + direction * 1j * side * reach + direction * sheet.chance.uniform(-5, 5)
            scale = sheet.about(kind.size * (1 - 0.62 * kind.taper * share), 0.08)
            drawn.append(use_towards(piece if opened else small, spot, direction * _lean(side), scale=scale))
    drawn.append(use_towards(small, axis[-1], axis[-1] - axis[-2], scale=kind.size * 0.45))
    return sheet.define("".join(drawn))


def _lean(side: float) -> complex:
    return complex(math.cos(side * 1.0), math.sin(side * 1.0))


def _of_spike(sheet: Sheet, colour: Tint, kind: str) -> str:
    if kind == "bell":
        return _bell(sheet, colour)
    if kind == "bud":
        return _lavender_bud(sheet, colour)
    if kind == "pea":
        return _pea(sheet, colour)
    if kind == "mouth":
        return _mouth(sheet, colour)
    if kind == "bee":  # a delphinium's eye: dark in a white flower, white in all others
        pale = colour == named("white")
        return floret(sheet, colour, 5, eye="#6E6350" if pale else "#FBF7EC")
    if kind == "star":
        return floret(sheet, colour, 6, pointed=True)
    return floret(sheet, colour, 5, eye=mix(of=colour.light, into="#FFFFFF", share=0.5))


def _spike_bud(sheet: Sheet, colour: Tint, stalk: Tint) -> str:
    shade = tint(mix(of=colour.mid, into=stalk.mid, share=0.35))
    return petal(sheet, Blade(length=15, width=8.5, rise=0.7, fall=0.5), shade, 0)


def _lavender_bud(sheet: Sheet, colour: Tint) -> str:
    calyx = petal(
        sheet, Blade(length=15, width=7.5, rise=0.6, fall=0.5), tint(mix(of=colour.deep, into="#66706A", share=0.35)), 1
    )
    lobe = petal(sheet, Blade(length=9, width=7, rise=0.8, fall=0.4), colour, 0)
    return sheet.define(use(lobe, -11j, turn=-32) + use(lobe, -11j, turn=32) + use(lobe, -12j) + use(calyx))


def _bell(sheet: Sheet, colour: Tint) -> str:
    """A hanging bell with a spotted mouth."""
    outline = "M-3,0C-9,4 -9,13 -10.500,20C-7,24 7,24 10.500,20C9,13 9,4 3,0Z"
    mouth = "M-10.500,20C-7,16.500 7,16.500 10.500,20C7,25 -7,25 -10.500,20Z"
    markup = filled(outline, sheet.upright(((0, colour.light), (1, colour.deep))), colour.line, 0.7)
    markup += filled(mouth, colour.light, colour.line, 0.6) + dots(
        [-3 + 20.5j, 1 + 21.5j, 4 + 20j], colour.line, 1.3, 0.8
    )
    return sheet.define(markup)


def _pea(sheet: Sheet, colour: Tint) -> str:
    standard = petal(sheet, Blade(length=17, width=17, rise=0.7, fall=0.35), colour, 2)
    keel = petal(
        sheet, Blade(length=13, width=11, rise=0.7, fall=0.5), tint(mix(of=colour.mid, into=colour.light, share=0.6)), 1
    )
    return sheet.define(use(standard) + use(keel, 1j, turn=14) + use(keel, 1j, turn=-14))


def _mouth(sheet: Sheet, colour: Tint) -> str:
    """A snapdragon: a lip above, a pouch below."""
    lip = petal(sheet, Blade(length=15, width=18, rise=0.7, fall=0.3, notch=0.14), colour, 2)
    pouch = petal(sheet, Blade(length=14, width=19, rise=0.7, fall=0.3, notch=0.1), colour, 2)
    throat = filled(circle(4.6, 1j), "#E4C766", colour.line, 0.6)
    return sheet.define(use(lip, -1j) + use(pouch, 2j, turn=180) + throat)


def umbel(sheet: Sheet, colour: Tint, stalk: Tint, rays: int = 13, *, breadth: float = 1.0) -> str:
    """Rays from one point, each with an umbel of tiny flowers at its end; the whole about 130 high and 200 wide."""
    tiny = floret(sheet, colour, 5)
    heads = [_umbellet(sheet, tiny) for _ in range(2)]
    drawn = []
    for place in range(rays):
        share = 2 * place / (rays - 1) - 1
        points = arc(0, turned(share * 66 * breadth), 118 - 34 * abs(share) ** 2, -share * 0.55, 5)
        drawn.append(
            (abs(share), stroked(line(points), stalk.line, 2.4) + stroked(line(points), stalk.mid, 1.4), points[-1])
        )
    for share, point in ((0.5, -84 + 4j), (0.2, -40), (0.2, 8), (0.4, 46)):
        points = [0j, (point - 70j) * 0.55, point - 78j + share * 12j]
        drawn.append((share, stroked(line(points), stalk.mid, 1.6), points[-1]))
    stalks = "".join(each for _, each, _ in drawn)
    tops = "".join(
        use(heads[place % 2], point, scale=sheet.about(1 - 0.2 * share, 0.1), turn=sheet.chance.uniform(-12, 12))
        for place, (share, _, point) in enumerate(drawn)
    )
    return sheet.define(stalks + tops)


def _umbellet(sheet: Sheet, tiny: str) -> str:
    """A little umbel: its flowers, not quite evenly spread."""
    spots = [point * sheet.about(1, 0.2) for point in sunflower(13, 19)]
    return sheet.define("".join(use(tiny, complex(p.real, p.imag * 0.6), scale=sheet.about(0.46, 0.2)) for p in spots))


def cloud(sheet: Sheet, colour: Tint, stalk: Tint, *, piece: str = "", forks: int = 4, spread: float = 34) -> str:
    """Finely forked stems with a small flower at every end: gypsophila, sea lavender, wax flower. About 190 high."""
    ends: list[complex] = []
    twigs: list[str] = []

    def grow(base: complex, angle: float, length: float, left: int) -> None:
        points = arc(base, turned(angle), sheet.about(length, 0.15), sheet.chance.uniform(-0.3, 0.3), 3)
        twigs.append(line(points))
        if not left:
            ends.append(points[-1])
            return
        for side in (-1, 0, 1) if left % 2 else (-1, 1):
            grow(
                points[-1],
                angle + side * spread * sheet.about(1, 0.3) + sheet.chance.uniform(-6, 6),
                length * 0.72,
                left - 1,
            )

    grow(0, 0, 62, forks)
    small = piece or floret(sheet, colour, 6)
    flowers = "".join(use(small, end, turn=sheet.chance.uniform(0, 360), scale=sheet.about(0.62, 0.2)) for end in ends)
    return sheet.define(stroked("".join(twigs), stalk.line, 1.3, 0.9) + flowers)


def ear(sheet: Sheet, colour: Tint, *, awns: float = 62, rows: int = 11) -> str:
    """An ear of wheat or barley, about 130 high: grains in two rows, each with an awn."""
    grain = petal(sheet, Blade(length=24, width=11, rise=0.7, fall=0.7), colour, 2)
    axis = arc(0, UP, 118, sheet.chance.uniform(-0.3, 0.3), 10)
    hairs, grains = [], []
    for row in range(rows):
        point, direction = along(axis, row / rows)
        for side in (-1, 1):
            out = direction * complex(math.cos(0.42), side * math.sin(0.42))
            grains.append(use_towards(grain, point + out * 2, out, scale=1 - 0.02 * row))
            hairs.append(line(arc(point + out * 22, out, awns, -side * 0.25, 3)))
    grains.append(use_towards(grain, axis[-1], axis[-1] - axis[-2], scale=0.85))
    return sheet.define(stroked("".join(hairs), colour.line, 0.7, 0.65) + "".join(grains))


def plume(sheet: Sheet, colour: Tint, *, height: float = 190, breadth: float = 60, hairs: int = 190) -> str:
    """A plume of fine hairs round an axis: pampas, hare's tail, astilbe."""
    axis = arc(0, UP, height, sheet.chance.uniform(-0.25, 0.35), 10)
    layers = []
    for paint, width, opacity in ((colour.deep, 1.7, 0.7), (colour.mid, 1.9, 0.9), (colour.light, 1.3, 0.9)):
        strands = []
        for _ in range(hairs // 3):
            share = sheet.chance.random() ** 0.9
            point, direction = along(axis, share * 0.93)
            side = sheet.chance.choice((-1, 1))
            out = direction * complex(1, side * sheet.chance.uniform(0.1, 0.95))
            length = breadth * (0.55 + 0.45 * math.sin(math.pi * min(1, share + 0.18))) * sheet.chance.uniform(0.6, 1)
            strands.append(line(arc(point, out / abs(out), length, side * 0.55, 2)))
        layers.append(stroked("".join(strands), paint, width, opacity))
    return sheet.define(stroked(line(axis), colour.line, 2) + "".join(layers))


def catkins(sheet: Sheet, colour: Tint, bark: Tint) -> str:
    """A wand with silken buds, as pussy willow; about 300 high."""
    axis = arc(0, UP, 300, sheet.chance.uniform(-0.2, 0.2), 10)
    silk = petal(sheet, Blade(length=26, width=15, rise=0.6, fall=0.4), colour, 4)
    drawn = [stem(axis, bark, 4)]
    for place in range(11):
        point, direction = along(axis, 0.1 + 0.085 * place)
        side = 1 if place % 2 else -1
        drawn.append(use_towards(silk, point, direction * complex(0.9, side * 0.5), scale=1.1 - 0.04 * place))
    return sheet.define("".join(drawn))


def pods(sheet: Sheet, colour: Tint, kind: str) -> str:
    """A dry head: `poppy` pod with its crown, `lunaria` discs, `thistle` ball, `button` ball."""
    if kind == "poppy":
        crown = "".join(
            f"M0,-86L{number(end.real)},{number(end.imag)}"
            for end in (-86j + turned(a) * 26 for a in range(-90, 91, 30))
        )
        body = "M-7,0C-44,-14 -40,-74 -16,-84L16,-84C40,-74 44,-14 7,0Z"
        ribs = "M-12,-4C-26,-30 -22,-66 -9,-82M12,-4C26,-30 22,-66 9,-82M0,-2L0,-84"
        markup = filled(
            body, sheet.upright(((0, colour.light), (0.6, colour.mid), (1, colour.deep)), across=True), colour.line, 1
        )
        lid = filled("M-30,-86C-20,-96 20,-96 30,-86C20,-79 -20,-79 -30,-86Z", colour.mid, colour.line, 1)
        return sheet.define(markup + stroked(ribs, colour.line, 0.7, 0.5) + lid + stroked(crown, colour.line, 1.2))
    if kind == "lunaria":
        disc = filled(circle(24, -24j), sheet.round(((0, "#F6F1E2"), (1, colour.mid))), colour.line, 0.9)
        seeds = dots([-3 - 20j, 5 - 28j, -5 - 32j], colour.deep, 5, 0.55)
        return sheet.define(disc + seeds + stroked("M0,-48L0,-55", colour.line, 1))
    return _ball(sheet, colour, spines=kind == "thistle")


def _ball(sheet: Sheet, colour: Tint, *, spines: bool) -> str:
    seeds = [point - 46j for point in sunflower(120, 43)]
    markup = filled(circle(45, -46j), sheet.round(((0, colour.mid), (1, colour.deep))), colour.line, 0.9)
    if spines:
        hairs = "".join(
            f"M{number(s.real)} {number(s.imag)}l{number((s + 46j).real * 0.26)} {number((s + 46j).imag * 0.26)}"
            for s in seeds
        )
        return sheet.define(markup + stroked(hairs, colour.line, 2.2, 0.8) + stroked(hairs, colour.light, 1.1))
    return sheet.define(
        markup + dots(seeds, colour.line, 7, 0.7) + dots([s - 0.5 - 0.8j for s in seeds], colour.light, 5, 0.85)
    )


def hip_cluster(sheet: Sheet, colour: Tint, stalk: Tint, kind: str = "berry") -> str:
    """Berries, chillies or fruits that hang from forks, about 110 high."""
    drawn = []
    for place in range(7):
        angle = -60 + place * 20 + sheet.chance.uniform(-5, 5)
        points = arc(0, turned(angle), 60 + 34 * math.cos(math.radians(angle * 1.4)), 0.2 * math.copysign(1, angle), 3)
        drawn.append(stroked(line(points), stalk.line, 2.2) + stroked(line(points), stalk.mid, 1.3))
        drawn.append(use(_fruit(sheet, colour, kind), points[-1], turn=angle * 0.4))
    return sheet.define("".join(drawn))


def _fruit(sheet: Sheet, colour: Tint, kind: str) -> str:
    if kind == "chilli":
        return petal(sheet, Blade(length=54, width=15, rise=0.35, fall=1.0, bend=0.3), colour, 1, deep_base=False)
    if kind == "strawberry":
        berry = filled(
            "M0,-4C-26,-8 -22,16 0,36C22,16 26,-8 0,-4Z",
            sheet.round(((0, colour.light), (0.5, colour.mid), (1, colour.deep))),
            colour.line,
            0.8,
        )
        pips = dots([-9 + 4j, 9 + 4j, 0 + 10j, -5 + 17j, 6 + 18j, 0 + 26j, 0j], "#EBD79A", 2.2)
        cap = "".join(
            use(petal(sheet, Blade(length=14, width=6), green("leaf"), 0), -3j, turn=turn)
            for turn in (-90, -45, 45, 90)
        )
        return sheet.define(berry + pips + cap)
    if kind == "tomato":
        skin = filled(
            circle(18, -6j), sheet.round(((0, colour.light), (0.5, colour.mid), (1, colour.deep))), colour.line, 0.8
        )
        star = "".join(
            use(petal(sheet, Blade(length=15, width=5), green("leaf"), 0), -20j, turn=turn)
            for turn in range(100, 300, 40)
        )
        return sheet.define(skin + dots([-7 - 12j], "#FFFFFF", 5, 0.6) + star)
    ball = filled(
        circle(11.5, -9j), sheet.round(((0, colour.light), (0.45, colour.mid), (1, colour.deep))), colour.line, 0.8
    )
    return sheet.define(ball + dots([-4 - 13j], "#FFFFFF", 3.4, 0.7) + dots([-20j], colour.line, 2.6))
