"""The overgangsdocument through every door: made together, read by the person, sent only as agreed, closed at once."""

from __future__ import annotations

import sqlalchemy as sa

from backend.audit import audit_event
from backend.consents.recorded import Said, record_at_desk
from backend.consents.service import active_consents
from backend.db import Transaction, now
from backend.my_data.withdrawing import withdraw
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import organisation
from backend.support_requests.models import support_request
from backend.transition_documents.models import transition_document, transition_sending
from desk_world import hidden
from dialogs.transition_news import RECEIVING_GROUPS
from transition_people import DocumentDesk, document_desk, offers, own_part, read_page, sent_document, texts
from world import Person, World

HOSTILE = '"><script>alert(1)</script>=cmd|calc {{7*7}} \u202eomgekeerd'


def test_the_whole_way(fresh: World) -> None:
    """What the person says and the school adds reaches the gemeente only after the person read it and agreed."""
    person = fresh.person()
    assert "Ik repareer fietsen." in texts(own_part(person))
    assert "kan je deel nu lezen" in texts(offers(person))
    with document_desk(fresh, "pro") as school, document_desk(fresh, "gemeente") as gemeente:
        request_id = school.newest()
        assert gemeente.all() == []
        assert "Ik repareer fietsen." in read_page(school.page(request_id).text)
        given = school.gives(request_id, told="internship")
        assert given.headers["location"].endswith("/document?done=give")
        told = person.messages(person.sees[-1]["number"])
        assert "heeft het blad aangevuld" in texts(told)
        shown = person.taps("transition:show")
        assert {"Sam", "Werkt netjes."} <= set(texts(shown).replace("\u2068", "\n").replace("\u2069", "\n").split("\n"))
        assert "Mag ik dit blad sturen naar Demo Gemeente?" in texts(shown)
        assert gemeente.all() == []
        assert "Je blad is bij Demo Gemeente." in texts(person.chooses("transition:yes"))
        (there,) = gemeente.all()
        page = gemeente.page(there)
        assert page.status_code == 200
        assert {"Sam", "Werkt netjes."} <= set(
            read_page(page.text).replace("\u2068", "|").replace("\u2069", "|").split("|")
        )
        assert "Naar Demo Gemeente gestuurd" in read_page(school.page(request_id).text)


def test_who_looked_what_is_held_and_erasing_it(fresh: World) -> None:
    """Whoever looks or downloads leaves an entry that the person sees; the export has both parts and where it was sent;
    after erasing nothing of it is left or opens."""
    person, there = sent_document(fresh)
    with document_desk(fresh, "gemeente") as gemeente:
        gemeente.page(there)
        gemeente.file(there, "pdf")
    rows = fresh.rows(sa.select(audit_event.c.action, audit_event.c.person_id, audit_event.c.basis))
    mine = person.get("export").json()
    actions = [row.action for row in rows if row.person_id]
    assert {"document.begin", "document.offer", "document.ready", "document.send"} <= set(actions)
    assert {"document.open", "document.export"} <= {event["action"] for event in mine["who_looked"]}
    assert all("2.31b" in row.basis for row in rows if row.action.startswith("document."))
    assert mine["transition_sendings"][0]["received_at"]
    assert mine["transition_sendings"][0]["organisation"] == "Demo Gemeente"
    lines = mine["transition_document"][0]["content"]["lines"]
    assert {"Sam", "Werkt netjes."} <= {line.get("words") for line in lines}
    ids = [row.person_id for row in fresh.rows(_own_document(person.id))]
    assert person.http.delete(person.path, headers=person.headers).status_code == 200
    with document_desk(fresh, "gemeente") as gemeente:
        assert gemeente.page(there).status_code in (404, 410)
    assert ids
    assert fresh.rows(sa.select(transition_sending.c.id).where(transition_sending.c.person_id.in_(ids))) == []


def test_without_a_yes_the_school_reads_nothing(fresh: World) -> None:
    """A request for help shows the school no document; it can only propose one, and a no leads to help."""
    person = fresh.person()
    own_part(person)
    person.chooses("person")
    person.says("Ik zoek werk.")
    person.chooses("kind:work")
    person.says("Utrecht")
    person.chooses("who:school")
    person.chooses("school:")
    person.chooses("consent:yes")
    with document_desk(fresh, "pro") as school:
        (request_id,) = [one["id"] for one in school.counsellor.requests() if one["kind_of_help"] == "work"]
        page = school.page(request_id).text
        assert "deelt nog geen overgangsdocument" in read_page(page)
        assert "Ik repareer fietsen." not in read_page(page)
        assert school.file(request_id, "pdf").status_code == 409
        school.counsellor.does("claim", request_id)
        refused = school.does("give", request_id, skills__words="Werkt netjes.")
        assert (refused.status_code, "geen toestemming" in refused.text) == (409, True)
        assert school.does("invite", request_id).status_code == 303
    invited = person.messages(person.sees[-1]["number"])
    assert "wil samen met jou een overgangsdocument maken" in texts(invited)
    person.sees += invited
    last = person.chooses("transition:later")[-1]
    assert {"person", "menu", "contact"} <= {choice["id"] for choice in last["choices"]}


def test_somebody_else_than_the_receiver_finds_nothing(fresh: World) -> None:
    """Other organisations and other requests have no document; forged buttons send none."""
    person, there = sent_document(fresh)
    stranger = fresh.person()
    stranger.taps("transition:yes:0123456789abcdef")
    stranger.asks_for_help()
    with document_desk(fresh, "mbo") as mbo, document_desk(fresh, "gemeente") as gemeente:
        assert mbo.page(there).status_code == 404
        assert mbo.file(there, "docx").status_code == 404
        (ordinary,) = [one["id"] for one in gemeente.counsellor.requests() if one["kind_of_help"] == "work"][-1:]
        assert gemeente.page(ordinary).status_code == 404
        assert gemeente.file(there, "exe").status_code == 404
        assert gemeente.http.post(f"/desk/requests/{there}/document/give", data={"csrf": "x"}).status_code == 403
        assert gemeente.does("give", there, skills__words="x").status_code == 404
    assert person.id != stranger.id


def test_under_18_at_pro_the_parents_come_first(fresh: World) -> None:
    """Before the parents agreed there is no document to write, read or send; the mbo asks nobody else at 17."""
    person = fresh.person()
    own_part(person)
    offers(person, age="17")
    assert "Je ouders of voogd beslissen mee" in texts(person.sees)
    with document_desk(fresh, "pro") as school:
        request_id = school.newest()
        school.counsellor.does("claim", request_id)
        assert "Eerst moeten de ouders of voogd" in read_page(school.page(request_id).text)
        assert school.does("give", request_id, skills__words="Werkt netjes.").status_code == 409
        assert school.file(request_id, "pdf").status_code == 409
        assert "moeten eerst ja zeggen" in texts(person.taps("transition:show"))
        _parents_agree(fresh, request_id)
        assert school.does("give", request_id, skills__words="Werkt netjes.").status_code == 303
    shown = person.taps("transition:show")
    person.sees += shown
    assert "Werkt netjes." in texts(shown)
    assert "Je blad is bij Demo Gemeente." in texts(person.chooses("transition:yes"))
    with document_desk(fresh, "gemeente") as gemeente:
        there = gemeente.newest()
        assert gemeente.page(there).status_code == 200
        _parents_take_back(fresh, request_id)
        assert gemeente.page(there).status_code in (409, 410)
        assert gemeente.file(there, "pdf").status_code in (409, 410)


def test_on_mbo_nobody_else_is_asked(fresh: World) -> None:
    """At 17 somebody of mbo decides alone (WEB 9.2.13), and the document arrives."""
    person, there = sent_document(fresh, school="mbo")
    assert "ouders" not in texts(person.sees)
    with document_desk(fresh, "gemeente") as gemeente:
        assert gemeente.page(there).status_code == 200


def test_another_content_is_not_what_was_agreed_to(fresh: World) -> None:
    """After a change the gemeente reads nothing until the person read the new document and agreed again."""
    person, there = sent_document(fresh)
    with document_desk(fresh, "gemeente") as gemeente:
        assert gemeente.page(there).status_code == 200
        person.taps("goal:transition")
        person.taps("transition:redo:name")
        assert "Demo Gemeente kan het niet meer lezen" in texts(person.says("Noor"))
        assert gemeente.page(there).status_code == 409
        assert gemeente.file(there, "pdf").status_code == 409
        person.sees += person.taps("transition:show")
        person.chooses("transition:yes")
        (anew,) = (id for id in gemeente.all() if id != there)
        assert "Noor" in read_page(gemeente.page(anew).text)


def test_a_line_that_is_not_right_is_seen_by_the_school(fresh: World) -> None:
    """The objection stands on the document until the school writes something else; the school's change takes it off."""
    person = fresh.person()
    own_part(person)
    offers(person)
    with document_desk(fresh, "pro") as school:
        request_id = school.newest()
        school.gives(request_id)
        person.sees += person.taps("transition:show")
        person.chooses("transition:wrong")
        person.chooses("transition:line:school.skills")
        assert "De jongere zegt: dit klopt niet." in read_page(school.page(request_id).text)
        school.does("give", request_id, skills__words="Werkt netjes.", contact__words="Bel ons.")
        assert "klopt niet, zegt de jongere" in texts(person.taps("transition:show"))
        school.does("give", request_id, skills__words="Werkt graag netjes.")
        assert "klopt niet, zegt de jongere" not in texts(person.taps("transition:show"))


def test_the_school_looks_up_what_the_person_says(fresh: World) -> None:
    """A ticked line of the person is marked as checked; when the person changes it, it is only said again."""
    person = fresh.person()
    own_part(person)
    offers(person)
    with document_desk(fresh, "pro") as school:
        request_id = school.newest()
        school.gives(request_id, own=["name", "career"])
    shown = texts(person.taps("transition:show"))
    assert "Sam\u2069 (school heeft dit nagekeken)" in shown
    assert "School en papieren: nog niet bekend" in shown
    person.taps("transition:redo:name")
    person.says("Noor")
    assert "Noor\u2069 (zelf gezegd)" in texts(person.taps("transition:show"))


def test_a_draft_is_kept_and_not_shown(fresh: World) -> None:
    """What the school keeps as a draft is there the next time, and the person reads it only once it is given."""
    person = fresh.person()
    own_part(person)
    offers(person)
    with document_desk(fresh, "pro") as school:
        request_id = school.newest()
        school.counsellor.does("claim", request_id)
        school.does("draft", request_id, skills__words="Nog niet af.", skills__told="parents", skills__checked="1")
        page = school.page(request_id).text
        assert "Nog niet af." in page
        assert '<option value="parents" selected>' in page
        assert school.does("give", request_id, skills__words="x" * 1501).status_code == 422
        shown = texts(person.taps("transition:show"))
        assert "Nog niet af." not in shown
        assert "Je school is nog niet klaar." in shown


def test_taking_a_yes_back_closes_it_at_once(fresh: World) -> None:
    """By the lock, the button, "my data" or throwing it away: neither page nor file opens, and it can be sent anew."""
    person, there = sent_document(fresh)
    with document_desk(fresh, "gemeente") as gemeente:
        lock = f"{person.path}/restrict"
        assert person.http.post(lock, headers=person.headers).status_code == 200
        assert gemeente.page(there).status_code == 409
        assert person.http.delete(lock, headers=person.headers).status_code == 200
        assert gemeente.page(there).status_code == 200
        assert "kan je blad niet meer lezen" in texts(person.taps("transition:back"))
        assert {gemeente.page(there).status_code, gemeente.file(there, "pdf").status_code} <= {404, 410}
        there = _sends_again(person, gemeente)
        given = [each for each in person.get("consents").json()["consents"] if each["purpose"] == "transition_document"]
        active = next(each["id"] for each in given if each["given"] and not each["withdrawn_at"])
        withdraw = f"{person.path}/consents/{active}/withdraw"
        assert person.http.post(withdraw, headers=person.headers).status_code == 200
        assert {gemeente.page(there).status_code, gemeente.file(there, "docx").status_code} <= {404, 410}
        there = _sends_again(person, gemeente)
        person.taps("goal:transition")
        person.taps("transition:drop")
        person.taps("transition:drop:yes")
        assert gemeente.page(there).status_code in (404, 410)


def _sends_again(person: Person, gemeente: DocumentDesk) -> str:
    """Reads it again and agrees anew; the id of the new request, which opens."""
    person.sees += person.taps("transition:show")
    person.chooses("transition:yes")
    there = gemeente.newest()
    assert gemeente.page(there).status_code == 200
    return there


def test_erasing_in_the_middle_leaves_nothing(fresh: World) -> None:
    """Who is erased while the school writes is gone: the school's next act finds nothing, and no row stays."""
    person = fresh.person()
    own_part(person)
    offers(person)
    with document_desk(fresh, "pro") as school:
        request_id = school.newest()
        school.counsellor.does("claim", request_id)
        csrf = hidden(school.page(request_id).text, "csrf")
        ids = [row.person_id for row in fresh.rows(_own_document(person.id))]
        assert person.http.delete(person.path, headers=person.headers).status_code == 200
        data = {"csrf": csrf, "skills-words": "Te laat."}
        assert school.http.post(f"/desk/requests/{request_id}/document/give", data=data).status_code in (404, 410)
        assert school.page(request_id).status_code in (404, 410)
    left = sa.select(transition_document.c.id).where(transition_document.c.person_id.in_(ids))
    assert ids
    assert fresh.rows(left) == []


def test_the_gemeente_may_write_and_the_person_may_answer(fresh: World) -> None:
    """What the consent says about writing holds: an answer comes into the chat, and goes back to who asked."""
    person, there = sent_document(fresh)
    with document_desk(fresh, "pro") as school:
        (made,) = [one for one in school.all() if school.counsellor.opens(one)["mine"]][-1:]
        school.counsellor.does("close", made)
    with document_desk(fresh, "gemeente") as gemeente:
        gemeente.counsellor.does("claim", there)
        gemeente.counsellor.does("reply", there, text="Wanneer kun je komen?")
        assert "Wanneer kun je komen?" in texts(person.messages(person.sees[-1]["number"]))
        person.taps("person")
        person.says("Dinsdag kan ik.")
        assert "Dinsdag kan ik." in texts(gemeente.counsellor.opens(there)["messages"])
        gemeente.counsellor.does("close", there)
    assert "klaar met je blad" in texts(person.messages(person.sees[-1]["number"]))


def test_hostile_words_stay_words(fresh: World) -> None:
    """Markup, formulas and signs that turn text around are shown as they were typed, and nothing of them runs."""
    person, there = sent_document(fresh, skills=HOSTILE)
    with document_desk(fresh, "gemeente") as gemeente:
        page = gemeente.page(there).text
        assert "<script>alert" not in page
        assert "=cmd|calc" in read_page(page)
        assert "\u202e" not in page
        for kind in ("pdf", "docx"):
            file = gemeente.file(there, kind)
            assert file.headers["content-disposition"] == f'attachment; filename="overgangsdocument.{kind}"'
            assert "no-store" in file.headers["cache-control"]
    assert person.get("export").status_code == 200


def _own_document(conversation_id: str) -> sa.Select[tuple[str]]:
    return sa.select(transition_document.c.person_id).where(transition_document.c.conversation_id == conversation_id)


def _parents_take_back(world: World, request_id: str) -> None:
    """The counsellor of the school records that the parent changed their mind."""

    def work(db: Transaction) -> None:
        request = db.execute(sa.select(support_request).where(support_request.c.id == request_id)).one()
        given = next(one for one in active_consents(db, request.person_id) if one.given_by == "parents")
        who = Counsellor(request.claimed_by, request.organisation_id, "Coach A")
        withdraw(db, world.service.host.vault, request.person_id, given.id, by=who)

    world.do(work)


def _parents_agree(world: World, request_id: str) -> None:
    """A counsellor of the school records what a parent said."""

    def work(db: Transaction) -> None:
        request = db.execute(sa.select(support_request).where(support_request.c.id == request_id)).one()
        gemeente = db.execute(sa.select(organisation).where(organisation.c.kind == "gemeente")).one()
        record_at_desk(
            db,
            world.service.host.vault,
            Counsellor(request.claimed_by, request.organisation_id, "Coach A"),
            person_id=request.person_id,
            conversation_id=request.conversation_id,
            purpose="transition_document",
            recipient=gemeente.id,
            recipient_name=gemeente.name,
            data_groups=RECEIVING_GROUPS,
            said=Said(given_by="parents", giver="moeder", how="talk", said_at=now()),
        )

    world.do(work)
