/**
 * Who spoke when, and how long each reply took, as this page heard it. Pure: times in seconds come in with each call.
 *
 * A reply's latency runs from the last sound of a person to the first sound of the agent at this loudspeaker. The
 * agent's own figures split it where it sends them; otherwise the moments at which its state and captions arrived do.
 */

/** A pause shorter than this is a breath, not an end. */
const BREATH = 0.35;
/** Sounds shorter than this are clicks. */
const CLICK = 0.06;
const WINDOW = 60;
const LONGEST_REPLY = 12;

/** @typedef {{lane: "people" | "agent", from: number, to: number}} Bar */
/** @typedef {{at: number, total: number, stages: Record<string, number>, interrupted: boolean, told: boolean}} Reply */

export class TurnModel {
  /** @type {Bar[]} */ bars = [];
  /** Ends of turns. @type {number[]} */ ends = [];
  /** @type {Reply[]} */ replies = [];
  /** What the way to the agent and back adds, as last measured. */ network = 0;
  /** @type {Record<string, Bar | undefined>} */ #open = {};
  /** When the agent's words or states of this turn arrived. @type {Record<string, number>} */ #moments = {};
  /** @type {number | null} */ #asked = null;
  /** Figures that no reply has taken yet. @type {Record<string, number> | null} */ #told = null;

  /** @param {"people" | "agent"} lane @param {boolean} speaking @param {number} now */
  hear(lane, speaking, now) {
    const bar = this.#open[lane];
    if (speaking) {
      if (bar) bar.to = now;
      else this.#begin(lane, now);
    } else if (bar && now - bar.to > BREATH) {
      this.#open[lane] = undefined;
      if (bar.to - bar.from < CLICK) this.bars.splice(this.bars.indexOf(bar), 1);
      else if (lane === "people") this.#endOfTurn(bar.to);
    }
    const oldest = now - WINDOW;
    if (this.bars.length && this.bars[0].to < oldest) this.bars.shift();
    if (this.ends.length && this.ends[0] < oldest) this.ends.shift();
    if (this.replies.length && this.replies[0].at < oldest) this.replies.shift();
  }

  /** @param {boolean} agent @param {boolean} final @param {number} now */
  caption(agent, final, now) {
    if (agent) this.#moments.planned ??= now;
    else if (final) this.#moments.hearing = now;
  }

  /** @param {string} state @param {number} now */
  state(state, now) {
    if (state === "thinking") this.#moments.thinking = now;
    if (state === "speaking") this.#moments.speaking ??= now;
  }

  /** The agent's own figures for its newest reply. @param {Record<string, number>} stages seconds */
  stages({ hearing = 0, thinking = 0, speaking = 0 }) {
    this.#told = { hearing, thinking, speaking };
    const reply = this.replies.at(-1);
    if (reply && !reply.told) this.#take(reply);
  }

  #begin(lane, now) {
    const bar = { lane, from: now, to: now };
    this.#open[lane] = bar;
    this.bars.push(bar);
    if (lane === "people") {
      const reply = this.replies.at(-1);
      if (this.#open.agent && reply && now > reply.at) reply.interrupted = true;
      return;
    }
    const person = this.#open.people;
    // A person who paused for less than a breath may have been answered already.
    const asked = this.#asked ?? (person && person.to < now ? person.to : null);
    this.#asked = null;
    if (asked === null || now - asked > LONGEST_REPLY) return;
    const stages = this.#split(asked, now);
    const reply = { at: now, total: now - asked, stages, interrupted: false, told: false };
    this.replies.push(reply);
    // They were sent when the reply's first audio was, so they mostly come before it sounds.
    this.#take(reply);
    this.#moments = {};
  }

  #endOfTurn(at) {
    this.ends.push(at);
    this.#asked = at;
  }

  /** Hearing until the words stand, thinking until an answer does, speaking until it sounds; the network last. */
  #split(asked, now) {
    const { hearing, thinking, planned, speaking } = this.#moments;
    const network = Math.min(this.network, now - asked);
    const sounds = now - network;
    const order = (value, low) => Math.min(sounds, Math.max(low, value ?? low));
    const heard = order(hearing ?? thinking, asked);
    const thought = order(planned ?? speaking, heard);
    return { hearing: heard - asked, thinking: thought - heard, speaking: sounds - thought, network };
  }

  /** Puts the agent's own figures into a reply; what they leave is the network's. */
  #take(reply) {
    if (!this.#told) return;
    const { hearing, thinking, speaking } = this.#told;
    reply.stages = { hearing, thinking, speaking, network: Math.max(0, reply.total - hearing - thinking - speaking) };
    reply.told = true;
    this.#told = null;
  }
}
