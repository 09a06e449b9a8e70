"""A person's own data: what is held, who looked, take it along, correct, lock, take a yes back. Nobody asks why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from dialogs.conversation import Conversation
from dialogs.effects import LookUpMyData, RestrictMyData, WithdrawConsent
from dialogs.goals.handling import Handler
from dialogs.goals.moving import MOVE
from dialogs.goals.place import MENU
from dialogs.news import (
    ConsentWithdrawn,
    Erased,
    HeldConsent,
    Looked,
    MyConsents,
    MyData,
    MyDataLocked,
    MyDataNews,
    MyViews,
)
from dialogs.papers import OwnDataPlan
from dialogs.questions import words
from dialogs.say import Button, Move, Say, button, say
from dialogs.transition_news import MAKING, RECEIVING
from knowledge.library import Knowledge
from knowledge.wording import fact_text
from locales import SOURCE, Text, language, source_texts

NAME = "mine"
OWN_DATA = button(NAME, "my_data.menu.choice")
_CONSENTS = button("mine:consents", "my_data.menu.consents")
_LOCK, _UNLOCK = button("mine:lock", "my_data.menu.lock"), button("mine:unlock", "my_data.menu.unlock")
LIFT, _HELP = button("lift", "my_data.lock.lift"), button("help", "danger.label.now")
_PERSON = button("person", "dialogs.menu.person")
_WIPE = button("forget", "dialogs.stop.forget")
_TAKE = button("mine:take", "my_data.menu.take")
_ASKED = {"data": "", "consents": "consents", "views": "views", "take": "take", "lock": "lock", "unlock": "unlock"}
"""What typed words can ask for, by the text that lists them, and the button that does the same."""
_SHOWN_VIEWS = 10
_WITHOUT_FILES = ("telegram",)
"""Channels whose company can read what they carry: nothing of everything goes over them."""


def asked_for(text: str, spoken: str | None) -> str | None:
    """The id of the button that does what these typed words ask, in the person's language or in Dutch; None for none."""
    said = " ".join(words(text))
    for table, rest in _ASKED.items():
        phrases = {one for code in (SOURCE, spoken) for one in _phrases(table, code)}
        if said in phrases:
            return f"{NAME}:{rest}" if rest else NAME
    return None


def hear(conversation: Conversation, news: MyDataNews) -> Move:
    """What the host found or did."""
    match news:
        case Erased():
            return Move(conversation, (_receipt(news),))
        case MyData():
            return Move(replace(conversation, locked=news.locked), (_counts(news),))
        case MyViews():
            return Move(conversation, (_views(news),))
        case MyConsents():
            return Move(conversation, (_consents(news),))
        case ConsentWithdrawn():
            return _withdrawn(conversation, news)
        case MyDataLocked():
            return _locked(conversation, news)
    said = say(f"my_data.agree.said_{news.given_by}", name=Text.verbatim(news.name), buttons=(_CONSENTS, MENU))
    return Move(conversation, (said,))


def _receipt(erased: Erased) -> Say:
    """The receipt of erasing: a number that means nothing to anybody else, and when."""
    return say("my_data.erased.receipt", reference=erased.reference, day=erased.day, time=erased.time)


def not_while_locked() -> Say:
    """Nobody would be able to read a request: whether the lock comes off for it. Who needs help now has the numbers."""
    stay = button("menu", "my_data.lock.stay")
    return say("my_data.lock.first", "my_data.lock.ask", buttons=(LIFT, stay, _HELP))


def kept_under_lock() -> Say:
    """Words for a counsellor were kept, and nobody reads them while the lock is on."""
    return say("my_data.lock.kept", "my_data.lock.ask", buttons=(LIFT, _HELP, MENU))


def _mine(conversation: Conversation, rest: str, _knowledge: Knowledge, _today: date) -> Move | None:
    match rest:
        case "":
            return Move(conversation, (_facts(conversation),), (LookUpMyData("everything"),))
        case "views":
            return Move(conversation, (), (LookUpMyData("views"),))
        case "consents":
            return Move(conversation, (), (LookUpMyData("consents"),))
        case "take":
            return Move(conversation, (_take(conversation),))
        case "lock" | "unlock":
            return Move(conversation, (), (RestrictMyData(on=rest == "lock"),))
    return None


def _withdraw(conversation: Conversation, consent_id: str, _knowledge: Knowledge, _today: date) -> Move | None:
    """One tap is enough: nobody has to say it twice, or why. A second tap on the same button means nothing more."""
    if not consent_id:
        return None
    left = {id: label for id, label in conversation.offered.items() if id != f"withdraw:{consent_id}"}
    return Move(replace(conversation, offered=left), (), (WithdrawConsent(consent_id),))


CHOICES: Mapping[str, Handler] = {NAME: _mine, "withdraw": _withdraw}


def _facts(conversation: Conversation) -> Say:
    told = tuple(fact_text(fact, value) for fact, value in conversation.facts.items())
    heading = "my_data.menu.facts" if told else "my_data.menu.no_facts"
    return Say(parts=(Text.of(heading), *told), discretion="covered")


def _counts(news: MyData) -> Say:
    counts = Text.of(
        "my_data.menu.counts",
        messages=news.messages,
        requests=news.requests,
        documents=news.documents,
        consents=news.consents,
    )
    locked = (Text.of("my_data.menu.locked"),) if news.locked else ()
    buttons = (
        button("mine:views", "my_data.menu.views"),
        _CONSENTS,
        _TAKE,
        button("answers", "my_data.menu.correct"),
        _UNLOCK if news.locked else _LOCK,
        _WIPE,
        MENU,
    )
    return Say(parts=(counts, *locked, Text.of("my_data.menu.what")), buttons=buttons, discretion="covered")


def _views(news: MyViews) -> Say:
    if not news.newest:
        return say("my_data.views.none", buttons=(OWN_DATA, MENU))
    lines = tuple(_looked(one) for one in news.newest[:_SHOWN_VIEWS])
    rest = news.total - len(lines)
    more = (Text.of("my_data.views.more", count=rest),) if rest > 0 else ()
    parts = (Text.of("my_data.views.these"), *lines, *more)
    return Say(parts=parts, buttons=(_TAKE, _CONSENTS, OWN_DATA, MENU), discretion="covered")


def _looked(one: Looked) -> Text:
    moment = Text.of("my_data.views.moment", day=one.day, time=one.time)
    if one.organisation is None:
        return Text.of("my_data.views.operator", moment=moment)
    if one.reason == "emergency":
        return Text.of("looked.views.emergency", moment=moment)
    whose = {"moment": moment, "organisation": Text.verbatim(one.organisation)}
    if one.reason is None:
        return Text.of("my_data.views.counsellor", **whose)
    return Text.of("looked.views.reason", **whose, reason=Text.of(f"looked.reason.{one.reason}"))


def _consents(news: MyConsents) -> Say:
    if not news.consents:
        return say("my_data.consents.none", buttons=(_PERSON, OWN_DATA, MENU))
    names = [one.name for one in news.consents]
    buttons = [_withdraw_button(one, twice=names.count(one.name) > 1) for one in news.consents]
    parts = (Text.of("my_data.consents.these"), *(text for one in news.consents for text in _consent(one)))
    return Say(parts=parts, buttons=(*buttons, OWN_DATA, MENU), discretion="covered")


def _consent(one: HeldConsent) -> tuple[Text, ...]:
    known = f"my_data.purpose.{one.purpose}"
    purpose = Text.of(known if known in source_texts() else "my_data.purpose.other")
    said = Text.of("my_data.consents.one", name=Text.verbatim(one.name), purpose=purpose, since=one.since)
    return (said, Text.of(f"my_data.consents.by_{one.given_by}")) if one.given_by != "youth" else (said,)


def _withdraw_button(one: HeldConsent, *, twice: bool) -> Button:
    id, name = f"withdraw:{one.id}", Text.verbatim(one.name)
    if twice:
        return button(id, "my_data.consents.withdraw_on", name=name, since=one.since)
    return button(id, "my_data.consents.withdraw", name=name)


def _withdrawn(conversation: Conversation, news: ConsentWithdrawn) -> Move:
    buttons = (_PERSON, _CONSENTS, MENU)
    if news.name is None:
        return Move(conversation, (say("my_data.consents.gone", buttons=buttons),))
    conversation = replace(conversation, document=_document_without(conversation, news.purpose))
    parts = [Text.of("my_data.consents.withdrawn", name=Text.verbatim(news.name))]
    parts.append(Text.of("my_data.consents.already_read"))
    if news.closed:
        conversation = replace(conversation, request=None, helper=None, talking=False, handover={})
        parts.append(Text.of("my_data.consents.closed"))
    parts.append(Text.of("my_data.consents.keep_help"))
    return Move(conversation, (Say(parts=tuple(parts), buttons=buttons),))


def _document_without(conversation: Conversation, purpose: str) -> dict[str, object]:
    """What is remembered of the overgangsdocument: who reads it no more is not said to have it."""
    gone = {RECEIVING: ("sent",), MAKING: ("school", "asked")}.get(purpose, ())
    return {name: value for name, value in conversation.document.items() if name not in gone}


def _locked(conversation: Conversation, news: MyDataLocked) -> Move:
    known = replace(conversation, locked=news.locked)
    if news.said:
        return Move(known)
    if not news.locked:
        said = say("my_data.lock.lifted", buttons=(OWN_DATA, MENU))
    else:
        waits = ("my_data.lock.waits",) if conversation.request else ()
        said = say("my_data.lock.done", *waits, buttons=(_UNLOCK, OWN_DATA, MENU))
    return Move(known, (said,))


def _take(conversation: Conversation) -> Say:
    if conversation.channel in _WITHOUT_FILES:
        return say("my_data.take.elsewhere", buttons=(button("move:read", "keeping.read.choice"), MOVE, MENU))
    papers = tuple(OwnDataPlan(Text.of(f"my_data.take.{form}"), form) for form in OwnDataPlan.FORMS)
    return Say(parts=(Text.of("my_data.take.web"),), papers=papers, buttons=(OWN_DATA, MENU))


def _phrases(table: str, code: str | None) -> list[str]:
    return language(code).texts.get(f"my_data.asked.{table}", "").split(" / ") if code else []
