"""A lexicon file: words of one's own, and how they are pronounced."""

# ruff: noqa: RUF001 - the phonetic alphabet has letters that look like others
from __future__ import annotations

from pathlib import Path

from tts.symbols import symbols_of, unknown_in
from tts.weights import WeightsError


class LexiconError(WeightsError):
    """A lexicon file cannot be used; the message says which line is wrong and what to do."""


def read_lexicon(path: Path) -> dict[str, str]:
    """Lower-case word -> symbols, from a file with a word and its phonemes (IPA) on every line.

    Lines that are empty or begin with # are skipped; slashes around the phonemes may be there.

    Raises:
        LexiconError: there is no such file, or a line of it is no word with its phonemes.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise LexiconError(
            f"There is no lexicon {path}: correct speaking.lexicon, or leave it empty."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError(f"The lexicon {path} cannot be read as UTF-8 text: {error}.") from error
    words = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        word, _, phonetic = line.strip().partition("\t" if "\t" in line.strip() else " ")
        try:
            words[word.strip().lower()] = _symbols(phonetic.strip().strip("/"))
        except ValueError as error:
            raise LexiconError(f"{path}, line {number}: {error}") from None
    return words


def _symbols(phonetic: str) -> str:
    """Symbols of the phonemes on a line; raises ValueError with what is wrong."""
    if not phonetic:
        raise ValueError('a word and its phonemes are wanted, as in "parley ˈpɑɹli".')
    if unknown := unknown_in(phonetic):
        raise ValueError(f"{unknown[0]!r} is no phoneme; write them in IPA, as in ˈpɑɹli.")
    symbols = symbols_of(phonetic)
    if not symbols.strip(" ˈˌ.,;:?!"):
        raise ValueError(f"there is no sound in {phonetic!r}; write IPA, as in ˈpɑɹli.")
    return symbols
