"""The page's words and dates change with the acting person, also where it has no words of their language."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.page.house import PageHouse
from tests.page.opening import Pages


async def act_as(page: Page, name: str) -> None:
    await page.locator("#me").click()
    await page.get_by_role("menuitemradio", name=name).click()


async def test_the_words_return_to_english_with_the_person(house: PageHouse, pages: Pages) -> None:
    mei = await house.person("小梅", locale="zh-CN")
    page = await pages.open(mei, "harbor")
    await expect(page.get_by_role("button", name="新子区")).to_be_visible()

    await act_as(page, "Ana")

    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.get_by_role("button", name="New thread")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Message")).to_have_attribute(
        "placeholder", "Message, or / for commands"
    )


async def test_a_language_without_words_of_its_own_has_english_words_and_its_own_dates(
    house: PageHouse, pages: Pages
) -> None:
    dora = await house.person("Dora", locale="de")
    sent = await house.ana.say(house.channel, "<t:1767225600:F> and <t:86400:R>")
    page = await pages.open(dora, "harbor")
    article = page.locator("article", has_text=" and ")

    assert sent
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.locator("#me")).to_contain_text("DoraMember · Deutsch")
    await expect(article.locator("time[lang=de]").first).to_be_visible()
    await expect(article).to_contain_text("Donnerstag, 1. Januar 2026")
    await expect(article).to_contain_text("vor ")
