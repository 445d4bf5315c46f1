"""The engine as a whole, with the repository's weights."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from tts.chunk import Chunk, SpokenWord
from tts.codec import FRAME, SAMPLE_RATE
from tts.durations import LEAST_UNITS, SLOT, UNIT, lead_slots
from tts.engine import FRAMES_ALONE, Engine
from tts.frames import FrameMaker, Made, Turn
from tts.narrator import UNHEARD_FRAMES, UNHEARD_SLOTS
from tts.network import SLOTS_PER_FRAME, NetworkShape
from tts.speech import HELD_SLOTS, Speech
from tts.symbols import PAD
from tts.training.examples import prepare

ROUNDING = 1e-6
"""Frames are decoded several at a time or one: sums are rounded in other places."""
TEXT = "Sure, I can help you with that. Your order of $42.50 shipped on May 5th."


def samples_of(chunks: list[Chunk]) -> np.ndarray:
    return np.concatenate([chunk.samples for chunk in chunks])


def words_of(chunks: list[Chunk]) -> list[SpokenWord]:
    return [word for chunk in chunks for word in chunk.words]


def test_same_text_and_seed_sound_the_same(engine: Engine) -> None:
    first, again = list(engine.speak([TEXT], seed=7)), list(engine.speak([TEXT], seed=7))
    np.testing.assert_array_equal(samples_of(first), samples_of(again))
    other = samples_of(list(engine.speak([TEXT], seed=8)))
    assert other.shape != samples_of(first).shape or not np.array_equal(other, samples_of(first))


def test_pieces_of_text_do_not_matter(engine: Engine) -> None:
    whole = list(engine.speak([TEXT]))
    tokens = list(engine.speak(re.findall(r"\s*\S{1,4}", TEXT)))
    np.testing.assert_allclose(samples_of(whole), samples_of(tokens), atol=ROUNDING)
    assert words_of(whole) == words_of(tokens)


@pytest.mark.parametrize("ahead", [0, 1, 2, 4])
def test_frames_are_told_the_text_that_they_learned_from(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    narrator, text = engine.narrator, "Good morning."
    monkeypatch.setattr(narrator.network, "shape", replace(NetworkShape(), slots_ahead=ahead))
    told: list[Tensor] = []
    conditions = narrator.conditions
    monkeypatch.setattr(narrator, "conditions", lambda s: told.append(s) or conditions(s))
    chunks = list(engine.speak([text]))
    said = engine.pronounce(text)
    symbols = [PAD, *said.indices, PAD]
    encoded, durations = narrator.encode(symbols)
    durations[0] = (UNHEARD_SLOTS + lead_slots(said.symbols)) * SLOT
    durations[-1] = FRAME
    clip = {
        "z": torch.zeros(UNHEARD_FRAMES + len(chunks), narrator.network.shape.latent),
        "sym": torch.tensor(symbols),
        "dur": durations / UNIT,
    }
    (learned,) = prepare([clip], narrator.network)
    torch.testing.assert_close(torch.cat(told), encoded[learned.slots])


def test_the_shortest_speech_is_said_however_early_it_is_told(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = replace(NetworkShape(), slots_ahead=4)
    monkeypatch.setattr(engine.narrator.network, "shape", shape)
    monkeypatch.setattr(engine.narrator.network.durations, "samples", _shortest)
    chunks = list(engine.speak(["A"]))
    assert chunks and [word.text for word in words_of(chunks)] == ["A"]


def _shortest(_encoded: Tensor, least: Tensor, _rate: float) -> Tensor:
    return torch.full_like(least, LEAST_UNITS * UNIT)


def test_frames_are_80_ms_of_speech(engine: Engine) -> None:
    chunks = list(engine.speak([TEXT]))
    assert all(chunk.samples.shape == (FRAME,) for chunk in chunks)
    assert all(chunk.samples.dtype == np.float32 for chunk in chunks)
    audio = samples_of(chunks)
    assert 3 < len(audio) / SAMPLE_RATE < 9
    assert np.sqrt(np.mean(audio**2)) > 0.02 and np.abs(audio).max() <= 1
    assert abs(audio.mean()) < 1e-3


def test_speech_starts_at_once_and_ends_in_silence(engine: Engine) -> None:
    audio = samples_of(list(engine.speak(["Hello there."])))
    assert audio[0] == 0
    loud = np.flatnonzero(np.abs(audio) > 0.02)
    assert loud[0] < 0.12 * SAMPLE_RATE
    assert np.abs(audio[-240:]).max() < 0.02


def test_words_are_in_order_and_cover_the_speech(engine: Engine) -> None:
    chunks = list(engine.speak([TEXT]))
    words = words_of(chunks)
    assert " ".join(word.text for word in words) == TEXT
    assert words[0].start == lead_slots("ʃˈʊɹ") * SLOT / SAMPLE_RATE
    for word, following in itertools.pairwise(words):
        assert word.start < word.end <= following.start < word.end + 0.5
    assert words[-1].end <= len(chunks) * FRAME / SAMPLE_RATE


def test_words_come_with_the_frame_they_begin_in(engine: Engine) -> None:
    for i, chunk in enumerate(engine.speak([TEXT])):
        for word in chunk.words:
            assert i * FRAME <= word.start * SAMPLE_RATE < (i + 1) * FRAME


def test_first_clause_is_spoken_before_the_text_ends(engine: Engine) -> None:
    speech = engine.speech()
    speech.push("Sure,")
    assert speech.step() is not None
    while speech.step() is not None:
        pass
    assert not speech.done
    speech.push(" I can")
    speech.end()
    assert list(speech.ready()) and speech.done


def test_speeches_that_take_turns_do_not_hear_each_other(engine: Engine) -> None:
    texts = ["Good morning to you.", "Your order is ready now."]
    alone = [samples_of(list(engine.speak([text]))) for text in texts]
    speeches = [engine.speech(), engine.speech()]
    heard: list[list[Chunk]] = [[], []]
    for speech, text in zip(speeches, texts, strict=True):
        speech.push(text)
        speech.end()
    while not all(speech.done for speech in speeches):
        for speech, chunks in zip(speeches, heard, strict=True):
            if (chunk := speech.step()) is not None:
                chunks.append(chunk)
    for chunks, expected in zip(heard, alone, strict=True):
        np.testing.assert_allclose(samples_of(chunks), expected, atol=ROUNDING)


def test_a_long_speech_goes_on(engine: Engine) -> None:
    sentence = "The train to Boston leaves at nine and arrives at noon. "
    chunks = list(engine.speak([sentence * 6]))
    words = words_of(chunks)
    assert len(words) == 6 * len(sentence.split())
    audio = samples_of(chunks)
    assert np.isfinite(audio).all()
    assert np.sqrt(np.mean(audio[-5 * SAMPLE_RATE :] ** 2)) > 0.02


@pytest.mark.parametrize(
    "text", ["", "   ", "...", "\N{GRINNING FACE}", "```x = 1```", "\u4f60\u597d"]
)
def test_nothing_to_say_is_silence_not_an_error(engine: Engine, text: str) -> None:
    assert not list(engine.speak([text]))


def test_many_at_once_each_sound_as_they_do_alone(engine: Engine) -> None:
    texts = [
        "One moment.",
        "Your order shipped yesterday, and it should arrive on Friday.",
        "Is there anything else that I can do for you today?",
        "Good morning, thanks for calling.",
    ]
    alone = [list(engine.speak([text], seed=i)) for i, text in enumerate(texts)]
    speeches: dict[int, Speech] = {}
    heard: dict[int, list[Chunk]] = {i: [] for i in range(len(texts))}
    # One joins every five frames, and the second one hangs up.
    for turn in itertools.count():
        if turn % 5 == 0 and (i := turn // 5) < len(texts):
            speeches[i] = engine.speech(seed=i)
            speeches[i].push(texts[i])
            speeches[i].end()
        if turn == 12:
            speeches.pop(1).close()
        if not any(not speech.done for speech in speeches.values()):
            break
        for i, speech in speeches.items():
            if (chunk := speech.step()) is not None:
                heard[i].append(chunk)
    for i, chunks in heard.items():
        expected = alone[i][: len(chunks)] if i == 1 else alone[i]
        np.testing.assert_allclose(samples_of(chunks), samples_of(expected), atol=ROUNDING)
        assert words_of(chunks) == words_of(expected)


def test_a_speech_alone_makes_several_frames_at_a_time(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[tuple[int, int]] = []
    frames = FrameMaker.frames

    def noted(maker: FrameMaker, turns: Sequence[Turn]) -> list[Made]:
        passes.append((len(turns), turns[0].conditions.shape[1]))
        return frames(maker, turns)

    monkeypatch.setattr(FrameMaker, "frames", noted)
    one, other = engine.speech(), engine.speech()
    one.push("I can help you. ")
    while one.step() is not None:
        pass
    (unheard, first, *more), passes[:] = passes, []
    # The first one is waited for, and nobody waits for those after it.
    assert unheard == (1, UNHEARD_FRAMES) and first == (1, 1)
    assert len(more) > 2 and set(more[:-1]) == {(1, FRAMES_ALONE)}
    one.push("Anything else? ")
    assert one.step() is not None and passes == [(1, 1)]
    other.push("Good morning. ")
    assert other.step() is not None and one.step() is not None
    assert set(passes[2:]) <= {(1, 1), (2, 1)}


def test_a_forgotten_speech_costs_nothing(engine: Engine) -> None:
    speech = engine.speech()
    speech.push("Nobody will ever take these frames.")
    speech.end()
    assert speech.step() is not None
    del speech
    assert list(engine.speak(["Hello there."]))
    assert not engine.open_speeches


def test_the_end_of_a_pause_is_spoken_in_the_light_of_what_follows(engine: Engine) -> None:
    speech = engine.speech()
    speech.push("Certainly, ")
    before = len(list(speech.ready()))
    one, other = (
        list(engine.speak([f"Certainly, {rest}"])) for rest in ("the offer holds.", "she is here.")
    )
    begins = words_of(one)[1].start * SAMPLE_RATE / FRAME
    assert before <= begins - HELD_SLOTS / SLOTS_PER_FRAME + 1
    np.testing.assert_allclose(samples_of(one[:before]), samples_of(other[:before]), atol=ROUNDING)
    assert not np.allclose(one[before].samples, other[before].samples, atol=ROUNDING)


def test_a_comma_at_the_end_of_a_clause_is_no_longer_than_within(engine: Engine) -> None:
    """The clause is cut at the comma; said as an end, its last word took .19 s longer."""
    text = "As you know, the shop opens at noon."
    words = words_of(list(engine.speak([text])))
    whole = engine.pronounce(text)
    _, durations = engine.narrator.encode([PAD, *whole.indices, PAD])
    begin = 1 + whole.spans[3].start
    at_once = float(durations[1:begin].sum()) / SAMPLE_RATE
    assert words[3].text == "the"
    assert words[3].start - words[0].start == pytest.approx(at_once, abs=0.075)
