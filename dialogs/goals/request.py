"""The goal that brings a person to a human: what they need, who may read it, and their consent to exactly that."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from dialogs.asked import asked
from dialogs.conversation import Conversation, Draft
from dialogs.effects import CountUse, OpenSupportRequest, RecordConsent, TellWhere
from dialogs.goals.my_data import not_while_locked
from dialogs.goals.place import MENU, ask_place, contact_of, home_of, school_buttons
from dialogs.news import RequestChanged
from dialogs.say import Button, Move, Say, button, say
from knowledge.danger import Danger, Kind, Tier
from knowledge.directory import ConnectedOrganisation
from knowledge.library import Knowledge
from knowledge.regions import Municipality
from knowledge.schools import SchoolKind
from locales import Text

NEED_LIMIT = 1000
PURPOSE = "support_request"
DATA_GROUPS = ("need", "messages", "language", "kind_of_help")
KINDS = ("work", "learning", "other")
ACTORS = ("school", "doorstroompunt", "gemeente")
CHOOSING = ("kind", "who", "which_school", "agreement")
"""The steps that are answered with one of their buttons. "agreement" is not the fact `consent`, which shares nothing."""
_CONSENT = "dialogs.request.consent"
_ELSE = button("who:again", "dialogs.request.someone_else")
_SCHOOL_KINDS: tuple[SchoolKind, ...] = ("pro", "vso", "mbo")
_ANSWERS = ("yes", "no", "edit")
_AFTER_NO = (button("contact", "dialogs.rights.contact_choice"), _ELSE, MENU)


def proceed(conversation: Conversation, knowledge: Knowledge) -> Move:
    """The next thing that is still missing before the person can agree, or the question whether they do."""
    draft = conversation.draft
    if conversation.locked:
        return Move(replace(conversation, asking=None), (not_while_locked(),))
    if conversation.request:
        return Move(replace(conversation, asking=None, talking=True), (say("dialogs.request.busy"),), (TellWhere(),))
    if not draft.need:
        question = say("dialogs.request.need", "dialogs.request.need_privacy", buttons=(MENU,))
        return Move(replace(conversation, asking="need"), (question,))
    if not draft.kind_of_help:
        kinds = [button(f"kind:{kind}", f"dialogs.request.kind_{kind}") for kind in KINDS]
        return Move(replace(conversation, asking="kind"), (say("dialogs.request.kind", buttons=kinds),))
    home, school = home_of(conversation, knowledge), _inviting_school(conversation, knowledge)
    if home is None and (school is None or draft.actor not in (None, "school")):
        return ask_place(conversation, "municipality")
    if not draft.actor:
        return Move(replace(conversation, asking="who"), (_who(conversation, school),))
    if draft.recipient:
        return _review(conversation, knowledge)
    if home is None:
        return ask_place(conversation, "municipality")
    if draft.actor == "school":
        return _which_school(conversation, draft.school_place or home.code, knowledge)
    return _desk(conversation, draft.actor, home, knowledge)


def keep(conversation: Conversation, text: str) -> Conversation:
    """Words that ask for help at once are kept as the need, so that nobody has to say them twice."""
    if conversation.request or conversation.draft.need or len(text) > NEED_LIMIT:
        return conversation
    return conversation.with_draft(need=text)


def alarmed(conversation: Conversation, found: Danger | None) -> Conversation:
    """With this danger beside the request that may come of it, for the counsellors: red counts, something milder only
    where nothing was seen yet. None, when the person says that they are safe, takes away what is not red. An open
    request hears of it otherwise."""
    draft = conversation.draft
    if conversation.request or (draft.danger_tier == "red" and (found is None or found.tier != "red")):
        return conversation
    if found is None:
        calm = replace(draft, danger_kind=None, danger_tier=None, danger_why=None, urgent=False)
        return replace(conversation, draft=calm)
    if draft.danger_tier and found.tier != "red":
        return conversation
    seen = replace(draft, danger_kind=found.kind, danger_tier=found.tier, danger_why=found.why)
    return replace(conversation, draft=seen)


def urgent(conversation: Conversation) -> Conversation:
    """A request that may come of this goes to the front."""
    return replace(conversation, draft=replace(conversation.draft, urgent=True))


def choose_actor(conversation: Conversation, actor: str, knowledge: Knowledge) -> Move:
    """The person chose who may read: the old school, the Doorstroompunt or the gemeente (or to choose again)."""
    if actor == "again":
        return proceed(_nobody(conversation), knowledge)
    return proceed(conversation.with_draft(actor=actor, recipient=None), knowledge)


def choose_school(conversation: Conversation, key: str, knowledge: Knowledge) -> Move | None:
    """The person chose a school: a connected organisation's id or a key from the public list; None for neither."""
    if key == "none":
        return ask_place(conversation, "school_place")
    if knowledge.directory.get(key):
        return proceed(conversation.with_draft(actor="school", recipient=key), knowledge)
    school = knowledge.regions.school(key)
    if school is None:
        return None
    extra = (Text.verbatim(school.website),) if school.website else ()
    return _not_connected(
        conversation, Text.verbatim(school.name), (*extra, Text.of("dialogs.request.not_connected_school"))
    )


def answer_consent(conversation: Conversation, answer: str, version: str, knowledge: Knowledge) -> Move | None:
    """Yes, no or "I'll write it differently"; None when it answers another question than the one asked last."""
    if conversation.asking != "agreement" or answer not in _ANSWERS:
        return None
    if conversation.locked and answer == "yes":
        return proceed(conversation, knowledge)
    recipient = knowledge.directory.get(conversation.draft.recipient)
    if recipient is None:
        return Move(replace(_nobody(conversation), asking=None), (say("dialogs.request.gone", buttons=_AFTER_NO),))
    right, spoken = _asked(conversation, recipient)
    if version != right:
        return None
    if answer == "edit":
        return proceed(conversation.with_draft(need=None), knowledge)
    given = answer == "yes"
    consent = RecordConsent(
        purpose=PURPOSE,
        recipient=recipient.id,
        data_groups=DATA_GROUPS,
        text_id=_CONSENT,
        text_version=version,
        language=spoken,
        given=given,
    )
    if not given:
        kept = replace(_nobody(conversation), asking=None, goal=None)
        said = say("dialogs.request.refused", "dialogs.request.refused_else", buttons=_AFTER_NO)
        return Move(kept, (said,), (consent,))
    return Move(_sent(conversation, recipient), (_sent_words(recipient),), (consent, _request(conversation, recipient)))


def changed(conversation: Conversation, news: RequestChanged) -> Move:
    """What a counsellor did with the open request, said to the person; an answer speaks for itself."""
    match news.change:
        case "claimed" | "answered":
            talk = replace(conversation, request="claimed", helper=news.name)
        case "released":
            talk = replace(conversation, request="waiting", helper=None)
        case _:
            talk = replace(conversation, request=None, helper=None, talking=False)
    if news.change == "answered":
        return Move(talk)
    return Move(talk, (say(f"dialogs.request.{news.change}", name=Text.verbatim(news.name or "")),))


def step_back(conversation: Conversation) -> Conversation | None:
    """The draft without its last answer; None when nothing of it was answered yet."""
    draft = conversation.draft
    if draft.actor:
        return _nobody(conversation)
    if draft.kind_of_help:
        return conversation.with_draft(kind_of_help=None)
    return conversation.with_draft(need=None) if draft.need else None


def _request(conversation: Conversation, recipient: ConnectedOrganisation) -> OpenSupportRequest:
    draft = conversation.draft
    return OpenSupportRequest(
        recipient=recipient.id,
        kind_of_help=draft.kind_of_help or "other",
        need=draft.need or "",
        language=_asked(conversation, recipient)[1],
        urgent=draft.urgent,
        danger=_danger(draft),
    )


def _danger(draft: Draft) -> Danger | None:
    if not (draft.danger_tier and draft.danger_kind):
        return None
    return Danger(cast("Tier", draft.danger_tier), cast("Kind", draft.danger_kind), draft.danger_why or "")


def _nobody(conversation: Conversation) -> Conversation:
    """Without a choice of who may read."""
    return conversation.with_draft(actor=None, recipient=None, school_place=None)


def _sent(conversation: Conversation, recipient: ConnectedOrganisation) -> Conversation:
    school = recipient.id if recipient.kind in _SCHOOL_KINDS else conversation.school
    return replace(conversation, draft=Draft(), request="waiting", talking=True, goal=None, asking=None, school=school)


def _sent_words(recipient: ConnectedOrganisation) -> Say:
    return Say(
        parts=(
            Text.of("dialogs.request.sent", name=Text.verbatim(recipient.name)),
            Text.of("dialogs.request.sent_more"),
        ),
        buttons=(MENU,),
    )


def _who(conversation: Conversation, school: ConnectedOrganisation | None) -> Say:
    """The school that invited stands first by its name; with it nothing more has to be asked about the school."""
    actors = ACTORS if _kinds(conversation) else ACTORS[1:]
    buttons = [button(f"who:{actor}", f"dialogs.request.who_{actor}") for actor in actors]
    if school:
        buttons[:1] = [(f"school:{school.id}", Text.verbatim(school.name))]
    return say("dialogs.request.who", buttons=[*buttons, MENU])


def _inviting_school(conversation: Conversation, knowledge: Knowledge) -> ConnectedOrganisation | None:
    """The school the person came from, while it is connected and of the kind they say they left."""
    school = knowledge.directory.get(conversation.school)
    return school if school and conversation.facts.get("school_type") in (None, school.kind) else None


def _kinds(conversation: Conversation) -> list[SchoolKind]:
    """The kinds that the person's school can be, of those that can be reached here."""
    return [kind for kind in _SCHOOL_KINDS if conversation.facts.get("school_type") in (None, kind)]


def _desk(conversation: Conversation, actor: str, home: Municipality, knowledge: Knowledge) -> Move:
    """The desk of the Doorstroompunt or gemeente where the person lives, or where it is when it is not connected."""
    desks = knowledge.directory.serving(actor, home.code)
    if not desks:
        return _not_connected(conversation, Text.of(f"rights.actors.{actor}"), contact_of(home))
    return _review(conversation.with_draft(recipient=desks[0].id), knowledge)


def _which_school(conversation: Conversation, municipality: str, knowledge: Knowledge) -> Move:
    buttons: list[Button] = []
    for kind in _kinds(conversation):
        buttons += school_buttons(knowledge, kind, municipality)
    if buttons:
        other = button("school:none", "dialogs.request.school_elsewhere")
        question = say("dialogs.request.which_school", buttons=[*buttons, other, _ELSE])
        return Move(replace(conversation, asking="which_school"), (question,))
    if conversation.draft.school_place is None:
        return ask_place(conversation, "school_place")
    said = say("dialogs.request.no_school_found", buttons=_AFTER_NO)
    return Move(replace(_nobody(conversation), asking="who"), (said,))


def _not_connected(conversation: Conversation, name: Text, contact: tuple[Text, ...]) -> Move:
    said = Say(parts=(Text.of("dialogs.request.not_connected", name=name), *contact), buttons=(_ELSE, MENU))
    unmet = CountUse("unmet", conversation.draft.actor or "school")
    return Move(replace(_nobody(conversation), asking="who"), (said,), (unmet,))


def _review(conversation: Conversation, knowledge: Knowledge) -> Move:
    """Shows exactly what would be sent, and asks. Nothing is chosen beforehand; "no" stands there as large as "yes"."""
    recipient = knowledge.directory.get(conversation.draft.recipient)
    if recipient is None:
        return proceed(_nobody(conversation), knowledge)
    name = Text.verbatim(recipient.name)
    version, _ = _asked(conversation, recipient)
    kind = Text.of(f"dialogs.request.kind_{conversation.draft.kind_of_help}")
    shown = Say(
        parts=(
            Text.of("dialogs.request.review", name=name),
            Text.of("dialogs.request.quoted", words=conversation.draft.need or ""),
            Text.of("dialogs.request.review_extra", kind=kind),
        )
    )
    return Move(replace(conversation, asking="agreement"), (shown, _question(recipient, version)))


def _question(recipient: ConnectedOrganisation, version: str) -> Say:
    name = Text.verbatim(recipient.name)
    buttons = [button(f"consent:{answer}:{version}", f"dialogs.request.consent_{answer}") for answer in _ANSWERS]
    return say(_CONSENT, buttons=buttons, name=name)


def _asked(conversation: Conversation, recipient: ConnectedOrganisation) -> tuple[str, str]:
    """The mark of what was shown (the question, the recipient, the words that would be sent), and its language."""
    draft = conversation.draft
    return asked(conversation, _question(recipient, ""), recipient.id, draft.need, draft.kind_of_help)
