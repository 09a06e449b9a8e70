"""What the desk may read of a conversation: what belongs to the request, and nothing else."""

from __future__ import annotations

from world import World


def test_the_desk_reads_what_was_said_about_the_request_only(verder: World) -> None:
    """Questions answered beside an open request, and words after its end, never reach the desk."""
    person = verder.person()
    person.asks_for_help("Ik zoek iets in de bouw.")
    person.says("Liefst dicht bij huis.")
    with verder.counsellor() as coach:
        request_id = next(one["id"] for one in coach.requests() if one["status"] == "waiting")
        person.chooses("menu")
        person.chooses("goal:rights")
        person.says("speciaal onderwijs, vso")
        opened = coach.opens(request_id)
        assert opened["need"] == "Ik zoek iets in de bouw."
        words = [message["text"] for message in opened["messages"]]
        assert "Liefst dicht bij huis." in words
        assert not any("vso" in word.lower() for word in words)
        coach.does("claim", request_id)
        coach.does("reply", request_id, text="Dag! Wat kun je al?")
        coach.does("close", request_id)
        person.says("Dit is voor niemand bij de gemeente.")
        assert "Dit is voor niemand" not in str(coach.opens(request_id))
    seen = [(message["from"], message["text"]) for message in person.messages()]
    assert ("counsellor", "Dag! Wat kun je al?") in seen
