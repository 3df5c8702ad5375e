import base64
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.loop.scrub.finds import Find
from gate_action.loop.scrub.scanning import Scanner
from gate_action.loop.scrub.scrubber import Scrubber
from gate_action.model.fixture import Json
from gate_action.model.scrubbing import RefusalCause, Refused, Scrubbed
from tests.profiles import examples

TOKEN = "gh" + "p_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5"


def wide(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


def scrubbed(row: Json) -> Scrubbed:
    result = Scrubber().scrub(row)
    assert isinstance(result, Scrubbed), result
    return result


def test_equal_values_of_a_row_have_one_pseudonym_however_they_are_spelled():
    row: Json = {
        "input": "I am Anna@Shop.example, not bert@shop.example",
        "output": "Thanks, anna@shop.example!",
        "calls": [{"name": "mail", "arguments": {"to": wide("anna@shop.example")}}],
    }
    assert scrubbed(row).row == {
        "input": "I am <EMAIL_1>, not <EMAIL_2>",
        "output": "Thanks, <EMAIL_1>!",
        "calls": [{"name": "mail", "arguments": {"to": "<EMAIL_1>"}}],
    }


def test_the_report_counts_by_kind_and_holds_no_value():
    result = scrubbed(f"{TOKEN}, {TOKEN} and x@y.example")
    assert result.report.counts == {"github_token": 1, "email": 1}
    assert str(result.report) == "email 1, github_token 1"


CARD = "4111 1111 " + "1111 1111"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{CARD} 12/27 123", "<CARD_1> 12/27 123"),
        (f"12 {CARD}", "12 <CARD_1>"),
        (f"order 12345678 {CARD}, 5500 0000 0000 0004", "order 12345678 <CARD_1>, <CARD_2>"),
        ("call +1 415 555 2671 2024-05-01", "call <PHONE_1> 2024-05-01"),
        ("DE89 3704 0044 0532 0130 00 EUR 12", "<IBAN_1> EUR 12"),
        ("write to a@b.example. Then wait.", "write to <EMAIL_1>. Then wait."),
        ("10.1.2.3, 10.1.2.4 and 10.1.2.3", "<IP_ADDRESS_1>, <IP_ADDRESS_2> and <IP_ADDRESS_1>"),
    ],
)
def test_what_stands_beside_an_identifier_neither_hides_it_nor_goes_with_it(text, expected):
    assert scrubbed(text).row == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi, my name is Jane Doe and I wait", "Hi, my name is <NAME_1> and I wait"),
        ("ask Dr. Ana de la Cruz", "ask Dr. <NAME_1>"),
        ("Thanks.\nKind regards,\nJane Doe\n", "Thanks.\nKind regards,\n<NAME_1>\n"),
        ("I live at 44 Maple Street, Springfield, IL 62704.", "I live at <ADDRESS_1>."),
        ("Hauptstraße 88, 10115 Berlin", "<ADDRESS_1>"),
        ("12 bis rue de la Paix, 75002 Paris", "<ADDRESS_1>"),
        ("it is in SW1A 1AA", "it is in <ADDRESS_1>"),
        ("location: 37.779337, -122.414498", "location: <LOCATION_1>"),
        ("maps.example/?q=52.51631,13.37771", "maps.example/?q=<LOCATION_1>"),
        ("0x52908400098527886E0F7030069857D2E4169EE7", "<WALLET_1>"),
        ("see https://www.linkedin.com/in/jane-doe-1/", "see https://www.linkedin.com/in/<PROFILE_1>/"),
        ("no file /home/jane.doe/a.txt", "no file /home/<USER_NAME_1>/a.txt"),
        (r"C:\Users\jdoe\Desktop", r"C:\Users\<USER_NAME_1>\Desktop"),
        ("my social is 508 35 3256", "my social is <US_SSN_1>"),
        ("the verification code is 754678", "the verification code is <SECRET_1>"),
        ("curl -u admin:correcthorse https://x.example", "curl -u admin:<PASSWORD_1> https://x.example"),
        ("machine x.example login app password 2CPab1cZRRyP", "machine x.example login app password <PASSWORD_1>"),
        ("seed phrase: " + "abandon ability " * 6, "seed phrase: <RECOVERY_PHRASE_1> "),
        ("call (11) 96447-4473", "call <PHONE_1>"),
    ],
)
def test_what_says_of_itself_that_it_is_personal_is_found(text, expected):
    assert scrubbed(text).row == expected


@pytest.mark.parametrize(
    "text",
    [
        "The main street, and then the road to town, 5 km.",
        "We went via Email 3 times",
        "the vector is 0.123456, 0.654321",
        "/home/runner/work and https://x.com/intent",
        "I changed my password yesterday, and the recovery phrase is nowhere to be found.",
        "Kind regards",
        "my name is on the list",
    ],
)
def test_what_only_speaks_of_such_things_stays(text):
    assert scrubbed(text).row == text


def test_a_password_is_found_again_where_nothing_says_that_it_is_one():
    row = ["my password is Tr0ub4dor&3", "Sorry, Tr0ub4dor&3 does not work for me"]
    assert scrubbed(row).row == ["my password is <SECRET_1>", "Sorry, <SECRET_1> does not work for me"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"password": "correct horse1"}, {"password": "<SECRET_1>"}),
        ({"card": 4111111111111111}, {"card": "<CARD_1>"}),
        ({"card": 4111111111111111.0}, {"card": "<CARD_1>"}),
        ({"phone": "0151 23456789"}, {"phone": "<PHONE_1>"}),
        ({"dateOfBirth": "1987-03-12"}, {"dateOfBirth": "<BIRTH_DATE_1>"}),
        ({"a@b.example": 1}, {"<EMAIL_1>": 1}),
        ({"max_tokens": 409600, "token": "expired", "id": 17}, {"max_tokens": 409600, "token": "expired", "id": 17}),
    ],
)
def test_the_key_of_a_value_says_what_it_is(row, expected):
    assert scrubbed(row).row == expected


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(f"the key is {TOKEN}".encode()).decode(),
        base64.b64encode(base64.b64encode(f"the key is {TOKEN}".encode())).decode(),
        f"the key is {TOKEN}".encode().hex(),
        "".join(f"%{byte:02x}" for byte in TOKEN.encode()),
        "".join(f"\\u{ord(char):04x}" for char in TOKEN),
        "".join(f"&#{ord(char)};" for char in TOKEN),
        "\u200b".join(TOKEN),
        "\u0301".join(TOKEN),
        " ".join(TOKEN[i : i + 5] for i in range(0, len(TOKEN), 5)),
        f'"{TOKEN[:20]}" + "{TOKEN[20:]}"',
        f"{TOKEN[:20]}\n{TOKEN[20:]}",
        TOKEN.replace("p", "\u0440"),
        json.dumps({"a": json.dumps({"b": json.dumps({"c": TOKEN})})}),
    ],
)
def test_a_disguised_token_is_found(text):
    out = json.dumps(scrubbed({"input": f"look: {text} ok?"}).row)
    assert "GITHUB_TOKEN_1" in out
    assert "aB3dE5gH" not in out
    assert out.startswith('{"input": "look: ')


def test_what_was_scrubbed_is_left_as_it_is():
    once = scrubbed({"input": f"{TOKEN} of a@b.example"}).row
    again = scrubbed(once)
    assert again.row == once
    assert again.report.counts == {}


def test_new_pseudonyms_do_not_take_the_number_of_one_that_is_there():
    assert scrubbed("<EMAIL_1> and c@d.example").row == "<EMAIL_1> and <EMAIL_2>"


def test_a_secret_that_is_dressed_as_a_pseudonym_is_none():
    key = "AK" + "IA" + "Q3EGRTYUIOPASDFG"
    assert scrubbed(f"<{key}_1>").report.counts == {"aws_key": 1}


def test_values_to_keep_stay_and_a_secret_never_does():
    scanner = Scanner(keep=frozenset({"help@shop.example", TOKEN.lower()}))
    result = Scrubber(scanner=scanner).scrub(f"write to Help@Shop.example with {TOKEN}")
    assert isinstance(result, Scrubbed)
    assert result.row == "write to Help@Shop.example with <GITHUB_TOKEN_1>"


def test_a_recogniser_of_names_is_asked_and_the_name_is_found_everywhere():
    def names(text):
        at = text.find("Annegret Vogel")
        if at >= 0:
            yield Find("name", at, at + 14, "Annegret Vogel")

    result = Scrubber(scanner=Scanner(names=names)).scrub(["I am Annegret Vogel.", "Hello Annegret Vogel"])
    assert isinstance(result, Scrubbed)
    assert result.row == ["I am <NAME_1>.", "Hello <NAME_1>"]


def test_a_row_that_is_still_not_clean_is_refused_and_no_value_is_told():
    def restless(text):
        if "<" not in text:
            yield Find("name", 0, 1, text[:1])
        else:
            yield Find("name", 0, len(text), "Bob")

    result = Scrubber(scanner=Scanner(names=restless)).scrub("Bob was here")
    assert result == Refused(cause=RefusalCause.STILL_FOUND, detail="name")


def test_a_scanner_that_fails_refuses_the_row():
    def broken(text):
        raise RuntimeError(f"cannot read {text}")

    result = Scrubber(scanner=Scanner(names=broken)).scrub("my secret life")
    assert result == Refused(cause=RefusalCause.SCANNER_ERROR, detail="RuntimeError")


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        ("x" * 100_001, RefusalCause.TOO_LARGE),
        ({"a@b.example": 1, "A@b.example": 2}, RefusalCause.AMBIGUOUS),
        (" ".join(f"u{n}@shop.example" for n in range(1001)), RefusalCause.TOO_MANY),
    ],
)
def test_a_row_that_cannot_be_scrubbed_is_refused(row, cause):
    result = Scrubber().scrub(row)
    assert isinstance(result, Refused)
    assert result.cause is cause


def test_a_row_nested_too_deep_is_refused():
    row: Json = "end"
    for _ in range(100):
        row = [row]
    result = Scrubber().scrub(row)
    assert isinstance(result, Refused)
    assert result.cause is RefusalCause.TOO_DEEP


def test_half_a_surrogate_pair_does_not_get_into_a_file():
    assert scrubbed("broken \ud83d here a@b.example").row == "broken \ufffd here <EMAIL_1>"


LEAVES = st.text(max_size=40) | st.integers() | st.none()


@pytest.mark.slow
@given(st.recursive(LEAVES, lambda row: st.lists(row) | st.dictionaries(st.text(), row)))
@examples(50)
def test_any_row_is_scrubbed_or_refused_and_scrubbing_it_again_changes_nothing(row):
    result = Scrubber().scrub(row)
    if isinstance(result, Scrubbed):
        again = Scrubber().scrub(result.row)
        assert isinstance(again, Scrubbed)
        assert again.row == result.row


HOSTILE = {
    "at signs": "a@",
    "addresses": "a@b.example ",
    "digits": "1",
    "digits apart": "1 ",
    "key heads": "-----BEGIN " + "PRIVATE KEY-----",
    "tokens begun": "eyJ",
    "passwords begun": "password is ",
    "escapes": "%2525",
    "backslashes": "\\",
    "dots": "1.",
    "colons": "a:",
    "telephones": "+49 30 901820 ",
    "lookalikes": "\u0430",
    "entities": "&#64;",
}


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_the_time_grows_with_the_text_and_not_with_its_square(piece):
    scrubber = Scrubber()

    def took(characters: int) -> float:
        text = piece * (characters // len(piece))
        start = time.process_time()
        scrubber.scrub(text)
        return time.process_time() - start

    took(1_000)
    # The least of several: what else this machine does, and collecting garbage, is no time of the scrubber's.
    few, many = (min(took(characters) for _ in range(3)) for characters in (8_000, 32_000))
    assert many < 8 * few + 0.5, "four times the text took sixteen times as long"
