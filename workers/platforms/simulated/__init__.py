"""The agent-based simulated network, in this process (`factory`) or in one of its own (`remote_factory`)."""

from workers.platforms.simulated.factories import factory, remote_factory

__all__ = ["factory", "remote_factory"]
