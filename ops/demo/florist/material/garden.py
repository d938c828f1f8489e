"""Bulbs, seeds and plants for the garden."""

# ruff: noqa: E501 - the tables have one row a line

from __future__ import annotations

from ops.demo.florist.material.goods import STANDARD, ZERO, DemoProduct, Value, colours, counted, sizes

# (title, plant, botanical name, colours, pence a bulb, counts, flowers in, height, depth in cm, safe, what is said of it)
# fmt: off
BULBS = (
    ("Queen of Night tulip bulbs", "tulip", "Tulipa gesneriana 'Queen of Night'", ("near-black",), 52, (10, 25, 50), "May", 60, 15, False, "The darkest tulip of all, maroon in the sun and black at dusk. Plant it through forget-me-nots."),
    ("Spring Green tulip bulbs", "lily-flowered tulip", "Tulipa viridiflora 'Spring Green'", ("ivory",), 55, (10, 25, 50), "May", 45, 15, False, "Ivory petals with a feather of green up the back. It comes again for several years in well-drained soil."),
    ("Single early tulip bulbs", "tulip", "Tulipa gesneriana", ("red", "yellow", "apricot"), 42, (10, 25), "April", 35, 15, False, "Short, sturdy and not troubled by wind. Good in pots by the door, in two layers."),
    ("Parrot tulip bulbs", "parrot tulip", "Tulipa gesneriana", ("crimson", "apricot"), 60, (10, 25), "May", 50, 15, False, "Ragged petals that catch the low light of an evening in May. Shelter them from wind."),
    ("Double late tulip bulbs", "double tulip", "Tulipa gesneriana", ("pink", "white"), 58, (10, 25), "May", 45, 15, False, "Full as a peony and three weeks ahead of one. Cut some, as rain weighs the heads down."),
    ("King Alfred daffodil bulbs", "daffodil", "Narcissus 'King Alfred'", ("yellow",), 38, (10, 25, 50, 100), "March", 45, 15, False, "The great yellow trumpet of village greens, raised in Devon in the 1890s. Let the leaves die down before mowing."),
    ("Pheasant's eye bulbs", "narcissus", "Narcissus poeticus var. recurvus", ("white",), 40, (10, 25, 50), "May", 40, 12, False, "The last daffodil of the year, pure white with a small red-rimmed eye, and scented. It likes damp grass."),
    ("Tête-à-tête daffodil bulbs", "daffodil", "Narcissus 'Tête-à-tête'", ("lemon",), 30, (10, 25, 50), "March", 18, 10, False, "Small, early and often two to a stem. It never needs staking and suits a window box."),
    ("Border hyacinth bulbs", "hyacinth", "Hyacinthus orientalis", ("blue", "pink", "white"), 95, (5, 10, 20), "April", 25, 12, False, "Scented columns for the edge of a path. Wear gloves to plant them, as the coats can itch."),
    ("Grape hyacinth bulbs", "muscari", "Muscari armeniacum", ("blue", "white"), 18, (25, 50, 100), "April", 15, 8, True, "Little bunches of blue grapes that spread into rivers under shrubs. They ask for nothing at all."),
    ("Snowdrop bulbs", "snowdrop", "Galanthus nivalis", ("white",), 32, (25, 50, 100), "January", 15, 8, False, "The first flower of the year under bare trees. Plant at once on arrival, before the bulbs dry."),
    ("Spring crocus corms", "crocus", "Crocus vernus", ("purple", "white", "yellow"), 20, (25, 50, 100), "March", 12, 8, False, "Goblets that open flat in the sun and close for rain. Scatter them on the lawn and plant where they fall."),
    ("Native bluebell bulbs", "bluebell", "Hyacinthoides non-scripta", ("blue",), 34, (25, 50, 100), "May", 35, 10, False, "The nodding English bluebell, nursery-raised and never dug from the wild. It needs leaf mould and years."),
    ("Purple Sensation allium bulbs", "allium", "Allium hollandicum 'Purple Sensation'", ("purple",), 55, (10, 25, 50), "May", 80, 15, False, "Violet spheres that bridge the weeks between tulips and roses. Leave the seed heads standing."),
    ("Mount Everest allium bulbs", "allium", "Allium stipitatum 'Mount Everest'", ("white",), 140, (5, 10, 20), "June", 100, 15, False, "White globes at shoulder height above a dark hedge. Plant them in threes."),
    ("Dutch iris bulbs", "iris", "Iris × hollandica", ("violet", "yellow", "white"), 20, (25, 50), "June", 55, 10, False, "Slender irises for cutting, which cost as much for fifty as one bunch in the shop. Plant in rows like onions."),
    ("Madonna lily bulbs", "lily", "Lilium candidum", ("white",), 450, (1, 3, 5), "June", 120, 3, False, "The oldest lily in gardens, with a scent of honey. Plant it shallowly in August; it is poisonous to cats."),
    ("Stargazer lily bulbs", "spotted lily", "Lilium 'Star Gazer'", ("rose pink",), 280, (3, 5, 10), "August", 90, 15, False, "Upward-facing pink stars with freckles. Grow them in deep pots near a seat, and away from cats."),
    ("Butterfly gladiolus corms", "gladiolus", "Gladiolus × hortulanus", ("coral", "white", "lime green"), 32, (10, 25), "August", 90, 12, False, "Plant ten every fortnight from March to June for spikes until the frosts. Lift them in October."),
    ("Dahlia tubers, dinner-plate", "dahlia", "Dahlia pinnata", ("blush", "crimson", "white"), 520, (1, 3), "August", 110, 12, False, "Strong tubers that make a shoulder-high bush in one summer. Start them under glass in April and pinch out the tip."),
    ("Dahlia tubers, pompon", "pompon dahlia", "Dahlia pinnata", ("burgundy", "coral", "yellow"), 460, (1, 3), "July", 90, 12, False, "Tidy globes by the dozen, all the better for being cut. Mulch deeply or lift them after the first frost."),
    ("Poppy anemone corms", "anemone", "Anemone coronaria", ("purple", "red", "white"), 22, (20, 40), "April", 30, 5, False, "Soak the wizened corms overnight and plant them on their sides. Autumn planting gives flowers in spring."),
)
# fmt: on

# (title, plant, botanical name, colour, pence, edible, sow, flowers or crop, height, what is said of it)
# fmt: off
SEEDS = (
    ("Cupani sweet pea seeds", "sweet pea", "Lathyrus odoratus 'Cupani'", "purple", 295, False, "October to April", "June", 180, "The first sweet pea, sent to Middlesex by a Sicilian monk in 1699, and still the best scented. Pick it daily, or it stops."),
    ("Painted Lady sweet pea seeds", "sweet pea", "Lathyrus odoratus 'Painted Lady'", "pink", 295, False, "October to April", "June", 180, "Rose and white, known since the 1730s and strongly perfumed. It climbs well up hazel sticks."),
    ("Field poppy seeds", "poppy", "Papaver rhoeas", "red", 225, False, "March to May", "June", 60, "Scatter on bare soil and do not cover, for light wakes them. They sow themselves ever after."),
    ("Shirley poppy seeds", "poppy", "Papaver rhoeas", "blush", 245, False, "March to May", "June", 60, "The soft, white-centred strain raised in a Surrey vicarage in the 1880s. Cut them at dawn in the bud."),
    ("Cornflower seeds", "cornflower", "Centaurea cyanus", "blue", 225, False, "March to May", "June", 75, "Once a weed of wheat, now a welcome guest. Autumn sowings are tallest."),
    ("Giant sunflower seeds", "sunflower", "Helianthus annuus", "yellow", 245, False, "April to May", "August", 250, "Taller than the fence by August, and full of food for finches in October. Stake it early."),
    ("Bronze sunflower seeds", "sunflower", "Helianthus annuus", "russet", 255, False, "April to May", "August", 160, "A branching kind in copper and mahogany with many heads for cutting. It has little pollen."),
    ("Tall cosmos seeds", "cosmos", "Cosmos bipinnatus", "magenta", 245, False, "April to May", "July", 120, "A hedge of feathery green and saucer flowers until the first frost. Dead-head it on every walk past."),
    ("White cosmos seeds", "cosmos", "Cosmos bipinnatus", "white", 245, False, "April to May", "July", 120, "Pure white flowers that glow at dusk. Thin the seedlings to a hand's breadth."),
    ("Nasturtium seeds", "nasturtium", "Tropaeolum majus", "orange", 225, False, "April to June", "July", 40, "Large seeds that children can sow, and flowers by the end of term. They bloom best in poor soil."),
    ("Pot marigold seeds", "marigold", "Calendula officinalis", "orange", 225, False, "March to May", "June", 50, "Hardy, sunny and good company for beans. Sow in September for flowers in May."),
    ("Foxglove seeds", "foxglove", "Digitalis purpurea", "magenta", 245, False, "May to July", "June", 150, "Dust-fine seed for shady corners; flowers come in the second year. Poisonous if eaten."),
    ("Bishop's flower seeds", "ammi", "Ammi majus", "white", 265, False, "March to May", "July", 100, "Lace for the border and for every bunch you cut. September sowings stand twice as tall."),
    ("Zinnia seeds", "zinnia", "Zinnia elegans", "coral", 255, False, "April to May", "August", 70, "Sow after the cold nights, where they are to grow. They dislike being moved."),
    ("Larkspur seeds", "larkspur", "Consolida ajacis", "violet", 245, False, "March to April", "July", 100, "Chill the packet in the refrigerator for a week and then sow thinly. Good fresh and dried."),
    ("Scabious seeds", "scabious", "Scabiosa atropurpurea", "burgundy", 255, False, "March to May", "July", 80, "Pincushions from July to November if you keep cutting. Butterflies come to it first."),
    ("Tall strawflower seeds", "strawflower", "Xerochrysum bracteatum", "amber", 245, False, "March to April", "August", 80, "Cut when the outer petals have opened and hang them upside down. They will be with you at Christmas."),
    ("Dill seeds", "dill", "Anethum graveolens", "lime green", 225, True, "April to July", "June", 80, "Sow a pinch every three weeks, as it bolts in heat. Leaves for fish, flowers for pickles."),
    ("Sweet fennel seeds", "fennel", "Foeniculum vulgare", "yellow", 235, True, "April to May", "July", 150, "Feathery leaves with a taste of aniseed, and seeds for bread. It lives for many years."),
    ("Basil seeds", "basil", "Ocimum basilicum", "green", 225, True, "April to June", "July", 40, "Sow on a windowsill, a few at a time, and keep them warm. Never water it late in the day."),
    ("Parsley seeds", "parsley", "Petroselinum crispum", "green", 215, True, "March to July", "June", 35, "It goes to the devil nine times before it comes up, they say; three weeks is nearer the truth. Soak the seed first."),
    ("Cordon tomato seeds", "tomato", "Solanum lycopersicum", "red", 275, True, "February to April", "July", 180, "Small, sweet fruit in long trusses for a greenhouse or a warm wall. Ten plants are plenty."),
    ("Chilli seeds", "chilli", "Capsicum annuum", "red", 275, True, "January to March", "August", 50, "Start them early and warm, at twenty degrees or more. The pods dry well on a string."),
    ("Climbing pea seeds", "pea", "Pisum sativum", "green", 265, True, "March to June", "June", 150, "Tall, old-fashioned peas with three times the crop of short ones. Give them netting and pick them young."),
    ("Salad leaf seeds", "salad leaf", "Lactuca sativa", "green", 235, True, "March to September", "May", 25, "A mixture to cut and come again, ready in five weeks. Sow short rows, often."),
)
# fmt: on

# (title, plant, botanical name, colours, pence, flowers in, height, light, safe, what is said of it)
# fmt: off
GARDEN = (
    ("Purple coneflower", "echinacea", "Echinacea purpurea", ("pink", "white"), 750, "July", 90, "full sun", True, "Swept-back rays round a copper cone that butterflies dance upon. Leave the heads for goldfinches."),
    ("Black-eyed Susan", "rudbeckia", "Rudbeckia fulgida", ("yellow",), 700, "August", 70, "full sun", True, "Golden daisies by the hundred from August to October. It thrives in heavy soil."),
    ("Hidcote lavender", "lavender", "Lavandula angustifolia 'Hidcote'", ("violet",), 600, "July", 45, "full sun", False, "The deep violet kind for low hedges, three plants to a metre. Clip it in August."),
    ("Border delphinium", "delphinium", "Delphinium elatum", ("blue", "violet"), 950, "June", 160, "full sun", False, "Spires for the back of the border, from cuttings of named plants. Guard it from slugs in March."),
    ("Cottage foxglove", "foxglove", "Digitalis purpurea", ("magenta", "white"), 550, "June", 140, "part shade", False, "Second-year plants, ready to flower this summer. Poisonous if eaten, so mind small children."),
    ("Russell lupin", "lupin", "Lupinus polyphyllus", ("violet", "pink", "yellow"), 650, "June", 100, "full sun", False, "Peppery spikes in the tradition of a York allotment holder. Cut them down and they flower again."),
    ("Meadow sage", "salvia", "Salvia nemorosa", ("violet", "pink"), 650, "June", 60, "full sun", True, "Slim violet wands that hum with bees for ten weeks. Drought does not trouble it once it is established."),
    ("False goat's beard", "astilbe", "Astilbe × arendsii", ("pink", "white", "crimson"), 700, "July", 70, "part shade", True, "Feathery plumes for a damp, shaded corner. It must never dry out in summer."),
    ("Ice plant", "sedum", "Hylotelephium spectabile", ("rose pink", "burgundy"), 650, "September", 45, "full sun", True, "Flat heads that turn from green to pink to bronze. The last good table for bees before winter."),
    ("Japanese anemone", "japanese anemone", "Eriocapitella × hybrida", ("white", "pink"), 750, "September", 110, "part shade", False, "Simple flowers on wiry stems when the border flags. Slow for a year, and then unstoppable."),
    ("Lenten rose", "hellebore", "Helleborus × hybridus", ("mauve", "white", "near-black"), 1100, "February", 40, "part shade", False, "Nodding cups in the coldest weeks. Remove old leaves in January to see them."),
    ("Hardy geranium", "geranium", "Geranium pratense", ("blue", "white"), 600, "June", 60, "any", True, "The meadow cranesbill, which fills every gap between roses. Shear it in July for a second flush."),
    ("Winter pansies", "pansy", "Viola × wittrockiana", ("violet", "yellow", "white"), 350, "November", 18, "any", True, "Faces for pots and windows from October to May. Pick off the dead ones and they never stop."),
    ("Climbing rose Bell Ringer", "garden rose", "Rosa × hybrida", ("blush", "crimson"), 2400, "June", 300, "full sun", True, "Scented rosettes up to the bedroom window, in two flushes. Tie its canes sideways and they flower all along."),
    ("Camellia in bud", "camellia", "Camellia japonica", ("pink", "white", "red"), 2600, "March", 120, "part shade", True, "Formal flowers on a glossy evergreen. It needs lime-free soil and shelter from the morning sun."),
)
# fmt: on


def one_colour(shades: tuple[str, ...]) -> dict[str, Value]:
    """The attribute of a thing that has one colour only, and is therefore not chosen by it."""
    return {"colour": shades[0]} if len(shades) == 1 else {}


def _bulb(row: tuple[str, str, str, tuple[str, ...], int, tuple[int, ...], str, int, int, bool, str]) -> DemoProduct:
    title, plant, botanical, shades, pence, counts, month, height, depth, safe, text = row
    return DemoProduct(
        title=title,
        text=f"{text} Plant {depth} cm deep; flowers in {month}, {height} cm high.",
        categories=("bulbs",),
        pence=pence,
        grams=260 if plant.endswith("dahlia") or "lily bulbs" in title else 26,
        attributes=one_colour(shades) | {
            "kind": "bulb", "plant": plant, "botanical_name": botanical, "flowering_month": month, "height_cm": height,
            "planting_depth_cm": depth, "season": season_of(month), "pet_safe": safe,
        },
        options=((colours(*shades),) if len(shades) > 1 else ()) + (counted("bulbs", "bulbs", *counts, saving=0.9),),
        maker="Wash & Fen Bulb Company",
    )  # fmt: skip


def season_of(month: str) -> str:
    """The season that a month is in, as the facets have it."""
    return {
        "January": "winter", "February": "winter", "March": "spring", "April": "spring", "May": "spring",
        "June": "early summer", "July": "summer", "August": "late summer", "September": "autumn", "November": "winter",
    }[month]  # fmt: skip


def _seed(row: tuple[str, str, str, str, int, bool, str, str, int, str]) -> DemoProduct:
    title, plant, botanical, colour, pence, edible, sow, month, height, text = row
    first = "First crop" if edible else "First flowers"
    return DemoProduct(
        title=title,
        text=f"{text} Sow from {sow}. {first} in {month}; {height} cm high.",
        categories=("seeds", "kitchen-garden-seeds" if edible else "flower-seeds"),
        pence=pence,
        grams=12,
        attributes={
            "kind": "seed", "plant": plant, "botanical_name": botanical, "colour": colour, "edible": edible, "sow": sow,
            "flowering_month": month, "season": season_of(month), "height_cm": height,
        },
        options=(sizes(packet=1, large_packet=1.8),),
        maker="Thistledown Seeds",
        vat=ZERO if edible else STANDARD,
    )  # fmt: skip


def _garden(row: tuple[str, str, str, tuple[str, ...], int, str, int, str, bool, str]) -> DemoProduct:
    title, plant, botanical, shades, pence, month, height, light, safe, text = row
    shrub = pence > 2000
    return DemoProduct(
        title=title,
        text=f"{text} Flowers from {month}; {height} cm high. Hardy throughout Britain.",
        categories=("garden-plants",),
        pence=pence,
        grams=900,
        attributes=one_colour(shades) | {
            "kind": "garden plant", "plant": plant, "botanical_name": botanical, "flowering_month": month,
            "season": season_of(month), "height_cm": height, "light": light, "pet_safe": safe,
        },
        options=((colours(*shades),) if len(shades) > 1 else ())
        + (counted("plants", "plants", *((1,) if shrub else (1, 3)), saving=0.87),),
        maker="Fennimore Walled Garden",
    )  # fmt: skip


def goods() -> list[DemoProduct]:
    """All that is planted or sown."""
    return [*map(_bulb, BULBS), *map(_seed, SEEDS), *map(_garden, GARDEN)]
