"""/studio: what managers decide about the bot in their server. Discord's permissions say who is a manager."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from cogs import usage
from cogs.interactions import submission
from cogs.interactions.context import AppBot, AppContext
from cogs.interactions.managers import studio_of
from cogs.text import phrases, server_settings
from cogs.text.markdown import shortened
from cogs.ui import cards
from cogs.ui.limits import CARD_CHARS
from imagegen.policy.blocklist import parse_word_list
from imagegen.policy.server_settings import MAX_IMAGES, ServerSettings, Tier, with_blocked_words
from imagegen.server_admin import MAX_DAYS, MAX_GRANTED

LIST_CHARS = 500  # of the words that one command may block
TEST_CHARS = 2100  # the length of the longest prompt

T = TypeVar("T")
Channel = discord.TextChannel | discord.VoiceChannel | discord.ForumChannel | discord.StageChannel


@app_commands.default_permissions(manage_guild=True)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
class StudioCommands(commands.GroupCog, name="studio", description="Manage the bot in this server (managers only)."):
    """/studio. Each subcommand changes one part of the server settings and shows the change in private."""

    @app_commands.command(name="settings", description="See this server's settings and who changed them last.")
    async def settings(self, interaction: discord.Interaction[Any]) -> None:
        """Show all settings and the latest changes."""
        admin, server_id = studio_of(interaction)
        translate = submission.translator_for_user(interaction)
        settings, blocked, changes = await submission.within_deadline(
            asyncio.gather(admin.settings(server_id), admin.blocked(server_id), admin.changes(server_id))
        )
        lines = server_settings.settings_text(settings, blocked, translate, admin.limits)
        lines += ["", *(server_settings.change(change, translate, admin.limits) for change in changes)]
        await _say(interaction, "\n".join(lines).strip())

    @app_commands.command(
        name="limits", description="Set how many images a member can have per day, and the server per month."
    )
    @app_commands.describe(
        member_per_day="0 uses the bot operator's limit", server_per_month="0 uses the bot operator's limit"
    )
    async def limits(
        self,
        interaction: discord.Interaction[Any],
        member_per_day: Range[int, 0, MAX_IMAGES] | None = None,
        server_per_month: Range[int, 0, MAX_IMAGES] | None = None,
    ) -> None:
        """Set the quotas of members and of the server."""

        def change(settings: ServerSettings) -> ServerSettings:
            if member_per_day is not None:
                settings = replace(settings, member_images_per_day=member_per_day or None)
            if server_per_month is not None:
                settings = replace(settings, images_per_month=server_per_month or None)
            return settings

        await _change(interaction, change)

    @app_commands.command(
        name="tier", description="Set images per day for a role. A member with several roles gets the highest."
    )
    @app_commands.describe(role="The role that gets this limit", images_per_day="0 removes the tier")
    async def tier(
        self, interaction: discord.Interaction[Any], role: discord.Role, images_per_day: Range[int, 0, MAX_IMAGES]
    ) -> None:
        """Give a role a daily quota of its own, or remove it."""

        def change(settings: ServerSettings) -> ServerSettings:
            others = tuple(tier for tier in settings.tiers if tier.role_id != role.id)
            new = (Tier(role.id, images_per_day),) if images_per_day else ()
            return replace(settings, tiers=(*others, *new))

        await _change(interaction, change)

    @app_commands.command(
        name="exempt", description="Exempt a role from this server's member limit, or stop exempting it."
    )
    @app_commands.describe(role="The role to exempt", exempt="False stops exempting the role")
    async def exempt(self, interaction: discord.Interaction[Any], role: discord.Role, exempt: bool = True) -> None:
        """Exempt a role from the members' daily quota, or stop exempting it."""
        await _change(
            interaction,
            lambda settings: replace(settings, exempt_roles=_listed(settings.exempt_roles, role.id, exempt)),
        )

    @app_commands.command(
        name="channel", description="Allow the bot in a channel. If none is allowed, it works in every channel."
    )
    @app_commands.describe(
        channel="The channel, including its threads", allow="False removes the channel from the list"
    )
    async def channel(self, interaction: discord.Interaction[Any], channel: Channel, allow: bool = True) -> None:
        """Allow a channel, or stop allowing it. Without allowed channels, all are."""
        await _change(
            interaction, lambda settings: replace(settings, channels=_listed(settings.channels, channel.id, allow))
        )

    @app_commands.command(
        name="safety", description="Limit the bot to age-restricted channels, or post images as spoilers."
    )
    @app_commands.describe(
        age_restricted_only="Generate only in age-restricted channels",
        spoiler="Hide each image until someone clicks it",
    )
    async def safety(
        self,
        interaction: discord.Interaction[Any],
        age_restricted_only: bool | None = None,
        spoiler: bool | None = None,
    ) -> None:
        """Set whether results are spoilers, and whether only age-restricted channels are allowed."""

        def change(settings: ServerSettings) -> ServerSettings:
            if age_restricted_only is not None:
                settings = replace(settings, age_restricted_only=age_restricted_only)
            return settings if spoiler is None else replace(settings, spoiler=spoiler)

        await _change(interaction, change)

    @app_commands.command(
        name="blocked-word", description="Add or remove blocked words. They also match disguised spellings."
    )
    @app_commands.describe(word="A word or phrase. Separate several with commas", blocked="False unblocks them")
    async def blocked_word(
        self, interaction: discord.Interaction[Any], word: Range[str, 2, LIST_CHARS], blocked: bool = True
    ) -> None:
        """Block words in prompts, or unblock them."""
        listed = parse_word_list(word)
        translate = submission.translator_for_user(interaction)
        stored = translate(phrases.BLOCKED_WORDS_SAVED, words=server_settings.blocked_words(listed, translate))
        await _change(
            interaction,
            lambda settings: with_blocked_words(settings, listed, blocked),
            stored if listed and blocked else "",
        )

    @app_commands.command(
        name="test-prompt", description="Check whether a prompt contains this server's blocked words."
    )
    @app_commands.describe(prompt="The prompt to check. Nothing is generated")
    async def test_prompt(self, interaction: discord.Interaction[Any], prompt: Range[str, 1, TEST_CHARS]) -> None:
        """Say which blocked words a prompt contains."""
        admin, server_id = studio_of(interaction)
        found = await submission.within_deadline(admin.blocked_in(server_id, prompt[:TEST_CHARS]))
        translate = submission.translator_for_user(interaction)
        refused = translate(phrases.PROMPT_REFUSED, words=server_settings.blocked_words(found, translate))
        await _say(interaction, refused if found else translate(phrases.PROMPT_PASSES))

    @app_commands.command(name="log", description="Choose a channel where the bot logs each result with a link.")
    @app_commands.describe(channel="Leave it empty to turn off the log")
    async def log(self, interaction: discord.Interaction[Any], channel: discord.TextChannel | None = None) -> None:
        """Set or remove the channel in which results are logged."""
        await _change(
            interaction, lambda settings: replace(settings, log_channel_id=None if channel is None else channel.id)
        )

    @app_commands.command(
        name="grant", description="Give a member extra images this month, for when their daily images run out."
    )
    @app_commands.describe(member="The member who gets them", images="How many extra images")
    async def grant(
        self, interaction: discord.Interaction[Any], member: discord.Member, images: Range[int, 1, MAX_GRANTED]
    ) -> None:
        """Grant a member extra images this month."""
        admin, server_id = studio_of(interaction)
        granted = await submission.within_deadline(
            admin.grant(server_id, member.id, images, user_id=interaction.user.id)
        )
        await _say(
            interaction, server_settings.granted(granted, submission.translator_for_user(interaction), admin.limits)
        )

    @app_commands.command(name="block", description="Block a member from using the bot here, or unblock them.")
    @app_commands.describe(member="The member to block or unblock", blocked="False unblocks the member")
    async def block(self, interaction: discord.Interaction[Any], member: discord.Member, blocked: bool = True) -> None:
        """Block a member from using the bot here, or unblock them."""
        admin, server_id = studio_of(interaction)
        await submission.within_deadline(admin.block(server_id, member.id, blocked, user_id=interaction.user.id))
        text = phrases.BLOCKED if blocked else phrases.UNBLOCKED
        await _say(interaction, submission.translator_for_user(interaction)(text, member=member.mention))

    @app_commands.command(name="pause", description="Stop accepting requests in this server.")
    async def pause(self, interaction: discord.Interaction[Any]) -> None:
        """Accept no requests in this server."""
        await _change(interaction, lambda settings: replace(settings, paused=True))

    @app_commands.command(name="resume", description="Resume the bot in this server after a pause.")
    async def resume(self, interaction: discord.Interaction[Any]) -> None:
        """Accept requests in this server again."""
        await _change(interaction, lambda settings: replace(settings, paused=False))

    @app_commands.command(name="usage", description="See who used how many images: a chart and a table to download.")
    @app_commands.describe(days="How many days to include")
    async def usage(self, interaction: discord.Interaction[Any], days: Range[int, 2, MAX_DAYS] = 14) -> None:
        """Show the usage of the last days as a chart, a list and a file."""
        await usage.show(interaction, days)


async def _change(
    interaction: discord.Interaction[Any], change: Callable[[ServerSettings], ServerSettings], more: str = ""
) -> None:
    """Store *change* of the server settings, and show in private what is different now, followed by *more*."""
    admin, server_id = studio_of(interaction)
    made = await submission.within_deadline(admin.change(server_id, change, user_id=interaction.user.id))
    translate = submission.translator_for_user(interaction)
    lines = [server_settings.change(one, translate, admin.limits) for one in made] or [
        translate(phrases.NOTHING_CHANGED)
    ]
    await _say(interaction, "\n".join([*lines, *([more] if more else [])]))


async def _say(interaction: discord.Interaction[Any], text: str) -> None:
    await interaction.response.send_message(
        view=cards.one_sentence(shortened(text, CARD_CHARS)),
        ephemeral=True,
        allowed_mentions=discord.AllowedMentions.none(),
    )


def _listed(known: tuple[T, ...], one: T, wanted: bool) -> tuple[T, ...]:
    """Return *known* with *one* added or removed."""
    others = tuple(other for other in known if other != one)
    return (*others, one) if wanted else others


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the commands to *bot*."""
    await bot.add_cog(StudioCommands())
