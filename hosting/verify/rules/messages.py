"""Messages of the bot: cards with uploads, their files, thumbnails, and nonces."""

from __future__ import annotations

from hosting.verify import samples
from hosting.verify.items import Item, Outcome, failed, passed
from hosting.verify.stage import Stage


async def files_of_a_card(stage: Stage) -> Outcome:
    """Send a card with an image, and find the image as the bot does."""
    job = samples.job_in(stage.channel.id, stage.channel.guild.id, stage.operators[0])
    message = await stage.send_card(samples.result_post(job))
    found = await stage.images_in(message)
    listed, whole = len(message.attachments), [data for _, data in found] == [samples.png()]
    await stage.remove(message)
    facts = {"listed_files": listed, "found_images": len(found)}
    if not whole:
        return failed(f"The bot finds {len(found)} images in its own card, not the one it sent.", **facts)
    if listed:
        return failed(f"Discord lists {listed} file of a card as an attachment too.", **facts)
    return passed("The file is not listed as an attachment; its link gives the same bytes.", **facts)


RULES = ((Item("discord.files", "A card's file is not listed, and its link works"), files_of_a_card),)
