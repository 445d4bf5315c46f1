"""Counting and measuring a frame."""

from __future__ import annotations

import pytest
import torch
from toy_checkpoint import PARAMS

from tts.voxtral import bench
from tts.voxtral.cost import BANDWIDTHS, frame_costs, whole
from tts.voxtral.params import Fields, VoxtralParams, params_of


def test_a_frame_reads_about_eleven_gigabytes() -> None:
    costs = {cost.part: cost for cost in frame_costs(VoxtralParams(), 2, batch=1, context=400)}
    # 26 layers of 116,398,080 weights and a norm, in bfloat16.
    assert costs["language model"].size == 2 * (26 * 116_398_080 + 3072)
    assert costs["keys and values"].size == 400 * 106_496
    assert costs["flow matching"].size / 1e9 == pytest.approx(7 * 0.70, rel=0.01)
    frame = whole(list(costs.values()))
    without_codec = frame.size - costs["codec"].size
    assert without_codec / 1e9 == pytest.approx(11, abs=0.2)
    assert 1000 * without_codec / BANDWIDTHS["H100"] == pytest.approx(3.3, abs=0.1)


def test_a_batch_reads_the_weights_once() -> None:
    one, eight = (frame_costs(VoxtralParams(), 2, batch, 400) for batch in (1, 8))
    assert whole(eight).size < 1.05 * whole(one).size
    assert whole(eight).operations == 8 * whole(one).operations


def test_the_bench_prints_every_part(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "--device", "cpu", "--repeat", "1"])
    bench.main()
    out = capsys.readouterr().out
    for part in ("language model", "flow matching", "codec", "a frame", "toy, measured on CPU"):
        assert part in out


def test_the_toy_of_the_bench_is_that_of_the_tests() -> None:
    assert params_of(Fields(PARAMS, "params.json")) == bench.TOY


def test_the_captured_step_equals_the_eager_one() -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a GPU: CUDA graphs cannot be captured here")
    settings = bench.VoxtralSettings(device="cuda")
    network, _ = bench.random_weights(bench.TOY, settings, torch.device("cuda"))
    outcomes = []
    with torch.inference_mode():
        for capture in (False, True):
            slots = bench.Slots(network, 4, 512)
            slots.hidden.normal_(generator=torch.Generator("cuda").manual_seed(0))
            step = bench.Step(network, slots, 1.2)
            step.active[:2] = True
            run = bench.CapturedStep(step) if capture else step
            noise = torch.Generator("cuda").manual_seed(1)
            codes = []
            for _ in range(5):
                step.noise.normal_(generator=noise)
                codes.append(run(4, 128).clone())
            outcomes.append((torch.stack(codes), slots.lengths.clone()))
    assert torch.equal(outcomes[0][0], outcomes[1][0])
    assert outcomes[0][1].tolist() == outcomes[1][1].tolist() == [5, 5, 0, 0]
