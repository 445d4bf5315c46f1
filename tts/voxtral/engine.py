"""Voxtral as an engine: text in as it comes, 80 ms of speech out at a time, for many at once.

    engine = VoxtralEngine(load_model(folder, settings, print), settings)
    for chunk in engine.speak(["Sure, I can help. ", "What is your name?"]):
        play(chunk.samples)

Text is cut into sentences. Each is a prompt of its own in a slot of its own: the voice's part of
it is computed once and copied, the text's part is read, then frames follow until its end. All
sentences being spoken go through each step together (continuous batching, Yu et al., Orca, 2022);
the one after is read while they are.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tts.chunk import Chunk
from tts.voxtral.codec import CodecState
from tts.voxtral.model import VoxtralModel
from tts.voxtral.network import BackboneState
from tts.voxtral.params import END
from tts.voxtral.prompt import text_ids, voice_ids
from tts.voxtral.sentences import SentenceCutter, SentenceLengths
from tts.voxtral.settings import VoxtralSettings
from tts.voxtral.slots import Slots
from tts.voxtral.step import CapturedStep, Step
from tts.voxtral.written import FRAMES_AT_LEAST, frame_budget, readable

logger = logging.getLogger(__name__)


@dataclass
class Sentence:
    """One prompt, and how far its speech has come; `slot` is None until it has been read."""

    text: str
    ids: list[int]
    budget: int
    codec: CodecState
    frames: int = 0
    slot: int | None = None


class VoxtralEngine:
    """The loaded model. Use it, and its speeches, from one thread at a time."""

    def __init__(self, model: VoxtralModel, settings: VoxtralSettings) -> None:
        self.model = model
        self.settings = settings
        self.slots = Slots(model.network, 2 * settings.streams, settings.sentence_tokens)
        self.step = Step(model.network, self.slots, settings.guidance)
        on_gpu = model.voice.is_cuda
        self._run = CapturedStep(self.step) if on_gpu else self.step
        self._free = set(range(self.slots.count))
        self._open: list[VoxtralSpeech] = []
        with torch.inference_mode():
            self._voice = self._read_voice()
        for _ in self.speak(["Good morning, and welcome."]):
            pass

    def speak(self, text: Iterable[str], seed: int | None = None) -> Iterator[Chunk]:
        """Speak text that comes in pieces; every frame is yielded as soon as it exists."""
        speech = self.speech(seed)
        try:
            for piece in text:
                speech.push(piece)
                yield from speech.ready()
            speech.end()
            yield from speech.ready()
        finally:
            speech.close()

    def speech(self, seed: int | None = None) -> VoxtralSpeech:
        """A new speech, with noise of its own from the seed (the settings' unless given)."""
        speech = VoxtralSpeech(self, self.settings.seed if seed is None else seed)
        self._open.append(speech)
        return speech

    def drop(self, speech: VoxtralSpeech) -> None:
        """Forget a speech and free its slots."""
        if speech in self._open:
            self._open.remove(speech)
            for sentence in speech.sentences:
                self._release(sentence)

    def sentence(self, text: str) -> Sentence | None:
        """The prompt for a piece of written text; None when there is nothing to say in it."""
        text = readable(text, self.model.is_english)
        if not text:
            return None
        ids = text_ids(self.model.params, self.model.tokenizer.encode(text))
        room = self.slots.capacity - self._voice[0].length - len(ids)
        if room < FRAMES_AT_LEAST:
            logger.warning("left out, too long for %d tokens: %s", self.slots.capacity, text)
            return None
        return Sentence(text, ids, min(frame_budget(text), room), self.model.codec.start())

    @torch.inference_mode()
    def advance(self) -> None:
        """A frame for every sentence being spoken; for one at least, while there is work."""
        while True:
            self._admit()
            spoken = [s for s in self._open if s.sentences and s.sentences[0].slot is not None]
            if not spoken or self._frames(spoken):
                return

    def _read_voice(self) -> BackboneState:
        """The memory of the prompt's part that all texts share (prefix cache)."""
        network, voice = self.model.network, self.model.voice
        ids = torch.tensor(voice_ids(self.model.params, len(voice)), device=voice.device)
        embedded = network.embed_words(ids)
        embedded[0, ids == self.model.params.audio_id] = voice
        _, state = network.read(embedded, self.slots.rotations)
        return state

    def _admit(self) -> None:
        """Read what is to be spoken now, and at most one sentence that comes after."""
        for speech in self._open:
            if self._free and speech.sentences and speech.sentences[0].slot is None:
                self._read(speech.sentences[0])
        for speech in self._open:
            present, after = (*speech.sentences, None, None)[:2]
            # The first frame of what is spoken now comes before any reading ahead.
            if self._free and present and present.frames and after and after.slot is None:
                self._read(after)
                return

    def _read(self, sentence: Sentence) -> None:
        """Read a sentence's own tokens after the voice's, into the lowest free slot."""
        network = self.model.network
        ids = torch.tensor(sentence.ids, device=self.model.voice.device)
        embedded = network.embed_words(ids)
        hidden, state = network.read(embedded, self.slots.rotations, self._voice)
        sentence.slot = min(self._free)
        self._free.remove(sentence.slot)
        self.slots.fill(sentence.slot, state, hidden[0, -1])

    def _frames(self, spoken: list[VoxtralSpeech]) -> bool:
        """One step; whether any sentence had a frame in it and not its end."""
        present = [speech.sentences[0] for speech in spoken]
        slots = [sentence.slot for sentence in present if sentence.slot is not None]
        self._set_inputs(slots, spoken)
        longest = max(
            self._voice[0].length + len(sentence.ids) + sentence.frames + 1 for sentence in present
        )
        rows, context = self.slots.rows_for(max(slots)), self.slots.context_for(longest)
        codes = self._run(rows, context)[slots]
        ended = (codes[:, 0] == END).tolist()
        going_on = [i for i, is_over in enumerate(ended) if not is_over]
        if going_on:
            self._decode(codes[going_on], [spoken[i] for i in going_on])
        for speech, sentence, is_over in zip(spoken, present, ended, strict=True):
            if not is_over and sentence.frames >= sentence.budget:
                logger.warning(
                    "cut a sentence that had not ended after %d frames (%.1f s): %s",
                    *(sentence.frames, sentence.frames / 12.5, sentence.text),
                )
                is_over = True
            if is_over:
                self._release(speech.sentences.popleft())
        return bool(going_on)

    def _set_inputs(self, slots: list[int], spoken: list[VoxtralSpeech]) -> None:
        """Each sentence's own noise, drawn here so that a captured graph has none to draw."""
        step = self.step
        noise = torch.zeros(step.noise.shape)
        active = torch.zeros(self.slots.count, dtype=torch.bool)
        may_end = active.clone()
        for slot, speech in zip(slots, spoken, strict=True):
            noise[slot] = speech.noise()
            active[slot] = True
            may_end[slot] = speech.sentences[0].frames >= FRAMES_AT_LEAST
        step.noise.copy_(noise)
        step.active.copy_(active)
        step.may_end.copy_(may_end)

    def _decode(self, codes: Tensor, spoken: list[VoxtralSpeech]) -> None:
        """Codes [rows, 37] -> a frame of samples for each of the speeches."""
        states = CodecState.joined([speech.sentences[0].codec for speech in spoken])
        samples, states = self.model.codec(codes[:, None], states)
        frames = samples.clamp(-1, 1).cpu().numpy()
        for i, speech in enumerate(spoken):
            sentence = speech.sentences[0]
            sentence.codec = states.row(i)
            sentence.frames += 1
            speech.take(frames[i])

    def _release(self, sentence: Sentence) -> None:
        if sentence.slot is not None:
            # A free slot may run along in a batch, and must have a place to write to.
            self.slots.lengths[sentence.slot] = 0
            self._free.add(sentence.slot)
            sentence.slot = None


class VoxtralSpeech:
    """One stream of speech: push text, take frames, in any order; close it when done early."""

    def __init__(self, engine: VoxtralEngine, seed: int) -> None:
        settings = engine.settings
        self._engine = engine
        self._random = torch.Generator().manual_seed(seed)
        self._cutter = SentenceCutter(SentenceLengths(first=settings.first_sentence_words))
        self._ended = False
        self._frames: deque[NDArray[np.float32]] = deque()
        self.sentences: deque[Sentence] = deque()
        """What is being spoken, then what comes after it."""

    @property
    def done(self) -> bool:
        """Whether the text has ended and every frame of it was taken."""
        return self._ended and not (self.sentences or self._frames)

    def push(self, text: str) -> None:
        """Give the next piece of text, of any length."""
        sentences, self._cutter = self._cutter.push(text)
        self._queue(sentences)

    def end(self) -> None:
        """Say that no more text will come."""
        sentences, self._cutter = self._cutter.flush()
        self._queue(sentences)
        self._ended = True

    def close(self) -> None:
        """Say no more: what was not spoken is dropped."""
        self._engine.drop(self)
        self._ended = True
        self.sentences.clear()
        self._frames.clear()

    def ready(self) -> Iterator[Chunk]:
        """All frames that the text so far allows."""
        while (chunk := self.step()) is not None:
            yield chunk

    def step(self) -> Chunk | None:
        """The next frame; None when there is none to have now.

        Makes one for every other open speech too, which they find when their turn comes.
        """
        if not self._frames and self.sentences:
            self._engine.advance()
        if self.done:
            self._engine.drop(self)
        return Chunk(self._frames.popleft(), ()) if self._frames else None

    def noise(self) -> Tensor:
        """The noise of the next frame [36]: as many values for each, whatever becomes of it."""
        return torch.randn(self._engine.model.params.acoustic_books, generator=self._random)

    def take(self, samples: NDArray[np.float32]) -> None:
        """A frame of samples [1920] has been made."""
        self._frames.append(samples.copy())

    def _queue(self, texts: list[str]) -> None:
        for text in texts:
            if sentence := self._engine.sentence(text):
                self.sentences.append(sentence)
