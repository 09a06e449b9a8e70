"""Asking where somebody lives (or where the school was), and whom to contact there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from dialogs.conversation import Conversation
from dialogs.goals.explaining import school_outcome
from dialogs.say import Button, Move, Say, button, say
from knowledge.library import Knowledge
from knowledge.regions import Municipality
from knowledge.rights import evaluate
from knowledge.schools import SchoolKind
from locales import Text

MENU = button("menu", "dialogs.menu.menu")
NOT_FOUND = say("questions.municipality.not_found", buttons=(MENU,))
PLACES = {"municipality": "questions.municipality.question", "school_place": "dialogs.request.school_place"}
"""The questions for a place, by step."""
_MOST_SCHOOLS = 12
_MOST_ADDRESSES = 6
_AFTER = (button("person", "dialogs.menu.person"), MENU)


def ask_place(conversation: Conversation, step: str) -> Move:
    """Asks for a place: `step` is "municipality" (where the person lives) or "school_place"."""
    return Move(replace(conversation, asking=step), (say(PLACES[step], buttons=(MENU,)),))


def home_of(conversation: Conversation, knowledge: Knowledge) -> Municipality | None:
    """The municipality where the person lives; None while that is not known, or when it no longer exists."""
    return knowledge.regions.municipality(str(conversation.facts.get("municipality")))


def find_place(text: str, knowledge: Knowledge) -> Municipality | Say | None:
    """The municipality that was surely meant, the bubble that asks which one, or None where there is no place in it."""
    found = knowledge.regions.find(text)
    if found.is_sure:
        return found.municipalities[0]
    if not found.municipalities:
        return None
    buttons = [(f"place:{one.code}", Text.verbatim(one.name)) for one in found.municipalities]
    none = button("place:none", "questions.municipality.none_of_these")
    return say("questions.municipality.which", buttons=[*buttons, none])


def on_island(conversation: Conversation) -> Move:
    """Said to who lives on Bonaire, Sint Eustatius or Saba: the rules and the helpers are others there."""
    there = conversation
    if conversation.asking != "school_place":
        there = conversation.forgetting("municipality").knowing({"country_part": "BES"})
    return Move(replace(there, asking=None, goal=None), (say("rights.flags.uncertain_bes", buttons=(MENU,)),))


def contacts(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """Whom to contact, by municipality: nothing is invented, what is unknown goes through the gemeente."""
    home = home_of(conversation, knowledge)
    if home is None and conversation.facts.get("country_part") == "BES":
        return on_island(conversation)
    if home is None:
        return ask_place(conversation, "municipality")
    parts = [*_school_parts(conversation, knowledge, home, today), *_municipal_parts(knowledge, home)]
    said = Say(parts=(*parts, Text.of("dialogs.contact.unchecked")), buttons=_AFTER)
    return Move(replace(conversation, asking=None, goal=None), (said,))


def contact_of(home: Municipality) -> tuple[Text, ...]:
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
    """The schools of a kind in a municipality as buttons: connected ones first, then those surely of the kind."""
    connected = knowledge.directory.serving(kind, municipality)
    taken = {one.school_key for one in connected}
    others = [
        school for school in knowledge.regions.schools_in(municipality, kind) if school.sure and school.key not in taken
    ]
    names = Counter(school.name for school in others)
    buttons = [(f"school:{one.id}", Text.verbatim(one.name)) for one in connected]
    for school in others:
        # Two locations with one name are told apart by their street.
        name = f"{school.name} ({school.street})" if names[school.name] > 1 else school.name
        buttons.append((f"school:{school.key}", Text.verbatim(name)))
    return tuple(buttons[:_MOST_SCHOOLS])


def _municipal_parts(knowledge: Knowledge, home: Municipality) -> Iterable[Text]:
    yield from contact_of(home)
    yield Text.of("dialogs.contact.doorstroompunt", name=Text.verbatim(home.doorstroompunt_region_name))
    kinds = ("doorstroompunt", "gemeente")
    names = [one.name for kind in kinds for one in knowledge.directory.serving(kind, home.code)]
    if names:
        yield Text.of("dialogs.contact.connected", names=", ".join(names))


def _school_parts(conversation: Conversation, knowledge: Knowledge, home: Municipality, today: date) -> Iterable[Text]:
    outcome = school_outcome(conversation, evaluate(conversation.facts, today))
    if outcome is None or outcome.label in ("no", "unknown"):
        return
    yield Text.of("dialogs.contact.school_first")
    kind = conversation.facts["school_type"]
    schools = [
        school
        for school in knowledge.regions.schools_in(home.code, kind)  # type: ignore[arg-type]
        if school.sure and school.website
    ][:_MOST_ADDRESSES]
    if schools:
        lines = "\n".join(f"- {school.name}: {school.website}" for school in schools)
        yield Text.of("dialogs.contact.schools", name=Text.verbatim(home.name))
        yield Text.verbatim(lines)
