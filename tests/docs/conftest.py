"""These tests run what the documents show, against the whole portal."""

from tests.machines.fixtures import house, stage

__all__ = ["house", "stage"]
