"""End of turn measured: false cut-offs against the wait after a true end, on recordings.

    python -m agent.turn_bench SPEECH_FOLDER [--plot FILE]

A false cut-off is a pause of at least 200 ms within a turn that is taken for its end before the
caller goes on; the wait is from the end of the caller's last sound, as voice activity has it, to
the decision. Smart Turn and ours hear the first 128 ms of the silence. The time that their evidence
takes is told beside and not counted: the words of a pause are asked for at once, and while they
are late the machine goes by those before them.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agent.config import Config
from agent.models import ModelStore
from agent.recognisers import RecogniserFiles
from agent.turn_data import CODE, Recording, recordings
from asr.pauses import GATE_SECONDS, Pause, PauseFinder
from asr.settings import HearingSettings
from asr.turn_end import SmartTurn
from dialogue.turns.end_of_turn import PosteriorEndOfTurn
from dialogue.turns.policy import Evidence
from dialogue.turns.settings import TurnSettings

LEAST_PAUSE = 0.2
NEVER = 4.0
"""Seconds that an end is waited for."""

_LONGEST = TurnSettings().incomplete_wait
"""Seconds that ours waits at most, and Smart Turn where it finds no end."""
_WHOLE = TurnSettings().whole_wait
_DICTATION = TurnSettings().dictation_wait
_FALLBACK = 3.0  # the same for Smart Turn as pipecat has it
_TIMERS = (*np.arange(0.15, 1.0, 0.025), *np.arange(1.0, 2.6, 0.1))
_SURENESS = tuple(1 - np.geomspace(0.9, 0.002, 40))
_THRESHOLDS = (*np.arange(0.05, 1.0, 0.05), 0.97, 0.98, 0.985)
_WAITS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True)
class Moment:
    """One pause in its turn, as a detector meets it."""

    pause: Pause
    recording: Recording
    habit: tuple[float, ...]
    """Pauses of the same caller's before it, in this turn and in earlier ones."""


Detector = Callable[[Moment], float]
"""Seconds of silence after which it takes the turn for over."""


@dataclass(frozen=True)
class Point:
    """How one detector does at one setting; seconds, and a share of the pauses."""

    median: float
    mean: float
    cut: float
    detector: Detector


def moments(found: Sequence[Recording]) -> list[Moment]:
    """All pauses in order, a speaker's recordings being one call."""
    habits: dict[str, tuple[float, ...]] = {}
    met = []
    for recording in found:
        for pause in recording.turn.pauses:
            habit = habits.get(recording.speaker, ())
            met.append(Moment(pause, recording, habit))
            if pause.length is not None:
                habits[recording.speaker] = (*habit, pause.length)[-16:]
    return met


def measured(detector: Detector, met: Sequence[Moment]) -> Point:
    """The detector over these pauses."""
    cuts, waits = [], []
    for moment in met:
        length = moment.pause.length
        if length is None:
            waits.append(min(detector(moment), NEVER))
        elif length >= LEAST_PAUSE:
            cuts.append(detector(moment) < length)
    cut = float(np.mean(cuts)) if cuts else 0.0
    return Point(float(np.median(waits)), float(np.mean(waits)), cut, detector)


# --- the detectors ---------------------------------------------------------------------------


def silero_timer(wait: float) -> Detector:
    """Silence as Silero hears it."""
    return lambda moment: wait


def webrtc_timer(wait: float) -> Detector:
    """Silence as webrtcvad hears it, which may begin before Silero's or after it."""
    needed = round(wait / GATE_SECONDS)

    def decide(moment: Moment) -> float:
        voiced, since = moment.recording.turn.voiced, moment.pause.since
        first = round(since / GATE_SECONDS)
        run = first - voiced.rfind("1", 0, first) - 1
        for frame in range(first, len(voiced)):
            run = 0 if voiced[frame] == "1" else run + 1
            if run >= needed:
                return max(0.0, (frame + 1) * GATE_SECONDS - since)
        return NEVER

    return decide


def smart_turn(wait: float, threshold: float, fallback: float) -> Detector:
    """Smart Turn alone: `wait` where it finds the turn over, `fallback` elsewhere."""
    return lambda moment: wait if moment.pause.probability > threshold else fallback


def ours(policy: PosteriorEndOfTurn) -> Detector:
    """Ear, words and habits together."""

    def decide(moment: Moment) -> float:
        pause = moment.pause
        return policy.patience(Evidence(pause.text, pause.probability, moment.habit))

    return decide


# --- curves ----------------------------------------------------------------------------------


def crossed(detectors: Iterable[Detector], met: Sequence[Moment]) -> list[Point]:
    """For each wait, the setting best on one half of the speakers as it does on the other half.

    Both halves are chosen on and reported on in turn, so no speaker is ever reported under a
    setting that they had a say in.
    """
    settings = list(detectors)
    halves = [[m for m in met if m.recording.first_half is first] for first in (True, False)]
    points = [[measured(detector, half) for detector in settings] for half in halves]
    found = []
    for wait in _WAITS:
        picked = [best_within(half, wait) for half in points]
        if picked[0] is not None and picked[1] is not None:
            found.append(measured(_by_half(picked[1].detector, picked[0].detector), met))
    return found


def best_within(points: Iterable[Point], median: float) -> Point | None:
    """The setting with the fewest false cut-offs, and then the least wait, within a median wait."""
    within = (point for point in points if point.median <= median + 1e-9)
    return min(within, key=lambda point: (point.cut, point.mean), default=None)


def _by_half(first: Detector, second: Detector) -> Detector:
    return lambda moment: (first if moment.recording.first_half else second)(moment)


def our_settings(longest: float) -> Iterator[Detector]:
    """Our policy over its sureness, and its waits where the words sound whole."""
    for shortest, whole, sureness in itertools.product(_WAITS, (_WHOLE, longest), _SURENESS):
        yield ours(
            PosteriorEndOfTurn(
                shortest,
                max(whole, shortest),
                max(longest, shortest),
                max(_DICTATION, shortest),
                sureness,
            )
        )


def smart_turn_settings(fallback: float) -> Iterator[Detector]:
    """Smart Turn over waits and thresholds."""
    for wait, threshold in itertools.product(_WAITS, _THRESHOLDS):
        yield smart_turn(wait, threshold, fallback)


# --- what is told ----------------------------------------------------------------------------


def curves(met: Sequence[Moment]) -> dict[str, list[Point]]:
    """The detectors by name, each along its own settings."""
    return {
        "webrtcvad": [measured(webrtc_timer(wait), met) for wait in _TIMERS],
        "Silero": [measured(silero_timer(wait), met) for wait in _TIMERS],
        "Smart Turn": crossed(smart_turn_settings(_LONGEST), met),
        "Smart Turn, 3 s": crossed(smart_turn_settings(_FALLBACK), met),
        "ours": crossed(our_settings(_LONGEST), met),
    }


def at_wait(points: Sequence[Point], median: float) -> str:
    """False cut-offs at a median wait, with the mean wait, as a cell."""
    point = best_within(points, median)
    return f"{'-':>14}" if point is None else f"{point.cut:5.0%} ({point.mean:4.2f} s)"


def table(found: dict[str, list[Point]], met: Sequence[Moment], title: str) -> str:
    """False cut-offs at some median waits, and the mean wait with each; a line a detector."""
    speakers = len({moment.recording.speaker for moment in met})
    ends = [moment for moment in met if moment.pause.length is None]
    pauses = sum((moment.pause.length or 0) >= LEAST_PAUSE for moment in met)
    waits = (0.3, 0.35, 0.4, 0.5, 0.6, 0.7)
    columns = " ".join(f"{round(wait * 1000):>11} ms" for wait in waits)
    rows = [
        f"{name:<16}" + " ".join(at_wait(points, wait) for wait in waits)
        for name, points in found.items()
    ]
    title = f"{title}: {len(ends)} turns of {speakers} speakers, {pauses} pauses within them"
    return "\n".join([title, f"{'median wait':<16}{columns}", *rows])


def effort(met: Sequence[Moment]) -> str:
    """What the evidence costs, as a line."""
    ear = np.quantile([moment.pause.listening for moment in met], [0.5, 0.95]) * 1000
    words = np.quantile([moment.pause.decoding for moment in met], [0.5, 0.95]) * 1000
    return (
        f"processor time of a pause, median and p95: ear {ear[0]:.0f} and {ear[1]:.0f} ms, "
        f"words {words[0]:.0f} and {words[1]:.0f} ms"
    )


def plot(found: dict[str, list[Point]], into: Path) -> None:
    """The curves as a picture: against the median wait, and against the mean."""
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 2, figsize=(10, 4.2), sharey=True, constrained_layout=True)
    for axes, measure in zip(panels, ("median", "mean"), strict=True):
        for name, points in found.items():
            line = sorted((1000 * getattr(point, measure), 100 * point.cut) for point in points)
            width = 2.5 if name == "ours" else 1.3
            axes.plot(*zip(*line, strict=True), marker=".", label=name, linewidth=width)
        axes.set(xlim=(200, 1100), ylim=(0, 90), xlabel=f"{measure} wait after a true end, ms")
        axes.grid(alpha=0.3)
    panels[0].set_ylabel("pauses of at least 200 ms cut off, %")
    panels[1].legend()
    figure.savefig(into, dpi=130)


def main() -> None:
    """Reads the command line, measures, prints."""
    parser = argparse.ArgumentParser(prog="python -m agent.turn_bench", description=__doc__)
    parser.add_argument("speech", type=Path, help="folder with manifest.jsonl")
    parser.add_argument("--plot", type=Path, help="picture to write")
    parser.add_argument("--cache", type=Path, default=Path("bench/out/pauses.json"))
    arguments = parser.parse_args()
    store, settings = ModelStore.at(""), HearingSettings()
    finder = PauseFinder(
        RecogniserFiles.of(Config(), store).load(settings),
        SmartTurn(store.file("smart-turn-v3.2")),
        settings,
    )
    met = moments(recordings(arguments.speech, arguments.cache, finder))
    found = curves(met)
    print(table(found, met, "all"))
    natural = [moment for moment in met if moment.recording.kind != CODE]
    print(table(curves(natural), natural, "without joined codes"))
    print(effort(met))
    if arguments.plot:
        plot(found, arguments.plot)


if __name__ == "__main__":
    main()
