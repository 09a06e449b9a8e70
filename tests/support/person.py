"""A person in a conversation: says, taps and reads; between every two turns the conversation is JSON, as in life."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from dialogs.conversation import Conversation, read, write
from dialogs.effects import Effect
from dialogs.messages import Choice, Incoming, Reply
from dialogs.turn import Turn, take_turn
from knowledge.directory import ConnectedOrganisation, OrganisationKind
from knowledge.library import Knowledge, load_knowledge
from locales import language, source_texts

TODAY = date(2026, 11, 22)
UTRECHT = "0344"
_DEMO: tuple[tuple[OrganisationKind, str], ...] = (
    ("pro", "Demo Praktijkschool"),
    ("vso", "Demo Vso-school"),
    ("mbo", "Demo Mbo"),
    ("doorstroompunt", "Demo Doorstroompunt"),
    ("gemeente", "Demo Gemeente"),
)
ORGANISATIONS = tuple(
    ConnectedOrganisation(id=f"demo-{kind}", kind=kind, name=name, municipalities=frozenset((UTRECHT,)))
    for kind, name in _DEMO
)


@cache
def utrecht() -> Knowledge:
    """What Verder knows, with the demo organisations of Utrecht connected."""
    return load_knowledge(web_address="https://verder.example", extra=False).with_organisations(ORGANISATIONS)


@dataclass
class Person:
    """One side of a conversation; what the last turn brought is in `replies` and `effects`, all bubbles in `log`."""

    conversation: Conversation = field(default_factory=lambda: Conversation(channel="web", language="nl"))
    knowledge: Knowledge = field(default_factory=utrecht)
    today: date = TODAY
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
    log: list[Reply] = field(default_factory=list)

    def opens(self, code: str = "") -> Person:
        """Opens the conversation."""
        return self._does(Incoming(start=code))

    def says(self, text: str) -> Person:
        """Types words."""
        return self._does(Incoming(text=text))

    def taps(self, button: str) -> Person:
        """Taps a button that is there by its label or the start of its id, or an id from long ago as it is."""
        found = [one.id for one in self.buttons if button in (one.id, one.label)]
        found = found or [one.id for one in self.buttons if one.id.startswith(f"{button}:")]
        return self._does(Incoming(choice=found[-1] if found else button))

    @property
    def buttons(self) -> tuple[Choice, ...]:
        """The buttons of the last replies."""
        return tuple(choice for reply in self.replies for choice in reply.choices)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of those buttons."""
        return tuple(choice.id for choice in self.buttons)

    @property
    def asking(self) -> str | None:
        """The fact or step that is asked."""
        return self.conversation.asking

    def sees(self, *text_ids: str) -> bool:
        """Whether the last replies say each of these texts in the person's language, whatever stands at their {places}."""
        said = "\n".join(reply.text for reply in self.replies)
        texts = {**source_texts(), **language(self.conversation.language).texts}
        return all(_fits(texts[id], said) for id in text_ids)

    def _does(self, incoming: Incoming) -> Person:
        turn = take_turn(self.conversation, incoming, self.knowledge, self.today)
        self.takes(turn)
        return self

    def takes(self, turn: Turn) -> None:
        """Takes what a turn brought; the conversation goes through JSON."""
        self.conversation = read(json.loads(json.dumps(write(turn.conversation))))
        self.replies, self.effects = turn.replies, turn.effects
        self.log += turn.replies


def _fits(template: str, said: str) -> bool:
    """Whether a text with {places} is in what was said: each fixed piece, in order."""
    at = 0
    for piece in _pieces(template):
        at = said.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _pieces(template: str) -> list[str]:
    pieces = template.replace("}", "{").split("{")
    return [piece for piece in pieces[::2] if piece]
