"""Coming with a code of a school: what the school knows of everybody in the class is shown once, and taken after a yes."""

from __future__ import annotations

from dataclasses import replace

from dialogs.conversation import Conversation
from dialogs.effects import AcceptInvitation, UseInvitation
from dialogs.goals import correcting, moving
from dialogs.news import Invited
from dialogs.say import Move, Say, button, say
from knowledge.facts import read_facts, write_facts
from knowledge.wording import fact_text
from locales import Text

INVITED = "invited"
"""The step in which a person says whether what the invitation told is right."""
_BUTTONS = tuple(button(f"invited:{answer}", f"invitations.told.{answer}") for answer in ("yes", "change", "without"))


def bring(conversation: Conversation, code: str) -> Move:
    """Somebody came with a code, of a school or of another conversation: the host knows which there are."""
    if moving.is_moving(code):
        return moving.bring(conversation, code)
    return Move(conversation, (), (UseInvitation(code),))


def told(conversation: Conversation, news: Invited) -> Move:
    """What the invitation tells and the person did not say yet; without any of it only where they come from."""
    known = write_facts(conversation.facts)
    new = {fact: value for fact, value in news.facts.items() if known.get(fact) != value}
    if not new:
        invited = replace(conversation, school=news.organisation, invited={})
        return Move(invited, (_from(news.name),), (AcceptInvitation(news.invitation),))
    told = {"id": news.invitation, "organisation": news.organisation, "name": news.name, "facts": new}
    return ask(replace(conversation, invited=told))


def ask(conversation: Conversation) -> Move:
    """Whether what the invitation told is right; nothing of it is taken before a yes."""
    facts = read_facts(conversation.invited["facts"]).items()
    words = (
        *_from(conversation.invited["name"]).parts,
        Text.of("invitations.told.known"),
        *(fact_text(fact, value) for fact, value in facts),
        Text.of("invitations.told.right"),
    )
    return Move(replace(conversation, asking=INVITED), (Say(parts=words, buttons=_BUTTONS),))


def settle(conversation: Conversation, answer: str) -> Move | None:
    """The move after yes, "I want to change something" or "begin without"; None when there is nothing to answer."""
    told = conversation.invited
    if not told or answer not in ("yes", "change", "without"):
        return None
    open_now = replace(conversation, invited={}, asking=None, misunderstood=0)
    if answer == "without":
        return Move(open_now, (say("invitations.told.dropped"),))
    heard = replace(open_now, heard=read_facts(told["facts"]), school=told["organisation"])
    taken = correcting.take_heard(heard)
    says = (correcting.answers(taken),) if answer == "change" else ()
    return Move(taken, says, (AcceptInvitation(told["id"]),))


def _from(name: str) -> Say:
    return say("invitations.told.school", school=Text.verbatim(name))
