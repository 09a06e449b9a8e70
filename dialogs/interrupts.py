"""What wins over any goal: danger, help now, stop, wipe, another language, a human, going back, the menu."""

from __future__ import annotations

from dataclasses import replace

from dialogs.conversation import Conversation
from dialogs.effects import ForgetPerson, RelayToCounsellor, StopFollowUps
from dialogs.goals import inviting, request
from dialogs.say import Button, Move, Say, button, say
from knowledge.danger import Danger
from knowledge.library import Knowledge
from locales import SOURCE, Text, languages

MENU: tuple[Button, ...] = (
    button("goal:rights", "dialogs.menu.rights"),
    button("goal:who_helps", "dialogs.menu.who_helps"),
    button("person", "dialogs.menu.person"),
    button("topics", "dialogs.topics.choice"),
    button("info:privacy_who", "dialogs.menu.privacy"),
)
PERSON = MENU[2]
HELP = button("help", "danger.label.now")
_AFTER = button("goon", "danger.label.continue")


def choose_language(conversation: Conversation, knowledge: Knowledge) -> Move:
    """Offers every language under its own name; before the first one Telegram's people read who else sees this."""
    buttons = [(f"lang:{spoken.code}", Text.verbatim(spoken.name)) for spoken in languages().values()]
    first = "dialogs.start.choose_language"
    if conversation.language is None and conversation.channel == "telegram":
        return Move(
            conversation,
            (say("telegram.start.seen", first, address=Text.verbatim(knowledge.web_address), buttons=buttons),),
        )
    if conversation.language not in (None, SOURCE):
        on = not conversation.beside
        buttons.append(button(f"beside:{'on' if on else 'off'}", f"dialogs.start.{'beside' if on else 'alone'}"))
    return Move(conversation, (say(first, buttons=buttons),))


def welcome(conversation: Conversation, knowledge: Knowledge) -> Move:
    """Says who this is, what it costs and who reads it, before the first question; on Telegram also who else sees it.

    Somebody who was here before starts at the menu, with everything they told.
    """
    code, here = conversation.code, replace(conversation, code=None)
    opened = inviting.bring(here.at_the_beginning(), code) if code else menu(here)
    return opened.after(*hello(here, knowledge))


def hello(conversation: Conversation, knowledge: Knowledge) -> tuple[Say, ...]:
    """Who this is, what it costs and who reads it; short for somebody who was here before."""
    known = bool(conversation.answered or conversation.request)
    said = say("dialogs.start.back_again") if known else say("dialogs.start.welcome", "dialogs.start.promise")
    if conversation.channel != "telegram":
        return (said,)
    return said, say("dialogs.start.telegram", address=Text.verbatim(knowledge.web_address))


def menu(conversation: Conversation) -> Move:
    """Back to the beginning; facts stay known, and what was not known may be asked again."""
    return Move(conversation.at_the_beginning(), (menu_words(),))


def menu_words(question: str = "dialogs.menu.question") -> Say:
    """The menu."""
    return say(question, buttons=MENU)


def danger(conversation: Conversation, found: Danger, text: str) -> Move:
    """The fixed answer to words that sound like danger: it comes alone, and an open request hears of it at once."""
    effects = (RelayToCounsellor(urgent=True, danger=found),) if conversation.request else ()
    kept = request.urgent(request.alarmed(request.keep(conversation, text[: request.NEED_LIMIT]), found))
    offer = say("danger.person.offer", "danger.person.not_fast", buttons=_after_danger())
    if conversation.locked:
        lift = button("lift:person", "my_data.lock.lift")
        offer = say("danger.person.locked", "danger.person.not_fast", buttons=(lift, _AFTER))
    return Move(kept, (_covered(say(f"danger.red.{found.kind}")), _covered(offer)), effects)


def are_you_safe() -> Say:
    """Asked before the normal answer to words that may mean danger."""
    buttons = (button("safe", "danger.amber.safe"), button("help", "danger.amber.help"))
    return _covered(say("danger.amber.question", buttons=buttons))


def is_pressing(found: Danger | None) -> bool:
    """Whether the danger is more than a line under an answer."""
    return found is not None and found.tier != "footer"


def cared(move: Move, found: Danger | None) -> Move:
    """The normal answer with a question before it, or with one line on where help is under it."""
    if found is None:
        return move
    if is_pressing(found):
        return replace(move, conversation=request.alarmed(move.conversation, found)).after(are_you_safe())
    return Move(move.conversation, _with_help_below(move.says), move.effects)


def help_now(conversation: Conversation) -> Move:
    """Who can be called right now; needs no understanding. After words that sounded like danger a request is urgent."""
    pressing = request.urgent(conversation) if conversation.draft.danger_tier else conversation
    return Move(pressing, (_covered(say("danger.card", "danger.limit", buttons=_after_danger())),))


def stop(conversation: Conversation) -> Move:
    """Stops; nothing more is sent until the person writes."""
    buttons = (button("forget", "dialogs.stop.forget"), button("menu", "dialogs.menu.menu"))
    quiet = replace(conversation, goal=None, asking=None, talking=bool(conversation.request))
    return Move(quiet, (say("dialogs.stop.done", buttons=buttons),), (StopFollowUps(),))


def ask_forget(conversation: Conversation) -> Move:
    """Asks once before everything is wiped."""
    buttons = (button("forget:yes", "dialogs.forget.yes"), button("forget:no", "dialogs.forget.no"))
    return Move(conversation, (say("dialogs.forget.question", buttons=buttons),))


def forget(conversation: Conversation) -> Move:
    """Wipes everything."""
    gone = Conversation(channel=conversation.channel, language=conversation.language)
    own = ("keeping.erased.telegram",) if conversation.channel == "telegram" else ()
    return Move(gone, (say("dialogs.forget.done", *own),), (ForgetPerson(),))


def _covered(one: Say) -> Say:
    """Somebody else may see the notification: it does not begin with what this is about."""
    return replace(one, discretion="covered", safety=True)


def _with_help_below(says: tuple[Say, ...]) -> tuple[Say, ...]:
    """The line stands in the last bubble, so that its buttons stay the last; words for a school stay as they are."""
    if not says:
        return says
    last = says[-1]
    if last.only:
        return (*says, say("danger.footer", buttons=(HELP,)))
    buttons = last.buttons if any(id == "help" for id, _ in last.buttons) else (*last.buttons, HELP)
    return (*says[:-1], replace(last, parts=(*last.parts, Text.of("danger.footer")), buttons=buttons))


def _after_danger() -> tuple[Button, ...]:
    return (button("person", "dialogs.menu.person"), _AFTER)
