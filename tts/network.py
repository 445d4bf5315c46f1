"""The network that turns text into latents: encoder, durations, backbone and flow head together."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tts.backbone import Backbone
from tts.durations import DurationPredictor
from tts.flow import FlowHead
from tts.text_encoder import TextEncoder

SLOTS_PER_FRAME = 4


@dataclass(frozen=True)
class NetworkShape:
    """Sizes of the network and how its text is laid out, as written into the weights file."""

    symbols: int = 180
    latent: int = 36
    text_width: int = 256
    text_heads: int = 4
    text_layers: int = 4
    width: int = 448
    heads: int = 7
    layers: int = 6
    flow_width: int = 512
    flow_layers: int = 3
    slots_ahead: int = 0
    """How early frames are told their text: sounds begin before the time that is theirs, and what
    a frame ends with would be told with the next one alone. 0 in files that do not say."""


class VoiceNetwork(nn.Module):
    """Everything between phoneme symbols and the codec's latents.

    Inside, latents have mean 0 and spread 1; `latent_mean` and `latent_spread` [latent] lead back
    to the codec's own.
    """

    latent_mean: Tensor
    latent_spread: Tensor

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = TextEncoder(
            shape.symbols, shape.text_width, shape.text_heads, shape.text_layers
        )
        self.durations = DurationPredictor(shape.text_width)
        self.backbone = Backbone(
            shape.latent,
            SLOTS_PER_FRAME * shape.text_width,
            shape.width,
            shape.heads,
            shape.layers,
        )
        self.flow = FlowHead(shape.latent, shape.width, shape.flow_width, shape.flow_layers)
        self.register_buffer("latent_mean", torch.zeros(shape.latent))
        self.register_buffer("latent_spread", torch.ones(shape.latent))

    @property
    def speaker_width(self) -> int:
        """Width of a speaker's vector; zeros are the speaker of the first training."""
        return 2 * self.shape.text_width

    def encode(self, symbols: Tensor, speakers: Tensor, mask: Tensor | None = None) -> Tensor:
        """symbols [batch, length] as said by speakers [batch, speaker_width] -> [.., text_width].

        Half of a speaker's vector is added to each symbol before it is encoded, half after: what
        durations and backbone are told of the text says who speaks, and a frame costs no more.
        """
        before, after = speakers.chunk(2, -1)
        encoded: Tensor = self.encoder(symbols, before, mask) + after[:, None]
        return encoded

    def codec_latents(self, latents: Tensor) -> Tensor:
        """Latents as the flow head makes them [..., latent] -> as the codec takes them."""
        return torch.addcmul(self.latent_mean, latents, self.latent_spread)
