"""Text that people write and people read: what a label says must be what was sent, and something must be seen of it.

By Unicode's own properties (UAX #44), not by lists of ours. Refused are controls and line breaks (Cc, Zl, Zp), what is
private or broken (Co, Cs), format characters (Cf) and whatever else is shown as nothing (Default_Ignorable_Code_Point):
they hide, or turn the direction of reading. Emoji are written with some of them (UTS #51), and stay whole. The two
joiners stay where RFC 5892 lets them stand, for some scripts are not written without them.
"""

from __future__ import annotations

import unicodedata

import email_validator
import idna
import regex

HIDDEN = regex.compile(r"[\p{DI}\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u2800]")  # U+2800: the empty pattern of braille
VISIBLE = regex.compile(r"[\p{L}\p{N}\p{P}\p{S}]")
EMOJI = regex.compile(
    r"(?:\U0001F3F4[\U000E0061-\U000E007A]{2,6}\U000E007F"  # the flags of England, Scotland and Wales
    r"|[0-9#*]\ufe0f\u20e3"
    r"|\p{Extended_Pictographic}[\ufe0e\ufe0f]?\p{EMod}?(?:\u200d\p{Extended_Pictographic}\ufe0f?\p{EMod}?)*)"
)
PARAGRAPHS = regex.compile(r"\n{2,}")
EMAIL_CHARACTERS_MAX = 254  # RFC 5321 4.5.3.1.3, less the angle brackets


def text(given: str) -> str:
    """A text in normal form C, without the space around it; empty when nothing of it can be seen.

    Raises ValueError for a character that shows nothing, or that changes how the others read.
    """
    shown = unicodedata.normalize("NFC", given).strip()
    plain = EMOJI.sub(lambda emoji: "\N{WHITE SMILING FACE}" * len(emoji[0]), shown)
    for found in HIDDEN.finditer(plain):
        if not _joins(plain, found.start()):
            raise ValueError(
                f"it has U+{ord(found[0]):04X}, which cannot be seen or changes how the rest reads; leave that out"
            )
    return shown if VISIBLE.search(shown) else ""


def line(given: str) -> str:
    """A text that is not empty. Raises ValueError."""
    shown = text(given)
    if not shown:
        raise ValueError("nothing of it can be seen; write something")
    return shown


def paragraphs(given: str) -> str:
    """Lines of text, of which an empty one parts two paragraphs. Raises ValueError for what hides or turns."""
    return "\n\n".join("\n".join(map(text, each.split("\n"))) for each in PARAGRAPHS.split(given.strip()))


def email(given: str) -> str:
    """An e-mail address as RFC 5321, 6531 and IDNA 2008 know it, in its normal form; only a message tells if it exists.

    Raises ValueError for what cannot be one.
    """
    try:
        address = email_validator.validate_email(text(given), strict=True, check_deliverability=False).normalized
    except ValueError as error:
        raise ValueError(f"this is no e-mail address, e.g. `ada@example.co.uk`: {str(error).rstrip('.')}") from error
    if len(address) > EMAIL_CHARACTERS_MAX:
        raise ValueError(f"this is no e-mail address: it has more than {EMAIL_CHARACTERS_MAX} characters")
    return address


def _joins(shown: str, index: int) -> bool:
    if shown[index] not in "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}" or not 0 < index < len(shown) - 1:
        return False
    try:
        return idna.valid_contextj(shown, index)
    except ValueError:  # a neighbour that has no joining type
        return False
