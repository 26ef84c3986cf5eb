"""The room of the `flask` commands."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the commands to the application."""
