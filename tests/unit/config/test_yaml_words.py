"""What is written for a person to edit is read back as the same words."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.yaml_text import parse_yaml
from config.yaml_words import yaml_word, yaml_words

ANY = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(ANY, st.lists(ANY, max_size=3))
def test_any_words_come_back_as_they_were(word: str, words: list[str]) -> None:
    assume(word != "list")
    read = parse_yaml(f"{yaml_word(word)}: {yaml_word(word)}\nlist: {yaml_words(words)}\n", "file.yaml")
    assert (read.data[word], read.data["list"]) == (word, words)


@pytest.mark.parametrize("word", ["tea", "our shop's", "Europe/Berlin", "22-7", "نکته‌ها", "kids-club"])
def test_ordinary_words_stand_plain(word: str) -> None:
    assert yaml_word(word) == word
