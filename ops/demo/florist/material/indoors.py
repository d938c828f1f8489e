"""House plants, herbs and young vegetables in pots."""

# ruff: noqa: E501 - the tables have one row a line

from __future__ import annotations

from ops.demo.florist.material.goods import ZERO, DemoProduct, Option, Value, colours, counted, pots

# (title, plant, botanical name, pence, pot sizes in cm, light, water, safe with pets, height in cm, what is said of it)
# fmt: off
HOUSE_PLANTS = (
    ("Swiss cheese plant", "monstera", "Monstera deliciosa", 1600, (12, 17, 21), "bright shade", "weekly", False, 60, "Leaves that split as they grow, to let light through to those below. Wipe them with a damp cloth and give it something to climb."),
    ("Chinese money plant", "pilea", "Pilea peperomioides", 1100, (10, 12, 15), "bright shade", "weekly", True, 25, "Round leaves on thin stalks, like coins tossed into the air. It sends up young ones at its foot, to be given away."),
    ("Boston fern", "fern", "Nephrolepis exaltata", 1200, (12, 15, 19), "shade", "twice a week", True, 45, "Arching fronds that like a steamy bathroom. Never let the compost dry out entirely."),
    ("Parlour palm", "palm", "Chamaedorea elegans", 1300, (12, 17, 21), "shade", "weekly", True, 70, "It stood in Victorian parlours because it forgives gas light and neglect. New leaves come slowly and last for years."),
    ("Snake plant", "snake plant", "Dracaena trifasciata", 1400, (12, 15, 19), "any", "every three weeks", False, 55, "Upright swords with grey-green bands, almost impossible to kill except by watering. It suits a bedroom or an office."),
    ("Barbados aloe", "aloe", "Aloe vera", 900, (9, 12, 15), "full sun", "every three weeks", False, 30, "Fleshy grey-green leaves with a cooling gel inside. Stand it on a south-facing sill and let it dry between drinks."),
    ("Spider plant", "spider plant", "Chlorophytum comosum", 850, (10, 12, 15), "any", "weekly", True, 30, "Arching ribbons of leaf and, in summer, runners with plantlets at the ends. Pot these up and share them."),
    ("Cast-iron plant", "aspidistra", "Aspidistra elatior", 2400, (14, 17, 21), "deep shade", "every two weeks", True, 60, "Broad dark leaves that endure dark hallways and cold draughts. It grows slowly, hence its price, and outlives its owners."),
    ("Peacock plant", "calathea", "Goeppertia makoyana", 1500, (12, 14, 17), "shade", "twice a week", True, 40, "Painted leaves that fold upwards in the evening with a faint rustle. Use rainwater, and keep it off the radiator."),
    ("Polka-dot begonia", "begonia", "Begonia maculata", 1600, (12, 14, 17), "bright shade", "weekly", False, 45, "Angel-wing leaves with silver spots and wine-red backs. Pinch out the tips to keep it bushy."),
    ("Peace lily", "peace lily", "Spathiphyllum wallisii", 1300, (12, 15, 19), "shade", "weekly", False, 50, "White spathes above glossy leaves, twice a year or oftener. It droops when thirsty and recovers within the hour."),
    ("String of pearls", "string of pearls", "Curio rowleyanus", 1200, (9, 12, 14), "full sun", "every two weeks", False, 35, "Beads on threads that hang a yard long in time. Water from below and sparingly in winter."),
    ("Weeping fig", "ficus", "Ficus benjamina", 1700, (12, 17, 21), "bright shade", "weekly", False, 80, "A small tree with a fine head of leaves. It sulks when moved, so choose its place and leave it there."),
    ("Rubber plant", "rubber plant", "Ficus elastica", 1600, (12, 17, 21), "bright shade", "every ten days", False, 75, "Leathery, dark and shining, with a red sheath on each new leaf. Dust it and it will gleam."),
    ("Fiddle-leaf fig", "fiddle-leaf fig", "Ficus lyrata", 2200, (14, 17, 21), "bright shade", "every ten days", False, 90, "Large leaves in the shape of a violin on an upright stem. It wants steady light and dislikes surprises."),
    ("Fern arum", "zz plant", "Zamioculcas zamiifolia", 1700, (12, 15, 19), "any", "every three weeks", False, 55, "Wands of lacquered leaflets that rise from tubers full of water. It copes with a month's holiday."),
    ("Jade plant", "jade plant", "Crassula ovata", 1000, (9, 12, 15), "full sun", "every three weeks", False, 30, "A succulent tree in miniature with thick, coin-like leaves. Old plants flower with white stars at Christmas."),
    ("Bishop's-cap cactus", "cactus", "Astrophytum ornatum", 900, (8, 10, 12), "full sun", "monthly", True, 18, "A ribbed column with tidy rows of spines and a flower in a good summer. Keep it quite dry from October to March."),
    ("Mexican snowball", "echeveria", "Echeveria elegans", 750, (8, 10, 12), "full sun", "every two weeks", True, 10, "Rosettes of powdery, blue-green leaves with a pink tip. Touch them as little as possible, for the powder does not grow back."),
    ("English ivy", "ivy", "Hedera helix", 700, (9, 12, 14), "shade", "weekly", False, 35, "Trailing stems for shelves and cool stairs. Rinse the leaves now and then to keep red spider away."),
    ("Devil's ivy", "pothos", "Epipremnum aureum", 1000, (12, 15, 17), "any", "every ten days", False, 40, "Heart-shaped leaves on stems that climb or hang as you wish. It roots in a glass of water in a week."),
    ("Heartleaf philodendron", "philodendron", "Philodendron hederaceum", 1100, (12, 15, 17), "bright shade", "weekly", False, 40, "Soft green hearts that unroll with a bronze tint. One of the quickest growers on a shelf."),
    ("Indoor olive", "olive", "Olea europaea", 2200, (14, 17, 21), "full sun", "weekly", True, 80, "A young olive with silver leaves for the brightest window. It likes a summer outdoors and a cool winter."),
)
# fmt: on
# (title, plant, botanical name, colours, pence, sizes, season, light, safe, height, what is said of it)
# fmt: off
FLOWERING = (
    ("Moth orchid", "orchid", "Phalaenopsis amabilis", ("white", "pink", "magenta", "lemon"), 2200, (9, 12), "all year", "bright shade", True, 55, "Arching stems with flowers that last for three months. When they fade, cut above the second joint and wait for a new shoot."),
    ("Forced hyacinth", "hyacinth", "Hyacinthus orientalis", ("blue", "pink", "white"), 700, (9, 13), "winter", "bright shade", False, 25, "Prepared bulbs with the nose already showing, in flower by Christmas or soon after. Plant them out when they have finished."),
    ("Potted amaryllis", "amaryllis", "Hippeastrum × hybridum", ("red", "white"), 1500, (12, 15), "winter", "bright shade", False, 50, "One bulb, two stems, and four trumpets on each. Feed the leaves all summer and it will flower again."),
    ("Patio rose", "rose", "Rosa × hybrida", ("pink", "red", "white"), 900, (10, 13), "summer", "full sun", True, 30, "A small rose that flowers from May to the frosts. Keep it on a sunny sill or plant it by the door."),
    ("Potted hydrangea", "hydrangea", "Hydrangea macrophylla", ("blue", "pink", "white"), 1800, (13, 17), "spring", "bright shade", False, 40, "Generous heads on a compact bush. It drinks deeply and prefers rainwater, in which the blues stay blue."),
    ("Geranium in a pot", "geranium", "Pelargonium zonale", ("red", "pink", "white"), 600, (10, 13), "summer", "full sun", False, 35, "The pelargonium of window boxes from here to the Alps. Let it dry a little between waterings."),
    ("Florist's calla", "calla", "Zantedeschia rehmannii", ("white", "blush", "purple"), 1400, (12, 15), "summer", "bright shade", False, 45, "Furled spathes above speckled leaves. Rest it dry in winter and start it again in March."),
    ("Potted lavender", "lavender", "Lavandula angustifolia", ("lavender", "violet"), 800, (11, 14), "summer", "full sun", False, 35, "The English kind, hardy and richly scented. Clip it after flowering, and never into old wood."),
)
# fmt: on
# (title, plant, botanical name, pence, what is said of it); all are eaten
# fmt: off
HERBS = (
    ("Genovese basil", "basil", "Ocimum basilicum", 350, "Large, tender leaves with a scent of clove and anise. Pinch out the tips for the sauce, and it branches."),
    ("Garden mint", "mint", "Mentha spicata", 350, "Spearmint for new potatoes and for tea. Keep it in its pot, or it will have the whole bed."),
    ("Common sage", "sage", "Salvia officinalis", 375, "Grey, pebbled leaves for butter and for stuffing. It is evergreen and likes poor, dry soil."),
    ("Flat-leaved parsley", "parsley", "Petroselinum crispum", 350, "The kind with flavour, cut again and again from May to November. Water it well in dry weather."),
    ("Upright rosemary", "rosemary", "Salvia rosmarinus", 425, "Needles full of resin, and pale blue flowers in March. A sprig on the grill scents the whole garden."),
    ("Broad-leaved thyme", "thyme", "Thymus pulegioides", 375, "Low and spreading, with larger leaves than most, so that stripping them is no labour. Bees love it in June."),
    ("Sweet bay", "bay", "Laurus nobilis", 1200, "A young bay for stews and custards, to be clipped as a ball in time. Bring it under cover in hard frost."),
    ("Tomato Cellarman", "tomato", "Solanum lycopersicum", 395, "A cordon tomato with small red fruit in long trusses from July. Tie it in, take out the side shoots, and feed it weekly."),
    ("Chilli Lighthouse", "chilli", "Capsicum annuum", 395, "Bright red pods of medium heat on a compact bush. It fruits on a sunny windowsill until November."),
    ("Strawberry Vicarage", "strawberry", "Fragaria × ananassa", 325, "A June-bearing strawberry with dark, sweet fruit. Lay straw under the berries and net them from blackbirds."),
)
# fmt: on

_POT_COLOURS = Option(name="pot", values=(("terracotta", "TERRACOTTA", 1, 1), ("sage", "SAGE", 1.12, 1.1)))


def _house(row: tuple[str, str, str, int, tuple[int, ...], str, str, bool, int, str]) -> DemoProduct:
    title, plant, botanical, pence, wide, light, water, safe, height, text = row
    return DemoProduct(
        title=title,
        text=f"{text} Water it {water}; about {height} cm high in the {wide[1]} cm pot.",
        categories=("house-plants", "pet-safe-plants") if safe else ("house-plants",),
        pence=pence,
        grams=wide[0] * 70,
        attributes={
            "kind": "house plant", "plant": plant, "botanical_name": botanical, "light": light, "watering": water,
            "pet_safe": safe, "height_cm": height, "season": "all year",
        },
        options=(pots(*wide), _POT_COLOURS),
        maker="Lantern Lane Nursery",
    )  # fmt: skip


def _flowering(
    row: tuple[str, str, str, tuple[str, ...], int, tuple[int, ...], str, str, bool, int, str],
) -> DemoProduct:
    title, plant, botanical, shades, pence, wide, season, light, safe, height, text = row
    return DemoProduct(
        title=title,
        text=f"{text} About {height} cm high.",
        categories=("flowering-plants", "house-plants"),
        pence=pence,
        grams=wide[0] * 70,
        attributes={
            "kind": "house plant", "plant": plant, "botanical_name": botanical, "light": light, "pet_safe": safe,
            "height_cm": height, "season": season,
        },
        options=(colours(*shades), pots(*wide)),
        maker="Lantern Lane Nursery",
    )  # fmt: skip


def _herb(row: tuple[str, str, str, int, str]) -> DemoProduct:
    title, plant, botanical, pence, text = row
    fruit = plant in ("tomato", "chilli", "strawberry")
    safe = plant not in ("tomato", "chilli", "bay", "parsley", "mint")
    colour: dict[str, Value] = {"colour": "red"} if fruit else {}
    return DemoProduct(
        title=title,
        text=f"{text} Grown without peat.",
        categories=("herbs-and-vegetables",),
        pence=pence,
        grams=400,
        attributes={
            "kind": "garden plant" if fruit else "herb", "plant": plant, "botanical_name": botanical, "edible": True,
            "light": "full sun", "season": "summer", "pet_safe": safe,
        } | colour,
        options=(counted("plants", "plants", 1, 3, 6, saving=0.86),) if fruit else (pots(9, 12, 15),),
        maker="Fennimore Walled Garden",
        vat=ZERO,
    )  # fmt: skip


def goods() -> list[DemoProduct]:
    """All that grows in a pot."""
    return [*map(_house, HOUSE_PLANTS), *map(_flowering, FLOWERING), *map(_herb, HERBS)]
