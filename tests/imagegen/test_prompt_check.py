"""A prompt is checked before the transaction that accepts it, by the blocked words that are then in force."""

from __future__ import annotations

import pytest

from imagegen.errors import Reason, StoreUnavailable
from imagegen.image_request import ImageRequest
from imagegen.model import Scope
from imagegen.prompt_check import SERVERS_KEPT, PromptCheck, Verdict, WordsChanged, verdict_on

REQUEST = ImageRequest("a turnip in a field")


class Server:
    """A server's blocked words, of which each transaction takes the next list; the last one stays."""

    def __init__(self, *lists: tuple[str, ...]) -> None:
        self.lists, self.runs = list(lists), 0

    async def transact(self, verdict: Verdict) -> bool:
        self.runs += 1
        words = self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]
        if verdict.words != words:
            raise WordsChanged(words)
        return verdict.holds


async def test_a_prompt_is_checked_by_the_present_blocked_words() -> None:
    judge, server = PromptCheck(), Server(("turnip",))

    assert await judge.judged(Scope(1), REQUEST, server.transact) is True
    assert await judge.judged(Scope(1), ImageRequest("a carrot"), server.transact) is False


async def test_remembered_blocked_words_save_the_second_transaction() -> None:
    judge, server = PromptCheck(), Server(("turnip",))
    await judge.judged(Scope(1), REQUEST, server.transact)
    runs = server.runs

    await judge.judged(Scope(1), REQUEST, server.transact)

    assert server.runs == runs + 1


async def test_a_prompt_is_checked_again_if_the_blocked_words_changed() -> None:
    judge, server = PromptCheck(), Server(("carrot",), ("turnip",))

    assert await judge.judged(Scope(1), REQUEST, server.transact) is True


async def test_blocked_words_that_change_each_time_end_in_an_error_not_a_loop() -> None:
    judge, server = PromptCheck(), Server(*((f"carrot{n}",) for n in range(100)))

    with pytest.raises(StoreUnavailable) as caught:
        await judge.judged(Scope(1), REQUEST, server.transact)

    assert caught.value.reason is Reason.STORE_UNAVAILABLE
    assert server.runs < 10


async def test_a_bounded_number_of_servers_is_remembered_and_the_oldest_is_dropped() -> None:
    judge = PromptCheck()

    for number in range(SERVERS_KEPT + 5):
        await judge.judged(Scope(number), REQUEST, Server(("turnip",)).transact)

    assert len(judge._known) == SERVERS_KEPT
    assert Scope(0) not in judge._known


async def test_a_server_without_blocked_words_is_not_remembered() -> None:
    judge = PromptCheck()
    await judge.judged(Scope(1), REQUEST, Server(("turnip",)).transact)

    assert await judge.judged(Scope(1), REQUEST, Server(()).transact) is False
    assert judge._known == {}


def test_the_negative_prompt_is_checked_too_and_by_itself() -> None:
    assert verdict_on(ImageRequest("a carrot", negative_prompt="no tu.r.n.ip, please t u r n i p"), ("turnip",)).holds
    assert not verdict_on(ImageRequest("a t u r", negative_prompt="n i p"), ("turnip",)).holds
