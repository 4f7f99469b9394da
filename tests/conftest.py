"""What every test run says first."""

import os


def pytest_report_header() -> str:
    """Whether what is said to Discord is checked against Discord's own description."""
    if os.environ.get("DISCORD_OPENAPI"):
        return "DISCORD_OPENAPI is set: requests and answers are checked against Discord's description"
    return "DISCORD_OPENAPI is not set: the check against Discord's own description is left out"
