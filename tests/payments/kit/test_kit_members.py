"""Nothing may be offered that the kit does not drive."""

from payments import providers
from tests.payments.kit.drivers import DRIVERS


def test_every_provider_is_in_the_kit_or_may_not_be_offered() -> None:
    assert providers.known() <= providers.IN_KIT


def test_what_claims_to_be_in_the_kit_has_a_driver() -> None:
    assert set(DRIVERS) == providers.IN_KIT
    assert all(driver.name == name for name, driver in DRIVERS.items())
