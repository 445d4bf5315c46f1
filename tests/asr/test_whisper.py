"""The short-window decode: digits kept, silence kept silent, words timed."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sounds import Clip, noise, silence

from asr.audio import RATE, as_float
from asr.bench import normalised, word_errors
from asr.errors import ModelUnreadableError
from asr.whisper import Whisper

JFK = (
    "And so my fellow Americans, ask not what your country can do for you, "
    "ask what you can do for your country."
)


def test_words_and_their_times(whisper: Whisper, clip: Clip) -> None:
    transcript = whisper.transcribe(as_float(clip("jfk.flac")))
    assert normalised(transcript.text) == normalised(JFK)
    assert " ".join(word.text for word in transcript.words) == transcript.text
    assert all(word.start <= word.end for word in transcript.words)
    assert all(word.end <= later.start for word, later in pairwise(transcript.words))
    # Listened to: the second "ask" begins 8.2 s into the clip, and all is said after 10.5 s. A
    # word after a pause is given part of it.
    ask = [word for word in transcript.words if word.text == "ask"][1]
    assert ask.start == pytest.approx(8.2, abs=0.6)
    assert transcript.words[-1].end == pytest.approx(10.5, abs=0.4)


def test_a_second_look_clears_up_what_the_first_left_in_doubt(whisper: Whisper, clip: Clip) -> None:
    speech = clip("LJ001-0004.flac")
    expected = normalised(
        "produced the block books, which were the immediate predecessors of the true printed book"
    )
    changed = []
    # Which words they are, and at which loudness they change, differs from one processor's int8
    # arithmetic to another's.
    for softer in (10, 11, 12, 13):
        faint = as_float(speech // softer + noise(20, 0.01)[: len(speech)])
        first = whisper.look(faint)
        second = first.settle()
        assert first.decoded.doubtful and not first.transcript.words
        assert second.words and second == whisper.transcribe(faint)
        changed.append(second.text != first.transcript.text)
        if softer == 10:
            # Much fainter, and both looks are guesses.
            errors = [
                word_errors(expected, normalised(text))
                for text in (first.transcript.text, second.text)
            ]
            assert errors[1] <= errors[0]
    assert any(changed)


def test_a_digit_said_again_and_again_is_kept(whisper: Whisper, clip: Clip) -> None:
    five_five = clip("cards_004.flac")
    text = whisper.transcribe(as_float(np.concatenate([five_five, five_five]))).text
    # On some processors Whisper hears one more.
    assert set(normalised(text)) == {"five"} and len(normalised(text)) >= 4


@pytest.mark.parametrize("sound", [silence(3), silence(12), noise(3, 0.001), noise(8, 0.05)])
def test_silence_and_noise_have_no_words(whisper: Whisper, sound: np.ndarray) -> None:
    assert whisper.transcribe(as_float(sound)).text == ""


def test_audio_longer_than_whispers_window_is_heard_whole(whisper: Whisper, clip: Clip) -> None:
    speech = np.concatenate([clip("jfk.flac"), clip("LJ001-0004.flac"), clip("jfk.flac")] * 2)
    expected = normalised(JFK), "produced the block books".split()
    words = normalised(whisper.transcribe(as_float(speech)).text)
    assert word_errors(expected[0], words[: len(expected[0])]) <= 2
    assert word_errors(expected[0], words[-len(expected[0]) :]) <= 2
    assert len(speech) / RATE > 50


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"cut short")
    with pytest.raises(ModelUnreadableError, match=r"cannot be read .* `parley models fetch`"):
        Whisper(tmp_path)
