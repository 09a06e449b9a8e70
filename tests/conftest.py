"""Fixtures for all tests, and the two sizes of the long ones; the helpers themselves live in tests/support."""

from __future__ import annotations

import os

import pytest

pytest_plugins = ["fake_telegram", "databases", "world", "desk_world", "phone"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--release` runs the long tests at full size."""
    parser.addoption("--release", action="store_true", help="long tests at full size (see tests/support/sizes.py)")


def pytest_configure(config: pytest.Config) -> None:
    """The size is chosen before the test modules are read, because some of them read it then."""
    if config.getoption("--release"):
        os.environ["VERDER_TEST_RELEASE"] = "1"
        config.option.timeout = 1800
