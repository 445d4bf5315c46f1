"""How fast the voice is, each figure with its bar, beside other voices on the same machine.

    python -m tts.bench                    everything, a minute or two
    python -m tts.bench --parts            and milliseconds of each part
    python -m tts.bench --steps 2          with other settings
    python -m tts.bench --kokoro FOLDER    Kokoro somewhere else

How good it is: python -m tts.evaluation.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from tts.codec import FRAME, SAMPLE_RATE
from tts.engine import Engine
from tts.figure import Figure
from tts.noise import even_noise
from tts.settings import SpeakingSettings
from tts.streams_bench import streams

WEIGHTS = Path(__file__).parent / "weights"
KOKORO = (
    Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parley/models/kokoro-82m"
)
TOKENS_A_SECOND = 30
TOKEN = re.compile(r"\s*(?:[^\W\d]{1,8}|\d|[^\w\s])")
"""About what a language model's tokenizer makes of English."""

SENTENCES = (
    "Sure, I can help you with that. Your order shipped yesterday.",
    "Could you tell me your account number, please?",
    "The total comes to $42.50, including tax.",
    "I'm sorry, I didn't catch that. Could you say it again?",
    "We are open from 9 in the morning until 6 in the evening.",
    "Would you like to book the appointment for Tuesday or Wednesday?",
    "Your flight to Denver departs at 7:30 and boards at gate 12.",
    "Please hold while I transfer you to a human agent.",
    "I have sent a confirmation to your email address.",
    "The technician will arrive between 8 and 10 tomorrow morning.",
    "Thank you for calling. How can I help you today?",
    "Your balance is 315 dollars, and the payment is due on Friday.",
    "To reset your password, open the settings and choose security.",
    "I see that your package was delayed by the storm.",
    "Is there anything else I can do for you?",
    "That plan includes unlimited calls and twenty gigabytes of data.",
    "Let me check that for you. It will only take a moment.",
    "Your refund was approved, and you will see it within 5 days.",
    "The nearest store is on Main Street, next to the library.",
    "I understand how frustrating that must be, and I want to fix it.",
    "You can return the shoes within 30 days if you keep the receipt.",
    "The meeting was moved from Monday to Thursday at 3 in the afternoon.",
    "Please make sure that the router is plugged in and the light is green.",
    "We could not find a reservation under that name.",
)  # fmt: skip

RESIDENT = """
import sys, psutil, torch
from pathlib import Path
before = psutil.Process().memory_info().rss
from tts.engine import Engine
engine = Engine(Path(sys.argv[1]))
for _ in engine.speak(sys.argv[2:]):
    pass
print((psutil.Process().memory_info().rss - before) / 1e6)
"""


def timed(action: Callable[[], object], repeat: int = 50) -> float:
    """Median milliseconds of an action, warm."""
    for _ in range(5):
        action()
    seconds = []
    for _ in range(repeat):
        begin = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - begin)
    return median(seconds) * 1000


@torch.inference_mode()
def parts(engine: Engine) -> Iterator[Figure]:
    """Each part of a frame, and of a clause."""
    narrator = engine.narrator
    maker, start = narrator.maker, narrator.start
    network, decoder = maker.network, maker.decoder
    hidden = torch.randn(1, network.shape.width)
    noise, white = torch.randn(1, network.shape.latent), even_noise(0, FRAME)[None]
    symbols = [0, *engine.pronounce("I can help you with that.").indices, 0]
    for name, action in {
        "backbone": lambda: network.backbone.together(start.latent, hidden[None], [start.backbone]),
        "flow": lambda: network.flow.sample(noise, hidden, maker.schedule),
        "codec": lambda: decoder(start.latent, white, start.decoder),
        "encode clause": lambda: narrator.encode(symbols),
    }.items():
        yield Figure(f"  {name}", f"{timed(action):.2f} ms")
    engine.pronounce.forget()
    begin = time.perf_counter()
    for sentence in SENTENCES:
        engine.pronounce(sentence)
    mean = (time.perf_counter() - begin) / len(SENTENCES)
    yield Figure("  phonemes of a sentence with new words", f"{mean * 1000:.2f} ms")


def speak(engine: Engine, text: str) -> tuple[np.ndarray[Any, np.dtype[np.float32]], float, float]:
    """Samples of a text, seconds to its first frame, seconds to its last."""
    begin = time.perf_counter()
    frames, first = [], 0.0
    for chunk in engine.speak([text]):
        first = first or time.perf_counter() - begin
        frames.append(chunk.samples)
    return np.concatenate(frames), first, time.perf_counter() - begin


def whole_texts(engine: Engine) -> Iterator[Figure]:
    """First audio and real-time factor, every word pronounced for the first time."""
    engine.pronounce.forget()
    runs = [speak(engine, sentence) for sentence in SENTENCES]
    first = sorted(first * 1000 for _, first, _ in runs)
    value = f"{median(first):.1f}, worst {first[-1]:.1f} ms"
    yield Figure("first audio from full text, median", value, "at most 45 ms", median(first) <= 45)
    factor = real_time_factor(runs)
    yield Figure("real-time factor, two cores", f"{factor:.3f}", "at most 0.13", factor <= 0.13)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    factor = real_time_factor([speak(engine, sentence) for sentence in SENTENCES])
    os.sched_setaffinity(0, cores)
    yield Figure("real-time factor, one core", f"{factor:.3f}", "at most 0.20", factor <= 0.20)


def real_time_factor(runs: list[tuple[np.ndarray[Any, Any], float, float]]) -> float:
    """Seconds of work for a second of speech."""
    spoken = sum(len(samples) for samples, _, _ in runs) / SAMPLE_RATE
    return sum(total for _, _, total in runs) / spoken


def paced_tokens(engine: Engine) -> Iterator[Figure]:
    """First audio after the first token of a language model that writes 30 a second."""
    engine.pronounce.forget()
    first = sorted(1000 * first_audio_of_tokens(engine, sentence) for sentence in SENTENCES)
    value = f"{median(first):.1f}, worst {first[-1]:.1f} ms"
    name = f"first audio from the first of {TOKENS_A_SECOND} tokens/s, median"
    yield Figure(name, value, "at most 250 ms", median(first) <= 250)


def first_audio_of_tokens(engine: Engine, text: str) -> float:
    """Seconds from the first token to the first frame."""
    speech = engine.speech()
    begin = time.perf_counter()
    for i, token in enumerate(TOKEN.findall(text)):
        time.sleep(max(0.0, begin + i / TOKENS_A_SECOND - time.perf_counter()))
        speech.push(token)
        if speech.step():
            speech.close()
            return time.perf_counter() - begin
    speech.end()
    speech.step()
    speech.close()
    return time.perf_counter() - begin


def resident(weights: Path) -> Iterator[Figure]:
    """Memory of an engine that has spoken, on top of torch."""
    command = [sys.executable, "-c", RESIDENT, str(weights), " ".join(SENTENCES[:4])]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    megabytes = float(done.stdout.split()[-1])
    name = "resident memory on top of import torch"
    yield Figure(name, f"{megabytes:.0f} MB", "at most 300 MB", megabytes <= 300)


def others(kokoro_folder: Path) -> Iterator[Figure]:
    """Kokoro and Pocket TTS, where they are installed."""
    from tts import others as voices
    from tts.evaluation.teacher import Teacher, TeacherError

    teacher = Teacher(kokoro_folder, kokoro_folder, threads=os.cpu_count() or 1)
    try:
        teacher.check()
        yield from voices.kokoro(teacher, SENTENCES[:8])
    except TeacherError as error:
        print(error, file=sys.stderr)
    try:
        for shape in voices.POCKET_SHAPES:
            yield from voices.pocket(shape, SENTENCES[:8])
    except ImportError:
        print("Pocket TTS is not installed: make bench-tts brings it.", file=sys.stderr)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Measure how fast the voice is.")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the weights")
    parser.add_argument("--kokoro", type=Path, default=KOKORO, help="folder of Kokoro")
    parser.add_argument("--steps", type=int, default=SpeakingSettings().flow_steps)
    parser.add_argument("--voice", default=SpeakingSettings().voice, help="who speaks")
    parser.add_argument("--float32", action="store_true", help="no 8-bit weights")
    parser.add_argument("--parts", action="store_true", help="milliseconds of each part too")
    parser.add_argument("--alone", action="store_true", help="without the other voices")
    arguments = parser.parse_args()
    settings = SpeakingSettings(
        voice=arguments.voice, flow_steps=arguments.steps, int8=not arguments.float32
    )
    begin = time.perf_counter()
    engine = Engine(arguments.weights, settings)
    seconds = time.perf_counter() - begin
    print(Figure("load and warm up", f"{seconds:.2f} s", "at most 2 s", seconds <= 2))
    measured = [whole_texts(engine), paced_tokens(engine), resident(arguments.weights)]
    measured += [streams(engine, count, SENTENCES) for count in (4, 8)]
    measured += [parts(engine)] * arguments.parts
    measured += [others(arguments.kokoro)] * (not arguments.alone)
    for figures in measured:
        for figure in figures:
            print(figure, flush=True)


if __name__ == "__main__":
    main()
