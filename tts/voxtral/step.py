"""One step of all sentences at once: their next frames, and the backbone's hearing of them.

Everything a step reads and writes has a fixed place, so that a GPU can replay it as one graph.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tts.voxtral.network import VoxtralNetwork
from tts.voxtral.slots import Slots


class Step:
    """The step as Python runs it; its inputs are written in place before it is called.

    `noise` [slots, 36]: drawn for each sentence from its own seed. `active` [slots]: which
    sentences go on; the others keep their state. `may_end` [slots].
    """

    def __init__(self, network: VoxtralNetwork, slots: Slots, guidance: float) -> None:
        self.network = network
        self.slots = slots
        self.guidance = guidance
        like = slots.hidden
        precision = torch.promote_types(like.dtype, torch.float32)
        books = network.params.acoustic_books
        self.noise = like.new_zeros(slots.count, books, dtype=precision)
        self.active = like.new_zeros(slots.count, dtype=torch.bool)
        self.may_end = like.new_zeros(slots.count, dtype=torch.bool)

    def __call__(self, rows: int, context: int) -> Tensor:
        """Codes [rows, 37] of the first rows, looking back at `context` steps at most."""
        slots, active = self.slots, self.active[:rows]
        hidden, lengths = slots.hidden[:rows], slots.lengths[:rows]
        codes = self.network.frame(hidden, self.noise[:rows], self.may_end[:rows], self.guidance)
        after = self.network.advance(
            codes,
            slots.rotation(rows),
            slots.mask(rows, context),
            slots.memories(rows, context),
        )
        hidden.copy_(torch.where(active[:, None], after, hidden))
        lengths += active
        return codes


class CapturedStep:
    """The step as CUDA graphs, one per number of rows and context: no Python runs in a replay."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._graphs: dict[tuple[int, int], tuple[torch.cuda.CUDAGraph, Tensor]] = {}

    def __call__(self, rows: int, context: int) -> Tensor:
        """As the step itself; the codes are overwritten by the next call."""
        if (rows, context) not in self._graphs:
            self._graphs[rows, context] = self._capture(rows, context)
        graph, codes = self._graphs[rows, context]
        graph.replay()
        return codes

    def _capture(self, rows: int, context: int) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        # With no row active a run changes nothing that is looked at again.
        active = self._step.active.clone()
        self._step.active.zero_()
        side: torch.cuda.Stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self._step(rows, context)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            codes = self._step(rows, context)
        self._step.active.copy_(active)
        return graph, codes
