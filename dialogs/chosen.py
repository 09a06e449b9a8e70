"""A tapped button: which button stands for what. A goal that has buttons of its own brings them along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from dialogs import interrupts
from dialogs.answers import answer_choice, settle_heard, settle_invited
from dialogs.conversation import Conversation, GoalName
from dialogs.effects import RestrictMyData
from dialogs.goals import (
    appointment,
    correcting,
    explaining,
    feedback,
    follow_up,
    handover,
    improving,
    information,
    moving,
    my_data,
    offers,
    request,
    rights,
    stand_in,
    transition_sharing,
)
from dialogs.goals.handling import Handler
from dialogs.layers import LAYERS, aside, layer
from dialogs.pursuing import again, back, pursue, resume
from dialogs.say import Move, render, say
from knowledge.library import Knowledge
from locales import languages

TITLES: Mapping[GoalName, str] = {
    "rights": "dialogs.menu.rights",
    "who_helps": "dialogs.menu.who_helps",
    "request": "dialogs.menu.person",
    "contact": "dialogs.rights.contact_choice",
    "learning": "dialogs.topics.learning_goal",
    "money": "dialogs.topics.money_goal",
    "sheltered": "dialogs.topics.sheltered_goal",
    "document": "dialogs.topics.document_goal",
    "transition": "transition.start.choice",
}
"""The goals a button can begin with, and what the button says."""
_WITHOUT_LANGUAGE = ("help", "stop", "forget")
_PAGES = (my_data.NAME, f"{my_data.NAME}:views", f"{my_data.NAME}:consents", "answers")
"""Pages about the person's own data; those of articles are remembered where they are shown."""


def choose(conversation: Conversation, choice: str, knowledge: Knowledge, today: date) -> Move:
    """The move for a button; one that means nothing any more is said kindly, and we stand where we were."""
    name, _, rest = choice.partition(":")
    if name == "lang" and rest in languages():
        return _switch(conversation, rest, knowledge, today)
    if conversation.language is None and name not in _WITHOUT_LANGUAGE:
        return interrupts.choose_language(conversation, knowledge)
    handler = _CHOICES.get(name)
    here = replace(conversation, place=choice) if choice in _PAGES else conversation
    move = handler(here, rest, knowledge, today) if handler else None
    move = move or answer_choice(conversation, choice, knowledge, today)
    return move or again(conversation, "dialogs.understanding.old_button", knowledge, today)


def opened(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """Hello, and what the person came for: the article a link named ("info:…"), what a code opens, or the menu."""
    name, _, id = (conversation.code or "").partition(":")
    article = information.find(id) if name == "info" else None
    if article is None:
        return interrupts.welcome(conversation, knowledge)
    here = replace(conversation, code=None).at_the_beginning()
    return aside(here, article, knowledge, today).after(*interrupts.hello(conversation, knowledge))


def _safe(conversation: Conversation, _rest: str, knowledge: Knowledge, today: date) -> Move:
    """The person is safe: what only sounded like danger no longer stands beside a request."""
    return again(request.alarmed(conversation, None), "danger.amber.thanks", knowledge, today)


def _forget(conversation: Conversation, answer: str, knowledge: Knowledge, today: date) -> Move:
    if answer == "yes" and "forget:yes" in conversation.offered:
        return interrupts.forget(conversation)
    if answer == "no":
        return resume(conversation, knowledge, today).after(say("dialogs.forget.kept"))
    return interrupts.ask_forget(conversation)


def _switch(conversation: Conversation, code: str, knowledge: Knowledge, today: date) -> Move:
    first = conversation.language is None
    second = conversation.second if code == conversation.language else conversation.language
    spoken = replace(conversation, language=code, second=second)
    if first:
        return opened(spoken, knowledge, today)
    return _where_we_were(spoken, knowledge, today).after(say("dialogs.understanding.switched"))


def _beside(conversation: Conversation, wanted: str, knowledge: Knowledge, today: date) -> Move:
    """Simple Dutch beside the own language, or no more."""
    shown = replace(conversation, beside=wanted == "on")
    return _where_we_were(shown, knowledge, today).after(say("dialogs.understanding.beside"))


def _where_we_were(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """What was on the screen before something came between, said anew: a page that was open, a proposal, a question."""
    elsewhere = conversation.asking or conversation.goal or conversation.heard or conversation.invited
    if conversation.place and not elsewhere and not conversation.talking:
        return choose(conversation, conversation.place, knowledge, today)
    move = resume(conversation, knowledge, today)
    return replace(move, says=(*move.says, *handover.proposed(conversation)))


def _goal(conversation: Conversation, name: str, knowledge: Knowledge, today: date) -> Move | None:
    goal = next((goal for goal in TITLES if goal == name), None)
    return pursue(conversation, goal, knowledge, today) if goal else None


def _article(conversation: Conversation, id: str, knowledge: Knowledge, today: date) -> Move | None:
    article = information.find(id)
    return aside(conversation, article, knowledge, today) if article else None


def _article_more(conversation: Conversation, id: str, knowledge: Knowledge, today: date) -> Move | None:
    article = information.find(id)
    return aside(conversation, article, knowledge, today, more=True) if article else None


def _topics(conversation: Conversation, group: str, _knowledge: Knowledge, _today: date) -> Move:
    """The topics, or the articles of one."""
    said = information.topic(group) if group else information.topics()
    page = f"topics:{group}" if group else "topics"
    return Move(replace(conversation, asking=None, place=page), (said or information.topics(),))


def _heard(conversation: Conversation, answer: str, knowledge: Knowledge, today: date) -> Move | None:
    """A yes or no to what was read in a sentence."""
    return settle_heard(conversation, answer == "yes", knowledge, today) if conversation.heard else None


def _change(conversation: Conversation, fact: str, _knowledge: Knowledge, today: date) -> Move | None:
    return correcting.ask_anew(conversation, "change", fact, today)


def _retry(conversation: Conversation, fact: str, _knowledge: Knowledge, today: date) -> Move | None:
    return correcting.ask_anew(conversation, "retry", fact, today)


def _message(conversation: Conversation, _rest: str, knowledge: Knowledge, today: date) -> Move:
    says = rights.message_for_school(conversation, today)
    return Move(conversation, says) if says else resume(conversation, knowledge, today)


def _send(conversation: Conversation, _rest: str, knowledge: Knowledge, today: date) -> Move:
    """The message for the school as a request to it: only what is still missing is asked, and then whether they agree."""
    says = rights.message_for_school(conversation, today)
    if not says:
        return resume(conversation, knowledge, today)
    words = render(says[-1:], conversation.language)[-1].text
    return pursue(conversation.with_draft(need=words, kind_of_help="work", actor="school"), "request", knowledge, today)


def _lift(conversation: Conversation, rest: str, knowledge: Knowledge, today: date) -> Move:
    """The lock comes off, and what it stood in the way of goes on: the request ("person"), or where we were."""
    free = replace(conversation, locked=False)
    on = pursue(free, "request", knowledge, today) if rest == "person" else resume(free, knowledge, today)
    move = on.after(say("my_data.lock.lifted"))
    return replace(move, effects=(RestrictMyData(on=False, said=True), *move.effects))


def _layer_named(name: str) -> Handler:
    """The handler of one layer of the answer that was given."""

    def handle(conversation: Conversation, rest: str, knowledge: Knowledge, today: date) -> Move | None:
        if conversation.asking or conversation.goal not in explaining.GOALS:
            return None
        return layer(conversation, name, rest, knowledge, today)

    return handle


_CHOICES: Mapping[str, Handler] = {
    "menu": lambda conversation, _rest, _knowledge, _today: interrupts.menu(conversation).after(
        *feedback.question(conversation)
    ),
    "language": lambda conversation, _rest, knowledge, _today: interrupts.choose_language(conversation, knowledge),
    "help": lambda conversation, _rest, _knowledge, _today: interrupts.help_now(conversation),
    "stop": lambda conversation, _rest, _knowledge, _today: interrupts.stop(conversation),
    "forget": _forget,
    "person": lambda conversation, _rest, knowledge, today: pursue(conversation, "request", knowledge, today),
    "goon": lambda conversation, _rest, knowledge, today: _where_we_were(conversation, knowledge, today),
    "safe": _safe,
    "not_text": lambda conversation, _rest, knowledge, today: again(
        conversation, "dialogs.understanding.not_text", knowledge, today
    ),
    "message": _message,
    "copy": _message,
    "send": _send,
    "lift": _lift,
    "contact": lambda conversation, _rest, knowledge, today: pursue(conversation, "contact", knowledge, today),
    "back": lambda conversation, _rest, knowledge, today: back(conversation, knowledge, today),
    "topics": _topics,
    "answers": lambda conversation, _rest, _knowledge, _today: Move(conversation, (correcting.answers(conversation),)),
    "beside": _beside,
    "goal": _goal,
    "info": _article,
    "read": _article_more,
    "heard": _heard,
    "change": _change,
    "retry": _retry,
    **feedback.CHOICES,
    **stand_in.CHOICES,
    **appointment.CHOICES,
    **follow_up.CHOICES,
    **handover.CHOICES,
    **moving.CHOICES,
    **my_data.CHOICES,
    **offers.CHOICES,
    **transition_sharing.CHOICES,
    "invited": settle_invited,
    "sentence": improving.choose,
    **{name: _layer_named(name) for name in LAYERS},
}
"""What the part of a button's id before its first ":" stands for."""
