"""The tools that look into orders, how they are chosen, and how their results are worded in each language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from support_bot.orders import Order, Payout, end_of_warranty, quote_refund
from support_bot.question import Question

Arguments = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """``purpose`` is what a question is matched with, by language code, just as it is with the help pages."""

    name: str
    purpose: Mapping[str, str]
    run: Callable[[Order, Question], str]
    needs_day: bool = False

    def make_arguments(self, order_id: str, question: Question) -> Arguments:
        """The order and, where the tool needs it and the question tells it, the day."""
        if self.needs_day and question.day is not None:
            return {"order_id": order_id, "returned_on": question.day.isoformat()}
        return {"order_id": order_id}


def tell_status(order: Order, question: Question) -> str:
    words = _STATUS[question.language.code]
    if order.delivered_on:
        return words["delivered"].format(order=order, day=order.delivered_on)
    if order.shipped_on:
        return words["shipped"].format(order=order, day=order.shipped_on)
    return words["ordered"].format(order=order, day=order.ordered_on)


def tell_refund(order: Order, question: Question) -> str:
    words = _REFUND[question.language.code]
    if order.delivered_on is None:
        return words["not_delivered"].format(order=order)
    if question.day is None:
        return words["which_day"].format(order=order)
    refund = quote_refund(order, order.delivered_on, question.day)
    amount = _write_amount(refund.amount_cents, question.language.code)
    return words[refund.payout].format(order=order, day=question.day, amount=amount, deadline=refund.deadline)


def tell_warranty(order: Order, question: Question) -> str:
    words = _WARRANTY[question.language.code]
    if order.delivered_on is None:
        return words["not_delivered"].format(order=order)
    end = end_of_warranty(order, order.delivered_on)
    return words["ends"].format(order=order, day=end)


def tell_unknown_order(order_id: str, language: str) -> str:
    return _UNKNOWN_ORDER[language].format(order_id=order_id)


def _write_amount(cents: int, language: str) -> str:
    text = f"{cents // 100}.{cents % 100:02d}"
    return text.replace(".", ",") + " Euro" if language == "de" else text + " euros"


ORDER_STATUS = Tool(
    name="order_status",
    purpose={
        "en": "Where is my order now? Status of the order: has it shipped, is the parcel on its way, when was it "
        "delivered, has it arrived?",
        "de": "Wo ist meine Bestellung? Stand der Bestellung: ist das Paket unterwegs, verschickt, geliefert, "
        "angekommen?",
    },
    run=tell_status,
)
REFUND_QUOTE = Tool(
    name="refund_quote",
    purpose={
        "en": "How much money or refund do I get back if I return or send back the goods of this order on a day?",
        "de": "Wie viel Geld oder Erstattung bekomme ich zurück, wenn ich die Ware dieser Bestellung an einem Tag "
        "zurückgebe oder zurückschicke?",
    },
    run=tell_refund,
    needs_day=True,
)
WARRANTY_END = Tool(
    name="warranty_end",
    purpose={
        "en": "Until when is this order under warranty? When does the warranty of the goods end, expire or run out?",
        "de": "Bis wann gilt die Garantie für diese Bestellung? Wann endet die Garantie, wann läuft sie ab?",
    },
    run=tell_warranty,
)
TOOLS = (ORDER_STATUS, REFUND_QUOTE, WARRANTY_END)

_STATUS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "delivered": "Order {order.id} ({order.article}) was delivered on {day}.",
        "shipped": "Order {order.id} ({order.article}) left our warehouse on {day} and is on its way.",
        "ordered": "Order {order.id} ({order.article}) of {day} has not been packed yet.",
    },
    "de": {
        "delivered": "Die Bestellung {order.id} ({order.article}) wurde am {day} geliefert.",
        "shipped": "Die Bestellung {order.id} ({order.article}) hat unser Lager am {day} verlassen und ist unterwegs.",
        "ordered": "Die Bestellung {order.id} ({order.article}) vom {day} ist noch nicht gepackt.",
    },
}
_REFUND: Mapping[str, Mapping[str, str]] = {
    "en": {
        Payout.MONEY: "If order {order.id} goes back on {day}, you get {amount}. The full price is paid until "
        "{deadline}.",
        Payout.VOUCHER: "If order {order.id} goes back on {day}, you get a voucher of {amount}. The return period "
        "lasts until {deadline}.",
        Payout.NOTHING: "If order {order.id} goes back on {day}, nothing is refunded: the return period ended on "
        "{deadline}.",
        "not_delivered": "Order {order.id} has not been delivered yet, so its return period has not begun.",
        "which_day": "On which day do you want to send order {order.id} back? The amount depends on it.",
    },
    "de": {
        Payout.MONEY: "Geht die Bestellung {order.id} am {day} zurück, erhalten Sie {amount}. Der volle Preis wird "
        "bis {deadline} gezahlt.",
        Payout.VOUCHER: "Geht die Bestellung {order.id} am {day} zurück, erhalten Sie einen Gutschein über {amount}. "
        "Die Rückgabefrist läuft bis {deadline}.",
        Payout.NOTHING: "Geht die Bestellung {order.id} am {day} zurück, wird nichts erstattet: die Rückgabefrist "
        "endete am {deadline}.",
        "not_delivered": "Die Bestellung {order.id} ist noch nicht geliefert, ihre Rückgabefrist läuft noch nicht.",
        "which_day": "An welchem Tag schicken Sie die Bestellung {order.id} zurück? Davon hängt der Betrag ab.",
    },
}
_WARRANTY: Mapping[str, Mapping[str, str]] = {
    "en": {
        "ends": "The warranty of order {order.id} ({order.article}) ends on {day}.",
        "not_delivered": "Order {order.id} has not been delivered yet. Its warranty begins with the delivery.",
    },
    "de": {
        "ends": "Die Garantie der Bestellung {order.id} ({order.article}) endet am {day}.",
        "not_delivered": "Die Bestellung {order.id} ist noch nicht geliefert. Ihre Garantie beginnt mit der Lieferung.",
    },
}
_UNKNOWN_ORDER: Mapping[str, str] = {
    "en": "There is no order {order_id}. Please check the number in your confirmation.",
    "de": "Es gibt keine Bestellung {order_id}. Bitte prüfen Sie die Nummer in Ihrer Bestätigung.",
}
