"""End of turn measured: false cut-offs against the wait after a true end, on recordings.

    python -m agent.turn_bench SPEECH_FOLDER [--plot FILE] [--fit]

A false cut-off is a pause of at least 200 ms within a turn that is taken for its end before the
caller goes on; the wait is from the end of the caller's last sound, as voice activity has it, to
the decision. Neither ours nor Smart Turn decides before its evidence is there: the words and the
probability have taken processor time since the pause was noticed. Only speakers whom no weight
was chosen on are reported.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agent.models import ModelStore
from agent.turn_data import CODE, Recording, recordings
from asr.pauses import GATE_SECONDS, Pause, PauseFinder
from asr.settings import HearingSettings
from asr.turn_end import SmartTurn
from asr.whisper import Whisper
from dialogue.turns.end_of_turn import PosteriorEndOfTurn, Weights, log_odds_heard
from dialogue.turns.policy import Evidence
from dialogue.turns.wording import Wording, wording

LEAST_PAUSE = 0.2
NEVER = 4.0
"""Seconds that an end is waited for."""

_NOTICED = 0.128  # seconds of silence after which voice activity reports a pause
_FALLBACK = 3.0  # seconds after which pipecat ends a turn that Smart Turn finds unfinished
_TIMERS = (*np.arange(0.15, 1.0, 0.025), *np.arange(1.0, 2.6, 0.1))
_SHORTEST = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
_LONGEST = (0.9, 1.2, 1.5, 2.0)
_SURENESS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97)
_RIDGE = 0.5
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
    late: float
    """90th percentile of the waits."""
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
    median, late = np.quantile(waits, [0.5, 0.9])
    return Point(float(median), float(late), float(np.mean(cuts)) if cuts else 0.0, detector)


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


def smart_turn(wait: float, threshold: float) -> Detector:
    """Smart Turn alone: `wait` where it finds the turn over, pipecat's fallback elsewhere."""

    def decide(moment: Moment) -> float:
        if moment.pause.probability <= threshold:
            return _FALLBACK
        return max(wait, _NOTICED + moment.pause.listening)

    return decide


def ours(policy: PosteriorEndOfTurn) -> Detector:
    """Ear, words and habits together."""

    def decide(moment: Moment) -> float:
        pause = moment.pause
        patience = policy.patience(Evidence(pause.text, pause.probability, moment.habit))
        return max(patience, _NOTICED + max(pause.decoding, pause.listening))

    return decide


# --- curves ----------------------------------------------------------------------------------


def best_within(points: Iterable[Point], median: float) -> Point | None:
    """The setting with the fewest false cut-offs whose median wait is no longer."""
    return min((p for p in points if p.median <= median), key=lambda p: p.cut, default=None)


def chosen(
    detectors: Iterable[Detector], fitting: Sequence[Moment], reporting: Sequence[Moment]
) -> list[Point]:
    """For each wait the setting that is best on `fitting`, as it does on `reporting`."""
    points = [measured(detector, fitting) for detector in detectors]
    picked = (best_within(points, wait) for wait in _WAITS)
    best = {point.detector: None for point in picked if point is not None}
    return [measured(detector, reporting) for detector in best]


def our_settings(weights: Weights) -> Iterator[Detector]:
    """Our policy over the settings that a person may choose."""
    for shortest, longest, sureness in itertools.product(_SHORTEST, _LONGEST, _SURENESS):
        yield ours(PosteriorEndOfTurn(shortest, longest, sureness, weights))


def smart_turn_settings() -> Iterator[Detector]:
    """Smart Turn over waits and thresholds."""
    for wait, threshold in itertools.product(_WAITS, np.arange(0.05, 1.0, 0.05)):
        yield smart_turn(wait, threshold)


def fitted(met: Sequence[Moment]) -> Weights:
    """Weights by logistic regression (ridge, Newton's method) over pauses that count and ends."""
    counted = [m for m in met if m.pause.length is None or m.pause.length >= LEAST_PAUSE]
    wordings = list(Wording)
    rows = np.array(
        [
            [
                log_odds_heard(m.pause.probability),
                *(float(wording(m.pause.text) is kind) for kind in wordings),
            ]
            for m in counted
        ]
    )
    over = np.array([float(m.pause.length is None) for m in counted])
    weights = np.zeros(rows.shape[1])
    for _ in range(50):
        expected = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (over - expected) - _RIDGE * weights
        curve = (rows.T * (expected * (1 - expected))) @ rows + _RIDGE * np.eye(len(weights))
        weights += np.linalg.solve(curve, slope)
    lengths = np.log([m.pause.length for m in counted if m.pause.length is not None])
    return Weights(
        ear=float(weights[0]),
        words=dict(zip(wordings, map(float, weights[1:]), strict=True)),
        pause=float(np.exp(lengths.mean())),
        spread=float(lengths.std()),
    )


# --- what is told ----------------------------------------------------------------------------


def curves(fitting: Sequence[Moment], reporting: Sequence[Moment]) -> dict[str, list[Point]]:
    """The detectors by name, each along its own settings."""
    return {
        "webrtcvad": [measured(webrtc_timer(wait), reporting) for wait in _TIMERS],
        "Silero": [measured(silero_timer(wait), reporting) for wait in _TIMERS],
        "Smart Turn": chosen(smart_turn_settings(), fitting, reporting),
        "ours": chosen(our_settings(Weights()), fitting, reporting),
    }


def at_wait(points: Sequence[Point], median: float) -> str:
    """False cut-offs at a median wait, with the 90th percentile of the wait, as a cell."""
    point = best_within(points, median)
    if point is None:
        return f"{'-':>16}"
    return f"{point.cut:8.0%} ({point.late:4.2f} s)"


def table(found: dict[str, list[Point]], met: Sequence[Moment]) -> str:
    """False cut-offs at some median waits, a line a detector."""
    speakers = len({moment.recording.speaker for moment in met})
    ends = sum(moment.pause.length is None for moment in met)
    pauses = sum((moment.pause.length or 0) >= LEAST_PAUSE for moment in met)
    head = f"{ends} turns of {speakers} speakers, {pauses} pauses of at least 200 ms within them"
    waits = (0.3, 0.35, 0.4, 0.5, 0.7)
    columns = "".join(f"{round(wait * 1000):>12} ms " for wait in waits)
    rows = [
        f"{name:<12}" + " ".join(at_wait(points, wait) for wait in waits)
        for name, points in found.items()
    ]
    return "\n".join([head, f"{'median wait':<12}{columns}", *rows])


def plot(found: dict[str, list[Point]], into: Path) -> None:
    """The curves as a picture."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5), constrained_layout=True)
    for name, points in found.items():
        line = sorted(points, key=lambda point: point.median)
        waits = [1000 * point.median for point in line]
        style = {"linewidth": 2.5} if name == "ours" else {"linewidth": 1.3}
        axes.plot(waits, [100 * p.cut for p in line], marker=".", label=name, **style)
    axes.set(
        xlim=(150, 1050),
        ylim=(0, 100),
        xlabel="median wait after a true end, ms",
        ylabel="pauses of at least 200 ms cut off, %",
        title="End of turn on recordings of speakers not fitted on",
    )
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(into, dpi=130)


def main() -> None:
    """Reads the command line, measures, prints."""
    parser = argparse.ArgumentParser(prog="python -m agent.turn_bench", description=__doc__)
    parser.add_argument("speech", type=Path, help="folder with manifest.jsonl")
    parser.add_argument("--plot", type=Path, help="picture to write")
    parser.add_argument("--cache", type=Path, default=Path("bench/out/pauses.json"))
    parser.add_argument("--fit", action="store_true", help="print weights chosen anew")
    arguments = parser.parse_args()
    store, settings = ModelStore.at(""), HearingSettings()
    finder = PauseFinder(
        Whisper(store.path("whisper-base"), settings),
        SmartTurn(store.file("smart-turn-v3.2")),
        settings,
    )
    met = moments(recordings(arguments.speech, arguments.cache, finder))
    fitting = [moment for moment in met if moment.recording.fitting]
    if arguments.fit:
        print(fitted(fitting))
        return
    reporting = [moment for moment in met if not moment.recording.fitting]
    natural = [moment for moment in reporting if moment.recording.kind != CODE]
    found = curves([m for m in fitting if m.recording.kind != CODE], natural)
    print(table(found, natural))
    if arguments.plot:
        plot(found, arguments.plot)


if __name__ == "__main__":
    main()
