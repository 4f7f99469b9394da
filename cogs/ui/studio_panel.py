"""Draw the panel of a server's settings: one message with pages. Each component is known by its id alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from discord import SelectDefaultValueType, ui

from cogs.text import panel_phrases, server_settings
from cogs.text.i18n import Translator
from cogs.text.phrases import SETTING_NAMES
from cogs.text.units import units
from cogs.ui.ids import panel_id
from cogs.ui.limits import CARD_CHARS, SELECT_OPTIONS
from cogs.ui.views import ACCENT, Card
from imagegen.policy.quota import Limits
from imagegen.policy.server_settings import DEFAULT_SETTINGS, MAX_LIST_ITEMS, ServerOverview, ServerSettings

Items = list[ui.Item[Any]]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAYS = (1, 3, 7, 14, 30, 90)
HOLDS = ("hold_channels", "hold_newcomers_days")
NONE = "-"  # the value of an option that stands for no value
TEXT_TYPES = [discord.ChannelType.text, discord.ChannelType.news]
CHANNEL_TYPES = [
    *TEXT_TYPES, discord.ChannelType.voice, discord.ChannelType.stage_voice, discord.ChannelType.forum,
    discord.ChannelType.media,
]  # fmt: skip
CHANGES_BELOW_A_PAGE = 3
GONE_SHOWN = 5
TIERS_SHOWN = 20


@dataclass(frozen=True)
class Panel:
    """What the panel shows. *gone* are ids of channels and roles in the settings that no longer exist.

    *log_closed*: the bot may not post in the log channel. *notice* says what the last press did. A *list* of settings
    longer than a select is shown from *offset* on.
    """

    overview: ServerOverview
    limits: Limits
    translate: Translator
    gone: frozenset[int] = frozenset()
    log_closed: bool = False
    notice: str = ""
    offset: tuple[str, int] = ("", 0)

    @property
    def settings(self) -> ServerSettings:
        """Return the server's settings."""
        return self.overview.settings

    def line(self, name: str) -> str:
        """Return a setting with its effective value, and what the setting means."""
        return self.with_hint(server_settings.setting_line(self.settings, name, self.translate, self.limits), name)

    def with_hint(self, text: str, name: str) -> str:
        """Return *text* above what the setting *name* means."""
        hints = [panel_phrases.HINTS[name]] if name in panel_phrases.HINTS else []
        hints += [panel_phrases.LOG_CLOSED] if name == "log_channel_id" and self.log_closed else []
        if name in HOLDS and getattr(self.settings, name) and self.settings.log_channel_id is None:
            hints.append(panel_phrases.NEEDS_LOG)
        return "\n".join([text, *(f"-# {self.translate(hint)}" for hint in hints)])


def draw(page: str, panel: Panel) -> ui.LayoutView:
    """Draw one page of the panel."""
    view = Card()
    view.add_item(_tabs(page, panel.translate))
    card: ui.Container[ui.LayoutView] = ui.Container(accent_color=ACCENT)
    above = [ui.TextDisplay[Any](panel.notice)] if panel.notice else []
    for item in (*above, *PAGES[page](panel)):
        card.add_item(item)
    used = sum(units(item.content) for item in card.walk_children() if isinstance(item, ui.TextDisplay))
    most = None if page == OVERVIEW else CHANGES_BELOW_A_PAGE
    for item in _changes(panel, most, CARD_CHARS - used):
        card.add_item(item)
    view.add_item(card)
    return view


def _tabs(page: str, translate: Translator) -> ui.ActionRow[Any]:
    styles = {page: discord.ButtonStyle.primary}
    grey = discord.ButtonStyle.secondary
    return ui.ActionRow(
        *(_button(label, "page", name, translate, style=styles.get(name, grey))
          for name, label in panel_phrases.PAGES.items())
    )  # fmt: skip


def _button(label: str, act: str, what: str, translate: Translator, number: int = 0, **more: Any) -> ui.Button[Any]:
    return ui.Button(label=translate(label), custom_id=panel_id(act, what, number), **more)


def _overview(panel: Panel) -> Items:
    translate = panel.translate
    lines = server_settings.settings_text(panel.settings, panel.overview.blocked, translate, panel.limits)
    paused = panel.settings.paused
    pause = _button(
        panel_phrases.RESUME if paused else panel_phrases.PAUSE, "off" if paused else "on", "paused", translate,
        style=discord.ButtonStyle.success if paused else discord.ButtonStyle.danger,
    )  # fmt: skip
    return [ui.TextDisplay("\n".join(lines)), ui.ActionRow(pause)]


def _limits(panel: Panel) -> Items:
    translate = panel.translate
    tiers = server_settings.some_tiers(panel.settings, TIERS_SHOWN, translate, panel.limits) or translate("none")
    title = translate("**{name}**: {value}", name=translate(SETTING_NAMES["tiers"]), value=tiers)
    gone = [tier.role_id for tier in panel.settings.tiers if tier.role_id in panel.gone]
    return [
        ui.TextDisplay("\n".join(panel.line(name) for name in server_settings.LIMITS)),
        ui.ActionRow(_button(panel_phrases.SET_LIMITS, "form", "limits", translate)),
        ui.TextDisplay("\n".join([panel.with_hint(title, "tiers"), *_gone_line(gone, translate)])),
        ui.ActionRow(
            _button(panel_phrases.SET_TIER, "form", "tier", translate), *_gone_button("tiers", gone, translate)
        ),
        *_list(panel, "exempt_roles"),
    ]


def _channels(panel: Panel) -> Items:
    lists = [item for name in ("channels", "private_channels", "hold_channels") for item in _list(panel, name)]
    return [*lists, _toggle(panel, "private")]


def _safety(panel: Panel) -> Items:
    translate = panel.translate
    return [
        _toggle(panel, "age_restricted_only"),
        _toggle(panel, "spoiler"),
        ui.TextDisplay(panel.line("hold_newcomers_days")),
        ui.ActionRow(_days(panel)),
        ui.TextDisplay(panel.line("blocked_words")),
        ui.ActionRow(
            _button(panel_phrases.EDIT_WORDS, "form", "words", translate),
            _button(panel_phrases.TRY_PROMPT, "form", "prompt", translate),
        ),
    ]


def _messages(panel: Panel) -> Items:
    chosen = panel.settings.log_channel_id
    gone = [chosen] if chosen in panel.gone and chosen is not None else []
    log: ui.ChannelSelect[Any] = ui.ChannelSelect(
        custom_id=panel_id("pick", "log_channel_id"),
        placeholder=panel.translate(panel_phrases.CHOOSE_LOG),
        channel_types=TEXT_TYPES,
        min_values=0,
        default_values=_defaults([] if chosen is None or gone else [chosen], SelectDefaultValueType.channel),
    )
    text = "\n".join([panel.line("log_channel_id"), *_gone_line(gone, panel.translate)])
    return [
        ui.TextDisplay(panel.line("language")),
        ui.ActionRow(_languages(panel)),
        ui.TextDisplay(text),
        ui.ActionRow(log),
        *([ui.ActionRow(*_gone_button("log_channel_id", gone, panel.translate))] if gone else []),
        _toggle(panel, "log_prompts"),
        _toggle(panel, "log_cost"),
    ]


OVERVIEW = "overview"
PAGES: Mapping[str, Callable[[Panel], Items]] = {
    OVERVIEW: _overview, "limits": _limits, "channels": _channels, "safety": _safety, "messages": _messages,
}  # fmt: skip
PAGE_OF: Mapping[str, str] = {
    "paused": OVERVIEW,
    **dict.fromkeys((*server_settings.LIMITS, "tiers", "exempt_roles"), "limits"),
    **dict.fromkeys(("channels", "private_channels", "hold_channels", "private"), "channels"),
    **dict.fromkeys(("age_restricted_only", "spoiler", "hold_newcomers_days", "blocked_words"), "safety"),
    **dict.fromkeys(("language", "log_channel_id", "log_prompts", "log_cost"), "messages"),
}
TOGGLES = [name for name in SETTING_NAMES if isinstance(getattr(DEFAULT_SETTINGS, name), bool)]


def _toggle(panel: Panel, name: str) -> ui.Section[Any]:
    """Return a setting with the button that changes it. The button names what it does, so two presses do it once."""
    is_on = getattr(panel.settings, name)
    button = _button(
        panel_phrases.TURN_OFF if is_on else panel_phrases.TURN_ON, "off" if is_on else "on", name, panel.translate
    )
    return ui.Section(panel.line(name), accessory=button)


def _list(panel: Panel, name: str) -> Items:
    """Return a select with a part of a list of channels or roles, and buttons for what no select can hold."""
    translate, ids = panel.translate, getattr(panel.settings, name)
    offset = panel.offset[1] if panel.offset[0] == name and panel.offset[1] <= len(ids) else 0
    gone = [one for one in ids if one in panel.gone]
    shown = [one for one in ids[offset : offset + SELECT_OPTIONS] if one not in panel.gone]
    more = _more_button(name, offset, len(ids), translate)
    text = f"**{translate(SETTING_NAMES[name])}**"
    if not ids:
        text = server_settings.setting_line(panel.settings, name, translate)
    elif more:
        last = min(offset + SELECT_OPTIONS, len(ids))
        text += translate(panel_phrases.PART_OF_LIST, first=min(offset + 1, last), last=last, number=len(ids))
    buttons = [*more, *_gone_button(name, gone, translate)]
    return [
        ui.TextDisplay("\n".join([panel.with_hint(text, name), *_gone_line(gone, translate)])),
        ui.ActionRow(_select(name, offset, shown, translate)),
        *([ui.ActionRow(*buttons)] if buttons else []),
    ]


def _select(name: str, offset: int, shown: Sequence[int], translate: Translator) -> ui.Item[Any]:
    about: dict[str, Any] = {
        "custom_id": panel_id("list", name, offset), "min_values": 0, "max_values": SELECT_OPTIONS,
    }  # fmt: skip
    if name == "exempt_roles":
        roles = _defaults(shown, SelectDefaultValueType.role)
        return ui.RoleSelect(**about, placeholder=translate(panel_phrases.CHOOSE_ROLES), default_values=roles)
    channels = _defaults(shown, SelectDefaultValueType.channel)
    return ui.ChannelSelect(
        **about,
        placeholder=translate(panel_phrases.CHOOSE_CHANNELS),
        channel_types=CHANNEL_TYPES,
        default_values=channels,
    )


def _defaults(ids: Sequence[int], kind: SelectDefaultValueType) -> list[discord.SelectDefaultValue]:
    return [discord.SelectDefaultValue(id=one, type=kind) for one in ids]


def _more_button(name: str, offset: int, length: int, translate: Translator) -> list[ui.Button[Any]]:
    """Return the button that shows the next part of a list, if one select cannot hold the list and one more."""
    if length < SELECT_OPTIONS:
        return []
    then = offset + SELECT_OPTIONS
    following = then if then <= length and then < MAX_LIST_ITEMS else 0
    return [_button(panel_phrases.NEXT_PART, "more", name, translate, following)]


def _gone_line(gone: Sequence[int], translate: Translator) -> list[str]:
    if not gone:
        return []
    ids = translate.nouns([f"`{one}`" for one in gone[:GONE_SHOWN]])
    return [f"-# {translate.plural(*panel_phrases.DELETED_IN_LIST, len(gone), ids=ids)}"]


def _gone_button(name: str, gone: Sequence[int], translate: Translator) -> list[ui.Button[Any]]:
    return [_button(panel_phrases.REMOVE_DELETED, "gone", name, translate)] if gone else []


def _days(panel: Panel) -> ui.Select[Any]:
    translate, chosen = panel.translate, panel.settings.hold_newcomers_days
    numbers = sorted({*DAYS, *([] if chosen is None else [chosen])})
    options = [discord.SelectOption(label=translate(panel_phrases.NO_REVIEW), value="0", default=chosen is None)]
    options += [
        discord.SelectOption(
            label=translate.plural("{number} day", "{number} days", number), value=str(number), default=number == chosen
        )
        for number in numbers
    ]
    return ui.Select(custom_id=panel_id("pick", "hold_newcomers_days"), options=options)


def _languages(panel: Panel) -> ui.Select[Any]:
    names, chosen = server_settings.language_names(), panel.settings.language
    unset = panel.translate(server_settings.UNSET["language"])
    options = [discord.SelectOption(label=unset, value=NONE, default=chosen is None)]
    options += [discord.SelectOption(label=name, value=v, default=v == chosen) for v, name in names.items()]
    return ui.Select(custom_id=panel_id("pick", "language"), options=options[:SELECT_OPTIONS])


def _changes(panel: Panel, most: int | None, room: int) -> Items:
    """Return the last changes that fit into *room*, and the button that undoes the last one of a setting."""
    lines: list[str] = []
    for change in panel.overview.changes[:most]:
        line = server_settings.change(change, panel.translate, panel.limits)
        if (room := room - units(line) - 1) < 0:
            break
        lines.append(line)
    if not lines:
        return []
    return [ui.Separator(), ui.TextDisplay("\n".join(lines)), *_undo(panel)]


def _undo(panel: Panel) -> Items:
    """Return the button that undoes the newest change of a setting. A block or a grant is undone by its command."""
    found = next((change for change in panel.overview.changes if change.what in SETTING_NAMES), None)
    if found is None:
        return []
    label = panel.translate(panel_phrases.UNDO, name=server_settings.name_of(found.what, panel.translate))
    at_us = (found.at - EPOCH) // timedelta(microseconds=1)
    return [ui.ActionRow(ui.Button(label=label, custom_id=panel_id("undo", found.what, at_us)))]
