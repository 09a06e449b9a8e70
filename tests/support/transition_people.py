"""The people around an overgangsdocument: who says what is theirs, the old school that adds to it, the gemeente that reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import unescape
from typing import Any

import httpx

from desk_world import hidden
from world import Counsellor, Person, World

Json = dict[str, Any]
SCHOOL_WORDS = {"contact": "Vraag naar Coach A.", "skills": "Werkt netjes.", "support": "Korte uitleg helpt."}


def own_part(person: Person, *, school: str = "pro", skills: str = "Ik repareer fietsen.") -> list[Json]:
    """Says what is theirs: a name, a tap, own words; the rest is left out. Gives the last replies."""
    person.taps("goal:transition")
    person.chooses(f"a:school_type:{school}")
    if school == "mbo":
        person.chooses("a:diploma:true")
    person.says("Sam")
    person.chooses("transition:pick:reach:chat")
    person.chooses("transition:next:reach")
    person.chooses("transition:skip:career")
    person.chooses("transition:pick:experience:none")
    person.chooses("transition:pick:skills:hands")
    person.says(skills)
    person.chooses("transition:pick:wish:work")
    person.chooses("transition:next:wish")
    person.chooses("transition:skip:work")
    return person.chooses("transition:skip:support")


def offers(person: Person, *, age: str | None = "19", agrees: bool = True) -> list[Json]:
    """Lets the school of the demo region take part, or not; gives the last replies."""
    person.chooses("transition:school")
    if age:
        person.chooses(f"a:age:{age}")
    person.says("Utrecht")
    person.chooses("transition:with")
    return person.chooses("transition:share" if agrees else "transition:unshare")


def texts(replies: Sequence[Json]) -> str:
    """Everything that the replies say."""
    return "\n".join(reply["text"] for reply in replies)


class DocumentDesk:
    """A counsellor at the page of a document."""

    def __init__(self, counsellor: Counsellor) -> None:
        self.counsellor = counsellor
        self.http: httpx.Client = counsellor.http

    def newest(self) -> str:
        """The id of the newest request that came with a document."""
        found = [one for one in self.counsellor.requests() if one["kind_of_help"] == "transition_document"]
        # Some can be of one second: who waits comes after who was helped, and stands lower the later it came.
        last = max(enumerate(found), key=lambda one: (str(one[1]["created_at"]), one[1]["status"] == "waiting", one[0]))
        return str(last[1]["id"])

    def all(self) -> list[str]:
        """The ids of all requests with a document."""
        found = self.counsellor.requests()
        return [one["id"] for one in found if one["kind_of_help"] == "transition_document"]

    def page(self, request_id: str) -> httpx.Response:
        """The page of the document, as it is."""
        return self.http.get(f"/desk/requests/{request_id}/document")

    def file(self, request_id: str, kind: str) -> httpx.Response:
        """The file, as it is."""
        return self.http.get(f"/desk/requests/{request_id}/document.{kind}")

    def does(self, action: str, request_id: str, **filled: str | list[str]) -> httpx.Response:
        """Fills in the page's form and presses a button."""
        csrf = hidden(self.page(request_id).text, "csrf")
        data = {"csrf": csrf, **{name.replace("__", "-"): value for name, value in filled.items()}}
        return self.http.post(f"/desk/requests/{request_id}/document/{action}", data=data)

    def gives(self, request_id: str, words: dict[str, str] | None = None, **more: str | list[str]) -> httpx.Response:
        """Takes the request, writes the school's part and gives it to the person."""
        self.counsellor.does("claim", request_id)
        filled = {f"{field}__words": text for field, text in (words or SCHOOL_WORDS).items()}
        return self.does("give", request_id, **filled, **more)


@contextmanager
def document_desk(world: World, kind: str) -> Iterator[DocumentDesk]:
    """A counsellor of an organisation of the demo region."""
    with world.counsellor(kind) as counsellor:
        yield DocumentDesk(counsellor)


def sent_document(world: World, *, school: str = "pro", language: str = "nl", **own: str) -> tuple[Person, str]:
    """Somebody whose document went the whole way to the gemeente, and the id of its request there."""
    person = world.person(language)
    own_part(person, school=school, **own)
    offers(person, age=None if school == "mbo" else "19")
    with document_desk(world, school) as desk:
        desk.gives(desk.newest())
    person.taps("transition:show")
    person.sees += person.messages(person.sees[-1]["number"])
    person.chooses("transition:yes")
    with document_desk(world, "gemeente") as desk:
        return person, desk.newest()


def read_page(html: str) -> str:
    """The words of a page."""
    return unescape(re.sub(r"<[^>]+>", " ", html))
