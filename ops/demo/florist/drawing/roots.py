"""What is below the ground: bulbs and seeds."""

from __future__ import annotations

import math

from ops.demo.florist.drawing.colour import Tint, tint
from ops.demo.florist.drawing.pen import arc, line, turned
from ops.demo.florist.drawing.sheet import Sheet, filled, stroked, sunflower, use


def bulb(sheet: Sheet, *, skin: str = "#B58A55") -> str:
    """A bulb with its papery coat and roots; its nose is at 0 and it hangs down 90."""
    coat = tint(skin)
    body = filled(
        "M0,-6C-10,16 -46,26 -44,60C-42,84 -18,92 0,92C18,92 42,84 44,60C46,26 10,16 0,-6Z",
        sheet.upright(((0, coat.light), (0.5, coat.mid), (1, coat.deep)), across=True),
        coat.line,
        1.2,
    )
    lines = stroked("M-2,0C-12,24 -30,40 -28,78M2,0C4,30 -6,60 -6,90M4,2C14,26 28,44 24,80", coat.line, 0.8, 0.6)
    roots = "".join(
        line(
            arc(
                complex(x, 90),
                turned(180 - x * 1.5),
                60 + sheet.chance.uniform(-18, 22),
                sheet.chance.uniform(-0.9, 0.9),
                4,
            )
        )
        for x in range(-24, 25, 5)
    )
    return sheet.define(stroked(roots, "#9C8B69", 1.5, 0.85) + body + lines)


def seeds(sheet: Sheet, colour: Tint, count: int) -> str:
    """A spill of seeds round 0, as many as told."""
    one = sheet.define(
        filled(
            "M0,-7C5,-5 6,2 0,7C-6,2 -5,-5 0,-7Z",
            sheet.upright(((0, colour.deep), (1, colour.light))),
            colour.line,
            0.8,
        )
    )
    return "".join(
        use(one, complex(point.real * 1.5, point.imag * 0.62), turn=sheet.chance.uniform(0, 360), scale=1.15)
        for point in sunflower(count, 13 + 6.4 * math.sqrt(count))
    )
