"""`POST /api/v1/rights` and `verder rights`: the rights answer for a set of facts. Stores nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from backend.conversations.service import today_in_amsterdam
from backend.errors import Refused
from dialogs.conversation import Conversation
from dialogs.questions import QUESTIONS, ask
from dialogs.say import render
from knowledge.conditions import Situation
from knowledge.explanation import Step, explain
from knowledge.facts import BadFact, read_facts
from knowledge.next_fact import next_fact, settling_facts
from knowledge.rights import ACTORS, RULEBOOK, SCHOOL_OF, evaluate
from knowledge.rules import UNKNOWN, Outcome
from knowledge.wording import answer_texts, flag_texts
from locales import Language, Text, language

_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2100, 12, 31)
_MUNICIPAL = ("doorstroompunt", "gemeente")
_OWN_BUTTONS = ("a:", "skip:")


class RightsQuestion(BaseModel):
    """The facts, the day, the language, and for which actors a next question is wanted."""

    model_config = ConfigDict(extra="forbid")

    facts: dict[str, Any] = Field(max_length=60)
    as_of: date | None = None
    language: str | None = Field(default=None, max_length=16)
    actors: Annotated[list[str], Field(max_length=30)] | None = None


def rights_router() -> APIRouter:
    """The route under `/api/v1/rights`."""
    router = APIRouter(prefix="/api/v1", tags=["rights"])

    @router.post("/rights")
    def rights(question: RightsQuestion) -> dict[str, Any]:
        return answer_rights(
            question.facts, question.as_of or today_in_amsterdam(), language(question.language), question.actors
        )

    return router


def answer_rights(
    raw: Mapping[str, Any], as_of: date, spoken: Language, actors: list[str] | None = None
) -> dict[str, Any]:
    """The answer in the contract's shape (§3). Raises the 422 refusal that names a bad fact, day or actor."""
    try:
        facts = read_facts(raw)
    except BadFact as bad:
        raise Refused(422, bad.reason, fact=bad.fact, fields={bad.fact: bad.reason}) from None
    if not _FIRST_DAY <= as_of <= _LAST_DAY:
        raise Refused(422, "invalid", fields={"as_of": "out_of_range"})
    wanted = tuple(actors or _default_actors(facts))
    unknown = next((actor for actor in wanted if actor not in ACTORS), None)
    if unknown is not None:
        raise Refused(422, "unknown_actor", actor=unknown, fields={"actors": "unknown_actor"})
    answer = evaluate(facts, as_of)
    return {
        "as_of": as_of.isoformat(),
        "language": spoken.code,
        "rulebook": RULEBOOK,
        "outcomes": [_outcome(outcome, facts, as_of, spoken) for outcome in answer.outcomes.values()],
        "statuses": dict(answer.statuses),
        "contradictions": [
            {"facts": list(clash.facts), "text": _say(spoken, Text.of(f"rights.contradictions.{clash.id}"))}
            for clash in answer.contradictions
        ],
        "ask": _ask(facts, as_of, wanted, spoken),
    }


def _default_actors(facts: Mapping[str, object]) -> tuple[str, ...]:
    school = SCHOOL_OF.get(str(facts.get("school_type")))
    return (*((school,) if school else tuple(dict.fromkeys(SCHOOL_OF.values()))), *_MUNICIPAL)


def _outcome(outcome: Outcome, facts: Mapping[str, object], as_of: date, spoken: Language) -> dict[str, Any]:
    needs = _needs(outcome, facts, as_of)
    steps = _steps(outcome, facts, as_of, needs)
    texts = [*answer_texts(outcome, facts), *flag_texts(outcome)]
    said = _all_or_dutch(spoken, [*texts, *(step.text for step in steps)])
    return {
        "actor": outcome.actor,
        "label": outcome.label,
        "until": outcome.until.isoformat() if outcome.until else None,
        "flags": list(outcome.flags),
        "needs": list(needs),
        "text": " ".join(said[: len(texts)]),
        "because": [
            {"rule": outcome.rule, "text": text, "sources": [asdict(source) for source in step.sources]}
            for text, step in zip(said[len(texts) :], steps, strict=True)
        ],
    }


def _needs(outcome: Outcome, facts: Mapping[str, object], as_of: date) -> tuple[str, ...]:
    if outcome.label != UNKNOWN:
        return ()
    needs = outcome.needs if "contradiction" in outcome.flags else ()
    return needs or settling_facts(facts, as_of, outcome.actor) or outcome.needs


def _steps(outcome: Outcome, facts: Mapping[str, object], as_of: date, needs: tuple[str, ...]) -> tuple[Step, ...]:
    """Why it is so; nothing where facts contradict each other, which is said by itself."""
    if outcome.label == UNKNOWN and "contradiction" in outcome.flags:
        return ()
    return explain(ACTORS[outcome.actor], Situation(facts, as_of), needs=needs)


def _ask(facts: Mapping[str, object], as_of: date, actors: tuple[str, ...], spoken: Language) -> dict[str, Any] | None:
    fact = next_fact(facts, as_of, actors)
    if fact is None or fact not in QUESTIONS:
        return None
    conversation = Conversation(channel="api", language=spoken.code, facts=facts)
    reply = render([ask(fact, conversation, as_of)], spoken.code)[-1]
    return {
        "fact": fact,
        "question": reply.text,
        "why": _say(spoken, Text.of(f"questions.{fact}.why")),
        "choices": [
            {"id": choice.id, "label": choice.label} for choice in reply.choices if choice.id.startswith(_OWN_BUTTONS)
        ],
    }


def _say(spoken: Language, text: Text) -> str:
    return _all_or_dutch(spoken, [text])[0]


def _all_or_dutch(spoken: Language, texts: list[Text]) -> list[str]:
    """These sentences in the language, or all of them in Dutch: an answer is never half translated."""
    whole = spoken if spoken.has(texts) else language(None)
    return [whole.say(text) for text in texts]
