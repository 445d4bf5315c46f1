"""The speaking engine: text in as it comes, 80 ms of speech out at a time, and when each word is.

    engine = Engine(weights_folder)
    for chunk in engine.speak(["Sure, I can ", "help you."]):
        play(chunk.samples)

Each speaker has a narrator, and each text a speech; those open at once take their frames together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from weakref import WeakSet

import torch

from tts.chunk import Chunk
from tts.clauses import ClauseLengths
from tts.codec import Decoder, DecoderShape
from tts.frames import FrameMaker
from tts.lexicon_file import read_lexicon
from tts.loudness import read_gain
from tts.narrator import Narrator
from tts.network import NetworkShape, VoiceNetwork
from tts.phonemes import PhonemeFrontEnd
from tts.quantized import quantize
from tts.settings import SpeakingSettings
from tts.speaker import as_spoken_by, find, names, read_speaker
from tts.speech import Speech
from tts.weights import WeightsError, read_network

FRAMES_ALONE = 3
"""Frames that a stream alone makes at a time. Weights are read as often for three as for one: the
codec then takes half as long for each, and nobody waits 20 ms longer than for one."""


class Engine:
    """The loaded voices. Use it, and its speeches, from one thread at a time.

    `voices` are the narrators by name, `narrator` is the one that the settings choose, and
    `pronounce` is the front end that they share.

    Raises:
        WeightsError: a weights file or the lexicon is missing or broken, or there is no such voice.
    """

    def __init__(self, weights: Path, settings: SpeakingSettings | None = None) -> None:
        self.settings = settings or SpeakingSettings()
        torch.set_num_threads(self.settings.threads)
        network = read_network(weights / "voice.safetensors", NetworkShape, VoiceNetwork)
        decoder = read_network(weights / "codec.safetensors", DecoderShape, Decoder)
        voices = weights / "voices"
        named = [*names(voices), *self.settings.voices, self.settings.voice]
        speakers = {path.stem: read_speaker(path) for path in (find(n, voices) for n in named)}
        networks = {name: as_spoken_by(network, speaker) for name, speaker in speakers.items()}
        if self.settings.int8:
            for module in {network, decoder, *networks.values()}:
                quantize(module)
        self._gain = read_gain(weights)
        self._lengths = ClauseLengths(
            self.settings.first_clause_words,
            self.settings.longest_first_clause_words,
            self.settings.clause_words,
            self.settings.longest_clause_words,
        )
        own = self.settings.lexicon
        self.pronounce = PhonemeFrontEnd(read_lexicon(Path(own)) if own else None)
        makers = {n: self._maker(n, decoder) for n in networks.values()}
        self.voices = {
            name: Narrator(makers[networks[name]], speaker, self.pronounce)
            for name, speaker in speakers.items()
        }
        self.narrator = self.voices[Path(self.settings.voice).stem]
        self._open: WeakSet[Speech] = WeakSet()
        for _ in self.speak(["Good morning, and welcome."]):
            pass

    @torch.inference_mode()
    def _maker(self, network: VoiceNetwork, decoder: Decoder) -> FrameMaker:
        steps = self.settings.flow_steps
        schedule = network.flow.embed_times(torch.arange(steps) / steps)
        return FrameMaker(network, decoder, schedule, self.settings.temperature)

    def speak(
        self,
        text: Iterable[str],
        seed: int | None = None,
        voice: str | None = None,
        rate: float | None = None,
    ) -> Iterator[Chunk]:
        """Speak text that comes in pieces; every frame is yielded as soon as it exists."""
        speech = self.speech(seed, voice, rate)
        for piece in text:
            speech.push(piece)
            yield from speech.ready()
        speech.end()
        yield from speech.ready()

    @property
    def open_speeches(self) -> int:
        """Speeches that somebody holds and that have not ended."""
        return sum(not speech.done for speech in self._open)

    def speech(
        self, seed: int | None = None, voice: str | None = None, rate: float | None = None
    ) -> Speech:
        """A new speech: its noise, who speaks and how fast; the settings' where not given.

        Raises:
            WeightsError: the engine has no such voice.
            ValueError: the rate is out of range.
        """
        if rate is not None and not 0.5 <= rate <= 2.0:
            raise ValueError(f"A speaking rate of {rate} is out of range: give one from 0.5 to 2.")
        if voice is not None and voice not in self.voices:
            raise WeightsError(f'There is no voice "{voice}": choose {" or ".join(self.voices)}.')
        speech = Speech(
            self.narrator if voice is None else self.voices[voice],
            self._lengths,
            self._gain,
            self.settings.seed if seed is None else seed,
            self.settings.rate if rate is None else rate,
            self._advance,
        )
        self._open.add(speech)
        return speech

    def _advance(self, maker: FrameMaker) -> None:
        """Make a frame for every open speech of a maker that has one to come and none made.

        A speech alone is given several, unless its next one is waited for.
        """
        due = [speech for speech in self._open if speech.maker is maker and speech.is_due]
        alone = len(due) == 1 and not due[0].is_waited_for
        made = maker.frames([speech.turn(FRAMES_ALONE if alone else 1) for speech in due])
        for speech, frames in zip(due, made, strict=True):
            speech.take(frames)
