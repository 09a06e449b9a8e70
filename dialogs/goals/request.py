"""The goal that brings a person to a human: what they need, who may read it, and their consent to exactly that."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from dialogs.conversation import Conversation, Draft
from dialogs.effects import OpenSupportRequest, RecordConsent
from dialogs.goals.place import ask_place, contact_of, school_buttons
from dialogs.say import Button, Move, Say, button, say
from knowledge.directory import ConnectedOrganisation
from knowledge.library import Knowledge
from knowledge.schools import SchoolKind
from locales import Text, language

NEED_LIMIT = 1000
PURPOSE = "support_request"
DATA_GROUPS = ("need", "messages", "language", "kind_of_help")
KINDS = ("work", "learning", "other")
ACTORS = ("school", "doorstroompunt", "gemeente")
_CONSENT = "dialogs.request.consent"
_SCHOOL_KINDS: tuple[SchoolKind, ...] = ("pro", "vso", "mbo")
_AFTER_NO = (
    button("contact", "dialogs.rights.contact_choice"),
    button("who:again", "dialogs.request.someone_else"),
    button("menu", "dialogs.menu.menu"),
)


def proceed(conversation: Conversation, knowledge: Knowledge) -> Move:
    """The next thing that is still missing before the person can agree, or the question whether they do."""
    draft = conversation.draft
    if conversation.request:
        return Move(replace(conversation, asking=None, talking=True), (say("dialogs.request.busy"),))
    if not draft.need:
        return Move(
            replace(conversation, asking="need"), (say("dialogs.request.need", "dialogs.request.need_privacy"),)
        )
    if not draft.kind_of_help:
        kinds = [button(f"kind:{kind}", f"dialogs.request.kind_{kind}") for kind in KINDS]
        return Move(replace(conversation, asking="kind"), (say("dialogs.request.kind", buttons=kinds),))
    if "municipality" not in conversation.facts:
        return ask_place(conversation, "municipality")
    if not draft.actor:
        return Move(replace(conversation, asking="who"), (_who(),))
    if draft.actor == "school" and not draft.recipient:
        return _which_school(conversation, knowledge)
    return _review(conversation, knowledge)


def choose_actor(conversation: Conversation, actor: str, knowledge: Knowledge) -> Move:
    """The person chose who may read: the old school, the Doorstroompunt or the gemeente (or to choose again)."""
    if actor == "again":
        return proceed(conversation.with_draft(actor=None, recipient=None, school=None, school_place=None), knowledge)
    chosen = conversation.with_draft(actor=actor, recipient=None, school=None)
    if actor == "school":
        return proceed(chosen, knowledge)
    home = knowledge.regions.municipality(str(conversation.facts.get("municipality")))
    if home is None:
        return proceed(chosen, knowledge)
    desks = knowledge.directory.serving(actor, home.code)
    if not desks:
        name = Text.of(f"rights.actors.{actor}")
        return _not_connected(conversation, name, contact_of(knowledge, home))
    return proceed(chosen.with_draft(recipient=desks[0].id), knowledge)


def choose_school(conversation: Conversation, key: str, knowledge: Knowledge) -> Move:
    """The person chose a school: a connected organisation's id, or a school's key from the public list."""
    if key == "none":
        return ask_place(conversation, "school_place")
    if knowledge.directory.get(key):
        return proceed(conversation.with_draft(recipient=key, school=key), knowledge)
    school = knowledge.regions.school(key)
    if school is None:
        return proceed(conversation, knowledge)
    extra = (Text.verbatim(school.website),) if school.website else ()
    return _not_connected(
        conversation, Text.verbatim(school.name), (*extra, Text.of("dialogs.request.not_connected_school"))
    )


def answer_consent(conversation: Conversation, answer: str, version: str, knowledge: Knowledge) -> Move | None:
    """Yes, no or "I'll write it differently"; None when the question that was answered is not the one that was asked last."""
    recipient = knowledge.directory.get(conversation.draft.recipient)
    if conversation.asking != "consent" or version != _version(conversation, recipient):
        return None
    if recipient is None:
        return Move(
            replace(conversation.with_draft(recipient=None, actor=None), asking=None),
            (say("dialogs.request.gone", buttons=_AFTER_NO),),
        )
    if answer == "edit":
        return proceed(conversation.with_draft(need=None), knowledge)
    given = answer == "yes"
    consent = RecordConsent(
        purpose=PURPOSE,
        recipient=recipient.id,
        data_groups=DATA_GROUPS,
        text_id=_CONSENT,
        text_version=version,
        language=_spoken(conversation),
        given=given,
    )
    if not given:
        kept = replace(conversation.with_draft(actor=None, recipient=None, school=None), asking=None, goal=None)
        said = say("dialogs.request.refused", "dialogs.request.refused_else", buttons=_AFTER_NO)
        return Move(kept, (said,), (consent,))
    return Move(_sent(conversation), (_sent_words(recipient),), (consent, _request(conversation, recipient)))


def step_back(conversation: Conversation) -> Conversation | None:
    """The draft without its last answer; None when nothing of it was answered yet."""
    draft = conversation.draft
    if draft.recipient or draft.school_place or draft.actor:
        return conversation.with_draft(recipient=None, school=None, school_place=None, actor=None)
    if draft.kind_of_help:
        return conversation.with_draft(kind_of_help=None)
    return conversation.with_draft(need=None) if draft.need else None


def _request(conversation: Conversation, recipient: ConnectedOrganisation) -> OpenSupportRequest:
    draft = conversation.draft
    return OpenSupportRequest(
        recipient=recipient.id,
        kind_of_help=draft.kind_of_help or "other",
        need=draft.need or "",
        language=_spoken(conversation),
        urgent=draft.urgent,
    )


def _sent(conversation: Conversation) -> Conversation:
    return replace(conversation, draft=Draft(), request="waiting", talking=True, goal=None, asking=None)


def _sent_words(recipient: ConnectedOrganisation) -> Say:
    return Say(
        parts=(
            Text.of("dialogs.request.sent", name=Text.verbatim(recipient.name)),
            Text.of("dialogs.request.sent_more"),
        ),
        buttons=(button("menu", "dialogs.menu.menu"),),
    )


def _who() -> Say:
    return say("dialogs.request.who", buttons=[button(f"who:{actor}", f"dialogs.request.who_{actor}") for actor in ACTORS])


def _which_school(conversation: Conversation, knowledge: Knowledge) -> Move:
    place = conversation.draft.school_place or str(conversation.facts["municipality"])
    municipality = knowledge.regions.municipality(place)
    known = conversation.facts.get("school_type")
    kinds = [kind for kind in _SCHOOL_KINDS if known in (None, kind)]
    buttons: list[Button] = []
    for kind in kinds:
        buttons += school_buttons(knowledge, kind, municipality.code) if municipality else ()
    if not buttons and conversation.draft.school_place:
        said = say("dialogs.request.no_school_found", buttons=_AFTER_NO)
        return Move(replace(conversation.with_draft(actor=None, school_place=None), asking="who"), (said,))
    if not buttons:
        return ask_place(conversation, "school_place")
    other = button("school:none", "dialogs.request.school_elsewhere")
    return Move(
        replace(conversation, asking="which_school"),
        (say("dialogs.request.which_school", buttons=[*buttons, other]),),
    )


def _not_connected(conversation: Conversation, name: Text, contact: tuple[Text, ...]) -> Move:
    said = Say(parts=(Text.of("dialogs.request.not_connected", name=name), *contact), buttons=_AFTER_NO[1:])
    kept = conversation.with_draft(actor=None, recipient=None, school=None, school_place=None)
    return Move(replace(kept, asking="who"), (said,))


def _review(conversation: Conversation, knowledge: Knowledge) -> Move:
    """Shows exactly what would be sent, and asks. Nothing is chosen beforehand; "no" stands there as large as "yes"."""
    recipient = knowledge.directory.get(conversation.draft.recipient)
    if recipient is None:
        return proceed(conversation.with_draft(actor=None, recipient=None), knowledge)
    name = Text.verbatim(recipient.name)
    version = _version(conversation, recipient)
    kind = Text.of(f"dialogs.request.kind_{conversation.draft.kind_of_help}")
    shown = Say(
        parts=(
            Text.of("dialogs.request.review", name=name),
            Text.verbatim(conversation.draft.need or ""),
            Text.of("dialogs.request.review_extra", kind=kind),
        )
    )
    question = Say(
        parts=(Text.of(_CONSENT, name=name),),
        buttons=tuple(
            button(f"consent:{answer}:{version}", f"dialogs.request.consent_{answer}") for answer in ("yes", "no", "edit")
        ),
    )
    return Move(replace(conversation, asking="consent"), (shown, question))


def _version(conversation: Conversation, recipient: ConnectedOrganisation | None) -> str:
    """Identifies what was shown: the consent sentence as said, the recipient, and the words that would be sent."""
    spoken = language(_spoken(conversation))
    name = recipient.name if recipient else ""
    words = [spoken.say(Text.of(_CONSENT, name=name)), conversation.draft.recipient, conversation.draft.need, conversation.draft.kind_of_help]
    return hashlib.sha256("\0".join(str(word) for word in words).encode()).hexdigest()[:16]


def _spoken(conversation: Conversation) -> str:
    """The language the consent is asked in: the person's, when it has every sentence of it."""
    wanted = language(conversation.language)
    return wanted.code if wanted.has([Text.of(_CONSENT, name="")]) else language(None).code
