"""Pots, vases and candles. They stand on y = 0."""

# ruff: noqa: E501 - outlines are not broken

from __future__ import annotations

from itertools import pairwise

from ops.demo.florist.drawing.colour import Tint, mix, named
from ops.demo.florist.drawing.pen import at, line, number, run
from ops.demo.florist.drawing.sheet import Sheet, dots, filled, stroked, use

# Half outlines of vessels, from foot to rim: (radius, height).
SHAPES = {
    "pot": [(62, 0), (72, 60), (82, 118)],
    "bottle": [(58, 0), (70, 30), (72, 110), (60, 160), (26, 200), (20, 270), (24, 290)],
    "jar": [(50, 0), (84, 40), (98, 100), (84, 160), (50, 186), (48, 206)],
    "bud": [(40, 0), (56, 26), (54, 66), (24, 104), (15, 150), (19, 170)],
    "cylinder": [(66, 0), (70, 8), (70, 120), (70, 236), (72, 244)],
    "urn": [(46, 0), (50, 12), (24, 34), (30, 56), (84, 110), (92, 160), (72, 190), (86, 206)],
    "trumpet": [(50, 0), (44, 12), (26, 50), (32, 120), (52, 190), (88, 250)],
    "jug": [(52, 0), (74, 40), (78, 100), (60, 160), (50, 200), (58, 230)],
    "bowl": [(46, 0), (50, 8), (92, 50), (112, 100), (118, 116)],
    "globe": [(40, 0), (86, 34), (104, 90), (88, 144), (44, 172), (40, 196), (46, 204)],
    "gourd": [(48, 0), (78, 34), (80, 84), (44, 126), (40, 150), (52, 184), (36, 220), (22, 246), (26, 256)],
    "tapered": [(40, 0), (54, 60), (70, 140), (76, 200), (70, 230), (66, 238)],
}


def height_of(shape: str) -> float:
    """How high a vessel is."""
    return SHAPES[shape][-1][1]


def shadow(width: float) -> str:
    """Where a thing stands: a few strokes of the pen to the right of its foot."""
    strokes = "".join(
        f"M{number(-width * 0.7 + step * 5)},{step * 4}L{number(width * 1.55 - step * 13)},{step * 4}"
        for step in range(6)
    )
    return stroked(strokes, "#7A7466", 1.1, 0.4)


def vessel(sheet: Sheet, colour: Tint, shape: str, *, glass: bool = False, decor: str = "") -> tuple[str, str]:
    """A turned vessel in two parts, so that stems can stand between them: its inner back, and its front."""
    profile = SHAPES[shape]
    left = [complex(-radius, -height) for radius, height in profile]
    right = [complex(radius, -height) for radius, height in profile]
    (rim, top), foot = profile[-1], profile[0][0]
    outline = f"M{at(left[0])}{run(left)}A{rim} {number(rim * 0.16)} 0 0 0 {at(right[-1])}{run(right[::-1])}A{foot} {number(foot * 0.16)} 0 0 1 {at(left[0])}Z"
    paint = sheet.upright(((0, colour.mid), (0.3, colour.light), (0.62, colour.mid), (1, colour.deep)), across=True)
    inside = mix(of=colour.deep, into="#241F1C", share=0.25 if not glass else 0)
    mouth = f'<ellipse cy="{-top}" rx="{rim}" ry="{number(rim * 0.16)}" fill="{inside}" stroke="{colour.line}" fill-opacity="{0.25 if glass else 1}"/>'
    body = filled(outline, paint, colour.line, 1.2)
    if glass:
        body = body.replace("/>", ' fill-opacity=".42"/>', 1)
    lip = stroked(f"M{at(left[-1])}A{rim} {number(rim * 0.16)} 0 0 0 {at(right[-1])}", colour.line, 1.4)
    return mouth, body + hatching(profile, colour) + _decor(sheet, profile, colour, decor) + _handle(
        shape, colour
    ) + lip


def hatching(profile: list[tuple[int, int]], colour: Tint) -> str:
    """Short curved strokes on the side away from the light, as an engraver shades a round thing."""
    strokes, top = [], profile[-1][1]
    for step in range(int(top / 6)):
        height = 5 + step * 6
        if height > top - 5:
            break
        radius = _radius(profile, height)
        strokes.append(
            f"M{number(radius * 0.58)},{number(-height + radius * 0.12)}Q{at(complex(radius * 0.84, -height + radius * 0.09), complex(radius * 0.97, -height + radius * 0.02))}"
        )
    return stroked("".join(strokes), colour.line, 0.7, 0.5)


def _radius(profile: list[tuple[int, int]], height: float) -> float:
    for (below, low), (above, high) in pairwise(profile):
        if height <= high:
            return below + (above - below) * (height - low) / (high - low)
    return profile[-1][0]


def _decor(sheet: Sheet, profile: list[tuple[int, int]], colour: Tint, kind: str) -> str:
    """Bands of the potter's brush, a dipped glaze, flutes or speckles."""
    top = profile[-1][1]
    if kind == "bands":
        heights = (0.3, 0.34, 0.7)
        return stroked("".join(_round_band(profile, top * share) for share in heights), colour.line, 2.2, 0.6)
    if kind == "speckle":
        spots = []
        for _ in range(70):
            height = sheet.chance.uniform(8, top - 8)
            spots.append(complex(sheet.chance.uniform(-0.9, 0.9) * _radius(profile, height), -height))
        return dots(spots, colour.line, 1.8, 0.55)
    if kind == "flutes":
        lines = []
        for share in (-0.8, -0.5, -0.2, 0.1, 0.4, 0.7):
            lines.append(line([complex(radius * share, -height) for radius, height in profile]))
        return stroked("".join(lines), colour.line, 0.9, 0.5)
    if kind == "dipped":
        cut = [(radius, height) for radius, height in profile if height <= top * 0.42] + [
            (int(_radius(profile, top * 0.42)), int(top * 0.42))
        ]
        left = [complex(-radius, -height) for radius, height in cut]
        return f'<path d="M{at(left[0])}{run(left)}Q{at(complex(0, -cut[-1][1] + 22), complex(cut[-1][0], -cut[-1][1]))}{run([complex(-p.real, p.imag) for p in left][::-1])}Z" fill="#F1E9D8" opacity=".75"/>'
    return ""


def _round_band(profile: list[tuple[int, int]], height: float) -> str:
    radius = _radius(profile, height) - 1
    return f"M{number(-radius)},{number(-height)}Q{at(complex(0, -height + radius * 0.3), complex(radius, -height))}"


def _handle(shape: str, colour: Tint) -> str:
    if shape != "jug":
        return ""
    path = "M56,-214C124,-232 128,-120 76,-96"
    return (
        stroked(path, colour.line, 15)
        + stroked(path, colour.deep, 12.4)
        + stroked("M56,-217C118,-232 122,-124 78,-100", colour.mid, 5)
    )


def pot(sheet: Sheet, colour: Tint) -> tuple[str, str]:
    """A flower pot with a rim: its earth, and its front."""
    earth = '<ellipse cy="-128" rx="88" ry="15" fill="#4A3A2E" stroke="#33271F"/>'
    front = filled(
        "M-80,-112L-62,0A62,10 0 0 0 62,0L80,-112Z",
        sheet.upright(((0, colour.mid), (0.3, colour.light), (0.62, colour.mid), (1, colour.deep)), across=True),
        colour.line,
        1.2,
    )
    rim = filled(
        "M-92,-130L-88,-98A88,14 0 0 0 88,-98L92,-130A92,15 0 0 1 -92,-130Z",
        sheet.upright(((0, colour.mid), (0.3, colour.light), (0.7, colour.mid), (1, colour.deep)), across=True),
        colour.line,
        1.2,
    )
    return earth, front + hatching([(64, 0), (80, 96)], colour) + rim + stroked(
        "M-86,-93A86,13 0 0 0 86,-93", colour.line, 1.6, 0.4
    )


def flame(sheet: Sheet) -> str:
    """A small flame with its wick; its foot is at 0."""
    glow = '<circle cy="-30" r="62" fill="#F4D98A" opacity=".22"/><circle cy="-30" r="36" fill="#F4D98A" opacity=".3"/>'
    body = filled(
        "M0,-6C-13,-14 -12,-30 0,-58C12,-30 13,-14 0,-6Z",
        sheet.upright(((0, "#D98A35"), (0.5, "#EFC25A"), (1, "#FBF0C4"))),
        "#B9762B",
        0.8,
    )
    return sheet.define(glow + stroked("M0,2C-1,-6 1,-10 0,-16", "#2B2420", 2.2) + body)


def candle(sheet: Sheet, colour: Tint, kind: str) -> str:
    """A candle: pillar, tapers, jar or tin; lit."""
    fire = flame(sheet)
    if kind == "tapers":
        return _tapers(sheet, colour, fire)
    wide, high = {"pillar": (62, 230), "jar": (78, 150), "tin": (88, 84)}.get(kind, (62, 200))
    body = _drum(sheet, colour, wide, high)
    wax = mix(of=colour.light, into="#FBF3DD", share=0.5)
    top = f'<ellipse cy="{-high}" rx="{wide}" ry="{number(wide * 0.2)}" fill="{wax}" stroke="{colour.line}"/>'
    pool = f'<ellipse cy="{-high}" rx="{number(wide * 0.6)}" ry="{number(wide * 0.11)}" fill="#F7E6B4" opacity=".8"/>'
    label = _label(wide, high) if kind != "pillar" else _drip(wide, high, colour)
    return sheet.define(shadow(wide) + body + top + pool + label + use(fire, complex(0, -high + 2)))


def _drum(sheet: Sheet, colour: Tint, wide: float, high: float) -> str:
    flat = number(wide * 0.2)
    paint = sheet.upright(((0, colour.mid), (0.28, colour.light), (0.6, colour.mid), (1, colour.deep)), across=True)
    path = f"M{-wide},{-high}L{-wide},0A{wide} {flat} 0 0 0 {wide},0L{wide},{-high}Z"
    return filled(path, paint, colour.line, 1.2) + hatching([(int(wide), 0), (int(wide), int(high))], colour)


def _label(wide: float, high: float) -> str:
    half, low, top = wide * 0.6, high * 0.26, high * 0.72
    edge = f"M{number(-half)},{number(-low)}L{number(-half)},{number(-top)}Q{at(complex(0, -top + 9), complex(half, -top))}L{number(half)},{number(-low)}Q{at(complex(0, -low + 9), complex(-half, -low))}Z"
    mid = (low + top) / 2
    words = "".join(
        f"M{number(-w)},{number(-mid + y)}Q{at(complex(0, -mid + y + 5), complex(w, -mid + y))}"
        for w, y in ((half * 0.6, -10), (half * 0.4, 2), (half * 0.5, 14))
    )
    return filled(edge, "#FAF5E6", "#8C8371", 0.9) + stroked(words, "#8C8371", 1.3, 0.7)


def _drip(wide: float, high: float, colour: Tint) -> str:
    path = f"M{number(-wide * 0.7)},{number(-high + 8)}C{number(-wide * 0.72)},{number(-high + 60)} {number(-wide * 0.5)},{number(-high + 64)} {number(-wide * 0.5)},{number(-high + 12)}"
    return filled(path, colour.light, colour.line, 0.8)


def _tapers(sheet: Sheet, colour: Tint, fire: str) -> str:
    drawn = [shadow(90)]
    metal = named("brass")
    for x, high in ((-52, 300), (52, 340)):
        path = f"M{x - 11},-70L{x - 8},{-high}L{x + 8},{-high}L{x + 11},-70Z"
        drawn.append(
            filled(
                path,
                sheet.upright(((0, colour.light), (0.5, colour.mid), (1, colour.deep)), across=True),
                colour.line,
                1,
            )
        )
        stick = f"M{x - 40},0L{x - 36},-8C{x - 12},-12 {x - 7},-20 {x - 7},-44L{x - 19},-60L{x - 17},-72L{x + 17},-72L{x + 19},-60L{x + 7},-44C{x + 7},-20 {x + 12},-12 {x + 36},-8L{x + 40},0Z"
        drawn.append(
            filled(
                stick,
                sheet.upright(((0, metal.light), (0.5, metal.mid), (1, metal.deep)), across=True),
                metal.line,
                1.1,
            )
        )
        drawn.append(use(fire, complex(x, -high + 2)))
    return sheet.define("".join(drawn))
