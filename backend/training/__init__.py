"""Trains the understanding at build time: `python -m backend.training`. Nothing here is loaded while serving."""
