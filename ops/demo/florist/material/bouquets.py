"""Bouquets and wreaths."""

# ruff: noqa: E501 - the tables have one row a line

from __future__ import annotations

from ops.demo.florist.material.goods import DemoProduct, sizes

# (title, flowers, colours, foliage, ribbon, occasion, season, scent, pence, days, safe with pets, what is said of it)
# fmt: off
BOUQUETS = (
    ("The Walled Garden", "garden rose, ranunculus, sweet pea, ammi", "blush, ivory, lilac, peach", "eucalyptus, ruscus", "sage", "any day", "early summer", "strong", 3200, 7, False, "Garden roses and sweet peas, gathered as one would on a walk before breakfast. The scent is the point of it."),
    ("Harvest Supper", "dahlia, rudbeckia, chrysanthemum, wheat", "russet, amber, burgundy", "olive", "oat", "thank you", "autumn", "none", 3000, 8, False, "Dahlias and wheat in the colours of a stubble field at six in the evening. Set it low on a table and light a candle beside it."),
    ("First Light", "tulip, narcissus, hyacinth", "lemon, white, sky blue", "box", "lemon", "birthday", "spring", "strong", 2600, 7, False, "Tulips, narcissi and hyacinths, all from British bulbs. It goes on growing and opening for a week."),
    ("Letter from Home", "rose, lisianthus, veronica, gypsophila", "pink, white, lilac", "eucalyptus", "rose pink", "thinking of you", "all year", "light", 2900, 10, False, "Pink roses with lisianthus and a haze of gypsophila. It is the bouquet we suggest when nobody knows what to send."),
    ("Red Letter Day", "rose, hypericum, carnation", "crimson, red, burgundy", "ruscus", "crimson", "anniversary", "all year", "light", 3600, 11, False, "Three reds and nothing else but green. The roses open slowly, so it looks its best on the third day."),
    ("White Wedding", "rose, lisianthus, stock, ammi", "white, ivory, white", "eucalyptus, olive", "white", "wedding", "summer", "strong", 3800, 8, False, "Every white that the week has to offer, from ivory to snow. Tied by hand and ready to be carried."),
    ("Seaside Postcard", "delphinium, scabious, anemone, thistle", "blue, lavender, white", "willow eucalyptus", "sky blue", "birthday", "summer", "none", 3100, 8, False, "Blues from navy to shell, with thistles for texture. It looks cool in a hot week."),
    ("Allotment", "zinnia, sunflower, cosmos, dill", "coral, yellow, magenta, lime green", "mint", "apricot", "thank you", "late summer", "spicy", 2700, 7, False, "Zinnias, sunflowers and flowering herbs, bright as a seed catalogue. Pick a leaf of mint for the teapot."),
    ("Kindest Regards", "lily, rose, veronica", "white, cream, green", "ruscus, eucalyptus", "sage", "sympathy", "all year", "strong", 3300, 10, False, "Quiet white lilies and cream roses, with plenty of green. Please note that lilies are poisonous to cats."),
    ("Rest Gently", "rose, stock, lisianthus, limonium", "ivory, lilac, white", "eucalyptus", "lilac", "sympathy", "all year", "light", 3200, 9, False, "Soft, pale and without lilies, so that it may go to any home. Each comes with a plain card and no picture."),
    ("Welcome, Small One", "spray rose, ranunculus, chamomile", "blush, peach, white", "eucalyptus", "blush", "new baby", "spring", "light", 2700, 9, False, "Small flowers for a small arrival, light in scent. It stands in its own water and needs no vase for the first days."),
    ("Full Marks", "gerbera, craspedia, veronica, alstroemeria", "yellow, coral, white", "ruscus", "yellow", "congratulations", "all year", "none", 2500, 12, False, "Clear yellows and corals that are as cheerful as the news. It lasts for nearly a fortnight."),
    ("Get Well Soon", "carnation, alstroemeria, daisy", "apricot, yellow, white", "box", "lemon", "get well", "all year", "spicy", 2400, 15, False, "Long-lasting flowers with little pollen, chosen with hospital wards and small tables in mind. Top up the water and it will see a visitor home."),
    ("Midsummer Night", "peony, foxglove, astilbe, sweet pea", "rose pink, magenta, blush", "ruscus", "magenta", "anniversary", "early summer", "strong", 4200, 6, False, "Peonies at the height of their five weeks, with foxglove spires. Foxgloves are poisonous if eaten, so keep it out of reach."),
    ("Hedgerow", "rosehip, ammi, cosmos, scabious", "white, blush, burgundy", "ivy, eucalyptus", "moss", "any day", "autumn", "none", 2700, 8, False, "Hips, lace and trailing ivy, tied loosely. It is a little wild and meant to be."),
    ("Frost Fair", "hellebore, anemone, ranunculus, pussy willow", "white, near-black, mauve", "fir, eucalyptus", "slate", "any day", "winter", "none", 3200, 8, False, "White and near-black winter flowers among silver green. Cool rooms suit it best."),
    ("Christmas Eve", "rose, hypericum, amaryllis", "red, crimson, red", "fir, ivy", "crimson", "christmas", "winter", "spicy", 3600, 12, False, "Red roses and berries with real fir, which smells of the tree before it is decorated. Delivered from the tenth of December."),
    ("Twelfth Night", "amaryllis, spray rose, thistle", "white, ivory, blue", "fir, willow eucalyptus", "white", "christmas", "winter", "none", 3700, 12, False, "White amaryllis and blue thistles, for when the red has been put away. It lasts well into January."),
    ("Mothering Sunday", "double tulip, ranunculus, spray rose, waxflower", "pink, blush, magenta", "eucalyptus", "pink", "mother's day", "spring", "light", 3000, 8, False, "The pinks of March in one soft bunch. We write the card by hand if you tell us what to say."),
    ("Sunday Papers", "ranunculus, freesia, stock", "apricot, lemon, cream", "ruscus", "apricot", "any day", "spring", "strong", 2600, 8, False, "Apricot and lemon, scented, to be placed beside the coffee pot. A good bouquet for someone who reads."),
    ("Copper Kettle", "chrysanthemum, rose, craspedia, yarrow", "bronze, ochre, terracotta", "olive", "russet", "thank you", "autumn", "spicy", 2800, 13, False, "Bronze and ochre flowers that outlast most. The warm colours suit wood and brick."),
    ("Night Sky", "iris, delphinium, lisianthus, aster", "violet, navy, purple, lavender", "eucalyptus", "navy", "birthday", "summer", "light", 3200, 7, False, "Violets and deep blues with one pale star here and there. Put a lamp behind it in the evening."),
    ("Picnic Rug", "cornflower, poppy, daisy, wheat", "blue, red, white", "box", "red", "any day", "summer", "none", 2500, 6, False, "Cornflowers, poppies and daisies with a few ears of wheat. Short-lived, like the weather it stands for."),
    ("Orchard", "apple blossom, ranunculus, narcissus, tulip", "blush, white, pink, ivory", "box", "blush", "wedding", "spring", "light", 2900, 7, False, "Blossom twigs with the small flowers that grow under the trees. The buds go on opening indoors."),
    ("Velvet Curtain", "dahlia, rose, scabious, sedum", "burgundy, crimson, mauve", "olive, ruscus", "burgundy", "anniversary", "autumn", "light", 3500, 7, False, "Dark reds and plum, rich as an old theatre. Two or three stems also make a fine small vase for the bedside."),
    ("Cat's Choice", "lisianthus, snapdragon, gerbera, rose", "pink, white, apricot", "olive", "sage", "any day", "all year", "light", 2900, 10, True, "Nothing in it harms a cat or a dog, as far as is known. We left out lilies, tulips and all their cousins."),
)
# fmt: on

# (title, flowers, colours, foliage, ribbon, season, pence, what is said of it)
# fmt: off
WREATHS = (
    ("Saltmarsh dried wreath", "strawflower, limonium", "blush, ivory", "eucalyptus, olive", "oat", "all year", 4200, "Eucalyptus and sea lavender on a willow ring, with strawflowers at the foot. Keep it indoors and out of the sun, and it lasts for two years."),
    ("Lavender door ring", "lavender, strawflower", "lavender, lilac", "lavender, rosemary", "lilac", "summer", 3800, "Norfolk lavender bound thickly enough to scent a porch. Refresh it with two drops of oil in the second summer."),
    ("Harvest wreath", "strawflower, wheat", "amber, natural", "olive, box", "russet", "autumn", 4000, "Wheat, olive and strawflowers for the front door from September. A canopy will keep it from the worst of the rain."),
    ("Boxing Day wreath", "hypericum, rosehip", "red, crimson", "fir, box", "crimson", "winter", 4600, "Fresh fir and box with red berries, made on moss so that it stays green into January. Mist it once a week."),
    ("Twelve drummers wreath", "craspedia, thistle", "yellow, blue", "fir, willow eucalyptus", "navy", "winter", 4800, "Gold drumsticks and blue thistles on fir and eucalyptus. It dries as it hangs and can be kept."),
    ("Spring lambs wreath", "pussy willow, narcissus", "ivory, white", "box, rosemary", "lemon", "spring", 4300, "Catkins and little narcissi in tubes of water among box. The flowers last for a week, and the ring much longer."),
    ("Olive and bay kitchen ring", "dill, craspedia", "lime green, yellow", "bay, olive", "sage", "all year", 3600, "Bay, olive and rosemary from which one may cook. Snip what you need and let the rest dry."),
)
# fmt: on

_BUNCH = sizes(posy=1, classic=1.45, generous=2.0, grand=2.7)
_RING = sizes(small=1, medium=1.4, large=1.85)


def _bouquet(row: tuple[str, str, str, str, str, str, str, str, int, int, bool, str]) -> DemoProduct:
    title, flowers, shades, foliage, ribbon, occasion, season, scent, pence, days, safe, text = row
    return DemoProduct(
        title=f"{title} bouquet",
        text=f"{text} Tied by hand, in a paper wrap, with its stems in water; {days} days is a fair expectation.",
        categories=("bouquets", f"for-{occasion.replace(chr(39), '').replace(' ', '-')}"),
        pence=pence,
        grams=700,
        attributes={
            "kind": "bouquet", "flowers": flowers, "colours": shades, "colour": shades.split(", ")[0], "foliage": foliage,
            "ribbon": ribbon, "occasion": occasion, "season": season, "scent": scent, "vase_life_days": days,
            "pet_safe": safe,
        },
        options=(_BUNCH,),
        maker="Bloomfield workroom",
    )  # fmt: skip


def _wreath(row: tuple[str, str, str, str, str, str, int, str]) -> DemoProduct:
    title, flowers, shades, foliage, ribbon, season, pence, text = row
    return DemoProduct(
        title=title,
        text=f"{text} Small is 28 cm across, medium 36 cm, large 46 cm.",
        categories=("wreaths", "dried-flowers"),
        pence=pence,
        grams=450,
        attributes={
            "kind": "wreath", "flowers": flowers, "colours": shades, "colour": shades.split(", ")[0], "foliage": foliage,
            "ribbon": ribbon, "season": season,
        },
        options=(_RING,),
        maker="Bloomfield workroom",
    )  # fmt: skip


def goods() -> list[DemoProduct]:
    """All bouquets and wreaths."""
    return [*map(_bouquet, BOUQUETS), *map(_wreath, WREATHS)]
