"""The rights clock as a picture: whole, legible, small, and right in every script."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
import uharfbuzz
from PIL import Image

from backend.documents.clock_picture import draw_png, draw_svg
from backend.documents.small_png import png_of
from backend.documents.typesetting import FAMILIES, Run, clean, font_file, isolated, runs, visual, width, wrap
from dialogs.messages import Direction, Picture, PictureStep


def picture(title: str, here: str, *steps: tuple[str, str, str]) -> Picture:
    """A picture in which the second step is now."""
    return Picture(
        title=title, here=here, steps=tuple(PictureStep(*step, here=number == 1) for number, step in enumerate(steps))
    )


DUTCH = picture(
    "Hoe lang helpt je oude school?",
    "Jij bent hier",
    ("Je ging van school", "31 juli 2025", "Vanaf deze dag tellen de jaren."),
    ("Jaar 1", "1 augustus 2025 tot 1 augustus 2026", "School moet je hulp aanbieden."),
    ("Jaar 2", "1 augustus 2026 tot 1 augustus 2027", "School moet je opnieuw hulp aanbieden."),
    ("Daarna", "vanaf 1 augustus 2027", "School hoeft je niet te helpen. Vragen mag altijd."),
)
# Words to look at the script with, not translations.
ARABIC = picture(
    "حقوقك عبر الزمن",
    "أنت هنا",
    ("تترك المدرسة", "حتى 31 juli 2026", "يجب على مدرستك أن تعرض عليك المساعدة."),
    ("السنة الأولى", "من 1 augustus 2026", "مدرستك القديمة Praktijkschool De Brug (Utrecht)، اتصل: 030 286 00 00."),
    ("السنة الثانية", "حتى ٣١ يوليو ٢٠٢٨", "هل لم تصلك رسالة؟ اتصل بمدرستك (pro/vso)."),
)
TIGRINYA = picture(
    "መሰልካ ምስ ግዜ",
    "ኣብዚ ኣለኻ",
    ("ካብ ቤት ትምህርቲ", "ክሳብ 31 juli 2026", "ቤት ትምህርትኻ ሓገዝ ከቕርበልካ ኣለዎ።"),
    ("ቀዳማይ ዓመት", "ክሳብ 31 juli 2027", "ቤት ትምህርትኻ Praktijkschool De Brug፡ ክትድውል ትኽእል ኢኻ።"),
    ("ካልኣይ ዓመት", "ክሳብ 31 juli 2028", "ቤት ትምህርትኻ ክሕግዘካ ኣለዎ።"),
)
UKRAINIAN = picture(
    "Твої права в часі",
    "Ти тут",
    ("Ти йдеш зі школи", "до 31 липня 2026 р.", "Школа має запропонувати тобі допомогу."),
    ("Перший рік", "до 31 липня 2027 р.", "Школа не зобов’язана допомагати. Питати можна завжди."),
)
SAMPLES: list[tuple[Picture, str, Direction]] = [
    (DUTCH, "nl", "ltr"),
    (ARABIC, "ar", "rtl"),
    (TIGRINYA, "ti", "ltr"),
    (UKRAINIAN, "uk", "ltr"),
]
every_script = pytest.mark.parametrize(("shown", "language", "direction"), SAMPLES, ids=[one[1] for one in SAMPLES])


def opened(png: bytes) -> Image.Image:
    """The picture in a PNG, checked and decoded."""
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


def said(svg: str) -> str:
    """The lines of text in an SVG, in one line, without marks of direction."""
    root = ET.fromstring(svg)
    lines = ("".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text"))
    return re.sub("[\u2066-\u2069]", "", " ".join(lines))


@every_script
def test_the_png_is_as_wide_as_a_phone_and_small(shown: Picture, language: str, direction: Direction) -> None:
    """1080 wide, higher than wide, at most sixteen colours and 35 KiB, so that it comes over a poor connection."""
    png = draw_png(shown, language=language, direction=direction)
    image = opened(png)
    assert image.format == "PNG" and image.width == 1080 and 900 < image.height < 2400
    assert len(png) <= 35 * 1024
    assert len(image.convert("RGB").getcolors() or ()) <= 16


@every_script
def test_all_words_stand_in_the_svg(shown: Picture, language: str, direction: Direction) -> None:
    """Title, every step whole and "you are here" once can be read in it, and its description says it all too."""
    svg = draw_svg(shown, language=language, direction=direction)
    words = said(svg)
    for text in (shown.title, *(text for step in shown.steps for text in (step.title, step.when, step.text))):
        assert text in words
    assert words.count(shown.here) == 1
    root = ET.fromstring(svg)
    assert root.get("lang") == language and root.get("role") == "img"
    assert root.findtext("{http://www.w3.org/2000/svg}title") == shown.title
    assert root.findtext("{http://www.w3.org/2000/svg}desc") == shown.alt


def test_the_step_of_now_is_marked() -> None:
    """Another step of now gives another picture, and none of now has no band with the words."""
    steps = tuple(replace(step, here=number == 2) for number, step in enumerate(DUTCH.steps))
    later = replace(DUTCH, steps=steps)
    nowhere = replace(DUTCH, steps=tuple(replace(step, here=False) for step in DUTCH.steps))
    drawn = {draw_png(one, language="nl", direction="ltr") for one in (DUTCH, later, nowhere)}
    assert len(drawn) == 3
    assert DUTCH.here not in said(draw_svg(nowhere, language="nl", direction="ltr"))
    assert opened(draw_png(nowhere, language="nl", direction="ltr")).height < opened(min(drawn, key=len)).height + 200


def test_grey_eyes_see_the_mark_too() -> None:
    """Without colour the band, the frame and the large stop still differ clearly from the other cards."""
    grey = opened(draw_png(DUTCH, language="nl", direction="ltr")).convert("L")
    beside_road = grey.crop((110, 200, 114, grey.height)).point(lambda light: 255 * (light < 128))
    box = beside_road.getbbox()
    assert box and box[3] - box[1] < 90, "one stop is wider than the others"
    band = grey.crop((600, 0, 900, grey.height)).resize((1, grey.height))
    lights = {band.getpixel((0, y)) for y in range(200 + box[1], 200 + box[3])}
    assert min(lights) < 210 < 235 < grey.getpixel((600, 300)), "its band is darker than a card"  # type: ignore[operator, type-var]


def test_from_right_to_left_the_road_is_on_the_right() -> None:
    """The picture is mirrored for Arabic: road and stops on the right, cards and letters beside them."""
    left = opened(draw_png(DUTCH, language="nl", direction="ltr")).convert("RGB")
    right = opened(draw_png(ARABIC, language="ar", direction="rtl")).convert("RGB")
    assert left.getpixel((80, 170)) == right.getpixel((1080 - 80, 170)) == (0, 86, 77)
    assert left.getpixel((1080 - 80, 172)) != (0, 86, 77) != right.getpixel((80, 172))


def test_no_letter_is_a_box() -> None:
    """Each sign of every sample has a glyph in the font that its run names."""
    unicodes = {
        (face, bold): uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(font_file(face, bold=bold)))).unicodes
        for face in FAMILIES
        for bold in (False, True)
    }
    for shown, _, _ in SAMPLES:
        for run in runs(clean(shown.title + shown.alt.replace("\n", " "))):
            for bold in (False, True):
                assert not {sign for sign in run.text if ord(sign) not in unicodes[run.face, bold]}


def test_arabic_letters_are_joined() -> None:
    """The same letters kept apart by non-joiners take another width and another picture."""
    word, apart = "المساعدة", "\u200c".join("المساعدة")
    assert abs(width(word) - width(apart)) > 0.05
    separate = replace(ARABIC, title="\u200c".join(ARABIC.title))
    assert draw_png(separate, language="ar", direction="rtl") != draw_png(ARABIC, language="ar", direction="rtl")


def test_dutch_in_arabic_keeps_its_order() -> None:
    """Dates, names and phone numbers read from left to right in a line that reads from right to left."""
    line = "مدرسة (حتى 31 juli 2027): 030 - 286 00 00."
    left_to_right = [run.text for run in visual(line, "rtl") if run.text.strip()]
    assert left_to_right == [".", "030 - 286 00 00", "):", "31 juli 2027", "حتى", "(", "مدرسة"]
    assert isolated("حتى 31 juli 2027", "rtl") == "\u2067حتى \u206631 juli 2027\u2069\u2069"
    assert isolated("tot 31 juli", "ltr") == "tot 31 juli"


def test_arabic_in_dutch_keeps_its_order() -> None:
    """A word of another script inside a Dutch line is one run of its own, read in its own direction."""
    assert list(visual("Bel مدرسة nu", "ltr")) == [
        Run("Bel", "sans"), Run(" ", "sans"), Run("مدرسة", "arabic", "rtl"), Run(" ", "sans"), Run("nu", "sans"),
    ]  # fmt: skip


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_hostile_words_stay_words(direction: Direction) -> None:
    """Markup, quotes, control characters and marks of direction in a text cannot become anything else."""
    nasty = '</text><script>alert("1")</script>&amp;\x00\x07\u202e\u2067'
    shown = picture(nasty, nasty, (nasty, nasty, nasty), (nasty, nasty, nasty))
    svg = draw_svg(shown, language='nl" onload="x', direction=direction)
    root = ET.fromstring(svg)
    assert root.get("onload") is None
    assert {element.tag.split("}")[1] for element in root.iter()} <= {
        "svg", "title", "desc", "g", "rect", "path", "circle", "text",
    }  # fmt: skip
    assert not re.search("[\x00-\x08\u202e]", svg)
    assert opened(draw_png(shown, language="nl", direction=direction)).width == 1080


def test_lines_fit_their_room() -> None:
    """No line is wider than its room, a word too long is cut, nothing is lost, and a new line stays one."""
    text = "Doorstroompuntmedewerkersbijeenkomstlocatie is een lang woord.\nBel je school."
    lines = wrap(text, 8, bold=True)
    assert all(width(line, bold=True) <= 8 for line in lines)
    assert "".join(lines).replace(" ", "") == re.sub(r"\s", "", text)
    assert wrap("een\n\ntwee", 9) == ("een", "twee") and wrap(" ", 9) == ()


def test_composed_letters_and_spare_signs() -> None:
    """Letters come composed, and an arrow that no font has becomes one that they have."""
    assert clean(unicodedata.normalize("NFD", "één → twee")) == "één › twee"


def test_a_long_text_makes_a_higher_picture() -> None:
    """The height follows the words, and so does the band with "you are here"."""
    longer = replace(DUTCH, here="Jij bent hier, in het eerste jaar na je oude school en nog wat meer")
    assert (
        opened(draw_png(longer, language="nl", direction="ltr")).height
        > opened(draw_png(DUTCH, language="nl", direction="ltr")).height
    )
    assert longer.here in said(draw_svg(longer, language="nl", direction="ltr"))


def test_a_picture_is_drawn_once() -> None:
    """The same picture again costs nothing, and drawing gives the same bytes."""
    first = draw_png(DUTCH, language="nl", direction="ltr")
    assert draw_png(DUTCH, language="nl", direction="ltr") is first
    assert draw_png.__wrapped__(DUTCH, language="nl", direction="ltr") == first


def test_too_many_colours_are_refused() -> None:
    """Who adds a seventeenth colour hears it at once."""
    with pytest.raises(ValueError, match="do not fit"):
        png_of("<svg xmlns='http://www.w3.org/2000/svg' width='2' height='2'/>", {"sans"},
               tuple((f"#0000{n:02x}", f"#ff00{n:02x}") for n in range(9)))  # fmt: skip
