"""Check the token, and the application as the developer portal has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hosting.checks import servers
from hosting.connect import Account, account, grants_message_content
from hosting.installs import USER_INSTALL_OFF, allows_user_install
from hosting.problems import Exit, Finding
from imagegen.ownership import LEASE
from imagegen.settings import MessageContent, Settings

IN_PORTAL = "in Discord's developer portal"
FEW_STARTS = 20  # of the 1,000 sessions a day, after which Discord resets the token
MAX_CLOCK_OFF_S = 5.0


async def found(settings: Settings) -> Sequence[Finding]:
    """Ask Discord about the application, without a gateway connection. Raise what ``explained`` explains."""
    if not settings.discord_token.get_secret_value():
        return ()
    return judged(await account(settings), settings)


def judged(known: Account, settings: Settings) -> Sequence[Finding]:
    """Return what stops the bot, or works less well than it could, by what Discord says."""
    where = servers.judged(known.permissions, settings.allowed_servers)
    more = (*_gateway(known, settings), *clock(known.clock_ahead_s), *where)
    return [*_intent(known, settings), *_application(known), *more]


def _intent(known: Account, settings: Settings) -> Iterator[Finding]:
    if grants_message_content(known.app):
        return
    if settings.message_content is MessageContent.ON:
        where = f"Switch the intent on {IN_PORTAL}, under Bot, or set MESSAGE_CONTENT=auto."
        yield Finding(f"MESSAGE_CONTENT is on, but Discord does not grant the intent. {where}", Exit.SETUP)
    else:
        yield Finding(
            "without the message-content intent, replies to other people's images cannot be read. "
            f"Switch the intent on {IN_PORTAL}, under Bot.",
            Exit.GOOD,
        )


def _application(known: Account) -> Iterator[Finding]:
    if known.app.interactions_endpoint_url:
        yield Finding(
            f"The application sends its commands to a web address. Empty Interactions Endpoint URL {IN_PORTAL}, under "
            "General Information.",
            Exit.SETUP,
        )
    if known.app.bot_require_code_grant:
        yield Finding(f"The invite link cannot work. Switch off Requires OAuth2 Code Grant {IN_PORTAL}.", Exit.SETUP)
    if not known.app.bot_public:
        yield Finding(f"only you can add the bot to servers. For others, switch on Public Bot {IN_PORTAL}.", Exit.GOOD)
    if not allows_user_install(known.app):
        yield Finding(f"{USER_INSTALL_OFF} In servers everything works.", Exit.GOOD)


def _gateway(known: Account, settings: Settings) -> Iterator[Finding]:
    if known.shards > 1 and known.shards > (settings.shard_count or known.shards):
        yield Finding(
            f"SHARD_COUNT is {settings.shard_count}, but Discord asks for {known.shards}. Set SHARD_COUNT and the "
            "SHARD_IDS of each process.",
            Exit.SETUP,
        )
    if known.starts_left < FEW_STARTS:
        yield Finding(
            f"Discord allows {known.starts_left} more starts today, and resets the token of a bot that exceeds them. "
            "Find out why the bot restarts so often.",
            Exit.RUN if known.starts_left else Exit.SETUP,
        )


def clock(ahead_s: float, whose: str = "Discord's") -> Iterator[Finding]:
    """Yield a finding if this machine's clock is not the other's. A process that is off by a lease seems dead."""
    if abs(ahead_s) <= MAX_CLOCK_OFF_S:
        return
    way = "ahead of" if ahead_s > 0 else "behind"
    weight = Exit.RUN if abs(ahead_s) > LEASE.total_seconds() else Exit.GOOD
    yield Finding(f"this machine's clock is {abs(ahead_s):.0f} s {way} {whose}. Switch on NTP.", weight)
