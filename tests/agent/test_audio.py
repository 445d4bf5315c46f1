"""Audio files in and out, and those that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from agent.audio import AudioFileError, read_audio, to_int16, writing

TONE = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000).astype(np.float32) / 2


def pitch(samples: np.ndarray, rate: int) -> float:
    """The loudest frequency, Hz."""
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * rate / len(samples))


def test_8_khz_stereo_becomes_16_khz_mono(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.stack([TONE, TONE], axis=1), 8000)
    samples = read_audio(tmp_path / "a.wav", 16_000)
    assert samples.dtype == np.int16
    assert len(samples) == 16_000
    assert pitch(samples, 16_000) == pytest.approx(440, abs=2)
    assert np.abs(samples).max() == pytest.approx(16383, rel=0.02)


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg"])
def test_what_is_written_is_read_again(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    with writing(path, 8000) as file:
        for part in np.split(to_int16(TONE), 4):
            file.write(part)
    assert pitch(read_audio(path, 8000), 8000) == pytest.approx(440, abs=2)


def test_loud_samples_are_clipped() -> None:
    assert to_int16(np.array([-2.0, 0.0, 2.0], np.float32)).tolist() == [-32767, 0, 32767]


def test_files_that_are_no_audio(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with pytest.raises(AudioFileError, match="cannot be read: No such file"):
        read_audio(path, 16_000)
    path.touch()
    with pytest.raises(AudioFileError, match=r"a\.wav is empty"):
        read_audio(path, 16_000)
    path.write_text("not sound at all")
    with pytest.raises(AudioFileError, match=r"a\.wav is not an audio file"):
        read_audio(path, 16_000)
    soundfile.write(path, np.zeros(0, np.float32), 16_000)
    with pytest.raises(AudioFileError, match=r"a\.wav holds no sound"):
        read_audio(path, 16_000)


def test_names_and_places_that_cannot_be_written(tmp_path: Path) -> None:
    with (
        pytest.raises(AudioFileError, match=r"end it in \.wav, \.flac or \.ogg"),
        writing(tmp_path / "a.mp4", 16_000),
    ):
        pass
    with (
        pytest.raises(AudioFileError, match="cannot be written: No such file"),
        writing(tmp_path / "none" / "a.wav", 16_000),
    ):
        pass
