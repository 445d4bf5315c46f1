"""One voice at work: encodes what it is to say, and makes its frames."""

from __future__ import annotations

from statistics import mean

import torch
from torch import Tensor

from tts.backbone import BackboneState
from tts.codec import FRAME
from tts.durations import LEAD_SLOTS, SLOT, least_units
from tts.frames import FrameMaker, Turn, VoiceState
from tts.network import SLOTS_PER_FRAME
from tts.phonemes import PhonemeFrontEnd
from tts.speaker import Speaker
from tts.symbols import PAD

UNHEARD_FRAMES = 2
"""Frames of the silence before the first phoneme that are run with each speech's own text and never
heard: the mouth opens for that phoneme, which the codec's latents know of 130 ms ahead. With fewer,
first consonants blur. The rest of that silence, as long as the speaker's is in the training speech,
is run once, when the engine loads: a speech begins with its first word."""
UNHEARD_SLOTS = UNHEARD_FRAMES * SLOTS_PER_FRAME
OPENINGS = (
    "Well, let me see.",
    "Now, where were we?",
    "She is here.",
    "The line is open.",
    "Our pleasure.",
)
"""How long the speaker is silent before them, in the mean, a speech is silent: a frame too few and
the first phoneme is cut, as nothing else tells the backbone when it is near."""
GOES_ON = "it is the same as before."
"""Stands in for what comes after a pause mark, which is not waited for: a comma then is as long as
within a sentence, .03 s more in the mean; before an end it was .14 s, and small words after it were
swallowed. With "and" alone it was .15 s too short."""


class Narrator:
    """A speaker, the networks that speak as they do, and the state `start` a speech begins in.

    Narrators share all but what is the speaker's: an adapted one has networks of its own.
    """

    def __init__(self, maker: FrameMaker, speaker: Speaker, pronounce: PhonemeFrontEnd) -> None:
        self.maker, self.network = maker, maker.network
        self.pronounce = pronounce
        self.goes_on = pronounce(GOES_ON).indices
        self._speaker = speaker.vector[None]
        self.start = self._before_speech()

    def encode(self, symbols: list[int], rate: float = 1.0) -> tuple[Tensor, Tensor]:
        """Encoded symbols [n, width] and their durations in samples [n]."""
        encoded = self.network.encode(torch.tensor([symbols]), self._speaker)
        return encoded[0], self.network.durations.samples(encoded, least_units(symbols), rate)

    def conditions(self, slots: Tensor) -> Tensor:
        """What frames of four slots each [4 * frames, width] are made from [1, frames, width]."""
        frames = slots.reshape(1, len(slots) // SLOTS_PER_FRAME, -1)
        conditions: Tensor = self.network.backbone.condition_in(frames)
        return conditions

    def recall(self, conditions: list[Tensor], latents: list[Tensor]) -> BackboneState:
        """The backbone's memory of these frames alone, as if the stream had begun with them."""
        before = torch.cat([self.network.backbone.first_latent[None, None], *latents], 1)[:, :-1]
        state: BackboneState
        _, state = self.network.backbone(before, torch.cat(conditions, 1))
        return state

    def lead_in(self, slots: Tensor, state: VoiceState) -> VoiceState:
        """The state after frames that are run and not heard, told these slots [n, width].

        What is missing to whole frames is more of the first.
        """
        missing = -len(slots) % SLOTS_PER_FRAME
        slots = torch.cat((slots[:1].expand(missing, -1), slots))
        turn = Turn(self.conditions(slots), state, torch.Generator().manual_seed(0))
        (made,) = self.maker.frames([turn])
        return made.state

    @torch.inference_mode()
    def _before_speech(self) -> VoiceState:
        said = [[PAD, *self.pronounce(opening).indices, PAD] for opening in OPENINGS]
        encoded, durations = zip(*map(self.encode, said), strict=True)
        silence = mean(float(each[0]) for each in durations) - LEAD_SLOTS * SLOT
        frames = max(1, round(silence / FRAME) - UNHEARD_FRAMES)
        slots = encoded[0][:1].expand(frames * SLOTS_PER_FRAME, -1)
        return self.lead_in(slots, self.maker.start())
