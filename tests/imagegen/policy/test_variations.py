"""A variation keeps what it promises to keep, and what a member changes afterwards is no variation."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from imagegen.image_request import ImageLink, ImageRequest, Quality
from imagegen.policy import variations
from imagegen.policy.validation import edit_request, repeat_request
from imagegen.policy.variations import INSTRUCTION, LARGER, STRONG, SUBTLE
from imagegen.wan.catalogue import MODELS, request_limits
from imagegen.wan.record import Use
from tests.cogs.objects import a_job

IMAGE = ImageLink("https://cdn.discordapp.com/x.png", "x.png")
EDITING = [request_limits(model, Use.IMAGE_EDITING) for model in MODELS.values() if Use.IMAGE_EDITING in model.modes]


@given(st.text(min_size=1, max_size=4000), st.sampled_from(EDITING))
def test_the_prompt_of_a_subtle_variation_fits_with_its_instruction(prompt: str, limits: object) -> None:
    subtle = variations.subtle_of(a_job(prompt), IMAGE, 2, limits)  # type: ignore[arg-type]  # hypothesis' list

    sent = variations.words_for(subtle) + subtle.prompt
    assert len(sent) <= limits.prompt_chars  # type: ignore[attr-defined]  # hypothesis' list
    assert sent.startswith(INSTRUCTION)
    assert prompt.startswith(subtle.prompt)


def test_a_strong_variation_has_another_seed_and_the_same_options() -> None:
    source = a_job(count=3)

    strong = variations.strong_of(source, can_enhance=True)

    assert strong.seed is None
    assert replace(strong, seed=7, enhance=None, variation=()) == source.request


def test_a_larger_image_keeps_seed_and_model_and_stays_a_subtle_variation() -> None:
    source = a_job(request=ImageRequest("a boat", seed=7, variation=(SUBTLE, LARGER), varied_number=2))

    larger = variations.larger_of(source, Quality.FOUR_K)

    assert (larger.seed, larger.model, larger.quality) == (7, "wan2.6-t2i", Quality.FOUR_K)
    assert (larger.variation, larger.varied_number) == ((SUBTLE, LARGER), 2)


def test_a_repeat_stays_subtle_and_is_not_strong_or_larger() -> None:
    subtle = repeat_request(a_job(request=ImageRequest("a boat", variation=(SUBTLE, LARGER), varied_number=2)))
    strong = repeat_request(a_job(request=ImageRequest("a boat", variation=(STRONG,))))

    assert (subtle.variation, subtle.varied_number, strong.variation) == ((SUBTLE,), 2, ())


def test_an_edited_prompt_is_no_variation_and_an_unchanged_one_is_a_repeat() -> None:
    source = a_job(request=ImageRequest("a boat", seed=7, variation=(SUBTLE,), varied_number=2))

    edited = edit_request(source, replace(source.request, prompt="a ship"))
    unchanged = edit_request(source, source.request)

    assert (edited.variation, edited.varied_number, edited.seed) == ((), None, 7)
    assert (unchanged.variation, unchanged.seed) == ((SUBTLE,), None)
