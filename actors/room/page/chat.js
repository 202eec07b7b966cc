/** Typed lines, for everybody, also for who has no microphone. */

import { byId, element, say } from "./dom.js";
import { strings } from "./strings.js";

export class Chat {
  #list = byId("messages");
  #line = byId("line");

  /** @param {import("./callboard.js").Call} call @param {() => void} arrived told of each line of others */
  constructor(call, arrived) {
    this.call = call;
    this.arrived = arrived;
    this.submit = (event) => {
      event.preventDefault();
      this.#send();
    };
    byId("say").addEventListener("submit", this.submit);
    this.stops = [
      call.on("message", ({ from, data }) => this.#receive(from, data)),
      call.on("participant_joined", ({ participant: { name, hidden } }) => !hidden && this.#mark(strings.joinedMark(name))),
      call.on("participant_left", ({ participant: { name, hidden } }) => !hidden && this.#mark(strings.leftMark(name))),
    ];
  }

  focus() {
    this.#line.focus();
  }

  close() {
    for (const stop of this.stops) stop();
    byId("say").removeEventListener("submit", this.submit);
    this.#list.replaceChildren();
  }

  #send() {
    const text = this.#line.value.trim();
    if (!text) return;
    if (!this.call.send({ chat: text })) return this.#mark(strings.notSent);
    this.#line.value = "";
    this.#add(strings.you, text, "own");
  }

  #receive(from, data) {
    const text = typeof data?.chat === "string" ? data.chat : null;
    if (text === null || from === this.call.id) return; // Other data is somebody else's business.
    const known = this.call.participants.get(from);
    this.#add(known?.name ?? "", text, known?.agent ? "agent" : "person");
    this.arrived();
  }

  #add(name, text, kind) {
    this.#append(element("li", { "data-kind": kind }, element("b", {}, name), element("p", {}, text)));
  }

  #mark(text) {
    const item = element("li", { class: "mark" });
    say(item, text);
    this.#append(item);
  }

  #append(item) {
    this.#list.append(item);
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}
