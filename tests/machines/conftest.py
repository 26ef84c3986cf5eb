"""The machines run on the stage, once on each kind of database."""

from tests.machines.fixtures import house, stage, stage_with

__all__ = ["house", "stage", "stage_with"]
