// The picture of the call: swells with whoever is being heard.

import { loudness } from "./levels.js";

export class Orb {
  #element;
  #level = 0;
  #levels = null;

  constructor(element) {
    this.#element = element;
  }

  follow(levels) {
    const idle = !this.#levels;
    this.#levels = levels;
    if (idle && levels) requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    const speaking = document.body.dataset.floor === "speaking";
    const heard = this.#levels ? (speaking ? this.#levels.theirs : this.#levels.mine).level : -100;
    const target = loudness(heard);
    // Up quickly, down slowly: the eye forgives lateness, not flicker.
    this.#level += (target - this.#level) * (target > this.#level ? 0.35 : 0.08);
    this.#element.style.setProperty("--level", this.#level.toFixed(3));
    if (this.#levels || this.#level > 0.01) requestAnimationFrame(() => this.#draw());
  }
}
