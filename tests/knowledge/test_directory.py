"""Which organisations can be reached."""

from knowledge.directory import ConnectedOrganisation, Directory

HERE = ConnectedOrganisation(id="a", kind="gemeente", name="Gemeente A", municipalities=frozenset(("0344", "0310")))
SCHOOL = ConnectedOrganisation(id="b", kind="pro", name="School B", municipalities=frozenset(("0344",)))
DIRECTORY = Directory((HERE, SCHOOL))


def test_an_organisation_is_found_by_its_id() -> None:
    """By id, and None for one that is not (or no longer) connected."""
    assert DIRECTORY.get("b") == SCHOOL
    assert DIRECTORY.get("z") is None
    assert DIRECTORY.get(None) is None


def test_who_serves_a_municipality() -> None:
    """Only organisations of the kind that serve the municipality, in their order."""
    assert DIRECTORY.serving("gemeente", "0310") == (HERE,)
    assert DIRECTORY.serving("pro", "0310") == ()
    assert DIRECTORY.serving("vso", "0344") == ()
    assert Directory().serving("pro", "0344") == ()
