"""The kit's drivers: how a person pays by each way, what its provider tells us then, and how it is made to fail."""

from tests.payments.kit.drivers.cryptopay import CryptoPay
from tests.payments.kit.drivers.driver import Driver
from tests.payments.kit.drivers.manual import Manual
from tests.payments.kit.drivers.stars import Stars
from tests.payments.kit.drivers.yookassa import YooKassa

DRIVERS: dict[str, type[Driver]] = {one.name: one for one in (Stars, Manual, YooKassa, CryptoPay)}
