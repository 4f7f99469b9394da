"""Rules as pure functions: quotas, server settings, blocked words, validation, retries. No I/O."""
