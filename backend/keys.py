"""Opening the key ring: from its file, or, for the embedded default, made on the first start with a clear warning."""

from __future__ import annotations

import logging

from backend.settings import Settings
from backend.vault import KeyRing

_log = logging.getLogger(__name__)


def open_key_ring(settings: Settings) -> KeyRing:
    """The ring in the key file. Outside production a missing one is made."""
    if not settings.key_file.exists():
        KeyRing.make().write(settings.key_file)
        _log.warning(
            "a new key file was made: %s. Back it up apart from the database: without it nothing can be read any more",
            settings.key_file,
        )
    return KeyRing.read(settings.key_file)
