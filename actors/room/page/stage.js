/** Who stands on the stage, and how loud they are right now. */

import { byId, element, set } from "./dom.js";
import { strings } from "./strings.js";
import { ScreenTile, Tile } from "./tile.js";

export class Stage {
  /** Tiles by participant id; our own is "". @type {Map<string, Tile>} */ tiles = new Map();
  /** @type {Map<string, ScreenTile>} */ #screens = new Map();
  #root = byId("stage");
  #alone = element("p", { class: "alone" }, strings.alone);
  #open = true;

  /**
   * @param {import("./callboard.js").Call} call
   * @param {string} ownName
   * @param {(now: number, tiles: Map<string, Tile>) => void} heard called with each frame drawn
   */
  constructor(call, ownName, heard) {
    this.call = call;
    this.heard = heard;
    this.#add("", { ...own(call), name: ownName }, true);
    for (const participant of call.participants.values()) this.#welcome(participant);
    this.stops = [
      call.on("participant_joined", ({ participant }) => this.#welcome(participant)),
      call.on("participant_updated", ({ participant }) => this.#update(participant)),
      call.on("participant_left", ({ participant }) => this.#farewell(participant.id)),
      call.on("track", ({ id }) => this.#attach(id)),
      call.on("local", () => this.#attachOwn(ownName)),
      call.on("agent_state", ({ id, state }) => this.tiles.get(id)?.enter(state)),
      call.on("connection", ({ id, state }) => this.#connection(id, state)),
    ];
    for (const id of call.participants.keys()) this.#attach(id);
    this.#attachOwn(ownName);
    this.#draw();
  }

  close() {
    this.#open = false;
    for (const stop of this.stops) stop();
    for (const tile of [...this.tiles.values(), ...this.#screens.values()]) tile.close();
    this.#alone.remove();
  }

  /** @param {import("./callboard.js").Participant} participant */
  #welcome(participant) {
    if (participant.hidden) return;
    this.#add(participant.id, participant, false);
  }

  #add(id, participant, isOwn) {
    const tile = new Tile(participant, isOwn);
    if (isOwn) tile.enter("listening");
    this.tiles.set(id, tile);
    // Others before us: our own place is at the side.
    if (isOwn) this.#root.append(tile.root);
    else this.#root.insertBefore(tile.root, this.tiles.get("").root);
    this.#arrange();
  }

  #update(participant) {
    if (participant.id === this.call.id) return;
    this.tiles.get(participant.id)?.update(participant);
    this.#attach(participant.id);
  }

  #farewell(id) {
    this.tiles.get(id)?.close();
    this.tiles.delete(id);
    this.#dropScreen(id);
    this.#arrange();
  }

  #attach(id) {
    const tile = this.tiles.get(id);
    if (!tile) return;
    const { media, name } = tile.participant;
    tile.hear(this.call.track(id, "microphone"));
    tile.show(media?.camera ? this.call.track(id, "camera") : null);
    this.#share(id, media?.screen ? this.call.track(id, "screen") : null, strings.screenOf(name));
  }

  #attachOwn(name) {
    const tile = this.tiles.get("");
    tile.update({ ...own(this.call), name });
    tile.hear(this.call.localTrack("microphone"));
    tile.show(this.call.localTrack("camera"));
    this.#share("", this.call.localTrack("screen"), strings.yourScreen);
  }

  #share(id, track, title) {
    if (this.#screens.get(id)?.track === (track ?? undefined)) return;
    this.#dropScreen(id);
    if (track) {
      const screen = new ScreenTile(track, title);
      this.#screens.set(id, screen);
      this.#root.prepend(screen.root);
    }
    this.#arrange();
  }

  #dropScreen(id) {
    this.#screens.get(id)?.close();
    this.#screens.delete(id);
  }

  #connection(id, state) {
    const tile = this.tiles.get(id);
    if (!tile) return;
    if (state === "connected") {
      if (tile.state === "reconnecting" || tile.state === "waiting") tile.enter("listening");
    } else if (state === "failed" || state === "disconnected") tile.enter("reconnecting");
  }

  #arrange() {
    const others = this.tiles.size - 1;
    set(this.#root, { "data-others": Math.min(others, 5), "data-screens": this.#screens.size || null });
    if (others) this.#alone.remove();
    else this.#root.prepend(this.#alone);
  }

  #draw() {
    if (!this.#open) return;
    const now = performance.now() / 1000;
    for (const tile of this.tiles.values()) tile.draw(now);
    this.heard(now, this.tiles);
    requestAnimationFrame(() => this.#draw());
  }
}

/** Ourselves as a participant, before and after the room has said how it sees us. */
function own(call) {
  return { id: "", name: "", agent: false, hidden: false, ...call.me, media: call.media };
}
