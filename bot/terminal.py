"""The terminal channel: numbered choices instead of buttons. It only translates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from bot.channel import Message
from dialogs.messages import Incoming
from locales import SOURCE, Text, Untranslated, language


class Screen:
    """Shows messages as text and reads a typed line as words, or as the number of a choice."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._choices: tuple[tuple[str, str], ...] = ()
        self._shown = 0

    def show(self, messages: Iterable[Message]) -> None:
        """Shows messages, each once, with their law and numbered choices."""
        for message in messages:
            if message.number <= self._shown:
                continue
            self._shown = message.number
            self._print(message)
        self._out.write("> ")
        self._out.flush()

    def tell(self, text: str) -> None:
        """Shows one line of the program itself."""
        self._out.write(f"{text}\n> ")
        self._out.flush()

    def read(self, line: str) -> Incoming:
        """What was typed: a number that stands before a choice is that choice."""
        word = line.strip()
        if word.isdecimal() and 1 <= int(word) <= len(self._choices):
            return Incoming(choice=self._choices[int(word) - 1][0])
        return Incoming(text=line.rstrip("\n"))

    def _print(self, message: Message) -> None:
        name = f"{message.name}: " if message.name else ""
        self._out.write(f"\n{name}{message.text}\n")
        if message.picture:
            title, *steps = message.picture.alt.split("\n")
            self._out.write("\n".join(["", title, *(f"  - {step}" for step in steps), ""]))
        for paper in message.papers:
            self._out.write(f"   [{_on_the_web(paper.name, message.language)}]\n")
        for source in message.sources:
            paragraph = f" lid {source.paragraph}" if source.paragraph else ""
            self._out.write(f"   § {source.law} {source.article}{paragraph}  {source.url}\n")
        choices = tuple(choice for choice in message.choices if not choice[0].startswith("copy:"))
        for place, (_, label) in enumerate(choices, 1):
            self._out.write(f"  {place}. {label}\n")
        if choices:
            self._choices = choices


def _on_the_web(name: str, code: str) -> str:
    text = Text.of("telegram.paper.on_the_web", name=Text.verbatim(name))
    try:
        return language(code).say(text)
    except Untranslated:
        return language(SOURCE).say(text)
