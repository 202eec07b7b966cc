/**
 * The body of a voice: one round shape. It breathes while it listens, gathers while it thinks, moves with the
 * spoken level while it speaks, and lies still when something is wrong.
 */

import { set, svg } from "./dom.js";

const POINTS = 48;
const RADIUS = 62;
const TURN = 2 * Math.PI;

/** Where the shape stands: radius, how deep its waves are, how many, and how fast they travel. */
const POSES = {
  waiting: { radius: 0.7, depth: 0.02, waves: 3, speed: 0.15, breath: 0.01 },
  listening: { radius: 0.86, depth: 0.025, waves: 3, speed: 0.25, breath: 0.035 },
  thinking: { radius: 0.58, depth: 0.16, waves: 5, speed: 0.9, breath: 0.02 },
  speaking: { radius: 0.8, depth: 0.03, waves: 4, speed: 0.6, breath: 0 },
  failed: { radius: 0.66, depth: 0.06, waves: 2, speed: 0, breath: 0 },
};

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** One figure; `draw` moves it to where it is now. */
export class VoiceFigure {
  #shape = svg("path", { class: "voice-shape" });
  #now = { ...POSES.waiting };
  #level = 0;
  root = svg("svg", { class: "voice-figure", viewBox: "-74 -74 148 148", "aria-hidden": "true" }, this.#shape);

  /** @param {string} state @param {number} level 0 to 1 @param {number} time seconds */
  draw(state, level, time) {
    const pose = POSES[state] ?? POSES.waiting;
    const ease = still.matches ? 1 : 0.14;
    for (const key of Object.keys(pose)) this.#now[key] += (pose[key] - this.#now[key]) * ease;
    const heard = state === "speaking" && !still.matches ? level : 0;
    this.#level += (heard - this.#level) * 0.5;
    set(this.#shape, { d: outline(this.#now, this.#level, still.matches ? 0 : time) });
  }
}

/** The closed outline of a pose at one moment. */
function outline({ radius, depth, waves, speed, breath }, level, time) {
  const size = RADIUS * (radius + breath * Math.sin(time * 1.6) + 0.42 * level);
  const rough = depth + 0.1 * level;
  const points = Array.from({ length: POINTS }, (_, index) => {
    const angle = (index / POINTS) * TURN;
    const wave = Math.sin(Math.round(waves) * angle + time * speed * TURN);
    const counter = Math.sin(2 * angle - time * speed * 0.6 * TURN);
    const reach = size * (1 + rough * (0.65 * wave + 0.35 * counter));
    return [reach * Math.cos(angle), reach * Math.sin(angle)];
  });
  return smooth(points);
}

/** A closed curve through the middles of neighbours, bent by the points themselves. */
function smooth(points) {
  const middle = (a, b) => `${((a[0] + b[0]) / 2).toFixed(1)} ${((a[1] + b[1]) / 2).toFixed(1)}`;
  const start = `M${middle(points.at(-1), points[0])}`;
  return points.reduce((path, point, index) => {
    const next = points[(index + 1) % points.length];
    return `${path}Q${point[0].toFixed(1)} ${point[1].toFixed(1)} ${middle(point, next)}`;
  }, start) + "Z";
}
