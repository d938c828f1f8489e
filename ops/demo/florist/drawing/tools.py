"""Garden tools. Those with a handle hang from it; the others stand on y = 0."""

# ruff: noqa: E501 - outlines are not broken

from __future__ import annotations

import math

from ops.demo.florist.drawing.colour import Tint, named
from ops.demo.florist.drawing.pen import arc, line, number, turned
from ops.demo.florist.drawing.sheet import Sheet, dots, filled, stroked
from ops.demo.florist.drawing.wares import hatching, shadow


def tool(sheet: Sheet, colour: Tint, kind: str) -> str:
    """A garden tool, about 420 long, its handle upwards."""
    return sheet.define(
        {
            "trowel": _trowel,
            "fork": _fork,
            "secateurs": _secateurs,
            "can": _can,
            "trug": _trug,
            "dibber": _dibber,
            "snips": _snips,
            "hoe": _hoe,
            "sieve": _sieve,
            "mister": _mister,
            "labels": _labels,
            "brush": _brush,
        }[kind](sheet, colour)
    )


def _wooden(sheet: Sheet, colour: Tint, base: float = -190, top: float = -410) -> str:
    grip = f"M-9,{base}C-12,{base - 40} -19,{top + 90} -19,{top + 40}C-19,{top - 4} 19,{top - 4} 19,{top + 40}C19,{top + 90} 12,{base - 40} 9,{base}Z"
    grain = f"M-6,{base - 12}C-9,{base - 70} -10,{top + 80} -9,{top + 30}M4,{base - 20}C8,{base - 90} 8,{top + 100} 6,{top + 40}"
    ferrule = filled(f"M-11,{base + 34}L-10,{base - 4}L10,{base - 4}L11,{base + 34}Z", "#A9ADA9", "#4C514F", 1)
    hole = dots([complex(0, top + 30)], "#3A2C22", 6) + stroked(
        f"M0,{top + 30}C-24,{top - 10} 20,{top - 36} 2,{top + 26}", "#8A6A48", 2.4
    )
    return (
        filled(
            grip, sheet.upright(((0, colour.light), (0.5, colour.mid), (1, colour.deep)), across=True), colour.line, 1.2
        )
        + stroked(grain, colour.line, 0.8, 0.5)
        + ferrule
        + hole
    )


def _steel(sheet: Sheet) -> str:
    return sheet.upright(((0, "#D5D8D4"), (0.45, "#B4BAB6"), (1, "#858C89")), across=True)


def _trowel(sheet: Sheet, colour: Tint) -> str:
    neck = stroked("M0,-156C-12,-140 -8,-126 0,-112", "#4C514F", 12) + stroked(
        "M0,-156C-12,-140 -8,-126 0,-112", "#A4AAA6", 9.6
    )
    blade = filled(
        "M-42,-112C-48,-60 -34,-10 0,34C34,-10 48,-60 42,-112C24,-126 -24,-126 -42,-112Z", _steel(sheet), "#4C514F", 1.3
    )
    ribs = stroked("M0,-108L0,20M-26,-98C-28,-60 -20,-24 -6,10", "#4C514F", 0.9, 0.5)
    marks = stroked(
        "".join(f"M{18},{-96 + step * 11}L{38 - step},{-102 + step * 11}" for step in range(9)), "#4C514F", 0.7, 0.5
    )
    return _wooden(sheet, colour) + neck + blade + ribs + marks


def _fork(sheet: Sheet, colour: Tint) -> str:
    tines = "".join(
        filled(f"M{x - 6},-104L{x - 5},-10L{x},30L{x + 5},-10L{x + 6},-104Z", _steel(sheet), "#4C514F", 1.1)
        for x in (-36, 0, 36)
    )
    bridge = filled("M-44,-98C-42,-124 -14,-132 0,-158C14,-132 42,-124 44,-98Z", _steel(sheet), "#4C514F", 1.2)
    return _wooden(sheet, colour) + tines + bridge


def _hoe(sheet: Sheet, colour: Tint) -> str:
    neck = stroked("M0,-156L0,-60C0,-20 20,-10 40,-12", "#4C514F", 10) + stroked(
        "M0,-156L0,-60C0,-20 20,-10 40,-12", "#A4AAA6", 7.6
    )
    head = filled("M-64,-4C-20,-22 60,-22 84,-6L78,26C30,12 -20,14 -58,28Z", _steel(sheet), "#4C514F", 1.2)
    return _wooden(sheet, colour) + neck + head


def _dibber(sheet: Sheet, colour: Tint) -> str:
    shaft = filled(
        "M-18,-250L-20,-90C-20,-50 -8,0 0,24C8,0 20,-50 20,-90L18,-250Z",
        sheet.upright(((0, colour.light), (0.5, colour.mid), (1, colour.deep)), across=True),
        colour.line,
        1.2,
    )
    grip = filled(
        "M-60,-262C-64,-300 64,-300 60,-262C58,-244 -58,-244 -60,-262Z",
        sheet.upright(((0, colour.light), (1, colour.deep)), across=True),
        colour.line,
        1.2,
    )
    tip = filled("M-17,-60C-12,-30 -5,8 0,24C5,8 12,-30 17,-60Z", "#B4873F", "#5C4524", 1)
    rings = stroked("".join(f"M-19,{y}Q0,{y + 7} 19,{y}" for y in (-210, -170, -130, -90)), colour.line, 1.2, 0.7)
    return shaft + grip + tip + rings


def _secateurs(sheet: Sheet, colour: Tint) -> str:
    handle = "M-8,-130C-30,-90 -54,-20 -50,50C-46,70 -22,66 -20,46C-20,0 -2,-70 14,-112Z"
    other = "M8,-130C34,-96 66,-30 66,44C64,66 40,66 36,46C34,6 12,-60 -10,-108Z"
    paint = sheet.upright(((0, colour.light), (0.5, colour.mid), (1, colour.deep)), across=True)
    blade = filled("M-12,-118C-40,-170 -34,-240 4,-280C22,-240 28,-170 16,-116Z", _steel(sheet), "#4C514F", 1.3)
    hook = filled("M10,-118C40,-160 52,-214 40,-254C60,-214 62,-150 22,-100Z", "#8A908D", "#4C514F", 1.2)
    spring = stroked(
        "".join(f"M{-12 + step},{-60 + step * 9}L{24 + step},{-56 + step * 9}" for step in range(6)), "#4C514F", 2, 0.8
    )
    pivot = filled("M-13,-118a14,14 0 1 0 28,0a14,14 0 1 0 -28,0Z", "#C8CCC8", "#4C514F", 1.2) + stroked(
        "M-6,-122L8,-114", "#4C514F", 2
    )
    return (
        hook + blade + spring + filled(other, paint, colour.line, 1.2) + filled(handle, paint, colour.line, 1.2) + pivot
    )


def _snips(sheet: Sheet, colour: Tint) -> str:
    blades = "".join(
        filled(
            f"M{-s * 6},-120L{s * 22},-300C{s * 8},-250 {-s * 8},-180 {-s * 14},-128Z", _steel(sheet), "#4C514F", 1.2
        )
        for s in (1, -1)
    )
    loops = "".join(
        stroked(
            f"M{s * 4},-124C{s * 20},-80 {s * 90},-60 {s * 74},10C{s * 60},60 {s * 8},40 {s * 12},-20C{s * 14},-60 {-s * 4},-90 {-s * 6},-124",
            paint,
            width,
        )
        for s in (1, -1)
        for paint, width in ((colour.line, 15), (colour.mid, 12), (colour.light, 3))
    )
    return blades + loops + dots([-126j], "#4C514F", 16) + dots([-126j], "#C8CCC8", 12)


def _can(sheet: Sheet, colour: Tint) -> str:
    spout = filled(
        "M70,-70L180,-214L196,-204L92,-24Z",
        sheet.upright(((0, colour.mid), (1, colour.deep)), across=True),
        colour.line,
        1.2,
    )
    rose = filled("M166,-224C176,-246 224,-216 210,-194Z", colour.light, colour.line, 1.2) + dots(
        [186 - 220j, 196 - 212j, 203 - 204j], colour.line, 2.6
    )
    body = filled(
        "M-96,0L-88,-170A88,14 0 0 1 88,-170L96,0A96,15 0 0 1 -96,0Z",
        sheet.upright(((0, colour.mid), (0.28, colour.light), (0.6, colour.mid), (1, colour.deep)), across=True),
        colour.line,
        1.3,
    )
    grip = "M-84,-160C-190,-150 -180,-40 -92,-30"
    over = "M-70,-176C-50,-262 60,-262 74,-176"
    loops = "".join(
        stroked(path, paint, width)
        for path in (grip, over)
        for paint, width in ((colour.line, 12), (colour.mid, 9.6), (colour.light, 2.4))
    )
    bands = stroked("M-95,-16A95,14 0 0 0 95,-16M-89,-156A89,13 0 0 0 89,-156", colour.line, 1.6, 0.6)
    opening = (
        f'<path d="M-88,-170A88,14 0 0 1 88,-170A88,14 0 0 1 -88,-170Z" fill="{colour.deep}" stroke="{colour.line}"/>'
    )
    return shadow(100) + spout + rose + loops + body + hatching([(94, 0), (86, 160)], colour) + bands + opening


def _trug(sheet: Sheet, colour: Tint) -> str:
    body = filled(
        "M-180,-120C-160,-30 -110,0 0,0C110,0 160,-30 180,-120C110,-100 -110,-100 -180,-120Z",
        sheet.upright(((0, colour.light), (0.6, colour.mid), (1, colour.deep)), across=True),
        colour.line,
        1.3,
    )
    slats = stroked(
        "M-172,-92C-110,-70 110,-70 172,-92M-154,-60C-100,-42 100,-42 154,-60M-122,-30C-80,-18 80,-18 122,-30",
        colour.line,
        1.3,
        0.7,
    )
    hoop = "M-20,-6C-40,-130 -40,-262 0,-268C40,-262 40,-130 20,-6"
    handle = stroked(hoop, colour.line, 17) + stroked(hoop, colour.mid, 14) + stroked(hoop, colour.light, 3, 0.7)
    nails = dots([complex(x, y) for x in (-26, 26) for y in (-22, -52, -82)], colour.line, 3.4)
    return shadow(150) + body + slats + handle + nails


def _sieve(sheet: Sheet, colour: Tint) -> str:
    mesh = "".join(
        f"M{x},{number(-140 - 42 * math.sqrt(1 - (x / 160) ** 2))}L{x},{number(-140 + 42 * math.sqrt(1 - (x / 160) ** 2))}"
        for x in range(-150, 151, 12)
    )
    rows = "".join(
        f"M{number(-160 * math.sqrt(1 - (y / 42) ** 2))},{-140 + y}L{number(160 * math.sqrt(1 - (y / 42) ** 2))},{-140 + y}"
        for y in range(-36, 37, 8)
    )
    wall = filled(
        "M-166,-140L-158,-56A158,44 0 0 0 158,-56L166,-140A166,46 0 0 1 -166,-140Z",
        sheet.upright(((0, colour.light), (0.6, colour.mid), (1, colour.deep)), across=True),
        colour.line,
        1.3,
    )
    hoop = f'<ellipse cy="-140" rx="166" ry="46" fill="#EFE9DA" stroke="{colour.line}" stroke-width="5"/>'
    return (
        shadow(150)
        + hoop
        + stroked(mesh + rows, "#6D706C", 0.8, 0.8)
        + wall
        + stroked("M-162,-100A162,45 0 0 0 162,-100", colour.line, 1, 0.5)
    )


def _mister(sheet: Sheet, colour: Tint) -> str:
    body = filled(
        "M-70,0C-92,-60 -84,-130 -26,-168L-22,-200L22,-200L26,-168C84,-130 92,-60 70,0A70,11 0 0 1 -70,0Z",
        sheet.upright(((0, colour.mid), (0.3, colour.light), (0.65, colour.mid), (1, colour.deep)), across=True),
        colour.line,
        1.3,
    )
    metal = named("brass")
    head = (
        filled("M-28,-198L-24,-236L30,-236L74,-252L78,-238L34,-216L28,-198Z", metal.mid, metal.line, 1.2)
        + stroked("M26,-206C44,-190 44,-170 36,-156", metal.line, 5)
        + stroked("M0,-236L0,-268M-16,-270L16,-270", metal.line, 6)
    )
    drops = dots(
        [100 - 256j, 122 - 246j, 118 - 272j, 142 - 262j, 140 - 238j, 164 - 252j, 160 - 276j], "#8FA9B4", 4.5, 0.7
    )
    return shadow(80) + body + hatching([(72, 0), (84, 60), (74, 120)], colour) + head + drops


def _labels(sheet: Sheet, colour: Tint) -> str:
    drawn = []
    for place, angle in enumerate((-24, -12, 0, 12, 24)):
        body = filled(
            "M-22,-300C-22,-318 22,-318 22,-300L20,-50L0,16L-20,-50Z",
            sheet.upright(((0, colour.light), (1, colour.mid))),
            colour.line,
            1.2,
        )
        words = stroked("M-6,-280L-6,-180M6,-270L6,-200", colour.line, 1.6, 0.5)
        drawn.append(f'<g transform="translate({(place - 2) * 34} 0) rotate({angle} 0 0)">{body}{words}</g>')
    return "".join(drawn)


def _brush(sheet: Sheet, colour: Tint) -> str:
    hairs = "".join(
        line(
            arc(
                complex(x, -120),
                turned(180 - x * 0.35),
                120 + sheet.chance.uniform(-8, 8),
                sheet.chance.uniform(-0.1, 0.1),
                2,
            )
        )
        for x in [number_of * 3.4 - 60 for number_of in range(36)]
    )
    head = filled("M-70,-116C-72,-150 -30,-160 -12,-190L12,-190C30,-160 72,-150 70,-116Z", colour.mid, colour.line, 1.2)
    return (
        stroked(hairs, "#6E5A3C", 2, 0.9)
        + stroked(hairs, "#C9B27E", 1, 0.9)
        + head
        + _wooden(sheet, colour, -200, -410)
    )
