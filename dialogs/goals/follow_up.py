"""Asking later how somebody is: only when they want it, on a day they choose, once, and stopped with a word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

from dialogs.asked import asked
from dialogs.conversation import Conversation
from dialogs.effects import FollowUpKind, PlanFollowUp, StopFollowUps
from dialogs.goals import offers, request
from dialogs.goals.explaining import LATER, MENU, PERSON, school_outcome
from dialogs.goals.handling import Handler
from dialogs.news import FollowUpDue
from dialogs.say import Button, Move, Say, button, said_in, say
from knowledge.best_first import HELPING
from knowledge.conditions import years_after
from knowledge.facts import PartialDate
from knowledge.library import Knowledge
from knowledge.rights import evaluate
from locales import Text

_BEFORE_END = timedelta(weeks=4)
_AFTER: Mapping[FollowUpKind, timedelta] = {"two_weeks": timedelta(weeks=2), "month": timedelta(days=30)}
_CONSENT = "follow_up.ask.consent"
_KEEPS = "follow_up.ask.keeps"
_TIME = "follow_up.ask.time"
_ACTOR_OF = {"pro": "school", "vso": "school", "mbo": "school"}


def days_for(conversation: Conversation, today: date) -> dict[FollowUpKind, date]:
    """The days that can be chosen: two that always can, and those that follow from what the law says, if they are known
    to the day and still to come."""
    days = {kind: today + after for kind, after in _AFTER.items()}
    left = conversation.facts.get("left_school_date")
    if isinstance(left, PartialDate) and left.first == left.last and conversation.facts.get("school_type") != "mbo":
        days["year_two"] = years_after(left.first, 1)
    outcome = school_outcome(conversation, evaluate(conversation.facts, today))
    if outcome and outcome.until and outcome.label in HELPING:
        days["before_end"] = outcome.until - _BEFORE_END
    return {kind: day for kind, day in days.items() if day > today}


def due(conversation: Conversation, news: FollowUpDue) -> Move:
    """The message on the day itself. It claims nothing about rights: that is computed when the person wants to look."""
    text_id = f"follow_up.due.{news.kind}" if news.kind in ("year_two", "before_end") else "follow_up.due.how"
    help_id = f"going:help:{news.recipient}" if news.recipient else "going:help"
    buttons: list[Button] = [button("going:well", "follow_up.due.well"), button(help_id, "follow_up.due.help")]
    if news.kind in ("year_two", "before_end"):
        buttons[0] = button("goal:who_helps", "dialogs.menu.who_helps")
    return Move(conversation, (say(text_id, buttons=[*buttons, _STOP]),))


def offered() -> Say:
    """After a handover: whether somebody wants to be asked how it goes, on a day that can always be chosen."""
    return say(
        "follow_up.ask.when", buttons=(*(button(f"remind:{one}", f"follow_up.ask.{one}") for one in _AFTER), _NO)
    )


def _remind(conversation: Conversation, kind: str, knowledge: Knowledge, today: date) -> Move | None:
    """Which day, and then whether it may be."""
    days = days_for(conversation, today)
    if not kind:
        choices = [button(f"remind:{one}", f"follow_up.ask.{one}") for one in days]
        ways = (*choices, *offers.choices(conversation, knowledge), _NO)
        return Move(conversation, (say("follow_up.ask.when", buttons=ways),))
    if kind == "no":
        return _refused(conversation)
    chosen = next((one for one in days if one == kind), None)
    return (
        Move(conversation, (_question(conversation, chosen, days[chosen]),)) if chosen else _passed(conversation, kind)
    )


def _planned(conversation: Conversation, rest: str, knowledge: Knowledge, today: date) -> Move | None:
    """Yes or no to one message on one day; yes only to the words that were shown."""
    answer, _, told = rest.partition(":")
    if answer != "yes":
        return _refused(conversation)
    name, _, version = told.partition(":")
    days = days_for(conversation, today)
    kind = next((one for one in days if one == name), None)
    if kind is None:
        return _passed(conversation, name)
    right, spoken = asked(conversation, _asking(conversation, days[kind]))
    if version != right:
        return Move(conversation, (_question(conversation, kind, days[kind]),))
    plan = PlanFollowUp(
        kind=kind,
        day=days[kind],
        text_id=_CONSENT,
        text_version=version,
        language=spoken,
        time_zone=conversation.time_zone,
    )
    ways = (*offers.choices(conversation, knowledge), _STOP, PERSON, MENU)
    return Move(conversation, (say("follow_up.ask.planned", day=days[kind], buttons=ways),), (plan,))


def _going(conversation: Conversation, rest: str, knowledge: Knowledge, _today: date) -> Move | None:
    """How it goes: well, or help from who helped before, or no more messages."""
    how, _, recipient = rest.partition(":")
    match how:
        case "well":
            return Move(conversation, (say("follow_up.due.glad", buttons=(PERSON, MENU)),))
        case "help":
            return request.proceed(_back_to(conversation, recipient, knowledge), knowledge)
        case "stop":
            return Move(conversation, (say("follow_up.due.stopped", buttons=(MENU,)),), (StopFollowUps(),))
    return None


CHOICES: Mapping[str, Handler] = {"remind": _remind, "planned": _planned, "going": _going}
_STOP = button("going:stop", "follow_up.due.stop")
_NO = button("remind:no", "follow_up.ask.no")


def _back_to(conversation: Conversation, recipient: str, knowledge: Knowledge) -> Conversation:
    """A new request, with the organisation that helped before already chosen (it may still be changed)."""
    asking = replace(conversation, goal="request", asking=None, talking=False, misunderstood=0)
    before = knowledge.directory.get(recipient or None)
    if before is None or conversation.request:
        return asking
    return asking.with_draft(actor=_ACTOR_OF.get(before.kind, before.kind), recipient=before.id)


def _refused(conversation: Conversation) -> Move:
    return Move(conversation, (say("follow_up.ask.not_planned", buttons=(PERSON, MENU)),))


def _passed(conversation: Conversation, kind: str) -> Move | None:
    """A day that cannot be chosen any more; None for a kind that never could be."""
    if kind not in get_args(FollowUpKind):
        return None
    return Move(conversation, (say("follow_up.ask.passed", buttons=(LATER, MENU)),))


def _question(conversation: Conversation, kind: FollowUpKind, day: date) -> Say:
    asking = _asking(conversation, day)
    version, _ = asked(conversation, asking)
    buttons = (
        button(f"planned:yes:{kind}:{version}", "follow_up.ask.yes"),
        button("planned:no", "follow_up.ask.no_again"),
    )
    return replace(asking, buttons=buttons)


def _asking(conversation: Conversation, day: date) -> Say:
    """The sentences that somebody says yes to; a language that cannot say the time yet leaves it out."""
    base = say(_CONSENT, _KEEPS, day=day)
    told = said_in(base, conversation.language, conversation.second).has([Text.of(_TIME)])
    return say(_CONSENT, *([_TIME] * told), _KEEPS, day=day)
