"""The words of models: members choose what a model is good for, and its name only tells two of a kind apart."""

from __future__ import annotations

from collections.abc import Mapping

from cogs.text.i18n import ENGLISH, Facts, Translator
from cogs.text.image_amounts import images_text
from imagegen.image_request import Intent, Quality
from imagegen.model_options import intent_of
from imagegen.reports import ModelOption

WORDS: Mapping[Intent, str] = {
    Intent.STANDARD: "Standard",
    Intent.DRAFT: "Draft",
    Intent.DETAILED: "Detailed",
    Intent.LETTERING: "Lettering",
    Intent.EDITING: "Edit",
}
PURPOSES: Mapping[Intent, str] = {
    Intent.DRAFT: "fast and cheap",
    Intent.DETAILED: "people and textures",
    Intent.LETTERING: "text in images",
    Intent.EDITING: "changes to your images",
}
QUALITIES = {Quality.HIGH: "high quality", Quality.FOUR_K: "4K"}
PARTS: Mapping[str, str] = {
    "aspect_ratio": "that aspect ratio",
    "palette": "a palette",
    "thinking": "thinking",
    "enhance": "adding detail to the prompt",
    "negative_prompt": "a negative prompt",
    "image_set": "an image set",
    "images": "input images",
}
NAMED = "{word} ({model})"
UP_TO = "up to {limit} input images"
ONE_AT_A_TIME = "one result"
PRICE = "quota: {images} each"
PRICE_FROM = "quota: from {images} each"  # another quality, which the same form has, uses more
PRICED = "{price} · {purpose}"  # the price first: a phone cuts the end of a long line
CHOICE = "{name} · {facts}"


def word_of(model: str, translate: Translator = ENGLISH) -> str:
    """Return the word of a model's intent; the model's own name if this version does not know the model."""
    intent = intent_of(model)
    return model if intent is None else translate(WORDS[intent])


def full_name(model: str, translate: Translator = ENGLISH) -> str:
    """Return the word of a model with its name, such as "Draft (z-image-turbo)". "" is a model that nobody knows."""
    if not model:
        return translate("That model")
    word = word_of(model, translate)
    return model if word == model else translate(NAMED, word=word, model=model)


def card_name(model: str, translate: Translator = ENGLISH) -> str:
    """Return a model as a result names it: with its word, unless it is a usual model."""
    return model if intent_of(model) is Intent.STANDARD else full_name(model, translate)


def offered_words(intents: str, translate: Translator = ENGLISH) -> str:
    """Return the words of the intents in a fact of an error, which have commas between them."""
    known = [intent for intent in Intent if intent in intents.split(",")]
    return translate.nouns([translate(WORDS[intent]) for intent in known])


def fact_words(facts: Facts, translate: Translator = ENGLISH) -> dict[str, str]:
    """Return the models, the intents and the parts of a request among the facts of an error, in words."""
    words = {name: full_name(str(facts[name]), translate) for name in ("model", "other") if name in facts}
    if "offered" in facts:
        words["offered"] = offered_words(str(facts["offered"]), translate)
    named = [name for name in ("option", "part", "beside") if name in facts]
    return words | {name: part_word(str(facts[name]), facts, translate) for name in named}


def part_word(part: str, facts: Facts, translate: Translator) -> str:
    """Return a part of a request in words: a quality by its value, and an option of a command by its name."""
    if part == "quality" and facts.get("quality") in QUALITIES:
        return translate(QUALITIES[Quality(str(facts["quality"]))])
    return translate(PARTS[part]) if part in PARTS else translate.name(part)


def option_name(option: ModelOption, translate: Translator = ENGLISH) -> str:
    """Return the name of a choice: its word, and the model if a choice has the same word."""
    if option.shares_intent and not option.is_default:
        return full_name(option.model, translate)
    return translate(WORDS[option.intent])


def price_text(weight: int, translate: Translator = ENGLISH, *, is_least: bool = False) -> str:
    """Return what each image of a model uses, such as "quota: ½ each". *is_least*: others of the model use more."""
    return translate(PRICE_FROM if is_least else PRICE, images=images_text(weight, translate))


def priced(name: str, weight: int, translate: Translator = ENGLISH) -> str:
    """Return the *name* of a model with what each of its images uses of a quota."""
    return translate(CHOICE, name=name, facts=price_text(weight, translate))


def option_facts(option: ModelOption, translate: Translator = ENGLISH) -> str:
    """Return what a choice is good for, how many images it takes and makes, and what each of them uses of a quota."""
    parts = [translate(PURPOSES[option.intent])] if option.intent in PURPOSES else []
    if option.max_count == 1:
        parts.append(translate(ONE_AT_A_TIME))
    if option.max_images and not option.is_default:
        parts.append(translate(UP_TO, limit=option.max_images))
    price = price_text(option.weight, translate, is_least=option.may_weigh_more)
    return translate(PRICED, purpose=translate.listed(parts), price=price) if parts else price


def option_text(option: ModelOption, translate: Translator = ENGLISH) -> str:
    """Return a choice in one line, such as "Draft · quota: ½ each · fast and cheap, one result"."""
    return translate(CHOICE, name=option_name(option, translate), facts=option_facts(option, translate))
