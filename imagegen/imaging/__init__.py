"""Images as bytes: fetched, decoded in isolated child processes, fitted, drawn."""
