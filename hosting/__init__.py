"""What the operator runs: the command line, the self-checks, the bot's process, and the connections both use."""
