"""Texts are drawn by Discord's rules of markdown, whatever they hold, and in a few milliseconds."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.page.house import PageHouse, page_house
from tests.page.opening import Pages
from tests.page.watch import Watch

GO = "(channel) => import('/page/world/state.js').then((state) => state.go(channel))"
# What a text becomes: its elements without attributes.
DRAWN = """async (content) => {
  const { text } = await import("/page/messages/markdown.js");
  const write = (node) => node.nodeType === Node.TEXT_NODE ? node.data
    : `<${node.localName}>${[...node.childNodes].map(write).join("")}</${node.localName}>`;
  return [...text(content).childNodes].map(write).join("");
}"""
TOOK_MS = """async (content) => {
  const { text } = await import("/page/messages/markdown.js");
  const took = [1, 2, 3].map(() => {
    const start = performance.now();
    text(content);
    return performance.now() - start;
  });
  return Math.min(...took);
}"""
# For each address: the element of a link button, and how many links an embed has.
OPENS = """async (urls) => {
  const { component, embed } = await import("/page/messages/components.js");
  return urls.map((url) => {
    const drawn = embed({ title: "A title", url, author: { name: "An author", url } });
    const button = component({ type: 2, style: 5, label: "Docs", url }, () => {});
    return [button.localName, drawn.querySelectorAll("a").length];
  });
}"""
INLINE = {
    "**a** *b* _c_ __d__ ~~e~~": "<strong>a</strong> <em>b</em> <em>c</em> <u>d</u> <s>e</s>",
    "***a***": "<strong><em>a</em></strong>",
    "***a** b*": "<em><strong>a</strong> b</em>",
    "**a *b***": "<strong>a <em>b</em></strong>",
    "__*a*__": "<u><em>a</em></u>",
    "**open *a*": "**open <em>a</em>",
    "snake_case_name 2 * 3 * 4": "snake_case_name 2 * 3 * 4",
    "**** |||| ~~~~": "**** |||| ~~~~",
    "\\*a\\* \\d": "*a* \\d",
    "`*a*` ``b`c``": "<code>*a*</code> <code>b`c</code>",
    "`open": "`open",
    "||a **b**||": "<span><span>a <strong>b</strong></span></span>",
    "[a **b**](https://c.d/e_(f))": "<a>a <strong>b</strong></a>",
    "[a [b] c](<https://c.d>)": "<a>a [b] c</a>",
    "[a](ftp://c.d) [b](javascript:c)": "[a](ftp://c.d) [b](javascript:c)",
    "[https://good.com](https://bad.com)": "[<a>https://good.com</a>](<a>https://bad.com</a>)",
    "(https://a.b/c_d), <https://e.f>.": "(<a>https://a.b/c_d</a>), <a>https://e.f</a>.",
    "||https://a.b||": "<span><span><a>https://a.b</a></span></span>",
    "**https://c.d**": "<strong><a>https://c.d</a></strong>",
    "@everyone </imagine:1> <:blob:1>": "<span>@everyone</span> <button>/imagine</button> <span>:blob:</span>",
    "<@1> <@&1> <#1>": "<span>@unknown-user</span> <span>@deleted-role</span> <span>#no-access</span>",
    "<t:99999999999999:R> <t:1:x>": "<t:99999999999999:R> <t:1:x>",
}
BLOCKS = {
    "# a\n## b\n### c\n-# d\n#e": "<h3>a</h3><h3>b</h3><h3>c</h3><small>d</small><p>#e</p>",
    "> a\n> **b**\nc": "<blockquote><p>a\n<strong>b</strong></p></blockquote><p>c</p>",
    ">>> a\n\nb": "<blockquote><p>a\n\nb</p></blockquote>",
    "- a\n  1. b\n- c": "<ul><li><p>a</p><ol><li><p>b</p></li></ol></li><li><p>c</p></li></ul>",
    "- a\n1. b": "<ul><li><p>a</p></li></ul><ol><li><p>b</p></li></ol>",
    "```py\n# a **b**\n```c": "<p><pre><code># a **b**</code></pre>c</p>",
    "**a\nb**": "<p><strong>a\nb</strong></p>",
}
STYLES = {
    "t": "3:04 AM", "T": "3:04:05 AM", "d": "1/2/70", "D": "January 2, 1970", "f": "January 2, 1970 at 3:04 AM",
    "F": "Friday, January 2, 1970 at 3:04 AM", "s": "1/2/70, 3:04 AM", "S": "1/2/70, 3:04:05 AM",
}  # fmt: skip
LONG = {
    "every mark": "*_|[(<~", "brackets": "[", "labels": "[a](", "links": "[a](https://b.c)",
    "marks": "**a _b __c ~~d ||e [f ",
    "backticks": "` `` ", "addresses": "https://a(", "angles": "<", "quotes": "> ", "times": "<t:1:R>",
    "headings": "# a\n",
    "lists": "- a\n    - b\n", "fences": "```\n", "escapes": "\\*",
}  # fmt: skip


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[PageHouse]:
    async with page_house() as found:
        yield found


@pytest.fixture(scope="module")
async def opened(browser: Browser, house: PageHouse) -> AsyncIterator[Page]:
    """Open one page for all texts."""
    watch = Watch()
    found = await Pages(browser, watch).open(house.ana, house.channel)
    yield found
    await found.context.close()
    assert watch.faults() == []


@pytest.fixture
async def page(opened: Page, house: PageHouse) -> Page:
    """Show the house's first channel, whatever a test before has shown."""
    await opened.evaluate(GO, house.channel)
    return opened


@pytest.mark.parametrize("content", INLINE)
async def test_marks_links_and_mentions_are_drawn(page: Page, content: str) -> None:
    drawn = await page.evaluate(DRAWN, content)

    assert drawn == f"<p>{INLINE[content]}</p>"


@pytest.mark.parametrize("content", BLOCKS)
async def test_headings_quotes_lists_and_code_are_drawn(page: Page, content: str) -> None:
    drawn = await page.evaluate(DRAWN, content)

    assert drawn == BLOCKS[content]


@pytest.mark.parametrize("style", STYLES)
async def test_a_time_is_written_in_each_style(page: Page, style: str) -> None:
    drawn = await page.evaluate(DRAWN, f"<t:97445:{style}>")

    assert drawn.replace("\u202f", " ") == f"<p><time>{STYLES[style]}</time></p>"


@pytest.mark.parametrize("name", LONG)
async def test_a_long_text_is_drawn_in_a_few_milliseconds(page: Page, name: str) -> None:
    content = (LONG[name] * 4000)[:4000]

    took = await page.evaluate(TOOK_MS, content)

    assert took < 60  # 1 to 6 ms on an idle machine; a parser that looks back takes seconds


async def test_a_relative_time_ticks_with_the_clock_of_the_sandbox(house: PageHouse, page: Page) -> None:
    now_s = int(house.sandbox.world.clock.now().timestamp())
    await house.ana.say(house.channel, f"Ready <t:{now_s + 3600}:R>")
    time = page.get_by_role("article").get_by_role("time").filter(has_text="hour")
    await expect(page.get_by_text("in 60 minutes")).to_be_visible()

    await house.control.advance(2 * 3600)

    await expect(page.get_by_text("60 minutes ago")).to_be_visible()
    assert await time.count() == 0


async def test_a_spoiler_opens_by_keyboard_and_keeps_its_secret_until_then(house: PageHouse, page: Page) -> None:
    message = await house.ana.say(house.channel, "It was ||the butler https://example.com/||")
    article = page.locator(f"#m{message}")
    spoiler = article.get_by_role("button", name="Spoiler")
    await expect(article.get_by_role("link")).to_have_count(0)

    await spoiler.focus()
    await page.keyboard.press("Space")

    await expect(article.get_by_role("link", name="https://example.com/")).to_be_visible()
    await expect(spoiler).to_have_count(0)


async def test_an_open_spoiler_stays_open_when_its_message_changes(house: PageHouse, page: Page) -> None:
    message = await house.ana.say(house.channel, "It was ||the gardener||")
    article = page.locator(f"#m{message}")
    await article.get_by_role("button", name="Spoiler").click()

    await house.ana.edit(message, "It was ||the gardener|| or ||the cook||")

    await expect(article.get_by_role("button", name="Spoiler")).to_have_count(1)
    await expect(article.locator(".spoiler.shown")).to_have_text("the gardener")


async def test_link_buttons_and_embeds_open_only_addresses_of_the_web(page: Page) -> None:
    opened = await page.evaluate(
        OPENS, ["https://example.com/", "javascript:ran=1", " JAVASCRIPT:ran=1", "data:text/html,x", "file:///etc", ""]
    )

    assert opened == [["a", 2], *[["button", 0]] * 5]


async def test_links_to_messages_and_channels_stay_in_the_page(house: PageHouse, page: Page) -> None:
    studio = await house.new_channel("atelier")
    there = await house.ana.say(studio, "The place to go")
    server = house.sandbox.world.server_id
    link = f"https://discord.com/channels/{server}/{studio}/{there}"
    message = await house.ana.say(house.channel, f"{link} or [here]({link}) or <#{studio}>")
    article = page.locator(f"#m{message}")
    await expect(article.get_by_role("link", name="here")).to_be_visible()
    await expect(article.get_by_role("button", name="#atelier")).to_be_visible()

    await article.get_by_role("link", name="#atelier › ✉").click()

    await expect(page.get_by_role("heading", name="#atelier")).to_be_visible()
    await expect(page.get_by_text("The place to go")).to_be_visible()
    assert len(page.context.pages) == 1
