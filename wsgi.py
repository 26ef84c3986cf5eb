"""The door for WSGI servers and the `flask` command: `app`."""

from config import Settings
from portal import cli
from portal.app import create_app

app = create_app(Settings.from_env())
cli.init_app(app)
