"""The local Wan: validates like Wan, draws images, runs tasks, enforces limits, and counts what Wan would bill."""
