"""An address is stored as JSON; text that is no address is refused, and the error names the field."""

from __future__ import annotations

import pytest

from imagegen.address import Address, AddressUnreadable

WHOLE = Address(8, "t0ken", 1, "de", 2, 3, message_id=4, reply_to_id=5, max_file_bytes=10_485_760, is_user_install=True)


@pytest.mark.parametrize("address", [WHOLE, Address(), Address(channel_id=2, reply_to_id=3)])
def test_an_address_comes_back_from_the_store_as_it_was_written(address: Address) -> None:
    assert Address.from_json(address.to_json()) == address


def test_an_address_shows_its_token_in_no_log() -> None:
    assert "t0ken" not in repr(WHOLE)


def test_a_field_that_another_version_wrote_is_passed_over() -> None:
    assert Address.from_json('{"channel_id": 2, "voice": true}') == Address(channel_id=2)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("t0ken", "no JSON"),
        ('["t0ken"]', "no JSON object"),
        ('{"channel_id": "t0ken"}', "channel_id"),
        ('{"message_id": true}', "message_id"),
        ('{"is_user_install": null}', "is_user_install"),
    ],
)
def test_a_text_that_is_no_address_is_refused_without_its_contents(text: str, named: str) -> None:
    with pytest.raises(AddressUnreadable) as caught:
        Address.from_json(text)

    assert str(caught.value) == named


def test_the_requester_may_read_everything_but_the_bots_access() -> None:
    assert WHOLE.for_requester() == {
        "server_id": 1, "server_locale": "de", "channel_id": 2, "requested_in_id": 3, "message_id": 4,
        "reply_to_id": 5, "max_file_bytes": 10_485_760, "is_user_install": True,
    }  # fmt: skip
