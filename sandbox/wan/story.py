"""Write the text of a story and place its images. Pure: the same prompt and seed give the same story."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

StoryPart = str | int  # a paragraph, or the number of an image, from 0


@dataclass(frozen=True)
class StoryLanguage:
    """The sentences of stories in one language."""

    places: tuple[str, ...]
    events: tuple[str, ...]
    endings: tuple[str, ...]
    opening: str
    next_part: str
    end: str


ENGLISH = StoryLanguage(
    places=("a quiet harbor", "the old lamp room", "a market under lanterns", "the tide pools", "a bridge of rope"),
    events=(
        "a gull lands, looks around — and decides to stay",
        "somebody has left a door open, and light falls through it",
        "the wind turns; everyone notices, no one says so",
        "a small boat comes in without a sail: 静かに, as if it knew the way",
        "rain begins, fine as thread, and the colors deepen",
    ),
    endings=("It is only the beginning…", "So the day goes on.", "And that is how they find it. 🌊"),
    opening="“{prompt}”: it begins at {place}, where {event}. {ending}",
    next_part="Then comes {place}, where {event}. {ending}",
    end="The end.",
)
CHINESE = StoryLanguage(
    places=("安静的港口", "旧灯室", "灯笼下的集市", "退潮后的水洼", "绳索桥头"),
    events=(
        "一只海鸥落下来，四处看看，决定留下",
        "有人忘了关门，光从门里透出来",
        "风向变了，人人都察觉到，谁也没有说",
        "一只没有帆的小船静静驶来，仿佛认得路",
        "下起雨来，细如丝线，颜色一点点变深",
    ),
    endings=("这才刚刚开始……", "这一天就这样过去。", "他们就这样找到了它。"),
    opening="“{prompt}”：故事从{place}开始，{event}。{ending}",
    next_part="接着来到{place}，{event}。{ending}",
    end="完。",
)


def plan(prompt: str, seed: int, images: int, *, paragraph: str = "", ends_in_text: bool = False) -> list[StoryPart]:
    """Return paragraphs and image numbers in turn; one paragraph if *images* is 0.

    *paragraph* replaces every paragraph. With *ends_in_text* a last paragraph follows the last image.
    """
    rng = Random(f"{prompt}\0{seed}")
    parts: list[StoryPart] = []
    for index in range(images):
        parts += [paragraph or _paragraph(rng, prompt, index), index]
    if ends_in_text or not images:
        parts.append(paragraph or f"{_paragraph(rng, prompt, images)}{_language(prompt).end}\n")
    return parts


def _language(prompt: str) -> StoryLanguage:
    return CHINESE if any("\u4e00" <= letter <= "\u9fff" for letter in prompt) else ENGLISH


def _paragraph(rng: Random, prompt: str, index: int) -> str:
    language = _language(prompt)
    text = (language.next_part if index else language.opening).format(
        prompt=prompt[:80], place=rng.choice(language.places), event=rng.choice(language.events),
        ending=rng.choice(language.endings),
    )  # fmt: skip
    return f"**{index + 1}.** {text}\n"


def fragments(parts: list[StoryPart], seed: int) -> Iterator[StoryPart]:
    """Yield the parts as a stream sends them: text in fragments of 2 to 7 characters, images whole."""
    rng = Random(seed)
    for part in parts:
        if isinstance(part, int):
            yield part
            continue
        rest = part
        while rest:
            length = rng.randrange(2, 8)
            yield rest[:length]
            rest = rest[length:]
