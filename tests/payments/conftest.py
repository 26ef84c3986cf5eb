"""These tests stand on the stage: the whole portal, a hand-wound clock, an obedient operator."""

from tests.machines.fixtures import house, stage, stage_with, store, two_operators

__all__ = ["house", "stage", "stage_with", "store", "two_operators"]
