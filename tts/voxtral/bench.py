"""What a frame of Voxtral costs by counting, and what it takes on this machine.

python -m tts.voxtral.bench                   the table, and a toy with random weights, measured
python -m tts.voxtral.bench --model FOLDER    ... and the model in FOLDER
python -m tts.voxtral.bench --random          ... and random weights of the published dimensions
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from torch import nn

from tts.voxtral.codec import CodecDecoder
from tts.voxtral.cost import frame_costs, table
from tts.voxtral.loading import empty_codec, empty_network
from tts.voxtral.memory import free_memory, memory_need, require
from tts.voxtral.model import device_of, load_model
from tts.voxtral.network import VoxtralNetwork
from tts.voxtral.params import CodecShape, TransformerShape, VoxtralParams
from tts.voxtral.settings import VoxtralSettings
from tts.voxtral.slots import Slots
from tts.voxtral.step import CapturedStep, Step

CONTEXT = 400
"""Steps that a sentence looks back at: voice and text about 200, and 16 s of speech."""
TOY = VoxtralParams(
    text=TransformerShape(32, 26, heads=8, key_heads=2, head_width=8, hidden=48),
    acoustic=TransformerShape(32, 3, heads=8, key_heads=2, head_width=8, hidden=48),
    codec=CodecShape(width=32, hidden=48, head_width=4, semantic_width=16),
    vocabulary=400,
    semantic_size=60,
)


def timed(action: Callable[[], object], device: torch.device, repeat: int) -> float:
    """Median milliseconds of an action, warm, until the device has done it."""
    milliseconds = []
    for i in range(repeat + 5):
        begin = time.perf_counter()
        action()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        if i >= 5:
            milliseconds.append((time.perf_counter() - begin) * 1000)
    return median(milliseconds)


def random_weights(
    params: VoxtralParams, settings: VoxtralSettings, device: torch.device
) -> tuple[VoxtralNetwork, CodecDecoder]:
    """Networks whose numbers mean nothing, for their speed alone. Raises `VoxtralError`."""
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    need = memory_need(params, settings, dtype.itemsize)
    print(f"needs {need}", flush=True)
    require(need, free_memory(device), device)
    network, codec = empty_network(params, device, dtype), empty_codec(params, device)
    for parameter in (*network.parameters(), *codec.parameters()):
        nn.init.normal_(parameter.requires_grad_(False), std=0.02)
    return network.settle(), codec.eval()


@torch.inference_mode()
def measure(
    network: VoxtralNetwork, codec: CodecDecoder, batch: int, repeat: int
) -> dict[str, float]:
    """Milliseconds of each part of a frame, for `batch` sentences at once."""
    slots = Slots(network, batch, 512)
    slots.lengths += CONTEXT
    step, device = Step(network, slots, 1.2), slots.hidden.device
    codes = step(batch, 512)

    def advance() -> object:
        place = slots.rotation(batch), slots.mask(batch, 512), slots.memories(batch, 512)
        return network.advance(codes, *place)

    def frame() -> object:
        return network.frame(slots.hidden, step.noise, step.may_end, 1.2)

    state = codec.start(batch)
    voiced = codes.clamp(min=2)[:, None]
    prompt = network.embed_words(torch.arange(30, device=device))
    found = {
        "language model": timed(advance, device, repeat),
        "semantic, flow": timed(frame, device, repeat),
        "step": timed(lambda: step(batch, 512), device, repeat),
        "codec": timed(lambda: codec(voiced, state), device, repeat),
        "reading 30 words": timed(lambda: network.read(prompt, slots.rotations), device, repeat),
    }
    if device.type == "cuda":
        captured = CapturedStep(step)
        found["step, captured"] = timed(lambda: captured(batch, 512), device, repeat)
    return found


def report(name: str, network: VoxtralNetwork, codec: CodecDecoder, repeat: int) -> None:
    """Prints the measured milliseconds of one sentence and of eight."""
    device = network.words.device
    card = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU, one thread"
    print(f"\n{name}, measured on {card}, ms a frame     batch 1    batch 8")
    one, eight = (measure(network, codec, batch, repeat) for batch in (1, 8))
    for part, milliseconds in one.items():
        print(f"  {part:<20}{milliseconds:10.2f}{eight[part]:10.2f}", flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Count and measure a frame of Voxtral.")
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="folder of the model")
    parser.add_argument("--random", action="store_true", help="measure the published dimensions")
    parser.add_argument("--device", choices=("auto", "cuda", "cpu"), default="auto")
    parser.add_argument("--repeat", type=int, default=50)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    settings = VoxtralSettings(device=arguments.device)
    device = device_of(settings)
    for batch in (1, 8):
        print(f"\ncounted for batch {batch}, bfloat16, {CONTEXT} steps back")
        print(table(frame_costs(VoxtralParams(), 2, batch, CONTEXT)), flush=True)
    report("toy", *random_weights(TOY, settings, device), arguments.repeat)
    if arguments.random:
        networks = random_weights(VoxtralParams(), settings, device)
        report("random weights", *networks, arguments.repeat)
    if arguments.model:
        model = load_model(arguments.model, settings, print)
        report(arguments.model.name, model.network, model.codec, arguments.repeat)


if __name__ == "__main__":
    main()
