"""What a verification costs is said beforehand, from the catalogue's prices and the operator's own."""

from __future__ import annotations

from hosting.verify import cost
from hosting.verify.items import Item
from hosting.verify.wan_requests import billed
from imagegen.settings import Settings

ITEMS = (
    Item("wan.key", "the key"),
    Item("wan.sync", "one image", images=1, model="wan2.6-t2i", image_microusd=30_000),
    Item("wan.two", "two images", images=2, model="wan2.6-t2i", image_microusd=30_000),
    Item("wan.edit", "an edit", images=1, model="wan2.6-image", image_microusd=28_000),
)


def settings_with(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]  # by name


def test_the_most_images_and_their_price_are_said_in_one_sentence() -> None:
    said = cost.sentence(ITEMS, settings_with())

    assert said == (
        "Wan bills at most 4 images, US$0.118 in all: 3 with wan2.6-t2i at US$0.03 each, "
        "1 with wan2.6-image at US$0.028 each."
    )


def test_items_without_images_cost_nothing() -> None:
    assert cost.sentence(ITEMS[:1], settings_with()) == "This costs nothing: Wan generates no image."
    assert cost.most_microusd(ITEMS[:1]) == 0


def test_a_price_that_no_document_names_is_said_to_be_assumed() -> None:
    settings = settings_with(wan_region="cn-beijing", price_usd={"wan2.6-image": 0.028})

    said = cost.sentence(ITEMS, settings)

    assert "3 with wan2.6-t2i at US$0.03 each (its highest known price: none in dollars is documented for cn-b" in said
    assert said.endswith("1 with wan2.6-image at US$0.028 each.")


def test_the_operators_own_prices_count() -> None:
    settings = settings_with(price_usd={"wan2.6-t2i": 0.125})

    items = [trial.item for trial in billed(settings)]

    assert cost.most_microusd(items) == 5 * 125_000 + 4 * 30_000
    assert "US$0.745 in all: 5 with wan2.6-t2i at US$0.125 each" in cost.sentence(items, settings)


def test_a_larger_or_edited_image_is_said_at_its_own_price() -> None:
    settings = settings_with(models=("qwen-image-3.0-pro",))

    said = cost.sentence([trial.item for trial in billed(settings)], settings)

    # Two tiers by size, and a price of the input image of an edit, which counts the dearer tier.
    assert "4 with qwen-image-3.0-pro at US$0.04 each, 1 with qwen-image-3.0-pro at US$0.075 each" in said
    assert "2 with qwen-image-3.0-pro at US$0.078 each" in said
