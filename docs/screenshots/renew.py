"""Makes the screenshots in this folder again: `python docs/screenshots/renew.py`. Starts and stops what it needs."""

from __future__ import annotations

import base64
import struct
import sys
import tempfile
import zlib
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

import sqlalchemy as sa  # noqa: E402
from playwright.sync_api import Page, expect  # noqa: E402

from backend.db import Transaction, now  # noqa: E402
from backend.queues.models import queue  # noqa: E402
from backend.support_requests.models import support_request  # noqa: E402
from browser import Chat, Desk, Screens, chromium  # noqa: E402
from passwords import PASSWORD  # noqa: E402
from town import open_town  # noqa: E402
from world import World  # noqa: E402

LARGEST = 120_000
SHARPNESS = 2
# The picture in the 256 colours it has most of; the others, at the edges of letters, become the nearest of these.
_FEW_COLOURS = """async (png) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const {data} = canvas.getImageData(0, 0, image.width, image.height);
  const colours = [];
  for (let at = 0; at < data.length; at += 4) colours.push(data[at] << 16 | data[at + 1] << 8 | data[at + 2]);
  const counts = new Map();
  for (const colour of colours) counts.set(colour, (counts.get(colour) || 0) + 1);
  const most = Array.from(counts).sort((a, b) => b[1] - a[1]).slice(0, 256).map(([colour]) => colour);
  const numbers = new Map(most.map((colour, number) => [colour, number]));
  const light = (colour, bits) => colour >> bits & 255;
  const apart = (a, b) => [0, 8, 16].reduce((sum, bits) => sum + Math.abs(light(a, bits) - light(b, bits)), 0);
  for (const colour of counts.keys()) {
    const nearest = numbers.has(colour) ? colour : most.reduce((a, b) => apart(b, colour) < apart(a, colour) ? b : a);
    numbers.set(colour, numbers.get(nearest));
  }
  const pixels = colours.map((colour) => String.fromCharCode(numbers.get(colour))).join("");
  return [image.width, image.height, most, btoa(pixels)];
}"""
NEED = "Ik zoek werk in een winkel. Ik weet niet hoe ik moet bellen."

LIVES = (("learning", "nl", 50, False), ("work", "nl", 3, True), ("other", "en", 1, False))
"""The other waiting requests at the desk: kind of help, language, hours ago, urgent."""


def main() -> None:
    """All of them."""
    with tempfile.TemporaryDirectory() as folder, open_town(Path(folder)) as town, chromium() as browser:
        screens = Screens(browser, town.url)
        _phone_screens(screens)
        _first_screens(screens)
        _answer_in_the_dark(screens)
        _desk_screens(screens, town)
        screens.close()


def _phone_screens(screens: Screens) -> None:
    chat = Chat(screens.phone(device_scale_factor=SHARPNESS)).open()
    _save(chat.page, "start-phone")
    chat.hears_that_school_must_offer_again()
    _save(chat.page, "answer-phone")
    _clock_to_the_middle(chat)
    _save(chat.page, "clock-phone")
    chat.chooses("Waarom is dat zo?").hears("1. Je school is een praktijkschool.")
    _save(chat.page, "why-phone")
    chat.is_asked_for_consent(NEED)
    _save(chat.page, "consent-phone")
    chat.chooses("Ja, stuur dit")
    expect(chat.page.locator("#log")).to_contain_text("Je bericht is bij Demo Gemeente.")


def _first_screens(screens: Screens) -> None:
    chat = Chat(screens.phone(device_scale_factor=SHARPNESS)).open("/chat")
    _save(chat.page, "chat-phone")
    page = screens.phone(device_scale_factor=SHARPNESS, java_script_enabled=False)
    page.goto("/chat/plain")
    page.get_by_role("button", name="Begin het gesprek").tap()
    page.get_by_role("button", name="Nederlands").tap()
    expect(page.locator(".m.bot").last).to_contain_text("Waarmee kan ik je helpen?")
    _save(page, "plain-phone")


def _answer_in_the_dark(screens: Screens) -> None:
    chat = Chat(screens.phone(device_scale_factor=SHARPNESS, color_scheme="dark")).open()
    chat.hears_that_school_must_offer_again()
    _clock_to_the_middle(chat)
    _save(chat.page, "clock-dark")
    chat.page.locator("summary").last.tap()
    chat.page.locator("summary").last.evaluate("(one) => one.scrollIntoView({block: 'center'})")
    _save(chat.page, "answer-dark")


def _clock_to_the_middle(chat: Chat) -> None:
    chat.page.locator("figure").evaluate("(one) => one.scrollIntoView({block: 'center'})")


def _desk_screens(screens: Screens, town: World) -> None:
    for _ in range(len(LIVES) + 1):
        town.person().asks_for_help()
    with town.counsellor("gemeente", "b") as colleague:
        first, *others, last = colleague.requests()
        colleague.does("claim", last["id"])
    for request, life in zip(others, LIVES, strict=True):
        town.do(partial(_age, request["id"], life))
    desk = Desk(screens.desk()).logs_in("a", PASSWORD)
    desk.page.goto(f"/desk/requests/{first['id']}")
    desk.claims().replies("Hoi! Morgen om 10 uur kan ik je bellen. Is dat goed?")
    desk.page.goto("/desk")
    _save(desk.page, "desk-list")
    desk.rows("mine").first.get_by_role("link").click()
    expect(desk.page.locator(".desk-bubble--counsellor")).to_be_visible()
    _save(desk.page, "desk-request")


def _age(request_id: str, life: tuple[str, str, int, bool], db: Transaction) -> None:
    """Makes a request another one, of hours ago."""
    kind, language, hours, urgent = life
    since = now() - hours * 3_600_000_000
    same_place = queue.c.organisation_id == support_request.c.organisation_id
    values = {
        "kind_of_help": kind,
        "queue_id": sa.select(queue.c.id).where(same_place, queue.c.kind_of_help == kind).scalar_subquery(),
        "language": language,
        "urgent": urgent,
        "waiting_since": since,
        "created_at": since,
    }
    db.execute(sa.update(support_request).where(support_request.c.id == request_id).values(values))


def _save(page: Page, name: str) -> None:
    expect(page.locator("#busy:not(:empty)")).to_have_count(0)
    page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    blank = page.context.new_page()
    picture = _png(*blank.evaluate(_FEW_COLOURS, base64.b64encode(page.screenshot()).decode()))
    blank.close()
    if len(picture) > LARGEST:
        raise SystemExit(f"{name}.png has {len(picture)} bytes; at most {LARGEST} fit here")
    (HERE / f"{name}.png").write_bytes(picture)


def _png(width: int, height: int, colours: list[int], pixels: str) -> bytes:
    """A PNG with a palette; `colours` are 0xRRGGBB, `pixels` one byte each in base64."""
    lines = base64.b64decode(pixels)
    rows = b"".join(b"\0" + lines[at : at + width] for at in range(0, width * height, width))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", b"".join(colour.to_bytes(3, "big") for colour in colours)),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    signed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(signed)


if __name__ == "__main__":
    main()
