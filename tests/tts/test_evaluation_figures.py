"""What the figures of the voice are measured on."""

from __future__ import annotations

import numpy as np

from tts.codec import FRAME
from tts.durations import UNIT
from tts.evaluation.figures import out_of_step


def test_speeches_end_out_of_step_with_what_judges_them() -> None:
    speeches = [np.full(n, 0.5, np.float32) for n in (1, UNIT, 2 * UNIT, 16 * UNIT, 5 * FRAME)]
    for speech, longer in zip(speeches, out_of_step(speeches), strict=True):
        assert np.array_equal(longer[: len(speech)], speech)
        assert not longer[len(speech) :].any()
        assert 0 <= len(longer) - len(speech) < 2 * UNIT
        assert len(longer) // UNIT % 2 == 1 and len(longer) % UNIT == 0
        # The 16 places in 80 ms that its repetitions begin at are all different.
        assert len({k * len(longer) % FRAME for k in range(16)}) == 16
