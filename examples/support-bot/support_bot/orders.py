"""The shop's orders and the rules that follow from their dates: where a parcel is, what a return is worth."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

ORDERS = Path(__file__).parent / "data" / "orders.json"
RETURN_DAYS = 30
RETURN_DAYS_MEMBER = 60
RETURN_DAYS_OUTLET = 14
LATE_RETURN_DAYS = 90
WARRANTY_YEARS = 2
WARRANTY_YEARS_OWN_BRAND = 5


class Payout(StrEnum):
    """In what form a refund is paid."""

    MONEY = "money"
    VOUCHER = "voucher"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    id: str
    article: str
    price_cents: int
    ordered_on: date
    shipped_on: date | None
    delivered_on: date | None
    is_member: bool
    is_outlet: bool
    is_own_brand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    amount_cents: int
    payout: Payout
    deadline: date
    """The last day on which the whole price comes back."""


def load_orders() -> Mapping[str, Order]:
    rows = json.loads(ORDERS.read_text(encoding="utf-8"))
    return {row["id"]: _read_order(row) for row in rows}


def quote_refund(order: Order, delivered_on: date, returned_on: date) -> Refund:
    """What the returns and refunds pages promise for a parcel sent back on ``returned_on``."""
    deadline = delivered_on + timedelta(days=_return_days(order))
    if returned_on <= deadline:
        payout = Payout.VOUCHER if order.is_outlet else Payout.MONEY
        return Refund(amount_cents=order.price_cents, payout=payout, deadline=deadline)
    if order.is_outlet or returned_on > delivered_on + timedelta(days=LATE_RETURN_DAYS):
        return Refund(amount_cents=0, payout=Payout.NOTHING, deadline=deadline)
    return Refund(amount_cents=order.price_cents // 2, payout=Payout.VOUCHER, deadline=deadline)


def end_of_warranty(order: Order, delivered_on: date) -> date:
    """The last day of the warranty; for goods delivered on 29 February it is the 28th."""
    years = WARRANTY_YEARS_OWN_BRAND if order.is_own_brand else WARRANTY_YEARS
    is_leap_day = (delivered_on.month, delivered_on.day) == (2, 29)
    return delivered_on.replace(year=delivered_on.year + years, day=28 if is_leap_day else delivered_on.day)


def _return_days(order: Order) -> int:
    if order.is_outlet:
        return RETURN_DAYS_OUTLET
    return RETURN_DAYS_MEMBER if order.is_member else RETURN_DAYS


def _read_order(row: Mapping[str, Any]) -> Order:
    return Order(
        id=row["id"],
        article=row["article"],
        price_cents=int(row["price_cents"]),
        ordered_on=date.fromisoformat(row["ordered_on"]),
        shipped_on=_read_day(row.get("shipped_on")),
        delivered_on=_read_day(row.get("delivered_on")),
        is_member=bool(row.get("member")),
        is_outlet=bool(row.get("outlet")),
        is_own_brand=bool(row.get("own_brand")),
    )


def _read_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
