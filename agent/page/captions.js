// What both sides said, turn by turn, and where the silence before each answer went.

const NAMES = { caller: "You", agent: "Parley" };

const PARTS = {
  transcript: "words",
  endpointing: "pause",
  first_token: "thought",
  first_clause: "clause",
  first_audio: "voice",
  sent: "sending",
  network: "network",
};

export class Captions {
  #list;
  #announcer;
  #items = new Map();
  #call = 0;

  constructor(list, announcer) {
    this.#list = list;
    this.#announcer = announcer;
  }

  // Turn numbers begin anew with every call; what was said before stays to be read.
  newCall() {
    this.#call += 1;
  }

  show({ who, text, final, turn }) {
    this.#following(() => {
      const item = this.#item(who, turn);
      item.querySelector(".words").textContent = text;
      item.classList.toggle("interim", !final);
    });
    if (final) this.#announcer.textContent = `${NAMES[who]}: ${text}`;
  }

  // `heard` is the silence measured here, from the last of the caller's voice to the first sound.
  showLatency(latency, heard = null) {
    this.#following(() => this.#fill(this.#strip(this.#item("agent", latency.turn)), latency, heard));
  }

  #fill(strip, latency, heard) {
    const parts = Object.keys(PARTS)
      .filter((name) => name in latency)
      .map((name) => [name, latency[name]]);
    if (heard !== null) parts.push(["network", Math.max(0, heard - latency.total)]);
    const total = heard ?? latency.total;
    strip.querySelector("b").textContent = `${total.toFixed(2)} s`;
    strip.querySelector("small").textContent = heard === null ? "to the first sound sent" : "until you heard it";
    strip.querySelector(".bar").replaceChildren(...parts.map(([name, seconds]) => segment(name, seconds)));
    strip.querySelector(".legend").replaceChildren(
      ...parts.filter(([, seconds]) => seconds >= 0.005).map(([name, seconds]) => entry(name, seconds)));
  }

  #item(who, turn) {
    const key = `${this.#call}/${turn}/${who}`;
    let item = this.#items.get(key);
    if (!item) {
      item = element("li", who);
      item.append(element("span", "who", NAMES[who]), element("p", "words"));
      this.#items.set(key, item);
      this.#list.append(item);
    }
    return item;
  }

  #strip(item) {
    let strip = item.querySelector(".strip");
    if (!strip) {
      strip = element("div", "strip");
      const total = element("p", "total");
      total.append(element("b"), element("small"));
      strip.append(total, element("div", "bar"), element("p", "legend"));
      item.append(strip);
    }
    return strip;
  }

  // Keeps the newest words in view while they change, unless the reader has scrolled back.
  #following(change) {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    change();
    if (scrollHeight - scrollTop - clientHeight < 48) this.#list.scrollTop = this.#list.scrollHeight;
  }
}

function segment(name, seconds) {
  const part = element("i", name);
  part.style.flexGrow = String(Math.round(1000 * seconds));
  part.title = `${PARTS[name]} ${seconds.toFixed(2)} s`;
  return part;
}

function entry(name, seconds) {
  const part = element("span", name, PARTS[name]);
  part.append(` ${seconds.toFixed(2)}`);
  return part;
}

function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
