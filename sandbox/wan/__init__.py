"""The local Wan: checks as the real one, draws, keeps tasks and limits, counts what it would have billed."""
