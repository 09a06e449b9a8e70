"""Facts that were read in a sentence and want a yes, and answers that somebody wants to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from dialogs.conversation import Conversation, GoalName
from dialogs.goals.explaining import MENU
from dialogs.goals.place import ask_place
from dialogs.questions import QUESTIONS, ask, label
from dialogs.say import Move, Say, button, say
from knowledge.facts import FACTS, Facts, PartialDate
from knowledge.library import Knowledge
from knowledge.volunteered import read_home, read_volunteered
from knowledge.wording import fact_text, spoken_date
from locales import Text

HEARD = "heard"
"""The step in which a person says whether what was read in their words is right."""
_OF_ONE_SCHOOL: Mapping[str, tuple[str, ...]] = {
    "school_type": (
        "vso_profile",
        "mbo_level",
        "mbo_leerweg",
        "diploma",
        "diploma_date",
        "pro_document",
        "earlier_school",
    ),
    "mbo_level": ("mbo_leerweg",),
    "earlier_school": ("earlier_vso_profile",),
    "left_school_date": ("still_at_same_school", "used_offer_year1"),
    "still_at_same_school": ("left_school_date",),
    "age": ("birth_date",),
    "birth_date": ("age",),
    "municipality": ("country_part",),
    "country_part": ("municipality",),
}
"""Facts that say nothing any more once another one is changed."""
_MAY_CLASH = ("age", "birth_date", "left_school_date", "still_at_same_school")
"""What is told of these leaves the others: where both cannot be true, that is said and asked."""
_OF_ANOTHER_SCHOOL = (
    "earlier_school",
    "earlier_vso_profile",
    "startkwalificatie",
    "follow_on_enrolment",
    "currently_enrolled",
)
"""Questions whose answer may name a school that is not the one the person left."""
_FEW = 4
"""Words in which a job is a fact, and not the beginning of a question about it."""
_WHERE = ("municipality", "country_part")
_OF_THE_SCHOOL = ("school_type", "left_school_date", "still_at_same_school", *_OF_ONE_SCHOOL["school_type"])


def hear(conversation: Conversation, text: str, knowledge: Knowledge, today: date) -> dict[str, object]:
    """The facts in a sentence that are new, or other than what was said before; {} when there are none."""
    read = read_volunteered(text, today, before=conversation.heard)
    home = read_home(text)
    found = knowledge.regions.find(home) if home else None
    if found and found.is_sure:
        read["municipality"] = found.municipalities[0].name
    if conversation.asking is None and list(read) == ["employed"] and len(text.split()) > _FEW:
        return {}
    if conversation.asking in _OF_ANOTHER_SCHOOL:
        read = {fact: value for fact, value in read.items() if fact not in _OF_THE_SCHOOL}
    return {fact: value for fact, value in read.items() if conversation.facts.get(fact) != value}


def is_plain(conversation: Conversation, heard: Facts) -> bool:
    """Whether what was read goes before an answer to the open question: it is much, other than before, or a number."""
    asked = conversation.asking
    if asked not in QUESTIONS:
        return True
    if asked in heard:
        return len(heard) > 1
    changed = any(fact in conversation.facts for fact in heard)
    return len(heard) > 1 or changed or any(FACTS[fact].kind in ("date", "integer") for fact in heard)


def ask_heard(conversation: Conversation, heard: Facts, goal: GoalName | None) -> Move:
    """Shows what was read, with what was read before it, and asks whether it is right; nothing is taken before a yes."""
    gone = {name for fact in heard if fact not in _MAY_CLASH for name in _OF_ONE_SCHOOL.get(fact, ())}
    before = {fact: value for fact, value in conversation.heard.items() if fact not in gone}
    asking = replace(conversation, heard={**before, **heard}, asking=HEARD, goal=goal, misunderstood=0)
    return Move(asking, (_heard_words(asking),))


def still_heard(conversation: Conversation) -> Move:
    """The same question again."""
    return Move(replace(conversation, asking=HEARD), (_heard_words(conversation),))


def take_heard(conversation: Conversation) -> Conversation:
    """With what was read taken as answers."""
    kept = conversation
    for fact in conversation.heard:
        kept = kept.forgetting(fact) if fact in _MAY_CLASH else without(kept, fact)
    return replace(kept.knowing(conversation.heard), heard={}, asking=None)


def drop_heard(conversation: Conversation) -> Conversation:
    """As if nothing had been read."""
    return replace(conversation, heard={}, asking=None)


def answers(conversation: Conversation) -> Say:
    """What was answered, each to be changed with a tap."""
    given = [fact for fact in conversation.answered if fact in conversation.facts and _changeable(fact)]
    if not given:
        return say("dialogs.answers.none", buttons=(MENU,))
    buttons = [(f"change:{fact}", _short(fact, conversation.facts[fact])) for fact in given]
    return say("dialogs.answers.list", buttons=[*buttons, button("goon", "dialogs.answers.keep")])


def change(conversation: Conversation, fact: str) -> Conversation | None:
    """Without this answer and what hung on it, so that it is asked again; None when there is nothing to change."""
    if fact not in conversation.facts or not _changeable(fact):
        return None
    return replace(without(conversation, fact), earlier=conversation.earlier or dict(conversation.facts))


def ask_anew(conversation: Conversation, name: str, fact: str, today: date) -> Move | None:
    """Asks again for an answer to "change", or for one that was not known to "retry"; None when there is none."""
    if name == "change":
        changed = change(conversation, fact)
    else:
        changed = conversation.forgetting(fact) if name == "retry" and fact in conversation.skipped else None
    if changed is None:
        return None
    asked = "municipality" if fact in _WHERE else fact
    asking = replace(changed, goal=conversation.goal or "rights", asking=asked, talking=False)
    return Move(asking, (ask(asked, asking, today),)) if asked in QUESTIONS else ask_place(asking, asked)


def without(conversation: Conversation, fact: str) -> Conversation:
    """As if neither this fact nor those that hang on it had been told."""
    for name in (fact, *_OF_ONE_SCHOOL.get(fact, ())):
        conversation = conversation.forgetting(name)
    return conversation


def _changeable(fact: str) -> bool:
    return fact in QUESTIONS or fact in _WHERE


def _heard_words(conversation: Conversation) -> Say:
    facts = tuple(fact_text(fact, value) for fact, value in conversation.heard.items())
    yes, no = button("heard:yes", "dialogs.heard.yes"), button("heard:no", "dialogs.heard.no")
    return Say(parts=(Text.of("dialogs.heard.question"), *facts), buttons=(yes, no))


def _short(fact: str, value: object) -> Text:
    if fact == "country_part":
        return fact_text(fact, value)
    return Text.of("dialogs.answers.one", name=Text.of(f"facts.{fact}.name"), value=_value(fact, value))


def _value(fact: str, value: object) -> Text:
    if isinstance(value, PartialDate):
        return Text.of("questions.common.moment", date=spoken_date(value))
    if fact == "municipality":
        return Text.verbatim(str(value))
    return label(fact, str(value).lower() if isinstance(value, bool) else str(value))
