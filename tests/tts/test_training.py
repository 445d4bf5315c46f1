"""Training: pitch of known tones, and a network that learns what it is shown."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch

import tts.training
from tts.codec import SAMPLE_RATE
from tts.durations import SLOT, UNIT
from tts.network import NetworkShape, VoiceNetwork
from tts.symbols import PAD, SYMBOLS
from tts.training.cuts import glimpse
from tts.training.encoder import Encoder, EncoderShape
from tts.training.examples import Batch, Corpus, collate, corpora, draw, prepare
from tts.training.history import History
from tts.training.latents import Clip, in_all_phases
from tts.training.objective import losses
from tts.training.settings import TrainingError, TrainingSettings, read_settings
from tts.training.train import Errors, Training, fresh, learning_rate

pytest.importorskip("scipy", reason="pitch tracking needs scipy: pip install parley[train]")

READ = {index: symbol for symbol, index in SYMBOLS.items()}
SMALL = NetworkShape(
    symbols=20, latent=36, text_width=32, text_heads=2, text_layers=1, width=32, heads=2,
    layers=1, flow_width=32, flow_layers=1,
)  # fmt: skip


TINY = TrainingSettings(
    corpora={"one": "one.jsonl"}, steps=6, warm_up=2, cool_down=3, batch=4,
)  # fmt: skip


def example(frames: int, symbols: int) -> dict[str, torch.Tensor]:
    units = torch.full((symbols,), frames * 1920 / 600 / symbols)
    return {
        "z": torch.randn(frames, 36),
        "sym": torch.randint(0, 20, (symbols,)),
        "dur": units,
    }


def two_speakers() -> dict[str, Corpus]:
    with torch.random.fork_rng():
        torch.manual_seed(7)
        rows = {name: [example(5 + n, 3) for n in range(10)] for name in ("one", "two")}
    return corpora(rows, 2, VoiceNetwork(SMALL))


def begin(seed: int = 0, steps: int = 6, rate: float = 1e-3) -> Training:
    settings = TINY.model_copy(update={"seed": seed, "steps": steps, "rate": rate})
    network = fresh(SMALL, torch.zeros(36), torch.ones(36), seed)
    return Training(network, ["one", "two"], settings)


def test_pitch_of_a_gliding_voice() -> None:
    from tts.training.pitch import GRID, track

    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    f0 = 120 + 60 * time
    phase = 2 * np.pi * np.cumsum(f0) / SAMPLE_RATE
    tone = sum(np.sin(k * phase) / k for k in range(1, 8)) * 0.2
    clip = np.concatenate((np.zeros(4800), tone, np.zeros(4800))).astype(np.float32)
    pitch = track([clip])[0]
    inside = slice(7200 // GRID, (4800 + SAMPLE_RATE - 2400) // GRID)
    expected = f0[2400 : SAMPLE_RATE - 2400 : GRID]
    cents = 1200 * np.abs(np.log2(pitch.f0[inside] / expected))
    assert np.median(cents) < 10
    assert pitch.voiced[inside].all() and not pitch.voiced[: 3000 // GRID].any()


def test_the_encoder_makes_one_latent_per_80_ms() -> None:
    encoder = Encoder(EncoderShape(width=16))
    f0 = torch.full((1, 24), 150.0)
    latents = encoder(torch.randn(1, 3 * 1920) * 0.1, f0, torch.ones(1, 24), f0)
    assert latents.shape == (1, 3, 36)
    assert latents[..., :32].abs().max() <= 1
    # Four dimensions are log F0 itself, 0 at 150 Hz.
    torch.testing.assert_close(latents[..., 32:], torch.zeros(1, 3, 4), atol=1e-5, rtol=0)


def test_slots_of_a_batch_point_at_symbols() -> None:
    examples = prepare([example(10, 4), example(6, 3)], VoiceNetwork(SMALL))
    batch = collate(examples)
    assert batch.slots.shape == (2, 40) and batch.frame_mask.sum() == 16
    assert batch.slots[0].unique().tolist() == [0, 1, 2, 3]
    assert (batch.slots[0].diff() >= 0).all()


def test_frames_of_a_clip_begun_later_are_others() -> None:
    samples = np.arange(48_000, dtype=np.float32)
    clips = [Clip(str(lead), "", [0, 1, 0], [lead, 40.0, 3.0], samples) for lead in (9.0, 2.0)]
    made = in_all_phases(clips)
    assert [clip.units for clip in made[:2]] == [clip.units for clip in clips]
    assert all(len(clip.samples) == 48_000 for clip in made[:2])
    # Of two units, 1200 samples, three slots cannot be cut.
    assert [clip.name for clip in made[2:]] == ["9.0", "2.0", "9.0", "2.0", "9.0"]
    for clip, late in zip(made[2:], (1, 1, 2, 2, 3), strict=True):
        cut = late * SLOT
        assert len(clip.samples) == 48_000 - cut and clip.samples[0] == cut
        assert clip.units[0] * UNIT == pytest.approx(float(clip.name) * UNIT - cut)
        assert clip.units[1:] == [40.0, 3.0]


def test_what_is_held_out_is_trained_on_nowhere() -> None:
    rows = [example(6, 3) for _ in range(5)]
    again = [row | {"z": row["z"] + 1} for row in rows]
    corpus = corpora({"one": rows + again}, 2, VoiceNetwork(SMALL))["one"]
    assert len(corpus.training) == 6 and len(corpus.held_out) == 2
    held_out = [example.symbols.tolist() for example in corpus.held_out]
    assert not any(example.symbols.tolist() in held_out for example in corpus.training)


def test_slots_are_told_their_text_early() -> None:
    row = example(10, 4)
    (plain,) = prepare([row], VoiceNetwork(SMALL))
    (early,) = prepare([row], VoiceNetwork(replace(SMALL, slots_ahead=3)))
    assert early.slots[:-3].tolist() == plain.slots[3:].tolist()
    assert early.slots[-3:].tolist() == [3, 3, 3]
    assert torch.equal(early.latents, plain.latents)


def test_a_batch_has_as_many_of_speakers_with_as_much() -> None:
    data = two_speakers()
    batch = draw(list(data.values()), 4, torch.Generator().manual_seed(1))
    assert batch.speakers.tolist() == [0, 0, 1, 1]
    assert [len(corpus.held_out) for corpus in data.values()] == [2, 2]


def test_a_batch_has_twice_as_many_of_a_speaker_with_four_times_as_much() -> None:
    large, small = two_speakers().values()
    data = [Corpus(large.training * 4, large.held_out), small]
    batch = draw(data, 6, torch.Generator().manual_seed(1))
    assert batch.speakers.tolist() == [0, 0, 0, 0, 1, 1]


def test_a_training_goes_on_with_the_speakers_it_starts_from() -> None:
    known = torch.randn(VoiceNetwork(SMALL).speaker_width)
    network = fresh(SMALL, torch.zeros(36), torch.ones(36), 0)
    training = Training(network, ["one", "two"], TINY, {"two": known})
    for model in (training.model, training.averaged):
        assert torch.equal(model.speakers[1], known) and not model.speakers[0].any()


def test_a_network_learns_what_it_is_shown() -> None:
    data = two_speakers()
    training = begin(steps=80, rate=3e-3)
    before = training.held_out(data)
    errors = [training.advance(list(data.values())) for _ in range(80)]
    first, last = (sum(e.flow + e.durations for e in part) for part in (errors[:8], errors[-8:]))
    assert last < 0.8 * first
    assert training.held_out(data)["one"].durations < before["one"].durations


def test_speakers_learn_to_differ_from_nothing() -> None:
    training = begin(steps=10, rate=1e-3)
    assert not training.model.speakers.any()
    for _ in range(10):
        training.advance(list(two_speakers().values()))
    assert (training.model.speakers[0] - training.model.speakers[1]).abs().max() > 1e-3


def test_the_rate_rises_is_level_and_falls_to_zero() -> None:
    settings = TINY.model_copy(update={"steps": 100, "warm_up": 10, "cool_down": 50, "rate": 1.0})
    assert learning_rate(0, settings) == pytest.approx(0.1)
    assert learning_rate(30, settings) == 1.0
    assert learning_rate(75, settings) == pytest.approx(0.5)
    assert learning_rate(100, settings) == 0


def test_another_seed_draws_another_training() -> None:
    data = list(two_speakers().values())
    trained = []
    for seed in (0, 1, 1):
        training = begin(seed)
        training.model.network.load_state_dict(begin().model.network.state_dict())
        training.advance(data)
        trained.append(torch.cat([p.flatten() for p in training.model.parameters()]))
    assert torch.equal(trained[1], trained[2]) and not torch.equal(trained[0], trained[1])


def test_going_on_ends_where_not_stopping_does(tmp_path: Path) -> None:
    data = list(two_speakers().values())
    unbroken = begin()
    for _ in range(6):
        unbroken.advance(data)
    stopped = begin()
    for _ in range(3):
        stopped.advance(data)
    stopped.save(tmp_path / "checkpoint.pt")
    torch.rand(7)  # what else the process drew is of no account
    taken_up = begin()
    taken_up.take_up(tmp_path / "checkpoint.pt")
    for _ in range(3):
        taken_up.advance(data)
    for part in ("model", "averaged"):
        ends = [getattr(training, part).state_dict() for training in (unbroken, taken_up)]
        assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_the_seed_decides_the_weights() -> None:
    data = list(two_speakers().values())

    def trained(seed: int) -> torch.Tensor:
        training = begin(seed=seed)
        for _ in range(3):
            training.advance(data)
        return training.model.network.backbone.latent_in.weight

    assert torch.equal(trained(1), trained(1))
    assert not torch.equal(trained(1), trained(2))


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    begin().save(path)
    other = Training(VoiceNetwork(SMALL), ["one"], TINY)
    with pytest.raises(TrainingError, match="another training"):
        other.take_up(path)


def test_history_forgets_what_is_trained_again(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures need matplotlib")
    history = History(tmp_path, 0)
    for step in (0, 5, 10):
        history.add(step, Errors(1.0, 0.1) if step else None, {"one": Errors(1.2, 0.2)}, 1.0)
    again = History(tmp_path, 5)
    assert [row["step"] for row in again.rows] == [0, 5]
    assert "one flow 1.2000" in again.last()
    again.draw(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 1000


def test_settings_say_what_is_wrong_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "voice.toml"
    path.write_text('step = 3\n[corpora]\none = "one.jsonl"\n')
    with pytest.raises(TrainingError, match=r"voice.toml: step: "):
        read_settings(path, TrainingSettings)
    path.write_text('steps = 3\n[corpora]\none = "one.jsonl"\n')
    assert read_settings(path, TrainingSettings).steps == 3


def test_the_settings_of_our_own_training_are_valid() -> None:
    settings = read_settings(Path(tts.training.__file__).parent / "voice.toml", TrainingSettings)
    assert list(settings.corpora) == ["heart", "michael"]


def spaced(words: str, frames: int = 20) -> dict[str, torch.Tensor]:
    symbols = [PAD, *(SYMBOLS[symbol] for symbol in words), PAD]
    units = torch.full((len(symbols),), frames * 1920 / 600 / len(symbols))
    return {"z": torch.randn(frames, 36), "sym": torch.tensor(symbols), "dur": units}


def test_a_cut_sentence_is_known_up_to_the_word_ahead() -> None:
    written = "wən tu, θɹi fɔɹ fIv."
    rows = [*[spaced(written)] * 200, spaced(written + written, 40)]
    whole = collate(prepare(rows, VoiceNetwork(SMALL)))
    batch = Batch(**{field.name: getattr(whole, field.name)[:200] for field in fields(Batch)})
    early = glimpse(batch, torch.Generator().manual_seed(3))
    seen = set()
    for known, mask, clause, heard in zip(
        early.symbols, early.mask, early.clause, early.heard, strict=True
    ):
        text = "".join(READ[i] for i in known[mask][1:-1].tolist())
        cut = int(clause.sum())
        seen.add((text, written[: max(0, cut - 1)]))
        assert known[mask][0] == known[mask][-1] == PAD and not known[~mask].any()
        # Whole frames, and none in which anything after the clause is heard.
        assert heard.sum() % 4 == 0
        assert (batch.slots[0][heard] < cut).all()
        assert (batch.slots[0, :80] < cut).sum() - heard.sum() < 4
    assert seen == {
        (written, ""),
        ("wən tu,", "wən"),
        ("wən tu, θɹi fɔɹ", "wən tu, θɹi"),
        (written, "wən tu, θɹi fɔɹ"),
    }


def test_a_cut_sentence_is_learned_from_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    model = begin().model
    torch.manual_seed(0)
    for parameter in model.parameters():
        # As begun, the velocity field knows nothing of the text.
        parameter.data += 0.1 * torch.randn(parameter.shape)
    batch = collate(prepare([spaced("l l l l l l")] * 4, VoiceNetwork(SMALL)))
    batch = replace(batch, symbols=batch.symbols % SMALL.symbols)
    found = []
    for share in (0.0, 1.0):
        monkeypatch.setattr("tts.training.cuts.CUT_SHARE", share)
        with torch.no_grad():
            found.append(losses(model, batch, torch.Generator().manual_seed(1)))
    assert found[0][0] != found[1][0] and found[0][1] != found[1][1]
