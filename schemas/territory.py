"""Where UK VAT applies, by the letters that a postcode begins with: they say which country an address is in.

The United Kingdom is Great Britain and Northern Ireland; the Isle of Man is treated as part of it. The Channel Islands
and Gibraltar are outside: goods that go there are exports, which we do not make yet (HMRC manual VATPOSG2300 and VAT
Notice 703; Northern Ireland is no different for goods sold from here to consumers, VAT Notice 1002). Mail for the
forces (BFPO) is handed over in the United Kingdom, and delivered.
"""

from __future__ import annotations

import re

# Royal Mail's 121 geographic areas, its one without digits, the forces, and the Isle of Man.
AREAS = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY "
    "G GL GU HA HD HG HP HR HS HU HX IG IP IV KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX "
    "PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF "
    "WN WR WS WV YO ZE GIR BF BFPO IM"
)
INSIDE = frozenset(AREAS.split())
OUTSIDE = {"JE": "Jersey", "GY": "Guernsey", "GX": "Gibraltar"}
_COUNTRY = {"IM": "IM", "JE": "JE", "GY": "GG", "GX": "GI"}


def area_of(postcode: str) -> str:
    """The letters that a postcode begins with."""
    found = re.match(r"[A-Z]*", postcode)
    return found[0] if found else ""


def country_of(area: str) -> str:
    """The country of a postcode area, ISO 3166-1."""
    return _COUNTRY.get(area, "GB")


def why_not_delivered(area: str) -> str | None:
    """Why goods do not go to a postcode area; None: they do."""
    if area in INSIDE:
        return None
    if area in OUTSIDE:
        return f"{OUTSIDE[area]} is outside the United Kingdom for VAT, and we do not deliver there yet"
    return f"{area or 'nothing'} is no postcode area of the United Kingdom or the Isle of Man"
