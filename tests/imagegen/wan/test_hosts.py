from __future__ import annotations

import pytest

from imagegen.wan.hosts import BEIJING, FRANKFURT, SINGAPORE, VIRGINIA, is_loopback, public_host, region_of


@pytest.mark.parametrize(
    ("url", "override", "region"),
    [
        ("https://dashscope.aliyuncs.com/api/v1", "", BEIJING),
        ("https://dashscope-intl.aliyuncs.com/api/v1", "", SINGAPORE),
        ("https://dashscope-us.aliyuncs.com/api/v1", "", VIRGINIA),
        ("https://ws1.eu-central-1.maas.aliyuncs.com/api/v1", "", FRANKFURT),
        ("https://ws1.cn-beijing.maas.aliyuncs.com/api/v1", "", BEIJING),
        ("https://ws_1.ap-northeast-1.maas.aliyuncs.com/api/v1", "", "ap-northeast-1"),
        ("https://ws1.cn-hongkong.maas.aliyuncs.com/api/v1", "", "cn-hongkong"),
        ("http://127.0.0.1:9/api/v1", "", SINGAPORE),
        ("https://dashscope-intl.aliyuncs.com/api/v1", FRANKFURT, FRANKFURT),
    ],
)
def test_the_region_is_read_from_the_host(url: str, override: str, region: str) -> None:
    assert region_of(url, override) == region


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:80/x", True),
        ("http://[::1]/x", True),
        ("http://localhost/x", True),
        ("http://127.0.0.1.example.com/", False),
        ("http://127.0.0.1@example.com/", False),
        ("https://10.0.0.1/", False),
    ],
)
def test_loopback_is_this_machine_only(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://dashscope-intl.aliyuncs.com/api/v1", "dashscope-intl.aliyuncs.com"),
        ("https://LLM-one.cn-beijing.maas.aliyuncs.com/api/v1", "….cn-beijing.maas.aliyuncs.com"),
        ("http://127.0.0.1:9/api/v1", "127.0.0.1"),
    ],
)
def test_a_host_is_published_without_its_workspace(url: str, host: str) -> None:
    assert public_host(url) == host
