"""What is on sale as its shelves show it: every name can be read, with its price beside it."""

import pytest

from bot.handlers import shop as goods_on
from bot.screens import catalogue, frame
from bot.screens.shelves import SHELVES, Shelf
from bot.screens.words import PRICED
from tests.bot.person import check

pytestmark = pytest.mark.django_db


def labels(key: str) -> list[str]:
    """The buttons of the models on all pages of a shelf."""
    goods = goods_on.goods(key)
    screens = [catalogue.shelf(Shelf(key, len(goods)), goods, page) for page in range(-(-len(goods) // frame.A_PAGE))]
    for screen in screens:
        check(screen)
    buttons = [button for screen in screens for row in screen.keys for button in row]
    return [button.text for button in buttons if button.data.startswith("model:")]


def test_no_name_of_what_is_sold_is_cut_and_no_two_are_alike(shop, language):
    shown = [text for key in SHELVES for text in labels(key)]
    assert len(shown) == len(set(shown)) == 20
    assert [text for text in shown if "…" in text or len(text) > PRICED] == []
    assert all("₽" in text for text in shown)
