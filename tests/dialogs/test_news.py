"""What the host tells a conversation: it is said in the person's language and takes nothing from them."""

from __future__ import annotations

import pytest

from dialogs.news import RequestChanged
from dialogs.turn import hear
from person import Person


def _asked() -> Person:
    """Somebody whose request waits, and who is asked where they live for something else."""
    person = Person().opens().taps("person").says("Ik zoek werk in een winkel.").taps("kind:work")
    person.says("Utrecht").taps("who:gemeente").taps("consent:yes")
    return person.taps("menu").taps("goal:rights")


@pytest.mark.parametrize("change", ["claimed", "released", "closed"])
def test_what_became_of_a_request_is_said(change: str) -> None:
    """A request that is taken, given back or closed is told in words, and the name of who took it is among them."""
    person = _asked()
    turn = hear(person.conversation, RequestChanged(change, "Coach A"))  # type: ignore[arg-type]
    person.takes(turn)
    assert person.sees(f"dialogs.request.{change}")
    assert ("Coach A" in person.replies[0].text) is (change == "claimed")
    assert person.conversation.request == {"claimed": "claimed", "released": "waiting", "closed": None}[change]


def test_an_answer_speaks_for_itself() -> None:
    """A counsellor's answer needs no notice beside it; from then on the request has somebody."""
    turn = hear(_asked().conversation, RequestChanged("answered", "Coach A"))
    assert not turn.replies
    assert turn.conversation.helper == "Coach A"


def test_news_leaves_the_open_question_open() -> None:
    """Somebody who is asked something can still answer it, by button or by its words, after news came in between."""
    person = _asked()
    asking, first = person.asking, person.buttons[0]
    person.takes(hear(person.conversation, RequestChanged("claimed", "Coach A")))
    assert person.asking == asking
    person.says(first.label)
    assert asking in person.conversation.facts
