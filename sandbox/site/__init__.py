"""The folder that ``play`` puts on PYTHONPATH of other bots, so that Python imports sitecustomize.py at its start."""
