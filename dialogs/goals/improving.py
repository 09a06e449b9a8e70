"""Learning from what was not understood: each miss is counted without its words, and a sentence is kept only when the
person gives it, after seeing exactly what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from dialogs.asked import asked
from dialogs.cleaning import clean
from dialogs.conversation import Conversation
from dialogs.effects import GiveSentence, Misunderstanding, Misunderstood
from dialogs.goals.place import MENU
from dialogs.messages import Incoming
from dialogs.say import Move, Say, button, complete, say
from knowledge.library import Knowledge
from locales import SOURCE, Text, language

SENTENCE_LIMIT = 300
_GIVE = "improving.sentence.question"
_KINDS: dict[str, Misunderstanding] = {
    "dialogs.understanding.unknown": "unknown",
    "dialogs.understanding.unknown_twice": "unknown",
    "dialogs.understanding.did_you_mean": "choose",
    "dialogs.information.out_of_scope": "out_of_scope",
}
_ELSE = "dialogs.understanding.something_else"


def noticed(before: Conversation, incoming: Incoming, move: Move) -> Move:
    """The move, with one more misunderstanding counted where it was one; after the second in a row the person may give
    the sentence. Where danger is in the air nothing is asked."""
    if incoming.choice is not None:
        return _chosen(before, incoming.choice, move)
    kind = _kind(move.says)
    if kind is None:
        return _forgotten(move)
    missed = Misunderstood(before.language or SOURCE, kind)
    counted = replace(move, effects=(*move.effects, missed))
    sentence, _ = clean(incoming.text or "")
    if kind != "unknown" or move.conversation.misunderstood < 2 or not _may_ask(sentence, move):
        return _forgotten(counted)
    *first, last = counted.says
    offer = replace(last, buttons=(*last.buttons, button("sentence", "improving.sentence.label")))
    return replace(counted, conversation=replace(move.conversation, puzzling=sentence), says=(*first, offer))


def choose(conversation: Conversation, answer: str, _knowledge: Knowledge, _today: date) -> Move | None:
    """The question with the exact words, or what the person said to it; None when there is no sentence any more."""
    sentence = conversation.puzzling
    if not sentence:
        return None
    question, version, spoken = _question(conversation, sentence)
    if not answer:
        return Move(conversation, (question,))
    done = replace(conversation, puzzling=None, misunderstood=0)
    if answer != f"yes:{version}":
        return Move(done, (say("improving.sentence.refused", buttons=(MENU,)),)) if answer == "no" else None
    given = GiveSentence(sentence=sentence, language=spoken, kind="unknown", text_version=version)
    return Move(done, (say("improving.sentence.thanks", buttons=(MENU,)),), (given,))


def _may_ask(sentence: str, move: Move) -> bool:
    """Whether the sentence is short enough, the language has every word of the question, and nothing presses more."""
    question, *_ = _question(move.conversation, sentence)
    label = Text.of("improving.sentence.label")
    spoken = language(move.conversation.language)
    sayable = complete(question, spoken) and spoken.has((label,))
    return 0 < len(sentence) <= SENTENCE_LIMIT and sayable and not _in_danger(move.says)


def _question(conversation: Conversation, sentence: str) -> tuple[Say, str, str]:
    """The question with exactly what is kept, the mark of both, and the language it is put in."""
    bare = Say(
        parts=(Text.of(_GIVE), Text.of("dialogs.request.quoted", words=sentence), Text.of("improving.sentence.how"))
    )
    version, spoken = asked(conversation, bare)
    yes, no = (
        button(f"sentence:yes:{version}", "improving.sentence.yes"),
        button("sentence:no", "improving.sentence.no"),
    )
    return replace(bare, buttons=(yes, no)), version, spoken


def _chosen(before: Conversation, choice: str, move: Move) -> Move:
    """Something else than all that was offered as meant: that guess was wrong."""
    if choice.partition(":")[0] == "sentence":
        return move
    label = language(before.language).texts.get(_ELSE)
    if choice == "menu" and label is not None and before.offered.get("menu") == label:
        wrong = Misunderstood(before.language or SOURCE, "corrected")
        move = replace(move, effects=(*move.effects, wrong))
    return _forgotten(move)


def _forgotten(move: Move) -> Move:
    return replace(move, conversation=replace(move.conversation, puzzling=None)) if move.conversation.puzzling else move


def _kind(says: Sequence[Say]) -> Misunderstanding | None:
    return next((_KINDS[text.id] for one in says for text in one.parts if text.id in _KINDS), None)


def _in_danger(says: Sequence[Say]) -> bool:
    pressing = ("danger.amber.", "danger.red.", "danger.card")
    return any(text.id.startswith(pressing) for one in says for text in one.parts)
