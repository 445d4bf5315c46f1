"""One stream of speech: clauses are pronounced, encoded and laid out in time one after the other.

Backbone, codec and noise go on across them: prosody has no seams.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from tts.chunk import Chunk, SpokenWord
from tts.clauses import CLAUSE_END, Clause, ClauseCutter, ClauseLengths
from tts.codec import FRAME, SAMPLE_RATE
from tts.durations import SLOT, Timeline, lead_slots
from tts.frames import FrameMaker, Made, Turn
from tts.loudness import faded_in, limited
from tts.narrator import UNHEARD_SLOTS, Narrator
from tts.network import SLOTS_PER_FRAME
from tts.noise import LENGTH
from tts.symbols import PAD, SYMBOLS

LONGEST_MEMORY = 75
"""Frames (6 s) after which a clause no longer extends the memory but starts it anew, from the
clause before: with the clause itself that is as far as the training utterances went."""
HELD_SLOTS = 8
"""Slots of a pause (160 ms) that wait for the clause after it: the codec's latents know of a sound
130 ms ahead. Spoken before that clause was known, they led to another sound than the one that came,
and small words after a comma were swallowed."""
END_MARKS = frozenset(SYMBOLS[mark] for mark in ".?!,;:")
PAUSE_MARKS = frozenset(SYMBOLS[mark] for mark in CLAUSE_END)


@dataclass(frozen=True)
class Laid:
    """A clause in time: its symbols, and the frames spoken of it so far."""

    symbols: list[int]
    conditions: list[Tensor] = field(default_factory=list)
    latents: list[Tensor] = field(default_factory=list)

    @property
    def frames(self) -> int:
        """How many were spoken."""
        return sum(latents.shape[1] for latents in self.latents)


class Speech:
    """One stream of speech: push text, take frames, in any order.

    `seed` is its noise's; samples are made `gain` times as loud. `advance` has frames made for all
    open speeches of a maker at once, this one among them.
    """

    def __init__(
        self,
        narrator: Narrator,
        lengths: ClauseLengths,
        gain: float,
        seed: int,
        rate: float,
        advance: Callable[[FrameMaker], None],
    ) -> None:
        self._narrator = narrator
        self._gain = gain
        self._rate = rate
        self._advance = advance
        self._ahead = narrator.network.shape.slots_ahead
        self._noise = torch.Generator().manual_seed(seed)
        place = int(torch.randint(LENGTH, (), generator=self._noise))
        self._state = replace(narrator.start, place=place)
        self._cutter = ClauseCutter(lengths)
        self._clauses: deque[Clause] = deque()
        self._ended = False
        self._timeline = Timeline()
        self._slots: Tensor | None = None
        self._places = torch.empty(0, dtype=torch.int64)
        self._silence: Tensor | None = None
        self._conditions: Tensor | None = None
        self._words: deque[SpokenWord] = deque()
        self._memory: list[Laid] = []
        self._frame_count = 0
        self._made: deque[Chunk] = deque()
        self.is_waited_for = True

    @property
    def maker(self) -> FrameMaker:
        """What makes this voice's frames."""
        return self._narrator.maker

    @property
    def is_due(self) -> bool:
        """Whether its next frame can be made and has not been."""
        return not self._made and self._conditions is not None

    @property
    def done(self) -> bool:
        """Whether the text has ended and every frame of it was taken."""
        laid = self._conditions is not None or self._slots is not None
        return self._ended and not (self._clauses or self._made or laid)

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
        self._made.clear()
        self._slots = self._conditions = None

    def ready(self) -> Iterator[Chunk]:
        """All frames that the text so far allows."""
        while (chunk := self.step()) is not None:
            yield chunk

    @torch.inference_mode()
    def step(self) -> Chunk | None:
        """The next frame; None when there is nothing to say until more text comes.

        Makes one for every other open speech too, which they find when their turn comes.
        """
        if not self._made:
            while self._conditions is None and self._clauses:
                self._lay(self._clauses.popleft())
            if self._conditions is None and self._ended and self._slots is not None:
                self._close()
            if self._conditions is not None:
                self._advance(self.maker)
        self.is_waited_for = not self._made
        return self._made.popleft() if self._made else None

    def turn(self, most: int) -> Turn:
        """What its next frames, `most` or fewer, depend on; only where one `is_due`."""
        assert self._conditions is not None
        return Turn(self._conditions[:, :most], self._state, self._noise)

    def take(self, made: Made) -> None:
        """Its next frames have been made: find the words that begin in them."""
        assert self._conditions is not None
        count = made.latents.shape[1]
        self._memory[-1].conditions.append(self._conditions[:, :count])
        self._memory[-1].latents.append(made.latents)
        left = self._conditions[:, count:]
        self._conditions = left if left.shape[1] else None
        self._state = made.state
        for samples in made.samples.reshape(-1, FRAME):
            self._made.append(self._chunk(samples))

    def _chunk(self, samples: Tensor) -> Chunk:
        """The next frame as it is heard, with the words that begin in it."""
        if self._frame_count == 0:
            samples = faded_in(samples)
        self._frame_count += 1
        end = self._frame_count * FRAME / SAMPLE_RATE
        words = []
        while self._words and self._words[0].start < end:
            words.append(self._words.popleft())
        audio = limited(samples * self._gain)
        return Chunk(audio.numpy().copy(), tuple(words))

    def _lay(self, clause: Clause) -> None:
        """Encode a clause in the light of what is around it, and lay it out in frames."""
        pronunciation = self._narrator.pronounce(clause.text)
        if not pronunciation.symbols:
            return
        pauses = pronunciation.indices[-1] in PAUSE_MARKS
        ahead = self._narrator.goes_on if pauses else self._narrator.pronounce(clause.ahead).indices
        if sum(laid.frames for laid in self._memory) > LONGEST_MEMORY:
            self._memory = self._memory[-1:]
            self._state = replace(
                self._state,
                backbone=self._narrator.recall(self._memory[0].conditions, self._memory[0].latents),
            )
        before = [symbol for laid in self._memory for symbol in laid.symbols]
        new = [SYMBOLS[" "]] * bool(before) + pronunciation.indices
        shift = len(new) - len(pronunciation.symbols)
        if self._ended and not self._clauses and new[-1] not in END_MARKS:
            new.append(SYMBOLS["."])
        after = [SYMBOLS[" "], *ahead] if ahead else []
        symbols = [PAD, *before, *new, *after, PAD]
        encoded, durations = self._narrator.encode(symbols, self._rate)
        begins = self._slots is None
        if begins:
            lead = lead_slots(pronunciation.symbols)
            self._places = torch.full((UNHEARD_SLOTS + lead - self._ahead,), -1)
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
        # What is left of the clauses before is spoken in the light of this one.
        places = torch.cat((self._places, slots))
        held = int((slots == len(new) - 1).sum()) if new[-1] in END_MARKS else 0
        told = encoded[(places + mine.start).clamp(min=0)]
        if begins:
            self._state = self._narrator.lead_in(told[:UNHEARD_SLOTS], self._state)
            told = told[UNHEARD_SLOTS:]
        left = self._queue(told, min(held, HELD_SLOTS))
        self._places = places[len(places) - left :] - len(new)

    def _close(self) -> None:
        """Fill the last frame with the silence after the speech."""
        assert self._slots is not None and self._silence is not None
        missing = 1 + self._ahead
        missing += -(len(self._slots) + missing) % SLOTS_PER_FRAME
        self._queue(torch.cat((self._slots, self._silence.expand(missing, -1))))
        self._slots = None

    def _queue(self, slots: Tensor, held: int = 0) -> int:
        """Cut slots [n, width] into frames to speak; how many, `held` or more, wait for others."""
        whole = max(0, len(slots) - held) // SLOTS_PER_FRAME
        frames, self._slots = slots[: whole * SLOTS_PER_FRAME], slots[whole * SLOTS_PER_FRAME :]
        self._conditions = self._narrator.conditions(frames) if whole else None
        return len(self._slots)
