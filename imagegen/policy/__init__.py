"""What a request may be, as pure functions: quotas, server settings, blocked words, retries. No I/O."""
