"""discord.py parses what the local Discord sends: a payload that it cannot parse would break a bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from sandbox.people import Control, File, Person
from sandbox.run import Sandbox
from tests.described import described_sandbox
from tests.sandbox.discord.discord_py import connected, new_client

BEAT_S = 0.5  # between two heartbeats: a busy machine takes 0.1 s for an answer
COLOURS = [discord.RadioGroupOption(label=name, value=name) for name in ("red", "green")]


class Everything(discord.ui.Modal, title="Everything"):
    """Five fields of different types: a modal holds no more."""

    prompt: Any = discord.ui.Label(text="Words", component=discord.ui.TextInput(custom_id="prompt"))
    colour: Any = discord.ui.Label(text="Colour", component=discord.ui.RadioGroup(custom_id="colour", options=COLOURS))
    agreed: Any = discord.ui.Label(text="Agreed", component=discord.ui.Checkbox(custom_id="agreed"))
    role: Any = discord.ui.Label(text="Role", component=discord.ui.RoleSelect(custom_id="role"))
    file: Any = discord.ui.Label(text="File", component=discord.ui.FileUpload(custom_id="file"))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message("taken", ephemeral=True)


class Choice(discord.ui.View):
    @discord.ui.select(cls=discord.ui.UserSelect, custom_id="who")
    async def who(self, interaction: discord.Interaction[Any], select: discord.ui.UserSelect[Any]) -> None:
        await interaction.response.edit_message(content=f"{select.values[0].display_name} was chosen", view=None)


@dataclass
class Bot:
    """A client of discord.py, the interactions that it got, and its sandbox."""

    box: Sandbox
    control: Control
    client: discord.AutoShardedClient
    ana: Person
    interactions: list[discord.Interaction[Any]] = field(default_factory=list)
    namespaces: list[Any] = field(default_factory=list)
    modals: list[Everything] = field(default_factory=list)


def _commands(bot: Bot) -> app_commands.CommandTree[Any]:
    tree = app_commands.CommandTree(bot.client)

    @tree.command()
    async def everything(
        interaction: discord.Interaction[Any], person: discord.Member, role: discord.Role,
        where: discord.TextChannel, file: discord.Attachment,
    ) -> None:  # fmt: skip
        """Takes a value of each kind."""
        bot.interactions.append(interaction)
        bot.namespaces.append((person, role, where, file))
        await interaction.response.send_message("chosen by whom?", view=Choice())

    @tree.context_menu(name="Who is")
    async def who(interaction: discord.Interaction[Any], member: discord.Member) -> None:
        await interaction.response.send_message(f"{member.display_name} with {len(member.roles)} roles")

    @tree.command()
    async def fill(interaction: discord.Interaction[Any]) -> None:
        """Opens a modal."""
        bot.modals.append(Everything())
        await interaction.response.send_modal(bot.modals[-1])

    @tree.command()
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def anywhere(interaction: discord.Interaction[Any], words: str) -> None:
        """Goes with you."""
        bot.interactions.append(interaction)
        await interaction.response.send_message(words)

    @anywhere.autocomplete("words")
    async def suggest(_interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current}house", value="lighthouse")]

    return tree


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with described_sandbox() as box, aiohttp.ClientSession() as session:
        control = Control(session, box.control)
        await control.post("/discord/settings", heartbeat_s=BEAT_S)
        found = Bot(box, control, new_client(), await control.person("Cleo"))
        async with connected(box, found.client, _commands(found)):
            yield found


async def until(found: Any) -> Any:
    """Return what *found* returns, as soon as that is true."""
    for _ in range(500):
        if answer := found():
            return answer
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come")


async def test_discord_py_follows_servers_roles_channels_and_threads(bot: Bot) -> None:
    made = await bot.control.post("/servers", name="Second")
    guild = await until(lambda: bot.client.get_guild(int(made["id"])))
    role = await bot.control.post("/roles", server=made["id"], name="Painters", permissions=["MANAGE_GUILD"])
    forum = await bot.control.post("/channels", server=made["id"], name="questions", kind="forum", nsfw=True)
    owner = Person(bot.control, str(guild.owner_id), "Ana")
    post = await owner.thread(forum["id"], "how?", content="so?")

    known = await until(lambda: guild.get_role(int(role["id"])))
    thread = await until(lambda: guild.get_thread(int(post)))
    member = await guild.fetch_member(guild.owner_id)

    assert (known.permissions.manage_guild, thread.parent.name, thread.parent.nsfw) == (True, "questions", True)
    assert member.display_name == "Ana"
    await bot.control.post("/roles/delete", role=role["id"])
    await until(lambda: guild.get_role(int(role["id"])) is None)


async def test_values_of_each_type_and_a_select_arrive(bot: Bot) -> None:
    role = (await bot.control.post("/roles", name="Painters", permissions=[]))["id"]
    channel = next(c.id for c in bot.box.world.channels.values() if c.name == "studio")

    await bot.ana.slash("harbor", "everything", person=bot.ana.id, role=role, where=channel, file=File("a.csv", b"1"))
    card = await bot.ana.see("harbor", lambda m: "by whom" in m["content"], "the question")
    await bot.ana.choose(card, "who", bot.ana.id)
    await bot.ana.see("harbor", lambda m: m["content"] == "Cleo was chosen", "the choice")

    member, given, where, file = bot.namespaces[0]
    assert (member.display_name, given.name, where.name, await file.read()) == ("Cleo", "Painters", "studio", b"1")
    assert bot.interactions[0].permissions.view_channel


async def test_a_command_of_a_users_menu_gets_the_member(bot: Bot) -> None:
    await bot.ana.user_menu("harbor", "Who is", bot.ana.id)
    answer = await bot.ana.see("harbor", lambda m: bool(m["content"]), "the answer")

    assert answer["content"] == "Cleo with 1 roles"


async def test_a_modal_with_a_field_of_each_type_is_accepted(bot: Bot) -> None:
    role = (await bot.control.post("/roles", name="Painters", permissions=[]))["id"]

    await bot.ana.slash("harbor", "fill")
    await bot.ana.fill(prompt="a lighthouse", colour="green", agreed=True, role=[role], file=[File("a.png", b"1")])
    await bot.ana.see("harbor", lambda m: m["content"] == "taken", "the answer")

    modal = bot.modals[0]
    assert (modal.prompt.component.value, modal.colour.component.value) == ("a lighthouse", "green")
    assert (modal.agreed.component.value, modal.role.component.values[0].name) == (True, "Painters")
    assert modal.file.component.values[0].filename == "a.png"


async def test_a_user_install_works_without_the_bot_in_the_server(bot: Bot) -> None:
    await bot.control.post("/people/change", person=bot.ana.id, installed=True)
    server = (await bot.control.post("/servers", name="Elsewhere", bot=False))["id"]
    await bot.control.post("/members", server=server, person=bot.ana.id)
    await bot.control.post("/channels", server=server, name="salon")
    friend = await bot.control.person("Friend")
    group = (await bot.control.post("/groups", people=[bot.ana.id, friend.id]))["id"]

    suggestions = await bot.ana.suggestions("salon", "anywhere", "words", words="light")
    for channel in ("salon", group, "dm"):
        await bot.ana.slash(channel, "anywhere", words="hello")
    await bot.ana.see("salon", lambda m: m["content"] == "hello", "the answer")
    await until(lambda: len(bot.interactions) == 3)

    assert suggestions == [{"name": "lighthouse", "value": "lighthouse"}]
    assert [i.is_user_integration() for i in bot.interactions] == [True, True, True]
    assert not bot.interactions[0].is_guild_integration()
    assert [i.context.private_channel for i in bot.interactions] == [False, True, False]


async def test_a_discord_py_bot_adds_reactions_and_waits_for_one(bot: Bot) -> None:
    channel: Any = bot.client.get_channel(int(next(iter(bot.box.world.channels))))
    asked = await channel.send("Good?")

    await asked.add_reaction("👍")
    await asked.add_reaction("❤")
    asking = bot.client.wait_for("reaction_add", check=lambda _, user: not user.bot, timeout=5)
    await bot.ana.react(str(asked.id), "❤")
    reaction, user = await asking
    read = await channel.fetch_message(asked.id)
    await read.remove_reaction("❤", user)
    users = [one.id async for one in read.reactions[0].users()]
    await read.clear_reactions()
    with pytest.raises(discord.HTTPException) as unknown:
        await read.add_reaction("party:1234567890")

    assert (str(reaction), user.display_name) == ("❤\ufe0f", "Cleo")
    assert [(str(one), one.count, one.me) for one in read.reactions] == [("👍", 1, True), ("❤\ufe0f", 2, True)]
    assert (users, unknown.value.code) == ([int(bot.box.world.bot_id)], 10014)
    assert bot.box.world.messages[str(asked.id)].reactions == {}


@pytest.mark.alone
async def test_a_heartbeat_is_answered_no_sooner_than_discord_py_can_measure(bot: Bot) -> None:
    beats, latencies_s = bot.box.record.part("gateway"), list[float]()
    for _ in range(5):
        before = len(beats)
        await until(lambda before=before: len(beats) > before)
        await asyncio.sleep(BEAT_S / 2)  # the answer comes in between two heartbeats
        latencies_s.append(bot.client.latency)

    assert max(latencies_s) < BEAT_S / 2


async def test_embeds_and_emoji_are_taken_as_discord_py_writes_them(bot: Bot) -> None:
    view = discord.ui.View()
    for emoji in ("✅", "<a:party:123456789012345678>"):
        view.add_item(discord.ui.Button(label="Go", emoji=emoji))
    view.add_item(discord.ui.Select(options=[discord.SelectOption(label="a", emoji="✅")]))
    channel = next(iter(bot.client.guilds)).text_channels[0]

    sent = await channel.send(embed=discord.Embed(title="Rolled", description="6"), view=view)

    (posted,) = await bot.ana.messages(channel.name)
    assert posted["components"][0]["components"][0]["emoji"] == {"name": "✅"}
    assert (sent.embeds[0].title, bot.box.record.part("violations")) == ("Rolled", [])
