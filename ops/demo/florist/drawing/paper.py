"""Cards, books, boxes, ribbons and seed packets."""

# ruff: noqa: E501 - outlines are not broken

from __future__ import annotations

from ops.demo.florist.drawing.colour import Tint, mix, named
from ops.demo.florist.drawing.pen import number
from ops.demo.florist.drawing.sheet import Sheet, filled, stroked, use
from ops.demo.florist.drawing.wares import shadow


def card(sheet: Sheet, colour: Tint, picture: str, *, count: int = 1) -> str:
    """A folded card with a picture, before its envelope."""
    drawn = [shadow(128)]
    for place in range(min(count, 4) - 1, -1, -1):
        shift = 13 * place
        drawn.append(
            filled(
                f"M{-60 + shift},{-8 - shift}L{190 + shift},{-26 - shift}L{190 + shift},{-206 - shift}L{-60 + shift},{-188 - shift}Z",
                colour.mid,
                colour.line,
                1.1,
            )
        )
    flap = "M-60,-188L68,-96L190,-206"
    drawn.append(stroked(flap, colour.line, 1.1, 0.8))
    inside = filled("M-20,-4L26,-22L26,-392L-20,-372Z", "#E9E1CF", "#8C8371", 1)
    front = filled("M-178,6L-20,-4L-20,-372L-178,-388Z", "#FDFAF2", "#8C8371", 1.2)
    border = stroked("M-164,-10L-34,-18L-34,-358L-164,-372Z", colour.line, 1, 0.65)
    art = f'<g transform="translate(-99 -186) skewY(2)">{picture}</g>'
    return sheet.define("".join(drawn) + inside + front + border + art)


def book(sheet: Sheet, colour: Tint, picture: str) -> str:
    """A cloth-bound book that stands a little open."""
    pages = filled("M118,-10L156,-34L156,-398L118,-380Z", "#F2EBD9", "#8C8371", 1)
    leaves = "".join(f"M{118 + step * 6},{-12 - step * 4}L{118 + step * 6},{-381 - step * 3}" for step in range(1, 6))
    cover = filled(
        "M-134,4L118,-4L118,-384L-134,-392Z",
        sheet.upright(((0, colour.deep), (0.08, colour.mid), (1, colour.mid)), across=True),
        colour.line,
        1.3,
    )
    spine = stroked("M-116,3L-116,-391", colour.line, 1.4, 0.6)
    panel = stroked("M-94,-24L96,-30L96,-360L-94,-366Z", "#E8D9A8", 1.6, 0.9)
    return sheet.define(
        shadow(140)
        + pages
        + stroked(leaves, "#8C8371", 0.6, 0.7)
        + cover
        + spine
        + panel
        + f'<g transform="translate(2 -200)">{picture}</g>'
    )


def bow(sheet: Sheet, colour: Tint) -> str:
    """A ribbon's bow with two tails; its knot is at 0."""
    paint = sheet.upright(((0, colour.deep), (0.5, colour.mid), (1, colour.light)))
    loops = "".join(
        filled(f"M0,0C{s * 20},-46 {s * 92},-62 {s * 96},-22C{s * 98},12 {s * 40},14 0,0Z", paint, colour.line, 1.1)
        for s in (-1, 1)
    )
    insides = "".join(
        filled(
            f"M{s * 14},-8C{s * 40},-34 {s * 74},-40 {s * 78},-20C{s * 74},-6 {s * 44},-2 {s * 14},-8Z",
            colour.deep,
            colour.line,
            0.7,
        )
        for s in (-1, 1)
    )
    tails = "".join(
        filled(
            f"M{s * 2},4C{s * 22},34 {s * 30},70 {s * 62},104L{s * 40},108L{s * 34},126C{s * 10},84 {s * 4},40 {-s * 6},6Z",
            paint,
            colour.line,
            1.1,
        )
        for s in (-1, 1)
    )
    knot = filled(
        "M-13,-13C-4,-17 4,-17 13,-13C16,-4 16,4 12,13C4,16 -4,16 -12,13C-16,4 -16,-4 -13,-13Z",
        colour.mid,
        colour.line,
        1.1,
    )
    return sheet.define(tails + loops + insides + knot)


def box(sheet: Sheet, colour: Tint, ribbon: Tint, wide: float = 170, high: float = 170) -> str:
    """A lidded box with a ribbon round it and a bow."""
    side = filled(
        f"M{-wide},0L{-wide},{-high}L{wide},{-high}L{wide},0Z",
        sheet.upright(((0, colour.light), (0.6, colour.mid), (1, colour.deep)), across=True),
        colour.line,
        1.3,
    )
    lid_top = filled(
        f"M{-wide - 10},{-high - 44}L{-wide + 34},{-high - 88}L{wide - 34},{-high - 88}L{wide + 10},{-high - 44}Z",
        colour.light,
        colour.line,
        1.2,
    )
    lid = filled(
        f"M{-wide - 10},{-high}L{-wide - 10},{-high - 44}L{wide + 10},{-high - 44}L{wide + 10},{-high}Z",
        sheet.upright(((0, colour.light), (0.6, colour.mid), (1, colour.deep)), across=True),
        colour.line,
        1.3,
    )
    band = filled(
        f"M-18,0L-18,{-high - 44}L-13,{-high - 88}L13,{-high - 88}L18,{-high - 44}L18,0Z", ribbon.mid, ribbon.line, 1
    )
    hatch = "".join(
        f"M{number(wide - 6 - step * 7)},-4L{number(wide - 6 - step * 7)},{number(-high + 4 + step * 9)}"
        for step in range(11)
    )
    return sheet.define(
        shadow(wide)
        + side
        + stroked(hatch, colour.line, 0.7, 0.45)
        + lid_top
        + lid
        + band
        + use(bow(sheet, ribbon), complex(0, -high - 70), scale=1.05)
    )


def spool(sheet: Sheet, colour: Tint) -> str:
    """A reel of ribbon or twine with its loose end."""
    wood = named("ash")
    rounds = "".join(
        f"M-70,{number(-30 - step * 9)}Q0,{number(-14 - step * 9)} 70,{number(-30 - step * 9)}" for step in range(17)
    )
    roll = filled(
        "M-70,-22L-70,-186A70,14 0 0 1 70,-186L70,-22A70,14 0 0 1 -70,-22Z",
        sheet.upright(((0, colour.mid), (0.3, colour.light), (0.6, colour.mid), (1, colour.deep)), across=True),
        colour.line,
        1.1,
    )
    plates = "".join(
        f'<ellipse cy="{y}" rx="92" ry="19" fill="{wood.mid if y else wood.deep}" stroke="{wood.line}"/>'
        for y in (-14,)
    )
    top = f'<ellipse cy="-196" rx="92" ry="19" fill="{wood.light}" stroke="{wood.line}" stroke-width="1.2"/><ellipse cy="-196" rx="20" ry="5" fill="{wood.line}" opacity=".7"/>'
    tail = "M70,-60C130,-70 150,-20 118,8C90,30 60,22 96,44C130,62 170,40 190,52"
    end = stroked(tail, colour.line, 13) + stroked(tail, colour.mid, 10.6) + stroked(tail, colour.light, 2.4, 0.6)
    return sheet.define(shadow(92) + plates + roll + stroked(rounds, colour.line, 1, 0.4) + end + top)


def tie(sheet: Sheet, colour: Tint) -> str:
    """The ribbon that holds a bunch; 0 is its middle."""
    wraps = filled(
        "M-36,-16C-12,-9 12,-9 36,-16L34,16C12,23 -12,23 -34,16Z",
        sheet.upright(((0, colour.mid), (0.4, colour.light), (1, colour.deep)), across=True),
        colour.line,
        1.1,
    )
    return sheet.define(
        wraps
        + stroked("M-35,-5C-12,2 12,2 35,-5M-34,6C-12,13 12,13 34,6", colour.line, 0.8, 0.5)
        + use(bow(sheet, colour), 4 + 2j, scale=0.62)
    )


def packet(sheet: Sheet, colour: Tint, picture: str) -> str:
    """A paper seed packet."""
    body = filled("M-82,0L-84,-236L84,-240L82,-2Z", sheet.upright(((0, "#F6EFDD"), (1, "#FBF7EA"))), "#8C8371", 1.2)
    fold = filled("M-84,-236L84,-240L82,-214L-83,-211Z", mix(of=colour.mid, into="#F6EFDD", share=0.35), "#8C8371", 1)
    words = stroked("M-46,-34L46,-36M-30,-20L30,-21", colour.line, 1.5, 0.6)
    frame = stroked("M-66,-52L66,-54L68,-200L-68,-197Z", colour.line, 0.8, 0.6)
    return sheet.define(shadow(84) + body + fold + frame + words + f'<g transform="translate(0 -126)">{picture}</g>')
