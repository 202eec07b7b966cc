/** The lobby: are you heard, what are you called, who is inside, and in. */

import { Call } from "./callboard.js";
import { byId, element, say } from "./dom.js";
import { icon } from "./icons.js";
import { Level, VOICE } from "./level.js";
import { remember, remembered } from "./memory.js";
import { strings, trouble } from "./strings.js";

const BARS = 17;
const ASK_EVERY = 5000;

/** Shows itself until somebody joins; then `entered` is called once. */
export class Lobby {
  /** @type {Level | null} */ #level = null;
  #bars = Array.from({ length: BARS }, () => element("i"));
  #history = new Array(BARS).fill(0);
  #heard = false;
  #open = true;

  /**
   * @param {Call} call
   * @param {string} room
   * @param {{join: (name: string) => Promise<void>}} door
   */
  constructor(call, room, door) {
    this.call = call;
    this.room = room;
    this.door = door;
    say(byId("room-name"), room);
    document.title = strings.pageTitle(room);
    byId("meter").append(...this.#bars);
    byId("name").value = remembered("name") ?? "";
    this.buttons = { microphone: this.#toggle("microphone"), camera: this.#toggle("camera") };
    byId("mirror").append(element("div", { class: "mirror-controls" }, ...Object.values(this.buttons)));
    byId("entrance").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#enter();
    });
    byId("join-quietly").addEventListener("click", () => void this.#enterQuietly());
    byId("choose-microphone").addEventListener("change", ({ target }) => this.choose("microphone", target.value));
    byId("choose-camera").addEventListener("change", ({ target }) => this.choose("camera", target.value));
    byId("choose-speaker").addEventListener("change", ({ target }) => void call.setSpeaker(target.value));
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.#listDevices());
    call.on("local", () => this.#show());
    this.#show();
    this.#draw();
    void this.#askWhoIsInside();
  }

  /** Asks for the microphone, so that the meter moves before anybody joins. */
  async listen() {
    say(byId("hearing"), strings.askingForMicrophone);
    await this.choose("microphone", remembered("microphone") ?? "");
  }

  /** @param {"microphone" | "camera"} kind @param {string} deviceId "off" for none */
  async choose(kind, deviceId) {
    const on = deviceId !== "off";
    this.complain("");
    try {
      if (kind === "microphone") await this.call.setMicrophone(on, on && deviceId ? deviceId : undefined);
      else await this.call.setCamera(on, on && deviceId ? deviceId : undefined);
      if (deviceId && on) remember(kind, deviceId);
    } catch (error) {
      if (kind === "microphone" && deviceId && error instanceof DOMException && error.name === "OverconstrainedError")
        return this.choose(kind, "");
      this.complain(trouble(error, strings[kind].toLowerCase()));
    }
    this.#show();
    await this.#listDevices();
  }

  /** @param {"microphone" | "camera"} kind */
  toggle(kind) {
    return this.choose(kind, this.call.media[kind] ? "off" : "");
  }

  /** @param {string} sentence empty when all is well */
  complain(sentence) {
    say(byId("trouble"), sentence);
    byId("trouble").hidden = !sentence;
  }

  /** Goes in by itself, as `?join=1` asks. @param {string} name @param {boolean} muted */
  async enterAs(name, muted) {
    byId("name").value = name;
    if (muted) await this.call.setMicrophone(false);
    await this.#enter();
  }

  close() {
    this.#open = false;
    this.#level?.close();
  }

  async #enterQuietly() {
    if (!byId("entrance").reportValidity()) return;
    await this.call.setMicrophone(false);
    await this.#enter();
  }

  async #enter() {
    const name = byId("name").value.trim();
    if (!name) return byId("name").focus();
    remember("name", name);
    this.#busy(true);
    try {
      await this.door.join(name);
    } catch (error) {
      this.complain(trouble(error));
    } finally {
      this.#busy(false);
    }
  }

  /** @param {boolean} busy */
  #busy(busy) {
    byId("join").disabled = byId("join-quietly").disabled = busy;
    say(byId("join"), busy ? strings.joining : strings.join);
  }

  #toggle(kind) {
    return element("button", { type: "button", onclick: () => void this.toggle(kind) });
  }

  #show() {
    for (const kind of /** @type {const} */ (["microphone", "camera"])) {
      const on = this.call.media[kind];
      const refused = kind === "microphone" && !this.call.localTrack(kind) && !byId("trouble").hidden;
      const label = refused ? strings.tryAgain : strings.controls[kind][on ? "on" : "off"];
      this.buttons[kind].replaceChildren(icon(on ? kind : `${kind}Off`), label);
      this.buttons[kind].setAttribute("aria-keyshortcuts", strings.controls[kind].key);
    }
    const camera = this.call.localTrack("camera");
    const picture = byId("own-picture");
    picture.hidden = !camera;
    if (picture.srcObject?.getTracks()[0] !== camera) {
      picture.srcObject = camera && new MediaStream([camera]);
      if (camera) void picture.play().catch(() => {});
    }
    const microphone = this.call.localTrack("microphone");
    if (this.#level?.track !== microphone) {
      this.#level?.close();
      this.#level = microphone && new Level(microphone);
      this.#heard = false;
    }
  }

  #draw() {
    if (!this.#open) return;
    const on = this.call.media.microphone && this.#level?.awake;
    this.#history.push(on ? this.#level.read() : 0);
    this.#history.shift();
    // The newest reading stands in the middle and runs outwards: the meter opens like a curtain.
    const middle = BARS >> 1;
    this.#bars.forEach((bar, index) => {
      const age = Math.abs(index - middle) * 2;
      bar.style.setProperty("--bar", String(Math.max(0.08, this.#history[BARS - 1 - age] ?? 0)));
    });
    if (on && this.#level.value > VOICE) this.#heard = true;
    byId("mirror").dataset.state = on ? (this.#heard ? "heard" : "waiting") : "off";
    if (on) say(byId("hearing"), this.#heard ? strings.heard : strings.saySomething);
    else if (this.call.localTrack("microphone") && !this.call.media.microphone) say(byId("hearing"), strings.mutedMark);
    else if (!byId("trouble").hidden) say(byId("hearing"), strings.noMicrophone);
    requestAnimationFrame(() => this.#draw());
  }

  async #listDevices() {
    const { microphones, cameras, speakers } = await Call.devices();
    const fill = (id, devices, name, current, first) => {
      const options = devices.map((device, index) =>
        element("option", { value: device.deviceId }, device.label || name(index + 1)),
      );
      byId(id).replaceChildren(...(first ? [first] : []), ...options);
      const chosen = current?.getSettings().deviceId;
      if (chosen) byId(id).value = chosen;
    };
    fill("choose-microphone", microphones, strings.microphoneNumber, this.call.localTrack("microphone"));
    const none = element("option", { value: "off" }, strings.noCamera);
    fill("choose-camera", cameras, strings.cameraNumber, this.call.localTrack("camera"), none);
    fill("choose-speaker", speakers, strings.speakerNumber, null);
    byId("speaker-choice").hidden = !speakers.length || !("setSinkId" in HTMLMediaElement.prototype);
  }

  async #askWhoIsInside() {
    while (this.#open) {
      const inside = await whoIsInside(this.room);
      if (inside) {
        const names = inside.participants.map(({ name }) => name);
        say(byId("inside"), inside.private ? "" : names.length ? strings.inside(names) : strings.nobodyInside);
      }
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
    }
  }
}

/** @param {string} room @returns {Promise<{private: boolean, auto_join: boolean, participants: {name: string}[]} | null>} */
export async function whoIsInside(room) {
  try {
    const answer = await fetch(`/-/rooms/${encodeURIComponent(room)}`);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // The lobby works without; joining will say what is wrong.
  }
}
