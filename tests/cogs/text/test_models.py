"""Each model has a plain word, what it is good for, and what an image uses of the quota, in every language."""

from __future__ import annotations

import pytest

from cogs.text import models
from cogs.text.i18n import ENGLISH, Translator, translator_for
from cogs.ui.limits import OPTION_CHARS
from imagegen.image_request import Intent
from imagegen.model_options import ModelOptions
from imagegen.reports import ModelOption
from imagegen.wan.catalogue import MODELS
from imagegen.wan.lineup import build_lineup
from tests.cogs.text.test_sentences import TRANSLATORS

CHINESE = translator_for("zh-CN")


def option(model: str, **more: bool) -> ModelOption:
    """Return the option of one offered model beside those of Wan 2.6."""
    found = ModelOptions(build_lineup(("wan2.6-image", "wan2.6-t2i", *([model] if model in MODELS else []))), {})
    return next(one for one in (*found.options(0), *found.options(1)) if one.model == model)


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("wan2.6-t2i", "Standard · quota: 1 each"),
        ("z-image-turbo", "Draft · quota: ½ each · fast and cheap, one result"),
        ("wan2.7-image-pro", "Detailed · quota: 2½ each · people and textures, up to 9 input images"),
        ("qwen-image-2.0-pro", "Lettering · quota: 2½ each · text in images, up to 3 input images"),
        ("qwen-image-plus", "Lettering · quota: 1 each · text in images, one result"),
        ("qwen-image-edit-plus", "Edit · quota: 1 each · changes to your images, up to 3 input images"),
        ("wan2.7-image", "Standard (wan2.7-image) · quota: 1 each · up to 9 input images"),
    ],
)
def test_a_choice_says_what_it_is_good_for_and_what_it_uses(model: str, text: str) -> None:
    assert models.option_text(option(model)) == text


@pytest.mark.parametrize("translate", TRANSLATORS, ids=lambda one: str(one.locale))
def test_every_choice_fits_and_no_two_read_the_same(translate: Translator) -> None:
    found = ModelOptions(build_lineup(tuple(MODELS)), {})

    for images in (0, 1):
        texts = [models.option_text(one, translate) for one in found.options(images)]
        assert len(set(texts)) == len(texts)
        assert max(map(len, texts)) <= OPTION_CHARS
        assert not any("{" in text for text in texts)


def test_a_choice_is_translated() -> None:
    assert models.option_text(option("z-image-turbo"), CHINESE) == "草稿 · 每张用 ½ 张额度 · 又快又省，每次生成一张"


def test_every_intent_has_a_word() -> None:
    assert set(models.WORDS) == set(Intent)
    assert set(models.PURPOSES) == set(Intent) - {Intent.STANDARD}


def test_a_model_of_another_version_is_called_by_its_name() -> None:
    assert models.word_of("wan9") == models.full_name("wan9") == models.card_name("wan9") == "wan9"


def test_a_result_names_the_word_of_all_but_the_usual_models() -> None:
    names = [models.card_name(model) for model in ("wan2.6-t2i", "z-image-turbo")]

    assert names == ["wan2.6-t2i", "Draft (z-image-turbo)"]


def test_the_intents_of_a_refusal_are_words_and_unknown_ones_are_left_out() -> None:
    assert models.offered_words("lettering,standard,holograms") == "Standard, Lettering"
    assert models.offered_words("draft,editing", CHINESE) == "草稿、编辑"
    assert models.full_name("", ENGLISH) == "That model"
