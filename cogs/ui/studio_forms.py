"""Draw the forms of the panel of a server's settings."""

from __future__ import annotations

import hashlib
from typing import Any

import discord
from discord import ui

from cogs.text import panel_phrases, server_settings
from cogs.text.i18n import Translator
from cogs.text.phrases import SETTING_NAMES
from cogs.ui.ids import panel_form_id
from cogs.ui.modals import Form, text_field
from imagegen.policy.quota import Limits
from imagegen.policy.server_settings import MAX_ALL_WORDS_CHARS, MAX_LIST_ITEMS, ServerSettings

WORDS_CHARS = MAX_ALL_WORDS_CHARS + MAX_LIST_ITEMS  # with the ends of the lines
TEST_CHARS = 2100  # the length of the longest prompt
NUMBER_CHARS = 6


def shown_limits(settings: ServerSettings) -> str:
    """Return the limits as a form's id holds them."""
    return ".".join(str(getattr(settings, name) or 0) for name in server_settings.LIMITS)


def shown_words(settings: ServerSettings) -> str:
    """Return a fingerprint of the blocked words."""
    return hashlib.sha256("\n".join(settings.blocked_words).encode()).hexdigest()[:16]


def draw(what: str, settings: ServerSettings, limits: Limits, translate: Translator, nonce: int) -> ui.Modal:
    """Draw one form of the panel, filled in with the settings of now."""
    if what == "limits":
        return LimitsForm(settings, limits, translate, nonce)
    if what == "words":
        return WordsForm(settings, translate, nonce)
    return TierForm(limits, translate, nonce) if what == "tier" else TryForm(translate, nonce)


class LimitsForm(Form):
    """Ask for the quotas of members and of the server."""

    def __init__(self, settings: ServerSettings, limits: Limits, translate: Translator, nonce: int) -> None:
        super().__init__(translate(panel_phrases.SET_LIMITS), panel_form_id("limits", shown_limits(settings), nonce))
        for name in server_settings.LIMITS:
            value = server_settings.effective(settings, name, translate, limits)
            field = _number(name, getattr(settings, name), translate(panel_phrases.OPERATORS_LIMIT))
            self._ask(translate(SETTING_NAMES[name]), field, value)


class TierForm(Form):
    """Ask for a role and its daily limit."""

    def __init__(self, limits: Limits, translate: Translator, nonce: int) -> None:
        super().__init__(translate(panel_phrases.SET_TIER), panel_form_id("tier", "", nonce))
        role: ui.RoleSelect[Any] = ui.RoleSelect(custom_id="role", placeholder=translate(panel_phrases.CHOOSE_ROLE))
        self._ask(translate("Role"), role)
        most = translate(panel_phrases.CEILING, number=server_settings.ceiling(server_settings.LIMITS[0], limits))
        self._ask(translate("Images per day"), _number("images", None, translate(panel_phrases.NO_TIER)), most)


class WordsForm(Form):
    """Ask for all blocked words, one a line."""

    def __init__(self, settings: ServerSettings, translate: Translator, nonce: int) -> None:
        super().__init__(translate(panel_phrases.EDIT_WORDS), panel_form_id("words", shown_words(settings), nonce))
        field = text_field("words", "\n".join(settings.blocked_words), WORDS_CHARS, required=False)
        self._ask(translate("Blocked words"), field, translate("Start a new row for each"))


class TryForm(Form):
    """Ask for a prompt to compare with the blocked words."""

    def __init__(self, translate: Translator, nonce: int) -> None:
        super().__init__(translate(panel_phrases.TRY_PROMPT), panel_form_id("prompt", "", nonce))
        self._ask(translate("Prompt"), text_field("prompt", "", TEST_CHARS), translate("Nothing is generated"))


def _number(custom_id: str, value: int | None, placeholder: str) -> ui.TextInput[Any]:
    return ui.TextInput(
        style=discord.TextStyle.short,
        custom_id=custom_id,
        default=None if value is None else str(value),
        placeholder=placeholder,
        max_length=NUMBER_CHARS,
        required=False,
    )
