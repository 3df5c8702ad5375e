"""Prompt files of a checkout, and the messages that they become."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gate_action.clients.prompts import load_prompt
from gate_action.errors import ConfigError, TargetStartError
from gate_action.model.fixture import Fixture, Json, JsonObject

CHAT: Json = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes?"}], "who": "Ada"}


def filled(folder: Path, text: str, content: Json, name: str = "prompt.md") -> list[JsonObject]:
    (folder / name).write_text(text, encoding="utf-8")
    return load_prompt(folder, name).fill(Fixture(id="f", input=content, context=("one", "two")), 0)


def said(role: str, content: str) -> Mapping[str, str]:
    return {"role": role, "content": content}


def test_a_text_that_takes_the_input_is_the_users(tmp_path: Path):
    assert filled(tmp_path, "Of {{context}}: {{input}}?", "why") == [said("user", "Of one\n\ntwo: why?")]


def test_an_input_that_no_placeholder_takes_follows_the_systems_text(tmp_path: Path):
    assert filled(tmp_path, "Be kind.", "why") == [said("system", "Be kind."), said("user", "why")]


def test_parts_of_an_input_are_put_in_as_they_are(tmp_path: Path):
    content: Json = {"city": "Oslo {{context}}", "days": [1]}
    assert filled(tmp_path, "{{input.city}} {{ input.days }}", content) == [said("user", "Oslo {{context}} [1]")]


def test_a_chats_messages_follow_the_prompt(tmp_path: Path):
    messages = filled(tmp_path, "Serve {{input.who}}.", CHAT)
    assert messages == [said("system", "Serve Ada."), said("user", "hi"), said("assistant", "yes?")]


def test_a_yaml_prompt_is_a_list_of_messages(tmp_path: Path):
    text = "- {role: system, content: Be kind.}\n- role: user\n  content: |-\n    {{input}}!\n"
    assert filled(tmp_path, text, "why", "p.yaml") == [said("system", "Be kind."), said("user", "why!")]


def test_a_conversation_of_several_turns_is_refused_by_name(tmp_path: Path):
    with pytest.raises(ConfigError, match="fixture 'f' has several turns"):
        filled(tmp_path, "Be kind.", {"turns": ["a", "b"]})


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("p.md", "{{expected}}", "nothing is known as {{expected}}"),
        ("p.yaml", "[]", "it has no message"),
        ("p.yaml", "role: user", "Expected `array`"),
        ("p.yaml", "- {role: user, content: hi, name: x}", "unknown field `name`"),
        ("p.yaml", "- [", "not YAML"),
    ],
)
def test_a_file_that_is_no_prompt_cannot_start(tmp_path: Path, name: str, text: str, words: str):
    with pytest.raises(TargetStartError) as caught:
        filled(tmp_path, text, "x", name)
    assert words in str(caught.value)


def test_a_prompt_never_leads_out_of_the_checkout(tmp_path: Path):
    checkout = tmp_path / "checkout"
    (checkout / "prompts").mkdir(parents=True)
    (tmp_path / "secret").write_text("s3cret")
    (checkout / "link").symlink_to(tmp_path / "secret")
    (checkout / "folder").symlink_to(tmp_path)
    for path in ("link", "folder/secret", "../secret", str(tmp_path / "secret"), "prompts", "missing"):
        with pytest.raises(TargetStartError) as caught:
            load_prompt(checkout, path)
        assert "s3cret" not in str(caught.value)


def test_a_link_inside_the_checkout_is_followed(tmp_path: Path):
    (tmp_path / "real.md").write_text("Be kind.")
    (tmp_path / "link.md").symlink_to("real.md")
    assert load_prompt(tmp_path, "link.md").messages[0].content == "Be kind."
