"""Match random prompts against random blocked words.

Promise: the answer comes quickly, a word gives the same answer alone and in a list, and a blocked word that stands
alone in the prompt is found under a random disguise.
"""

from __future__ import annotations

import time
from random import Random

from imagegen.policy.blocklist import contains_blocked, find_blocked, parse_word_list, searched_size
from imagegen.policy.server_settings import MAX_WORD_CHARS, MIN_WORD_CHARS
from imagegen.store.records import folded

PROMPT_CHARS = 2100
MOST_S = 0.25  # of CPU time; the slowest prompt takes 20 ms on a quiet machine
SIGNS = [
    *"ab il1!|0o$s5@4 -_.,'’\n\t", "裸", "体", "한", "ｶ", "\u0301", "\u0f73", "\u200b", "\u00ad", "\ufdfa", "ß", "İ",
    "ﬃ", "\N{CYRILLIC SMALL LETTER O}", "\N{MATHEMATICAL BOLD SMALL A}",
]  # fmt: skip
ANYTHING = (range(0x20, 0x3000), range(0x3000, 0xD800), range(0xE000, 0x110000))
BETWEEN = ("", ".", " ", "-", "*", "\u200b", "\u00ad")


def target(random: Random) -> str:
    """Match one random prompt."""
    words = tuple(drawn(random, MAX_WORD_CHARS) for _ in range(random.choice((1, 2, 5, 50))))
    prompt = drawn(random, random.choice((5, 50, PROMPT_CHARS)))
    began = time.thread_time()
    found = find_blocked(prompt, words)
    assert time.thread_time() - began < MOST_S, "the matcher is slow"
    assert found == tuple(word for word in words if contains_blocked(prompt, (word,)))
    assert parse_word_list(prompt) is not None
    assert folded(prompt) is not None
    find_hidden(prompt, random)
    return "found" if found else "free"


def drawn(random: Random, most: int) -> str:
    """Return a text of few signs that matter to the matcher, or of any signs. Some texts repeat one part."""
    kind, chars = random.randrange(4), random.randrange(1, most + 1)
    if kind == 0:
        return "".join(chr(random.choice(random.choice(ANYTHING))) for _ in range(chars))
    text = "".join(random.choices(SIGNS, k=chars))
    return text if kind < 3 else (text[: random.randrange(1, 6)] * chars)[:chars]


def find_hidden(prompt: str, random: Random) -> None:
    """Put a word of letters into *prompt* in disguise, and check that it is found."""
    word = "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=random.randrange(4, 12)))
    assert searched_size(word)[0] >= MIN_WORD_CHARS
    between = random.choice(BETWEEN)
    disguised = between.join(random.choice((sign, sign.upper(), sign + "\u0301")) for sign in word)
    assert contains_blocked(f"{prompt} , {disguised} , {prompt}", (word,)), f"{word!r} as {disguised!r}"
