"""The column register: whole, in the export whole, in erasing whole, and the source of the processing register."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.conversations.models import conversation
from backend.persons.erasing import erase_person
from backend.persons.export import export_person
from backend.register import reading, walking
from backend.register.checking import register_complete, unnamed
from backend.register.document import as_csv, as_markdown
from backend.register.reading import BadRegister, Register, read_register, register_problems, the_register
from backend.register.walking import tables_about_person
from backend.schema import metadata
from locales import source_texts
from world import World

TOML = Path(reading.__file__).with_name("columns.toml").read_text("utf-8")
DOCUMENT = Path(__file__).parents[2] / "docs" / "processing-register.md"
NOTE = """
[novelty]
about = "person"
purpose = "conversation"
basis = "task"
sensitivity = "special"
retention = "request"
in_export = true
[novelty.columns]
id = {}
person_id = { in_export = false }
words = { sealed = "text" }
"""


@pytest.fixture
def note() -> Iterator[sa.Table]:
    """A table about persons that somebody just thought of."""
    table = sa.Table(
        "novelty",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("words", sa.LargeBinary, nullable=False),
    )
    yield table
    metadata.remove(table)


def test_every_column_has_its_entry() -> None:
    """Each column of each table says why, on what ground, how long, how sensitive, whom it is about, and whether exported."""
    assert list(register_complete(source_texts(), metadata)) == []
    columns = [column for entry in the_register().tables.values() for column in entry.columns.values()]
    assert len(columns) == sum(len(table.c) for table in metadata.tables.values())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("token_hash = { purpose", "token_hsah = { purpose", ["conversation.token_hash has no entry", "no column"]),
        ("[outbox]", "[outbux]", ["table outbox has no entry", "no table outbux"]),
        ('purpose = "consent"\nbasis', 'purpose = "consnt"\nbasis', ["'consnt' is none of"]),
        ('state = { sealed = "json"', "state = { in_export = true", ["conversation.state: exported bytes"]),
        ('about = "counsellor"', 'about = "counselor"', ["'counselor' is none of"]),
        ("password_hash = {}", "password_hash = { in_export = true }", ["counsellor is not about a person"]),
    ],
)
def test_what_is_missing_or_wrong_is_named(old: str, new: str, said: list[str]) -> None:
    """A column that is forgotten, misspelt or given a reason that does not exist is named by the checks."""
    toml = TOML.replace(old, new).replace(
        "[outbox.columns]", "[outbux.columns]" if old == "[outbox]" else "[outbox.columns]"
    )
    found = "\n".join(register_problems(read_register(toml), metadata))
    assert all(each in found for each in said), found


@pytest.mark.parametrize("line", ["basis", "retention", "in_export"])
def test_an_entry_that_lacks_something_is_refused(line: str) -> None:
    """A table whose columns would have no ground, no term or no word about the export cannot even be read."""
    lacking = "\n".join(each for each in NOTE.splitlines() if not each.startswith(line))
    with pytest.raises(BadRegister, match=f"novelty.*missing: {line}"):
        read_register(TOML + lacking)
    with pytest.raises(BadRegister, match="unknown: colour"):
        read_register(TOML + NOTE.replace("id = {}", "id = { colour = 1 }"))


def test_a_new_table_cannot_be_forgotten(note: sa.Table) -> None:
    """A table that has no entry, or whose rows nobody could find, is named before it can reach anybody."""
    assert "register: table novelty has no entry" in list(register_problems(the_register(), metadata))
    assert list(register_problems(_with_note(), metadata)) == []
    assert "held.novelty.words is missing" in "\n".join(unnamed(_with_note(), source_texts()))
    metadata.remove(note)
    sa.Table("novelty", metadata, *(sa.Column(name, sa.LargeBinary) for name in ("id", "words")))
    found = "\n".join(register_problems(_with_note(), metadata))
    assert "nothing says whose a row is" in found


def test_a_table_that_is_not_loaded_stops_the_erasing() -> None:
    """Where the register knows a table that the process does not, erasing stops instead of leaving something behind."""
    with pytest.raises(LookupError, match="novelty"):
        tables_about_person(_with_note())


def test_a_new_table_is_exported_and_erased_by_itself(
    fresh: World, note: sa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table with an entry is in the export, opened, and is emptied by erasing, without a line of code for it."""
    person, other = fresh.person(), fresh.person()
    vault = fresh.service.host.vault
    for module in (walking,):
        monkeypatch.setattr(module, "the_register", _with_note)
    rows = {one.id: one for one in fresh.rows(sa.select(conversation))}
    mine, theirs = rows[person.id], rows[other.id]

    def work(db: sa.Connection) -> dict[str, object]:
        note.create(db.connection)  # type: ignore[attr-defined]
        for id, of in (("a", mine), ("b", theirs)):
            sealed = vault.seal(db, of.person_id, "novelty.words", id, b"iets nieuws")  # type: ignore[arg-type]
            db.execute(sa.insert(note), {"id": id, "person_id": of.person_id, "words": sealed})
        exported = export_person(db, vault, mine)  # type: ignore[arg-type]
        erase_person(db, vault, mine.person_id, actor="person")  # type: ignore[arg-type]
        return exported

    assert fresh.do(work)["novelty"] == [{"id": "a", "words": "iets nieuws"}]
    assert [row.id for row in fresh.rows(sa.select(note))] == ["b"]


def _with_note() -> Register:
    return read_register(TOML + NOTE)


def test_the_processing_register_is_current() -> None:
    """The committed register of processing is the one that this release's columns make."""
    assert DOCUMENT.read_text("utf-8") == as_markdown(the_register())


def test_each_column_is_a_line_of_the_table() -> None:
    """The register as CSV has one line for each column, none of them with an empty cell."""
    head, *lines = csv.reader(io.StringIO(as_csv(the_register())))
    assert len(lines) == sum(len(table.c) for table in metadata.tables.values())
    assert all(len(line) == len(head) and all(line) for line in lines)
