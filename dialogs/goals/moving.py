"""Keeping a conversation, moving it to another device or channel, and what may not travel over a channel others can read.

Moving is one act with one winner: the code works once, and the place the conversation came from is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from dialogs.codes import MOVING, grouped, read_code
from dialogs.conversation import Conversation, Draft
from dialogs.effects import MakeMovingCode, MoveHere, SendHere
from dialogs.goals.handling import Handler
from dialogs.goals.place import MENU
from dialogs.news import CodeMade, Moved, NotMoved
from dialogs.questions import words
from dialogs.say import Button, Move, Say, button, say
from knowledge.library import Knowledge
from locales import SOURCE, Text, language

DAYS = 7
"""How long a code works, and how long the conversation is kept for it."""
MOVE = button("move", "keeping.move.choice")
_READ = button("move:read", "keeping.read.choice")
_SEND_HERE = button("here", "keeping.here.choice")
_ON = button("goon", "keeping.moved.on")
_ASKED = "keeping.move.asked"
_READABLE = ("telegram",)
"""Channels whose company can read what they carry."""


def is_moving(code: str) -> bool:
    """Whether this is a code of a conversation, and not of a school."""
    return len(code) == MOVING and read_code(code) is not None


def bring(conversation: Conversation, code: str) -> Move:
    """A code of another conversation: it comes here, or on the web the form for it is pointed out."""
    if conversation.channel in _READABLE:
        return Move(conversation, (), (MoveHere(code),))
    return Move(conversation, (say("keeping.moved.form", buttons=(MENU,)),))


def asks_for_it(text: str, spoken: str | None) -> bool:
    """Whether these typed words ask to keep or move the conversation, in the person's language or in Dutch."""
    said = " ".join(words(text))
    return any(said in language(code).texts.get(_ASKED, "").split(" / ") for code in (SOURCE, spoken))


def made(conversation: Conversation, news: CodeMade) -> Move:
    """The new code, where it works and until when. Its notification shows nothing of it."""
    code = Text.verbatim(grouped(news.code))
    said = [Text.of("keeping.code.here", code=code), Text.of("keeping.code.until", until=news.until)]
    said.append(Text.of("keeping.code.web", address=Text.verbatim(news.web)))
    if news.telegram and news.moves:
        said.append(Text.of("keeping.code.telegram", address=Text.verbatim(news.telegram)))
    said.append(Text.of("keeping.code.closes" if news.moves else "keeping.code.stays"))
    return Move(conversation, (Say(parts=tuple(said), buttons=(_ON,), discretion="covered"),))


def moved(conversation: Conversation, news: Moved) -> Move:
    """The first words at the new place. Words for a counsellor that were not sent stay behind: they would be shown again."""
    there = replace(conversation, channel=news.channel, draft=Draft(), here=None, asking=None)
    says: tuple[Say, ...] = (
        say(f"keeping.moved.{'telegram' if news.channel in _READABLE else 'web'}", buttons=(_ON,)),
    )
    if news.channel in _READABLE:
        says = (say("dialogs.start.telegram", address=Text.verbatim(news.web)), *says)
    return Move(there, says)


def not_moved(conversation: Conversation, news: NotMoved) -> Move:
    """Why nothing was moved."""
    return Move(conversation, (say(f"keeping.failed.{news.why}", buttons=(MENU,)),))


def announcement(conversation: Conversation, web: str) -> Say:
    """What a channel that others can read carries in place of words of people: that they are there, and where."""
    once = (_SEND_HERE,) if conversation.here is None else ()
    return say("keeping.read.announced", address=Text.verbatim(web), buttons=(_READ, *once))


def _move(conversation: Conversation, wanted: str, _knowledge: Knowledge, _today: date) -> Move | None:
    """What a code is for, or the code itself."""
    readable = conversation.channel in _READABLE
    if wanted == "code" or (wanted == "read" and readable):
        return Move(conversation, (), (MakeMovingCode(moves=wanted == "code"),))
    if wanted:
        return None
    buttons: list[Button] = [button("move:code", "keeping.move.give")]
    if readable:
        buttons += [_READ, button("here:no", "keeping.here.revoke") if conversation.here == "yes" else _SEND_HERE]
    told = ("keeping.move.what", "keeping.move.ends", *(("keeping.move.replaces",) if readable else ()))
    return Move(conversation, (say(*told, days=DAYS, buttons=(*buttons, MENU)),))


def _here(conversation: Conversation, answer: str, _knowledge: Knowledge, _today: date) -> Move | None:
    """Whether words of people may come over this channel too: explained first, then a yes, and always to be taken back."""
    if conversation.channel not in _READABLE:
        return None
    if answer == "yes":
        said = say("keeping.here.on", buttons=(button("here:no", "keeping.here.revoke"), MENU))
        return Move(replace(conversation, here="yes"), (said,), (SendHere(),))
    if answer == "no":
        return Move(replace(conversation, here="no"), (say("keeping.here.off", buttons=(_READ, MENU)),))
    buttons = (button("here:yes", "keeping.here.yes"), button("here:no", "keeping.here.no"))
    return Move(conversation, (say("keeping.here.question", buttons=buttons),))


CHOICES: Mapping[str, Handler] = {"move": _move, "here": _here}
"""The buttons of keeping and moving."""
