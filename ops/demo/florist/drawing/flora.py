"""Which form each flower of the catalogue has, by the name of its plant."""

# ruff: noqa: E501 - the table has one row a line

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from ops.demo.florist.drawing import blooms, spires
from ops.demo.florist.drawing.blooms import Open, Rays, Rosette, Star
from ops.demo.florist.drawing.colour import Tint, green, mix, named, tint
from ops.demo.florist.drawing.foliage import SPRIGS, sprig
from ops.demo.florist.drawing.pen import Blade, line, ring
from ops.demo.florist.drawing.sheet import Sheet, filled, petal, stem, stroked, use
from ops.demo.florist.drawing.spires import Spike

Bloom = Callable[[Sheet, Tint], str]


class Habit(Enum):
    """How a bloom sits on its stem."""

    FACE = "face"  # looks at you; the stem ends behind its middle
    CUP = "cup"  # stands on the end of the stem, about 110 high
    SPIRE = "spire"  # goes on from the stem, 200 and more high


@dataclass(frozen=True, slots=True)
class Flower:
    """A bloom, and the stem that carries it."""

    bloom: Bloom
    habit: Habit = Habit.FACE
    leaves: str = "rose"  # of SPRIGS; `strap`: long leaves from the ground; empty: none
    stalk: str = "leaf"
    size: float = 1.0
    thick: float = 6.0
    woody: bool = False
    heads: int = 1  # blooms on one stem
    high: float = 190  # of a spire: from its base to its tip


def _rosette(**kind: object) -> Bloom:
    made = Rosette(**kind)  # type: ignore[arg-type]  # the fields are checked when the module is imported
    return lambda sheet, colour: blooms.rosette(sheet, colour, made)


def _rays(**kind: object) -> Bloom:
    made = Rays(**kind)  # type: ignore[arg-type]
    return lambda sheet, colour: blooms.rays(sheet, colour, made)


def _open(**kind: object) -> Bloom:
    made = Open(**kind)  # type: ignore[arg-type]
    return lambda sheet, colour: blooms.opened(sheet, colour, made)


def _star(**kind: object) -> Bloom:
    made = Star(**kind)  # type: ignore[arg-type]
    return lambda sheet, colour: blooms.star(sheet, colour, made)


def _spike(stalk: str = "leaf", **kind: object) -> Bloom:
    made = Spike(**kind)  # type: ignore[arg-type]
    return lambda sheet, colour: spires.spike(sheet, colour, made, green(stalk))


def _tulip(kind: str) -> Bloom:
    return lambda sheet, colour: spires.tulip(sheet, colour, kind)


def _ball(petals: int, count: int, size: float, *, pointed: bool = False) -> Bloom:
    return lambda sheet, colour: blooms.globe(sheet, blooms.floret(sheet, colour, petals, pointed=pointed), count, size)


def _umbel(stalk: str = "leaf", breadth: float = 1.0) -> Bloom:
    return lambda sheet, colour: spires.umbel(sheet, colour, green(stalk), breadth=breadth)


def _cloud(stalk: str = "leaf", forks: int = 4) -> Bloom:
    return lambda sheet, colour: spires.cloud(sheet, colour, green(stalk), forks=forks)


def _daffodil(sheet: Sheet, colour: Tint) -> str:
    cup = named("orange") if colour in (named("yellow"), named("white")) else named("amber")
    return blooms.trumpet(sheet, colour, cup)


def _narcissus(sheet: Sheet, colour: Tint) -> str:
    return blooms.trumpet(sheet, colour, named("yellow"), 24)


def _orchid(sheet: Sheet, colour: Tint) -> str:
    lip = named("magenta") if colour != named("magenta") else named("burgundy")
    return blooms.orchid(sheet, colour, lip)


def _calla(sheet: Sheet, colour: Tint) -> str:
    return spires.calla(sheet, colour)


def _pods(kind: str) -> Bloom:
    return lambda sheet, colour: spires.pods(sheet, colour, kind)


def _fruit(kind: str) -> Bloom:
    return lambda sheet, colour: spires.hip_cluster(sheet, colour, green("leaf"), kind)


def _twig(name: str) -> Bloom:
    return lambda sheet, _colour: sprig(sheet, SPRIGS[name])


def _honesty(sheet: Sheet, colour: Tint) -> str:
    disc = spires.pods(sheet, colour, "lunaria")
    twig = sheet.define("".join(use(disc, place, turn=angle, scale=size) for place, angle, size in (
        (0j, -60, 0.9), (-24j, 58, 0.95), (-62j, -52, 0.95), (-96j, 50, 0.9), (-130j, -44, 0.8), (-160j, 40, 0.75), (-180j, 0, 0.75))))  # fmt: skip
    return sheet.define(f'<path d="M0,0L0,-184" stroke="{colour.line}" stroke-width="2.4"/>{use(twig)}')


def _freesia(sheet: Sheet, colour: Tint) -> str:
    """Funnels that stand in a row on a stem bent flat, the youngest at its end."""
    funnel = spires.tulip(sheet, colour, "lily")
    young = spires.bud(sheet, colour, green("fresh"))
    bent = stem([0j, 34 - 20j, 84 - 26j, 132 - 18j], green("fresh"), 3)
    open_ones = ((4 - 2j, -24, 0.46), (36 - 20j, -8, 0.42), (66 - 26j, 10, 0.36))
    closed = ((92 - 27j, 24, 0.62), (112 - 24j, 38, 0.5), (130 - 19j, 54, 0.4))
    drawn = [use(young, point, turn=angle, scale=size) for point, angle, size in closed[::-1]]
    drawn += [use(funnel, point, turn=angle, scale=size) for point, angle, size in open_ones[::-1]]
    side = sheet.chance.choice((-1, 1))
    return sheet.define(f'<g transform="scale({side} 1)">{bent}{"".join(drawn)}</g>')


def _sweet_pea(sheet: Sheet, colour: Tint) -> str:
    """Three or four flowers up the stalk: a frilled standard behind, two wings, and the keel between them."""
    half = [-20 - 4j, -46 - 22j, -56 - 46j, -42 - 68j, -18 - 72j]
    edge = [0j, *half, -62j, *(complex(-point.real, point.imag) for point in reversed(half))]
    veins = "".join(line([0j, point * 0.45 - 8j, point * 0.88]) for point in (*half[2:], -62j, *edge[7:10]))
    back = sheet.define(
        filled(ring(edge), sheet.upright(((0, colour.deep), (0.5, colour.mid), (1, colour.light))), colour.line, 0.8)
        + stroked(veins, colour.line, 0.5, 0.4)
    )
    wing = Blade(length=42, width=36, rise=0.85, fall=0.3)
    light = tint(mix(of=colour.mid, into=colour.light, share=0.7))
    left, right = (petal(sheet, replace(wing, bend=bend), light, 3) for bend in (0.5, -0.5))
    keel = petal(sheet, Blade(length=25, width=17, rise=0.6, fall=0.5), tint(colour.light), 0)
    calyx = petal(sheet, Blade(length=17, width=13, rise=0.6, fall=0.6), green("glaucous"), 0)
    one = sheet.define(
        use(calyx, 9j) + use(back, 2j) + use(left, 1j, turn=-24) + use(right, 1j, turn=24) + use(keel, 2j)
    )
    axis = [0j, 3 - 50j, -2 - 104j, 4 - 132j]
    places = ((4 - 134j, 6, 0.62), (-20 - 92j, -40, 0.78), (24 - 62j, 44, 0.86), (-18 - 30j, -50, 0.9))
    shown = "".join(use(one, point, turn=turn, scale=size) for point, turn, size in places)
    return sheet.define(stem(axis, green("glaucous"), 3) + shown)


def _snowdrop(sheet: Sheet, colour: Tint) -> str:
    """A bell that hangs from an arched neck: three long petals, and the short ones between them, tipped with green."""
    fresh = green("fresh")
    outer = Blade(length=84, width=36, rise=0.95, fall=0.42)
    left, right = (petal(sheet, replace(outer, bend=bend), colour, 3) for bend in (0.35, -0.35))
    front = petal(sheet, replace(outer, length=78, width=38), colour, 4)
    inner = petal(sheet, Blade(length=50, width=34, rise=0.9, fall=0.3, notch=0.08), colour, 0)
    mark = petal(sheet, Blade(length=15, width=17, rise=0.8, fall=0.4, notch=0.2), fresh, 0)
    seed = petal(sheet, Blade(length=22, width=15, rise=0.6, fall=0.6), fresh, 1)
    sheath = petal(sheet, Blade(length=58, width=12, rise=0.5, fall=0.9, bend=0.7), fresh, 1)
    neck = [0j, -34j, 12 - 58j, 34 - 62j, 50 - 48j]
    hang = 50 - 32j
    bell = (
        use(left, hang, turn=208) + use(right, hang, turn=152)
        + use(inner, hang, turn=180) + use(mark, hang + 36j, turn=180)
        + use(front, hang, turn=193 if sheet.chance.random() < 0.5 else 167) + use(seed, hang + 6j)
    )  # fmt: skip
    side = sheet.chance.choice((-1, 1))
    drawn = use(sheath, -30j, turn=14) + stem(neck, fresh, 2.6) + bell
    return sheet.define(f'<g transform="scale({side} 1)">{drawn}</g>')


_ROUND = Blade(width=104, rise=0.75, fall=0.32, notch=0.05)
_FRILL = Blade(width=88, rise=0.9, fall=0.22, ruffle=0.07)
_POINT = Blade(width=44, rise=0.9, fall=0.7)
_QUILL = Blade(width=22, rise=0.7, fall=0.3, bend=0.3)
_FRINGE = Blade(width=84, rise=0.8, fall=0.2, notch=0.05, teeth=7)

FLOWERS: dict[str, Flower] = {
    "rose": Flower(_rosette(), thick=6.5),
    "garden rose": Flower(_rosette(petals=58, hasten=0.95, inmost=0.14, blade=_ROUND), thick=6),
    "spray rose": Flower(_rosette(petals=24), size=0.62, heads=3, thick=4.5),
    "peony": Flower(_rosette(petals=64, blade=_FRILL, hasten=0.7, inmost=0.22, heart="none", veins=5), leaves="camellia", size=1.12),
    "ranunculus": Flower(_rosette(petals=64, hasten=1.0, inmost=0.12, heart="green", veins=0, tilt=0.94), leaves="feather", size=0.86),
    "camellia": Flower(_rosette(petals=42, rings=6, hasten=1.0, inmost=0.16, blade=Blade(width=70, rise=0.9, fall=0.35), heart="none"), leaves="camellia", woody=True),
    "lisianthus": Flower(_rosette(petals=20, blade=Blade(width=110, rise=0.85, fall=0.28, ruffle=0.04), inmost=0.3), leaves="sage", size=0.86),
    "carnation": Flower(_rosette(petals=46, blade=_FRINGE, hasten=0.75, inmost=0.25, heart="none", veins=2), leaves="lavender", stalk="glaucous", size=0.84),
    "dahlia": Flower(_rosette(petals=84, blade=_POINT, hasten=0.85, inmost=0.1, heart="none", veins=2, tilt=0.95), leaves="basil", size=1.05),
    "pompon dahlia": Flower(_rosette(petals=96, blade=Blade(width=40, rise=1.1, fall=0.3), hasten=0.95, inmost=0.08, heart="none", veins=1, tilt=0.96), leaves="basil", size=0.86),
    "chrysanthemum": Flower(_rosette(petals=110, blade=_QUILL, hasten=0.75, inmost=0.12, heart="none", veins=1, tilt=0.95), leaves="mint"),
    "zinnia": Flower(_rosette(petals=60, rings=4, blade=Blade(width=34, rise=0.9, fall=0.3, notch=0.03), hasten=0.7, inmost=0.3, heart="open", veins=2), leaves="basil", size=0.86),
    "marigold": Flower(_rosette(petals=64, rings=4, blade=Blade(width=24, rise=0.9, fall=0.22, notch=0.03), hasten=0.6, inmost=0.34, heart="open", veins=1), leaves="sage", size=0.84),
    "cornflower": Flower(_rosette(petals=24, rings=2, blade=Blade(width=40, rise=1.3, fall=0.3, notch=0.16), hasten=0.5, inmost=0.45, heart="open", veins=2), leaves="lavender", stalk="silver", size=0.7),
    "scabious": Flower(_rosette(petals=36, rings=3, blade=Blade(width=40, rise=1.0, fall=0.25, notch=0.08, ruffle=0.05), hasten=0.6, inmost=0.4, heart="open", veins=2), leaves="feather", size=0.74),
    "gerbera": Flower(_rays(count=26, layers=2, disc=26, blade=Blade(width=19, rise=0.8, fall=0.3), disc_colour="#8E7A3C"), leaves="", stalk="fresh", thick=6),
    "sunflower": Flower(_rays(count=24, layers=2, disc=44, disc_colour="#6B4526", blade=Blade(width=28, rise=0.9, fall=0.75), seeds=170), leaves="basil", thick=9, size=1.12),
    "rudbeckia": Flower(_rays(count=14, disc=25, disc_colour="#4A2F22", blade=Blade(width=30, rise=0.8, fall=0.4), dome=8), leaves="sage", size=0.84),
    "echinacea": Flower(_rays(count=16, disc=32, disc_colour="#A55A2C", blade=Blade(width=27, rise=0.7, fall=0.35, notch=0.05), dome=16, tilt=0.8), leaves="sage", size=0.92),
    "daisy": Flower(_rays(count=24, disc=27, blade=Blade(width=19, rise=0.8, fall=0.35)), leaves="sage", size=0.74),
    "aster": Flower(_rays(count=30, layers=2, disc=22, blade=Blade(width=12, rise=0.8, fall=0.5)), leaves="lavender", size=0.7, heads=3),
    "chamomile": Flower(_rays(count=17, disc=36, dome=14, blade=Blade(width=20, rise=0.8, fall=0.3)), leaves="feather", size=0.5, heads=5, thick=3.5),
    "anemone": Flower(_open(petals=8, halo=True), leaves="feather", size=0.88),
    "poppy": Flower(_open(petals=5, blade=Blade(width=126, rise=0.7, fall=0.24, ruffle=0.05), eye="pod", eye_size=17), leaves="feather", size=0.95, thick=3.6),
    "hellebore": Flower(_open(petals=5, blade=Blade(width=92, rise=0.7, fall=0.5), eye="gold", eye_size=22), leaves="camellia", size=0.8),
    "cosmos": Flower(_open(petals=8, blade=Blade(width=64, rise=1.0, fall=0.2, notch=0.04), eye="gold", eye_size=14), leaves="feather", size=0.84, thick=3.4),
    "japanese anemone": Flower(_open(petals=6, blade=Blade(width=84, rise=0.8, fall=0.3), eye="gold", eye_size=18), leaves="camellia", size=0.74, heads=3, thick=3.6),
    "pansy": Flower(_open(petals=5, blade=Blade(width=112, rise=0.75, fall=0.28, ruffle=0.03), eye="gold", eye_size=11, veins=9), leaves="sage", size=0.74),
    "nasturtium": Flower(_open(petals=5, blade=Blade(width=78, rise=1.2, fall=0.3, notch=0.03), eye="gold", eye_size=12), leaves="", size=0.74, thick=3.6),
    "geranium": Flower(_open(petals=5, blade=Blade(width=84, rise=0.9, fall=0.3), eye="gold", eye_size=13, veins=9), leaves="feather", size=0.6, heads=3, thick=3.6),
    "apple blossom": Flower(_open(petals=5, blade=Blade(width=74, rise=0.8, fall=0.35), eye="gold", eye_size=17), leaves="bay", size=0.42, heads=5, woody=True),
    "crocus": Flower(_tulip("lily"), Habit.CUP, leaves="strap", size=0.8, stalk="fresh"),
    "tulip": Flower(_tulip("single"), Habit.CUP, leaves="strap", stalk="fresh", thick=8),
    "lily-flowered tulip": Flower(_tulip("lily"), Habit.CUP, leaves="strap", stalk="fresh", thick=7),
    "parrot tulip": Flower(_tulip("parrot"), Habit.CUP, leaves="strap", stalk="fresh", thick=8),
    "fringed tulip": Flower(_tulip("fringed"), Habit.CUP, leaves="strap", stalk="fresh", thick=8),
    "double tulip": Flower(_tulip("double"), Habit.CUP, leaves="strap", stalk="fresh", thick=8),
    "iris": Flower(spires.iris, Habit.CUP, leaves="strap", stalk="fresh", thick=7, size=0.9),
    "calla": Flower(_calla, Habit.CUP, leaves="strap", stalk="fresh", thick=9),
    "freesia": Flower(_freesia, Habit.CUP, leaves="strap", stalk="fresh", thick=4, size=1.2),
    "sweet pea": Flower(_sweet_pea, Habit.CUP, leaves="pea", stalk="glaucous", thick=4, size=1.1),
    "daffodil": Flower(_daffodil, leaves="strap", stalk="fresh", thick=7),
    "narcissus": Flower(_narcissus, leaves="strap", stalk="fresh", size=0.56, heads=3),
    "lily": Flower(_star(blade=Blade(length=116, width=54, rise=1.0, fall=0.75)), leaves="ruscus", thick=7, size=1.2),
    "spotted lily": Flower(_star(spots=True, stripe="#B5486E", blade=Blade(length=116, width=56, rise=1.0, fall=0.7)), leaves="ruscus", thick=7, size=1.2),
    "alstroemeria": Flower(_star(blade=Blade(length=100, width=48, rise=1.2, fall=0.45), spots=True, stamen=40, throat="#E4C766"), leaves="willow eucalyptus", size=0.66, heads=3),
    "amaryllis": Flower(_star(blade=Blade(length=112, width=72, rise=0.9, fall=0.6), throat="#B9C07A", anther="#D3AE4F"), leaves="strap", thick=13, size=1.1, heads=2),
    "agapanthus": Flower(_ball(6, 46, 1.9, pointed=True), leaves="strap", size=0.95),
    "hydrangea": Flower(_ball(4, 58, 2.05), leaves="hydrangea", size=1.15, woody=True),
    "allium": Flower(_ball(6, 92, 1.25, pointed=True), leaves="strap", size=0.9),
    "craspedia": Flower(_pods("button"), Habit.CUP, leaves="", stalk="silver", size=0.72, thick=3.4),
    "thistle": Flower(_pods("thistle"), Habit.CUP, leaves="", stalk="silver", size=0.72, thick=4),
    "poppy pod": Flower(_pods("poppy"), Habit.CUP, leaves="", stalk="dry", size=0.75, thick=3.4),
    "honesty": Flower(_honesty, Habit.SPIRE, leaves="", stalk="dry", thick=2.6, size=1.25),
    "strawflower": Flower(_rosette(petals=52, blade=Blade(width=44, rise=0.8, fall=0.6), hasten=0.8, inmost=0.24, heart="open", veins=1), leaves="", stalk="dry", size=0.72, thick=3.6),
    "lavender": Flower(_spike("silver", floret="bud", height=190, breadth=30, rows=11, size=1.5, taper=0.5), Habit.SPIRE, leaves="lavender", stalk="silver", thick=2.6),
    "delphinium": Flower(_spike(floret="bee", height=350, breadth=84, rows=14, size=2.1, taper=0.9, density=3), Habit.SPIRE, leaves="feather", thick=7, high=350),
    "larkspur": Flower(_spike(height=310, breadth=60, rows=14, size=1.5, density=2), Habit.SPIRE, leaves="feather", thick=4, high=310),
    "foxglove": Flower(_spike(floret="bell", height=350, breadth=74, rows=12, size=1.95, density=3), Habit.SPIRE, leaves="sage", thick=6, high=350),
    "lupin": Flower(_spike(floret="pea", height=290, breadth=76, rows=15, size=1.35, density=4), Habit.SPIRE, leaves="feather", thick=6, high=290),
    "snapdragon": Flower(_spike(floret="mouth", height=290, breadth=64, rows=11, size=1.6, density=2), Habit.SPIRE, leaves="ruscus", thick=5, high=290),
    "stock": Flower(_spike("glaucous", height=250, breadth=84, rows=11, size=2.0, density=3), Habit.SPIRE, leaves="sage", stalk="glaucous", thick=6, high=250),
    "hyacinth": Flower(_spike("fresh", floret="star", height=200, breadth=96, rows=10, size=1.75, density=4, taper=0.55), Habit.SPIRE, leaves="strap", stalk="fresh", thick=9),
    "muscari": Flower(_spike("fresh", floret="bell", height=110, breadth=46, rows=9, size=0.9, density=4, taper=0.7), Habit.SPIRE, leaves="strap", stalk="fresh", thick=4, high=110),
    "bluebell": Flower(_spike("fresh", floret="bell", height=230, breadth=60, rows=7, size=1.5, density=2), Habit.SPIRE, leaves="strap", stalk="fresh", thick=4, high=230),
    "gladiolus": Flower(_spike("fresh", floret="mouth", height=360, breadth=60, rows=9, size=2.3, density=2, taper=0.75), Habit.SPIRE, leaves="strap", stalk="fresh", thick=6, high=360),
    "salvia": Flower(_spike(floret="mouth", height=230, breadth=38, rows=14, size=0.95, density=2), Habit.SPIRE, leaves="sage", thick=3.4, high=230),
    "veronica": Flower(_spike(floret="bud", height=240, breadth=26, rows=18, size=1.1, density=4, taper=0.85), Habit.SPIRE, leaves="mint", thick=3.4, high=240),
    "astilbe": Flower(lambda sheet, colour: spires.plume(sheet, colour, height=230, breadth=62, hairs=160), Habit.SPIRE, leaves="feather", thick=4, high=270),
    "snowdrop": Flower(_snowdrop, Habit.CUP, leaves="strap", size=0.8, stalk="fresh", thick=3.4),
    "ammi": Flower(_umbel(), Habit.SPIRE, leaves="feather", thick=4.4, high=130),
    "dill": Flower(_umbel("fresh", 0.85), Habit.SPIRE, leaves="feather", stalk="fresh", thick=4, high=130),
    "fennel": Flower(_umbel("glaucous", 0.9), Habit.SPIRE, leaves="feather", stalk="glaucous", thick=4, high=130),
    "yarrow": Flower(_umbel("silver", 0.95), Habit.SPIRE, leaves="feather", stalk="silver", thick=4.4, high=130),
    "sedum": Flower(_umbel("glaucous", 0.95), Habit.SPIRE, leaves="basil", stalk="glaucous", thick=6, high=130),
    "gypsophila": Flower(_cloud(), Habit.SPIRE, leaves="", stalk="leaf", thick=2.2, size=1.25),
    "limonium": Flower(_cloud("leaf"), Habit.SPIRE, leaves="", thick=2.6, size=1.2),
    "waxflower": Flower(_cloud("deep"), Habit.SPIRE, leaves="rosemary", thick=2.6, size=1.2),
    "wheat": Flower(spires.ear, Habit.SPIRE, leaves="", stalk="dry", thick=2.4, size=1.25, high=170),
    "pampas": Flower(lambda sheet, colour: spires.plume(sheet, colour, height=330, breadth=92, hairs=240), Habit.SPIRE, leaves="", stalk="dry", thick=3, high=400),
    "hare's tail": Flower(lambda sheet, colour: spires.plume(sheet, colour, height=80, breadth=34, hairs=150), Habit.SPIRE, leaves="", stalk="dry", thick=1.8, size=1.4, high=100),
    "pussy willow": Flower(lambda sheet, colour: spires.catkins(sheet, colour, tint("#7A4E3A")), Habit.SPIRE, leaves="", stalk="dry", thick=4, high=300),
    "rosehip": Flower(_fruit("berry"), Habit.SPIRE, leaves="rose", thick=4, woody=True, high=110),
    "hypericum": Flower(_fruit("berry"), Habit.SPIRE, leaves="camellia", thick=4, high=110),
    "holly": Flower(_fruit("berry"), Habit.SPIRE, leaves="holly", thick=4, woody=True, high=110),
    "tomato": Flower(_fruit("tomato"), Habit.SPIRE, leaves="tomato", thick=5, size=1.35, high=120),
    "chilli": Flower(_fruit("chilli"), Habit.SPIRE, leaves="basil", thick=4, size=1.1, high=120),
    "strawberry": Flower(_fruit("strawberry"), Habit.SPIRE, leaves="strawberry", thick=3, high=110),
    "orchid": Flower(_orchid, leaves="", stalk="deep", size=0.7, heads=5),
    "olive": Flower(_twig("olive"), Habit.SPIRE, leaves="", stalk="dry", thick=3, high=330),
    "eucalyptus": Flower(_twig("eucalyptus"), Habit.SPIRE, leaves="", stalk="silver", thick=3, high=330),
    "ruscus": Flower(_twig("ruscus"), Habit.SPIRE, leaves="", thick=3, high=330),
    "fir": Flower(_twig("fir"), Habit.SPIRE, leaves="", stalk="dry", thick=3, high=330),
    "rosemary": Flower(_twig("rosemary"), Habit.SPIRE, leaves="", stalk="dry", thick=3, high=330),
    "thyme": Flower(_twig("thyme"), Habit.SPIRE, leaves="", stalk="dry", thick=2, high=330),
    "bay": Flower(_twig("bay"), Habit.SPIRE, leaves="", stalk="dry", thick=3, high=330),
    "basil": Flower(_twig("basil"), Habit.SPIRE, leaves="", stalk="fresh", thick=3, high=240),
    "mint": Flower(_twig("mint"), Habit.SPIRE, leaves="", thick=3, high=280),
    "sage": Flower(_twig("sage"), Habit.SPIRE, leaves="", stalk="silver", thick=3, high=260),
    "parsley": Flower(_twig("parsley"), Habit.SPIRE, leaves="", stalk="fresh", thick=3, high=250),
    "ivy": Flower(_twig("ivy"), Habit.SPIRE, leaves="", stalk="dark", thick=2, high=330),
    "fig": Flower(_twig("ficus"), Habit.SPIRE, leaves="", stalk="dry", thick=3, high=330),
    "pea": Flower(_twig("pea"), Habit.SPIRE, leaves="", stalk="glaucous", thick=3, high=330),
    "salad leaf": Flower(_twig("basil"), Habit.SPIRE, leaves="", stalk="fresh", thick=3, high=240),
}  # fmt: skip
