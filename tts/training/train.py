"""Trains the network that turns text into latents.

    python -m tts.training.train --data data.pt --minutes 98 --checkpoint voice.pt

Runs on the CPU in bfloat16; the checkpoint is written every 150 steps and taken up again when it
exists. Needs no GPU: 100 minutes on one core from three hours of speech are enough to be
understood.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tts.durations import UNIT, Timeline
from tts.network import SLOTS_PER_FRAME, NetworkShape, VoiceNetwork

LONGEST = 170
"""Frames of the longest example used: 13.6 s."""
HELD_OUT = 8
LATENT_NOISE = 0.4
"""Most noise added to the previous latent (in spreads): free running then stays stable."""
NOISES_PER_FRAME = 2
SAVE_EVERY, PRINT_EVERY = 150, 50


@dataclass(frozen=True)
class Example:
    """An utterance: latents [frames, latent], symbols and units, and each slot's symbol."""

    latents: Tensor
    symbols: Tensor
    units: Tensor
    slots: Tensor


@dataclass(frozen=True)
class Batch:
    """Examples padded to one length; masks are True where there is something."""

    symbols: Tensor
    symbol_mask: Tensor
    units: Tensor
    latents: Tensor
    frame_mask: Tensor
    slots: Tensor


def prepare(rows: Sequence[dict[str, Any]], mean: Tensor, spread: Tensor) -> list[Example]:
    """Examples with normalised latents and the symbol heard in every slot of every frame."""
    examples = []
    for row in rows:
        latents = (row["z"] - mean) / spread
        heard, _, _ = Timeline().lay(row["dur"].double() * UNIT)
        count = len(latents) * SLOTS_PER_FRAME
        slots = torch.full((count,), len(row["sym"]) - 1)
        slots[: len(heard)] = heard[:count]
        examples.append(Example(latents, row["sym"], row["dur"].float(), slots))
    return examples


def collate(examples: Sequence[Example]) -> Batch:
    """Pad examples with zeros."""
    pad = nn.utils.rnn.pad_sequence
    symbols = pad([e.symbols for e in examples], batch_first=True)
    latents = pad([e.latents for e in examples], batch_first=True)
    lengths = torch.tensor([[len(e.symbols), len(e.latents)] for e in examples])
    return Batch(
        symbols,
        torch.arange(symbols.shape[1]) < lengths[:, :1],
        pad([e.units for e in examples], batch_first=True),
        latents,
        torch.arange(latents.shape[1]) < lengths[:, 1:],
        pad([e.slots for e in examples], batch_first=True),
    )


def losses(network: VoiceNetwork, batch: Batch) -> tuple[Tensor, Tensor]:
    """Flow-matching error, and mean error of log durations (no gradient of it into the text)."""
    encoded = network.encoder(batch.symbols, batch.symbol_mask)
    log_units = network.durations(encoded.detach()).float()
    index = batch.slots[..., None].expand(-1, -1, encoded.shape[-1])
    per_frame = encoded.gather(1, index).unflatten(1, (-1, SLOTS_PER_FRAME)).flatten(2)
    first = network.backbone.first_latent.expand(len(batch.latents), 1, -1)
    before = torch.cat((first, batch.latents[:, :-1]), 1)
    before = before + torch.randn_like(before) * torch.rand(len(before), 1, 1) * LATENT_NOISE
    hidden, _ = network.backbone(before, network.backbone.condition_in(per_frame))
    hidden = hidden[batch.frame_mask].repeat(NOISES_PER_FRAME, 1)
    target = batch.latents[batch.frame_mask].repeat(NOISES_PER_FRAME, 1)
    # Logit-normal times (Esser et al., 2024): the middle of the way is the hard part.
    times = torch.sigmoid(torch.randn(len(target)))
    noise = torch.randn_like(target)
    points = torch.lerp(noise, target, times[:, None])
    velocity = network.flow(points, times, hidden)
    flow_loss = (velocity.float() - (target - noise)).square().mean()
    duration_errors = (log_units - torch.log(batch.units + 1)).abs()
    return flow_loss, duration_errors[batch.symbol_mask].mean()


class Average:
    """Exponential average of a network's weights, quick at first."""

    def __init__(self, network: nn.Module) -> None:
        self.tensors = {n: t.detach().clone() for n, t in network.state_dict().items()}

    def update(self, network: nn.Module, step: int) -> None:
        """Take in the weights after a step."""
        keep = min(0.997, step / (step + 60))
        for name, tensor in network.state_dict().items():
            self.tensors[name].lerp_(tensor, 1 - keep)


def draw(examples: Sequence[Example], size: int) -> list[Example]:
    """Random examples of like length, from a list sorted by length: little padding."""
    pool = min(200, len(examples))
    start = max(0, min(random.randrange(len(examples)) - pool // 2, len(examples) - pool))
    return random.sample(examples[start : start + pool], min(size, pool))


def train(
    data: Path,
    checkpoint: Path,
    minutes: float,
    batch_size: int,
    peak_rate: float,
    shape: NetworkShape,
) -> None:
    """Train for some minutes, from the checkpoint if there is one."""
    rows = torch.load(data, weights_only=True)
    everything = torch.cat([row["z"] for row in rows])
    mean, spread = everything.mean(0), everything.std(0)
    examples = prepare([r for r in rows[HELD_OUT:] if len(r["z"]) <= LONGEST], mean, spread)
    examples.sort(key=lambda example: len(example.latents))
    network = VoiceNetwork(shape)
    network.latent_mean.copy_(mean)
    network.latent_spread.copy_(spread)
    optimizer = torch.optim.AdamW(
        network.parameters(), peak_rate, betas=(0.9, 0.95), weight_decay=0.02
    )
    average, step = Average(network), 0
    if checkpoint.is_file():
        saved = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(saved["network"])
        optimizer.load_state_dict(saved["optimizer"])
        average.tensors, step = saved["ema"], saved["step"]

    def save() -> None:
        state = {
            "network": network.state_dict(),
            "ema": average.tensors,
            "optimizer": optimizer.state_dict(),
            "step": step,
        }
        partial = checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(checkpoint)

    begin = time.monotonic()
    while (progress := (time.monotonic() - begin) / (minutes * 60)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = peak_rate * min(1, (step + 1) / 150) * (1 - 0.97 * progress)
        with torch.autocast("cpu", torch.bfloat16):
            flow_loss, duration_loss = losses(network, collate(draw(examples, batch_size)))
        optimizer.zero_grad()
        (flow_loss + 0.2 * duration_loss).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        step += 1
        average.update(network, step)
        if step % PRINT_EVERY == 0:
            minutes_gone = progress * minutes
            print(
                f"step {step}  flow {flow_loss:.4f}  durations {duration_loss:.4f}"
                f"  {minutes_gone:.1f} min",
                flush=True,
            )
        if step % SAVE_EVERY == 0:
            save()
    save()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Train the voice.")
    parser.add_argument("--data", type=Path, required=True, help="examples of tts.training.latents")
    parser.add_argument("--checkpoint", type=Path, required=True, help="written and taken up again")
    parser.add_argument("--minutes", type=float, default=98.0, help="time to train")
    parser.add_argument("--batch", type=int, default=16, help="utterances a step")
    parser.add_argument("--rate", type=float, default=7e-4, help="peak learning rate")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--seed", type=int, default=0, help="seed of order and noise")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    random.seed(arguments.seed)
    train(
        arguments.data,
        arguments.checkpoint,
        arguments.minutes,
        arguments.batch,
        arguments.rate,
        NetworkShape(),
    )


if __name__ == "__main__":
    main()
