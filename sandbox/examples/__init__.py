"""Bots to try in the sandbox. In this folder, Python does not take the sandbox's ``discord`` for discord.py."""
