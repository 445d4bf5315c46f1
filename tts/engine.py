"""The speaking engine: text in as it comes, 80 ms of speech out at a time, and when each word is.

    engine = Engine(weights_folder)
    for chunk in engine.speak(["Sure, I can ", "help you."]):
        play(chunk.samples)

One speech is one stream of audio. Clauses are pronounced, encoded and laid out in time one after
the other, while backbone, codec and noise go on across them: prosody has no seams.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from weakref import WeakSet

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tts.backbone import BackboneState
from tts.clauses import CLAUSE_END, Clause, ClauseCutter, ClauseLengths
from tts.codec import FRAME, SAMPLE_RATE, Decoder, DecoderShape
from tts.durations import LEAD_SLOTS, SLOT, Timeline, lead_slots
from tts.frames import FrameMaker, Turn, VoiceState
from tts.lexicon_file import read_lexicon
from tts.loudness import faded_in, limited, read_gain
from tts.network import SLOTS_PER_FRAME, NetworkShape, VoiceNetwork
from tts.noise import LENGTH
from tts.phonemes import PhonemeFrontEnd
from tts.quantized import quantize
from tts.settings import SpeakingSettings
from tts.speaker import Speaker, as_spoken_by, find, names, read_speaker
from tts.symbols import PAD, SYMBOLS
from tts.weights import WeightsError, read_network

UNHEARD_FRAMES = 2
"""Frames of the silence before the first phoneme that are run with each speech's own text and never
heard: the mouth opens for that phoneme, which the codec's latents know of 130 ms ahead. With fewer,
first consonants blur. The rest of that silence, as long as the speaker's is in the training speech,
is run once, when the engine loads: a speech begins with its first word."""
LONGEST_MEMORY = 75
"""Frames (6 s) after which a clause no longer extends the memory but starts it anew, from the
clause before: with the clause itself that is as far as the training utterances went."""
END_MARKS = frozenset(SYMBOLS[mark] for mark in ".?!,;:")
PAUSE_MARKS = frozenset(SYMBOLS[mark] for mark in CLAUSE_END)
GOES_ON = "it is the same as before."
"""Stands in for what comes after a pause mark, which is not waited for: a comma then is as long as
within a sentence, .03 s more in the mean; before an end it was .14 s, and small words after it were
swallowed. With "and" alone it was .15 s too short."""


@dataclass(frozen=True)
class SpokenWord:
    """A written word and when it is heard, in seconds from the start of the speech."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Chunk:
    """One frame of speech: float32 [1920] at 24 kHz, and the words that begin in it."""

    samples: NDArray[np.float32]
    words: tuple[SpokenWord, ...]


@dataclass(frozen=True)
class Laid:
    """A clause in time: its symbols, and the frames spoken of it so far."""

    symbols: list[int]
    conditions: list[Tensor] = field(default_factory=list)
    latents: list[Tensor] = field(default_factory=list)


class Engine:
    """The loaded voice. Use it, and its speeches, from one thread at a time.

    Every speaker has an engine of its own that shares all but what is the speaker's: `speaker`
    [1, speaker_width], the state `start` that its speeches begin in, and for an adapted voice a
    network with its changes made.

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
        self.gain = read_gain(weights)
        self.decoder = decoder
        own = self.settings.lexicon
        self.pronounce = PhonemeFrontEnd(read_lexicon(Path(own)) if own else None)
        self.goes_on = self.pronounce(GOES_ON).indices
        self._open: WeakSet[Speech] = WeakSet()
        makers = {id(network): self._maker(network) for network in networks.values()}
        self.voices: dict[str, Engine] = {}
        chosen = Path(self.settings.voice).stem
        for name in sorted(speakers, key=lambda name: name == chosen):
            self._speak_as(makers[id(networks[name])], speakers[name])
            self.voices[name] = copy.copy(self)
        for _ in self.speak(["Good morning, and welcome."]):
            pass

    @torch.inference_mode()
    def _maker(self, network: VoiceNetwork) -> FrameMaker:
        steps = self.settings.flow_steps
        schedule = network.flow.embed_times(torch.arange(steps) / steps)
        return FrameMaker(network, self.decoder, schedule, self.settings.temperature)

    @torch.inference_mode()
    def _speak_as(self, maker: FrameMaker, speaker: Speaker) -> None:
        self.maker, self.network = maker, maker.network
        self.speaker = speaker.vector[None]
        symbols = [PAD, *self.pronounce("Well, let me see.").indices, PAD]
        encoded, durations = self.encode(symbols)
        silence = float(durations[0]) - LEAD_SLOTS * SLOT
        frames = max(1, round(silence / FRAME) - UNHEARD_FRAMES)
        self.start = self.lead_in(encoded, maker.start(), frames)

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
        settings = self.settings
        speech = Speech(
            self if voice is None else self.voices[voice],
            settings.seed if seed is None else seed,
            settings.rate if rate is None else rate,
        )
        self._open.add(speech)
        return speech

    def encode(self, symbols: list[int], rate: float = 1.0) -> tuple[Tensor, Tensor]:
        """Encoded symbols [n, width] and their durations in samples [n]."""
        encoded = self.network.encode(torch.tensor([symbols]), self.speaker)
        return encoded[0], self.network.durations.samples(encoded, rate)

    def advance(self) -> None:
        """Make a frame for every open speech of this voice that has one to come and none made."""
        due = [speech for speech in self._open if speech.maker is self.maker and speech.is_due]
        made = self.maker.frames([speech.turn() for speech in due])
        for speech, (samples, state) in zip(due, made, strict=True):
            speech.take(samples, state)

    def recall(self, laid: Laid) -> BackboneState:
        """The backbone's memory of one clause alone, as if the stream had begun with it."""
        latents = torch.cat([self.network.backbone.first_latent[None, None], *laid.latents[:-1]], 1)
        state: BackboneState
        _, state = self.network.backbone(latents, torch.cat(laid.conditions, 1))
        return state

    def lead_in(self, encoded: Tensor, state: VoiceState, frames: int) -> VoiceState:
        """The state after frames of the silence that an encoded text [n, width] begins with."""
        silence = encoded[:1].repeat(SLOTS_PER_FRAME, 1).reshape(1, 1, -1)
        condition = self.network.backbone.condition_in(silence)
        return self.maker.unheard(Turn(condition, state, torch.Generator().manual_seed(0)), frames)


class Speech:
    """One stream of speech: push text, take frames, in any order."""

    def __init__(self, engine: Engine, seed: int, rate: float) -> None:
        settings = engine.settings
        lengths = ClauseLengths(
            settings.first_clause_words,
            settings.longest_first_clause_words,
            settings.clause_words,
            settings.longest_clause_words,
        )
        self._engine = engine
        self._rate = rate
        self._noise = torch.Generator().manual_seed(seed)
        place = int(torch.randint(LENGTH, (), generator=self._noise))
        self._state = replace(engine.start, place=place)
        self._cutter = ClauseCutter(lengths)
        self._clauses: deque[Clause] = deque()
        self._ended = False
        self._timeline = Timeline()
        self._slots: Tensor | None = None
        self._silence: Tensor | None = None
        self._frames: deque[Tensor] = deque()
        self._words: deque[SpokenWord] = deque()
        self._memory: list[Laid] = []
        self._frame_count = 0
        self._made: Chunk | None = None

    @property
    def maker(self) -> FrameMaker:
        """What makes this voice's frames."""
        return self._engine.maker

    @property
    def is_due(self) -> bool:
        """Whether its next frame can be made and has not been."""
        return self._made is None and bool(self._frames)

    @property
    def done(self) -> bool:
        """Whether the text has ended and every frame of it was taken."""
        left = self._clauses or self._frames or self._made or self._slots is not None
        return self._ended and not left

    def push(self, text: str) -> None:
        """Give the next piece of text, of any length."""
        clauses, self._cutter = self._cutter.push(text)
        self._clauses.extend(clauses)

    def end(self) -> None:
        """Say that no more text will come."""
        clauses, self._cutter = self._cutter.flush()
        self._clauses.extend(clauses)
        self._ended = True

    def close(self) -> None:
        """Say no more: what was not spoken is dropped."""
        self._ended = True
        self._clauses.clear()
        self._frames.clear()
        self._slots = self._made = None

    def ready(self) -> Iterator[Chunk]:
        """All frames that the text so far allows."""
        while (chunk := self.step()) is not None:
            yield chunk

    @torch.inference_mode()
    def step(self) -> Chunk | None:
        """The next frame; None when there is nothing to say until more text comes.

        Makes one for every other open speech too, which they find when their turn comes.
        """
        if self._made is None:
            while not self._frames and self._clauses:
                self._lay(self._clauses.popleft())
            if not self._frames and self._ended and self._slots is not None:
                self._close()
            if self._frames:
                self._engine.advance()
        chunk, self._made = self._made, None
        return chunk

    def turn(self) -> Turn:
        """What its next frame depends on."""
        return Turn(self._frames[0], self._state, self._noise)

    def take(self, samples: Tensor, state: VoiceState) -> None:
        """Its next frame has been made: find the words that begin in it."""
        self._state = state
        self._memory[-1].conditions.append(self._frames.popleft())
        self._memory[-1].latents.append(state.latent)
        if self._frame_count == 0:
            samples = faded_in(samples)
        self._frame_count += 1
        end = self._frame_count * FRAME / SAMPLE_RATE
        words = []
        while self._words and self._words[0].start < end:
            words.append(self._words.popleft())
        audio = limited(samples * self._engine.gain)
        self._made = Chunk(audio.numpy().copy(), tuple(words))

    def _lay(self, clause: Clause) -> None:
        """Encode a clause in the light of what is around it, and lay it out in frames."""
        pronunciation = self._engine.pronounce(clause.text)
        if not pronunciation.symbols:
            return
        pauses = pronunciation.indices[-1] in PAUSE_MARKS
        ahead = self._engine.goes_on if pauses else self._engine.pronounce(clause.ahead).indices
        if sum(len(laid.latents) for laid in self._memory) > LONGEST_MEMORY:
            self._memory = self._memory[-1:]
            self._state = replace(self._state, backbone=self._engine.recall(self._memory[0]))
        before = [symbol for laid in self._memory for symbol in laid.symbols]
        new = [SYMBOLS[" "]] * bool(before) + pronunciation.indices
        shift = len(new) - len(pronunciation.symbols)
        if self._ended and not self._clauses and new[-1] not in END_MARKS:
            new.append(SYMBOLS["."])
        after = [SYMBOLS[" "], *ahead] if ahead else []
        symbols = [PAD, *before, *new, *after, PAD]
        encoded, durations = self._engine.encode(symbols, self._rate)
        if self._slots is None:
            self._state = self._engine.lead_in(encoded, self._state, UNHEARD_FRAMES)
            lead = lead_slots(pronunciation.symbols)
            self._slots = encoded[:1].expand(lead, -1)
            self._timeline = Timeline(lead * SLOT, lead)
        # The pad after a clause is an end of speech; it is heard only where the text does end.
        self._silence = encoded[-1:]
        mine = slice(1 + len(before), 1 + len(before) + len(new))
        slots, edges, self._timeline = self._timeline.lay(durations[mine])
        seconds = (edges / SAMPLE_RATE).tolist()
        self._words.extend(
            SpokenWord(span.text, seconds[span.start + shift], seconds[span.end + shift])
            for span in pronunciation.spans
        )
        self._memory.append(Laid(new))
        self._queue(torch.cat((self._slots, encoded[mine][slots])))

    def _close(self) -> None:
        """Fill the last frame with the silence after the speech."""
        assert self._slots is not None and self._silence is not None
        missing = 1 + -(len(self._slots) + 1) % SLOTS_PER_FRAME
        self._queue(torch.cat((self._slots, self._silence.expand(missing, -1))))
        self._slots = None

    def _queue(self, slots: Tensor) -> None:
        """Cut slots [n, width] into frames to speak; what is left over waits for more."""
        whole = len(slots) // SLOTS_PER_FRAME
        frames, self._slots = slots[: whole * SLOTS_PER_FRAME], slots[whole * SLOTS_PER_FRAME :]
        conditions = self._engine.network.backbone.condition_in(frames.reshape(1, whole, -1))
        self._frames.extend(conditions.split(1, 1) if whole else ())
