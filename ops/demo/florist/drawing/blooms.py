"""Blooms that look at you: rosettes, rays, cups of few petals. Each is about 100 from its middle to its edge."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from ops.demo.florist.drawing.colour import Tint, green, mix, tint
from ops.demo.florist.drawing.pen import Blade, arc, at, line, number, ring, turned
from ops.demo.florist.drawing.sheet import Sheet, dots, filled, petal, stroked, sunflower, use


@dataclass(frozen=True, slots=True)
class Rosette:
    """A double flower: how many petals, of what shape, and how they grow smaller towards the heart."""

    petals: int = 34
    blade: Blade = field(default=Blade(width=104, rise=0.75, fall=0.32, notch=0.05))
    inmost: float = 0.2
    hasten: float = 0.8  # below 1: many large petals; above: many small ones
    veins: int = 4
    heart: str = "swirl"  # swirl, green, open, none
    tilt: float = 0.9
    wide_inside: float = 1.0
    rings: int = 0  # petals in so many rings instead of a spiral


def rosette(sheet: Sheet, colour: Tint, kind: Rosette) -> str:
    """Petals from the outermost inwards, each turned by the golden angle, the inner ones deeper in colour."""
    shades = _deepening(colour)
    veins = kind.veins if sheet.detail > 0.6 else 0
    shapes = [
        [petal(sheet, _varied(sheet, kind.blade), shade, veins) for _ in range(2 if sheet.detail > 0.6 else 1)]
        for shade in shades
    ]
    drawn = []
    petals = round(kind.petals * sheet.detail) if kind.petals > 24 and not kind.rings else kind.petals
    for place in range(petals):
        share = place / petals
        size = kind.inmost + (1 - kind.inmost) * (1 - share) ** kind.hasten
        shape = sheet.chance.choice(shapes[min(2, int(share * 3))])
        wide = 1 + (kind.wide_inside - 1) * share
        turn = _turn_of(place, kind) + sheet.chance.uniform(-6, 6)
        drawn.append(use(shape, -3j * share, turn=turn, scale=sheet.about(size, 0.04), wide=wide))
    drawn.append(_heart(sheet, colour, kind))
    return sheet.define(f'<g transform="scale(1 {kind.tilt:g})">{"".join(drawn)}</g>')


def _turn_of(place: int, kind: Rosette) -> float:
    if not kind.rings:
        return place * 137.508
    each = kind.petals // kind.rings
    return place % each * 360 / each + place // each * 180 / each


def _deepening(colour: Tint) -> tuple[Tint, Tint, Tint]:
    """Three pigments from the outer petals to the heart."""
    inner = mix(of=colour.mid, into=colour.deep, share=0.4)
    pale = mix(of=colour.mid, into=colour.light, share=0.35)
    return tint(pale), colour, tint(inner)


def _varied(sheet: Sheet, blade: Blade) -> Blade:
    return Blade(
        length=sheet.about(blade.length, 0.05),
        width=sheet.about(blade.width, 0.08),
        rise=blade.rise,
        fall=blade.fall,
        bend=blade.bend + sheet.chance.uniform(-0.14, 0.14),
        notch=max(0.0, blade.notch + sheet.chance.uniform(-0.03, 0.03)),
        foot=blade.foot,
        ruffle=blade.ruffle,
        teeth=blade.teeth,
    )


def _heart(sheet: Sheet, colour: Tint, kind: Rosette) -> str:
    if kind.heart == "swirl":
        return _swirl(sheet, colour)
    if kind.heart == "green":
        leafy = green("fresh")
        return filled(circle(12), sheet.round(((0, leafy.deep), (1, leafy.mid))), leafy.line, 0.6) + dots(
            sunflower(14, 9), leafy.line, 1.6, 0.7
        )
    if kind.heart == "open":
        return stamens(sheet, 26, 24)
    return ""


def _swirl(sheet: Sheet, colour: Tint) -> str:
    """The furled heart of a rose: crescents, each within the one before."""
    drawn = [filled(circle(19), sheet.round(((0, colour.deep), (1, colour.mid))), colour.line, 0.7)]
    for place, radius in enumerate((17, 13.5, 10, 7, 4)):
        start = place * 140 + sheet.chance.uniform(0, 40)
        points = [turned(start + step * 38) * (radius - step * 0.35) for step in range(6)]
        drawn.append(stroked(line(points), colour.line, 0.9, 0.75))
        drawn.append(stroked(line([point * 0.93 for point in points]), colour.light, 1.3, 0.5))
    return "".join(drawn)


def circle(radius: float, middle: complex = 0) -> str:
    """Path data of a circle."""
    half = f"a{number(radius)} {number(radius)} 0 1 0"
    start = at(middle - radius)
    return f"M{start}{half} {number(2 * radius)} 0{half} {number(-2 * radius)} 0Z"


def stamens(sheet: Sheet, count: int, reach: float, anther: str = "#C9962F", thread: str = "#D9CF9C") -> str:
    """A tuft of threads with anthers at their ends."""
    ends = [point * sheet.about(1, 0.12) for point in sunflower(count, reach)]
    threads = "".join(f"M0 0L{number(end.real)} {number(end.imag)}" for end in ends)
    return (
        stroked(threads, thread, 0.9, 0.9)
        + dots(ends, mix(of=anther, into="#2B201F", share=0.45), 4.6)
        + dots([end - 0.4 - 0.5j for end in ends], anther, 3.4)
    )


@dataclass(frozen=True, slots=True)
class Rays:
    """A daisy: its rays, in one ring or more, and its disc."""

    count: int = 21
    blade: Blade = field(default=Blade(width=24, rise=0.8, fall=0.3, notch=0.03))
    layers: int = 1
    disc: float = 30
    disc_colour: str = "#C7932F"
    veins: int = 2
    tilt: float = 0.94
    dome: float = 0  # how far the disc rises, as a coneflower's
    seeds: int = 110


def rays(sheet: Sheet, colour: Tint, kind: Rays) -> str:
    """A ring of rays round a disc of florets that lie as seeds do."""
    shapes = [
        petal(sheet, _varied(sheet, kind.blade), colour, kind.veins) for _ in range(4 if sheet.detail == 1 else 2)
    ]
    drawn = []
    for layer in range(kind.layers):
        step = 360 / kind.count
        for place in range(kind.count):
            turn = place * step + layer * step / kind.layers + sheet.chance.uniform(-step, step) * 0.16
            size = sheet.about(1 - 0.17 * layer, 0.05)
            drawn.append(use(sheet.chance.choice(shapes), turn=turn, scale=size))
    drawn.append(_disc(sheet, kind))
    return sheet.define(f'<g transform="scale(1 {kind.tilt:g})">{"".join(drawn)}</g>')


def _disc(sheet: Sheet, kind: Rays) -> str:
    shade = tint(kind.disc_colour)
    count = round(kind.seeds * sheet.detail)
    seeds = [
        point - 1j * kind.dome * (1 - (abs(point) / kind.disc) ** 2) for point in sunflower(count, kind.disc * 0.94)
    ]
    size = kind.disc * 1.65 / math.sqrt(count)
    dark = mix(of=shade.deep, into="#241A16", share=0.35)
    outer = [seed for place, seed in enumerate(seeds) if place > count * 0.28]
    return (
        filled(circle(kind.disc), sheet.round(((0, dark), (0.7, shade.deep), (1, dark))), shade.line, 0.9)
        + dots(seeds, shade.line, size)
        + dots([seed - 0.2 - 0.4j for seed in seeds], shade.deep, size * 0.72)
        + dots([seed - 0.3 - 0.7j for seed in outer], mix(of=shade.mid, into=shade.light, share=0.25), size * 0.5)
    )


@dataclass(frozen=True, slots=True)
class Open:
    """A flower of few broad petals round an eye: anemone, poppy, cosmos, pansy."""

    petals: int = 6
    blade: Blade = field(default=Blade(width=92, rise=0.9, fall=0.35))
    layers: int = 1
    eye: str = "dark"  # dark, gold, pod
    eye_size: float = 20
    veins: int = 7
    tilt: float = 0.92
    halo: bool = False  # a pale ring round the eye


def opened(sheet: Sheet, colour: Tint, kind: Open) -> str:
    """Broad petals that overlap, the lower ring first, and the eye."""
    drawn = []
    step = 360 / kind.petals
    for layer in range(kind.layers):
        shapes = [
            petal(sheet, _varied(sheet, kind.blade), colour, kind.veins) for _ in range(3 if sheet.detail == 1 else 2)
        ]
        for place in range(kind.petals):
            turn = place * step + layer * step / 2 + sheet.chance.uniform(-5, 5)
            drawn.append(use(sheet.chance.choice(shapes), turn=turn, scale=sheet.about(1 - 0.16 * layer, 0.05)))
    drawn.append(_eye(sheet, kind))
    return sheet.define(f'<g transform="scale(1 {kind.tilt:g})">{"".join(drawn)}</g>')


def _eye(sheet: Sheet, kind: Open) -> str:
    size = kind.eye_size
    halo = f'<circle r="{size * 1.9:g}" fill="#F7F2E6" opacity=".75"/>' if kind.halo else ""
    if kind.eye == "gold":
        return halo + stamens(sheet, 34, size * 1.35) + dots(sunflower(12, size * 0.4), "#A9B36B", 4)
    if kind.eye == "pod":
        leafy = green("fresh")
        spokes = "".join(
            f"M0 0L{number(end.real)} {number(end.imag)}"
            for end in (turned(each * 40) * size * 0.62 for each in range(9))
        )
        pod = filled(circle(size * 0.7), sheet.round(((0, leafy.light), (1, leafy.mid))), leafy.line, 0.9)
        return halo + stamens(sheet, 46, size * 1.7, "#4A4350", "#6B6070") + pod + stroked(spokes, leafy.line, 1.6, 0.8)
    dark = "#2C2838"
    tuft = stamens(sheet, 52, size * 1.75, "#3B3650", "#4C4762")
    return (
        halo
        + tuft
        + filled(circle(size * 0.72), sheet.round(((0, "#56506E"), (1, dark))), "#1C1926", 0.8)
        + dots(sunflower(30, size * 0.6), "#6F6988", 1.6)
    )


@dataclass(frozen=True, slots=True)
class Star:
    """A flower of two times three tepals that bend back, with long stamens: lilies and their kin."""

    blade: Blade = field(default=Blade(length=112, width=46, rise=1.1, fall=0.75))
    narrow: float = 0.74
    tilt: float = 0.86
    spots: bool = False
    stripe: str = ""  # colour of a band along each tepal
    throat: str = "#C9CF8E"
    anther: str = "#8A4A22"
    stamen: float = 58


def star(sheet: Sheet, colour: Tint, kind: Star) -> str:
    """Three narrow tepals behind, three broad ones before, the throat, six stamens and the style."""
    drawn = []
    for layer, wide in enumerate((kind.narrow, 1.0)):
        blade = replace(kind.blade, width=kind.blade.width * wide, ruffle=0.03)
        tepals = [_tepal(sheet, _varied(sheet, blade), colour, kind) for _ in range(3 if sheet.detail == 1 else 1)]
        for place in range(3):
            turn = place * 120 + layer * 60 + sheet.chance.uniform(-5, 5)
            drawn.append(use(tepals[place % len(tepals)], turn=turn))
    drawn.append(f'<circle r="13" fill="{sheet.round(((0, kind.throat), (0.55, kind.throat), (1, colour.mid)))}"/>')
    drawn.append(_long_stamens(sheet, kind))
    return sheet.define(f'<g transform="scale(1 {kind.tilt:g})">{"".join(drawn)}</g>')


def _tepal(sheet: Sheet, blade: Blade, colour: Tint, kind: Star) -> str:
    paint = sheet.upright(((0, kind.throat), (0.18, colour.deep), (0.45, colour.mid), (1, colour.light)))
    markup = filled(blade.outline(), paint, colour.line, 0.9)
    spine = blade.spine(24)
    if kind.stripe:
        band = Blade(length=blade.length * 0.86, width=blade.width * 0.34, rise=0.6, fall=0.9, bend=blade.bend * 0.9)
        markup += f'<path d="{band.outline()}" fill="{kind.stripe}" opacity=".6"/>'
    markup += stroked(line(spine[2:22:5]), colour.deep, 2.2, 0.7) + stroked(blade.veins(6, 0.85), colour.line, 0.5, 0.4)
    if kind.spots:
        markup += dots(_spots(sheet, spine, blade.width), colour.line, 2.3, 0.85)
    return sheet.define(markup)


def _spots(sheet: Sheet, spine: list[complex], width: float) -> list[complex]:
    places = [sheet.chance.uniform(0.18, 0.55) for _ in range(16)]
    return [
        spine[int(place * 24)] + sheet.chance.uniform(-0.26, 0.26) * width * math.sin(place * 3) for place in places
    ]


def _long_stamens(sheet: Sheet, kind: Star) -> str:
    drawn = []
    for place in range(6):
        direction = turned(place * 60 + 30 + sheet.chance.uniform(-14, 14))
        points = arc(0, direction, kind.stamen * sheet.about(1, 0.1), sheet.chance.uniform(-0.5, 0.5), 4)
        end = points[-1]
        along_anther = (points[-1] - points[-2]) / abs(points[-1] - points[-2]) * 1j * 6
        drawn.append(stroked(line(points), "#B8C08A", 1.9) + stroked(line(points), "#E3E6C0", 1))
        drawn.append(stroked(f"M{at(end - along_anther)}L{at(end + along_anther)}", kind.anther, 4.4))
    style = arc(0, turned(200), kind.stamen * 1.12, 0.5, 4)
    return "".join(drawn) + stroked(line(style), "#A9B57C", 2.6) + dots([style[-1]], "#7E8E55", 6.5)


def trumpet(sheet: Sheet, colour: Tint, cup: Tint, reach: float = 42) -> str:
    """A daffodil: six tepals and a frilled cup before them."""
    blade = Blade(width=58, rise=1.0, fall=0.55)
    shapes = [petal(sheet, _varied(sheet, blade), colour, 6) for _ in range(3)]
    tepals = "".join(use(shapes[place % 3], turn=place * 60 + (30 if place > 5 else 0)) for place in (0, 2, 4, 1, 3, 5))
    rim = [turned(step * 15) * reach * (1.0 if step % 2 else 0.86) * sheet.about(1, 0.04) for step in range(24)]
    ribs = "".join(
        f"M{number(p.real * 0.45)} {number(p.imag * 0.45)}L{number(p.real * 0.95)} {number(p.imag * 0.95)}" for p in rim
    )
    outer = filled(ring(rim), sheet.round(((0, cup.deep), (0.6, cup.mid), (1, cup.light))), cup.line, 0.9)
    inner = f'<circle r="{reach * 0.45:g}" fill="{cup.deep}" opacity=".75"/>'
    crown = outer + stroked(ribs, cup.line, 0.5, 0.5) + inner + stamens(sheet, 6, 12)
    return sheet.define(f'<g transform="scale(1 .9)">{tepals}{crown}</g>')


def globe(sheet: Sheet, floret: str, count: int, size: float, *, squash: float = 0.88) -> str:
    """A ball of florets: those at its edge first, seen from the side and therefore smaller."""
    drawn = []
    count, size = round(count * sheet.detail), size / sheet.detail**0.45
    for point in reversed(sunflower(count, 100)):
        edge = abs(point) / 100
        lift = complex(point.real, point.imag * squash)
        drawn.append(use(floret, lift, turn=sheet.chance.uniform(0, 360), scale=size * (1 - 0.4 * edge**3)))
    return sheet.define("".join(drawn))


def floret(sheet: Sheet, colour: Tint, petals: int = 4, *, pointed: bool = False, eye: str = "") -> str:
    """A small flower of a head, about 20 across."""
    blade = Blade(length=12, width=7 if pointed else 13, rise=0.9, fall=0.8 if pointed else 0.35)
    shape = petal(sheet, blade, colour, 0)
    drawn = "".join(use(shape, turn=each * 360 / petals) for each in range(petals))
    return sheet.define(drawn + dots([0j], eye or colour.line, 3.2))


def orchid(sheet: Sheet, colour: Tint, lip: Tint) -> str:
    """A moth orchid: three sepals behind, two broad petals, and the lip."""
    sepal = petal(sheet, Blade(length=92, width=56, rise=0.9, fall=0.5), colour, 6)
    wing = petal(sheet, Blade(length=104, width=124, rise=0.55, fall=0.35), colour, 9)
    back = "".join(use(sepal, turn=each) for each in (0, 128, 232))
    wings = "".join(use(wing, turn=each) for each in (74, 286))
    side = petal(sheet, Blade(length=30, width=24, rise=0.9, fall=0.5), lip, 2)
    tongue = petal(sheet, Blade(length=46, width=34, rise=0.6, fall=0.8), lip, 3)
    lips = use(tongue, 6j, turn=180) + use(side, 4j, turn=118) + use(side, 4j, turn=242)
    column = filled(circle(8, 1j), "#F3EAD0", lip.line, 0.8) + dots([2j - 3, 2j + 3], "#D2A53B", 4)
    return sheet.define(f'<g transform="scale(1 .94)">{back}{wings}{lips}{column}</g>')
