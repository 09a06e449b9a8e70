"""Everything the conversation knows, loaded and checked once: places and schools, understanding, connected organisations."""

from __future__ import annotations

from dataclasses import dataclass, replace

from knowledge.directory import ConnectedOrganisation, Directory
from knowledge.regions import Regions, load_regions
from knowledge.understand import Understander, load_understanding


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What a turn may look up. `web_address` is where the widget can be found, for people on other channels."""

    regions: Regions
    understander: Understander
    directory: Directory = Directory()
    web_address: str = ""

    def with_organisations(self, organisations: tuple[ConnectedOrganisation, ...]) -> Knowledge:
        """The same knowledge with these organisations connected."""
        return replace(self, directory=Directory(organisations))


def load_knowledge(*, web_address: str = "", extra: bool = True) -> Knowledge:
    """Reads all data files; raises when one is missing or broken. `extra`: use the embedding where it is installed."""
    return Knowledge(regions=load_regions(), understander=load_understanding(extra=extra), web_address=web_address)
