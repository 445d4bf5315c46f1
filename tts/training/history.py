"""The errors of a training over its steps: a line of JSON each time, and a picture."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tts.training.settings import TrainingError
from tts.training.train import Errors


class History:
    """FOLDER/history.jsonl; what lies beyond `step`, where training goes on, is forgotten."""

    def __init__(self, folder: Path, step: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "history.jsonl"
        lines = self._path.read_text().splitlines() if self._path.is_file() else []
        self.rows: list[dict[str, Any]] = [
            row for row in map(json.loads, lines) if row["step"] <= step and step > 0
        ]
        self._path.write_text("".join(f"{json.dumps(row)}\n" for row in self.rows))

    def add(
        self, step: int, training: Errors | None, held_out: Mapping[str, Errors], seconds: float
    ) -> None:
        """Note errors: of training since the last time, and of each speaker's held-out clips.

        `seconds` of CPU since the process began.
        """
        row = {
            "step": step,
            "cpu_seconds": round(seconds),
            "training": training and asdict(training),
            "held_out": {name: asdict(errors) for name, errors in held_out.items()},
        }
        self.rows.append(row)
        with self._path.open("a") as file:
            file.write(f"{json.dumps(row)}\n")

    def last(self) -> str:
        """The newest errors in words."""
        row = self.rows[-1]
        parts = {"training": row["training"], **row["held_out"]}
        return "  ".join(
            f"{name} flow {errors['flow']:.4f} durations {errors['durations']:.4f}"
            for name, errors in parts.items()
            if errors
        )

    def draw(self, path: Path) -> None:
        """Draw the learning curves; the ending of `path` chooses the format.

        Raises:
            TrainingError: matplotlib is not installed.
        """
        try:
            import matplotlib

            matplotlib.use("Agg")
            from matplotlib import pyplot
        except ImportError as error:
            raise TrainingError(
                "The learning curve needs matplotlib: pip install 'parley[picture]'."
            ) from error
        figure, axes = pyplot.subplots(1, 2, figsize=(12, 4))
        for axis, error_name in zip(axes, ("flow", "durations"), strict=True):
            for name in self.rows[-1]["held_out"]:
                steps = [row["step"] for row in self.rows]
                errors = [row["held_out"][name][error_name] for row in self.rows]
                axis.plot(steps, errors, label=f"{name}, held out")
            trained = [row for row in self.rows if row["training"]]
            steps = [row["step"] for row in trained]
            errors = [row["training"][error_name] for row in trained]
            axis.plot(steps, errors, label="training", color="#bdbdbd", zorder=0)
            axis.set_xlabel("step")
            axis.set_ylabel(f"error of {error_name}")
            axis.legend()
        figure.tight_layout()
        figure.savefig(path)
        pyplot.close(figure)
