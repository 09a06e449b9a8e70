"""Asking where somebody lives (or where the school was), and whom to contact there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from dialogs.conversation import Conversation
from dialogs.goals.rights import school_outcome
from dialogs.say import Button, Move, Say, button, say
from knowledge.library import Knowledge
from knowledge.regions import Municipality
from knowledge.rights import evaluate
from knowledge.schools import SchoolKind
from locales import Text

_MOST_SCHOOLS = 6
_AFTER = (button("person", "dialogs.menu.person"), button("menu", "dialogs.menu.menu"))
_PLACE_QUESTIONS = {"municipality": "questions.municipality.question", "school_place": "dialogs.request.school_place"}


def ask_place(conversation: Conversation, step: str) -> Move:
    """Asks for a place: `step` is "municipality" (where the person lives) or "school_place"."""
    return Move(replace(conversation, asking=step), (say(_PLACE_QUESTIONS[step]),))


def find_place(conversation: Conversation, text: str, knowledge: Knowledge) -> Municipality | Say:
    """The municipality that was surely meant, or the bubble that asks on."""
    found = knowledge.regions.find(text)
    if found.is_sure:
        return found.municipalities[0]
    if not found.municipalities:
        return say("questions.municipality.not_found")
    buttons = [(f"place:{one.code}", Text.verbatim(one.name)) for one in found.municipalities]
    return say("questions.municipality.which", buttons=[*buttons, button("place:none", "questions.municipality.none_of_these")])


def contacts(conversation: Conversation, knowledge: Knowledge, today: date) -> tuple[Say, ...]:
    """Whom to contact, by municipality: nothing is invented, what is unknown goes through the gemeente."""
    home = knowledge.regions.municipality(str(conversation.facts["municipality"]))
    assert home is not None
    parts = [*_school_parts(conversation, knowledge, home, today), *_municipal_parts(knowledge, home)]
    return (Say(parts=(*parts, Text.of("dialogs.contact.unchecked")), buttons=_AFTER),)


def contact_of(knowledge: Knowledge, home: Municipality) -> tuple[Text, ...]:
    """The gemeente's own contact, as paragraphs."""
    return (
        Text.of(
            "dialogs.contact.gemeente",
            name=Text.verbatim(home.name),
            phone=Text.verbatim(home.phone),
            website=Text.verbatim(home.website),
        ),
    )


def school_buttons(knowledge: Knowledge, kind: SchoolKind, municipality: str) -> tuple[Button, ...]:
    """The schools of a kind in a municipality as buttons: connected ones first, then those that are surely of the kind."""
    connected = [
        (f"school:{one.id}", Text.verbatim(one.name)) for one in knowledge.directory.serving(kind, municipality)
    ]
    taken = {one.school_key for one in knowledge.directory.serving(kind, municipality)}
    others = [
        (f"school:{school.key}", Text.verbatim(school.name))
        for school in knowledge.regions.schools_in(municipality, kind)
        if school.sure and school.key not in taken
    ]
    return tuple([*connected, *others][:_MOST_SCHOOLS])


def _municipal_parts(knowledge: Knowledge, home: Municipality) -> Iterable[Text]:
    yield from contact_of(knowledge, home)
    yield Text.of("dialogs.contact.doorstroompunt", name=Text.verbatim(home.doorstroompunt_region_name))
    for kind in ("doorstroompunt", "gemeente"):
        for one in knowledge.directory.serving(kind, home.code):
            yield Text.of("dialogs.contact.connected", name=Text.verbatim(one.name))


def _school_parts(
    conversation: Conversation, knowledge: Knowledge, home: Municipality, today: date
) -> Iterable[Text]:
    outcome = school_outcome(conversation, evaluate(conversation.facts, today))
    if outcome is None or outcome.label in ("no", "unknown"):
        return
    yield Text.of("dialogs.contact.school_first")
    kind = conversation.facts["school_type"]
    schools = [
        school
        for school in knowledge.regions.schools_in(home.code, kind)  # type: ignore[arg-type]
        if school.sure and school.website
    ][:_MOST_SCHOOLS]
    if schools:
        lines = "\n".join(f"- {school.name}: {school.website}" for school in schools)
        yield Text.of("dialogs.contact.schools", name=Text.verbatim(home.name))
        yield Text.verbatim(lines)
