"""Pictures of every card in the sandbox's page, in both languages: ``python -m tests.pictures [card …]``."""
