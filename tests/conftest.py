"""Fixtures for all tests, and the two sizes of the long ones; the helpers themselves live in tests/support."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
from httpx._transports import default as httpx_transports
from hypothesis import HealthCheck, settings

pytest_plugins = ["fake_telegram", "databases", "world", "desk_world", "phone", "clockwork"]


# Made-up cases are judged by what comes out, never by how long one took beside other tests, or while words were first read.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

_MEMORY, _ROOM = Path("/dev/shm"), 6 * 2**30
"""Where files are in memory, and the bytes that must be free there: hundreds of databases are made and thrown away, which
takes four times as long on a disk."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--release` runs the long tests at full size."""
    parser.addoption("--release", action="store_true", help="long tests at full size (see tests/support/sizes.py)")


def pytest_configure(config: pytest.Config) -> None:
    """The size is chosen before the test modules are read, because some of them read it then."""
    if config.getoption("--release"):
        os.environ["VERDER_TEST_RELEASE"] = "1"
        config.option.timeout = 1800
    if "TMPDIR" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


_BEGIN_FIRST = (
    "test_benchmark_",
    "test_failing_well",
    "test_several_processes",
    "test_every_state",
    "test_database",
    "test_hostile_texts",
    "test_erase_races",
    "test_accounts_oidc",
)
"""Modules that mostly wait for services and browsers. They hold few tests each and would otherwise come last, one beside
nothing; begun first they wait while the others work."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits longest begins first; the order within is left as it is."""
    items.sort(key=lambda item: not item.path.name.startswith(_BEGIN_FIRST))


@pytest.fixture(scope="session", autouse=True)
def _one_trust_store() -> Iterator[None]:
    """Every client reads the certificates of the world anew, 20 ms each, and none here speaks to the world."""
    with patch.object(httpx_transports, "create_ssl_context", cache(httpx_transports.create_ssl_context)):
        yield
