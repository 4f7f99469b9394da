"""A choice comes before the default of the channel and of the server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagegen.image_request import ImageRequest
from imagegen.model import DIRECT, Requester, Scope
from imagegen.policy.private_results import PrivateDefaults, ServerDefault, as_seen_by, hides_inputs
from tests.cogs.objects import a_job

SERVER, CHANNEL, PARENT, ANA = 1, 2, 3, 4
HERE = Requester(ANA, Scope(SERVER), channel_id=CHANNEL, parent_channel_id=PARENT, server_id=SERVER)
NOTHING = PrivateDefaults(is_whole=True)


@pytest.mark.parametrize(
    "server",
    [
        ServerDefault(everywhere=True),
        ServerDefault(channels=frozenset({CHANNEL})),
        ServerDefault(channels=frozenset({PARENT})),
    ],
)
def test_the_server_decides_where_the_member_chose_nothing(server: ServerDefault) -> None:
    defaults = replace(NOTHING, servers={SERVER: server})

    assert defaults.private(HERE)
    assert not defaults.private(HERE, chosen=False)


def test_other_channels_and_servers_stay_public() -> None:
    defaults = replace(NOTHING, servers={SERVER: ServerDefault(channels=frozenset({9})), 9: ServerDefault(True)})

    assert not defaults.private(HERE)
    assert not defaults.private(replace(HERE, server_id=None))


def test_in_doubt_a_result_is_private() -> None:
    assert PrivateDefaults().private(HERE)
    assert not PrivateDefaults().private(HERE, chosen=False)


def test_a_direct_message_is_for_one_person_anyway() -> None:
    assert not PrivateDefaults().private(replace(HERE, scope=DIRECT), chosen=True)


def test_others_know_no_seed_that_brings_back_what_was_not_shared() -> None:
    several, one = (a_job(request=ImageRequest("a cove", private=True, count=count, seed=5)) for count in (4, 1))
    owner = several.requester.user_id

    known = as_seen_by(owner + 1, several).request

    assert (known.count, known.seed) == (1, None)
    assert (as_seen_by(owner, several), as_seen_by(owner + 1, one)) == (several, one)


def test_input_images_are_the_requesters_alone_but_those_of_styles_and_characters_go_by_their_own_rules() -> None:
    own, named = (
        replace(a_job(request=ImageRequest("a cove", private=True, origins=origins)), input_count=2)
        for origins in (("@Momo", "message"), ("@Momo", "style 3"))
    )
    owner = own.requester.user_id

    assert hides_inputs(own, owner + 1)
    assert not hides_inputs(own, owner)
    assert not hides_inputs(named, owner + 1)
    assert not hides_inputs(replace(own, request=replace(own.request, private=False)), owner + 1)
