"""The room of programs: the REST API under `/api/v1`, its OpenAPI document and its readable page."""

from __future__ import annotations

from flask import Flask

from portal.web.api import docs, limits
from portal.web.api.deliveries import deliveries
from portal.web.api.describing import OPTIONS, PREFIX, Api, add_shared_parts, described
from portal.web.api.events import events
from portal.web.api.links import links
from portal.web.api.operators import operators
from portal.web.api.orders import orders
from portal.web.api.refunds import refunds
from portal.web.api.webhooks import webhooks
from portal.web.services import services


def init_app(app: Flask) -> None:
    """Bind the API to the application."""
    app.config.update(OPTIONS)
    with app.app_context():
        settings = services().settings
    api = Api(app, spec_kwargs=described(settings))
    add_shared_parts(api)
    for door in (orders, refunds, links, events, operators, webhooks, deliveries):
        api.register_blueprint(door, url_prefix=PREFIX)
    app.register_blueprint(docs.blueprint_for(api))
    app.after_request(limits.say)
