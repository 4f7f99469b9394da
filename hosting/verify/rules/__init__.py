"""The rules of Discord that the bot relies on. Each is verified with what the bot itself uses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import aiohttp
import discord

from cogs.messaging.outcomes import RefusalAction, RouteClosed, action_of
from hosting.verify.items import Check, Item, Outcome, failed
from hosting.verify.rules import commands, content, forms, messages, places, private, timing
from hosting.verify.stage import Stage
from imagegen.errors import DeliverLater

ANSWERED_BEFORE = 40060

# What the bot does after each refusal.
THEN: Mapping[RefusalAction, str] = {
    RefusalAction.NEXT_ROUTE: "The bot would try another route.",
    RefusalAction.CHANNEL_CLOSED: "The bot would write to the person directly.",
    RefusalAction.GONE: "The bot would take the message for deleted.",
    RefusalAction.OTHER_FORM: "The bot would send the message in another form.",
    RefusalAction.OTHER_TEXT: "The bot would send the message without the prompt.",
    RefusalAction.SMALLER: "The bot would send smaller files.",
    RefusalAction.NO_REPLY: "The bot would send the message, but not as a reply.",
    RefusalAction.LATER: "The bot would try again later.",
    RefusalAction.TAKEN: "The bot would take it for answered.",
    RefusalAction.NEVER: "The bot would not try again.",
}

Rule = tuple[Item, Callable[[Stage], Awaitable[Outcome]]]

# First the rules that need no person. The others follow in an order in which each can use what the one before left.
RULES: tuple[Rule, ...] = (
    *commands.RULES, *timing.RULES, *messages.ALONE, *messages.WITH_OPERATOR, *private.RULES, *content.RULES,
    *forms.RULES, *places.RULES,
)  # fmt: skip
LAST: tuple[Rule, ...] = messages.AT_THE_END  # an interaction's token dies while the other items run


def checks(rules: Sequence[Rule], stage: Stage) -> list[Check]:
    """Return a check for each rule."""
    return [Check(item, partial(_judged, verify, stage)) for item, verify in rules]


async def _judged(verify: Callable[[Stage], Awaitable[Outcome]], stage: Stage) -> Outcome:
    """Return what *verify* returns, or FAILED with what Discord refused."""
    try:
        return await verify(stage)
    except discord.HTTPException as error:
        return failed(refusal(error))
    except (RouteClosed, DeliverLater) as error:
        cause = error.__cause__
        if isinstance(cause, discord.HTTPException):
            return failed(refusal(cause))
        return failed(f"Discord did not answer ({type(cause or error).__name__}).")
    except (aiohttp.ClientError, TimeoutError) as error:
        return failed(f"Discord did not answer ({type(error).__name__}).")


def refusal(error: discord.HTTPException) -> str:
    """Return what Discord refused, and what the bot makes of it."""
    if error.code == ANSWERED_BEFORE:
        return "Another process answered first: a bot runs with this token. Stop it, and verify again."
    return f"Discord refused it with status {error.status}, code {error.code}. {THEN[action_of(error)]}"
