"""What several tests of the backend begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from office import Office
from world import open_service, settings_for


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    """An office on each of the two databases."""
    service = open_service(settings_for(database_url, tmp_path))
    yield Office(service)
    service.database.close()
