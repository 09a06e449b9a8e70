"""The form of the overgangsdocument: the advised parts are in the standard one, and a broken form is refused."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.transition_form import LINES, OPTIONS, BadForm, read_form, standard_form
from locales import Text, source_texts

_GOOD: dict[str, Any] = {"name": "regio", "title": "Ons blad", "sections": [{"title": "Wie", "lines": ["person.name"]}]}


def test_the_standard_form_has_every_line_once() -> None:
    """Contact, school career, skills, wishes and support needs (R-OVG-3): nothing that is asked is left out."""
    lines = [line for section in standard_form().sections for line in section.lines]
    assert sorted(lines) == sorted(LINES)
    assert [section.title.id.rpartition(".")[2] for section in standard_form().sections] == [
        *("contact", "career", "skills", "wishes", "support"),
    ]


def test_every_line_and_answer_has_words() -> None:
    """Each line has a name and each answer a label."""
    for line in LINES:
        assert f"transition.name.{line}" in source_texts()
    for field, options in OPTIONS.items():
        group = "sector" if field in ("experience", "work") else field
        assert {f"transition.option.{group}.{option}" for option in options} <= source_texts().keys()


def test_a_region_names_its_own_parts() -> None:
    """A region's own heading is said as it stands, in every language; its municipalities are kept."""
    form = read_form({**_GOOD, "municipalities": ["0344"], "organisations": ["o1"]})
    assert form.organisations == {"o1"}
    assert form.title == Text.verbatim("Ons blad")
    assert form.municipalities == {"0344"}


@pytest.mark.parametrize(
    "broken",
    [
        {"name": "x"},
        {**_GOOD, "title": 3},
        {**_GOOD, "title": "een\u202eblad"},
        {**_GOOD, "title": "x" * 81},
        {**_GOOD, "sections": [{"title": "Wie", "lines": ["person.bsn"]}]},
        {**_GOOD, "sections": [{"title": "Wie", "lines": ["person.name", "person.name"]}]},
        {**_GOOD, "sections": 7},
    ],
)
def test_a_broken_form_is_refused(broken: dict[str, Any]) -> None:
    """A form that lacks something, has unknown lines or one twice is refused when it is read."""
    with pytest.raises(BadForm):
        read_form(broken)
