"""The recordings that end of turn is measured on, each with its pauses, kept in a file once found.

Every English recording of one speaker counts as one turn. Letters and digits that were recorded
one by one are joined to codes of about five, a speaker's own, with the recordings' own gaps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asr.audio import RATE, Samples
from asr.bench import load
from asr.pauses import Pause, PauseFinder, Turn

CODE = "codes"
READ = "read"
SHORT = "short"

_SINGLES = ("alnum", "digits8k")
_SEVERAL_SPEAKERS = {"two-speaker", "dialogue", "overlap"}
_CODE_LENGTH = 5
_GAP = 0.3  # seconds of silence between digits, whose recordings are cut close
_FLOORS = (-75.0, -30.0)  # dB of full scale, of the room tone after a recording


@dataclass(frozen=True)
class Recording:
    """One turn of one speaker."""

    name: str
    kind: str
    speaker: str
    first_half: bool
    """Of the speakers, to choose settings on one half and report them on the other."""
    turn: Turn


@dataclass(frozen=True)
class _Clip:
    name: str
    kind: str
    speaker: str
    samples: Samples
    floor: float


def recordings(speech: Path, cache: Path, finder: PauseFinder) -> list[Recording]:
    """All of `speech`, a folder with a manifest.jsonl; what `cache` holds is not heard again."""
    known: dict[str, Any] = json.loads(cache.read_text()) if cache.exists() else {}
    clips = list(_clips(speech))
    speakers = sorted({clip.speaker for clip in clips})
    found = []
    for clip in clips:
        if clip.name not in known:
            known[clip.name] = asdict(finder.find(clip.samples, clip.floor))
        turn = known[clip.name]
        pauses = tuple(Pause(**pause) for pause in turn["pauses"])
        first = speakers.index(clip.speaker) % 2 == 0
        turn = Turn(pauses, turn["voiced"])
        if pauses:
            found.append(Recording(clip.name, clip.kind, clip.speaker, first, turn))
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_text(json.dumps(known, indent=1))
    return found


def _clips(speech: Path) -> Iterator[_Clip]:
    rows = [json.loads(line) for line in (speech / "manifest.jsonl").read_text().splitlines()]
    singles: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        folder = row["path"].split("/")[0]
        if folder in _SINGLES:
            singles.setdefault(_speaker(row), []).append(row)
        elif _counts(row):
            read = "read" in row["tags"] or "lang:en" in row["tags"]
            yield _Clip(
                name=row["path"],
                kind=READ if read else SHORT,
                speaker=_speaker(row),
                samples=load(speech / row["path"]),
                floor=float(np.clip(row.get("noise_floor_dbfs") or -60, *_FLOORS)),
            )
    for speaker, rows in singles.items():
        codes = max(1, len(rows) // _CODE_LENGTH)
        for first in range(codes):
            yield _joined(speech, speaker, rows[first::codes])


def _counts(row: dict[str, Any]) -> bool:
    """One speaker of English with a transcript: without one, a clip may end in mid-sentence."""
    languages = [tag for tag in row["tags"] if tag.startswith("lang:")]
    english = all(language.startswith("lang:en") for language in languages)
    alone = not _SEVERAL_SPEAKERS & set(row["tags"])
    return english and alone and bool(row["transcript"])


def _joined(speech: Path, speaker: str, rows: Sequence[dict[str, Any]]) -> _Clip:
    gap = np.zeros(round(_GAP * RATE), np.int16) if "8k" in rows[0]["tags"] else np.zeros(0)
    parts = [part for row in rows for part in (load(speech / row["path"]), gap)]
    spelled = "".join(row["transcript"][0] for row in rows)
    samples = np.concatenate(parts).astype(np.int16)
    return _Clip(f"{speaker}:{spelled}", CODE, speaker, samples, floor=-60)


def _speaker(row: dict[str, Any]) -> str:
    """The speaker as far as is known: their tag, or else the collection that a clip is from."""
    folder, name = row["path"].split("/")
    tagged = [tag.removeprefix("spk:") for tag in row["tags"] if tag.startswith("spk:")]
    if tagged:
        return f"{folder}/{tagged[0]}"
    if folder.startswith("librispeech"):
        return f"{folder}/{name.removeprefix('libri-').split('-')[0]}"
    if folder in ("pocketsphinx", "turn_misc"):
        return f"{folder}/{name[:5]}"
    return f"{folder}/{name}" if folder in ("phone", "public", "dialogue") else folder
