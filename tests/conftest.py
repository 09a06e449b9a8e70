"""Fixtures for all tests; the helpers themselves live in tests/support."""

pytest_plugins = ["fake_telegram", "databases", "world", "desk_world"]
