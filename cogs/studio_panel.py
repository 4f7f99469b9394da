"""The panel of a server's settings: what its buttons, selects and forms do.

Nothing is kept between two presses. Each press is judged by what Discord and the store say then, applies the one
setting that was pressed, and shows the panel again in place of the one before.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self

import discord
from discord import ui
from discord.ext import commands

from cogs.interactions import submission
from cogs.interactions.buttons import PersistentItem
from cogs.interactions.context import AppBot, AppContext
from cogs.interactions.managers import studio_of
from cogs.messaging.address import may_write
from cogs.text import formatters, panel_phrases, server_settings
from cogs.text.markdown import code, shortened
from cogs.ui import studio_forms, submitted_forms
from cogs.ui.ids import PANEL, PANEL_FORM
from cogs.ui.studio_panel import EPOCH, NONE, OVERVIEW, PAGE_OF, PAGES, TOGGLES, Panel, draw
from cogs.ui.submitted_forms import FormData
from imagegen.errors import Reason, Refused
from imagegen.policy.blocklist import parse_word_list
from imagegen.policy.server_settings import (
    LISTS,
    MAX_IMAGES,
    ServerSettings,
    SettingsChange,
    with_list_changed,
    with_tier,
)
from imagegen.server_admin import ServerAdmin

Change = Callable[[ServerSettings], ServerSettings]

TYPED_CHARS = 1600  # that are returned: the page has room for them
ID = re.compile(r"[0-9]{1,19}")
CHOSEN = (discord.TextChannel, discord.VoiceChannel, discord.StageChannel, discord.ForumChannel)


@dataclass(frozen=True)
class Press:
    """What a press asks for: a page, with a change or an answer first. *offset* as in Panel."""

    page: str
    change: Change | None = None
    undo_at: datetime | None = None
    offset: tuple[str, int] = ("", 0)
    answer: Callable[[ServerAdmin, int], Awaitable[str]] | None = None
    typed: str = ""  # to return if the change is refused


async def open_panel(interaction: discord.Interaction[Any]) -> None:
    """Show the panel in a message of its own, in private."""
    await show(interaction, Press(OVERVIEW), in_place=False)


async def show(interaction: discord.Interaction[Any], press: Press, *, in_place: bool = True) -> None:
    """Do what *press* asks for, and show the panel as it is then. Raises Refused MANAGERS_ONLY."""
    admin, server_id = studio_of(interaction)
    panel = await submission.within_deadline(_panel(interaction, admin, server_id, press))
    view, silent = draw(press.page, panel), discord.AllowedMentions.none()
    message = interaction.message
    if in_place and message is not None and message.flags.ephemeral:
        await interaction.response.edit_message(view=view, allowed_mentions=silent)
    else:
        await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=silent)


async def _panel(interaction: discord.Interaction[Any], admin: ServerAdmin, server_id: int, press: Press) -> Panel:
    translate = submission.translator_for_user(interaction)
    try:
        notice = await _done(interaction, admin, server_id, press)
    except Refused as refused:
        notice = formatters.sentence(refused, translate)
        notice += f"\n{code(shortened(press.typed, TYPED_CHARS))}" if press.typed else ""
    overview = await admin.overview(server_id)
    gone = frozenset(_gone(interaction.guild, overview.settings))
    closed = _is_log_closed(interaction.guild, overview.settings)
    return Panel(overview, admin.limits, translate, gone, closed, notice, press.offset)


async def _done(interaction: discord.Interaction[Any], admin: ServerAdmin, server_id: int, press: Press) -> str:
    """Do what *press* asks for, and return what to say about it. Raises Refused."""
    if press.answer is not None:
        return await press.answer(admin, server_id)
    made: Sequence[SettingsChange] | None = None
    if press.undo_at is not None:
        made = await admin.undo(server_id, press.undo_at, user_id=interaction.user.id)
    elif press.change is not None:
        made = await admin.change(server_id, press.change, user_id=interaction.user.id)
    is_same = made is not None and not made
    return submission.translator_for_user(interaction)(panel_phrases.NOTHING_CHANGED) if is_same else ""


class PanelItem(PersistentItem[ui.Item[Any]], template=PANEL):
    """Any button or select of the panel."""

    def __init__(self, item: ui.Item[Any], act: str, what: str, number: int) -> None:
        super().__init__(item)
        self.act, self.what, self.number = act, what, number

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read what a press does."""
        return cls(item, match["act"], match["what"], int(match["number"]))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Open a form, or do the rest and show the panel again. A made-up id shows the first page."""
        studio_of(interaction)
        if self.act == "form":
            await _open_form(interaction, self.what)
        else:
            await show(interaction, self._press(interaction))

    def _press(self, interaction: discord.Interaction[Any]) -> Press:
        if self.act == "page":
            return Press(self.what if self.what in PAGES else OVERVIEW)
        page, shown = PAGE_OF.get(self.what, OVERVIEW), (self.what, self.number)
        if self.act == "undo":
            return Press(page, undo_at=EPOCH + timedelta(microseconds=self.number))
        if self.act == "more":
            return Press(page, offset=shown)
        return Press(page, partial(self._changed, interaction), offset=shown)

    def _changed(self, interaction: discord.Interaction[Any], before: ServerSettings) -> ServerSettings:
        """Return *before* with what was pressed. Raises Refused for a choice that this server does not have.

        The store calls this in its own thread; it only reads what Discord has sent of the server.
        """
        name, chosen = self.what, _values_of(interaction)
        if self.act in ("on", "off") and name in TOGGLES:
            return _with(before, name, self.act == "on")
        if self.act == "list" and name in LISTS:
            shown = [int(found.id) for found in getattr(self.item, "default_values", ())]  # discord.py keeps text
            return with_list_changed(before, name, shown, _here(interaction.guild, name, chosen, shown))
        if self.act == "gone":
            return _without_gone(before, name, frozenset(_gone(interaction.guild, before)))
        if self.act == "pick" and name in PICKED:
            return _with(before, name, PICKED[name](interaction.guild, chosen))
        return before


def _with(settings: ServerSettings, name: str, value: object) -> ServerSettings:
    changed: dict[str, Any] = {name: value}
    return replace(settings, **changed)


def _values_of(interaction: discord.Interaction[Any]) -> list[str]:
    data: Any = interaction.data
    return [str(value) for value in (data or {}).get("values", ())]


def _here(guild: discord.Guild | None, name: str, values: Iterable[str], known: Collection[int] = ()) -> list[int]:
    """Return the chosen ids of channels or roles. Raises Refused NOT_IN_SERVER for one that is neither here nor known.

    A client may send anything.
    """
    ids = [int(value) for value in values if ID.fullmatch(value)]
    exists = _role if name == "exempt_roles" else _channel
    if any(one not in known and not exists(guild, one) for one in ids):
        raise Refused(Reason.NOT_IN_SERVER)
    return ids


def _channel(guild: discord.Guild | None, channel_id: int) -> bool:
    return guild is not None and isinstance(guild.get_channel(channel_id), CHOSEN)


def _role(guild: discord.Guild | None, role_id: int) -> bool:
    return guild is not None and guild.get_role(role_id) is not None


def _log_channel(guild: discord.Guild | None, chosen: Sequence[str]) -> int | None:
    ids = _here(guild, "log_channel_id", chosen[:1])
    if ids and guild is not None and not isinstance(guild.get_channel(ids[0]), discord.TextChannel):
        raise Refused(Reason.NOT_IN_SERVER)
    return ids[0] if ids else None


def _language(_guild: discord.Guild | None, chosen: Sequence[str]) -> str | None:
    named = "".join(chosen[:1])
    if named not in (NONE, *server_settings.language_names()):
        raise Refused(Reason.NOT_IN_SERVER)
    return None if named == NONE else named


def _days(_guild: discord.Guild | None, chosen: Sequence[str]) -> int | None:
    return _number("".join(chosen[:1]))


PICKED: Mapping[str, Callable[[discord.Guild | None, Sequence[str]], object]] = {
    "log_channel_id": _log_channel, "language": _language, "hold_newcomers_days": _days,
}  # fmt: skip


def _gone(guild: discord.Guild | None, settings: ServerSettings) -> Iterable[int]:
    """Yield the ids in the settings whose channel or role no longer exists; none while Discord has not sent them."""
    if guild is None or guild.unavailable or not guild.channels:
        return
    log = [] if settings.log_channel_id is None else [settings.log_channel_id]
    for channel_id in (*settings.channels, *settings.private_channels, *settings.hold_channels, *log):
        if guild.get_channel(channel_id) is None:
            yield channel_id
    for role_id in (*settings.exempt_roles, *(tier.role_id for tier in settings.tiers)):
        if guild.get_role(role_id) is None:
            yield role_id


def _is_log_closed(guild: discord.Guild | None, settings: ServerSettings) -> bool:
    """Return whether the bot may not post in the log channel, as far as Discord has said."""
    log = None if guild is None else guild.get_channel(settings.log_channel_id or 0)
    return guild is not None and log is not None and not may_write(log.permissions_for(guild.me), log)


def _without_gone(settings: ServerSettings, name: str, gone: Collection[int]) -> ServerSettings:
    if name == "tiers":
        return replace(settings, tiers=tuple(tier for tier in settings.tiers if tier.role_id not in gone))
    if name == "log_channel_id":
        return replace(settings, log_channel_id=None) if settings.log_channel_id in gone else settings
    return with_list_changed(settings, name, gone, ()) if name in LISTS else settings


async def _open_form(interaction: discord.Interaction[Any], what: str) -> None:
    admin, server_id = studio_of(interaction)
    settings = await submission.within_deadline(admin.settings(server_id))
    translate = submission.translator_for_user(interaction)
    await interaction.response.send_modal(studio_forms.draw(what, settings, admin.limits, translate, interaction.id))


class PanelForms(commands.Cog):
    """Handle the panel's submitted forms."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        known = submitted_forms.submitted_id(interaction, PANEL_FORM)
        if known is None:
            return
        try:
            form = submitted_forms.submitted_data(interaction)
            await show(interaction, FORMS[known["what"]](interaction, known["shown"], form))
        except Exception as error:
            await submission.reply_with_error(interaction, error)


def _limits(_interaction: discord.Interaction[Any], shown: str, form: FormData) -> Press:
    """Change the limits that were typed, not those that the form only showed: they may have changed since."""

    def change(before: ServerSettings) -> ServerSettings:
        for name, was in zip(server_settings.LIMITS, shown.split("."), strict=False):
            typed = _number(form.text(name))
            before = before if str(typed or 0) == was else _with(before, name, typed)
        return before

    return Press("limits", change)


def _tier(interaction: discord.Interaction[Any], _shown: str, form: FormData) -> Press:
    def change(before: ServerSettings) -> ServerSettings:
        (role_id,) = _here(interaction.guild, "exempt_roles", form.values.get("role", ())[:1]) or (None,)
        if role_id is None:
            raise Refused(Reason.NOT_IN_SERVER)
        return with_tier(before, role_id, _number(form.text("images")))

    return Press("limits", change)


def _words(_interaction: discord.Interaction[Any], shown: str, form: FormData) -> Press:
    """Replace the blocked words, unless another manager has changed them since the form was opened."""
    typed = form.text("words")[: studio_forms.WORDS_CHARS]

    def change(before: ServerSettings) -> ServerSettings:
        if studio_forms.shown_words(before) != shown:
            raise Refused(Reason.CHANGED_SINCE)
        return replace(before, blocked_words=parse_word_list(typed))

    return Press("safety", change, typed=typed)


def _prompt(interaction: discord.Interaction[Any], _shown: str, form: FormData) -> Press:
    translate = submission.translator_for_user(interaction)

    async def answer(admin: ServerAdmin, server_id: int) -> str:
        found = await admin.blocked_in(server_id, form.text("prompt")[: studio_forms.TEST_CHARS])
        refused = translate(panel_phrases.PROMPT_REFUSED, words=server_settings.blocked_words(found, translate))
        return refused if found else translate(panel_phrases.PROMPT_PASSES)

    return Press("safety", answer=answer)


FORMS = {"limits": _limits, "tier": _tier, "words": _words, "prompt": _prompt}


def _number(text: str) -> int | None:
    """Return the number that was typed; None for nothing or 0. Raises Refused NO_NUMBER or SETTING_OUT_OF_RANGE."""
    if not re.fullmatch(r"\d*", text):
        raise Refused(Reason.NO_NUMBER)
    if len(text) > studio_forms.NUMBER_CHARS:
        raise Refused(Reason.SETTING_OUT_OF_RANGE, limit=MAX_IMAGES)
    return int(text or 0) or None


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the panel's components and forms to *bot*."""
    await bot.add_cog(PanelForms())
    bot.add_dynamic_items(PanelItem)
