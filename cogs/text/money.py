"""Write amounts of money."""

from __future__ import annotations

from imagegen.model import MICRO_USD

CENT = MICRO_USD // 100


def dollars(microusd: int) -> str:
    """Return micro-dollars as US dollars with cents, and with more decimals where cents would hide a small amount."""
    if microusd >= MICRO_USD or microusd % CENT == 0:
        return f"{microusd / MICRO_USD:.2f}"
    return f"{microusd / MICRO_USD:.{3 if microusd >= CENT else 6}f}"
