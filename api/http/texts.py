"""Text that people write and people read: what a label says must be what was sent, and something must be seen of it.

By Unicode's own categories (UAX #44), not by lists of ours. Refused are controls and line breaks (Cc, Zl, Zp), what is
private or broken (Co, Cs), and format characters (Cf): they show nothing, or turn the direction of reading. The two
joiners are Cf as well, but some scripts and emoji are not written without them: they stay where RFC 5892 lets them
stand, and between two emoji.
"""

from __future__ import annotations

import unicodedata

import email_validator
import idna

REFUSED = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
VISIBLE = ("L", "N", "P", "S")
# Shown as nothing, though Unicode counts them as letters, marks or symbols (Default_Ignorable, and the empty braille).
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
NON_JOINER, JOINER, EMOJI_STYLE = "\u200c", "\u200d", "\ufe0f"
EMAIL_CHARACTERS_MAX = 254  # RFC 5321 4.5.3.1.3, less the angle brackets


def text(given: str) -> str:
    """A text in normal form C, without the space around it; empty when nothing of it can be seen.

    Raises ValueError for a character that shows nothing, or that changes how the others read.
    """
    shown = unicodedata.normalize("NFC", given).strip()
    for index, character in enumerate(shown):
        if character in BLANK or (unicodedata.category(character) in REFUSED and not _joins(shown, index)):
            raise ValueError(
                f"it has U+{ord(character):04X}, which cannot be seen or changes how the rest reads; leave that out"
            )
    return shown if any(unicodedata.category(character)[0] in VISIBLE for character in shown) else ""


def line(given: str) -> str:
    """A text that is not empty. Raises ValueError."""
    shown = text(given)
    if not shown:
        raise ValueError("nothing of it can be seen; write something")
    return shown


def email(given: str) -> str:
    """An e-mail address as RFC 5321, 6531 and IDNA 2008 know it, in its normal form; only a message tells if it exists.

    Raises ValueError for what cannot be one.
    """
    try:
        address = email_validator.validate_email(given.strip(), strict=True, check_deliverability=False).normalized
    except email_validator.EmailNotValidError as error:
        raise ValueError(f"this is no e-mail address, e.g. `ada@example.co.uk`: {str(error).rstrip('.')}") from error
    if len(address) > EMAIL_CHARACTERS_MAX:
        raise ValueError(f"this is no e-mail address: it has more than {EMAIL_CHARACTERS_MAX} characters")
    return address


def _joins(shown: str, index: int) -> bool:
    character = shown[index]
    if character not in (NON_JOINER, JOINER) or not 0 < index < len(shown) - 1:
        return False
    if character == JOINER and _is_emoji(shown[:index].rstrip(EMOJI_STYLE)[-1:]) and _is_emoji(shown[index + 1]):
        return True
    try:
        return idna.valid_contextj(shown, index)
    except ValueError:  # a neighbour that has no joining type
        return False


def _is_emoji(character: str) -> bool:
    return character != "" and unicodedata.category(character) in ("So", "Sk")
