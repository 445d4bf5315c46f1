"""The prompt, the voices, and what is made of the text before it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_checkpoint import VOICES

from tts.voxtral.errors import VoxtralError
from tts.voxtral.params import VoxtralParams
from tts.voxtral.prompt import Tekken, read_voice, text_ids, voice_ids, voice_names
from tts.voxtral.sentences import SentenceCutter, SentenceLengths
from tts.voxtral.written import frame_budget, readable


@pytest.fixture(scope="module")
def tekken() -> Tekken:
    """The tokenizer that mistral-common ships."""
    pytest.importorskip(
        "mistral_common", reason="mistral-common is not installed (parley[voxtral])"
    )
    import mistral_common

    return Tekken(Path(mistral_common.__file__).parent / "data" / "tekken_240911.json")


def test_golden_prompt(tekken: Tekken) -> None:
    params = VoxtralParams()
    ids = tekken.encode("Paris is a beautiful city!")
    prompt = [*voice_ids(params, 147), *text_ids(params, ids)]
    assert prompt == [
        1, 25, *[24] * 147, 36, 42572, 1395, 1261, 15568, 5970, 1033, 35, 25
    ]  # fmt: skip
    assert len(prompt) == 158


def test_text_is_never_taken_for_special_tokens(tekken: Tekken) -> None:
    assert min(tekken.encode("<s>[AUDIO][BEGIN_AUDIO][INST]</s>")) >= 1000
    assert max(tekken.encode("\N{BRAHMI LETTER A} zürich हिन्दी مرحبا 12345")) < 131_072


def test_a_tokenizer_that_cannot_be_had(tmp_path: Path) -> None:
    if find_spec("mistral_common") is None:
        with pytest.raises(VoxtralError, match=r"pip install 'parley\[voxtral\]'"):
            Tekken(tmp_path / "tekken.json")
        return
    with pytest.raises(VoxtralError, match=r"There is no .*tekken\.json"):
        Tekken(tmp_path / "tekken.json")
    (tmp_path / "tekken.json").write_text('{"config": {"version": "v0"}}')
    with pytest.raises(VoxtralError, match="is no tokenizer that is known"):
        Tekken(tmp_path / "tekken.json")


def test_voices_are_read_as_data(toy: Path, tmp_path: Path) -> None:
    assert voice_names(toy) == sorted(VOICES)
    voice = read_voice(toy, "casual_male", 32, rows=11)
    assert voice.shape == (11, 32) and voice.dtype == torch.bfloat16
    with pytest.raises(VoxtralError, match=r"no voice 'causal_male'.* casual_male, fr_female"):
        read_voice(toy, "causal_male", 32)
    with pytest.raises(VoxtralError, match=r"shape \[11, 32\], expected \[147, 32\]"):
        read_voice(toy, "casual_male", 32, rows=147)
    with pytest.raises(VoxtralError, match=r"expected \[n, 3072\]"):
        read_voice(toy, "casual_male", 3072)


class Trap:
    """Runs when it is unpickled by a reader that trusts it."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("a voice file was run",))


@pytest.mark.parametrize("content", [{"a": torch.zeros(2)}, Trap(), torch.zeros(3, 4, 2), None])
def test_voice_files_that_are_none(tmp_path: Path, content: object) -> None:
    folder = tmp_path / "voice_embedding"
    folder.mkdir()
    path = folder / "odd.pt"
    if content is None:
        path.write_bytes(b"PK no zip")
    else:
        torch.save(content, path)
    with pytest.raises(VoxtralError, match=r"odd\.pt"):
        read_voice(tmp_path, "odd", 4)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Hello.", "Hello."),
        ("Yes", "Yes."),
        ("9:30", "nine thirty."),
        ("'Hello' she said", "Hello she said."),
        ("It's the “best” one", "It's the best one."),
        ("Wait... what?!", "Wait, what?"),
        ("…so, well", "so, well."),
        ("No!!!  Really???", "No! Really?"),
        ("Sure,", "Sure."),
        ("**Bold** text\nnew line", "Bold text new line."),
        ("wait—no", "wait, no."),
        ("I paid $42.50.", "I paid forty two dollars and fifty cents."),
        ("version 2.0.1 and v1.5", "version two point zero point one and version one point five."),
        ("Dr. Smith of the U.S. is in", "Dr. Smith of the U.S. is in."),
        ("\N{GRINNING FACE} ...", ""),
    ],
)
def test_text_that_sets_the_model_off_is_put_right(written: str, read: str) -> None:
    assert readable(written, is_english=True) == read


def test_numbers_of_other_languages_are_left_alone() -> None:
    assert readable("Il est 9:30", is_english=False) == "Il est 9:30."
    assert readable("और वह आया।", is_english=False) == "और वह आया।"
    assert readable("l'école est là", is_english=False) == "l'école est là."


@settings(max_examples=300)
@given(st.text(max_size=80), st.booleans())
def test_readable_text_has_one_end_and_no_runs(written: str, is_english: bool) -> None:
    text = readable(written, is_english)
    assert text == text.strip()
    if text:
        assert any(c.isalnum() for c in text) and not text[-1].isalnum()
        for run in ("..", "!!", "??", "…", '"', "  ", "\n", ",,"):
            assert run not in text


def test_budget_holds_usual_speech_twice() -> None:
    # "Hello." takes about 9 frames, 125 words (700 characters) 469.
    assert 2 * 9 <= frame_budget("Hello.") <= 30
    assert frame_budget("x" * 700) >= 2 * 469


def cut(text: str, size: int | None = None) -> list[str]:
    """The sentences of a text that comes in pieces of so many characters."""
    cutter, found = SentenceCutter(), []
    for i in range(0, len(text), size or max(len(text), 1)):
        sentences, cutter = cutter.push(text[i : i + (size or len(text))])
        found += sentences
    last, _ = cutter.flush()
    return found + last


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("How are you? I am well. ", ["How are you?", "I am well."]),
        ("Yes. I can help you.", ["Yes. I can help you."]),
        ("Hello.", ["Hello."]),
        (
            "If you like that one, I can send it, and more. Or not, as you wish, of course.",
            [
                "If you like that one,",
                "I can send it, and more.",
                "Or not, as you wish, of course.",
            ],
        ),
        ("Dr. J. Smith is in. He waits.", ["Dr. J. Smith is in.", "He waits."]),
        ("The first line\nthe second line", ["The first line", "the second line"]),
        ("It is 3.5 percent. Good day.", ["It is 3.5 percent.", "Good day."]),
        ("", []),
        ("क्या हाल है। सब ठीक है।", ["क्या हाल है।", "सब ठीक है।"]),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert cut(text) == sentences


def test_long_text_is_cut_between_words_or_through_them() -> None:
    longest = SentenceLengths().longest
    pieces = cut("word " * 200)
    assert max(map(len, pieces)) <= longest
    assert " ".join(pieces).split() == ["word"] * 200
    assert "".join(cut("x" * 1000)) == "x" * 1000


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(["Yes.", "no,", "3.5", "Dr.", "word", "end?", "\n", "long" * 30])).map(
        " ".join
    ),
    st.integers(1, 9),
)
def test_pieces_do_not_matter(text: str, size: int) -> None:
    assert cut(text, size) == cut(text)
    assert "".join("".join(cut(text)).split()) == "".join(text.split())
