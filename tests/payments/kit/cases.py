"""Which ways to pay a case is for."""

from __future__ import annotations

import pytest

from tests.payments.kit.drivers import DRIVERS


def every_way(*abilities: str) -> pytest.MarkDecorator:
    """Once for each driver that has all these abilities."""
    able = [name for name, driver in DRIVERS.items() if all(getattr(driver, one) for one in abilities)]
    assert able, f"nobody can {abilities}"
    return pytest.mark.parametrize("way", able, indirect=True)
