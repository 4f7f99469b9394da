"""Start bot.py as sandbox.launch does, with defects whose errors quote a prompt."""

from typing import Any

from cogs.delivery.images import ImageDelivery
from cogs.interactions import submission
from imagegen.wan.client import WanClient
from sandbox import launch

IN_DELIVERY, IN_INTERACTION, IN_GENERATION = "stumbles over", "trips over", "chokes on"  # begin a prompt

deliver, generate, request = ImageDelivery.deliver, WanClient.generate, submission._request
stumbled = set[int]()


async def stumble(self: ImageDelivery, context: Any, *more: Any) -> Any:
    prompt = context.job.request.prompt
    if prompt.startswith(IN_DELIVERY) and context.job.id not in stumbled:
        stumbled.add(context.job.id)
        try:
            int(prompt)
        except ValueError as error:
            raise RuntimeError("a defect of ours") from error
    return await deliver(self, context, *more)


async def choke(self: WanClient, generation: Any) -> Any:
    if generation.prompt.startswith(IN_GENERATION):
        raise KeyError(generation.prompt)
    return await generate(self, generation)


def trip(interaction: Any, asked: Any, names: Any) -> Any:
    if asked.prompt.startswith(IN_INTERACTION):
        asked.prompt.encode("ascii")
    return request(interaction, asked, names)


if __name__ == "__main__":
    ImageDelivery.deliver = stumble  # type: ignore[method-assign, assignment]  # the defects themselves
    WanClient.generate = choke  # type: ignore[method-assign]  # the defect
    submission._request = trip
    launch.main()
