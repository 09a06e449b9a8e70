"""One turn: conversation + what came in + today -> new conversation + replies + effects. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from dialogs import interrupts
from dialogs.answers import answer_choice, answer_text, explain, offered_choice, settle_heard
from dialogs.cleaning import clean
from dialogs.conversation import Conversation, GoalName
from dialogs.effects import Effect, RelayToCounsellor
from dialogs.goals import correcting, explaining, information, place, request, rights
from dialogs.messages import Incoming, Reply
from dialogs.questions import QUESTIONS
from dialogs.say import Button, Move, Say, button, render, say
from knowledge.articles import Article, articles
from knowledge.example_sentences import OUT_OF_SCOPE
from knowledge.library import Knowledge
from knowledge.understand import Understanding
from locales import languages

TEXT_LIMIT = 4000
_ACTS_ONCE = ("a", "skip", "lang", "goal", "who", "kind", "school", "place", "consent", "forget", "heard", "change")
_LAYERS = ("because", "more_about", "changes", "keep", "options", "about")
"""What can be asked about an answer that was given."""
_WITHOUT_LANGUAGE = ("help", "stop", "forget")
_WINS = ("start_over", "go_back", "delete_data")
"""Commands that are meant for the computer even while typed words go to a counsellor."""

_GOAL_OF: dict[str, GoalName] = {
    "school_help_y1": "rights",
    "school_help_y2": "rights",
    "mbo_help_after": "rights",
    "who_helps": "who_helps",
    "moved_region": "contact",
    "talk_to_person": "request",
    "request_status": "request",
    "appointment_change": "request",
}
_TITLES: dict[GoalName, str] = {
    "rights": "dialogs.menu.rights",
    "who_helps": "dialogs.menu.who_helps",
    "request": "dialogs.menu.person",
    "contact": "dialogs.rights.contact_choice",
    "learning": "dialogs.topics.learning_goal",
    "money": "dialogs.topics.money_goal",
    "sheltered": "dialogs.topics.sheltered_goal",
    "document": "dialogs.topics.document_goal",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one turn: the conversation to store, what to say, and what the host must do, all in order."""

    conversation: Conversation
    replies: tuple[Reply, ...]
    effects: tuple[Effect, ...]


def take_turn(conversation: Conversation, incoming: Incoming, knowledge: Knowledge, today: date) -> Turn:
    """Takes one turn. Never raises for anything a person may do; `today` is the date in Europe/Amsterdam."""
    move = _respond(conversation, incoming, knowledge, today)
    talk = move.conversation
    replies = render(move.says, talk.language, second=talk.second, beside=talk.beside)
    offered = {choice.id: choice.label for reply in replies for choice in reply.choices}
    kept = offered if replies else conversation.offered
    return Turn(replace(move.conversation, last_choice=incoming.choice or None, offered=kept), replies, move.effects)


def _respond(conversation: Conversation, incoming: Incoming, knowledge: Knowledge, today: date) -> Move:
    if incoming.start is not None:
        return _open(conversation, knowledge)
    if incoming.choice is not None:
        if _is_double_tap(conversation, incoming.choice):
            return Move(conversation)
        return _chosen(conversation, incoming.choice, knowledge, today)
    return _typed(conversation, incoming.text or "", knowledge, today)


def _open(conversation: Conversation, knowledge: Knowledge) -> Move:
    if conversation.language is None:
        return interrupts.choose_language(conversation)
    return interrupts.welcome(conversation, knowledge)


def _is_double_tap(conversation: Conversation, choice: str) -> bool:
    """Whether the same button was tapped twice in a row, and means it once; not when it was offered anew in between."""
    again = choice == conversation.last_choice and choice not in conversation.offered
    return again and choice.partition(":")[0] in _ACTS_ONCE


def _chosen(conversation: Conversation, choice: str, knowledge: Knowledge, today: date) -> Move:
    name, _, rest = choice.partition(":")
    simple: dict[str, Callable[[], Move]] = {
        "menu": lambda: interrupts.menu(conversation),
        "language": lambda: interrupts.choose_language(conversation),
        "help": lambda: interrupts.help_now(conversation),
        "stop": lambda: interrupts.stop(conversation),
        "forget": lambda: _forget(conversation, rest, knowledge, today),
        "person": lambda: _pursue(conversation, "request", knowledge, today),
        "goon": lambda: resume(conversation, knowledge, today),
        "safe": lambda: _again(conversation, "danger.amber.thanks", knowledge, today),
        "not_text": lambda: _again(conversation, "dialogs.understanding.not_text", knowledge, today),
        "message": lambda: _message(conversation, knowledge, today),
        "copy": lambda: _message(conversation, knowledge, today),
        "send": lambda: _send(conversation, knowledge, today),
        "contact": lambda: _pursue(conversation, "contact", knowledge, today),
        "back": lambda: _back(conversation, knowledge, today),
        "topics": lambda: _topics(conversation, rest),
        "answers": lambda: Move(conversation, (correcting.answers(conversation),)),
        "beside": lambda: _beside(conversation, rest, knowledge, today),
    }
    if name == "lang" and rest in languages():
        return _switch(conversation, rest, knowledge, today)
    if conversation.language is None and name not in _WITHOUT_LANGUAGE:
        return interrupts.choose_language(conversation)
    if name in simple:
        return simple[name]()
    goal = next((goal for goal in _TITLES if choice == f"goal:{goal}"), None)
    if goal:
        return _pursue(conversation, goal, knowledge, today)
    if name in ("info", "read") and (article := information.find(rest)):
        return _aside(conversation, article, knowledge, today, more=name == "read")
    if name in _LAYERS and conversation.goal in explaining.GOALS and not conversation.asking:
        return _layer(conversation, name, rest, knowledge, today)
    if name in ("heard", "change", "retry"):
        return _correct(conversation, name, rest, knowledge, today)
    answered = answer_choice(conversation, choice, knowledge, today, proceed)
    if answered is not None:
        return answered
    return _again(conversation, "dialogs.understanding.old_button", knowledge, today)


def _typed(conversation: Conversation, typed: str, knowledge: Knowledge, today: date) -> Move:
    text, had_bsn = clean(typed)
    if not text:
        return _again(conversation, "dialogs.understanding.empty", knowledge, today)
    understood = knowledge.understander.understand(text)
    if understood.danger and understood.danger.tier == "red":
        move = interrupts.danger(conversation, understood.danger, text)
    elif understood.intent == "help_now":
        move = interrupts.help_now(conversation)
    else:
        move = _typed_safely(conversation, text, understood, knowledge, today)
        move = interrupts.cared(move, understood.danger)
    return move.after(say("dialogs.understanding.bsn")) if had_bsn else move


def _typed_safely(
    conversation: Conversation, text: str, understood: Understanding, knowledge: Knowledge, today: date
) -> Move:
    if len(text) > TEXT_LIMIT:
        return _again(conversation, "dialogs.understanding.too_long", knowledge, today)
    choice = offered_choice(conversation, text)
    if choice is not None:
        return _chosen(conversation, choice, knowledge, today)
    if conversation.language is None:
        return interrupts.choose_language(conversation)
    command = understood.intent if understood.score == 1 else None
    if conversation.talking and conversation.request and command not in _WINS:
        said = (say("dialogs.request.added"),) if conversation.request == "waiting" else ()
        return Move(conversation, said, (RelayToCounsellor(urgent=interrupts.is_pressing(understood.danger)),))
    if not command:
        answered = _answered(conversation, text, understood, knowledge, today)
        if answered is not None:
            return answered
    return _understood(conversation, understood, knowledge, today)


def _answered(
    conversation: Conversation, text: str, understood: Understanding, knowledge: Knowledge, today: date
) -> Move | None:
    """What typed words answer: the open question, or, told in one sentence, questions that were not asked yet."""
    asking = conversation.asking
    told = asking in (None, correcting.HEARD) or asking in QUESTIONS
    heard = correcting.hear(conversation, text, knowledge, today) if told else {}
    if not asking and set(heard) == {"employed"}:
        return None  # having work changes no right: it is more likely a question about that work
    answered = None
    if not (heard and correcting.is_plain(conversation, heard)):
        answered = answer_text(conversation, text, knowledge, today, proceed)
    if heard and answered is None:
        goal = _GOAL_OF.get(understood.intent or "") if understood.answer == "sure" else None
        return correcting.ask_heard(conversation, heard, conversation.goal or goal or "rights")
    return answered


def _understood(conversation: Conversation, understood: Understanding, knowledge: Knowledge, today: date) -> Move:
    """Free text chooses among written answers: sure, or "do you mean", or honestly not understood, never a loop."""
    if understood.answer == "sure" and understood.intent:
        if not conversation.asking:
            return _for_intent(conversation, understood.intent, knowledge, today)
        if _GOAL_OF.get(understood.intent) != conversation.goal:
            return _for_intent_amid(conversation, understood.intent, knowledge, today)
    missed = replace(conversation, misunderstood=conversation.misunderstood + 1)
    if conversation.asking:
        return _not_an_answer(missed, knowledge, today)
    buttons = list(dict.fromkeys(found for intent, _ in understood.intents if (found := _meant(intent))))[:3]
    if understood.answer == "choose" and buttons:
        labels = [label for _, label in buttons]
        human = [interrupts.PERSON] if missed.misunderstood >= 2 and interrupts.PERSON[1] not in labels else []
        other = button("menu", "dialogs.understanding.something_else")
        return Move(missed, (say("dialogs.understanding.did_you_mean", buttons=[*buttons, *human, other]),))
    if missed.misunderstood >= 2:
        ways = [interrupts.PERSON, *interrupts.MENU[:2]]
        return Move(missed, (say("dialogs.understanding.unknown_twice", buttons=ways),))
    kind_no = (
        "dialogs.information.out_of_scope" if understood.intent == OUT_OF_SCOPE else "dialogs.understanding.unknown"
    )
    return Move(missed, (say(kind_no, buttons=interrupts.MENU),))


def _meant(intent: str) -> Button | None:
    """The button for a topic that may be meant: the goal that works it out, or its article."""
    if intent in _GOAL_OF:
        return button(f"goal:{_GOAL_OF[intent]}", _TITLES[_GOAL_OF[intent]])
    article = information.find(intent)
    return (f"info:{article.id}", article.title) if article else None


def _not_an_answer(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """Typed words did not answer the open question: says so and asks again; the second time a human is offered too."""
    if conversation.misunderstood >= 2 and conversation.goal != "request":
        offer = say("dialogs.understanding.unknown_twice", buttons=(interrupts.PERSON, place.MENU))
        return resume(conversation, knowledge, today).after(offer)
    if conversation.asking in place.PLACES:
        return Move(conversation, (place.NOT_FOUND,))
    text_id = "dialogs.request.consent_tap" if conversation.asking == "agreement" else "questions.common.not_understood"
    return _again(conversation, text_id, knowledge, today)


def _for_intent_amid(conversation: Conversation, intent: str, knowledge: Knowledge, today: date) -> Move:
    """What was asked while a question is open; after small things the question comes again."""
    asking = conversation.asking
    if intent == "explain_simpler" and asking and asking in QUESTIONS:
        return explain(conversation, asking, today)
    if intent in ("explain_simpler", "greeting"):
        return resume(conversation, knowledge, today)
    return _for_intent(conversation, intent, knowledge, today)


def _for_intent(conversation: Conversation, intent: str, knowledge: Knowledge, today: date) -> Move:
    if intent in _GOAL_OF:
        return _pursue(conversation, _GOAL_OF[intent], knowledge, today)
    match intent:
        case "delete_data":
            return interrupts.ask_forget(conversation)
        case "change_language":
            return interrupts.choose_language(conversation)
        case "go_back":
            return _back(conversation, knowledge, today)
        case "start_over" | "greeting":
            return interrupts.menu(conversation)
        case "thanks_bye":
            return Move(conversation, (say("dialogs.information.thanks", buttons=interrupts.MENU),))
    return _aside(conversation, articles()[intent], knowledge, today)


def _aside(
    conversation: Conversation, article: Article, knowledge: Knowledge, today: date, *, more: bool = False
) -> Move:
    """An article; the open question comes again after it."""
    understood = replace(conversation, misunderstood=0)
    show = information.show_more if more else information.show
    if not conversation.asking:
        return Move(understood, show(article, on_the_way=False))
    return resume(understood, knowledge, today).after(*show(article, on_the_way=True))


def _topics(conversation: Conversation, group: str) -> Move:
    """The topics, or the articles of one."""
    said = information.topic(group) if group else information.topics()
    return Move(replace(conversation, asking=None), (said or information.topics(),))


def _layer(conversation: Conversation, name: str, rest: str, knowledge: Knowledge, today: date) -> Move:
    """A further layer of the answer that was given."""
    actor = rest if rest in explaining.GOALS[conversation.goal or "rights"].actors else ""
    layers: dict[str, Callable[[], tuple[Say, ...]]] = {
        "because": lambda: explaining.because(conversation, actor, today),
        "more_about": lambda: explaining.more(conversation, today),
        "changes": lambda: explaining.what_changes(conversation, today),
        "keep": lambda: explaining.keep(conversation, today),
        "options": explaining.options,
    }
    if name == "about":
        return proceed(replace(conversation, focus=actor or None), knowledge, today)
    says = layers[name]()
    return Move(conversation, says) if says else resume(conversation, knowledge, today)


def _correct(conversation: Conversation, name: str, rest: str, knowledge: Knowledge, today: date) -> Move:
    """A yes or no to what was read, or an answer to give anew."""
    if name == "heard" and conversation.heard:
        return settle_heard(conversation, rest == "yes", knowledge, today, proceed)
    asked = correcting.ask_anew(conversation, name, rest, today)
    return asked or _again(conversation, "dialogs.understanding.old_button", knowledge, today)


def proceed(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """The next step of the goal that is pursued; the menu without one."""
    if conversation.heard:
        return correcting.still_heard(conversation)
    if conversation.goal in explaining.GOALS:
        return rights.proceed(conversation, today)
    match conversation.goal:
        case "contact":
            return place.contacts(conversation, knowledge, today)
        case "request":
            return request.proceed(conversation, knowledge)
    return Move(replace(conversation, asking=None), (interrupts.menu_words("dialogs.menu.anything_else"),))


def resume(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """Where we were: the open question again, the counsellor, or the menu."""
    if conversation.language is None:
        return interrupts.choose_language(conversation)
    if conversation.talking and conversation.request:
        return Move(conversation, (say("dialogs.request.busy"),))
    return proceed(conversation, knowledge, today)


def _pursue(conversation: Conversation, goal: GoalName, knowledge: Knowledge, today: date) -> Move:
    fresh = replace(
        conversation, goal=goal, asking=None, talking=False, misunderstood=0, heard={}, earlier={}, focus=None
    )
    return proceed(fresh, knowledge, today)


def _switch(conversation: Conversation, code: str, knowledge: Knowledge, today: date) -> Move:
    first = conversation.language is None
    second = conversation.second if code == conversation.language else conversation.language
    spoken = replace(conversation, language=code, second=second)
    if first:
        return interrupts.welcome(spoken, knowledge)
    return resume(spoken, knowledge, today).after(say("dialogs.understanding.switched"))


def _beside(conversation: Conversation, wanted: str, knowledge: Knowledge, today: date) -> Move:
    """Simple Dutch beside the own language, or no more."""
    return _again(replace(conversation, beside=wanted == "on"), "dialogs.understanding.beside", knowledge, today)


def _forget(conversation: Conversation, answer: str, knowledge: Knowledge, today: date) -> Move:
    if answer == "yes" and "forget:yes" in conversation.offered:
        return interrupts.forget(conversation)
    if answer == "no":
        return resume(conversation, knowledge, today).after(say("dialogs.forget.kept"))
    return interrupts.ask_forget(conversation)


def _back(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """One answer is taken back; what follows is computed again."""
    earlier: Conversation | None = None
    if conversation.goal == "request":
        earlier = request.step_back(conversation)
    elif conversation.heard:
        earlier = correcting.drop_heard(conversation)
    elif conversation.goal in explaining.GOALS:
        last = next((fact for fact in reversed(conversation.answered) if fact in QUESTIONS), None)
        earlier = _unanswered(conversation, last) if last else None
    if earlier is None:
        return interrupts.menu(conversation).after(say("dialogs.understanding.nothing_back"))
    return _again(earlier, "dialogs.understanding.went_back", knowledge, today)


def _unanswered(conversation: Conversation, fact: str) -> Conversation:
    """Without the last answer; where an outcome was told already, it is kept in mind to say what changes."""
    before = conversation.earlier or ({} if conversation.asking else dict(conversation.facts))
    return replace(conversation.forgetting(fact), earlier=before)


def _again(conversation: Conversation, text_id: str, knowledge: Knowledge, today: date) -> Move:
    """Something could not be taken: says so kindly and stands where we were. Nothing is lost."""
    return resume(conversation, knowledge, today).after(say(text_id))


def _message(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    says = rights.message_for_school(conversation, today)
    return Move(conversation, says) if says else resume(conversation, knowledge, today)


def _send(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """The message for the school as a request to it: only what is still missing is asked, and then whether they agree."""
    says = rights.message_for_school(conversation, today)
    if not says:
        return resume(conversation, knowledge, today)
    words = render(says[-1:], conversation.language)[-1].text
    return _pursue(
        conversation.with_draft(need=words, kind_of_help="work", actor="school"), "request", knowledge, today
    )
