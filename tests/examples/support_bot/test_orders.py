from datetime import date, timedelta
from typing import Any

import pytest
from support_bot.orders import Order, Payout, end_of_warranty, load_orders, quote_refund

DELIVERED = date(2025, 3, 1)


def order(**changes: bool) -> Order:
    plain: dict[str, Any] = {
        "id": "KP-00001",
        "article": "tent",
        "price_cents": 10_001,
        "ordered_on": date(2025, 2, 25),
        "shipped_on": date(2025, 2, 26),
        "delivered_on": DELIVERED,
        "is_member": False,
        "is_outlet": False,
        "is_own_brand": False,
    }
    return Order(**{**plain, **changes})


@pytest.mark.parametrize(
    ("kind", "days", "cents", "payout"),
    [
        ({}, 30, 10_001, Payout.MONEY),
        ({}, 31, 5_000, Payout.VOUCHER),
        ({}, 90, 5_000, Payout.VOUCHER),
        ({}, 91, 0, Payout.NOTHING),
        ({"is_member": True}, 60, 10_001, Payout.MONEY),
        ({"is_member": True}, 61, 5_000, Payout.VOUCHER),
        ({"is_outlet": True}, 14, 10_001, Payout.VOUCHER),
        ({"is_outlet": True}, 15, 0, Payout.NOTHING),
        ({"is_outlet": True, "is_member": True}, 15, 0, Payout.NOTHING),
    ],
)
def test_a_refund_follows_the_returns_page_to_the_day(kind, days, cents, payout):
    refund = quote_refund(order(**kind), DELIVERED, DELIVERED + timedelta(days=days))
    assert (refund.amount_cents, refund.payout) == (cents, payout)


def test_the_warranty_is_two_years_and_five_for_our_own_brand():
    assert end_of_warranty(order(), DELIVERED) == date(2027, 3, 1)
    assert end_of_warranty(order(is_own_brand=True), DELIVERED) == date(2030, 3, 1)


def test_a_warranty_that_began_on_a_leap_day_ends_on_the_28th():
    assert end_of_warranty(order(is_own_brand=True), date(2024, 2, 29)) == date(2029, 2, 28)


def test_the_orders_of_the_shop_are_dated_in_order():
    orders = load_orders()
    assert orders
    for name, entry in orders.items():
        days = [day for day in (entry.ordered_on, entry.shipped_on, entry.delivered_on) if day]
        assert days == sorted(days), name
