"""The goal that makes an overgangsdocument together: the person's own part, one easy question at a time.

Each answer is a tap or own words, each question can be left out, and everything can be changed or taken away again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from dialogs.conversation import Conversation
from dialogs.goals.handling import Handler
from dialogs.goals.place import MENU
from dialogs.questions import ask, is_not_known
from dialogs.say import Button, Move, Say, button, say
from dialogs.transition_document import LONGEST_OWN, Line, joined, name_of, said, sections, sheet_of
from dialogs.transition_news import DropDocument, KeepOwnPart
from knowledge.library import Knowledge
from knowledge.rights import evaluate
from knowledge.transition_form import ALONE, OPTIONS, standard_form
from knowledge.wording import answer_texts, flag_texts
from locales import Text

CONTACT = button("contact", "dialogs.rights.contact_choice")
PERSON = button("person", "dialogs.menu.person")
PAPER = button("transition:paper", "transition.ready.paper")
HELP = (CONTACT, PERSON, MENU)
"""Where help is, whatever was answered."""
_STEP = "transition_"
_NOT_ASKED = ("consent", "municipality_continues")
"""What this goal is about itself: an earlier answer to it in another goal does not end it."""


def proceed(conversation: Conversation, today: date) -> Move:
    """The next question of the person's part; what can be done with it when there is none."""
    fact = _fact_needed(conversation)
    if fact:
        return Move(replace(conversation, asking=fact), (ask(fact, conversation, today),))
    closed = _closed(conversation, today)
    if closed:
        return Move(replace(conversation, asking=None, goal=None), (closed,))
    field = next((field for field in OPTIONS if not _is_done(conversation, field)), None)
    if field is None:
        return ready(conversation)
    move = ask_field(conversation, field)
    return move if _lines_of(conversation) else move.after(*_hello(conversation))


def ready(conversation: Conversation) -> Move:
    """Everything was asked: what was said, and what can be done with it."""
    kept = with_document(conversation, begun=True)
    lines = own_lines(conversation)
    shown = Say(parts=(Text.of("transition.ready.said"), *own_paragraphs(lines)), discretion="private")
    if not_here(conversation):
        shown = say("transition.ready.not_here")
    asked = say("transition.ready.what_now", buttons=_ways_on(conversation))
    return Move(replace(kept, asking=None), (shown, asked), (KeepOwnPart(lines),))


def not_here(conversation: Conversation) -> bool:
    """Whether others can read this channel along, and the person did not choose that knowingly (promise P5)."""
    return conversation.channel == "telegram" and conversation.here != "yes"


def own_lines(conversation: Conversation) -> tuple[Line, ...]:
    """The person's part: what they said, and what they left out as not known."""
    found = _lines_of(conversation)
    return tuple(_line(field, found[field]) for field in OPTIONS if field in found and not found[field].get("out"))


def own_paragraphs(lines: Iterable[Line]) -> tuple[Text, ...]:
    """Lines as they are read in the chat, under the headings of the standard form."""
    return tuple(
        joined("transition.show.under", [title, *(said(line) for line in under)])
        for title, under in sections(standard_form(), tuple(lines))
    )


def with_document(conversation: Conversation, **changes: object) -> Conversation:
    """With changes to what is remembered of the document; None takes something away."""
    kept = {name: value for name, value in {**conversation.document, **changes}.items() if value is not None}
    return replace(conversation, document=kept)


def step_back(conversation: Conversation) -> Conversation | None:
    """Without the last answer; None when nothing was answered yet."""
    found = _lines_of(conversation)
    if not found:
        return None
    last = next(reversed(found))
    return with_document(conversation, lines={field: line for field, line in found.items() if field != last})


def ask_field(conversation: Conversation, field: str, *, more: bool = False) -> Move:
    """Asks for one line: the answers that have a button, own words, or to leave it out."""
    taken = _options(conversation, field)
    buttons = [
        button(f"transition:pick:{field}:{option}", option_text(field, option))
        for option in OPTIONS[field]
        if option not in taken and not (taken and option in ALONE)
    ]
    if taken:
        buttons.append(button(f"transition:next:{field}", "transition.ask.next"))
    else:
        buttons.append(button(f"transition:skip:{field}", "transition.ask.skip"))
    if conversation.document.get("redo") == field:
        buttons.append(button(f"transition:out:{field}", "transition.ask.out"))
    buttons.append(MENU)
    question = ("transition.ask.more",) if more else (f"transition.question.{field}", *_hint(field))
    return Move(replace(conversation, asking=_STEP + field, misunderstood=0), (say(*question, buttons=buttons),))


def option_text(field: str, option: str) -> str:
    """The id of the text of an answer that has a button."""
    return f"transition.option.{'sector' if field in ('experience', 'work') else field}.{option}"


def _hello(conversation: Conversation) -> tuple[Say, ...]:
    """What it is, before the first question; on Telegram also who else sees it."""
    warning = ("transition.start.telegram",) if conversation.channel == "telegram" else ()
    return (say("transition.start.what", "transition.start.how", *warning),)


def _hint(field: str) -> tuple[str, ...]:
    hints = {"reach": "transition.hint.reach", "support": "transition.hint.support", "name": "transition.hint.name"}
    return (hints.get(field, "transition.hint.own_words"),)


def _ways_on(conversation: Conversation) -> tuple[Button, ...]:
    first = button("transition:school", "transition.ready.school")
    if conversation.document.get("school"):
        first = button("transition:show", "transition.ready.show")
    back = (button("transition:back", "transition.ready.take_back"),) if conversation.document.get("sent") else ()
    change = button("transition:change", "transition.ready.change")
    return (first, change, PAPER, *back, button("transition:drop", "transition.ready.drop"), PERSON, MENU)


def _fact_needed(conversation: Conversation) -> str | None:
    """What decides whether the law knows this document for the person: the school, and on mbo the diploma."""
    facts = conversation.facts
    needed = ["school_type", *(["diploma"] if facts.get("school_type") == "mbo" else [])]
    return next((fact for fact in needed if fact not in facts and fact not in conversation.skipped), None)


def _closed(conversation: Conversation, today: date) -> Say | None:
    """Why the law has no such document for this person, and where help is all the same; None where it has."""
    facts = {name: value for name, value in conversation.facts.items() if name not in _NOT_ASKED}
    outcome = evaluate(facts, today).outcomes["overgangsdocument_gemeente"]
    if outcome.label != "no":
        return None
    parts = (*answer_texts(outcome, facts), *flag_texts(outcome), Text.of("transition.closed.help"))
    return Say(parts=parts, sources=outcome.sources, buttons=HELP)


def _lines_of(conversation: Conversation) -> dict[str, dict[str, Any]]:
    found = conversation.document.get("lines")
    return {field: line for field, line in found.items() if field in OPTIONS} if isinstance(found, Mapping) else {}


def _line(field: str, raw: Mapping[str, Any]) -> Line:
    options, words = tuple(raw.get("options", ())), str(raw.get("words", ""))
    return Line(by="person", field=field, options=options, words=words, mark="said" if options or words else "unknown")


def _options(conversation: Conversation, field: str) -> tuple[str, ...]:
    return tuple(_lines_of(conversation).get(field, {}).get("options", ()))


def _is_done(conversation: Conversation, field: str) -> bool:
    line = _lines_of(conversation).get(field)
    return line is not None and not line.get("open")


def _answered(conversation: Conversation, field: str, line: Mapping[str, object]) -> Conversation:
    """With this line, the newest last."""
    others = {name: one for name, one in _lines_of(conversation).items() if name != field}
    return with_document(conversation, lines={**others, field: dict(line)})


def _unanswered(conversation: Conversation, field: str) -> Conversation:
    """As if this line had not been asked yet; it may also be taken away."""
    others = {name: one for name, one in _lines_of(conversation).items() if name != field}
    return with_document(conversation, lines=others, redo=field)


def _chosen(conversation: Conversation, rest: str, knowledge: Knowledge, today: date) -> Move | None:
    """A button of the own part."""
    act, _, more = rest.partition(":")
    field, _, option = more.partition(":")
    if act in ("pick", "next", "skip", "out", "redo") and field in OPTIONS:
        return _about_field(replace(conversation, goal="transition"), act, field, option, today)
    match act:
        case "change":
            return _change(conversation)
        case "paper":
            return paper(conversation, knowledge)
        case "drop":
            return _drop(conversation, more)
    return None


def _about_field(conversation: Conversation, act: str, field: str, option: str, today: date) -> Move | None:
    before = _lines_of(conversation).get(field, {})
    match act:
        case "redo":
            return ask_field(_unanswered(conversation, field), field)
        case "pick" if option not in OPTIONS[field]:
            return None
        case "pick" if option in ALONE:
            line = {**before, "options": [option], "open": False}
        case "pick":
            others = [one for one in before.get("options", ()) if one != option]
            picked = {**before, "options": [*others, option], "open": True}
            return ask_field(_answered(conversation, field, picked), field, more=True)
        case "next":
            line = {**before, "open": False}
        case _:
            line = {"out": True} if act == "out" else {}
    return proceed(_answered(conversation, field, line), today)


def _change(conversation: Conversation) -> Move | None:
    """Which line to change."""
    lines = own_lines(conversation)
    if not lines:
        return None
    buttons = [(f"transition:redo:{field}", name_of(f"person.{field}")) for field in OPTIONS]
    back = button("goal:transition", "transition.ready.nothing")
    return Move(replace(conversation, asking=None), (say("transition.ready.which", buttons=(*buttons, back)),))


def paper(conversation: Conversation, knowledge: Knowledge) -> Move | None:
    """The person's own part as a file; where others can read along only for who chose that."""
    lines = own_lines(conversation)
    if not lines:
        return None
    if not_here(conversation):
        return Move(conversation, (read_there(knowledge),))
    given = Say(
        parts=(Text.of("transition.ready.here_is"),),
        papers=(sheet_of(standard_form(), lines, (Text.of("transition.document.own_only"),)),),
        buttons=(button("goal:transition", "transition.ready.go_on"), PERSON, MENU),
        discretion="private",
    )
    return Move(conversation, (given,))


def read_there(knowledge: Knowledge) -> Say:
    """Where the document can be read, and the way to have it here all the same."""
    buttons = (button("move:read", "keeping.read.choice"), button("here", "keeping.here.choice"), PERSON, MENU)
    return say("transition.telegram.read_there", buttons=buttons, address=Text.verbatim(knowledge.web_address))


def _drop(conversation: Conversation, answer: str) -> Move | None:
    """Takes the whole document away, after asking once."""
    if answer != "yes":
        buttons = (
            button("transition:drop:yes", "transition.drop.yes"),
            button("goal:transition", "transition.drop.no"),
        )
        return Move(conversation, (say("transition.drop.question", buttons=buttons),))
    gone = replace(conversation, document={}, goal=None, asking=None)
    if conversation.document.get("talk"):
        gone = replace(gone, request=None, helper=None, talking=False)
    return Move(gone, (say("transition.drop.done", buttons=HELP),), (DropDocument(),))


def _typed(field: str) -> Handler:
    """Takes own words for a line."""

    def take(conversation: Conversation, text: str, _knowledge: Knowledge, today: date) -> Move:
        words = " ".join(text.split())
        if len(words) > LONGEST_OWN:
            return Move(conversation, (say("transition.ask.too_long"),))
        line: Mapping[str, object] = {**_lines_of(conversation).get(field, {}), "words": words, "open": False}
        if is_not_known(text):
            line = {}
        return proceed(_answered(conversation, field, line), today)

    return take


STEPS: Mapping[str, Handler] = {_STEP + field: _typed(field) for field in OPTIONS}
OWN_PART: Handler = _chosen
