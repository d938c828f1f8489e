"""Things that are made: vases, pots, candles, cards, books, gift sets, ribbons and garden tools."""

# ruff: noqa: E501 - the tables have one row a line

from __future__ import annotations

from ops.demo.florist.material.goods import ZERO, DemoProduct, Option, Value, colours, counted, sizes

# (title, shape, material, colours, decor, pence, cm, shown with, colour of that, stems, maker, what is said of it)
# fmt: off
VASES = (
    ("Speckled milk jug", "jug", "Stoneware", ("cream", "sage", "slate"), "speckle", 2600, 19, "ammi", "white", 3, "Harrow & Clay", "Iron in the clay comes through the glaze as fine brown freckles. It pours as well as it holds flowers."),
    ("Banded cider jug", "jug", "Stoneware", ("ochre", "teal"), "bands", 2900, 21, "dahlia", "crimson", 1, "Harrow & Clay", "Three turns of the brush on the wheel make the bands. The handle is pulled by hand and fits four fingers."),
    ("Orchard bottle", "bottle", "Recycled glass", ("clear", "sage", "smoke"), "", 1800, 24, "cosmos", "white", 1, "Weir Glassworks", "Blown from old bottles, with a seed of air here and there. A narrow neck holds one stem exactly where you put it."),
    ("Bud vase", "bud", "Porcelain", ("white", "blush", "teal"), "", 1200, 12, "ranunculus", "apricot", 1, "Penhale Pottery", "Small enough for a breakfast tray, thin enough to glow against the light. Three in a row make a centrepiece."),
    ("Fluted bud vase", "bud", "Porcelain", ("ivory", "lilac"), "flutes", 1450, 13, "scabious", "lavender", 1, "Penhale Pottery", "The flutes are cut with a bamboo tool while the clay is leather-hard. No two are quite alike."),
    ("Market cylinder", "cylinder", "Recycled glass", ("clear", "smoke"), "", 2200, 25, "tulip", "coral", 3, "Weir Glassworks", "A plain, heavy cylinder for a generous bunch. The thick foot keeps it standing when tulips lean."),
    ("Ginger jar", "jar", "Earthenware", ("navy", "white", "moss"), "bands", 3600, 22, "hydrangea", "blue", 1, "Penhale Pottery", "Round shoulders and a small mouth, so that few flowers look like many. Glazed inside to the rim."),
    ("Dipped jar", "jar", "Stoneware", ("terracotta", "slate", "sage"), "dipped", 3200, 20, "eucalyptus", "sage", 3, "Harrow & Clay", "Bare clay above and a milky dip below. The unglazed part grows finer with handling."),
    ("Garden urn", "urn", "Earthenware", ("stone", "moss"), "", 4800, 28, "peony", "blush", 1, "Harrow & Clay", "The shape of a park in small, for a hall table. It is wide enough for a full bouquet without a frog."),
    ("Trumpet vase", "trumpet", "Recycled glass", ("clear", "teal"), "", 2700, 27, "delphinium", "violet", 1, "Weir Glassworks", "It opens like a flower, so that stems fan out by themselves. Fill it a third with water."),
    ("Posy bowl", "bowl", "Stoneware", ("oat", "teal"), "speckle", 2400, 12, "hellebore", "mauve", 3, "Harrow & Clay", "A low bowl for short stems and floating heads. A pin holder sits flat on its base."),
    ("Moon vase", "globe", "Porcelain", ("white", "smoke", "blush"), "", 4200, 21, "apple blossom", "blush", 1, "Penhale Pottery", "A nearly perfect sphere, thrown in two halves and joined. One branch is enough."),
    ("Rope-turned globe", "globe", "Stoneware", ("charcoal", "ochre"), "bands", 3900, 20, "allium", "purple", 1, "Harrow & Clay", "Thrown slowly, so that the rings of the fingers stay. The dark glaze breaks to rust at the edges."),
    ("Gourd vase", "gourd", "Earthenware", ("terracotta", "moss", "cream"), "", 3400, 25, "poppy", "orange", 1, "Penhale Pottery", "Two swellings and a waist, after a form that grew in gardens first. It holds three or four stems upright."),
    ("Tapered column", "tapered", "Stoneware", ("white", "charcoal"), "flutes", 3700, 26, "calla", "white", 1, "Harrow & Clay", "Narrow at the foot and broad at the shoulder, heavy enough for branches. The flutes catch a side light."),
    ("Brass bud vase", "bottle", "Brass", ("brass", "copper"), "", 2300, 18, "anemone", "purple", 1, "Foundry Row", "Spun by hand and left unlacquered, so that it darkens with age. A lemon and salt bring the shine back."),
    ("Striped pitcher", "jug", "Earthenware", ("white", "navy"), "flutes", 3100, 22, "sunflower", "yellow", 1, "Penhale Pottery", "A kitchen pitcher of the old farmhouse sort. Safe in the dishwasher, should it also be used for squash."),
    ("Apothecary jar", "cylinder", "Recycled glass", ("sage", "amber"), "", 2000, 20, "lavender", "lavender", 3, "Weir Glassworks", "Straight sides and a ground rim, as on a chemist's shelf. Good for herbs on a windowsill."),
)
# fmt: on
# (title, material, colours, pence, what is said of it, shown with)
# fmt: off
POTS = (
    ("Long Tom pot", "Terracotta", ("terracotta", "charcoal"), 900, "Taller than it is wide, for deep roots. Thrown in Sussex clay and frost-proof.", "rosemary"),
    ("Basket-weave pot", "Terracotta", ("terracotta", "stone"), 1400, "The pattern is pressed by hand with a roller of pear wood. It has a drainage hole and little feet.", "ivy"),
    ("Glazed windowsill pot", "Stoneware", ("sage", "teal", "ochre"), 1200, "A close-fitting saucer comes with it. The glaze runs a little thicker at the foot.", "aloe"),
    ("Indoor planter", "Stoneware", ("white", "slate", "blush"), 1800, "A cover pot without a hole, to slip over a nursery pot. Felt pads protect the table.", "palm"),
    ("Orchid pot", "Earthenware", ("white", "moss"), 1500, "A raised grid inside keeps the roots out of standing water. Made for 12 cm orchids and a little more.", "peace lily"),
)
# fmt: on
# (title, shape, material, colours, counts, pence, scent, hours, shown with, colour of that, what is said of it)
# fmt: off
CANDLES = (
    ("Beeswax pillar", "pillar", "Beeswax", ("beeswax",), (1, 2, 3), 1400, "light", 60, "chamomile", "white", "Pure wax from Shropshire hives, poured and polished by hand. It smells of honey even unlit."),
    ("Dining tapers", "tapers", "Stearin", ("ivory", "sage", "burgundy", "navy"), (2, 6), 420, "none", 8, "ivy", "green", "Straight, slow tapers that do not drip out of a draught. The wicks are cotton."),
    ("Beeswax tapers", "tapers", "Beeswax", ("beeswax",), (2, 4, 8), 550, "light", 9, "lavender", "lavender", "Dipped thirty times, so that each is a little fuller at the foot. They burn with a tall, quiet flame."),
    ("Fig leaf candle", "jar", "Rapeseed wax", ("sage", "cream"), (1, 2), 2200, "strong", 45, "fig", "green", "Green leaf, milk and warm bark, as beneath a fig on a wall. Trim the wick to half a centimetre each time."),
    ("Tomato vine candle", "jar", "Rapeseed wax", ("terracotta", "cream"), (1, 2), 2200, "strong", 45, "tomato", "red", "The smell that stays on the hands after pinching out side shoots. Clears the air in a kitchen."),
    ("Lavender and hay candle", "jar", "Rapeseed wax", ("lilac", "white"), (1, 2), 2200, "strong", 45, "lavender", "lavender", "Lavender from Norfolk over dry grass. A calm scent for the end of the day."),
    ("Garden rose candle", "jar", "Rapeseed wax", ("blush", "ivory"), (1, 2), 2300, "strong", 45, "rose", "rose pink", "Damask rose with a leaf of geranium, so that it is not sweet. Burn it for two hours the first time."),
    ("Sweet pea candle", "tin", "Rapeseed wax", ("lilac", "pink"), (1, 2), 1400, "strong", 28, "sweet pea", "pink", "Light and clean, close to the flower. The tin has a lid and travels well."),
    ("Rosemary and bay candle", "tin", "Rapeseed wax", ("moss", "natural"), (1, 2), 1400, "spicy", 28, "rosemary", "green", "Herbs and a little lemon peel, made for the kitchen. It takes the edge off frying."),
    ("Winter orange candle", "tin", "Rapeseed wax", ("russet", "cream"), (1, 2), 1500, "spicy", 28, "fir", "green", "Orange stuck with cloves, and fir. We pour it from October until it is gone."),
    ("Hyacinth candle", "jar", "Rapeseed wax", ("blue", "white"), (1, 2), 2300, "strong", 45, "hyacinth", "blue", "A January scent, cool and green at first and then full. Best in a large room."),
    ("Church pillar", "pillar", "Stearin", ("ivory", "crimson", "charcoal"), (1, 3), 950, "none", 70, "holly", "red", "A broad pillar that burns down inside its own wall. Give it a plate."),
)
# fmt: on
# (title, colours, shown with, colour of that, pence, occasion, what is said of it)
# fmt: off
CARDS = (
    ("Poppy card", ("red", "slate"), "poppy", "red", 325, "any day", "One field poppy, printed from a linocut. Blank inside."),
    ("Rose card", ("rose pink", "moss"), "rose", "rose pink", 325, "anniversary", "A rose with its leaves, for those who mean it. Blank inside."),
    ("Tulip card", ("coral", "teal"), "tulip", "coral", 325, "birthday", "A single tulip leaning towards the light. Blank inside."),
    ("Sunflower card", ("ochre", "navy"), "sunflower", "yellow", 325, "congratulations", "A sunflower that fills the card to its edge. Blank inside."),
    ("Delphinium card", ("blue", "lilac"), "delphinium", "blue", 325, "birthday", "A blue spire, tall as the card. Blank inside."),
    ("White lily card", ("stone", "slate"), "lily", "white", 325, "sympathy", "Drawn in few lines on soft paper. Inside it says: with our sympathy."),
    ("Snowdrop card", ("moss", "sky blue"), "snowdrop", "white", 325, "sympathy", "Three words inside: thinking of you. Printed on cotton paper."),
    ("Daisy card", ("yellow", "sage"), "daisy", "white", 325, "new baby", "A daisy for a newcomer. Blank inside."),
    ("Anemone card", ("purple", "charcoal"), "anemone", "purple", 325, "any day", "A violet anemone with its dark eye. Blank inside."),
    ("Wheat card", ("natural", "russet"), "wheat", "natural", 325, "thank you", "An ear of wheat in gold ink. Inside it says: thank you."),
    ("Holly card", ("crimson", "moss"), "holly", "red", 325, "christmas", "Berries in red, leaves in two greens. Inside it says: a happy Christmas."),
    ("Hellebore card", ("mauve", "slate"), "hellebore", "mauve", 325, "christmas", "The Christmas rose, for a quieter greeting. Blank inside."),
    ("Peony card", ("magenta", "blush"), "peony", "blush", 325, "mother's day", "A peony on the point of opening. Inside it says: with love."),
    ("Sweet pea card", ("lilac", "pink"), "sweet pea", "lilac", 325, "get well", "Sweet peas on a curling stem. Inside it says: get well soon."),
)
# fmt: on
# (title, shown with, colour of that, colour of the cover, pence, pages, what is said of it)
# fmt: off
BOOKS = (
    ("The Cutting Patch", "dahlia", "coral", "moss", 1800, 192, "How to fill a vase every week of the year from three square metres. With sowing tables and many plain drawings."),
    ("A Year of Bulbs", "tulip", "cream", "burgundy", 1650, 160, "What to plant, how deep and with what, month by month. Written by a parks gardener of forty years."),
    ("Wild Flowers of the Lane", "poppy", "red", "stone", 1400, 224, "Two hundred flowers that one passes on a walk, sorted by colour and month. It fits a coat pocket."),
    ("The Indoor Gardener", "anemone", "white", "teal", 1500, 144, "Light, water and patience for sixty house plants. A chapter on what went wrong is the one that falls open."),
    ("Herbs for the Cook", "dill", "lime green", "sage", 1450, 176, "Twenty-four herbs: growing, drying, and six recipes for each. Tested in a small kitchen."),
    ("Drawing Flowers", "iris", "violet", "navy", 2000, 128, "From a first outline to a finished plate in twelve lessons. All you need is a pencil and a window."),
)
# fmt: on
# (title, colour choices, ribbon, shown with, colour of that, pence, occasion, vat note, what is said of it)
# fmt: off
GIFT_SETS = (
    ("Rose garden gift box", ("blush", "cream"), "rose pink", "spray rose", "pink", 4200, "anniversary", "A rose candle, a bar of rose soap and a small vase, under tissue. A sprig of spray roses is tied to the lid."),
    ("Kitchen garden gift box", ("sage", "natural"), "moss", "rosemary", "green", 3800, "thank you", "Herb seeds, snips, twine and a rosemary candle. Everything is used up or lasts."),
    ("Tea and tulips gift box", ("cream", "teal"), "coral", "tulip", "coral", 3600, "birthday", "Loose-leaf breakfast tea, shortbread and ten tulips packed in water. Sent from January to April."),
    ("Lavender rest gift box", ("lilac", "white"), "lavender", "lavender", "lavender", 3900, "get well", "A lavender bag, a candle and bath salts from Norfolk. A quiet evening, boxed."),
    ("New baby gift box", ("white", "lemon"), "sky blue", "daisy", "white", 4400, "new baby", "A muslin square, a wooden ring and a posy of daisies. Nothing in it needs washing first."),
    ("Potting shed gift box", ("stone", "moss"), "terracotta", "echinacea", "pink", 5200, "birthday", "A trowel, a dibber, labels and three packets of seed. The box becomes a seed box."),
    ("Bulb lover's gift box", ("navy", "natural"), "yellow", "daffodil", "yellow", 3400, "christmas", "Prepared bulbs, a bowl and fibre, to flower in eight weeks. The card says what to do and when."),
    ("Christmas morning gift box", ("crimson", "moss"), "ivory", "holly", "red", 4800, "christmas", "An orange candle, a small wreath and spiced biscuits. Sent from the last week of November."),
    ("Letter writer's gift box", ("slate", "blush"), "ochre", "poppy", "coral", 3000, "thank you", "Six cards, six stamps' worth of patience and a pen. Choose it for somebody who still writes."),
    ("Bee friend's gift box", ("beeswax", "sage"), "brass", "scabious", "lavender", 3700, "any day", "Beeswax tapers, heather honey and a packet of scabious seed. Good for two kinds of bee."),
)
# fmt: on
# (title, material, colours, pence, what is said of it)
# fmt: off
RIBBONS = (
    ("Silk ribbon", "Habotai silk", ("ivory", "blush", "sage", "slate"), 900, "Torn, not cut, so that it frays softly, and dyed with plants. Five metres, 25 mm wide."),
    ("Velvet ribbon", "Cotton velvet", ("burgundy", "moss", "navy", "ochre"), 750, "A short, dense pile that takes the light. Five metres, 22 mm wide."),
    ("Garden twine", "Jute", ("natural", "moss", "terracotta"), 450, "Three-ply twine that rots away on the compost heap. A hundred metres."),
    ("Linen tape", "Linen", ("oat", "charcoal", "rose pink"), 600, "Woven in Lancashire for bookbinders and for us. Ten metres, 10 mm wide."),
)
# fmt: on
# (title, shape, material, colours, pence, grams, what is said of it)
# fmt: off
TOOLS = (
    ("Hand trowel", "trowel", "Ash and stainless steel", ("ash", "walnut"), 1800, 260, "A forged neck that does not bend in clay. The blade is marked in centimetres for planting bulbs."),
    ("Hand fork", "fork", "Ash and stainless steel", ("ash", "walnut"), 1800, 270, "Three square tines to loosen roots without cutting them. It has a leather loop to hang it by."),
    ("Long-reach trowel", "trowel", "Ash and carbon steel", ("ash", "moss"), 2300, 320, "A narrow blade for the back of the border. Oil it at the end of the season."),
    ("Onion hoe", "hoe", "Ash and carbon steel", ("ash", "walnut"), 2100, 340, "A swan neck and a half-moon blade for weeding on one's knees. It works on the pull."),
    ("Oak dibber", "dibber", "Oak and brass", ("walnut", "ash"), 1500, 300, "Turned from fallen oak, with a brass tip and rings every five centimetres. It makes a hole the shape of a leek."),
    ("Bypass secateurs", "secateurs", "Carbon steel", ("red", "moss"), 3200, 240, "Clean cuts to the thickness of a finger. Every part can be replaced, and we sharpen them for nothing."),
    ("Flower snips", "snips", "Carbon steel", ("charcoal", "copper"), 1900, 130, "Light, sharp scissors with large loops for either hand. The florists in our workroom use the same."),
    ("Watering can", "can", "Galvanised steel", ("slate", "sage", "copper"), 3600, 1300, "Long in the spout and steady in the hand, with a brass rose that turns up or down. Holds five litres."),
    ("House-plant can", "can", "Powder-coated steel", ("blush", "navy", "ochre"), 2200, 500, "A thin spout that finds the soil beneath the leaves. Holds one litre."),
    ("Cut-flower trug", "trug", "Willow and ash", ("natural", "walnut"), 4500, 900, "Boards of willow on a hoop of ash, nailed with copper. Flowers lie flat in it and do not bruise."),
    ("Compost sieve", "sieve", "Beech and steel", ("ash", "walnut"), 2800, 950, "A bent beech rim and a mesh of six millimetres. For seed compost and the contents of the worm bin."),
    ("Brass mister", "mister", "Glass and brass", ("sage", "smoke"), 1900, 350, "A fine mist for ferns and air plants. Rinse it with vinegar twice a year."),
    ("Plant labels", "labels", "Birch", ("ash", "slate"), 600, 80, "Twenty labels that take a pencil, which outlasts any ink. They last for two seasons in the ground."),
    ("Potting brush", "brush", "Beech and coconut fibre", ("ash", "moss"), 950, 110, "It sweeps the bench and cleans the pots. The fibres are stiff, and kind to glaze."),
)
# fmt: on


def _ware(kind: str, **more: Value) -> dict[str, Value]:
    return {"kind": kind, **more}


def _vase(row: tuple[str, str, str, tuple[str, ...], str, int, int, str, str, int, str, str]) -> DemoProduct:
    title, shape, material, shades, decor, pence, high, plant, bloom, stems, maker, text = row
    return DemoProduct(
        title=title,
        text=f"{text} The smaller is {high} cm high, the larger {round(high * 1.35)} cm.",
        categories=("vases",),
        pence=pence,
        grams=high * 42,
        attributes=_ware("vase", shape=shape, material=material, height_cm=high, shown_with=plant, shown_colour=bloom,
                         shown_stems=stems) | ({"decor": decor} if decor else {}),
        options=(colours(*shades), sizes(small=1, large=1.55)),
        maker=maker,
    )  # fmt: skip


def _pot(row: tuple[str, str, tuple[str, ...], int, str, str]) -> DemoProduct:
    title, material, shades, pence, text, plant = row
    wide = Option(name="size", values=(("12 cm", "12", 1, 1), ("16 cm", "16", 1.5, 1.9), ("20 cm", "20", 2.2, 3)))
    return DemoProduct(
        title=title,
        text=f"{text} Sold without a plant.",
        categories=("pots",),
        pence=pence,
        grams=700,
        attributes=_ware("pot", material=material, shown_with=plant),
        options=(colours(*shades), wide),
        maker="Harrow & Clay",
    )


def _candle(row: tuple[str, str, str, tuple[str, ...], tuple[int, ...], int, str, int, str, str, str]) -> DemoProduct:
    title, shape, material, shades, counts, pence, scent, hours, plant, bloom, text = row
    attributes = _ware("candle", shape=shape, material=material, scent=scent, burn_hours=hours, shown_with=plant,
                       shown_colour=bloom)  # fmt: skip
    return DemoProduct(
        title=title,
        text=f"{text} Each burns for about {hours} hours.",
        categories=("candles",),
        pence=pence,
        grams=60 if shape == "tapers" else 380,
        attributes=attributes | ({"colour": shades[0]} if len(shades) == 1 else {}),
        options=((colours(*shades),) if len(shades) > 1 else ()) + (counted("pack", "candles", *counts, saving=0.95),),
        maker="Tallow & Wick",
    )


def _card(row: tuple[str, tuple[str, ...], str, str, int, str, str]) -> DemoProduct:
    title, shades, plant, bloom, pence, occasion, text = row
    return DemoProduct(
        title=title,
        text=f"{text} 105 by 148 mm, with an envelope of recycled paper in the colour you choose.",
        categories=("cards",),
        pence=pence,
        grams=18,
        attributes=_ware("card", material="Letterpress", occasion=occasion, shown_with=plant, shown_colour=bloom),
        options=(colours(*shades), counted("pack", "cards", 1, 4, saving=0.87)),
        maker="Plum Tree Press",
    )


def _book(row: tuple[str, str, str, str, int, int, str]) -> DemoProduct:
    title, plant, bloom, cover, pence, pages, text = row
    return DemoProduct(
        title=title,
        text=f"{text} Bound in cloth; {pages} pages.",
        categories=("books",),
        pence=pence,
        grams=pages * 3,
        attributes=_ware(
            "book", material="Cloth binding", colour=cover, pages=pages, shown_with=plant, shown_colour=bloom
        ),
        maker="Plum Tree Press",
        vat=ZERO,
    )


def _gift(row: tuple[str, tuple[str, ...], str, str, str, int, str, str]) -> DemoProduct:
    title, shades, ribbon, plant, bloom, pence, occasion, text = row
    return DemoProduct(
        title=title,
        text=f"{text} The large box holds two of everything that is used up.",
        categories=("gift-sets", f"for-{occasion.replace(chr(39), '').replace(' ', '-')}"),
        pence=pence,
        grams=1100,
        attributes=_ware(
            "gift set", material="Gift box", ribbon=ribbon, occasion=occasion, shown_with=plant, shown_colour=bloom
        ),
        options=(colours(*shades), sizes(standard=1, large=1.6)),
        maker="Bloomfield workroom",
    )


def _ribbon(row: tuple[str, str, tuple[str, ...], int, str]) -> DemoProduct:
    title, material, shades, pence, text = row
    return DemoProduct(
        title=title,
        text=f"{text} Wound on a wooden reel that we take back.",
        categories=("ribbons-and-wrap",),
        pence=pence,
        grams=90,
        attributes=_ware("ribbon", material=material),
        options=(colours(*shades), sizes(standard=1, large=1.8)),
        maker="Tenterfield Weavers",
    )


def _tool(row: tuple[str, str, str, tuple[str, ...], int, int, str]) -> DemoProduct:
    title, shape, material, shades, pence, grams, text = row
    return DemoProduct(
        title=title,
        text=f"{text} Guaranteed for ten years." if pence > 1000 else text,
        categories=("garden-tools",),
        pence=pence,
        grams=grams,
        attributes=_ware("tool", shape=shape, material=material),
        options=(
            colours(*shades),
            Option(name="gift_wrap", values=(("none", "PLAIN", 1, 1), ("paper and ribbon", "WRAPPED", 1.15, 1.1))),
        ),
        maker="Foundry Row",
    )


def goods() -> list[DemoProduct]:
    """All that is made."""
    return [
        *map(_vase, VASES), *map(_pot, POTS), *map(_candle, CANDLES), *map(_card, CARDS), *map(_book, BOOKS),
        *map(_gift, GIFT_SETS), *map(_ribbon, RIBBONS), *map(_tool, TOOLS),
    ]  # fmt: skip
