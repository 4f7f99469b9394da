"""The product without Discord: jobs, quotas and the Wan endpoint."""

VERSION = "0.1.0"  # and in pyproject.toml; a test holds them together
