"""The overgangsdocument on its way: the old school reads and adds, the person reads it whole, agrees or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from dialogs.asked import asked
from dialogs.conversation import Conversation
from dialogs.effects import RecordConsent
from dialogs.goals import transition
from dialogs.goals.handling import Handler
from dialogs.goals.my_data import not_while_locked
from dialogs.goals.place import MENU, PLACES, ask_place, home_of
from dialogs.goals.transition import HELP, PAPER, PERSON, with_document
from dialogs.questions import QUESTIONS, ask
from dialogs.say import Button, Move, Say, button, say
from dialogs.transition_document import name_of
from dialogs.transition_news import (
    MAKING,
    MAKING_GROUPS,
    RECEIVING,
    RECEIVING_GROUPS,
    ObjectToLine,
    OfferToSchool,
    SendDocument,
    ShowDocument,
    TakeBackDocument,
)
from knowledge.directory import ConnectedOrganisation
from knowledge.library import Knowledge
from knowledge.regions import Municipality
from knowledge.schools import SchoolKind
from knowledge.volunteered import read_yes_no
from knowledge.who_must_agree import who_must_agree
from locales import Text

AGREEMENT = "transition_agreement"
_SCHOOL_STEP = "transition_with_school"
_KINDS: tuple[SchoolKind, ...] = ("pro", "vso", "mbo")
_MAKING_TEXT, _RECEIVING_TEXT = "transition.school.consent", "transition.agree.consent"
_SHOW = button("transition:show", "transition.ready.show")
WRONG = button("transition:wrong", "transition.agree.wrong")


def step(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """The next step of the goal: what was begun and needed an answer first, or the person's own part."""
    wants = conversation.document.get("wants")
    if wants and conversation.asking in (*QUESTIONS, *PLACES):
        return to_school(conversation, knowledge, today) if wants == "school" else show(conversation, knowledge)
    if conversation.asking == AGREEMENT:
        return Move(conversation, (consent_question(conversation),))
    if conversation.asking == _SCHOOL_STEP:
        asked = _ask_school(conversation, str(conversation.document.get("asked")), knowledge, today)
        return asked or to_school(conversation, knowledge, today)
    return transition.proceed(conversation, today)


def to_school(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """Which school may read the person's part and add its own; before that, what is needed to know who decides."""
    begun = with_document(replace(conversation, goal="transition"), wants="school")
    if conversation.locked:
        return Move(replace(conversation, asking=None), (not_while_locked(),))
    fact = _fact_needed(begun, today)
    if fact:
        return Move(replace(begun, asking=fact), (ask(fact, begun, today),))
    home = home_of(begun, knowledge)
    if home is None:
        return ask_place(begun, "municipality")
    schools = _schools(begun, home, knowledge)
    if not schools and begun.draft.school_place is None:
        return ask_place(begun, "school_place")
    there = replace(with_document(begun.with_draft(school_place=None), wants=None), asking=_SCHOOL_STEP)
    if not schools:
        said = say("transition.school.none", buttons=(PAPER, *HELP))
        return Move(replace(there, asking=None), (said,))
    buttons: list[Button] = [(f"transition:with:{one.id}", Text.verbatim(one.name)) for one in schools]
    other = button("transition:elsewhere", "dialogs.request.school_elsewhere")
    return Move(there, (say("dialogs.request.which_school", buttons=(*buttons, other, MENU)),))


def show(conversation: Conversation, knowledge: Knowledge) -> Move:
    """Asks the host for the whole document; where others can read along only for who chose that."""
    if transition.not_here(conversation):
        return Move(replace(conversation, asking=None), (transition.read_there(knowledge),))
    begun = with_document(replace(conversation, goal="transition"), wants="show")
    home = home_of(begun, knowledge)
    if home is None:
        return ask_place(begun, "municipality")
    desk = next(iter(knowledge.directory.serving("gemeente", home.code)), None)
    asked = ShowDocument(recipient=desk.id if desk else "", name=desk.name if desk else "", municipality=home.code)
    return Move(replace(with_document(begun, wants=None), asking=None), (), (asked,))


def consent_question(conversation: Conversation) -> Say:
    """Whether the gemeente receives exactly the document that was shown: a separate act, to be refused as easily."""
    version, _ = receiving_version(conversation)
    return _receiving(conversation, version)


def receiving_version(conversation: Conversation) -> tuple[str, str]:
    """What the person agrees to, as a short mark of words, recipient and content; and the language of the words."""
    remembered = conversation.document
    return asked(
        conversation, _receiving(conversation, ""), str(remembered.get("recipient")), str(remembered.get("digest"))
    )


def _receiving(conversation: Conversation, version: str) -> Say:
    buttons = (
        button(f"transition:yes:{version}", "transition.agree.yes"),
        button(f"transition:no:{version}", "transition.agree.no"),
        WRONG,
    )
    name = Text.verbatim(str(conversation.document.get("name", "")))
    return Say(parts=(Text.of(_RECEIVING_TEXT, name=name), Text.of("transition.agree.after")), buttons=buttons)


def _choose(conversation: Conversation, rest: str, knowledge: Knowledge, today: date) -> Move | None:
    """A button of this goal."""
    act, _, more = rest.partition(":")
    handler = _ACTS.get(act)
    if handler:
        return handler(conversation, more, knowledge, today)
    return transition.OWN_PART(conversation, rest, knowledge, today)


def _elsewhere(conversation: Conversation, _more: str, _knowledge: Knowledge, _today: date) -> Move:
    """The school is in another place than the person lives."""
    return ask_place(with_document(replace(conversation, goal="transition"), wants="school"), "school_place")


def _ask_school(conversation: Conversation, id: str, knowledge: Knowledge, today: date) -> Move | None:
    """Shows what the school would read, and asks; who else has to agree later is said here."""
    school = knowledge.directory.get(id)
    if school is None or school.kind not in _KINDS:
        return None
    asking = with_document(replace(conversation, goal="transition", asking=_SCHOOL_STEP), asked=school.id)
    version, _ = _making_version(asking, school)
    lines = transition.own_lines(conversation)
    shown = () if transition.not_here(conversation) else transition.own_paragraphs(lines)
    agreement = who_must_agree(conversation.facts, "transition_document", today)
    alone = agreement.givers and agreement.other is None
    who = () if alone else (Text.of(f"transition.school.{agreement.other or 'perhaps'}"),)
    review = Say(
        parts=(Text.of("transition.school.reads", name=Text.verbatim(school.name)), *shown, *who),
        discretion="private" if shown else "open",
    )
    return Move(asking, (review, _making(school, version)))


def _making(school: ConnectedOrganisation, version: str) -> Say:
    buttons = (
        button(f"transition:share:{version}", "transition.school.yes"),
        button(f"transition:unshare:{version}", "transition.school.no"),
        button("transition:change", "transition.ready.change"),
    )
    return say(_MAKING_TEXT, buttons=buttons, name=Text.verbatim(school.name))


def _making_version(conversation: Conversation, school: ConnectedOrganisation) -> tuple[str, str]:
    return asked(conversation, _making(school, ""), school.id)


def _answer_school(conversation: Conversation, given: bool, version: str, knowledge: Knowledge) -> Move | None:
    school = knowledge.directory.get(str(conversation.document.get("asked")))
    if school is None or conversation.asking != _SCHOOL_STEP:
        return None
    right, spoken = _making_version(conversation, school)
    if version != right:
        return None
    consent = RecordConsent(
        purpose=MAKING,
        recipient=school.id,
        data_groups=MAKING_GROUPS,
        text_id=_MAKING_TEXT,
        text_version=version,
        language=spoken,
        given=given,
    )
    done = replace(with_document(conversation, asked=None), goal=None, asking=None)
    if given and conversation.locked:
        return Move(conversation, (not_while_locked(),))
    if not given:
        return Move(done, (say("transition.school.refused", buttons=(PAPER, *HELP)),), (consent,))
    shared = with_document(begin_talk(done), school=school.id)
    said = say("transition.school.shared", buttons=(PERSON, MENU), name=Text.verbatim(school.name))
    return Move(shared, (said,), (consent, OfferToSchool(recipient=school.id, language=spoken)))


def begin_talk(conversation: Conversation) -> Conversation:
    """From here on a counsellor may write; where one does already, nothing changes."""
    if conversation.request:
        return conversation
    return with_document(replace(conversation, request="waiting"), talk=True)


def _answer_agreement(conversation: Conversation, given: bool, version: str) -> Move | None:
    """Yes or no to sending; None when it is not about the document that was shown last."""
    right, spoken = receiving_version(conversation)
    recipient = str(conversation.document.get("recipient", ""))
    if conversation.asking != AGREEMENT or version != right or not recipient:
        return None
    done = replace(conversation, goal=None, asking=None)
    if given and conversation.locked:
        return Move(conversation, (not_while_locked(),))
    if given:
        digest = str(conversation.document.get("digest"))
        sent = SendDocument(
            recipient=recipient,
            municipality=str(conversation.document.get("municipality", "")),
            digest=digest,
            text_id=_RECEIVING_TEXT,
            text_version=version,
            language=spoken,
        )
        return Move(done, (), (sent,))
    consent = RecordConsent(
        purpose=RECEIVING,
        recipient=recipient,
        data_groups=RECEIVING_GROUPS,
        text_id=_RECEIVING_TEXT,
        text_version=version,
        language=spoken,
        given=False,
    )
    return Move(done, (say("transition.agree.refused", buttons=(PAPER, *HELP)),), (consent,))


def _typed_yes_or_no(conversation: Conversation, text: str, knowledge: Knowledge, today: date) -> Move | None:
    """Agreeing is done with the button under the words that are agreed to; the question comes again."""
    if read_yes_no(text) is None:
        return None
    return step(conversation, knowledge, today).after(say("dialogs.request.consent_tap"))


def _which_line(conversation: Conversation) -> Move | None:
    """Which line is not right: one's own is changed, the school is told about one of its own."""
    lines = [f"person.{line.field}" for line in transition.own_lines(conversation)]
    theirs = [str(id) for id in _seen(conversation)]
    buttons: list[Button] = [(f"transition:line:{id}", name_of(id)) for id in (*theirs, *lines)]
    back = button("transition:show", "transition.ready.nothing")
    return Move(conversation, (say("transition.agree.which", buttons=(*buttons, back)),)) if buttons else None


def _object(conversation: Conversation, line_id: str, knowledge: Knowledge, today: date) -> Move | None:
    by, _, field = line_id.partition(".")
    if by == "person":
        return transition.OWN_PART(conversation, f"redo:{field}", knowledge, today)
    if line_id not in _seen(conversation):
        return None
    said = say("transition.agree.objected", buttons=(_SHOW, PERSON, MENU))
    return Move(replace(conversation, asking=None), (said,), (ObjectToLine(line_id),))


def _take_back(conversation: Conversation) -> Move:
    """Withdrawing takes one tap; the host says when it is done."""
    return Move(replace(conversation, goal=None, asking=None), (), (TakeBackDocument(),))


def _seen(conversation: Conversation) -> tuple[str, ...]:
    """The school's lines that were shown last."""
    found = conversation.document.get("theirs")
    return tuple(map(str, found)) if isinstance(found, list | tuple) else ()


def _fact_needed(conversation: Conversation, today: date) -> str | None:
    """What is not known yet of who must agree: under 18 parents do, but not on mbo."""
    needs = who_must_agree(conversation.facts, "transition_document", today).needs
    asked = [fact for fact in ("age", *needs) if fact in needs and fact in QUESTIONS]
    return next((fact for fact in asked if fact not in conversation.skipped), None)


def _schools(conversation: Conversation, home: Municipality, knowledge: Knowledge) -> list[ConnectedOrganisation]:
    kinds = [kind for kind in _KINDS if conversation.facts.get("school_type") in (None, kind)]
    inviting = knowledge.directory.get(conversation.school)
    if inviting and inviting.kind in kinds and not conversation.draft.school_place:
        return [inviting]
    where = conversation.draft.school_place or home.code
    return [one for kind in kinds for one in knowledge.directory.serving(kind, where)]


_ACTS: Mapping[str, Handler] = {
    "school": lambda conversation, _more, knowledge, today: to_school(conversation, knowledge, today),
    "elsewhere": _elsewhere,
    "with": _ask_school,
    "share": lambda conversation, version, knowledge, _today: _answer_school(conversation, True, version, knowledge),
    "unshare": lambda conversation, version, knowledge, _today: _answer_school(conversation, False, version, knowledge),
    "show": lambda conversation, _more, knowledge, _today: show(conversation, knowledge),
    "yes": lambda conversation, version, _knowledge, _today: _answer_agreement(conversation, True, version),
    "no": lambda conversation, version, _knowledge, _today: _answer_agreement(conversation, False, version),
    "later": lambda conversation, _more, _knowledge, _today: Move(
        conversation, (say("transition.invited.later", buttons=HELP),)
    ),
    "wrong": lambda conversation, _more, _knowledge, _today: _which_line(conversation),
    "line": _object,
    "back": lambda conversation, _more, _knowledge, _today: _take_back(conversation),
}
"""What the part of a button's id after "transition:" stands for; the others are of the person's own part."""
CHOICES: Mapping[str, Handler] = {"transition": _choose}
STEPS: Mapping[str, Handler] = {
    **transition.STEPS,
    AGREEMENT: _typed_yes_or_no,
    _SCHOOL_STEP: _typed_yes_or_no,
}
