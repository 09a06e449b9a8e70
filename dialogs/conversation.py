"""The state of one conversation: facts and a goal, not a place in a tree. It is JSON between two turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from knowledge.facts import BadFact, read_facts, write_facts

VERSION = 1
_FACTS = ("facts", "heard", "earlier")
_ISLANDS = "America/Kralendijk"
"""The clock of Bonaire, Sint Eustatius and Saba."""

GoalName = Literal[
    "rights", "who_helps", "learning", "money", "sheltered", "document", "contact", "request", "transition"
]
RequestStatus = Literal["waiting", "claimed"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A support request that is being written: nothing of it has left the conversation yet.

    `recipient` is a connected organisation's id. `urgent` marks danger; `danger_...` is what the words sounded like.
    """

    need: str | None = None
    kind_of_help: str | None = None
    actor: str | None = None
    school_place: str | None = None
    recipient: str | None = None
    urgent: bool = False
    danger_kind: str | None = None
    danger_tier: str | None = None
    danger_why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """All that is remembered between two turns.

    `asking` is the fact or step that was asked last. `answered` are facts in the order of answering, for going back.
    `skipped` are facts the person does not know, `clashed` the contradictions that were pointed out. `talking` means
    that typed words go to the counsellors. `offered` are the buttons of the last replies: label by id. `heard` are facts
    that were read in a sentence and not confirmed yet. `earlier` are the facts before an answer was changed.
    `code` is what the conversation was opened with, until a language is chosen. `invited` is what an invitation told and
    nobody confirmed yet; `school` is the organisation that invited. `here` is whether words of people may go over a
    channel that others can read, once that was asked. `document` is the person's own part of the overgangsdocument, and
    what was shown and sent of the whole. `counted` is this month, and what was already counted of this conversation in it.
    `puzzling` is the one sentence that was not understood, while it may be given. `place` is the button of the page that
    is shown while nothing is asked. `zone` is where the clock of their device stands, where that is not Dutch time.
    """

    channel: str
    language: str | None = None
    second: str | None = None
    beside: bool = False
    goal: GoalName | None = None
    focus: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    answered: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    heard: Mapping[str, object] = field(default_factory=dict)
    earlier: Mapping[str, object] = field(default_factory=dict)
    clashed: tuple[str, ...] = ()
    asking: str | None = None
    draft: Draft = Draft()
    request: RequestStatus | None = None
    handover: Mapping[str, str] = field(default_factory=dict)
    helper: str | None = None
    talking: bool = False
    misunderstood: int = 0
    puzzling: str | None = None
    last_choice: str | None = None
    place: str | None = None
    code: str | None = None
    invited: Mapping[str, Any] = field(default_factory=dict)
    school: str | None = None
    here: Literal["yes", "no"] | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    locked: bool = False
    zone: str | None = None
    counted: tuple[str, ...] = ()
    offered: Mapping[str, str] = field(default_factory=dict)

    @property
    def time_zone(self) -> str | None:
        """Where the person's own clock stands, as far as that is known; None is Dutch time."""
        return _ISLANDS if self.facts.get("country_part") == "BES" else self.zone

    def knowing(self, facts: Mapping[str, object]) -> Conversation:
        """With these facts answered, the newest last."""
        kept = tuple(fact for fact in self.answered if fact not in facts)
        return replace(
            self,
            facts={**self.facts, **facts},
            answered=(*kept, *facts),
            skipped=tuple(fact for fact in self.skipped if fact not in facts),
            misunderstood=0,
        )

    def forgetting(self, fact: str) -> Conversation:
        """As if this fact had not been asked yet."""
        return replace(
            self,
            facts={name: value for name, value in self.facts.items() if name != fact},
            answered=tuple(name for name in self.answered if name != fact),
            skipped=tuple(name for name in self.skipped if name != fact),
        )

    def skipping(self, fact: str) -> Conversation:
        """The person does not know this fact, or not more precisely than they said."""
        new = self.forgetting(fact)
        return replace(
            new, facts=self.facts, answered=(*new.answered, fact), skipped=(*new.skipped, fact), misunderstood=0
        )

    def at_the_beginning(self) -> Conversation:
        """Without a goal; what is known stays known, and the rest may be asked again."""
        return replace(
            self,
            goal=None,
            focus=None,
            asking=None,
            place=None,
            talking=False,
            misunderstood=0,
            answered=tuple(fact for fact in self.answered if fact in self.facts),
            skipped=(),
            clashed=(),
            heard={},
            earlier={},
        )

    def with_draft(self, **changes: Any) -> Conversation:
        """With changes to the draft."""
        return replace(self, draft=replace(self.draft, **changes), misunderstood=0)


def write(conversation: Conversation) -> dict[str, Any]:
    """The JSON object of a conversation; values that say nothing are left out."""
    raw = {name: getattr(conversation, name) for name in Conversation.__slots__}
    for name in _FACTS:
        raw[name] = write_facts(raw[name])
    raw["draft"] = {name: value for name in Draft.__slots__ if (value := getattr(conversation.draft, name))}
    return {"version": VERSION, **{name: value for name, value in raw.items() if value}}


def read(raw: Mapping[str, Any]) -> Conversation:
    """The conversation from its JSON object. What this version no longer knows is dropped, never an error: a new
    release strands nobody."""
    known = {name: value for name, value in raw.items() if name in Conversation.__slots__}
    for name in ("answered", "skipped", "clashed", "counted"):
        known[name] = tuple(known.get(name, ()))
    if known.get("goal") not in get_args(GoalName):
        known["goal"] = known["focus"] = None
    for name in _FACTS:
        known[name] = _readable(known.get(name, {}))
    known["draft"] = Draft(**{k: v for k, v in known.get("draft", {}).items() if k in Draft.__slots__})
    return Conversation(**{"channel": "web", **known})


def _readable(facts: Mapping[str, object]) -> dict[str, object]:
    try:
        return read_facts(facts)
    except BadFact as bad:
        return _readable({name: value for name, value in facts.items() if name != bad.fact})
