"""A small bot to try in the sandbox: python -m sandbox play -- python sandbox/examples/dice.py"""

import os
import random

import discord
from discord.app_commands import CommandTree, Range


class Dice(discord.Client):
    async def setup_hook(self) -> None:
        self.add_view(RollAgain(timeout=None))
        await tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        if self.user in message.mentions and not message.author.bot:
            await message.reply(f"Hello {message.author.display_name}! Try /roll.")


class RollAgain(discord.ui.View):
    @discord.ui.button(label="Roll again", custom_id="again")
    async def again(self, interaction: discord.Interaction, _button: object) -> None:
        await interaction.response.edit_message(content=f"You rolled {random.randint(1, 6)} this time.")


bot = Dice(intents=discord.Intents.default())
tree = CommandTree(bot)


@tree.command(description="Roll a die.")
async def roll(interaction: discord.Interaction, sides: Range[int, 2, 100] = 6) -> None:
    view = RollAgain(timeout=None)
    await interaction.response.send_message(f"You rolled {random.randint(1, sides)} of {sides}.", view=view)


bot.run(os.environ["DISCORD_TOKEN"])
