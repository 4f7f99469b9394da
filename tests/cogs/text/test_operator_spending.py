"""The card of /operator servers fits into Discord's limit, and no name of a server changes its form."""

from __future__ import annotations

from datetime import date

import pytest

from cogs.text import operator_spending
from cogs.text.i18n import translator_for
from cogs.text.units import units
from cogs.ui.limits import CARD_CHARS
from imagegen.model import DIRECT, INSTALL, Scope
from imagegen.reports import (
    Billed,
    BudgetAlert,
    QuotaStatus,
    ServerDetail,
    ServerSpending,
    Spending,
    SpendingPage,
)
from tests.imagegen.store.books import NOON

LAST_DAY = date(2026, 11, 30)
MOST = Spending(999_999_990_000, 999_999_990_000, 10**12, 10**13, date(2026, 11, 28))


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize("name", ["*" * 100, "\U0001f431" * 100, "猫" * 100, "<@1>`#" * 20])
def test_a_page_of_the_longest_names_and_amounts_fits_into_a_card(locale: str, name: str) -> None:
    scopes = [Scope(10**18 + number) for number in range(10)]
    servers = tuple(ServerSpending(scope, MOST, 100_000, 100_000) for scope in scopes)
    found = SpendingPage(MOST, servers, 998, 9999, LAST_DAY)

    text = operator_spending.page(found, dict.fromkeys(scopes, name), translator_for(locale))

    assert units(text) <= CARD_CHARS
    assert text.count("\n-# ") == 11


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_server_of_every_model_and_day_fits_into_a_card(locale: str) -> None:
    server, amount = ServerSpending(Scope(10**18), MOST, 100_000, 100_000), Billed(100_000, 100_000, 10**12)
    days = {date(2026, 10, day): amount for day in range(1, 32)}
    found = ServerDetail(server, {f"wan2.{n}-image-preview": amount for n in range(12)}, days, date(2026, 10, 31))

    assert units(operator_spending.detail(found, {}, translator_for(locale))) <= CARD_CHARS


@pytest.mark.parametrize(
    ("spending", "says"),
    [
        (Spending(4_100_000, 0, 10_000_000, 9_800_000), "US$4.10 of US$10.00 (41%) · on course for US$9.80 by Nov 30"),
        (
            Spending(0, 60_000, None, None),
            "US$0.06, no share · US$0.06 of it reserved · too early for a forecast",
        ),
        (Spending(30_000, 0, 0, 30_000), "US$0.03, stopped by a share of 0 · on course for US$0.03 by Nov 30"),
        (
            Spending(4_100_000, 0, 10_000_000, 12_500_000, date(2026, 11, 24)),
            "US$4.10 of US$10.00 (41%) · on course for US$12.50 by Nov 30 · used up around Nov 24",
        ),
        (Spending(30_000, 0, 20_000, 30_000), "US$0.03 of US$0.02 (150%) · on course for US$0.03 by Nov 30"),
    ],
)
def test_spending_is_said_with_its_limit_and_forecast(spending: Spending, says: str) -> None:
    assert operator_spending.spending(spending, LAST_DAY) == says


def test_what_is_no_server_has_a_name_of_its_own() -> None:
    assert [operator_spending.who(scope, {}) for scope in (DIRECT, INSTALL)] == ["Direct messages", "Personal installs"]


@pytest.mark.parametrize("percent", [50, 80, 100])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_managers_and_members_never_read_an_amount(percent: int, locale: str) -> None:
    share = QuotaStatus("share", percent * 1_234_567, 0, 123_456_700, NOON)

    text = operator_spending.share_in_words(share, percent, translator_for(locale))

    assert "$" not in text
    assert "1234" not in text
    assert (f"{percent}%" in text) is (percent < 100)


def test_an_alert_of_a_share_names_the_server_and_the_amounts() -> None:
    share = QuotaStatus("share", 400_000, 10_000, 500_000, NOON)

    text = operator_spending.share_alert(BudgetAlert(share, 80, Scope(7)), "Cats `7`")

    assert text == (
        "80% of the share of Cats `7` is used: US$0.41 of US$0.50 this month. At 100%, the bot accepts no more "
        "requests there."
    )
