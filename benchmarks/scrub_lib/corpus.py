"""The corpus: chat turns in nine languages that hold one secret or identifier each, and turns that only look so."""

import base64
import json
import string
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from urllib.parse import quote

from gate_action.model.fixture import Json
from scrub_lib import keys, persons

ANY = "any"
SAID: dict[str, tuple[str, ...]] = {
    "secret": (
        "Hi, I set {v} in my shop but the import still fails, can you check?",
        "the app prints this when it starts:\n\n    key={v}\n\nand then stops",
        "Ich habe {v} eingetragen, es geht trotzdem nicht.",
        "J'ai mis {v} dans la configuration, mais rien ne marche.",
        "Puse {v} en el archivo .env y sigue sin funcionar",
        "Coloquei {v} no painel e deu erro 401.",
        "Ho incollato {v} nelle impostazioni.",
        "ik gebruik {v}, klopt dat?",
        "設定に {v} を入れましたが動きません。",
        "wkleiłem {v} i nic",
        "curl -H 'X-Api-Key: {v}' https://api.shop.example/orders",
        "```yaml\nenv:\n  TOKEN: {v}\n```\nwhat is wrong here?",
    ),
    "email": (
        "My address is {v}, please send the invoice there.",
        "Schicken Sie die Rechnung bitte an {v}.",
        "Mon adresse : {v}",
        "escríbanme a {v} por favor",
        "contact {v}, not my old one",
        "メールは{v}です",
    ),
    "phone": (
        "Please call me on {v} after six.",
        "Meine Telefonnummer ist {v}.",
        "Vous pouvez me joindre au {v}",
        "mi teléfono es {v}",
        "My number: {v} (mobile)",
        "il mio cellulare: {v}",
        "mijn telefoonnummer is {v}",
        "電話番号は{v}です",
    ),
    "phone_international": ("It is {v}, thanks", "{v} - bitte nach 18 Uhr", "ou bien {v} le soir", "Anna, {v}"),
    "card": (
        "I paid with {v} and was charged twice",
        "Meine Karte {v} wurde abgelehnt",
        "la tarjeta {v} no funciona",
        "charge {v} please",
    ),
    "iban": ("Refund to {v} please", "Bitte auf {v} überweisen", "Mon IBAN : {v}", "{v} est mon compte"),
    "birth_date": (
        "I was born on {v}, so I am old enough.",
        "Mein Geburtsdatum ist {v}",
        "Date de naissance : {v}",
        "fecha de nacimiento: {v}",
        "DOB {v}",
        "sono nato il {v}",
        "data de nascimento {v}",
        "生年月日は{v}です",
    ),
    "ip_address": ("I connect from {v} and get a 403", "meine IP ist {v}", "blocked: {v}"),
    "mac_address": ("the router's MAC is {v}", "Gerät {v} bekommt keine Adresse"),
    "password": (
        "my password is {v} and it does not work",
        "Passwort: {v}",
        "mot de passe : {v}",
        "mi contraseña es {v}",
        "login bob / password {v!r}",
        "minha senha é {v}",
    ),
    "passport": ("My passport number is {v}", "Reisepass {v}", "numéro de passeport {v}"),
    "us_ssn": ("My SSN is {v}", "social security number {v}", "here it is: {v}"),
    "gb_nino": ("National insurance: {v}", "{v} is my NI number"),
    "gb_nhs": ("my NHS number is {v}", "{v} (NHS)"),
    "de_tax_id": ("Meine Steuer-ID lautet {v}", "Identifikationsnummer: {v}", "my German tax id: {v}"),
    "fr_nir": ("mon numéro de sécu est le {v}", "NIR {v}"),
    "es_dni": ("mi DNI es {v}", "soy {v}, compruébenlo"),
    "es_nie": ("mi NIE: {v}", "tengo {v}"),
    "it_codice_fiscale": ("codice fiscale {v}", "il mio CF: {v}"),
    "nl_bsn": ("mijn BSN is {v}", "burgerservicenummer: {v}"),
    "br_cpf": ("meu CPF é {v}", "{v} no cadastro"),
    "in_aadhaar": ("my Aadhaar is {v}", "{v} is what the card says"),
    "in_pan": ("PAN: {v}", "use {v} for the tax form"),
    "pl_pesel": ("mój PESEL to {v}", "PESEL: {v}"),
    "se_personnummer": ("mitt personnummer är {v}", "personnr {v}"),
    "fi_hetu": ("henkilötunnus {v}", "tunnus on {v}"),
    "no_fodselsnummer": ("fødselsnummer {v}", "mitt nummer er {v}"),
    "ca_sin": ("my SIN is {v}", "social insurance number: {v}"),
    "ro_cnp": ("CNP-ul meu este {v}", "CNP: {v}"),
    "tr_tckn": ("T.C. kimlik numaram {v}", "TCKN {v}"),
    "cn_ric": ("身份证号码 {v}", "my id is {v}"),
    "name": (
        "Hello, my name is {v} and I wait",
        "Ich heiße {v}.",
        "Best regards,\n{v}",
        "ask Mr. {v} about it",
        "me llamo {v}",
    ),
    "address": ("I live at {v} now", "deliver it to {v} please", "meine neue Adresse: {v}"),
    "location": ("my GPS says {v}", "we are at lat/lon {v}", "location: {v}"),
    "wallet": ("send it to {v}", "my wallet {v} is empty"),
    "profile": ("I am https://www.linkedin.com/in/{v} there", "see x.com/{v} for it", "instagram.com/{v}", "t.me/{v}"),
    "user_name": ("it crashes in /home/{v}/notes.txt", "No file /Users/{v}/a.txt", "C:\\Users\\{v}\\Documents is full"),
    "us_mbi": ("Medicare number {v}", "my MBI: {v}"),
    "one_time_code": ("the verification code is {v}", "your security code: {v}", "Bestätigungscode: {v}"),
    "recovery_phrase": ("my seed phrase is {v}", "recovery phrase: {v}"),
    "device": ("IMEI {v}", "the phone's IMEI is {v}"),
    "kr_rrn": ("주민등록번호 {v}", "resident number {v}"),
}
DISGUISES = (
    "plain",
    "json",
    "json_in_json",
    "url",
    "base64",
    "zero_width",
    "wide",
    "line_break",
    "spaced",
    "homoglyph",
)
FOR_SECRETS = DISGUISES[:-1]
FOR_IDENTIFIERS = ("plain", "plain", "json", "json_in_json", "url", "base64", "zero_width", "wide")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """``row`` holds something of ``kind`` once. ``kind``: "" where nothing was planted."""

    kind: str
    disguise: str
    value: str
    """What nobody may see of it."""
    shown: str
    """All of it, as the row spells it."""
    row: Json


def planted_secrets(seed: int, each: int) -> Iterator[Plant]:
    """``each`` of every kind of secret."""
    random = Random(f"secrets-{seed}")
    for kind in keys.SECRET_KINDS:
        for index in range(each):
            value = keys.secret(random, kind)
            disguise = FOR_SECRETS[index % len(FOR_SECRETS)]
            if kind in {"private_key", "connection_string", "bearer_token", "aws_secret", "azure_key", "command_line"}:
                disguise = {"line_break": "json", "spaced": "base64"}.get(disguise, disguise)
            yield _plant(random, kind, disguise, value, random.choice(SAID["secret"]))


def planted_identifiers(seed: int, each: int) -> Iterator[Plant]:
    random = Random(f"persons-{seed}")
    for kind, make in persons.IDENTIFIERS.items():
        for _ in range(each):
            yield _plant(random, kind, random.choice(FOR_IDENTIFIERS), make(random), random.choice(SAID[kind]))


def _plant(random: Random, kind: str, disguise: str, value: str, said: str) -> Plant:
    shown = disguised(random, disguise, value)
    text = said.format(v=shown)
    if disguise == "base64":
        text = shown = base64.b64encode(said.format(v=value).encode()).decode()
    row: Json = {"messages": [{"role": "user", "content": text}]}
    if disguise == "json":
        row = {"tool_calls": [{"name": "save", "arguments": {"note": text}}]}
    elif disguise == "json_in_json":
        row = {"tool_calls": [{"name": "save", "arguments": json.dumps({"note": json.dumps({"text": text})})}]}
    return Plant(kind=kind, disguise=disguise, value=keys.core(kind, value), shown=shown, row=row)


def disguised(random: Random, disguise: str, value: str) -> str:
    """``value`` as people and programs mangle it."""
    match disguise:
        case "url":
            return quote(value, safe="")
        case "zero_width":
            return "\u200b".join((value[: len(value) // 2], value[len(value) // 2 :]))
        case "wide":
            return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in value)
        case "line_break":
            at = random.randrange(len(value) // 2, len(value) - 4)
            return f"{value[:at]}\n    {value[at:]}"
        case "spaced":
            return " ".join(value[i : i + 8] for i in range(0, len(value), 8))
        case _:
            return value


def _digits(random: Random, count: int) -> str:
    return str(random.randrange(1, 10)) + "".join(random.choices(string.digits, k=count - 1))


def _hex(random: Random, count: int) -> str:
    return "".join(random.choices(keys.HEX, k=count))


def harmless(seed: int, count: int) -> Iterator[Plant]:
    """Turns without anything to find, full of what looks like it."""
    random = Random(f"harmless-{seed}")
    for _ in range(count):
        text = random.choice(_LOOKALIKES)(random)
        yield Plant(
            kind="", disguise="plain", value="", shown="", row={"messages": [{"role": "user", "content": text}]}
        )


def _uuid(r: Random) -> str:
    return f"{_hex(r, 8)}-{_hex(r, 4)}-4{_hex(r, 3)}-a{_hex(r, 3)}-{_hex(r, 12)}"


_LOOKALIKES = (
    lambda r: f"Where is my order {_digits(r, 10)}? It was placed on {r.randrange(1, 28)} March 2026.",
    lambda r: f"Bestellung {_digits(r, 8)} ist noch nicht da, Sendungsnummer {_digits(r, 12)}.",
    lambda r: f"commande n° {_digits(r, 9)}, facture {_digits(r, 6)}-{_digits(r, 4)}",
    lambda r: f"pedido {_digits(r, 7)} de {r.randrange(10, 99)},{r.randrange(10, 99)} €",
    lambda r: f"it broke with commit {_hex(r, 40)}, before ({_hex(r, 7)}) it worked",
    lambda r: f"request id {_uuid(r)} failed twice",
    lambda r: (
        f"the tool call call_{keys.text_of(r, keys.ALNUM, 24)} of msg_{keys.text_of(r, keys.ALNUM, 24)} got no answer"
    ),
    lambda r: (
        f"we run version {r.randrange(1, 9)}.{r.randrange(30)}.{r.randrange(9)}.{r.randrange(200)} on Ubuntu 24.04.1"
    ),
    lambda r: f"the price went from $1,{_digits(r, 3)}.00 to EUR {_digits(r, 3)}.95, that is {r.randrange(5, 40)}.5%",
    lambda r: f"tracking 1Z{_digits(r, 3)}AA1{_digits(r, 10)} says delivered",
    lambda r: f"ticket #{_digits(r, 4)}-555-{_digits(r, 4)} has no answer",
    lambda r: f"image sha256:{_hex(r, 64)} does not start",
    lambda r: f"timestamp 17{_digits(r, 11)} and 2026-03-{r.randrange(10, 28)}T10:{r.randrange(10, 59)}:00Z in the log",
    lambda _: "I forgot my password, the reset link says: expired token. What now?",
    lambda _: "Your API key is invalid, and the secret: stay calm.",
    lambda _: "Passwort: vergessen. Wie setze ich es zurück?",
    lambda r: f"ISBN 978-3-16-1484{r.randrange(10, 99)}-0, {r.randrange(100, 900)} pages",
    lambda r: (
        f"part no. {r.choice('ABCX')}{_digits(r, 3)}-{_digits(r, 4)}-{_digits(r, 2)} in size {r.randrange(36, 46)}"
    ),
    lambda r: f"error 0x8007{_hex(r, 4)} in module kernel32.dll at line {_digits(r, 4)}",
    lambda r: f"pod api-{_hex(r, 10)}-x2x9z restarted {r.randrange(3, 90)} times, max_tokens: {_digits(r, 4)}",
    lambda r: f"open from 09:00-17:30, room {_digits(r, 3)}, seats {r.randrange(10, 20)}-{r.randrange(21, 40)}",
    lambda r: f"meet me at the station at 10:{r.randrange(10, 59)} on 12.0{r.randrange(1, 9)}.2026",
    lambda r: f"flight LH{_digits(r, 4)}, booking reference X{_digits(r, 2)}KLM, gate B{r.randrange(1, 60)}",
    lambda r: f"https://shop.example/products/{_digits(r, 6)}-blue-tent?page={r.randrange(9)}&size=large",
    lambda r: f"render icon@2x.png at {_digits(r, 4)}x{_digits(r, 4)} px, colour #{_hex(r, 6)}",
    lambda _: "Die Rückgabe ist 30 Tage lang möglich, Abschnitt 4.2.1.3 der AGB.",
    lambda r: f"numpy=={r.randrange(1, 3)}.{r.randrange(9)}.{r.randrange(9)} and node v20.11.{r.randrange(9)}",
    lambda r: f"invoice 2026-{_digits(r, 6)}, customer no {_digits(r, 6)}, 14 items",
    lambda _: "The function getUserProfileFromCacheById returns null for the second call.",
    lambda r: f"SKU {_digits(r, 13)} is out of stock; EAN 40{_digits(r, 11)}",
    lambda _: "I changed the password yesterday and again today, still no login.",
    lambda _: "Where do I find the recovery phrase of my wallet? The help page says nothing about it.",
    lambda r: f"the street price is {r.randrange(2, 90)} Euro, on the road it took {r.randrange(2, 9)} hours",
    lambda r: f"the vector is 0.{_digits(r, 6)}, 0.{_digits(r, 6)} after {_digits(r, 3)} steps",
    lambda r: f"the log lies in /home/runner/work and /var/log/app-{_digits(r, 3)}.log",
    lambda _: "share it on https://x.com/intent or https://www.facebook.com/sharer.php",
    lambda r: f"error code {_digits(r, 4)}: the security code field is empty",
    lambda r: f"curl -u user https://api.example/v1?page={r.randrange(9)} answers 401",
    lambda r: f"Please send it via Email {r.randrange(2, 9)} times, Platz {r.randrange(2, 9)} von 10",
    lambda r: f"the meter says {_digits(r, 5)}.{_digits(r, 3)} kWh since 01/01/2026",
)
