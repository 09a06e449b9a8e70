"""Going on with a goal: its next step, where we were after something else came between, and one step back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from dialogs import interrupts
from dialogs.conversation import Conversation, GoalName
from dialogs.goals import correcting, explaining, inviting, place, request, rights, transition, transition_sharing
from dialogs.questions import QUESTIONS
from dialogs.say import Move, say
from knowledge.library import Knowledge

Step = Callable[[Conversation, Knowledge, date], Move]

_GOALS: Mapping[str, Step] = {
    "contact": place.contacts,
    "request": lambda conversation, knowledge, _today: request.proceed(conversation, knowledge),
    "transition": transition_sharing.step,
}
"""The next step of each goal that is not about what the law says (those are in `explaining.GOALS`)."""


def proceed(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """The next step of the goal that is pursued; the menu without one."""
    if conversation.heard:
        return correcting.still_heard(conversation)
    if conversation.invited and conversation.goal != "request":
        return inviting.ask(conversation)
    if conversation.goal in explaining.GOALS:
        return rights.proceed(conversation, today)
    step = _GOALS.get(conversation.goal) if conversation.goal else None
    if step:
        return step(conversation, knowledge, today)
    return Move(replace(conversation, asking=None), (interrupts.menu_words("dialogs.menu.anything_else"),))


def pursue(conversation: Conversation, goal: GoalName, knowledge: Knowledge, today: date) -> Move:
    """Begins with a goal; facts stay known."""
    fresh = replace(
        conversation,
        goal=goal,
        asking=None,
        place=None,
        talking=False,
        misunderstood=0,
        heard={},
        earlier={},
        focus=None,
    )
    return proceed(fresh, knowledge, today)


def resume(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """Where we were: the open question again, the counsellor, or the menu."""
    if conversation.language is None:
        return interrupts.choose_language(conversation, knowledge)
    if conversation.talking and conversation.request:
        return Move(conversation, (say("dialogs.request.busy"),))
    return proceed(conversation, knowledge, today)


def again(conversation: Conversation, text_id: str, knowledge: Knowledge, today: date) -> Move:
    """Something could not be taken: says so kindly and stands where we were. Nothing is lost."""
    return resume(conversation, knowledge, today).after(say(text_id))


def back(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """One answer is taken back; what follows is computed again."""
    earlier: Conversation | None = None
    if conversation.goal == "request":
        earlier = request.step_back(conversation)
    elif conversation.goal == "transition":
        earlier = transition.step_back(conversation)
    elif conversation.heard:
        earlier = correcting.drop_heard(conversation)
    elif conversation.goal in explaining.GOALS:
        last = next((fact for fact in reversed(conversation.answered) if fact in QUESTIONS), None)
        earlier = _unanswered(conversation, last) if last else None
    if earlier is None:
        return interrupts.menu(conversation).after(say("dialogs.understanding.nothing_back"))
    return again(earlier, "dialogs.understanding.went_back", knowledge, today)


def _unanswered(conversation: Conversation, fact: str) -> Conversation:
    """Without the last answer; where an outcome was told already, it is kept in mind to say what changes."""
    before = conversation.earlier or ({} if conversation.asking else dict(conversation.facts))
    return replace(conversation.forgetting(fact), earlier=before)
