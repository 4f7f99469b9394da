"""Set the stage of ``play``: four people, two servers, and messages that are there at the first look."""

from __future__ import annotations

from sandbox.discord import message_rules
from sandbox.discord.message_rules import Upload
from sandbox.records import Channel, Person
from sandbox.wan.draw import draw
from sandbox.world import World

POST_IMAGE_PX = (1024, 576)


def set_stage(world: World) -> None:
    """Fill an empty world. No direct messages are open yet."""
    operator = Person(world.snowflake(), "Op")
    world.server_id = world.add_server("The Lighthouse", operator.id).id
    ana, bo = world.add_person("Ana"), world.add_person("Bo", manager=True)
    mei = world.add_person("小梅", locale="zh-CN")
    world.people[operator.id] = operator  # last in every list of people
    ana.installed = True
    _fill_lighthouse(world, ana, bo, mei)
    _add_server_without_bot(world, ana, mei)


def _fill_lighthouse(world: World, ana: Person, bo: Person, mei: Person) -> None:
    harbor = world.add_channel("harbor")
    world.add_channel("studio")
    gallery = world.add_channel("gallery", kind="forum")
    world.add_channel("after-dark", nsfw=True)
    _say(world, harbor, bo, "Welcome to The Lighthouse! Type / to see what the bot can do, or mention it.")
    question = _say(world, harbor, ana, "What shall we make first?")
    thread = world.add_thread(harbor, "Ideas", ana.id, at_message=question)
    _say(world, thread, mei, "一座雪中的灯塔，怎么样？")
    post = world.add_thread(gallery, "The old lighthouse", bo.id)
    image = Upload("0", "lighthouse.png", draw("the old lighthouse", 7, *POST_IMAGE_PX))
    message_rules.create(world, post, bo.id, {"content": "Can you make it winter?"}, [image], id=post.id)


def _add_server_without_bot(world: World, ana: Person, mei: Person) -> None:
    cats = world.add_server("Cat Lovers", mei.id, with_bot=False)
    world.join(cats, ana.id)
    channel = world.add_channel("cats", server=cats)
    _say(world, channel, mei, "谁有新的猫咪照片？")


def _say(world: World, channel: Channel, person: Person, text: str) -> str:
    """Post a message, and return its id."""
    return message_rules.create(world, channel, person.id, {"content": text}).id
