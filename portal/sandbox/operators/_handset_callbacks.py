"""Which callbacks follow a request to a handset, and which scenario bends that how."""

from collections.abc import Callable
from dataclasses import replace

from portal.sandbox.operators._handset_push import Failure, Push, State, pretended
from portal.sandbox.operators._handset_settings import HandsetSettings
from portal.sandbox.outgoing import Answer, Call, Step
from portal.sandbox.scenarios import Ending

Letter = Callable[[Push], Call]
Heard = Callable[[Answer], bool]


def true_steps(push: Push, letter: Letter, heard: Heard, settings: HandsetSettings) -> list[Step]:
    """Return what is sent once a request has ended, in order."""
    first, *again = settings.retry_after
    true = Step(letter(push), (settings.notify_delay_seconds + first, *again), heard)
    match push.ending:
        case Ending.SILENT:
            return []
        case Ending.TRIPLED:
            repeat = replace(true, waits=(0.0, *again))
            return [true, repeat, repeat]
        case Ending.STALE_AFTER if push.state is State.DONE:
            waits = (settings.stale_after_seconds, *again)
            return [true, *(Step(letter(stale), waits, heard) for stale in _stale(push))]
        case _:
            return [true]


def forged_steps(push: Push, letter: Letter, now: float, settings: HandsetSettings) -> list[Step]:
    """Return the lie that a forger tells while the customer still has the prompt; one try only."""
    call = replace(letter(pretended(push, now)), source=settings.foreign_address)
    return [Step(call, (settings.prompt_seconds / 2,))]


def _stale(push: Push) -> tuple[Push, Push]:
    waiting = replace(push, state=State.WAITING, moved=0)
    return waiting, replace(waiting, state=State.FAILED, failure=Failure.LAPSED)
