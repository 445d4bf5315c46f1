// Meters on both directions of a call, in one audio context and so on one clock.

export class Levels {
  constructor() {
    this.context = new AudioContext({ latencyHint: "interactive" });
    this.loaded = this.context.audioWorklet.addModule("/page/meter.js");
    this.loaded.catch(() => {}); // closed before it was needed
    this.mine = { level: -100, loudEnd: 0, onset: 0 };
    this.theirs = { level: -100, loudEnd: 0, onset: 0 };
    this.onAgentSound = () => {};
    this.nodes = new Map();
  }

  async watchMicrophone(stream) {
    await this.#watch("mine", stream, (now) => { this.mine = now; });
  }

  async watchAgent(stream) {
    await this.#watch("theirs", stream, (now) => {
      const began = now.onset > this.theirs.onset;
      this.theirs = now;
      if (began) this.onAgentSound(now.onset);
    });
  }

  async #watch(name, stream, onReading) {
    await this.loaded;
    await this.context.resume();
    this.nodes.get(name)?.disconnect();
    const source = this.context.createMediaStreamSource(stream);
    const meter = new AudioWorkletNode(this.context, "meter", { numberOfOutputs: 0 });
    meter.port.onmessage = ({ data }) => onReading(data);
    source.connect(meter);
    this.nodes.set(name, source);
  }

  async close() {
    this.onAgentSound = () => {};
    await this.context.close();
  }
}

// 0 for silence, 1 for loud speech: what a picture of sound should move by.
export function loudness(level) {
  return Math.min(1, Math.max(0, (level + 55) / 40));
}
