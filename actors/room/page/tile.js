/** One person, agent or shared screen on the stage. */

import { element, say, set } from "./dom.js";
import { Level, VOICE } from "./level.js";
import { strings } from "./strings.js";
import { VoiceFigure } from "./voice-figure.js";

/** A participant: picture if there is one, else a voice figure (agent) or an initial (person). */
export class Tile {
  /** @type {Level | null} */ level = null;
  state = "waiting";
  speaking = false;

  #picture = element("video", { class: "picture", playsinline: true, hidden: true });
  #name = element("span", { class: "who" });
  #note = element("span", { class: "note" });
  #body;
  #figure;

  /** @param {import("./callboard.js").Participant} participant @param {boolean} own */
  constructor(participant, own) {
    this.own = own;
    this.#picture.muted = true; // Sound has its own element; this one only shows.
    this.#figure = participant.agent ? new VoiceFigure() : null;
    this.#body = this.#figure?.root ?? element("span", { class: "initial", "aria-hidden": "true" });
    this.root = element(
      "figure",
      { class: "tile", "data-kind": own ? "own" : participant.agent ? "agent" : "person" },
      element("div", { class: "presence" }, this.#body, this.#picture),
      element("figcaption", {}, this.#name, this.#note),
    );
    this.update(participant);
  }

  /** @param {import("./callboard.js").Participant} participant */
  update(participant) {
    this.participant = participant;
    say(this.#name, this.own ? strings.you : participant.name);
    if (!this.#figure) say(this.#body, [...participant.name][0]?.toUpperCase() ?? "·");
    if (!participant.media?.camera) this.show(null);
    this.#describe();
  }

  /** @param {MediaStreamTrack | null} track */
  show(track) {
    this.#picture.hidden = !track;
    this.#body.toggleAttribute("hidden", Boolean(track));
    if (this.#picture.srcObject?.getTracks()[0] === (track ?? undefined)) return;
    this.#picture.srcObject = track && new MediaStream([track]);
    if (track) void this.#picture.play().catch(() => {});
  }

  /** @param {MediaStreamTrack | null} track */
  hear(track) {
    if (this.level?.track === track) return;
    this.level?.close();
    this.level = track && new Level(track);
  }

  /** @param {string} state of an agent: waiting, listening, thinking, speaking, failed, reconnecting */
  enter(state) {
    this.state = state;
    set(this.root, { "data-state": state });
    this.#describe();
  }

  /** Moves ring and figure to this moment. @param {number} time seconds */
  draw(time) {
    const silent = !this.participant.agent && !this.participant.media?.microphone;
    const level = this.level && !silent ? this.level.read() : 0;
    this.speaking = level > VOICE;
    this.root.style.setProperty("--level", level.toFixed(3));
    this.root.classList.toggle("speaking", this.speaking);
    // The ear decides: a voice that sounds is speaking, whatever was last said about it.
    this.#figure?.draw(this.speaking && this.state !== "failed" ? "speaking" : this.state, level, time);
  }

  close() {
    this.level?.close();
    this.#picture.srcObject = null;
    this.root.remove();
  }

  #describe() {
    const person = this.participant.media?.microphone ? "" : strings.mutedMark;
    const state = strings.agentStates[this.state] ?? "";
    say(this.#note, this.participant.agent ? state : this.state === "reconnecting" ? state : person);
  }
}

/** A shared screen. */
export class ScreenTile {
  #picture = element("video", { class: "picture", playsinline: true });

  /** @param {MediaStreamTrack} track @param {string} title */
  constructor(track, title) {
    this.track = track;
    this.#picture.muted = true;
    this.#picture.srcObject = new MediaStream([track]);
    void this.#picture.play().catch(() => {});
    this.root = element(
      "figure",
      { class: "tile", "data-kind": "screen" },
      element("div", { class: "presence" }, this.#picture),
      element("figcaption", {}, element("span", { class: "who" }, title)),
    );
  }

  close() {
    this.#picture.srcObject = null;
    this.root.remove();
  }
}
