"""Images as bytes: fetch, decode in isolated child processes, fit into uploads, draw."""
