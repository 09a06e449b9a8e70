"""What must hold after every turn of every conversation, whoever the person is and whatever they do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from dialogs.conversation import Conversation, read, write
from dialogs.effects import (
    ForgetPerson,
    HandoverEffect,
    InvitationEffect,
    MovingEffect,
    MyDataEffect,
    OpenSupportRequest,
    RecordConsent,
    RelayToCounsellor,
)
from dialogs.goals.explaining import GOALS
from dialogs.messages import Incoming
from dialogs.questions import QUESTIONS, json_value
from dialogs.transition_news import DocumentEffect
from dialogs.turn import take_turn
from knowledge.conditions import Situation
from knowledge.facts import FACTS, PartialDate
from knowledge.rights import ACTORS
from knowledge.rules import UNKNOWN, Decision, decide
from person import Person

LONGEST_ID = 60
_ISOLATES = dict.fromkeys(range(0x2066, 0x206A))
TAKES_BACK = ("back", "menu", "forget", "skip", "change", "retry", "heard")
BRINGS_NEWS = MyDataEffect | MovingEffect | InvitationEffect | HandoverEffect | DocumentEffect
"""Effects whose answer is said by the host's news, in the same transaction."""
ASKS_AGAIN = ("change", "retry")
"""Taps by which a person wants to be asked something, whether it matters or not."""


@dataclass
class Watcher:
    """A person whose every turn is checked; `ever` are all button ids that were offered, `shown` what stood over them."""

    person: Person
    ever: list[str] = field(default_factory=list)
    shown: dict[str, str] = field(default_factory=dict)

    def does(self, incoming: Incoming) -> None:
        """Takes a turn and checks it."""
        person, before = self.person, self.person.conversation
        turn = take_turn(before, incoming, person.knowledge, person.today)
        written = json.loads(json.dumps(write(turn.conversation)))
        assert read(written) == turn.conversation
        person.takes(turn)
        wrong = [*self._silence(before, incoming), *self._buttons(), *self._effects(before, incoming)]
        wrong += _lost(before, person.conversation, incoming)
        if (incoming.choice or "").partition(":")[0] not in ASKS_AGAIN:
            wrong += _asked(before, person.conversation, person.today)
        assert not wrong, f"{incoming}: {wrong}; before: {write(before)}"
        self._remember()

    def changes(self, **changes: object) -> None:
        """The counsellors' side changes something."""
        self.person.conversation = replace(self.person.conversation, **changes)  # type: ignore[arg-type]

    def _silence(self, before: Conversation, incoming: Incoming) -> Iterator[str]:
        twice = incoming.choice is not None and incoming.choice == before.last_choice
        relayed = before.request == "claimed" and any(isinstance(one, RelayToCounsellor) for one in self.person.effects)
        answers_later = any(isinstance(one, BRINGS_NEWS) for one in self.person.effects)
        if not self.person.replies and not twice and not relayed and not answers_later:
            yield "silence"
        if any(not reply.text.strip() for reply in self.person.replies):
            yield "an empty bubble"

    def _buttons(self) -> Iterator[str]:
        for reply in self.person.replies:
            ids = [choice.id for choice in reply.choices]
            if len(ids) != len(set(ids)):
                yield f"the same button twice: {ids}"
            yield from (f"bad id {id}" for id in ids if not id.isascii() or not 0 < len(id) <= LONGEST_ID)
            yield from (f"no label on {one.id}" for one in reply.choices if not one.label.strip())

    def _effects(self, before: Conversation, incoming: Incoming) -> Iterator[str]:
        consents = [one for one in self.person.effects if isinstance(one, RecordConsent)]
        opened = [one for one in self.person.effects if isinstance(one, OpenSupportRequest)]
        for consent in consents:
            name, answer, version = ((incoming.choice or "") + "::").split(":")[:3]
            if incoming.text is not None and not consent.given:
                continue  # "no" may also be typed
            if self.shown.get(incoming.choice or "", "").count(self._name(consent.recipient)) < 2:
                yield f"consent for another reader than was shown: {consent}"
            if (name, answer, version) != ("consent", "yes" if consent.given else "no", consent.text_version):
                yield f"consent without its button: {consent}"
        if any(not consent.given for consent in consents) and (opened or not self.person.buttons):
            yield "a refusal that sends, or leaves nothing to choose"
        for request in opened:
            given = [one.recipient for one in consents if one.given and one.language == request.language]
            if given != [request.recipient]:
                yield f"sent without consent: {request}"
            # each language has quotation marks of its own
            if not re.search(
                rf"\n\W*{re.escape(request.need.translate(_ISOLATES))}\W*\n", self.shown[incoming.choice or ""]
            ):
                yield f"sent other words than were shown: {request}"
            if before.asking != "agreement" or before.request:
                yield "sent at a moment when nothing was asked"
        if any(isinstance(one, ForgetPerson) for one in self.person.effects) and "forget:yes" not in before.offered:
            yield "wiped without asking"

    def _name(self, id: str) -> str:
        return next(one.name for one in self.person.knowledge.directory.organisations if one.id == id)

    def _remember(self) -> None:
        # Latin words in a right-to-left sentence stand between marks that nobody sees.
        told = "".join(f"{reply.text}\n" for reply in self.person.replies).translate(_ISOLATES)
        self.ever += [id for id in self.person.ids if id not in self.ever]
        self.shown.update(dict.fromkeys(self.person.ids, told))


def _lost(before: Conversation, after: Conversation, incoming: Incoming) -> Iterator[str]:
    """Facts and skips that are gone though nobody took them back."""
    taken_back = (incoming.choice or "").partition(":")[0] in TAKES_BACK or len(after.clashed) > len(before.clashed)
    taken_back = taken_back or bool(before.heard)  # a typed yes or no to what was read
    at_menu = after.goal is None and after.asking is None
    if not taken_back and not at_menu:
        # Who names a municipality does not live on an island.
        gone = [fact for fact in before.facts if fact not in after.facts]
        yield from (f"lost {fact}" for fact in gone if fact != "country_part" or "municipality" not in after.facts)
        yield from (
            f"lost that {fact} is not known" for fact in before.skipped if fact not in (*after.skipped, *after.facts)
        )
    if at_menu and "forget:yes" not in before.offered:
        yield from (f"lost {fact} at the menu" for fact in before.facts if fact not in after.facts)


def _asked(before: Conversation, after: Conversation, today: date) -> Iterator[str]:
    """A question that was answered already, or whose answer could not matter."""
    fact = after.asking
    if (
        fact is None
        or fact not in QUESTIONS
        or (fact, after.goal) == (before.asking, before.goal)
        or after.clashed != before.clashed
    ):
        return
    if fact in after.skipped:
        yield f"asks {fact}, which the person does not know"
    known = after.facts.get(fact)
    if known is not None and (not isinstance(known, PartialDate) or known.day is not None):
        yield f"asks {fact}, which is known"
    if after.goal and after.goal not in GOALS:
        return  # a goal with needs of its own, such as who must agree
    situation = Situation(after.facts, today)
    decisions = [ACTORS[actor] for actor in ((after.focus,) if after.focus else GOALS[after.goal or "rights"].first)]
    if not any(_matters(decision, situation, fact) for decision in decisions):
        yield f"asks {fact}, which cannot change anything"


def _matters(decision: Decision, situation: Situation, fact: str) -> bool:
    """Whether some value of the fact changes the label or narrows an unknown one."""
    before = decide(decision, situation)
    for value in possible_values(fact, situation):
        after = decide(decision, Situation({**situation.facts, fact: value}, situation.as_of))
        if after.label != before.label or (before.label == UNKNOWN and len(after.possible) < len(before.possible)):
            return True
    return False


def possible_values(fact: str, situation: Situation) -> Iterator[object]:
    """Values a person could give for a fact, in keeping with what is known of it."""
    known, today = situation.facts.get(fact), situation.as_of
    if isinstance(known, PartialDate) and known.month is not None:
        yield from (PartialDate(known.year, known.month, day) for day in range(1, known.last.day + 1))
    elif isinstance(known, PartialDate):
        yield from (PartialDate(known.year, month) for month in range(1, 13))
    elif FACTS[fact].kind == "date":
        for year in range(today.year, today.year - 32, -1):
            yield from (
                PartialDate(year, month, 15) for month in range(1, 13) if (year, month) <= (today.year, today.month)
            )
    elif fact == "age":
        yield from range(4, 111)
    else:
        question = QUESTIONS[fact]
        yield from (json_value(fact, value) for value in (*question.values, *question.more))
