"""How fast the voice is, and how well it is understood.

python -m tts.bench                              first audio, real-time factor, ms per part
python -m tts.bench --whisper FOLDER             and the word error by that Whisper model
python -m tts.bench --whisper FOLDER --steps 6   ... with other settings
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from tts.codec import FRAME, SAMPLE_RATE
from tts.engine import Engine
from tts.settings import SpeakingSettings
from tts.spoken import tokens

WEIGHTS = Path(__file__).parent / "weights"
FRAME_SECONDS = FRAME / SAMPLE_RATE

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
def parts(engine: Engine) -> dict[str, float]:
    """Milliseconds of each part: of a frame, and of a clause."""
    network, decoder, start = engine.network, engine.decoder, engine.start
    hidden = torch.randn(1, network.shape.width)
    noise, white = torch.randn(1, network.shape.latent), torch.randn(1, FRAME)
    symbols = [0, *engine.pronounce("I can help you with that.").indices, 0]
    return {
        "backbone": timed(lambda: network.backbone(start.latent, hidden[None], start.backbone)),
        "flow": timed(lambda: network.flow.sample(noise, hidden, engine.schedule)),
        "codec": timed(lambda: decoder(start.latent, white, start.decoder)),
        "encode clause": timed(lambda: engine.encode(symbols)),
    }


def pronounce_times(engine: Engine) -> list[float]:
    """Milliseconds to pronounce each sentence, first time round."""
    milliseconds = []
    for sentence in SENTENCES:
        begin = time.perf_counter()
        engine.pronounce(sentence)
        milliseconds.append((time.perf_counter() - begin) * 1000)
    return milliseconds


def speak(engine: Engine, text: str) -> tuple[np.ndarray[Any, np.dtype[np.float32]], float, float]:
    """Samples of a text, seconds to its first frame, seconds to its last."""
    begin = time.perf_counter()
    frames, first = [], 0.0
    for chunk in engine.speak([text]):
        first = first or time.perf_counter() - begin
        frames.append(chunk.samples)
    return np.concatenate(frames), first, time.perf_counter() - begin


def normalised(text: str) -> list[str]:
    """Words as they are said, so that "$5" and "five dollars" agree."""
    said = [w for token in tokens(text.replace("-", " ")) for w in token.words]
    return [word for word in said if word.isalnum() or "'" in word]


def word_errors(expected: Sequence[str], heard: Sequence[str]) -> int:
    """Levenshtein distance in words."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(expected, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1]


def word_error_rate(engine: Engine, whisper: Path, sentences: Sequence[str] = SENTENCES) -> float:
    """Word error in percent, as a Whisper model hears the sentences; prints what it misheard."""
    from faster_whisper import WhisperModel

    model = WhisperModel(str(whisper), device="cpu", compute_type="int8", cpu_threads=1)
    errors = total = 0
    for sentence in sentences:
        samples, _, _ = speak(engine, sentence)
        # A call is silent before and after a reply.
        samples = np.pad(samples, SAMPLE_RATE // 2)
        positions = np.arange(0, len(samples), SAMPLE_RATE / 16_000)
        audio = np.interp(positions, np.arange(len(samples)), samples).astype(np.float32)
        segments, _ = model.transcribe(audio, language="en", beam_size=1, temperature=0.0)
        heard = " ".join(segment.text for segment in segments)
        expected = normalised(sentence)
        wrong = word_errors(expected, normalised(heard))
        errors, total = errors + wrong, total + len(expected)
        if wrong:
            print(f"  {wrong}  {sentence}  ->  {heard.strip()}")
    return 100 * errors / total


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Measure the voice.")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the weights")
    parser.add_argument("--whisper", type=Path, help="folder of a faster-whisper model")
    parser.add_argument("--steps", type=int, default=SpeakingSettings().flow_steps)
    parser.add_argument("--voice", default=SpeakingSettings().voice, help="who speaks")
    parser.add_argument("--temperature", type=float, default=SpeakingSettings().temperature)
    parser.add_argument("--float32", action="store_true", help="no 8-bit weights")
    arguments = parser.parse_args()
    settings = SpeakingSettings(
        voice=arguments.voice,
        flow_steps=arguments.steps,
        temperature=arguments.temperature,
        int8=not arguments.float32,
    )
    begin = time.perf_counter()
    engine = Engine(arguments.weights, settings)
    print(f"load and warm up    {time.perf_counter() - begin:7.2f} s")
    print(f"phonemes            {median(pronounce_times(engine)):7.2f} ms median, new sentence")
    for name, milliseconds in parts(engine).items():
        print(f"{name:19s} {milliseconds:7.2f} ms")
    engine.pronounce.forget()
    runs = [speak(engine, sentence) for sentence in SENTENCES]
    first = sorted(first * 1000 for _, first, _ in runs)
    spoken = sum(len(samples) for samples, _, _ in runs) / SAMPLE_RATE
    factor = sum(total for _, _, total in runs) / spoken
    print(
        f"first audio         {median(first):7.2f} ms median, {first[-1]:.2f} ms worst, from text"
    )
    print(f"real-time factor    {factor:7.3f} ({factor * FRAME_SECONDS * 1000:.2f} ms a frame)")
    if arguments.whisper:
        print(f"word error          {word_error_rate(engine, arguments.whisper):7.2f} %")


if __name__ == "__main__":
    main()
