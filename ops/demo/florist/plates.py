"""The picture of a variant: a botanical plate, or a still life in the same hand, as the text of an SVG.

A plate is made of nothing but what the product and the variant say: its plant, colour, count and size choose the form,
and the SKU is the seed of all that varies. The same variant has the same plate at any time, on any machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from ops.demo.florist.drawing import layout, paper, roots, scenes, tools, wares
from ops.demo.florist.drawing.colour import COLOURS, HAIRLINE, PAPER, STONE, Tint, named, tint, wash_of
from ops.demo.florist.drawing.flora import FLOWERS, Habit
from ops.demo.florist.drawing.layout import GROUND, HEIGHT, MIDDLE, WIDTH, Head
from ops.demo.florist.drawing.pen import ring, turned
from ops.demo.florist.drawing.sheet import Sheet, use

Product = Mapping[str, Any]  # one line of products.ndjson
Variant = Mapping[str, Any]  # one of its variants

SIZES = {
    "mini": 0.7,
    "small": 0.78,
    "posy": 0.74,
    "standard": 0.86,
    "medium": 0.89,
    "classic": 0.86,
    "large": 1.0,
    "generous": 0.95,
    "grand": 1.03,
    "extra large": 1.06,
}
# What grows in one colour only is of that colour in every bouquet.
NATURAL = {
    "ammi": "white", "dill": "lime green", "wheat": "natural", "gypsophila": "white", "daisy": "white",
    "chamomile": "white", "craspedia": "yellow", "thistle": "blue", "narcissus": "white", "apple blossom": "blush",
    "sunflower": "yellow", "cornflower": "blue", "rosehip": "red", "pussy willow": "stone", "fir": "green",
}  # fmt: skip
BOUQUET_HEADS = {"posy": 9, "classic": 15, "generous": 23, "grand": 31}


def plate(product: Product, variant: Variant) -> str:
    """The plate of a variant: an SVG of 800 by 1000."""
    sheet = Sheet(variant["sku"])
    sheet.detail = _detail(product, variant)
    draw = _DRAWN.get(product["attributes"]["kind"], _cut)
    art = draw(sheet, product, variant)
    low = product["attributes"]["kind"] in ("house plant", "herb", "pot")
    ground = _wash(sheet, wash_of(_leading(product, variant)), complex(MIDDLE, 540 if low else 470))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'stroke-linecap="round" stroke-linejoin="round">'
        f"<title>{escape(_caption(product, variant))}</title><defs>{sheet.written()}</defs>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>{ground}{art}{_frame(_latin(product))}</svg>'
    )


def _detail(product: Product, variant: Variant) -> float:
    """How finely blooms are drawn: less so where there are many, and each is small."""
    if product["attributes"]["kind"] == "bouquet":
        return {"posy": 0.55, "classic": 0.48, "generous": 0.42, "grand": 0.36}[variant["options"]["size"]]
    if product["attributes"]["kind"] in ("wreath", "seed", "gift set"):
        return 0.5
    count = _count(variant)
    return 1.0 if count <= 8 else 0.78 if count <= 15 else 0.5


def _caption(product: Product, variant: Variant) -> str:
    return ", ".join((product["title"], *variant["options"].values()))


def _latin(product: Product) -> str:
    return str(product["attributes"].get("botanical_name") or product["attributes"].get("material") or product["title"])


def _leading(product: Product, variant: Variant) -> str:
    """The colour that the wash answers."""
    return COLOURS.get(_colour_name(product, variant), COLOURS["moss"])


def _colour_name(product: Product, variant: Variant) -> str:
    return str(variant["options"].get("colour") or product["attributes"].get("colour") or "moss")


def _colour(product: Product, variant: Variant) -> Tint:
    return tint(_leading(product, variant))


def _count(variant: Variant, fallback: int = 1) -> int:
    """How many the variant has: the number in its option of stems, bulbs or pieces."""
    for name in ("stems", "bulbs", "pack", "plants"):
        if found := re.search(r"\d+", variant["options"].get(name, "")):
            return int(found[0])
    return fallback


def _size(variant: Variant) -> float:
    """How large it is beside the others of its kind."""
    said = variant["options"].get("size", "")
    if found := re.search(r"\d+", said):
        return min(1.06, 0.62 + int(found[0]) * 0.014)
    return SIZES.get(said, 0.92)


def _frame(words: str) -> str:
    """A hairline round all, and the Latin name in its margin."""
    return (
        f'<rect x="26" y="26" width="{WIDTH - 52}" height="{HEIGHT - 52}" fill="none" stroke="{HAIRLINE}"/>'
        f'<text x="{MIDDLE}" y="946" text-anchor="middle" fill="{STONE}" font-size="21" font-style="italic" '
        f"font-family=\"'Iowan Old Style','Palatino Linotype',Palatino,Georgia,serif\">{escape(words)}</text>"
    )


def _wash(sheet: Sheet, colour: str, middle: complex) -> str:
    """Water colour that dried in three layers, each with an edge of its own."""
    layers = []
    for reach in (326, 280, 226):
        edge = [
            middle + complex(spot.real * 0.94, spot.imag * 1.14) * sheet.about(reach, 0.1)
            for spot in (turned(step * 24) for step in range(15))
        ]
        layers.append(f'<path d="{ring(edge)}" fill="{colour}" opacity=".13"/>')
    return "".join(layers)


def _plant(product: Product) -> str:
    return str(product["attributes"]["plant"])


def _cut(sheet: Sheet, product: Product, variant: Variant) -> str:
    """Cut or dried stems: few as a sheaf, many as a bunch with a ribbon."""
    plant, colour, stems = _plant(product), _colour(product, variant), _count(variant)
    if stems <= 3:
        return layout.specimen(sheet, plant, colour, stems)
    if stems <= 10 and FLOWERS[plant].habit is not Habit.SPIRE:
        return layout.sheaf(sheet, plant, colour, stems)
    shapes = layout.heads_of(sheet, plant, colour, 2)
    heads = [shapes[place % 2] for place in range(min(stems, 60))]
    leaves = FLOWERS[plant].leaves
    greens = () if leaves in ("", "strap") or FLOWERS[plant].habit is Habit.SPIRE else (leaves,)
    return layout.bunch(sheet, heads, greens, named("oat"))


def _bouquet(sheet: Sheet, product: Product, variant: Variant) -> str:
    """A mixed bouquet: what its attribute `flowers` names, each in its colour."""
    attributes = product["attributes"]
    size = variant["options"].get("size", "classic")
    colours = _named_colours(attributes["colours"], variant)
    kinds = [each for each in attributes["flowers"].split(", ") if each in FLOWERS]
    count = BOUQUET_HEADS.get(size, 15)
    made = _heads(sheet, kinds, colours)
    made += _heads(sheet, kinds[:1], colours[1:])
    heads = [_pick(made, place) for place in range(count)]
    greens = [each.strip() for each in attributes["foliage"].split(",")]
    return layout.bunch(sheet, heads, greens, named(attributes["ribbon"]), spread=SIZES[size])


def _named_colours(said: str, variant: Variant) -> list[Tint]:
    leading = variant["options"].get("colour")
    names = [leading] if leading else []
    return [named(each) for each in (*names, *said.split(", "))]


def _heads(sheet: Sheet, kinds: Sequence[str], colours: Sequence[Tint]) -> list[Head]:
    """A bloom of each kind, in its natural colour or in the next of those told."""
    return [
        layout.heads_of(sheet, kind, named(NATURAL[kind]) if kind in NATURAL else colours[place % len(colours)])[0]
        for place, kind in enumerate(kinds)
    ]


def _pick(made: Sequence[Head], place: int) -> Head:
    """Each kind in turn; the first two twice as often, for a bouquet has leading flowers."""
    order = (*range(len(made)), 0, 1 % len(made))
    return made[int(order[place % len(order)])]


def _potted(sheet: Sheet, product: Product, variant: Variant) -> str:
    pot = named(variant["options"].get("pot") or product["attributes"].get("pot", "terracotta"))
    size = _size(variant)
    colour = _colour(product, variant) if _colour_name(product, variant) in COLOURS else None
    return scenes.potted(
        sheet,
        _plant(product),
        colour,
        pot,
        leaves=3 + round((size - 0.7) * 8),
        size=size * (1.7 if product["attributes"]["kind"] == "herb" else 1.45),
    )


def _bulbs(sheet: Sheet, product: Product, variant: Variant) -> str:
    count = _count(variant, 10)
    return scenes.bulbous(
        sheet, _plant(product), _colour(product, variant), 1 if count <= 5 else 2 if count <= 20 else 3
    )


def _seeds(sheet: Sheet, product: Product, variant: Variant) -> str:
    """The plant that will be, its packet, and a spill of seeds: more of them from a larger one."""
    colour = _colour(product, variant)
    small = layout.heads_of(sheet, _plant(product), colour)[0]
    high = small.flower.habit is not Habit.FACE
    picture = use(
        small.name,
        44j if high else 0j,
        scale=(min(0.55, 84 / small.flower.high) if small.flower.habit is Habit.SPIRE else 0.62)
        if high
        else 0.5 * small.flower.size,
    )
    many = 40 if variant["options"].get("size") == "large packet" else 16
    grown = layout.specimen(sheet, _plant(product), colour, 1 if many < 40 else 2, foot=840, top=190, size=1.25)
    spill = roots.seeds(sheet, tint("#9A7B4F"), many)
    packet = paper.packet(sheet, colour, picture)
    return (
        f'<g transform="translate(-64 0)">{grown}</g>{use(packet, 604 + 868j, turn=4)}'
        f'<g transform="translate(456 884)">{spill}</g>'
    )


def _growing(sheet: Sheet, product: Product, variant: Variant) -> str:
    """A garden plant, shown as it flowers."""
    return layout.specimen(sheet, _plant(product), _colour(product, variant), min(_count(variant, 2), 3))


def _wreath(sheet: Sheet, product: Product, variant: Variant) -> str:
    attributes = product["attributes"]
    colours = _named_colours(attributes["colours"], variant)
    kinds = [each for each in attributes["flowers"].split(", ") if each in FLOWERS]
    made = _heads(sheet, kinds, colours)
    heads = [made[place % len(made)] for place in range(9)]
    greens = [each.strip() for each in attributes["foliage"].split(",")]
    return scenes.wreath(sheet, greens, heads, named(attributes["ribbon"]), size=_size(variant))


def _vase(sheet: Sheet, product: Product, variant: Variant) -> str:
    attributes = product["attributes"]
    plant = attributes.get("shown_with", "eucalyptus")
    [head] = layout.heads_of(sheet, plant, named(attributes.get("shown_colour", "white")))
    return scenes.in_vessel(
        sheet, _colour(product, variant), attributes["shape"], head, size=_size(variant),
        stems=attributes.get("shown_stems", 1),
        glass=attributes["material"].endswith("glass"), decor=attributes.get("decor", ""),
    )  # fmt: skip


def _pot(sheet: Sheet, product: Product, variant: Variant) -> str:
    colour, size = _colour(product, variant), _size(variant)
    return scenes.potted(
        sheet, product["attributes"].get("shown_with", "fern"), None, colour, leaves=3, size=size * 1.45
    )


def _candle(sheet: Sheet, product: Product, variant: Variant) -> str:
    attributes = product["attributes"]
    [head] = layout.heads_of(
        sheet, attributes.get("shown_with", "rosemary"), named(attributes.get("shown_colour", "white"))
    )
    lit = wares.candle(sheet, _colour(product, variant), attributes["shape"])
    long = head.flower.habit is Habit.SPIRE and head.flower.high > 200
    sprig = layout.curve(complex(580, 832), complex(430 if long else 300, 812), 0.06)
    beside = layout.stalk(head, sprig, 0.8) + layout.crown(sheet, head, sprig, 0.6)
    many = min(_count(variant), 3)
    size = _size(variant) * 1.85 / (1 + 0.2 * (many - 1))
    row = "".join(
        use(
            lit,
            complex(430 + (place - (many - 1) / 2) * 175 + (20 if many > 1 else 0), GROUND - 150 - 16 * (place % 2)),
            scale=size,
        )
        for place in range(many)
    )
    return row + beside


def _picture(sheet: Sheet, product: Product, scale: float) -> str:
    """A bloom small enough for a card, a book or a box."""
    attributes = product["attributes"]
    head = layout.heads_of(sheet, attributes["shown_with"], named(attributes.get("shown_colour", "rose pink")))[0]
    points = layout.curve(118j, {Habit.FACE: -40j, Habit.CUP: 10j, Habit.SPIRE: 60j}[head.flower.habit], 0.1)
    size = {Habit.FACE: 0.6, Habit.CUP: 0.85, Habit.SPIRE: 0.56}[head.flower.habit]
    drawn = (
        layout.stalk(head, points, 0.6)
        + layout.leafed(sheet, head, points, 0.8, 2)
        + layout.crown(sheet, head, points, size if head.flower.heads == 1 else size * 0.7)
    )
    return f'<g transform="scale({scale})">{drawn}</g>'


def _card(sheet: Sheet, product: Product, variant: Variant) -> str:
    colour = _colour(product, variant)
    made = paper.card(sheet, colour, _picture(sheet, product, 0.95), count=min(_count(variant), 4))
    return use(made, complex(MIDDLE - 10, GROUND - 90), scale=1.55)


def _book(sheet: Sheet, product: Product, variant: Variant) -> str:
    colour = _colour(product, variant)
    return use(paper.book(sheet, colour, _picture(sheet, product, 1.15)), complex(MIDDLE - 10, GROUND - 90), scale=1.6)


def _gift(sheet: Sheet, product: Product, variant: Variant) -> str:
    """A box with a bow, and what grows in its letters: a bloom or two laid over its corner."""
    attributes = product["attributes"]
    made = paper.box(sheet, _colour(product, variant), named(attributes["ribbon"]))
    [head] = layout.heads_of(sheet, attributes["shown_with"], named(attributes.get("shown_colour", "rose pink")))
    drawn = []
    for foot, end in ((560 + 856j, 246 + 780j), (600 + 840j, 330 + 822j)):
        points = layout.curve(foot, end, 0.05)
        drawn.append(
            layout.stalk(head, points, 0.8)
            + layout.leafed(sheet, head, points, 1.1, 3)
            + layout.crown(sheet, head, points, 0.55)
        )
    return use(made, complex(MIDDLE, GROUND - 120), scale=1.3 * _size(variant)) + "".join(drawn)


def _ribbon(sheet: Sheet, product: Product, variant: Variant) -> str:
    del product
    colour = named(variant["options"]["colour"])
    return use(paper.spool(sheet, colour), complex(MIDDLE - 30, GROUND - 130), scale=2.1 * _size(variant))


def _tool(sheet: Sheet, product: Product, variant: Variant) -> str:
    shape = product["attributes"]["shape"]
    made = tools.tool(sheet, _colour(product, variant), shape)
    stands = shape in ("can", "trug", "sieve", "mister")
    size = _size(variant) * (1.45 if stands else 1.5)
    if stands:
        return use(made, complex(MIDDLE - (30 if shape == "can" else 0), GROUND - 190), scale=size)
    centre = {"secateurs": 115, "snips": 130, "labels": 140}.get(shape, 195)
    return use(made, complex(MIDDLE, 470) + centre * 1j * size + 0, turn=9, scale=size)


_DRAWN = {
    "bouquet": _bouquet, "house plant": _potted, "herb": _potted, "bulb": _bulbs, "seed": _seeds,
    "garden plant": _growing,
    "wreath": _wreath, "vase": _vase, "pot": _pot, "candle": _candle, "card": _card, "book": _book, "gift set": _gift,
    "ribbon": _ribbon, "tool": _tool,
}  # fmt: skip
