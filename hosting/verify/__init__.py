"""``python bot.py verify``: prove on the live Discord and the live Wan what the sandbox only imitates."""
