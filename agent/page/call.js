// One call: WebRTC and its signalling, from the offer to the hang-up, through drops and busy lines.
// Emits "phase" (connecting | connected | waiting | over), "message" and "voice" events.

const CALLS = "/v1/realtime/calls";
const BACKOFF_SECONDS = [0.5, 1, 2, 4, 8, 8, 8, 8];
const DROPPED_SECONDS = 4;
const CONNECT_SECONDS = 15;

class Busy extends Error {
  constructor(seconds) {
    super("All lines are busy.");
    this.seconds = seconds;
  }
}

class Refused extends Error {}

export class Call extends EventTarget {
  #stream;
  #connection = null;
  #location = "";
  #ended = false;
  #drops = 0;
  #timer = 0;

  constructor(stream) {
    super();
    this.#stream = stream;
  }

  async start() {
    this.#say("phase", { phase: "connecting" });
    try {
      await this.#connect();
    } catch (error) {
      this.#failed(error);
    }
  }

  hangUp() {
    this.#finish("");
  }

  async useMicrophone(stream) {
    this.#stream = stream;
    const sender = this.#connection?.getSenders().find(({ track }) => track?.kind === "audio");
    await sender?.replaceTrack(stream.getAudioTracks()[0]);
  }

  async #connect() {
    const connection = new RTCPeerConnection({ iceServers: [] });
    this.#connection = connection;
    for (const track of this.#stream.getAudioTracks()) connection.addTrack(track, this.#stream);
    connection.ontrack = ({ receiver, streams, track }) => {
      // The least delay that the browser's jitter buffer can do with.
      receiver.jitterBufferTarget = 0;
      this.#say("voice", { stream: streams[0] ?? new MediaStream([track]) });
    };
    const channel = connection.createDataChannel("parley");
    channel.onmessage = ({ data }) => this.#heard(JSON.parse(data));
    // When the agent lets go of the connection, this is what the browser notices first.
    channel.onclose = () => connection === this.#connection && this.#failed(new Error("The connection dropped."));
    connection.onconnectionstatechange = () => this.#stateChanged(connection);
    await connection.setLocalDescription();
    await gathered(connection);
    const answer = await this.#offer(connection);
    this.#after(CONNECT_SECONDS, () => this.#failed(new Error("The agent could not be reached over the network.")));
    await connection.setRemoteDescription({ type: "answer", sdp: answer });
  }

  async #offer(connection) {
    const response = await fetch(CALLS, {
      method: "POST",
      headers: { "Content-Type": "application/sdp" },
      body: connection.localDescription.sdp,
    }).catch(() => { throw new Error("The agent does not answer."); });
    const body = await response.text();
    if (response.status === 503) throw new Busy(Number(response.headers.get("Retry-After")) || 5);
    if (response.status !== 201) throw new Refused(body.trim() || `The agent answered ${response.status}.`);
    this.#location = response.headers.get("Location");
    if (this.#ended) this.#release();
    return body;
  }

  #stateChanged(connection) {
    if (connection !== this.#connection || this.#ended) return;
    const state = connection.connectionState;
    if (state === "connected") {
      clearTimeout(this.#timer);
      this.#drops = 0;
      this.#say("phase", { phase: "connected" });
    } else if (state === "disconnected") {
      this.#after(DROPPED_SECONDS, () => this.#failed(new Error("The connection dropped.")));
    } else if (state === "failed" || state === "closed") {
      this.#failed(new Error("The connection dropped."));
    }
  }

  #heard(message) {
    if (message.type === "bye") this.#finish(message.reason);
    else this.#say("message", message);
  }

  #failed(error) {
    if (this.#ended) return;
    this.#release();
    if (error instanceof Refused) return this.#finish(error.message);
    const busy = error instanceof Busy;
    const seconds = busy ? error.seconds : BACKOFF_SECONDS[this.#drops];
    if (seconds === undefined) return this.#finish(`${error.message} Start again when it is back.`);
    if (!busy) this.#drops += 1;
    this.#say("phase", { phase: "waiting", reason: error.message, seconds });
    this.#after(seconds, () => this.start());
  }

  #finish(reason) {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    this.#say("phase", { phase: "over", reason });
  }

  // Lets go of the connection, and tells the agent even while the page goes away.
  #release() {
    clearTimeout(this.#timer);
    if (this.#location) fetch(this.#location, { method: "DELETE", keepalive: true }).catch(() => {});
    this.#location = "";
    const connection = this.#connection;
    this.#connection = null;
    connection?.close();
  }

  #after(seconds, action) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, 1000 * seconds);
  }

  #say(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

// An offer is sent whole, so its candidates come first; there are no servers to ask, so at once.
async function gathered(connection) {
  if (connection.iceGatheringState === "complete") return;
  await new Promise((resolve) => {
    const enough = setTimeout(resolve, 2000);
    connection.onicegatheringstatechange = () => {
      if (connection.iceGatheringState !== "complete") return;
      clearTimeout(enough);
      resolve();
    };
  });
  if (!connection.localDescription.sdp.includes("a=candidate:")) {
    throw new Refused("This device has no network at all, not even its own; browsers can call over a network only.");
  }
}
