import pytest
from support_bot.documents import PAGES, load_passages, split_page
from support_bot.text import ENGLISH, LANGUAGES


def test_a_page_is_cut_at_its_sections_and_a_list_item_is_a_sentence():
    page = "# Rental\n\n## Deposit\nIt is 100 euros. It comes back.\n- Skis: 200 euros.\n\n## Age\nEighteen.\n"
    deposit, age = split_page("rental", page, ENGLISH)
    assert (deposit.title, deposit.heading, deposit.id) == ("Rental", "Deposit", "rental#deposit")
    assert deposit.sentences == ("It is 100 euros.", "It comes back.", "Skis: 200 euros.")
    assert age.text == "Eighteen."


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_every_section_of_the_real_pages_becomes_a_passage_with_an_id_of_its_own(language):
    sections = sum(page.read_text("utf-8").count("\n## ") for page in (PAGES / language.code).glob("*.md"))
    passages = load_passages(language)
    assert len({passage.id for passage in passages}) == len(passages) == sections > 0
    assert all(passage.sentences for passage in passages)
