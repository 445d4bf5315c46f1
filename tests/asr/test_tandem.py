"""Moonshine's words, and what Whisper makes of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sounds import Clip, noise, silence

from asr.audio import RATE, as_float
from asr.bench import load, normalised
from asr.errors import ModelUnreadableError
from asr.moonshine import Guess, Moonshine
from asr.tandem import QuickLook, Tandem, surer
from asr.transcript import Language, Transcript
from asr.whisper import Whisper

JFK = (
    "And so my fellow Americans, ask not what your country can do for you, "
    "ask what you can do for your country."
)


def test_the_words_of_a_first_look_stand_and_get_their_times(tandem: Tandem, clip: Clip) -> None:
    look = tandem.look(as_float(clip("jfk.flac")))
    settled = look.settle()
    assert not look.doubtful and not look.transcript.words
    assert normalised(look.transcript.text) == normalised(JFK)
    assert settled.text == look.transcript.text
    assert " ".join(word.text for word in settled.words) == settled.text
    assert all(word.end <= later.start for word, later in pairwise(settled.words))
    # Listened to: "ask" begins after a pause from 7.3 s to 8.2 s, and all is said after 10.5 s.
    ask = [word for word in settled.words if word.text.lower() == "ask"][1]
    assert 7.3 <= ask.start <= 8.6
    assert settled.words[-1].end == pytest.approx(10.5, abs=0.4)


def test_the_quarter_of_a_second_that_a_word_begins_with_is_enough(
    moonshine: Moonshine, clip: Clip
) -> None:
    five = as_float(clip("cards_004.flac"))
    onset = int(np.argmax(np.abs(five) > 0.05))
    guess = moonshine.decode(five[max(0, onset - RATE // 4) : onset + RATE // 4])
    assert normalised(guess.text) == ["five"]


def test_a_digit_said_again_and_again_is_kept(tandem: Tandem, clip: Clip) -> None:
    five_five = clip("cards_004.flac")
    text = tandem.transcribe(as_float(np.concatenate([five_five, five_five]))).text
    assert normalised(text) == ["five"] * 4


@pytest.mark.parametrize("sound", [silence(3), silence(12), noise(3, 0.001), noise(8, 0.05)])
def test_silence_and_noise_have_no_words(tandem: Tandem, sound: np.ndarray) -> None:
    assert tandem.transcribe(as_float(sound)).text == ""


def test_what_moonshine_doubts_whisper_hears_too(
    tandem: Tandem, whisper: Whisper, shared: Path
) -> None:
    german = as_float(load(shared / "speech/multilingual/cheetah_test_de.flac"))[: 4 * RATE]
    look = tandem.look(german)
    assert look.doubtful
    assert look.settle() == surer(look.transcript, whisper.transcribe(german))


def test_the_surer_of_the_two_is_believed_unless_there_is_no_word() -> None:
    quick, second = Transcript("Bright.", confidence=0.64), Transcript("Right.", confidence=0.36)
    german = Language("de", 0.9)
    assert surer(quick, second).text == "Right."
    assert surer(replace(quick, confidence=0.8), second).text == "Bright."
    assert surer(replace(quick, confidence=0.8), replace(second, spoken=german)).spoken == german
    assert surer(replace(quick, confidence=0.8), Transcript()).text == ""


def test_thanks_after_a_sentence_stand_only_if_both_hear_them() -> None:
    quick = Transcript("It shipped yesterday. Thank you.", confidence=0.98)
    second = Transcript("It ships yesterday.", confidence=0.36)
    assert surer(quick, second).text == "It shipped yesterday."
    assert surer(quick, replace(second, text="It ships yesterday, thank you!")) == quick
    assert surer(replace(quick, text="Thank you."), second).text == "Thank you."


def test_a_sentence_stands_twice_at_the_end_only_if_both_hear_it_twice() -> None:
    quick = Transcript("This is Parley. How are you? How are you?", confidence=0.98)
    once = Transcript("This is partly. How are you?", confidence=0.36)
    twice = replace(once, text="How are you? How are you?")
    assert surer(quick, once).text == "This is Parley. How are you?"
    assert surer(quick, twice) == quick
    for said in ("No. No.", "I can go. She can go.", "Tell me I can go. I can go."):
        assert surer(replace(quick, text=said), once).text == said


def test_thanks_and_echoes_after_a_sentence_are_doubted(whisper: Whisper) -> None:
    def doubted(text: str) -> bool:
        guess = Guess(tuple(range(9)), text, score=-0.05, capped=False)
        return QuickLook(as_float(silence(1)), guess, whisper, word_times=False).doubtful

    assert doubted("It shipped yesterday. Thank you.")
    assert doubted("How are you? How are you?") and not doubted("How are you? Who are you?")
    assert not doubted("It shipped yesterday.") and not doubted("Thank you very much, goodbye.")


def test_another_language_is_whispers_from_the_start(
    tandem: Tandem, whisper: Whisper, shared: Path
) -> None:
    german = as_float(load(shared / "speech/multilingual/cheetah_test_de.flac"))[: 4 * RATE]
    assert tandem.transcribe(german, language="de") == whisper.transcribe(german, language="de")


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.bin").write_bytes(b"\x01a")
    with pytest.raises(ModelUnreadableError, match=r"cannot be read .* `parley models fetch`"):
        Moonshine(tmp_path)
