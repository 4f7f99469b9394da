"""/operator servers, share and bill: what servers spend of the budget."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands, ui
from discord.app_commands import Range
from discord.ext import commands

from cogs.interactions import read_limits, submission
from cogs.interactions.buttons import IdButton
from cogs.interactions.context import context_of
from cogs.interactions.operator_commands import ID_CHARS, named_server, operator_only, suggest_servers
from cogs.text import operator_spending
from cogs.text.i18n import Translator
from cogs.text.markdown import shortened
from cogs.text.operator_spending import names_of
from cogs.ui import cards
from cogs.ui.files import file_of
from cogs.ui.ids import Verb
from cogs.ui.limits import CARD_CHARS
from imagegen.errors import Reason, Refused
from imagegen.model import Scope
from imagegen.policy.bill import bill_csv
from imagegen.policy.spending import MAX_USD
from imagegen.reports import Bill, SpendingPage

MONTH_CHARS = 7
PAGE_DIGITS = 4


class SpendingCommands(commands.Cog):
    """The subcommands of /operator about money. cogs/operator.py has the group."""

    @app_commands.command(name="servers", description="See what each server spends this month, with a forecast.")
    @app_commands.describe(server="Show one server in detail, by model and by day")
    @app_commands.autocomplete(server=suggest_servers)
    async def servers(self, interaction: discord.Interaction[Any], server: Range[str, 0, ID_CHARS] = "") -> None:
        """Show in private what servers spend, or one server in detail."""
        operator_only(interaction)
        server_id = named_server(server)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await (_show_page(interaction, 0) if server_id is None else _show_server(interaction, server_id))

    @app_commands.command(name="share", description="Limit what a server can spend of the budget each month.")
    @app_commands.describe(
        server="The server", usd="US dollars a month. 0 stops the server. Leave it empty to remove its own share"
    )
    @app_commands.autocomplete(server=suggest_servers)
    async def share(
        self,
        interaction: discord.Interaction[Any],
        server: Range[str, 1, ID_CHARS],
        usd: Range[float, 0, MAX_USD] | None = None,
    ) -> None:
        """Give a server a share of the budget, or remove it."""
        operator_only(interaction)
        if (server_id := named_server(server)) is None:
            raise Refused(Reason.NO_SERVER_ID)
        admin, translate = context_of(interaction).service.operator_admin, submission.translator_for_user(interaction)
        now = await submission.within_deadline(admin.set_share(server_id, usd, user_id=interaction.user.id))
        scope = Scope(server_id)
        name = operator_spending.who(scope, names_of(interaction.client, [scope]), translate)
        await interaction.response.send_message(operator_spending.share(name, usd, now, translate), ephemeral=True)

    @app_commands.command(name="bill", description="Download what each server spent in a month, as a table.")
    @app_commands.describe(
        month="The month, like 2026-11. Leave it empty for this month", server="Leave it empty for all servers"
    )
    @app_commands.autocomplete(server=suggest_servers)
    async def bill(
        self,
        interaction: discord.Interaction[Any],
        month: Range[str, 0, MONTH_CHARS] = "",
        server: Range[str, 0, ID_CHARS] = "",
    ) -> None:
        """Send the bill of a month in private, as a file."""
        operator_only(interaction)
        server_id = named_server(server)
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = await context_of(interaction).service.operator_admin.bill(month.strip(), server_id)
        text = operator_spending.bill(found, submission.translator_for_user(interaction))
        files = [_table(interaction, found)] if found.lines else []
        await interaction.edit_original_response(content=text, attachments=files)


class _PageButton(IdButton):
    """Show another page of /operator servers. The id is the number of the page."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        operator_only(interaction)
        read_limits.count_pages(interaction)
        await interaction.response.defer()
        await _show_page(interaction, self.its_id)


class PreviousServersButton(_PageButton, verb=Verb.PREVIOUS_SERVERS, digits=PAGE_DIGITS):
    """Show the page before."""


class NextServersButton(_PageButton, verb=Verb.NEXT_SERVERS, digits=PAGE_DIGITS):
    """Show the next page."""


async def _show_page(interaction: discord.Interaction[Any], number: int) -> None:
    """Show a page in place of the private reply."""
    translate = submission.translator_for_user(interaction)
    found = await context_of(interaction).service.operator_admin.spending(number)
    names = names_of(interaction.client, (server.scope for server in found.servers))
    view = cards.one_sentence(shortened(operator_spending.page(found, names, translate), CARD_CHARS))
    if buttons := _page_buttons(found, translate):
        view.add_item(ui.ActionRow(*buttons))
    await interaction.edit_original_response(view=view)


def _page_buttons(found: SpendingPage, translate: Translator) -> list[IdButton]:
    buttons: list[IdButton] = [PreviousServersButton(found.page - 1, translate)] if found.page else []
    return buttons + ([NextServersButton(found.page + 1, translate)] if found.page + 1 < found.pages else [])


async def _show_server(interaction: discord.Interaction[Any], server_id: int) -> None:
    translate, scope = submission.translator_for_user(interaction), Scope(server_id)
    found = await context_of(interaction).service.operator_admin.server_spending(server_id)
    text = operator_spending.detail(found, names_of(interaction.client, [scope]), translate)
    await interaction.edit_original_response(view=cards.one_sentence(shortened(text, CARD_CHARS)))


def _table(interaction: discord.Interaction[Any], found: Bill) -> discord.File:
    scopes = [line.scope for line in found.lines if line.scope is not None]
    names = dict(names_of(interaction.client, scopes))
    names |= {scope: operator_spending.who(scope, {}) for scope in scopes if scope.server_id is None}
    return file_of(bill_csv(found, names), f"wanvas-bill-{found.month}.csv")
