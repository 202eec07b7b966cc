/** The graph, drawn: a link is as wide as its rate and as filled as its queue; a drop flashes once. */

import { element, say, set, svg } from "./dom.js";
import { layOut } from "./graph-layout.js";
import { strings } from "./strings.js";

export class GraphDrawing {
  #shape = "";
  /** @type {Map<string, any>} */ #nodes = new Map();
  /** @type {Map<string, any>} */ #links = new Map();
  /** What is pointed at: the key of a link, or an actor's path. */ #focus = "";

  /** @param {HTMLElement} root @param {HTMLElement} detail */
  constructor(root, detail) {
    this.root = root;
    this.detail = detail;
  }

  /** @param {import("./graph-model.js").GraphModel} graph */
  draw(graph) {
    const shape = JSON.stringify([graph.actors.map(({ path }) => path), graph.links.map(({ key }) => key)]);
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#build(graph);
    }
    for (const link of graph.links) this.#drawLink(link);
    for (const actor of graph.actors) this.#drawActor(actor);
    this.#tell(graph);
  }

  #build(graph) {
    this.#nodes.clear();
    this.#links.clear();
    if (!graph.actors.length) {
      this.root.replaceChildren(element("p", { class: "empty" }, strings.noGraph));
      return;
    }
    const { places, curves, width, height } = layOut(graph.actors.map(({ path }) => path), graph.links);
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": strings.graph });
    picture.style.setProperty("--natural-width", `${Math.ceil(width)}px`);
    for (const [key, path] of curves) picture.append(this.#link(key, path));
    for (const place of places) picture.append(this.#node(place));
    this.root.replaceChildren(picture);
  }

  #link(key, path) {
    const pipe = svg("path", { class: "pipe", d: path });
    const fill = svg("path", { class: "queue", d: path, pathLength: 1 });
    const reach = svg("path", { class: "reach", d: path });
    const group = svg("g", { class: "link", ...this.#pointed(key) }, pipe, fill, reach);
    this.#links.set(key, { group, pipe, fill });
    return group;
  }

  #node({ id, path, label, x, y, width, height }) {
    const box = svg("rect", { x: x - width / 2, y: y - height / 2, width, height, rx: height / 2 });
    const name = svg("text", { x, y: y + 5 }, label);
    const count = svg("text", { class: "restarts", x: x + width / 2 - 4, y: y - height / 2 + 4 });
    const group = svg("g", { class: "actor", ...this.#pointed(path) }, box, name, count);
    this.#nodes.set(id, { group, count, path });
    return group;
  }

  #pointed(key) {
    const point = () => {
      this.#focus = key;
      this.#tell(this.graph);
    };
    return { tabindex: 0, role: "img", onpointerenter: point, onfocus: point, onclick: point };
  }

  #drawLink(link) {
    const drawn = this.#links.get(link.key);
    if (!drawn) return;
    const width = 1.5 + Math.min(7, 1.6 * Math.log2(1 + link.rate / 4));
    set(drawn.pipe, { "stroke-width": width.toFixed(1) });
    set(drawn.fill, {
      "stroke-width": Math.max(1.5, width - 1).toFixed(1),
      "stroke-dasharray": `${Math.min(1, link.depth / link.capacity).toFixed(3)} 1`,
      "data-empty": link.depth === 0,
    });
    set(drawn.group, { "data-dropping": link.dropping, "aria-label": linkText(link) });
  }

  #drawActor(actor) {
    for (const { group, count, path } of this.#nodes.values()) {
      if (path !== actor.path) continue;
      set(group, { "data-state": actor.state, "data-restarted": actor.restarted, "aria-label": actorText(actor) });
      say(count, actor.restarts ? `×${actor.restarts}` : actor.state === "degraded" ? "!" : "");
    }
  }

  #tell(graph) {
    this.graph = graph;
    const link = graph.links.find(({ key }) => key === this.#focus);
    const actor = graph.actors.find(({ path }) => path === this.#focus);
    const hint = graph.actors.length ? strings.graphHint : "";
    say(this.detail, link ? linkText(link) : actor ? actorText(actor) : hint);
  }
}

function linkText({ source, target, rate, depth, capacity, drops }) {
  return strings.linkDetail(source, target, rate, depth, capacity, drops);
}

function actorText({ path, state, restarts }) {
  return strings.actorDetail(path, strings.actorStates[state] ?? state, restarts);
}
