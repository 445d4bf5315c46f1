// An AudioWorklet that measures one stream: its level, and when sound began and ended.
// Times are those of the audio context, in seconds; levels are dBFS.

const BLOCK_SECONDS = 0.01;
const AUDIBLE = -45;
const OVER_FLOOR = 10;
const ONSET_BLOCKS = 3;
const QUIET_BLOCKS = 20;

class Meter extends AudioWorkletProcessor {
  power = 0;
  samples = 0;
  floor = -60;
  loudEnd = 0;      // end of the last block well above the noise floor: where speech ended
  onset = 0;        // where the latest audible sound began
  loudRun = 0;
  quietRun = QUIET_BLOCKS;

  process([input]) {
    const channel = input[0];
    if (channel) {
      for (const sample of channel) this.power += sample * sample;
    }
    this.samples += channel ? channel.length : 128;
    if (this.samples >= sampleRate * BLOCK_SECONDS) this.finishBlock();
    return true;
  }

  finishBlock() {
    const level = 10 * Math.log10(this.power / this.samples + 1e-10);
    const now = currentTime;
    this.power = this.samples = 0;
    // The floor follows quiet at once and noise slowly, so speech hardly lifts it.
    this.floor = level < this.floor ? level : this.floor + 0.02;
    if (level > Math.max(this.floor, -70) + OVER_FLOOR) this.loudEnd = now;
    this.watchOnset(level > AUDIBLE, now);
    this.port.postMessage({ level, loudEnd: this.loudEnd, onset: this.onset });
  }

  watchOnset(audible, now) {
    this.loudRun = audible ? this.loudRun + 1 : 0;
    if (this.loudRun === ONSET_BLOCKS && this.quietRun >= QUIET_BLOCKS) {
      this.onset = now - ONSET_BLOCKS * BLOCK_SECONDS;
    }
    if (audible && this.loudRun >= ONSET_BLOCKS) this.quietRun = 0;
    else if (!audible) this.quietRun += 1;
  }
}

registerProcessor("meter", Meter);
