"""Cut flowers by the stem, and dried ones."""

# ruff: noqa: E501 - the tables have one row a line

from __future__ import annotations

from ops.demo.florist.material.goods import DemoProduct, Option, colours, counted

# (name, botanical name, colour, pence a stem, scent, days in the vase, height in cm, what is said of it)
# fmt: off
ROSES = (
    ("Quicksilver", "Rosa × hybrida", "lilac", 310, "light", 9, 60, "Silver-lilac petals that pale as they open, from a tight scroll to a wide, ruffled cup. The stems are nearly thornless, which makes them pleasant to arrange."),
    ("Morning Post", "Rosa × hybrida", "blush", 290, "light", 10, 60, "A classic high-centred bloom the colour of the inside of a shell. It opens slowly over four days and holds its last stage well."),
    ("Admiral's Coat", "Rosa × hybrida", "crimson", 330, "none", 12, 70, "Velvety crimson with an almost black edge on the outer petals. It is the longest-lasting red we sell, and the one we send most in February."),
    ("Paper Lantern", "Rosa × hybrida", "peach", 300, "light", 10, 60, "Peach in the bud and cream by the end of the week, with a warm glow at the heart. Three stems are enough for a small jug."),
    ("Snow on Cheviot", "Rosa × hybrida", "white", 295, "none", 11, 60, "A clean white with a hint of green on the guard petals. It does not bruise easily and is a safe choice for weddings."),
    ("Old Brass", "Rosa × hybrida", "ochre", 305, "spicy", 9, 55, "Burnished gold petals backed with bronze, an autumn colour that is available all year. It looks well with beech leaves and rosehips."),
    ("Bramley", "Rosa × hybrida", "pink", 285, "fruity", 9, 55, "Apple-blossom pink outside and deeper within, with a scent of ripe fruit on warm days. The heads are generous and open flat."),
    ("Lamplighter", "Rosa × hybrida", "orange", 290, "none", 12, 60, "A strong, clear orange that keeps its colour to the last day. The petals are thick, so it travels well."),
    ("Vesper", "Rosa × hybrida", "purple", 320, "strong", 8, 55, "Deep plum with a smoky bloom, and the strongest scent of our long-stemmed roses. Keep it out of direct sun, which turns the edges brown."),
    ("Custard Yard", "Rosa × hybrida", "lemon", 280, "light", 10, 60, "Soft lemon, paler at the rim, with petals that curl back neatly as they age. It is a kind yellow that sits well beside blue delphiniums."),
    ("Coral Quay", "Rosa × hybrida", "coral", 290, "none", 11, 60, "Bright coral that fades to salmon, so one vase shows several shades. The stems are straight and strong."),
    ("Sealing Wax", "Rosa × hybrida", "red", 300, "none", 12, 70, "A true pillar-box red on a long, straight stem. The bud is pointed and takes five days to open fully."),
    ("Mulberry Row", "Rosa × hybrida", "burgundy", 315, "light", 11, 60, "Wine-dark petals with a satin finish. It gives depth to pale bouquets, and one dark stem among five light ones is often enough."),
    ("Penny Farthing", "Rosa × hybrida", "bronze", 310, "spicy", 9, 55, "Copper and tea, in a colour that changes with the light of the room. The blooms are medium sized and open to a loose rosette."),
)
# fmt: on
# fmt: off
GARDEN_ROSES = (
    ("Lady Eglantine's", "Rosa × centifolia", "rose pink", 420, "strong", 6, 45, "A hundred-petalled rose with the scent that rose water is made of. It is cut half open, and is at its best for three or four days."),
    ("Chapter House", "Rosa × alba", "ivory", 410, "strong", 6, 45, "Ivory cups filled with quartered petals, as in a Dutch flower piece. The scent is myrrh and lemon."),
    ("Tea with the Vicar", "Rosa × odorata", "apricot", 430, "strong", 6, 45, "Apricot petals around a button eye, smelling of tea and ripe pears. The necks are soft, and a low bowl suits it best."),
    ("Quiet Carriage", "Rosa × hybrida", "mauve", 420, "light", 7, 45, "Dusty mauve with grey in it, a colour that painters ask for. It opens to a flat rosette ten centimetres across."),
    ("Cider Press", "Rosa × hybrida", "amber", 415, "fruity", 6, 45, "Amber turning to gold, with a scent of windfall apples. British-grown from June to October."),
    ("Nursery Tea", "Rosa × damascena", "blush", 420, "strong", 6, 45, "Very full, very soft, and the pink of a sugared almond. Strip the lower leaves and it will drink well."),
)
# fmt: on
# fmt: off
SPRAY_ROSES = (
    ("Button Box", "Rosa × polyantha", "pink", 240, "none", 12, 50, "Five or six small blooms to a stem, all opening together. A single stem fills a bud vase."),
    ("Tea Party", "Rosa × polyantha", "cream", 240, "light", 11, 50, "Cream heads the size of a walnut, with a faint scent of honey. They are pretty in buttonholes."),
    ("Bonfire", "Rosa × polyantha", "orange", 240, "none", 12, 50, "Small flame-coloured roses in clusters that last long after larger ones have dropped. Good with grasses and seed heads."),
    ("Milk Jug", "Rosa × polyantha", "white", 240, "none", 12, 50, "Pure white sprays with buds at every stage. It is the one we wire into bridal crowns."),
)
# fmt: on

# (title, plant, botanical name, colours, pence, counts, season, scent, days, height, safe with pets, what is said of it)
# fmt: off
OTHERS = (
    ("Single late tulips", "tulip", "Tulipa gesneriana", ("red", "yellow", "white", "purple"), 110, (10, 20), "spring", "none", 7, 40, False, "Egg-shaped blooms on strong stems from growers in Lincolnshire. Tulips go on growing in the vase, often by five centimetres, and lean towards the light."),
    ("Lily-flowered tulips", "lily-flowered tulip", "Tulipa gesneriana", ("lilac", "white", "coral"), 135, (10, 20), "spring", "light", 6, 45, False, "Waisted flowers with pointed petals that bend outwards, as on Iznik tiles. They are the most graceful of the tulips and look best alone."),
    ("Parrot tulips", "parrot tulip", "Tulipa gesneriana", ("apricot", "burgundy", "crimson"), 165, (10, 20), "spring", "none", 7, 40, False, "Feathered and slashed petals that open as wide as a saucer. No two are the same, and they sprawl handsomely as they age."),
    ("Double tulips", "double tulip", "Tulipa gesneriana", ("pink", "white", "peach"), 150, (10, 20), "spring", "light", 8, 35, False, "Peony-like flowers packed with petals and sweetly scented in a warm room. Keep them cool and they last a little longer than single ones."),
    ("Fringed tulips", "fringed tulip", "Tulipa gesneriana", ("lemon", "magenta"), 150, (10, 20), "spring", "none", 7, 40, False, "The edge of each petal is cut to a fine crystal fringe. Stand them where the light comes from behind."),
    ("Cornish daffodils", "daffodil", "Narcissus pseudonarcissus", ("yellow", "white"), 45, (10, 20, 50), "spring", "light", 6, 35, False, "Picked in bud on the fields above the Tamar, and open by the next evening. Condition them alone for a night, as their sap shortens the life of other flowers."),
    ("Scilly narcissi", "narcissus", "Narcissus tazetta", ("white", "yellow"), 55, (10, 20, 40), "winter", "strong", 8, 30, False, "Clusters of small, richly scented flowers from the Isles of Scilly, from November on. One bunch scents a room."),
    ("Peonies", "peony", "Paeonia lactiflora", ("blush", "rose pink", "white", "burgundy"), 450, (5, 10), "early summer", "strong", 7, 50, False, "Cut in the tight bud stage that growers call marshmallow, and as large as a breakfast cup when open. The British season is short: five weeks from late May."),
    ("Ranunculus", "ranunculus", "Ranunculus asiaticus", ("blush", "apricot", "white", "crimson"), 170, (10, 20), "spring", "none", 9, 35, False, "Paper-thin petals wound round one another by the hundred. The hollow stems like shallow water, changed every second day."),
    ("Poppy anemones", "anemone", "Anemone coronaria", ("purple", "red", "white", "magenta"), 150, (10, 20), "winter", "none", 7, 30, False, "Silken petals round a dark eye, with a ruff of green below. The flowers close at night and open again with the warmth of the room."),
    ("Dinner-plate dahlias", "dahlia", "Dahlia pinnata", ("blush", "crimson", "amber"), 320, (5, 10), "late summer", "none", 5, 50, False, "Heads up to twenty centimetres across, from a field in Herefordshire. Three in a jug are a whole arrangement."),
    ("Pompon dahlias", "pompon dahlia", "Dahlia pinnata", ("burgundy", "coral", "white"), 190, (5, 10, 20), "late summer", "none", 6, 45, False, "Perfect spheres of rolled petals, as neat as honeycomb. They stand up to a warm room better than the large kinds."),
    ("Bloom chrysanthemums", "chrysanthemum", "Chrysanthemum × morifolium", ("russet", "ivory", "mauve"), 260, (5, 10), "autumn", "spicy", 16, 60, False, "Great incurved globes such as were shown at village halls, one to a stem. They last for more than two weeks with fresh water."),
    ("Lisianthus", "lisianthus", "Eustoma russellianum", ("lilac", "white", "rose pink"), 260, (5, 10), "summer", "none", 13, 60, True, "Ruffled cups and slender buds on one branching stem, often taken for a rose. It is gentle to hay-fever sufferers, as it has hardly any scent."),
    ("Carnations", "carnation", "Dianthus caryophyllus", ("pink", "red", "white", "apricot"), 120, (10, 20), "all year", "spicy", 18, 55, False, "Frilled petals and a scent of cloves, restored to favour for good reason. Cut between the joints of the stem so that it can drink."),
    ("Garden zinnias", "zinnia", "Zinnia elegans", ("coral", "magenta", "lime green"), 130, (10, 20), "late summer", "none", 8, 45, True, "Flat, many-ringed flowers in the colours of boiled sweets. Pick off the lower leaves and keep the water shallow."),
    ("Cornflowers", "cornflower", "Centaurea cyanus", ("blue", "near-black"), 90, (10, 20), "summer", "none", 6, 45, True, "The blue of the old wheat fields, on thin silver stems. They dry well if they are hung up before they fade."),
    ("Field scabious", "scabious", "Scabiosa atropurpurea", ("lavender", "white", "burgundy"), 120, (10, 20), "summer", "light", 7, 45, True, "Pincushion flowers on long wiry stems that move with every draught. Bees find them through an open window."),
    ("Germini", "gerbera", "Gerbera jamesonii", ("coral", "yellow", "pink"), 110, (10, 20), "all year", "none", 12, 40, True, "Small gerberas with clear, even rays, cheerful on a desk. Use a tall vase and only a hand's breadth of water."),
    ("Sunflowers", "sunflower", "Helianthus annuus", ("yellow", "lemon", "russet"), 280, (3, 5, 10), "late summer", "none", 8, 70, True, "Broad rays round a disc of seeds that spiral both ways. They drink a great deal, so top up the vase each morning."),
    ("Border asters", "aster", "Symphyotrichum novi-belgii", ("lavender", "magenta", "white"), 140, (5, 10), "autumn", "none", 9, 60, True, "Michaelmas daisies in clouds, at their best when little else is in flower. One stem branches into twenty heads."),
    ("Chamomile sprays", "chamomile", "Tanacetum parthenium", ("white",), 120, (5, 10, 20), "summer", "spicy", 10, 50, False, "Feverfew, in truth, which florists call chamomile: small daisies with a sharp green scent. It loosens any formal bunch."),
    ("Icelandic poppies", "poppy", "Papaver nudicaule", ("orange", "white", "coral"), 180, (5, 10), "spring", "light", 6, 40, False, "Crumpled silk that unfolds from a hairy bud in the course of a morning. The cut ends are seared, so do not trim them again."),
    ("Cosmos", "cosmos", "Cosmos bipinnatus", ("white", "magenta", "blush"), 95, (10, 20), "late summer", "none", 6, 60, True, "Saucer flowers on feathery stems, cut daily from August. New buds open in the vase as the first ones fall."),
    ("Hellebores", "hellebore", "Helleborus × hybridus", ("mauve", "near-black", "white"), 240, (5, 10), "winter", "none", 7, 30, False, "Nodding flowers that look best in a low bowl, where one can see their freckled faces. Score the stems lengthways before arranging."),
    ("Dutch iris", "iris", "Iris × hollandica", ("violet", "yellow", "white"), 130, (10, 20), "spring", "light", 6, 55, False, "Three standards, three falls, and a stroke of gold on each. Buy them as pencil points and they open overnight."),
    ("Calla lilies", "calla", "Zantedeschia aethiopica", ("white", "blush", "near-black"), 380, (5, 10), "all year", "none", 12, 60, False, "A single spathe, furled like good writing paper. It needs no company and very little water."),
    ("Freesias", "freesia", "Freesia refracta", ("lemon", "lilac", "white"), 130, (10, 20), "all year", "strong", 9, 40, True, "A comb of funnels that open one after another, with a scent of citrus and pepper. Take off each flower as it fades and the next will follow."),
    ("Sweet peas", "sweet pea", "Lathyrus odoratus", ("lilac", "pink", "white", "magenta"), 75, (10, 20, 40), "early summer", "strong", 5, 30, False, "The scent of an English June, cut in the morning and in our shop by noon. They last for five days if the room is cool."),
    ("Oriental lilies", "lily", "Lilium orientale", ("white", "pink"), 390, (3, 5, 10), "all year", "strong", 11, 70, False, "Wide, scented stars with three to five buds on each stem. Pinch out the anthers to save the tablecloth, and keep lilies away from cats: every part is poisonous to them."),
    ("Spotted lilies", "spotted lily", "Lilium speciosum", ("pink", "rose pink"), 410, (3, 5), "late summer", "strong", 10, 70, False, "Recurved petals with raised crimson spots, as the Victorians loved them. Keep them from cats, to whom lilies are deadly."),
    ("Alstroemerias", "alstroemeria", "Alstroemeria aurea", ("orange", "pink", "white"), 140, (10, 20), "all year", "none", 15, 60, True, "Peruvian lilies, no true lilies at all, with streaked throats and great patience. They go on opening for a fortnight."),
    ("Amaryllis stems", "amaryllis", "Hippeastrum × hybridum", ("red", "white", "coral"), 720, (3, 5), "winter", "none", 12, 60, False, "Hollow stems as thick as a thumb with trumpets at the top. Put a thin cane inside the stem and it will stand straight to the end."),
    ("Agapanthus", "agapanthus", "Agapanthus africanus", ("blue", "white"), 340, (5, 10), "summer", "none", 12, 70, False, "Globes of small trumpets on bare stems, cut in the Channel Islands. Shake off the spent flowers gently and the rest will open."),
    ("Mophead hydrangeas", "hydrangea", "Hydrangea macrophylla", ("blue", "pink", "white", "mauve"), 690, (3, 5), "late summer", "none", 10, 45, False, "Broad heads that drink through their petals as well as their stems. If one wilts, lay it under water for an hour."),
    ("Drumstick alliums", "allium", "Allium hollandicum", ("purple", "white"), 260, (5, 10), "early summer", "light", 14, 70, False, "Spheres of a hundred stars at the end of a straight green rod. They smell of onion only while being cut."),
    ("Delphiniums", "delphinium", "Delphinium elatum", ("blue", "violet", "white"), 390, (3, 5, 10), "summer", "none", 8, 90, False, "Tall spires in the bluest blue that a garden has, many with a white eye. Fill the hollow stems with water and plug them with wool."),
    ("Larkspur", "larkspur", "Consolida ajacis", ("lavender", "pink", "white"), 160, (10, 20), "summer", "none", 8, 70, False, "A lighter delphinium for smaller vases, with ferny leaves. It is one of the best flowers for drying."),
    ("Cut foxgloves", "foxglove", "Digitalis purpurea", ("magenta", "white", "apricot"), 240, (5, 10), "early summer", "none", 7, 80, False, "Freckled bells up one side of the stem, from a walled garden in Fife. Every part is poisonous if eaten, so keep them out of reach."),
    ("Snapdragons", "snapdragon", "Antirrhinum majus", ("lemon", "rose pink", "white"), 150, (10, 20), "summer", "light", 9, 65, True, "Velvet mouths that children cannot leave alone. The tips bend towards the light, so turn the vase every day."),
    ("Scented stocks", "stock", "Matthiola incana", ("lilac", "white", "pink"), 150, (10, 20), "spring", "strong", 8, 55, True, "Dense columns of ruffled flowers with a scent of cloves that is strongest in the evening. Strip the leaves below the water line."),
    ("Cut hyacinths", "hyacinth", "Hyacinthus orientalis", ("blue", "pink", "white"), 190, (5, 10, 20), "spring", "strong", 8, 25, False, "Heavy, waxy heads cut with a little of the bulb so that they last. The scent fills a hall."),
    ("Gladioli", "gladiolus", "Gladiolus × hortulanus", ("coral", "white", "lime green"), 150, (5, 10), "late summer", "none", 9, 95, False, "Swords of butterfly flowers that open from the bottom upwards. Nip out the top bud and the rest will all come out."),
    ("Veronica spires", "veronica", "Veronica longifolia", ("violet", "white"), 120, (10, 20), "summer", "none", 8, 55, True, "Fine tapering tails that give a bouquet its line. They turn to the light within an hour."),
    ("Bishop's flower", "ammi", "Ammi majus", ("white",), 130, (5, 10, 20), "summer", "none", 8, 70, False, "A refined cow parsley, each umbel as flat as lace. The sap can irritate the skin in sunshine, so wear gloves to cut it."),
    ("Flowering dill", "dill", "Anethum graveolens", ("lime green",), 120, (5, 10, 20), "summer", "spicy", 9, 70, False, "Lime-green fireworks with a scent of the kitchen garden. It sets off every strong colour we know."),
    ("Yarrow", "yarrow", "Achillea millefolium", ("yellow", "terracotta", "white"), 110, (10, 20), "summer", "spicy", 11, 55, False, "Flat plates of tiny flowers that hold their colour when dried. The stems are firm and simple to arrange."),
    ("Gypsophila", "gypsophila", "Gypsophila paniculata", ("white", "pink"), 180, (5, 10, 20), "all year", "light", 13, 65, False, "A cloud of tiny doubles, far better in quantity by itself than as a filling. It dries where it stands."),
    ("Hypericum berries", "hypericum", "Hypericum androsaemum", ("red", "peach", "green"), 140, (5, 10), "autumn", "none", 15, 55, False, "Glossy berries in a green collar, firm enough for wreaths and buttonholes. They do not drop and outlast most flowers."),
    ("Silver-dollar eucalyptus", "eucalyptus", "Eucalyptus cinerea", ("sage",), 210, (5, 10, 20), "all year", "spicy", 18, 70, False, "Round grey leaves with the clean scent of a cold morning. Hang a bunch by the shower, where steam brings out the oil."),
)
# fmt: on

# (title, plant, botanical name, colours, pence a stem, counts, height, what is said of it)
# fmt: off
DRIED = (
    ("Dried lavender", "lavender", "Lavandula × intermedia", ("lavender",), 24, (50, 100, 200), 40, "Cut in Norfolk in the last week of July and dried in the dark, so that it keeps its blue. Rub a head between the fingers to wake the scent."),
    ("Dried wheat", "wheat", "Triticum aestivum", ("natural", "white", "russet"), 26, (25, 50), 65, "Full ears on golden straw, picked just before the combine comes. They make a harvest sheaf that stands by itself."),
    ("Pampas plumes", "pampas", "Cortaderia selloana", ("oat", "white", "blush"), 420, (3, 6), 110, "Feathery plumes as long as an arm, combed and fluffed by hand. A mist of hair spray keeps them from shedding."),
    ("Hare's tail grass", "hare's tail", "Lagurus ovatus", ("ivory", "blush", "natural"), 19, (25, 50, 100), 45, "Soft oval heads that nobody can pass without touching. They grow wild on the dunes of Guernsey."),
    ("Strawflowers", "strawflower", "Xerochrysum bracteatum", ("amber", "rose pink", "white"), 65, (10, 20), 40, "Papery bracts that rustle, bright as on the day they were picked. They close a little in damp weather and open again when it is dry."),
    ("Honesty", "honesty", "Lunaria annua", ("natural",), 150, (5, 10, 20), 60, "Silver moons, peeled one by one so that light comes through. Handle them gently and they last for years."),
    ("Poppy heads", "poppy pod", "Papaver somniferum", ("natural", "slate", "white"), 48, (10, 25), 50, "Pepper-pot capsules with a crown, blue-grey or bleached. The seeds have been shaken out."),
    ("Golden drumsticks", "craspedia", "Pycnosorus globosus", ("yellow", "ochre"), 85, (10, 20), 55, "Mustard-yellow spheres on bare grey stems, as if drawn with a compass. They look much the same fresh and dried."),
    ("Globe thistles", "thistle", "Echinops ritro", ("blue", "slate"), 140, (5, 10), 60, "Steel-blue spiny globes that keep both shape and colour. Mind the leaves, which we leave on for their silver backs."),
    ("Sea lavender", "limonium", "Limonium latifolium", ("lilac", "white", "pink"), 160, (5, 10), 60, "A haze of tiny papery flowers that was never really wet to begin with. It fills a wreath in no time."),
    ("Dried larkspur", "larkspur", "Consolida ajacis", ("violet", "pink", "white"), 110, (10, 20), 65, "Spires air-dried upside down in a Suffolk barn. The colour lasts for two years out of the sun."),
    ("Pussy willow", "pussy willow", "Salix caprea", ("stone",), 190, (5, 10, 20), 80, "Silken catkins on dark wands, cut in February. Keep them dry, or they will root and come into leaf."),
)
# fmt: on

CARE = {
    "rose": "Cut two centimetres off at a slant, and again every third day.",
    "garden rose": "Give it deep, cool water and keep it away from fruit.",
    "spray rose": "Remove spent heads and the buds behind them will open.",
}


def _stems(*counts: int, saving: float = 0.95) -> Option:
    return counted("stems", "stems", *counts, saving=saving)


def _rose(row: tuple[str, str, str, int, str, int, int, str], plant: str, counts: tuple[int, ...]) -> DemoProduct:
    name, botanical, colour, pence, scent, days, height, text = row
    return DemoProduct(
        title=f"{name} {plant}",
        text=f"{text} {CARE[plant]} Expect {days} days in the vase.",
        categories=("roses", "cut-flowers"),
        pence=pence,
        grams=48,
        attributes={
            "kind": "cut flower", "plant": plant, "botanical_name": botanical, "colour": colour, "season": "all year",
            "scent": scent, "vase_life_days": days, "height_cm": height, "pet_safe": True,
        },
        options=(_stems(*counts),),
        maker="Hartsease Growers" if plant != "garden rose" else "Fennimore Walled Garden",
    )  # fmt: skip


def _other(
    row: tuple[str, str, str, tuple[str, ...], int, tuple[int, ...], str, str, int, int, bool, str],
) -> DemoProduct:
    title, plant, botanical, shades, pence, counts, season, scent, days, height, safe, text = row
    said = "They last" if title.endswith("s") else "It lasts"
    attributes: dict[str, str | int | bool] = {
        "kind": "cut flower", "plant": plant, "botanical_name": botanical, "season": season, "scent": scent,
        "vase_life_days": days, "height_cm": height, "pet_safe": safe,
    }  # fmt: skip
    if len(shades) == 1:
        attributes["colour"] = shades[0]
    return DemoProduct(
        title=title,
        text=f"{text} {said} about {days} days in clean water." if "last" not in text else text,
        categories=("tulips" if "tulip" in plant else "cut-flowers", *(("cut-flowers",) if "tulip" in plant else ())),
        pence=pence,
        grams=45,
        attributes=attributes,
        options=((colours(*shades),) if len(shades) > 1 else ()) + (_stems(*counts),),
        maker="Hartsease Growers" if season == "all year" else "Tamar & Wold Flower Farms",
    )


def _dried(row: tuple[str, str, str, tuple[str, ...], int, tuple[int, ...], int, str]) -> DemoProduct:
    title, plant, botanical, shades, pence, counts, height, text = row
    attributes: dict[str, str | int | bool] = {
        "kind": "dried flower", "plant": plant, "botanical_name": botanical, "season": "all year", "height_cm": height,
        "scent": "strong" if plant == "lavender" else "none",
    }  # fmt: skip
    if len(shades) == 1:
        attributes["colour"] = shades[0]
    return DemoProduct(
        title=title,
        text=f"{text} About {height} cm long; needs no water.",
        categories=("dried-flowers",),
        pence=pence,
        grams=9,
        attributes=attributes,
        options=((colours(*shades),) if len(shades) > 1 else ()) + (_stems(*counts, saving=0.9),),
        maker="Saltmarsh Drying Barn",
    )


def goods() -> list[DemoProduct]:
    """All cut and dried flowers."""
    return [
        *(_rose(row, "rose", (6, 12, 24, 36)) for row in ROSES),
        *(_rose(row, "garden rose", (5, 10, 15)) for row in GARDEN_ROSES),
        *(_rose(row, "spray rose", (5, 10, 20)) for row in SPRAY_ROSES),
        *map(_other, OTHERS),
        *map(_dried, DRIED),
    ]
