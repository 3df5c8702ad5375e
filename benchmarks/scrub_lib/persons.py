"""Identifiers of persons who do not exist, in the spellings of many countries, mostly by Faker: not by our tables."""

import string
from collections.abc import Callable
from functools import cache, partial
from random import Random

from faker import Faker
from faker.config import AVAILABLE_LOCALES
from stdnum import verhoeff
from stdnum.de import idnr
from stdnum.gb import nhs
from stdnum.iso7064 import mod_11_10

PHONES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pt_BR", "pl_PL", "sv_SE", "en_AU", "ja_JP")
IBANS = ("de_DE", "en_GB", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL", "de_CH")
NATIONAL: dict[str, str] = {
    "us_ssn": "en_US",
    "gb_nino": "en_GB",
    "fr_nir": "fr_FR",
    "it_codice_fiscale": "it_IT",
    "nl_bsn": "nl_NL",
    "br_cpf": "pt_BR",
    "pl_pesel": "pl_PL",
    "se_personnummer": "sv_SE",
    "fi_hetu": "fi_FI",
    "no_fodselsnummer": "no_NO",
    "ca_sin": "en_CA",
    "ro_cnp": "ro_RO",
    "tr_tckn": "tr_TR",
    "cn_ric": "zh_CN",
    "kr_rrn": "ko_KR",
}
assert set(NATIONAL.values()) | set(PHONES) | set(IBANS) <= set(AVAILABLE_LOCALES)


@cache
def _faker(locale: str) -> Faker:
    return Faker(locale)


def _seeded(locale: str, random: Random) -> Faker:
    faker = _faker(locale)
    faker.seed_instance(random.getrandbits(32))
    return faker


def email(random: Random) -> str:
    faker = _seeded(random.choice(("en_US", "de_DE", "fr_FR", "pl_PL", "pt_BR")), random)
    return str(random.choice((faker.email, faker.company_email, faker.ascii_safe_email))())


def phone(random: Random) -> str:
    return str(_seeded(random.choice(PHONES), random).phone_number())


def international_phone(random: Random) -> str:
    import phonenumbers

    region = random.choice(("US", "GB", "DE", "FR", "ES", "IT", "NL", "BR", "IN", "PL", "JP", "ZA", "KE", "AE", "KR"))
    kind = random.choice((phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE))
    number = phonenumbers.example_number_for_type(region, kind)
    assert number is not None
    shape = random.choice((phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.E164))
    return phonenumbers.format_number(number, shape)


def card(random: Random) -> str:
    digits = _seeded("en_US", random).credit_card_number(random.choice(("visa16", "mastercard", "amex", "discover")))
    groups = [digits[i : i + 4] for i in range(0, len(digits), 4)]
    return random.choice((digits, " ".join(groups), "-".join(groups)))


def iban(random: Random) -> str:
    written = str(_seeded(random.choice(IBANS), random).iban())
    return random.choice((written, " ".join(written[i : i + 4] for i in range(0, len(written), 4))))


def national(random: Random, kind: str) -> str:
    return str(_seeded(NATIONAL[kind], random).ssn())


def de_tax_id(random: Random) -> str:
    while True:
        digits = str(random.randrange(1, 10)) + "".join(random.choices(string.digits, k=9))
        whole = digits + mod_11_10.calc_check_digit(digits)
        if idnr.is_valid(whole):  # few are: one digit stands twice or three times, all others once at most
            return random.choice((whole, f"{whole[:2]} {whole[2:5]} {whole[5:8]} {whole[8:]}"))


def gb_nhs(random: Random) -> str:
    while True:
        digits = "".join(random.choices(string.digits, k=10))
        if nhs.is_valid(digits):
            return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


def in_aadhaar(random: Random) -> str:
    digits = random.choice("23456789") + "".join(random.choices(string.digits, k=10))
    digits += verhoeff.calc_check_digit(digits)
    return f"{digits[:4]} {digits[4:8]} {digits[8:]}"


def es_dni(random: Random) -> str:
    number = random.randrange(10**7, 10**8)
    return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def es_nie(random: Random) -> str:
    start, number = random.randrange(3), random.randrange(10**6, 10**7)
    return f"{'XYZ'[start]}{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[(start * 10**7 + number) % 23]}"


def in_pan(random: Random) -> str:
    letters = random.choices(string.ascii_uppercase, k=3)
    return f"{''.join(letters)}PK{random.randrange(1, 10**4):04}{random.choice('ABCDEF')}"


def birth_date(random: Random) -> str:
    day = _seeded("en_US", random).date_of_birth(minimum_age=18, maximum_age=90)
    return day.strftime(random.choice(("%d.%m.%Y", "%Y-%m-%d", "%m/%d/%Y", "%d %B %Y", "%B %d, %Y", "%d/%m/%y")))


def ipv4(random: Random) -> str:
    return str(_seeded("en_US", random).ipv4_public())


def ipv6(random: Random) -> str:
    return str(_seeded("en_US", random).ipv6())


def mac(random: Random) -> str:
    return str(_seeded("en_US", random).mac_address())


def password(random: Random) -> str:
    return str(_seeded("en_US", random).password(length=random.randrange(9, 16)))


def passport(random: Random) -> str:
    return f"C{''.join(random.choices('CFGHJKLMNPRTVWXYZ0123456789', k=5))}{random.randrange(100, 999)}"


def name(random: Random) -> str:
    faker = _seeded(random.choice(("en_US", "de_DE", "fr_FR", "es_ES", "it_IT")), random)
    return f"{faker.first_name()} {faker.last_name()}"


def street(random: Random) -> str:
    """Street and number. Not every country's made-up streets are told from words: these kinds are."""
    number = random.randrange(1, 200)
    return random.choice(
        (
            f"{number} {_seeded('en_US', random).last_name()} {random.choice(('Street', 'Avenue', 'Road', 'Lane'))}",
            f"{_seeded('de_DE', random).last_name()}{random.choice(('straße', 'weg', 'platz'))} {number}",
            f"{number} rue {_seeded('fr_FR', random).last_name()}",
            f"Via {_seeded('it_IT', random).last_name()} {number}",
            f"Calle {_seeded('es_ES', random).first_name()} {number}",
        )
    )


def location(random: Random) -> str:
    return f"{random.uniform(-80, 80):.6f}, {random.uniform(-170, 170):.6f}"


def wallet(random: Random) -> str:
    return "0x" + "".join(random.choices("0123456789abcdefABCDEF", k=40))


def user_name(random: Random) -> str:
    return str(_seeded("en_US", random).user_name())


def medicare(random: Random) -> str:
    letters = random.choices("ACDEFGHJKMNPQRTUVWXY", k=4)
    a, b, c, d = (random.randrange(10) for _ in range(4))
    return f"{random.randrange(1, 10)}{letters[0]}{a}{b}-{letters[1]}{letters[2]}{c}-{letters[3]}K{d}{a}"


def code(random: Random) -> str:
    return f"{random.randrange(10**5, 10**6)}"


def recovery_phrase(random: Random) -> str:
    words = ("abandon", "ability", "cactus", "dolphin", "elbow", "fabric", "garden", "hammer", "island", "jacket")
    return " ".join(random.choices(words, k=12))


def imei(random: Random) -> str:
    return f"35{''.join(random.choices(string.digits, k=13))}"


IDENTIFIERS: dict[str, Callable[[Random], str]] = {
    "email": email,
    "phone": phone,
    "phone_international": international_phone,
    "card": card,
    "iban": iban,
    "birth_date": birth_date,
    "ip_address": lambda random: random.choice((ipv4, ipv6))(random),
    "mac_address": mac,
    "password": password,
    "passport": passport,
    "de_tax_id": de_tax_id,
    "gb_nhs": gb_nhs,
    "in_aadhaar": in_aadhaar,
    "es_dni": es_dni,
    "es_nie": es_nie,
    "in_pan": in_pan,
    "name": name,
    "address": street,
    "location": location,
    "wallet": wallet,
    "profile": user_name,
    "user_name": user_name,
    "us_mbi": medicare,
    "one_time_code": code,
    "recovery_phrase": recovery_phrase,
    "device": imei,
    **{kind: partial(national, kind=kind) for kind in NATIONAL},
}
