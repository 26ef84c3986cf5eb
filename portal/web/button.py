"""The door of the button's script: one stable address that any shop may load."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

blueprint = Blueprint("button", __name__)

KEPT = 3600
"""Seconds: the address is for ever, so that what is mended there reaches every shop within the hour."""


@blueprint.get("/button.js")
def script() -> Response:
    """Give the script to pages of any site; it holds nothing of anyone."""
    response = current_app.send_static_file("js/button.js")
    response.headers["Content-Type"] = "text/javascript; charset=utf-8"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.cache_control.immutable = False
    response.cache_control.max_age = KEPT
    return response
