/**
 * Surtitles: who says what. Words still being recognized are lighter; words that an interruption cut off are
 * struck through, because they were never heard.
 */

import { byId, element } from "./dom.js";
import { strings } from "./strings.js";

/** Older lines leave the stage. */
const LINES = 4;

export class Captions {
  /** @type {Map<string, HTMLElement>} */ #lines = new Map();
  #root = byId("surtitles");

  /** @param {import("./callboard.js").Call} call */
  constructor(call) {
    this.call = call;
    this.stop = call.on("caption", (caption) => this.#show(caption));
  }

  close() {
    this.stop();
    this.#root.replaceChildren();
  }

  #show({ participant, turn, text, final, heard }) {
    const key = `${participant} ${turn}`;
    const line = this.#lines.get(key) ?? this.#line(key, participant);
    line.classList.toggle("partial", !final);
    line.lastElementChild.replaceChildren(...words(text, final, heard ?? null));
    if (!text) this.#drop(key);
    this.#root.scrollTop = this.#root.scrollHeight;
  }

  #line(key, speaker) {
    const own = speaker === this.call.id;
    const known = this.call.participants.get(speaker);
    const kind = own ? "own" : known?.agent ? "agent" : "person";
    const name = own ? strings.you : (known?.name ?? "");
    const line = element("p", { class: "line", "data-kind": kind }, element("b", {}, name), " ", element("span"));
    this.#lines.set(key, line);
    this.#root.append(line);
    const oldest = this.#lines.keys().next().value;
    if (this.#lines.size > LINES) this.#drop(oldest);
    return line;
  }

  #drop(key) {
    this.#lines.get(key)?.remove();
    this.#lines.delete(key);
  }
}

/**
 * The text in up to two pieces: what stands, and what was cut off.
 * @param {string} text @param {boolean} final
 * @param {string | null} heard the beginning of it that was really played; null where that is not known
 */
function words(text, final, heard) {
  if (!final || heard === null || heard.length >= text.length) return [text];
  return [text.slice(0, heard.length), element("s", {}, text.slice(heard.length))];
}
