"""What people write: shown as it was sent, in any script, and never nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.texts import email, line, text

KEPT = (
    "Zoë O’Neill-Østergård",
    "O'Brien",
    "王秀英",
    "محمد",
    "Łucja 🌷",
    "Ravi Wickramasinghe",
    "Anne-Marie d’Arc, Flat 2/3 (rear)",
    "نامه\u200cای",
    "ක්\u200dෂ",
    "क्\u200dष",
    "👩\u200d👩\u200d👧 & co",
    "🏳\ufe0f\u200d🌈",
    "👩🏽\u200d🚀",
    "שרה",
    "№ 7 ½",
    "❤\ufe0f",
    "12",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f v"
    " 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "1\ufe0f\u20e3 & 👍🏽",
)
HIDING = (
    "a\u200bb",
    "a\u202eb",
    "a\u2066b",
    "a\u200eb",
    "a\u200fb",
    "a\u061cb",
    "\ufeffa",
    "a\u00adb",
    "a\x7fb",
    "a\x00b",
    "a\x85b",
    "a\nb",
    "a\u2028b",
    "a\u2029b",
    "a\u200db",
    "a\u200cb",
    "\u200da",
    "a\u200d",
    "👩\u200d",
    "a\u3164b",
    "a\u2800b",
    "a\u034fb",
    "\ue000",
    "a\U000e0041b",
    "a\u2060b",
    "a\u180eb",
    "\ud800",
    "A\ufe0fB",
    "A\U000e0101B",
    "A\u2065B",
    "\ufff0A",
    "\ufe0f",
    "a\u180bb",
    "👩\ufe0f\ufe0f",
    "🏴\U000e0067",
)
UNSEEN_IN_EMAIL = ("ada\u034f", "ada\ufe0f", "a\u3164b", "a\u2800b", "ada\u180b", "a\U000e0101", "a\u200bb", "a\x7fb")
NOTHING = ("", " ", "\u00a0", "\u2003\u3000", "\u0301", "\u0301\u0302")


def test_a_name_is_kept_in_whatever_script_it_is_written() -> None:
    for name in KEPT:
        assert line(f" {name} ") == unicodedata.normalize("NFC", name)
    assert line("Zoe\u0308") == "Zoë"


def test_what_hides_or_turns_is_refused_and_named() -> None:
    for hiding in HIDING:
        with pytest.raises(ValueError, match=r"it has U\+[0-9A-F]{4,6}"):
            text(hiding)


def test_an_address_hides_nothing_either() -> None:
    for local in UNSEEN_IN_EMAIL:
        with pytest.raises(ValueError, match="no e-mail address"):
            email(f"{local}@example.com")


def test_what_shows_nothing_is_empty() -> None:
    for nothing in NOTHING:
        assert text(nothing) == ""
        with pytest.raises(ValueError, match="nothing of it can be seen"):
            line(nothing)


@given(st.text())
def test_any_text_is_refused_or_reads_as_it_was_sent(given_text: str) -> None:
    try:
        shown = text(given_text)
    except ValueError:
        return
    assert text(shown) == shown
    assert shown in ("", unicodedata.normalize("NFC", given_text).strip())
    assert not {unicodedata.category(each) for each in shown.replace("\u200c", "").replace("\u200d", "")} & {
        "Cc",
        "Cf",
        "Cs",
        "Co",
    }


def test_an_email_address_is_kept_in_its_normal_form() -> None:
    for written, kept in {
        "a@b.uk": "a@b.uk",
        " ada.l+vase@mail.example.co.uk ": "ada.l+vase@mail.example.co.uk",
        "Ada@EXAMPLE.co.uk": "Ada@example.co.uk",
        "ö@example.com": "ö@example.com",
        "o'brien@example.ie": "o'brien@example.ie",
        "ada@xn--e1afmkfd.xn--p1ai": "ada@пример.рф",
        "ada@пример.рф": "ada@пример.рф",
        "ada@münchen.de": "ada@münchen.de",
    }.items():
        assert email(written) == kept


def test_what_is_no_email_address_is_refused() -> None:
    for wrong in (
        "",
        "ada",
        "ada@",
        "@b.uk",
        "a b@c.uk",
        "a@b",
        "a@b..uk",
        "a@-b.uk",
        "a@b.uk\nx",
        "a@b.uk," * 60,
        "a..b@c.uk",
        ".a@c.uk",
        "a.@c.uk",
        "a\x7fb@c.uk",
        "a\u202eb@c.uk",
        "a\u200bb@c.uk",
        "a\u00adb@c.uk",
        "a@b\u200b.uk",
        "a@xn--a.b",
        "\ud800@b.uk",
        "a@[127.0.0.1]",
        "Ada <a@b.uk>",
        '"a b"@c.uk',
        "a@b.invalid",
        "a" * 65 + "@b.uk",
        "a@" + "b." * 130 + "uk",
        "a@b.uk@c.uk",
    ):
        with pytest.raises(ValueError, match="no e-mail address"):
            email(wrong)


@given(st.text())
def test_any_address_is_refused_or_stays_as_it_is(given_text: str) -> None:
    try:
        kept = email(f"{given_text}@example.com")
    except ValueError:
        return
    assert email(kept) == kept
