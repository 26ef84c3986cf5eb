"""The machines run on the stage, once on each kind of database."""

from tests.machines.fixtures import house, stage, stage_with, store, two_operators

__all__ = ["house", "stage", "stage_with", "store", "two_operators"]
