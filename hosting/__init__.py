"""What whoever hosts the bot runs: its process, its checks, and the connections that both use."""
