"""What the host tells about the overgangsdocument, said to the person: the whole document to read, and what became of it."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from dialogs.conversation import Conversation
from dialogs.goals.place import MENU
from dialogs.goals.transition import CONTACT, HELP, PAPER, PERSON, with_document
from dialogs.goals.transition_sharing import AGREEMENT, WRONG, begin_talk, consent_question
from dialogs.say import Move, Say, button, say
from dialogs.transition_document import paragraphs, sheet_of
from dialogs.transition_news import DocumentNews, DocumentShown, DocumentTold
from locales import SOURCE, Text

_SHOW = button("transition:show", "transition.ready.show")
_BEGIN = button("goal:transition", "transition.start.choice")
_TAKE_BACK = button("transition:back", "transition.ready.take_back")


def heard(conversation: Conversation, news: DocumentNews) -> Move:
    """What the news changes and says."""
    match news:
        case DocumentShown():
            return _shown(conversation, news)
        case DocumentTold():
            return _told(conversation, news)
        case _:
            assert_never(news)


def _shown(conversation: Conversation, news: DocumentShown) -> Move:
    """The whole document in the person's language and in simple Dutch, as a file too; and then the question about it."""
    if news.waits_for:
        unsure = [fact for fact in ("age", "school_type") if fact in conversation.skipped]
        retry = [button(f"retry:{fact}", "dialogs.asking.retry") for fact in unsure[: news.waits_for == "unknown"]]
        said = say(f"transition.waits.{news.waits_for}", buttons=(*retry, *HELP))
        return Move(conversation, (said,))
    theirs = [line.id for line in news.lines if line.by == "school"]
    if not news.lines:
        return Move(conversation, (say("transition.show.empty", buttons=(_BEGIN, *HELP)),))
    seen = with_document(
        conversation,
        recipient=news.recipient,
        name=news.name,
        municipality=news.municipality,
        digest=news.digest,
        theirs=theirs,
        sent=news.sent or None,
    )
    asking = replace(seen, goal="transition", asking=AGREEMENT if news.ready and news.recipient else None)
    return Move(asking, (*_document(conversation, news), _question(asking, news)))


def _document(conversation: Conversation, news: DocumentShown) -> tuple[Say, ...]:
    """On Telegram only as a file, for who asked for it there: the school's words are no words for that chat."""
    papers = (sheet_of(news.form, news.lines),)
    if conversation.channel == "telegram":
        return (Say(parts=(Text.of("transition.telegram.file"),), papers=papers, discretion="private"),)
    words = (Text.of("transition.show.this_is_it"), *paragraphs(news.form, news.lines))
    own = Say(parts=words, papers=papers, discretion="private")
    if conversation.language in (None, SOURCE) or conversation.beside:
        return (own,)
    return (Say(parts=words, only=SOURCE, discretion="private"), own)


def _question(conversation: Conversation, news: DocumentShown) -> Say:
    if news.sent:
        name = Text.verbatim(news.name)
        return say("transition.show.is_there", buttons=(_TAKE_BACK, WRONG, PERSON, MENU), name=name)
    if not news.ready:
        return say("transition.show.not_ready", buttons=(WRONG, PERSON, MENU))
    if not news.recipient:
        return say("transition.show.not_connected", buttons=(WRONG, *HELP))
    return consent_question(conversation)


def _told(conversation: Conversation, news: DocumentTold) -> Move:
    name = Text.verbatim(news.name)
    match news.what:
        case "invited":
            yes, no = (
                button("goal:transition", "transition.invited.yes"),
                button("transition:later", "transition.invited.no"),
            )
            return Move(conversation, (say("transition.invited.question", buttons=(yes, no, PERSON), name=name),))
        case "ready":
            return Move(conversation, (say("transition.told.ready", buttons=(_SHOW, PERSON, MENU), name=name),))
        case "sent":
            sent = begin_talk(with_document(conversation, sent=True))
            return Move(sent, (say("transition.told.sent", buttons=(_TAKE_BACK, MENU), name=name),))
        case "changed" | "stale":
            buttons = (_SHOW, CONTACT, PERSON, MENU)
            stale = with_document(conversation, sent=None)
            return Move(stale, (say(f"transition.told.{news.what}", buttons=buttons, name=name),))
        case "taken_back":
            back = with_document(conversation, sent=None)
            return Move(back, (say("transition.told.taken_back", buttons=(PAPER, *HELP)),))
        case "claimed":
            return Move(conversation, (say("transition.told.claimed", name=name),))
        case "answered":
            answered = begin_talk(conversation)
            return Move(replace(answered, request="claimed", helper=news.name))
        case "closed":
            return _closed(conversation)
        case _:
            assert_never(news.what)


def _closed(conversation: Conversation) -> Move:
    """The request that the document came with is done: nobody reads along any more, unless another request is open."""
    done = conversation
    if conversation.document.get("talk"):
        done = with_document(replace(conversation, request=None, helper=None, talking=False), talk=None)
    return Move(done, (say("transition.told.closed", buttons=(_SHOW, MENU)),))
