"""The engine on the toy: batches, seeds, sentences, budgets, memory."""

from __future__ import annotations

import logging
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from toy_checkpoint import VOICES, Letters

from tts.voxtral import memory
from tts.voxtral.engine import VoxtralEngine, VoxtralSpeech
from tts.voxtral.errors import VoxtralError
from tts.voxtral.memory import memory_need
from tts.voxtral.model import VoxtralModel, load_model
from tts.voxtral.network import BackboneState, VoxtralNetwork
from tts.voxtral.params import VoxtralParams
from tts.voxtral.settings import VoxtralSettings
from tts.voxtral.written import frame_budget, readable

TEXTS = (
    "Yes.", "How are you today?", "Your order has been shipped, and it arrives soon.",
    "Thank you for calling us. What can I do for you?", "Hello.", "I see what you mean.",
    "That is a very long story, but I can tell it to you. It begins with a train.", "No, not yet.",
)  # fmt: skip
Codes = list[list[int]]


class Recording(VoxtralEngine):
    """Keeps the codes of every speech."""

    def __init__(self, model: VoxtralModel, settings: VoxtralSettings) -> None:
        self.codes: dict[VoxtralSpeech, Codes] = {}
        self.rows: set[int] = set()
        super().__init__(model, settings)

    def _decode(self, codes: Tensor, spoken: list[VoxtralSpeech]) -> None:
        self.rows.add(len(spoken))
        for row, speech in zip(codes.tolist(), spoken, strict=True):
            self.codes.setdefault(speech, []).append(row)
        super()._decode(codes, spoken)


def samples_of(engine: VoxtralEngine, text: str, seed: int) -> np.ndarray:
    return np.concatenate([chunk.samples for chunk in engine.speak([text], seed)])


def whole(engine: VoxtralEngine, text: str, seed: int) -> VoxtralSpeech:
    speech = engine.speech(seed)
    speech.push(text)
    speech.end()
    return speech


def test_frames_are_80_ms_and_the_seed_is_the_speech(engine: VoxtralEngine) -> None:
    chunks = list(engine.speak([TEXTS[1]], seed=3))
    assert all(chunk.samples.shape == (1920,) for chunk in chunks)
    assert all(chunk.samples.dtype == np.float32 for chunk in chunks)
    first = np.concatenate([chunk.samples for chunk in chunks])
    assert np.isfinite(first).all() and np.abs(first).max() <= 1 and first.std() > 0.05
    np.testing.assert_array_equal(first, samples_of(engine, TEXTS[1], 3))
    assert not np.array_equal(first[:1920], samples_of(engine, TEXTS[1], 4)[:1920])


@pytest.mark.parametrize("order", range(3))
def test_a_batch_gives_each_the_codes_it_has_alone(model: VoxtralModel, order: int) -> None:
    settings = VoxtralSettings(device="cpu", streams=4, sentence_tokens=512)
    alone: list[Codes] = []
    for number, text in enumerate(TEXTS):
        engine = Recording(model, settings)
        speech = whole(engine, text, number)
        for _ in speech.ready():
            pass
        alone.append(engine.codes[speech])
        assert engine.rows == {1}
    engine = Recording(model, settings)
    chance = random.Random(order)
    waiting = list(range(len(TEXTS)))
    chance.shuffle(waiting)
    open_speeches: dict[int, VoxtralSpeech] = {}
    everything: dict[int, VoxtralSpeech] = {}
    leaving = waiting[-1]
    while waiting or open_speeches:
        while waiting and (not open_speeches or chance.random() < 0.4):
            number = waiting.pop()
            everything[number] = open_speeches[number] = whole(engine, TEXTS[number], number)
        turns = list(open_speeches.items())
        chance.shuffle(turns)
        for number, speech in turns:
            speech.step()
            if number == leaving and len(engine.codes.get(speech, ())) == 3:
                speech.close()
            if speech.done:
                del open_speeches[number]
    assert max(engine.rows) > 2
    for number, speech in everything.items():
        heard = engine.codes[speech]
        expected = alone[number][: len(heard)] if number == leaving else alone[number]
        assert heard == expected


def test_all_eight_at_once_share_their_steps(model: VoxtralModel) -> None:
    engine = Recording(model, VoxtralSettings(device="cpu", streams=8, sentence_tokens=512))
    speeches = [whole(engine, TEXTS[1], number) for number in range(8)]
    for speech in speeches:
        assert speech.step() is not None
    assert 8 in engine.rows
    assert [len(engine.codes[speech]) for speech in speeches] == [1] * 8


def test_the_batch_does_not_change_the_sound(engine: VoxtralEngine) -> None:
    alone = [samples_of(engine, text, number) for number, text in enumerate(TEXTS[:3])]
    speeches = [whole(engine, text, number) for number, text in enumerate(TEXTS[:3])]
    heard: list[list[np.ndarray]] = [[] for _ in speeches]
    while not all(speech.done for speech in speeches):
        for speech, frames in zip(speeches, heard, strict=True):
            if chunk := speech.step():
                frames.append(chunk.samples)
    for frames, expected in zip(heard, alone, strict=True):
        # A product of another shape rounds otherwise, and the toy is loud.
        np.testing.assert_allclose(np.concatenate(frames), expected, atol=2e-4)


def test_more_speeches_than_slots_take_their_turns(model: VoxtralModel) -> None:
    engine = VoxtralEngine(model, VoxtralSettings(device="cpu", streams=1, sentence_tokens=512))
    alone = [len(list(engine.speak([text], 1))) for text in TEXTS[:5]]
    speeches = [whole(engine, text, 1) for text in TEXTS[:5]]
    counts = [0] * 5
    while not all(speech.done for speech in speeches):
        before = sum(counts)
        for i, speech in enumerate(speeches):
            counts[i] += speech.step() is not None
        # A round in which nobody spoke would leave the booth asleep.
        assert sum(counts) > before or all(speech.done for speech in speeches)
    assert counts == alone


def test_pieces_of_text_do_not_matter(engine: VoxtralEngine) -> None:
    text = TEXTS[6]
    pieces = [text[i : i + 3] for i in range(0, len(text), 3)]
    in_pieces = np.concatenate([chunk.samples for chunk in engine.speak(pieces, 2)])
    np.testing.assert_array_equal(samples_of(engine, text, 2), in_pieces)


class Reading:
    """Counts the tokens that the backbone reads."""

    def __init__(self, network: VoxtralNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lengths: list[int] = []
        read = network.read

        def counted(
            x: Tensor, rotations: Tensor, state: BackboneState = ()
        ) -> tuple[Tensor, BackboneState]:
            self.lengths.append(x.shape[1])
            return read(x, rotations, state)

        monkeypatch.setattr(network, "read", counted)


def test_every_sentence_reads_its_own_tokens_only(
    engine: VoxtralEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reading(engine.model.network, monkeypatch)
    speech = engine.speech(0)
    speech.push("How are you today? I am very well. ")
    while speech.step() is not None:
        pass
    # Two control tokens follow the text; the voice's fourteen tokens are not read again.
    own = [len("How are you today?") + 2, len("I am very well.") + 2]
    assert reading.lengths == own
    speech.push("Good.")
    speech.end()
    assert speech.step() is not None
    assert reading.lengths == [*own, len("Good.") + 2]


def test_the_next_sentence_is_read_while_this_one_is_spoken(engine: VoxtralEngine) -> None:
    speech = whole(engine, "How are you today? I am very well.", 0)
    assert speech.step() is not None
    present, after = speech.sentences
    assert present.frames == 1 and after.slot is None
    assert speech.step() is not None
    assert after.slot is not None and after.frames == 0
    while present in speech.sentences:
        speech.step()
    # The end of one and the first frame of the other come from neighbouring steps.
    assert after.frames <= 1
    assert speech.step() is not None


def test_prefix_cache_is_the_whole_prompt(model: VoxtralModel, engine: VoxtralEngine) -> None:
    network = model.network
    sentence = engine.sentence("How are you today?")
    assert sentence is not None
    ids = torch.tensor([1, 25, *[24] * VOICES["casual_male"], 36, *sentence.ids])
    embedded = network.embed_words(ids)
    embedded[0, 2 : 2 + VOICES["casual_male"]] = model.voice
    at_once, _ = network.read(embedded, engine.slots.rotations)
    engine._read(sentence)
    slot = sentence.slot
    assert slot is not None
    torch.testing.assert_close(engine.slots.hidden[slot], at_once[0, -1], atol=1e-5, rtol=0)
    assert engine.slots.lengths[slot] == len(ids)


def test_step_by_step_is_the_whole_read_at_once(model: VoxtralModel, engine: VoxtralEngine) -> None:
    network = model.network
    sentence = engine.sentence("How are you today?")
    assert sentence is not None
    with torch.inference_mode():
        engine._read(sentence)
        assert sentence.slot == 0
        codes = torch.tensor([[7, *range(2, 20), *range(4, 22)], [9, *[5] * 36]])
        slots = engine.slots
        for frame in codes[:, None]:
            args = (slots.rotation(1), slots.mask(1, 128), slots.memories(1, 128))
            hidden = network.advance(frame, *args)
            slots.lengths[0] += 1
        ids = torch.tensor([1, 25, *[24] * VOICES["casual_male"], 36, *sentence.ids])
        prompt = network.embed_words(ids)
        prompt[0, 2 : 2 + VOICES["casual_male"]] = model.voice
        prompt = torch.cat((prompt, network.embed_frames(codes).transpose(0, 1)), 1)
        expected, _ = network.read(prompt, slots.rotations)
    torch.testing.assert_close(hidden, expected[:, -1], atol=1e-5, rtol=0)


def test_a_runaway_is_stopped_and_told(
    model: VoxtralModel, small: VoxtralSettings, caplog: pytest.LogCaptureFixture
) -> None:
    engine = VoxtralEngine(model, small)
    model.network.forbidden[1] = -torch.inf
    try:
        with caplog.at_level(logging.WARNING):
            frames = len(list(engine.speak(["Hello."], 0)))
    finally:
        model.network.forbidden[1] = 0
    assert frames == frame_budget("Hello.") == 22
    assert "had not ended after 22 frames (1.8 s): Hello." in caplog.text


def test_a_sentence_never_ends_before_it_is_heard(
    model: VoxtralModel, small: VoxtralSettings
) -> None:
    engine = VoxtralEngine(model, small)
    model.network.forbidden[1] = 1e9
    try:
        assert len(list(engine.speak(["Hello."], 0))) == 2
    finally:
        model.network.forbidden[1] = 0


def test_closing_frees_the_slots(engine: VoxtralEngine) -> None:
    speech = whole(engine, TEXTS[6], 0)
    for _ in range(2):
        speech.step()
    assert len(engine._free) < engine.slots.count
    speech.close()
    assert len(engine._free) == engine.slots.count
    assert speech.done and speech.step() is None
    for _ in engine.speak([TEXTS[0]]):
        pass
    assert len(engine._free) == engine.slots.count and not engine._open


@pytest.mark.parametrize("text", ["", "  ", "...", "\N{GRINNING FACE}"])
def test_nothing_to_say_is_silence_not_an_error(engine: VoxtralEngine, text: str) -> None:
    assert not list(engine.speak([text]))


def test_what_cannot_fit_in_a_slot_is_left_out_and_told(
    engine: VoxtralEngine, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert engine.sentence("word " * 110) is None
    assert "too long for 512 tokens" in caplog.text


def test_memory_is_told_before_loading_and_must_suffice(
    toy: Path, small: VoxtralSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    load_model(toy, small, told.append, Letters())
    assert told[0].startswith("Voxtral on cpu in float32 needs 0.2") and "weights" in told[0]
    monkeypatch.setattr("tts.voxtral.model.free_memory", lambda _: 1e8)
    monkeypatch.setattr("tts.voxtral.model.load_network", pytest.fail)
    with pytest.raises(VoxtralError, match=r"needs 0\.2.* GB .* and 0\.10 GB are free on cpu"):
        load_model(toy, small, told.append, Letters())
    assert len(told) == 2


def test_memory_of_the_published_model() -> None:
    settings = VoxtralSettings()
    need = dict(memory_need(VoxtralParams(), settings, 2).parts)
    assert need["codec"] == 4 * 151_576_816
    assert need["weights"] == 2 * (4_002_353_392 - 151_576_816) + 2 * 8320 * 3072
    # 106,496 bytes a token in bfloat16.
    assert need["keys and values of 8 sentences"] == 8 * 1024 * 106_496
    assert memory.free_memory(torch.device("cpu")) > 1e6


def test_a_gpu_that_is_not_there(toy: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(VoxtralError, match="There is no GPU"):
        load_model(toy, VoxtralSettings(device="cuda"), lambda _: None, Letters())


def test_text_is_made_readable_first(engine: VoxtralEngine) -> None:
    sentence = engine.sentence("\N{LEFT DOUBLE QUOTATION MARK}9:30")
    assert sentence is not None and sentence.text == readable("9:30", True) == "nine thirty."
