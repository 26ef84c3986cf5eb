"""What is copied is the stage's: a whole portal whose store has sold, was told lies, and sent money back."""

from tests.machines.fixtures import house, stage, stage_with

__all__ = ["house", "stage", "stage_with"]
