"""Use the panel of a server's settings as a manager does in a client."""

from __future__ import annotations

from typing import Any

from cogs.studio_panel import PICKED
from cogs.text.server_settings import LIMITS
from cogs.ui.studio_panel import PAGE_OF
from sandbox.people import NO_CHANNEL, Json, Person, SentInteraction, components_of, private_answer


async def opened(boss: Person, channel: str, page: str = "overview") -> Json:
    """Open the panel, and return its message with *page*."""
    message = await private_answer(boss, await boss.slash(channel, "studio settings"))
    return message if page == "overview" else await pressed(boss, message, "page", page)


def id_of(message: Json, act: str, what: str) -> str:
    """Return the id of the component that does *act* to *what*."""
    ids = [str(part.get("custom_id")) for part in components_of(message)]
    return next(found for found in ids if found.startswith(f"w1:studio:{act}:{what}:"))


async def pressed(boss: Person, message: Json, act: str, what: str, values: list[str] | None = None) -> Json:
    """Press or choose what does *act* to *what*, and return the message as it is then."""
    return await private_answer(boss, await press_id(boss, message, id_of(message, act, what), values))


async def press_id(boss: Person, message: Json, custom_id: str, values: list[str] | None = None) -> SentInteraction:
    """Press the component with this id, or choose *values* in it."""
    about = {"message": message["id"], "custom_id": custom_id, "values": values}
    sent = await boss.control.post("/act/press", person=boss.id, **about)
    return SentInteraction(boss.control, sent["interaction"])


async def form_opened(boss: Person, message: Json, form: str) -> None:
    """Open a form of the panel, and wait until it is there."""
    await press_id(boss, message, id_of(message, "form", form))
    await boss.wait(lambda state: bool(state["modals"]), "the form", channel=NO_CHANNEL)


async def filled(boss: Person, message: Json, form: str, **values: Any) -> Json:
    """Open a form of the panel, submit it with *values*, and return the panel as it is then."""
    await press_id(boss, message, id_of(message, "form", form))
    return await private_answer(boss, await boss.fill(**values))


async def decided(boss: Person, channel: str, **settings: Any) -> Json:
    """Change settings one after the other on the panel, by their names, and return its message.

    A list replaces the one that is shown; *tiers* are numbers by role. None stands for no value.
    """
    message, page = await private_answer(boss, await boss.slash(channel, "studio settings")), "overview"
    for name, value in settings.items():
        if PAGE_OF[name] != page:
            page = PAGE_OF[name]
            message = await pressed(boss, message, "page", page)
        message = await _decided(boss, message, name, value)
    return message


async def _decided(boss: Person, message: Json, name: str, value: Any) -> Json:
    if isinstance(value, bool):
        return await pressed(boss, message, "on" if value else "off", name)
    if name == "tiers":
        for role_id, images in value.items():
            message = await filled(boss, message, "tier", role=[role_id], images=str(images or ""))
        return message
    if name == "blocked_words":
        return await filled(boss, message, "words", words="\n".join(value))
    if name in LIMITS:
        return await filled(boss, message, "limits", **{name: str(value or "")})
    if name in PICKED:
        return await pressed(boss, message, "pick", name, [] if value is None else [str(value)])
    return await pressed(boss, message, "list", name, list(value))
