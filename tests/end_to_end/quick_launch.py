"""Start the bot with an account that may send more. At the documented rates, a load would take minutes to drain."""

from __future__ import annotations

from dataclasses import replace

from imagegen.wan import catalogue
from sandbox import launch

PER_S, IN_FLIGHT = 1000.0, 16


def main() -> None:
    for name, model in list(catalogue.MODELS.items()):
        catalogue.MODELS[name] = replace(model, per_s=dict.fromkeys(model.per_s, PER_S), in_flight=IN_FLIGHT)
    launch.main()


if __name__ == "__main__":
    main()
