"""How many steps the flow head needs, and how wide its noise should be: a table and a plot.

python -m tts.evaluation.steps --plot docs/voice_steps.png
python -m tts.evaluation.steps --every 10              fewer sentences, sooner
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

from tts.evaluation.__main__ import CACHE, WEIGHTS
from tts.evaluation.studio import Map, Studio, processes
from tts.evaluation.teacher import Teacher
from tts.evaluation.texts import sentences
from tts.evaluation.words import edits, said
from tts.settings import SpeakingSettings

STEPS = (1, 2, 4, 8)
TEMPERATURES = (0.5, 0.8)


@dataclass(frozen=True)
class Point:
    """What one way to sample gives: word error in percent, and DNSMOS OVRL."""

    steps: int
    temperature: float
    word_error: float
    quality: float


def measure(studio: Studio, pool: Map[Any], texts: Sequence[str]) -> Point:
    """Say the texts as the studio is set, and measure."""
    speech = list(pool(studio.speak, texts))
    wrong = total = 0
    for text, heard in zip(texts, pool(studio.hear, speech), strict=True):
        expected = said(text)
        wrong, total = wrong + len(edits(expected, said(heard))), total + len(expected)
    quality = mean(pool(studio.judge, speech))
    settings = studio.settings
    return Point(settings.flow_steps, settings.temperature, 100 * wrong / total, quality)


def draw(points: Sequence[Point], texts: int, path: Path) -> None:
    """Both figures against the steps, a line for each temperature."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (errors, qualities) = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for temperature in sorted({point.temperature for point in points}):
        line = [point for point in points if point.temperature == temperature]
        steps = [point.steps for point in line]
        name = f"temperature {temperature}"
        errors.plot(steps, [point.word_error for point in line], "o-", label=name)
        qualities.plot(steps, [point.quality for point in line], "o-", label=name)
    errors.set_ylabel("word error by Whisper base, %")
    errors.set_ylim(bottom=0)
    qualities.set_ylabel("DNSMOS OVRL")
    qualities.legend(fontsize="small")
    for axes in (errors, qualities):
        axes.set_xscale("log", base=2)
        axes.set_xticks(STEPS, [str(steps) for steps in STEPS])
        axes.set_xlabel("Euler steps a frame")
        axes.grid(alpha=0.3)
    figure.suptitle(f"The flow head's sampler, {texts} sentences", fontsize="medium")
    figure.savefig(path, dpi=120)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Choose the sampler by what it gives.")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--whisper", type=Path, default=CACHE / "models" / "whisper-base")
    parser.add_argument("--every", type=int, default=3, help="one sentence in so many")
    parser.add_argument("--temperatures", type=float, nargs="+", default=TEMPERATURES)
    parser.add_argument("--plot", type=Path, help="file of the picture")
    parser.add_argument("--processes", type=int, default=2, help="one thread each")
    arguments = parser.parse_args()
    texts = sentences()[:: arguments.every]
    teacher = Teacher(CACHE / "models" / "kokoro-82m", CACHE / "teacher")
    studio = Studio(arguments.weights, arguments.whisper, teacher)
    points = []
    with processes(arguments.processes) as pool:
        for temperature in arguments.temperatures:
            for steps in STEPS:
                settings = SpeakingSettings(flow_steps=steps, temperature=temperature)
                point = measure(replace(studio, settings=settings), pool, texts)
                points.append(point)
                print(
                    f"{steps} steps, temperature {temperature}: word error "
                    f"{point.word_error:.2f} %, DNSMOS OVRL {point.quality:.3f}",
                    flush=True,
                )
    if arguments.plot:
        draw(points, len(texts), arguments.plot)


if __name__ == "__main__":
    main()
