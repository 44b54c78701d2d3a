"""Words of a text."""

import re
from collections import Counter

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def split_words(text: str) -> list[str]:
    """In lower case; an apostrophe belongs to its word."""
    return WORD.findall(text.lower())


def most_frequent(words: list[str], top: int) -> list[tuple[str, int]]:
    """Equal counts in alphabetical order, so that the answer does not depend on the order in the text."""
    return sorted(Counter(words).items(), key=lambda each: (-each[1], each[0]))[: max(0, top)]
