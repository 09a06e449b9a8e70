"""Whole conversations, readable in transcripts/*.toml: what is asked, offered, known and done at each step."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dialogs.conversation import Conversation
from dialogs.effects import (
    CountHelped,
    CountUse,
    Effect,
    ForgetPerson,
    Misunderstood,
    OpenSupportRequest,
    RecordConsent,
    RelayToCounsellor,
    StopFollowUps,
)
from knowledge.facts import write_facts
from knowledge.rights import evaluate
from person import Person

FOLDER = Path(__file__).parent / "transcripts"
Step = Mapping[str, Any]
COUNTED = (CountHelped, CountUse, Misunderstood)
"""Effects that count something without saying who: tested where they belong."""
KEYS = {
    *("opens", "says", "times", "taps", "exact", "remembers", "replays", "claimed", "closed", "disconnects"),
    *("asks", "sees", "offers", "lacks", "knows", "need", "rules", "effects", "silent"),
}


def conversations() -> Iterator[Any]:
    """Every conversation of every file, as a test of its own."""
    for path in sorted(FOLDER.glob("*.toml")):
        for told in tomllib.loads(path.read_text("utf-8"))["conversation"]:
            yield pytest.param(told, id=f"{path.stem}: {told['title']}")


@pytest.mark.parametrize("told", list(conversations()))
def test_the_conversation_goes_as_it_is_told(told: Mapping[str, Any]) -> None:
    """Each step asks, says, offers, knows and does what the transcript tells, and nothing else is done."""
    person = Person(Conversation(channel=told.get("channel", "web"), language=told.get("language", "nl") or None))
    remembered = ""
    for number, step in enumerate(told["steps"], 1):
        assert set(step) <= KEYS
        if "replays" in step:
            person.taps(remembered)
        else:
            act(person, step)
        wrong = list(wrong_about(person, step))
        assert not wrong, f"step {number} {dict(step)}: {wrong}; said: {[reply.text for reply in person.replies]}"
        if "remembers" in step:
            remembered = next(id for id in person.ids if id.startswith(step["remembers"]))


def act(person: Person, step: Step) -> None:
    """What the person, or the counsellor, does at a step."""
    if "opens" in step:
        person.opens(step["opens"])
    elif "says" in step:
        person.says(step["says"] * step.get("times", 1))
    elif "exact" in step:
        person.taps(next(id for id in person.ids if id.startswith("school:") and "demo" not in id))
    elif "taps" in step:
        person.taps(step["taps"])
    elif "disconnects" in step:
        person.knowledge = person.knowledge.with_organisations(())
    else:
        status: Any = "claimed" if "claimed" in step else None
        talking = person.conversation.talking and "closed" not in step
        helped = replace(person.conversation, request=status, helper=step.get("claimed"), talking=talking)
        person.conversation, person.effects = helped, ()


def wrong_about(person: Person, step: Step) -> Iterator[str]:
    """What is not as the step tells."""
    if "asks" in step and (person.asking or "") != step["asks"]:
        yield f"asks {person.asking}"
    yield from (f"does not say {id}" for id in step.get("sees", ()) if not person.sees(id))
    for offered in step.get("offers", ()):
        if not any(id == offered or id.startswith(f"{offered}:") for id in person.ids):
            yield f"does not offer {offered}"
    yield from (f"offers {id}" for id in step.get("lacks", ()) if id in person.ids)
    facts = write_facts(person.conversation.facts)
    if "knows" in step and not step["knows"].items() <= facts.items():
        yield f"knows {facts}"
    if "need" in step and person.conversation.draft.need != step["need"]:
        yield f"has the need {person.conversation.draft.need}"
    outcomes = evaluate(person.conversation.facts, person.today).outcomes
    for actor, rule in step.get("rules", {}).items():
        if outcomes[actor].rule != rule:
            yield f"{actor} by {outcomes[actor].rule}"
    effects = [spoken(effect) for effect in person.effects if not isinstance(effect, COUNTED)]
    if effects != step.get("effects", []):
        yield f"does {effects}"
    if bool(person.replies) == step.get("silent", False) and set(step) & {"opens", "says", "taps", "replays"}:
        yield "is silent" if not person.replies else "speaks"


def spoken(effect: Effect) -> str:
    """An effect in a few words."""
    match effect:
        case RecordConsent():
            return f"consent {'yes' if effect.given else 'no'} {effect.recipient}"
        case OpenSupportRequest():
            return f"open {effect.recipient} {effect.kind_of_help}{' urgent' * effect.urgent}"
        case RelayToCounsellor():
            return f"relay{' urgent' * effect.urgent}"
        case ForgetPerson():
            return "forget"
        case StopFollowUps():
            return "nothing later"
        case _:
            return type(effect).__name__
