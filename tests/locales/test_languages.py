"""Saying texts: every sentence with its values in every language, and never half an answer translated."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import locales
from dialogs.messages import Choice
from dialogs.say import Say, button, render, say
from locales import Language, Month, Text, Untranslated, language, languages, source_texts, tame, undirected

_EVERY = [(code, id) for code, spoken in languages().items() for id in spoken.texts]
_VALUES = st.one_of(
    st.text(max_size=20),
    st.integers(0, 3000),
    st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    st.builds(Month, st.integers(1, 12)),
    st.tuples(st.integers(1900, 2100), st.integers(1, 12)),
    st.builds(Text.verbatim, st.text(max_size=20)),
    st.builds(Text.of, st.sampled_from(["questions.common.yes", "dialogs.menu.person"])),
)


def _places(words: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(words) if name is not None]


_ISOLATES = dict.fromkeys(map(ord, "\u200e\u2066\u2068\u2069"))


@given(st.data())
def test_every_text_can_be_said_with_its_values(data: st.DataObject) -> None:
    """Whatever the values are, a text is said whole, with each value in its place and nothing else changed."""
    code, id = data.draw(st.sampled_from(_EVERY))
    spoken = languages()[code]
    template = spoken.texts[id]
    values = {name: data.draw(_VALUES) for name in _places(template)}
    alone = Language(code, spoken.name, spoken.direction, {**spoken.texts, "alone": "{value}"})
    said = {name: alone.say(Text.of("alone", value=value)) for name, value in values.items()}
    expected = re.sub(r"\{(\w+)\}", lambda place: said[place[1]], template)
    # Right-to-left sentences keep foreign words apart with two marks that nobody sees.
    assert spoken.say(Text.of(id, **values)).translate(_ISOLATES) == expected.translate(_ISOLATES)


@pytest.mark.parametrize("code", [code for code in languages() if code != "nl"])
def test_translations_have_the_places_of_the_dutch_text(code: str) -> None:
    """A translation asks for exactly the values that the Dutch text is given."""
    different = [
        id
        for id, words in languages()[code].texts.items()
        if sorted(_places(words)) != sorted(_places(source_texts()[id]))
    ]
    assert different == []


def test_english_is_complete() -> None:
    """Every Dutch text can be said in English."""
    assert source_texts().keys() - language("en").texts.keys() == set()


def test_equal_texts_are_equal() -> None:
    """A text with the same values in another order is the same text, so that it can be compared and remembered."""
    assert Text.of("a.b", one=1, two=2) == Text.of("a.b", two=2, one=1)
    assert len({Text.of("a.b", one=1), Text.of("a.b", one=1), Text.of("a.b", one=2)}) == 2


@pytest.mark.parametrize(
    ("value", "dutch", "english"),
    [
        (date(2028, 7, 17), "17 juli 2028", "17 July 2028"),
        ((2026, 3), "maart 2026", "March 2026"),
        (Month(5), "mei", "May"),
        (Text.of("questions.common.yes"), "Ja", "Yes"),
        (Text.verbatim("Coach A"), "Coach A", "Coach A"),
        (2026, "2026", "2026"),
    ],
)
def test_values_are_said_in_the_language(value: object, dutch: str, english: str) -> None:
    """Dates, months and texts inside a text are said in the language of that text; numbers and names stay."""
    text = Text.of("questions.common.moment", date=value)
    assert (language("nl").say(text), language("en").say(text)) == (dutch, english)


def test_words_that_are_no_text_are_the_same_everywhere() -> None:
    """A name is said as it is in every language, also in one that has no texts at all."""
    empty = Language("en", "English", "ltr", {})
    assert empty.say(Text.verbatim("Coach {A}")) == "Coach {A}"
    assert empty.has([Text.verbatim("Coach {A}")])


def test_a_text_that_is_not_there_is_refused() -> None:
    """A language says nothing for a text it lacks, and tells so beforehand, also when the text is a value."""
    some = Language("en", "English", "ltr", {"a.b": "{name}", "a.c": "c"})
    with pytest.raises(Untranslated):
        some.say(Text.of("a.d"))
    assert some.has([Text.of("a.b", name=Text.of("a.c")), Text.of("a.c")])
    assert not some.has([Text.of("a.b", name=Text.of("a.d"))])
    assert not some.has([Text.of("a.c"), Text.of("a.d")])


def test_dutch_comes_first_and_stands_in() -> None:
    """Dutch heads the list of languages, and is what an unknown or missing code gives."""
    assert next(iter(languages())) == "nl"
    assert language(None) is language("xx") is language("nl") is languages()["nl"]
    assert language("en").code == "en"


@pytest.mark.parametrize(
    ("code", "name", "direction"),
    [("nl", "Nederlands", "ltr"), ("en", "English", "ltr"), ("ar", "العربية", "rtl"), ("uk", "Українська", "ltr")],
)
def test_a_language_goes_by_its_own_name(code: str, name: str, direction: str) -> None:
    """People find their language under the name it has in that language, written in its direction."""
    found = locales._language(code, {})
    assert (found.name, found.direction) == (name, direction)


def test_only_finished_translations_of_the_present_dutch_text_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty and fuzzy translations, and those of a Dutch text that has changed or gone, are not said."""
    monkeypatch.setattr(
        locales, "source_texts", lambda: {f"a.{n}": f"Tekst {n}" for n in ("ok", "empty", "fuzzy", "old")}
    )
    entries = [
        ("ok", "Tekst ok", "Text", ""),
        ("empty", "Tekst empty", "", ""),
        ("fuzzy", "Tekst fuzzy", "F", "#, fuzzy\n"),
    ]
    entries += [("old", "Tekst van eerst", "Old", ""), ("gone", "Weg", "Gone", "")]
    path = tmp_path / "messages.po"
    path.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        + "\n".join(f'{flag}msgctxt "a.{n}"\nmsgid "{nl}"\nmsgstr "{en}"\n' for n, nl, en, flag in entries),
        encoding="utf-8",
    )
    assert locales._translated(path) == {"a.ok": "Text"}


@given(st.sets(st.sampled_from(["p1", "p2", "label", "inner"])))
def test_a_bubble_is_never_half_translated(lacking: set[str]) -> None:
    """A language that lacks one text of a bubble, a value in it or a button gets it whole in Dutch, and is told."""
    dutch = {
        "p1": "Eén {v}",
        "p2": "Twee",
        "label": "Knop",
        "inner": "in",
        "dialogs.understanding.fallback": "Alleen Nederlands",
    }
    english = {"p1": "One {v}", "p2": "Two", "label": "Button", "inner": "inside"}
    english = {id: words for id, words in english.items() if id not in lacking}
    spoken = {"nl": Language("nl", "Nederlands", "ltr", dutch), "en": Language("en", "English", "ltr", english)}
    bubble = Say(parts=(Text.of("p1", v=Text.of("inner")), Text.of("p2")), buttons=(button("b", "label"),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locales, "languages", lambda: spoken)
        *notes, reply = render([bubble], "en")
    assert [(note.language, note.text) for note in notes] == [("nl", "Alleen Nederlands")] * bool(lacking)
    if lacking:
        assert (reply.language, reply.text) == ("nl", "Eén in\n\nTwee")
        assert reply.choices == (Choice("b", "Knop"),)
    else:
        assert (reply.language, reply.text, reply.choices) == ("en", "One inside\n\nTwo", (Choice("b", "Button"),))


def test_one_bubble_that_falls_back_leaves_the_others() -> None:
    """Only the bubble that lacks a text is in Dutch; the next is in the person's language again."""
    spoken = dict(languages())
    spoken["en"] = Language("en", "English", "ltr", {"dialogs.menu.person": "Back"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locales, "languages", lambda: spoken)
        replies = render([say("dialogs.menu.menu"), say("dialogs.menu.person")], "en")
    assert [reply.language for reply in replies] == ["nl", "nl", "en"]


def test_dutch_names_and_numbers_keep_their_order_in_arabic() -> None:
    """A phone number or a name inside an Arabic sentence is isolated; a date in Arabic words and a law are not."""
    arabic = languages()["ar"]
    said = arabic.say(Text.of("dialogs.contact.gemeente", name="Utrecht", phone="088-898 92 94", website="x.nl"))
    assert "\u2066088-898 92 94\u2069" in said
    step = arabic.say(Text.of("dialogs.rights.law", law="WVO 2020", article="2.31a"))
    assert "\u2066" not in step
    assert "\u2066" not in languages()["en"].say(Text.of("dialogs.contact.gemeente", name="a", phone="b", website="c"))
    lines = arabic.say(Text.of("dialogs.contact.schools", name="a\nb"))
    assert "\u2066" not in lines


@pytest.mark.parametrize(
    ("direction", "template", "value", "said"),
    [
        ("ltr", "{name} leest.", "أحمد", "\u200e\u2068أحمد\u2069 leest."),
        ("ltr", '"{name}"', "أحمد", '"أحمد"'),
        ("ltr", "{name} leest.", "Coach A", "Coach A leest."),
        ("ltr", "{name} leest.", "\u202eCoach\u2069 A\u202c", "Coach A leest."),
        ("ltr", "{name} leest.", "\u2067Coach A", "Coach A leest."),
        ("ltr", "{name} leest.", "\u2068één\u2069", "\u2068één\u2069 leest."),
        ("ltr", "{name} leest.", "أحمد\nA", "أحمد\nA leest."),
        ("rtl", "يقرأ {name}.", "Coach A", "يقرأ \u2066Coach A\u2069."),
        ("rtl", "يقرأ {name}.", "أحمد", "يقرأ أحمد."),
        ("rtl", "{name}.", "Coach A", "Coach A."),
    ],
)
def test_a_name_never_reorders_its_sentence(direction: locales.Direction, template: str, value: str, said: str) -> None:
    """A value of the other direction is kept apart, and signs that would turn what follows are left out."""
    spoken = Language("xx", "X", direction, {"a": template})
    assert spoken.say(Text.of("a", name=value)) == said
    assert spoken.say(Text.of("a", name=Text.verbatim(value))) == said


def test_what_is_kept_of_languages_is_what_their_sources_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, directions and Dutch texts that were kept from before are those that would be read now."""
    kept = {code: (one.name, one.direction) for code, one in languages().items()}, dict(source_texts())
    monkeypatch.setattr(locales, "kept", lambda _place, _sources, make: make())
    for cached in (languages, source_texts):
        cached.cache_clear()
    try:
        assert kept == ({code: (one.name, one.direction) for code, one in languages().items()}, dict(source_texts()))
    finally:
        monkeypatch.undo()
        for cached in (languages, source_texts):
            cached.cache_clear()


@given(st.text(st.sampled_from("ab ابג\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f"), max_size=12))
def test_no_name_reorders_what_stands_after_it(name: str) -> None:
    """A name keeps its letters and none of the signs that turn; other words keep only pairs that stay within them."""
    turning = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    assert undirected(name) == "".join(sign for sign in name if sign not in turning)
    kept = tame(name)
    assert tame(kept) == kept
    assert undirected(kept) == undirected(name)
    assert not set(kept) & set(turning[:5])
    depth = 0
    for sign in kept:
        depth += (sign in "\u2066\u2067\u2068") - (sign == "\u2069")
        assert depth >= 0
    assert depth == 0
