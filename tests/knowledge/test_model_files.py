"""Promises about the trained models and the files they come from: fresh, small, plain numbers, the same everywhere."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.embedding import NoEmbedding, check_answers
from knowledge.example_sentences import FOLDER, Example, all_examples, fingerprint, read_examples
from knowledge.features import BUCKETS, bare_text, counted, rows, rows_of
from knowledge.language_guess import load_language_words
from knowledge.linear_model import load_model
from knowledge.numbers_file import Damaged, read_numbers
from knowledge.spelling import plain_words
from knowledge.understand import MODELS, load_understanding

MODES = ("full", "classic")
GUESSES = [
    ("Ik zoek een baan in de buurt", "nl"), ("where can i find help with my cv", "en"),
    ("staj yeri bulamıyorum ne yapabilirim benim için", "tr"), ("jak mogę znaleźć pracę", "pl"),
    ("waxaan rabaa inaan shaqo helo", "so"), ("busco trabajo pero no tengo diploma", "es"),
    ("je cherche un stage pour mon école", "fr"), ("mi ta buska trabou, kon mi por haña esaki", "pap"),
    ("أبحث عن عمل في المدينة", "ar"), ("چطور کار پیدا کنم", "fa"), ("من در مدرسه", "fa"), ("Я шукаю роботу", "uk"),
    ("ስራሕ እደሊ ኣለኹ", "ti"), ("doorstroompunt እንታይ እዩ ንዓይ ድዩ", "ti"), ("123 ?!", None), ("diploma", None),
    ("xyz", None), ("", None),
]  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_the_models_are_newer_than_their_files(mode: str) -> None:
    """Both models were trained from the example files as they are; else: python -m backend.training."""
    assert load_model(MODELS / f"{mode}.npz").made_from == fingerprint()
    assert json.loads((MODELS / "report.json").read_text("utf-8"))["made_from"] == fingerprint()


def test_the_models_are_small() -> None:
    """Both models together stay under six megabytes in the repository."""
    assert sum(path.stat().st_size for path in MODELS.iterdir()) < 6e6


@pytest.mark.parametrize("mode", MODES)
def test_a_model_gives_chances(mode: str) -> None:
    """The chances of all labels add up to one, with and without known words; the embedding counts where there is one."""
    model = load_model(MODELS / f"{mode}.npz")
    assert len(model.labels) == 63
    for words in (("ik", "zoek", "werk"), (), ("zzzzqqq",)):
        assert sum(model.chances(words).values()) == pytest.approx(1)
    if model.embedding:
        vector = [number + (at == 3) for at, number in enumerate(model.centre)]
        assert model.chances(("werk",), vector) != model.chances(("werk",))
        assert sum(model.chances(("werk",), model.centre).values()) == pytest.approx(1)


def test_gibberish_is_not_familiar() -> None:
    """Loose letters on a keyboard are hardly familiar, and a question with a typing mistake is."""
    model = load_model(MODELS / "classic.npz")
    assert model.familiar(("xqzt",)) < 0.5 < model.familiar(("dpiloma", "kwijt"))
    assert model.familiar(()) == 0


def test_features_are_the_same_on_every_machine() -> None:
    """Hashed features are fixed numbers, since a trained model relies on them."""
    pieces, whole = counted(("hoi", "daar"))
    assert sorted(whole) == sorted((_crc("w hoi"), _crc("w daar"), _crc("p hoi daar")))
    assert set(pieces) >= {_crc(" hoi "), _crc("oi")}


def test_what_was_never_seen_makes_the_rest_count_less() -> None:
    """A word nobody taught lowers the weight of the known ones beside it."""
    known = rows_of([_crc("w werk")])
    (alone,) = rows(("werk",), known, [2.0], 3.0)
    (beside,) = rows(("werk", "blub"), known, [2.0], 3.0)
    assert alone[0] == beside[0] == 0
    assert 0 < beside[1] < alone[1]


def test_a_bare_text_hides_nothing() -> None:
    """Control characters go, so that nothing can be hidden behind them; the text stays within its limit."""
    assert bare_text(" Ik\0 wil\u202e\n werk\ud800 ") == "ik wil werk"
    assert bare_text("می\u200cخواهم") == "می\u200cخواهم"
    assert len(bare_text("ﷺ" * 5_000)) <= 600


def test_the_reader_takes_plain_numbers_only(tmp_path: Path) -> None:
    """A part that is not an array, or an array of objects, is refused by name."""
    path = tmp_path / "bad.npz"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("text.npy", b"hello")
    with pytest.raises(ValueError, match="text"):
        read_numbers(path)
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("objects.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(ValueError, match="objects"):
        read_numbers(path)


def _spoilt(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    match how:
        case "one byte":
            content[len(content) // 2] ^= 0xFF
            path.write_bytes(content)
        case "half":
            path.write_bytes(content[: len(content) // 2])
        case "no model":
            shutil.copy(MODELS / "golden.npz", path)
        case "a row without its rarity":
            _rewrite(path, "rarity.npy", lambda part: part[:-4])
        case "a bucket that is none":
            _rewrite(path, "buckets.npy", lambda part: part[:-4] + b"\xff\xff\xff\x7f")
        case "other mode":
            shutil.copy(MODELS / "full.npz", path)
        case _:
            path.unlink()


def _rewrite(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, change(content) if name == part else content)


@pytest.mark.parametrize(
    "how",
    ["one byte", "half", "no model", "a row without its rarity", "a bucket that is none", "other mode", "gone"],
)
def test_a_damaged_model_is_refused_at_the_start(how: str, tmp_path: Path) -> None:
    """A model that is not whole, not there or not for this mode is never used; what to do is said in one line."""
    models = Path(shutil.copytree(MODELS, tmp_path / "model"))
    _spoilt(models / "classic.npz", how)
    with pytest.raises(Damaged, match=r"^classic\.npz is missing or damaged \(.+\): install this version again"):
        load_understanding(models=models, extra=False)


@pytest.mark.parametrize("how", ["one byte", "gone", "no answers"])
def test_without_its_known_answers_the_embedding_is_not_used(how: str, tmp_path: Path) -> None:
    """What cannot be compared is not trusted."""
    golden = Path(shutil.copy(MODELS / "golden.npz", tmp_path))
    if how == "no answers":
        shutil.copy(MODELS / "classic.npz", golden)
    else:
        _spoilt(golden, how)
    with pytest.raises(NoEmbedding, match="cannot be read"):
        check_answers(lambda _text: [0.0], golden)


def test_numbers_are_read_on_machines_that_count_the_other_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a big-endian machine the bytes are swapped."""
    straight = read_numbers(MODELS / "golden.npz")["vectors"]
    monkeypatch.setattr("sys.byteorder", "big")
    swapped = read_numbers(MODELS / "golden.npz")["vectors"]
    assert swapped != straight
    swapped.byteswap()
    assert swapped == straight


@pytest.mark.parametrize(("text", "language"), GUESSES)
def test_the_language_is_guessed_or_not(text: str, language: str | None) -> None:
    """Script and little words tell the language; without a clear sign there is no guess."""
    guess = load_language_words(FOLDER / "words" / "languages.toml").guess
    assert guess(text, plain_words(text, {})) == language


def test_most_examples_are_guessed_right() -> None:
    """A guess is hardly ever wrong on the examples: under 4 %."""
    guess = load_language_words(FOLDER / "words" / "languages.toml").guess
    guesses = [(one, guess(one.sentence, plain_words(one.sentence, {}))) for one in all_examples()]
    assert sum(found not in (None, one.language) for one, found in guesses) < 0.04 * len(guesses)
    assert sum(found == one.language for one, found in guesses) > 0.6 * len(guesses)


def test_an_example_without_a_topic_is_named(tmp_path: Path) -> None:
    """A sentence above the first topic stops the training; empty lines between sentences are allowed."""
    path = tmp_path / "nl.txt"
    path.write_text("## greeting\n\nhoi\n", "utf-8")
    assert list(read_examples(path)) == [("greeting", "hoi")]
    path.write_text("hoi\n## greeting\n", "utf-8")
    with pytest.raises(ValueError, match=r"nl\.txt.*hoi"):
        list(read_examples(path))


def test_danger_and_topics_stay_in_their_own_files(tmp_path: Path) -> None:
    """A kind of danger among the topics, or an unknown kind, is named; a change of any file changes the fingerprint."""
    (tmp_path / "examples" / "danger").mkdir(parents=True)
    topics, danger = tmp_path / "examples" / "nl.txt", tmp_path / "examples" / "danger" / "nl.txt"
    topics.write_text("## greeting\nhoi\n", "utf-8")
    danger.write_text("## safe\nik lach me dood\n", "utf-8")
    before = fingerprint(tmp_path)
    assert all_examples(tmp_path) == [Example("greeting", "nl", "hoi"), Example("safe", "nl", "ik lach me dood")]
    danger.write_text("## weather\nhet regent\n", "utf-8")
    assert fingerprint(tmp_path) != before
    with pytest.raises(ValueError, match=r"danger/nl\.txt.*weather"):
        all_examples(tmp_path)


def _crc(feature: str) -> int:
    from zlib import crc32

    return crc32(feature.encode()) % BUCKETS
