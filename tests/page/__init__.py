"""The sandbox's page, used in Chromium as people use it."""
