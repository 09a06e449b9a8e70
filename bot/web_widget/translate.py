"""JSON of the contract to an `Incoming`, and a `Message` to JSON. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from bot.channel import DrawSvg, Message, paper_kind
from dialogs.messages import Incoming
from dialogs.turn import TEXT_LIMIT


class Start(BaseModel):
    """Opens a conversation: a language code, an invitation code and where the clock of the device stands (an IANA name;
    one that nobody knows is as none), all optional."""

    model_config = ConfigDict(extra="forbid")

    language: str | None = Field(default=None, max_length=16)
    start: str | None = Field(default=None, max_length=64)
    time_zone: str | None = None


_ONE_OF_TWO: list[JsonValue] = [
    {"required": [name], "properties": {name: {"type": "string"}}} for name in ("text", "choice")
]


class Turn(BaseModel):
    """What the person did: typed words, or the id of a button; exactly one of the two."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"oneOf": _ONE_OF_TWO})

    text: str | None = Field(default=None, max_length=20_000)
    choice: str | None = Field(default=None, max_length=64, pattern=r"^[!-~]+$")


class BadTurn(ValueError):
    """A turn that cannot be taken; `code` is the error's stable name, `field` where it is."""

    def __init__(self, code: str, field: str) -> None:
        super().__init__(code)
        self.code = code
        self.field = field


def to_incoming(turn: Turn) -> Incoming:
    """The turn for the conversation. Raises `BadTurn` for neither or both, an empty text, or one that is too long."""
    match turn.text, turn.choice:
        case None, str(choice):
            return Incoming(choice=choice)
        case str(text), None:
            if not text.strip():
                raise BadTurn("empty_text", "text")
            if len(text) > TEXT_LIMIT:
                raise BadTurn("long_text", "text")
            return Incoming(text=text)
    raise BadTurn("bad_request", "text")


def to_json(message: Message, conversation_id: str, draw_svg: DrawSvg) -> dict[str, Any]:
    """A message in the contract's shape (§5), with `name`, `papers` and the picture's `title`, `here`, `steps` beside it.

    The SVG is in it (4 KB, 1 KB gzipped, half a millisecond); the PNG and the papers are addresses on this server, to be
    fetched with the same `Authorization`.
    """
    return {
        "number": message.number,
        "from": message.sender,
        "text": message.text,
        "language": message.language,
        "direction": message.direction,
        "choices": [{"id": id, "label": label} for id, label in message.choices],
        "image": _image(message, conversation_id, draw_svg),
        "sources": [asdict(source) for source in message.sources],
        "at": message.at,
        **({"name": message.name} if message.name else {}),
        **({"papers": _papers(message)} if message.papers else {}),
    }


def _image(message: Message, conversation_id: str, draw_svg: DrawSvg) -> dict[str, Any] | None:
    picture = message.picture
    if picture is None:
        return None
    return {
        "svg": draw_svg(picture, language=message.language, direction=message.direction),
        "png": f"/api/v1/conversations/{conversation_id}/messages/{message.number}/image.png",
        "alt": picture.alt,
        **asdict(picture),
    }


def _papers(message: Message) -> list[dict[str, str]]:
    described = []
    for place, paper in enumerate(message.papers, 1):
        media_type, name = paper_kind(paper)
        described.append({"id": str(place), "label": paper.name, "type": media_type, "name": name})
    return described
