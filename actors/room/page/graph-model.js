/** What is known of a running graph, from its half-second reports. Pure: no drawing. */

export class GraphModel {
  /** @type {{path: string, state: string, restarts: number, restarted: boolean}[]} */ actors = [];
  /** @type {{key: string, source: string, target: string, from: string, to: string, rate: number, depth: number,
   *   capacity: number, drops: number, dropping: boolean}[]} */ links = [];
  #before = new Map();
  #at = 0;

  /** Takes a report: `{at, actors: [{path, state, life}], links: [{source, target, capacity, depth, received, dropped}]}`. */
  update({ at = 0, actors = [], links = [] }) {
    const lives = new Map(this.actors.map((actor) => [actor.path, actor.restarts]));
    this.actors = actors.map(({ path, state, life = 1 }) => {
      const restarts = Math.max(0, life - 1);
      return { path, state, restarts, restarted: restarts > (lives.get(path) ?? restarts) };
    });
    const elapsed = at - this.#at;
    this.#at = at;
    this.links = links.map((link) => this.#link(link, elapsed));
    this.#before = new Map(this.links.map((link) => [link.key, link]));
  }

  #link({ source, target, capacity = 1, depth = 0, received = 0, dropped = {} }, elapsed) {
    const key = `${source} ${target}`;
    const before = this.#before.get(key);
    const drops = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    return {
      key,
      source,
      target,
      from: actorOf(source),
      to: actorOf(target),
      received,
      rate: before && elapsed > 0 ? Math.max(0, received - before.received) / elapsed : 0,
      depth,
      capacity,
      drops,
      dropping: before !== undefined && drops > before.drops,
    };
  }
}

/** The actor's path of a port: "voice/tts.audio" is the port "audio" of "voice/tts". */
function actorOf(port) {
  return port.slice(0, port.lastIndexOf("."));
}
