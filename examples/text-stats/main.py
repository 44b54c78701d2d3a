"""Statistics of a text, as a task."""

from typing import TypedDict

from tasksmith import task

from words import most_frequent, split_words

WORDS_PER_MINUTE = 238  # silent reading of English prose, mean of 190 studies (Brysbaert 2019)


class WordCount(TypedDict):
    word: str
    count: int


class TextStats(TypedDict):
    characters: int
    words: int
    sentences: int
    uniqueWords: int
    readingTimeSeconds: float
    mostFrequent: list[WordCount]


@task
def word_stats(text: str, top: int = 10) -> TextStats:
    """Counts characters, words and sentences of a text, finds its most frequent words and estimates the reading time.

    Args:
        text: the text, in English
        top: how many of the most frequent words to return
    """
    words = split_words(text)
    return {
        "characters": len(text),
        "words": len(words),
        "sentences": count_sentences(text),
        "uniqueWords": len(set(words)),
        "readingTimeSeconds": round(len(words) * 60 / WORDS_PER_MINUTE, 1),
        "mostFrequent": [{"word": word, "count": count} for word, count in most_frequent(words, top)],
    }


def count_sentences(text: str) -> int:
    ends = [here for here, after in zip(text, text[1:] + " ") if here in ".!?" and after.isspace()]
    return len(ends) or (1 if text.strip() else 0)
