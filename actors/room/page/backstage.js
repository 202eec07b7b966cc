/** Backstage: the agent's graph as it runs, what crashed, and how quickly it answered. */

import { byId, element, say } from "./dom.js";
import { GraphDrawing } from "./graph-drawing.js";
import { GraphModel } from "./graph-model.js";
import { strings } from "./strings.js";
import { TimelineDrawing } from "./timeline-drawing.js";
import { TurnModel } from "./turn-model.js";

const CRASHES = 5;
const REDRAW = 0.2;
const MEASURE_NETWORK = 2;

export class Backstage {
  #graph = new GraphModel();
  #turns = new TurnModel();
  #drawing = new GraphDrawing(byId("graph"), byId("graph-detail"));
  #timeline = new TimelineDrawing(byId("timeline"), byId("turn-detail"));
  #open = false;
  #drawn = 0;
  #measured = 0;

  /** @param {import("./callboard.js").Call} call @param {() => void} alarmed told of each crash */
  constructor(call, alarmed) {
    this.call = call;
    this.alarmed = alarmed;
    this.stops = [
      call.on("graph", ({ data }) => this.#report(data)),
      call.on("caption", ({ participant, final }) =>
        this.#turns.caption(this.#isAgent(participant), final, performance.now() / 1000),
      ),
      call.on("agent_state", ({ state }) => this.#turns.state(state, performance.now() / 1000)),
    ];
    this.#drawing.draw(this.#graph);
  }

  /** @param {boolean} open */
  show(open) {
    this.#open = open;
    this.#drawn = 0;
    if (open) this.#drawing.draw(this.#graph);
  }

  /**
   * Called with each frame of the stage.
   * @param {number} now seconds @param {Map<string, import("./tile.js").Tile>} tiles
   */
  heard(now, tiles) {
    const speaks = (agent) => [...tiles.values()].some((tile) => tile.speaking && tile.participant.agent === agent);
    this.#turns.hear("people", speaks(false), now);
    this.#turns.hear("agent", speaks(true), now);
    if (now - this.#measured > MEASURE_NETWORK) {
      this.#measured = now;
      void this.#measureNetwork();
    }
    if (!this.#open || now - this.#drawn < REDRAW) return;
    this.#drawn = now;
    this.#timeline.draw(this.#turns, now);
  }

  close() {
    for (const stop of this.stops) stop();
    for (const part of ["graph", "timeline", "crashes"]) byId(part).replaceChildren();
    for (const part of ["graph-detail", "turn-detail"]) say(byId(part), "");
  }

  #isAgent(id) {
    return this.call.participants.get(id)?.agent ?? false;
  }

  #report(data) {
    if (data?.kind === "statistics") {
      this.#graph.update(data);
      if (this.#open) this.#drawing.draw(this.#graph);
    } else if (data?.kind === "turn") {
      this.#turns.stages(data.stages ?? {});
    } else if (data?.kind === "crash") {
      this.#crash(String(data.path), Number(data.life), String(data.report));
    }
  }

  #crash(path, life, report) {
    const list = byId("crashes");
    const title = element("summary", {}, strings.crashed(path, life));
    const block = element("details", { open: true }, title, element("pre", {}, report));
    for (const older of list.children) older.open = false;
    list.prepend(block);
    list.children[CRASHES]?.remove();
    if (!this.#open) this.alarmed();
  }

  /** Half a round trip, and what the browser's own jitter buffer holds. */
  async #measureNetwork() {
    const agent = [...this.call.participants.values()].find((participant) => participant.agent);
    const report = agent && (await this.call.statistics(agent.id));
    if (!report) return;
    let network = 0;
    report.forEach((entry) => {
      if (entry.type === "candidate-pair" && entry.nominated) network += (entry.currentRoundTripTime ?? 0) / 2;
      if (entry.type === "inbound-rtp" && entry.kind === "audio" && entry.jitterBufferEmittedCount)
        network += entry.jitterBufferDelay / entry.jitterBufferEmittedCount;
    });
    this.#turns.network = network;
  }
}
