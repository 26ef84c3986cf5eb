"""The room of the watch's rows: which workers live, and which troubles the platform's people were told of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Moment


class WorkerBeat(Base):
    """The last sign of life of one worker, by host and process."""

    __tablename__ = "worker_beats"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)


class Alarm(Base):
    """A trouble that lasts, and when it was last told."""

    __tablename__ = "alarms"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)
    told_at: Mapped[datetime] = mapped_column(Moment)
