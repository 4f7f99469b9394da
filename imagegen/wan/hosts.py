"""Read from a host whether it is this machine, which region an endpoint serves, and what may be published. Pure."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

BEIJING, SINGAPORE, VIRGINIA, FRANKFURT = "cn-beijing", "ap-southeast-1", "us-east-1", "eu-central-1"

# A workspace's own host, and the shared hosts, as the API reference of image generation lists them.
# https://help.aliyun.com/zh/model-studio/wan-image-generation-api-reference (mid-2026)
_WORKSPACE_HOST = re.compile(r"[a-z0-9_-]+\.([a-z]+-[a-z]+(?:-\d+)?)\.maas\.aliyuncs\.com")
_SHARED_HOSTS = {
    "dashscope.aliyuncs.com": BEIJING,
    "dashscope-intl.aliyuncs.com": SINGAPORE,
    "dashscope-us.aliyuncs.com": VIRGINIA,
    "cn-hongkong.dashscope.aliyuncs.com": "cn-hongkong",
}
REGIONS = (*_SHARED_HOSTS.values(), FRANKFURT)


def is_loopback(url: str) -> bool:
    """Return whether *url* points at this machine. Plain http is allowed only there."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def names_region(base_url: str) -> bool:
    """Return whether the host of *base_url* is a documented one, which tells the region."""
    host = urlsplit(base_url).hostname or ""
    return bool(_WORKSPACE_HOST.fullmatch(host)) or host in _SHARED_HOSTS


def region_of(base_url: str, override: str) -> str:
    """Return the region whose limits apply: *override* if set, else the host's; Singapore for an unknown host.

    The sandbox's host is unknown too, so the sandbox has Singapore's limits.
    """
    host = urlsplit(base_url).hostname or ""
    if override:
        return override
    if found := _WORKSPACE_HOST.fullmatch(host):
        return found[1]
    return _SHARED_HOSTS.get(host, SINGAPORE)


def public_host(base_url: str) -> str:
    """Return the host of an endpoint as it may be published: without the id of a workspace."""
    host = urlsplit(base_url).hostname or ""
    return f"….{host.partition('.')[2]}" if _WORKSPACE_HOST.fullmatch(host) else host
