"""What commands to a group of synonyms lead to."""

from __future__ import annotations

from schemas.synonyms.messages import (
    WORDS_MAX,
    SetSynonyms,
    SynonymRefusal,
    SynonymsRefused,
    SynonymsSet,
    SynonymsState,
)
from streams.synonyms.room import SYNONYMS

SET = SetSynonyms(group_id="daffodils", words=("narcissus", "daffodil"))


def test_a_group_is_set_and_switched_off_and_the_same_again_is_no_event() -> None:
    [event] = SYNONYMS.decide(SET, SynonymsState(), 0)
    assert event == SynonymsSet(group_id="daffodils", words=SET.words)
    group = SYNONYMS.evolve(SynonymsState(), event)
    assert SYNONYMS.decide(SET, group, 0) == ()
    [off] = SYNONYMS.decide(SetSynonyms(group_id="daffodils", words=()), group, 0)
    assert SYNONYMS.evolve(group, off).words == ()


def test_the_first_reason_that_applies_is_given_and_nothing_changes() -> None:
    many = tuple(f"w{number}" for number in range(WORDS_MAX + 1))
    for words, reason in (
        ((*many, "a, b"), SynonymRefusal.WORD_MALFORMED),
        (("a => b",), SynonymRefusal.WORD_MALFORMED),
        (("Narcissus", "daffodil"), SynonymRefusal.WORD_MALFORMED),
        (("two  spaces", "b"), SynonymRefusal.WORD_MALFORMED),
        ((*many, "w0"), SynonymRefusal.TOO_MANY),
        (("alone",), SynonymRefusal.TOO_FEW),
        (("a", "b", "a"), SynonymRefusal.NOT_DISTINCT),
    ):
        [event] = SYNONYMS.decide(SetSynonyms(group_id="one", words=words), SynonymsState(), 0)
        assert event == SynonymsRefused(group_id="one", command="SetSynonyms", reason=reason)
        assert SYNONYMS.evolve(SynonymsState(), event) == SynonymsState()
