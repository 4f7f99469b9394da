"""Requests by message: mentions, replies, direct messages, and the menu "Edit image"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from cogs.forms import open_edit
from cogs.help import MentionHelp, command_link
from cogs.interactions import submission, visibility
from cogs.interactions.context import AppBot, AppContext
from cogs.interactions.message_order import AcceptedMessages, MessageOrder
from cogs.interactions.private_results import by_direct_message, private_by_default
from cogs.interactions.used_characters import find_characters
from cogs.messaging import attachments, bot_mentions
from cogs.messaging.address import address_of_message, chosen_locale, may_write, requester_of_message
from cogs.messaging.attachments import Links
from cogs.messaging.forwards import images_of
from cogs.messaging.notices import Said
from cogs.text import formatters, phrases
from cogs.text import help as words
from cogs.text.clean_content import Names, names_in_message, readable
from cogs.text.i18n import Translator, translator_for
from cogs.text.substitution import Substitution, substitution_of
from cogs.ui.draft_cards import draft_buttons, draft_text
from cogs.ui.form_choices import prompt_form
from cogs.ui.ids import nonce
from cogs.ui.remedies import facts_for, remedy_view
from imagegen.errors import Reason, Refused, StoreUnavailable, WanvasError
from imagegen.image_request import ImageRequest
from imagegen.model import Job, Request, Requester
from imagegen.policy.validation import clean_text

log = structlog.get_logger(__name__)

EDITED_WITHIN = timedelta(minutes=5)  # a mention that is added later is no request
DRAFT_S = 15 * 60.0  # as long as a draft may be started
TYPED = (discord.MessageType.default, discord.MessageType.reply)  # not pins, joins or thread starters


@app_commands.context_menu(name="Edit image")
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def edit_image(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Open the edit form over a message. The interaction carries the whole message, whatever the intents are."""
    await open_edit(interaction, message)


@dataclass(frozen=True)
class Readers:
    """Who reads the answer to a message: the requester, and those who see the channel in *public_locale*."""

    requester: Requester
    public_locale: str

    @property
    def public(self) -> Translator:
        """Return the translator for what stands in the channel."""
        return translator_for(self.public_locale)

    @property
    def private(self) -> Translator:
        """Return the translator for what only the requester reads."""
        return translator_for(self.requester.locale)


class Mentions(commands.Cog):
    """Handle messages that make a request: a typed mention, a reply to a result, or any direct message."""

    def __init__(self, bot: AppBot) -> None:
        self._bot, self._turns, self._taken = bot, MessageOrder(), AcceptedMessages(EDITED_WITHIN)
        self._helper = MentionHelp(bot)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Take each new message of a person."""
        await self._take(message)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Accept a mention that is added soon after. Discord sends link previews as the same event without a time."""
        message = payload.message
        if message.edited_at is not None and message.edited_at - message.created_at <= EDITED_WITHIN:
            await self._take(message)

    async def _take(self, message: discord.Message) -> None:
        """Answer *message* once, if it addresses the bot, after the earlier messages of its writer."""
        me = self._bot.user
        if me is None or message.author.bot or message.webhook_id or message.type not in TYPED:
            return
        if not bot_mentions.is_for(message, me):
            return
        async with self._turns.of(message.author.id):
            if message.id not in self._taken:
                await self._answer(message, me)

    async def _answer(self, message: discord.Message, me: discord.ClientUser) -> None:
        readers = await self._readers(message)
        try:
            await self._asked(message, me, readers)
        except WanvasError as error:
            await self._refuse(message, error, readers)
        except Exception:
            log.exception("mention_failed", message_id=message.id)
            await self._notify(message, readers, lambda say: Said(formatters.sentence_for(Reason.INTERNAL, {}, say)))

    async def _readers(self, message: discord.Message) -> Readers:
        """Return the languages of those who read the answer. Without the store, only those that Discord says count."""
        history, server_id = self._bot.context.service.history, None if message.guild is None else message.guild.id
        try:
            locale, language = await submission.within_deadline(history.languages(message.author.id, server_id))
        except StoreUnavailable:
            locale, language = self._bot.context.service.members.settings(message.author.id).language, None
        requester = requester_of_message(message, locale or language)
        return Readers(requester, language or chosen_locale(message.guild) or requester.locale)

    async def _refuse(self, message: discord.Message, error: WanvasError, readers: Readers) -> None:
        form, reason = _repeat_form(message), error.reason

        def said(translate: Translator) -> Said:
            text = formatters.sentence_for(reason, facts_for(error.facts, form), translate)
            return Said(text, remedy_view(reason, translate, facts=error.facts, form=form, message_id=message.id))

        if reason not in phrases.PRIVATE_REASONS:
            await self._notify(message, readers, said)
            return
        public, private = Said(formatters.instead_of(reason, readers.public)), Said(said(readers.private).text)
        with suppress(WanvasError):
            await self._bot.context.notices.notify_in_private(
                message.channel.id, message.author.id, public, private, message.id, nonce=nonce("r", message.id)
            )

    async def _say(self, message: discord.Message, readers: Readers, phrase: str) -> None:
        await self._notify(message, readers, lambda translate: Said(translate(phrase)))

    async def _notify(
        self,
        message: discord.Message,
        readers: Readers,
        said: Callable[[Translator], Said],
        *,
        stay_s: float | None = None,
    ) -> None:
        notices, where = self._bot.context.notices, (message.channel.id, message.author.id)
        try:
            sent = await notices.notify(*where, said(readers.public), said(readers.private), message.id, stay_s=stay_s)
        except WanvasError:
            sent = False
        if not sent:
            log.warning("mention_unanswered", message_id=message.id)

    async def _asked(self, message: discord.Message, me: discord.ClientUser, readers: Readers) -> None:
        typed = bot_mentions.text_in(message, me)
        there = await self._replied_to(message)
        parent = None if there is None else await visibility.job_in(self._bot, there)
        withheld = bot_mentions.is_withheld(message, me)
        spoken_to = withheld or bot_mentions.is_direct(message) or bot_mentions.is_typed(message, me)
        if not spoken_to and (parent is None or not re.search(r"\w", typed)):
            return  # a reply that only pings is no request
        if withheld or not _is_bare(message, me):  # words that are added to a bare mention are a request
            self._taken.add(message.id)
        patch = substitution_of(bot_mentions.raw_text_in(message, me))
        if not self._may_write(message):
            await self._bot.context.notices.send_direct(message.author.id, readers.private(phrases.CANNOT_POST))
        elif withheld:
            await self._say(message, readers, phrases.UNREAD_ROLE_MENTION)
        elif bot_mentions.is_direct(message) and re.match(r"/\w", typed):
            await self._say(message, readers, phrases.COMMAND_AS_TEXT)
        elif _is_bare(message, me):
            await self._help(message, readers)
        elif patch is not None:
            await self._patch(message, patch, parent, readers)
        elif there is not None and not self._sees(there):
            await self._say(message, readers, phrases.REPLY_NOT_VISIBLE)
        else:
            await self._submit(message, bot_mentions.raw_text_in(message, me), there, parent, readers)

    async def _help(self, message: discord.Message, readers: Readers) -> None:
        """Answer a mention without words: with everything in a direct message, and with a hint in the channel."""
        if not self._helper.is_due(message):
            return
        is_sent = await self._helper.send_card(message, readers.requester, readers.private)
        if not bot_mentions.is_direct(message):
            link = partial(command_link, self._bot)
            await self._notify(message, readers, lambda translate: Said(words.short(link, translate, is_sent=is_sent)))

    async def _patch(self, message: discord.Message, patch: Substitution, source: Job | None, readers: Readers) -> None:
        """Submit the request of a result again with a few words of its prompt replaced."""
        names = names_in_message(message)
        patch = Substitution(*(clean_text(readable(part, names)) for part in (patch.old, patch.new)))
        context = self._bot.context
        if source is None:
            await self._say(message, readers, phrases.SUBSTITUTION_NEEDS_RESULT)
        elif not source.request.prompt:
            raise Refused(Reason.INPUTS_GONE)
        elif message.attachments or message.stickers:
            await self._say(message, readers, phrases.SUBSTITUTION_TAKES_NO_FILES)
        elif (prompt := patch.applied(source.request.prompt)) is None:
            await self._say(message, readers, phrases.SUBSTITUTION_NOT_FOUND)
        else:
            wanted = replace(source.request, prompt=prompt)
            wanted, _ = await find_characters(context, message.author.id, wanted, names, source)
            request = self._request(message, readers.requester, wanted)
            request = await by_direct_message(self._bot, message, request, readers.private, source.input_count)
            await context.service.change(request, source.id)

    async def _submit(
        self,
        message: discord.Message,
        typed: str,
        there: discord.Message | None,
        parent: Job | None,
        readers: Readers,
    ) -> None:
        """Submit the request of a message, whose text is *typed*, with Discord's markup.

        The image that the message replies to comes first: it is the one to edit, and it sets the aspect ratio.
        """
        replied = () if there is None else await images_of(self._bot, there)
        own = await images_of(self._bot, message, given=True)
        if not (replied or own) and there is None and message.type is discord.MessageType.reply:
            raise Refused(Reason.IMAGE_UNREACHABLE, position=1)
        if there is not None and not replied and self._lacks_image(there, parent, own):
            await self._say(message, readers, phrases.NO_IMAGES)
            return
        request = ImageRequest(
            _without_links(typed, message),
            images=(*replied, *own),
            parent_id=None if parent is None else parent.id,
            origins=("replied",) * len(replied) + ("own",) * len(own),
            model=None if parent is None else self._kept_model(parent, len(replied) + len(own)),
        )
        service, names = self._bot.context.service, names_in_message(message)
        request = service.members.with_defaults(request, readers.requester.user_id)
        requests = [
            await self._readable(message, readers, replace(request, prompt=prompt), names)
            for prompt in service.drafts.prompts(request.prompt, readers.requester.scope)
        ]
        if len(requests) == 1:
            await service.submit(await by_direct_message(self._bot, message, requests[0], readers.private))
        else:
            await self._offer(message, readers, [private_by_default(self._bot, one) for one in requests])

    async def _readable(self, message: discord.Message, readers: Readers, asked: ImageRequest, names: Names) -> Request:
        """Return the request with its characters, and with names in place of the markup for mentions."""
        asked, names = await find_characters(self._bot.context, message.author.id, asked, names)
        asked = replace(asked, prompt=clean_text(readable(asked.prompt, names)).strip())
        return self._request(message, readers.requester, asked)

    async def _offer(self, message: discord.Message, readers: Readers, requests: Sequence[Request]) -> None:
        """Reply with what each of *requests* is about, for the author to start all or none."""
        drafts, prompts = self._bot.context.service.drafts, [request.image_request.prompt for request in requests]
        counts = [len(request.image_request.images) for request in requests]
        units, draft_id = drafts.units(requests, counts), await drafts.keep(requests, counts)

        def said(translate: Translator) -> Said:
            return Said(draft_text(prompts, units, translate), draft_buttons(draft_id, translate))

        await self._notify(message, readers, said, stay_s=DRAFT_S)

    def _kept_model(self, parent: Job, images: int) -> str | None:
        """Return the model that was chosen for the result that a message edits, if that model takes the images."""
        return self._bot.context.service.model_options.kept(parent.request.model, images)

    def _lacks_image(self, there: discord.Message, parent: Job | None, own: Links) -> bool:
        """Return whether the message looks for an image in *there*, which has none.

        A reply to a private notice of the bot is a request of its own.
        """
        answered = bot_mentions.is_direct(there) and there.author == self._bot.user and parent is None
        return not answered and (not own or bool(there.attachments))

    def _request(self, message: discord.Message, requester: Requester, request: ImageRequest) -> Request:
        return Request(f"m:{message.id}", requester, request, address_of_message(message))

    async def _replied_to(self, message: discord.Message) -> discord.Message | None:
        """Return the message that *message* replies to; None if there is none or the bot cannot fetch it."""
        reference = message.reference
        if message.type is not discord.MessageType.reply or reference is None or reference.message_id is None:
            return None
        if reference.resolved is not None:
            return reference.resolved if isinstance(reference.resolved, discord.Message) else None
        try:
            return await message.channel.fetch_message(reference.message_id)
        except discord.HTTPException:
            return None

    def _sees(self, there: discord.Message) -> bool:
        """Return whether Discord shows the bot the whole content of a message.

        Without the intent, Discord shows the bot's own messages, direct messages, and those that mention the bot.
        https://discord.com/developers/docs/events/gateway#message-content-intent (2026-11-22)
        """
        me = self._bot.user
        own = there.author == me or there.guild is None or me in there.mentions
        return own or self._bot.intents.message_content or bool(attachments.from_message(there))

    def _may_write(self, message: discord.Message) -> bool:
        if message.guild is None or isinstance(message.channel, discord.PartialMessageable | discord.DMChannel):
            return True
        return may_write(message.channel.permissions_for(message.guild.me), message.channel)


def _is_bare(message: discord.Message, me: discord.ClientUser) -> bool:
    """Return whether *message* mentions the bot and has nothing else: no words, and no image."""
    return not (bot_mentions.raw_text_in(message, me) or attachments.from_message(message, given=True))


def _without_links(typed: str, message: discord.Message) -> str:
    """Return *typed* without the links whose previews are used as images."""
    for link in attachments.links_shown(message):
        typed = typed.replace(link, "")
    return typed.strip()


def _repeat_form(message: discord.Message) -> str:
    """Return the form that repeats a message's request: over its own images, over the replied ones, or prompt alone.

    Return None if no form can show all of its inputs.
    """
    there = None if message.reference is None else message.reference.resolved
    replied = attachments.from_message(there) if isinstance(there, discord.Message) else ()
    own, given = attachments.from_message(message), attachments.from_message(message, given=True)
    if (replied and given) or len(own) < len(given):
        return ""
    if own or not (replied and isinstance(there, discord.Message)):
        return f"edit:{message.id}" if own else prompt_form("words", ImageRequest(""))
    return f"edit:{there.id}"


async def setup(bot: AppBot, context: AppContext) -> None:
    """Add the listener to *bot*, and the menu if an offered model takes input images."""
    await bot.add_cog(Mentions(bot))
    if context.service.model_options.max_images:
        bot.tree.add_command(edit_image)
