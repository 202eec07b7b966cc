/** The last minute of speech in two lanes, and under each reply what it waited for. */

import { element, say, svg } from "./dom.js";
import { strings } from "./strings.js";

const SPAN = 60;
const LANES = { people: 8, agent: 40 };
const LANE_HEIGHT = 20;
const BASE = 78;
const HEIGHT = 150;
/** Pixels a second in the bars of latency: a reply of one second is as high as this. */
const SECOND = 52;
const TALLEST = 52;
const STAGES = ["hearing", "thinking", "speaking", "network"];

export class TimelineDrawing {
  #focus = 0;
  #told = "";

  /** @param {HTMLElement} root @param {HTMLElement} detail */
  constructor(root, detail) {
    this.root = root;
    this.detail = detail;
  }

  /** @param {import("./turn-model.js").TurnModel} turns @param {number} now seconds */
  draw(turns, now) {
    if (!turns.bars.length) {
      if (!this.root.firstElementChild?.matches(".empty"))
        this.root.replaceChildren(element("p", { class: "empty" }, strings.noTurns));
      return;
    }
    const width = this.root.clientWidth;
    const x = (time) => width * (1 - (now - time) / SPAN);
    const lanes = Object.entries(LANES).flatMap(([lane, y]) => [
      svg("path", { class: "lane", d: `M0 ${y + LANE_HEIGHT}h${width}` }),
      svg("text", { class: "lane-name", x: 0, y: y + 14 }, strings[lane]),
    ]);
    const bars = turns.bars.map(({ lane, from, to }) => {
      const place = { x: x(from), y: LANES[lane], width: Math.max(1.5, x(to) - x(from)), height: LANE_HEIGHT, rx: 3 };
      return svg("rect", { class: `speech ${lane}`, ...place });
    });
    const tick = `v${LANE_HEIGHT + 8}`;
    const ends = turns.ends.map((at) => svg("path", { class: "end", d: `M${x(at)} ${LANES.people - 4}${tick}` }));
    const replies = turns.replies.map((reply) => this.#reply(reply, x(reply.at)));
    const held = this.root.contains(document.activeElement);
    this.root.replaceChildren(
      svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "group" }, ...lanes, ...bars, ...ends, ...replies),
      element("p", { class: "scale" }, ...[strings.lastSeconds(SPAN), strings.now].map((text) => element("span", {}, text))),
    );
    if (held) this.root.querySelector("[data-focus]")?.focus();
    const shown = turns.replies.find(({ at }) => at === this.#focus) ?? turns.replies.at(-1);
    if (shown) this.#tell(shown);
  }

  #reply(reply, x) {
    const scale = Math.min(SECOND, TALLEST / reply.total);
    let y = BASE;
    const parts = STAGES.map((stage) => {
      const height = reply.stages[stage] * scale;
      const part = svg("rect", { class: `part ${stage}`, x: x - 5, y, width: 10, height: Math.max(0, height) });
      y += height;
      return part;
    });
    const point = () => {
      this.#focus = reply.at;
      this.#tell(reply);
    };
    const label = svg("text", { class: "total", x, y: y + 16 }, `${Math.round(reply.total * 1000)}`);
    return svg(
      "g",
      {
        class: "reply", tabindex: 0, role: "img", "aria-label": text(reply), "data-focus": reply.at === this.#focus,
        onpointerenter: point, onfocus: point, onclick: point,
      },
      ...parts, label, svg("rect", { class: "reach", x: x - 22, y: BASE - 4, width: 44, height: HEIGHT - BASE }),
    );
  }

  #tell(reply) {
    const told = text(reply);
    if (told === this.#told) return;
    this.#told = told;
    say(this.detail, told);
  }
}

function text({ total, stages, interrupted }) {
  const parts = STAGES.map((stage) => strings.stageDetail(strings.stages[stage], stages[stage]));
  return strings.replyDetail(total, interrupted ? [...parts, strings.interrupted] : parts);
}
