"""The agent-based simulated network."""

from workers.platforms.simulated.factories import factory

__all__ = ["factory"]
