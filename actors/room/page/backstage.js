/** Backstage: the agent's graph as it runs, what crashed, and how quickly it answered. */

import { byId, element, say } from "./dom.js";
import { strings } from "./strings.js";

export class Backstage {
  constructor(call) {
    this.call = call;
  }
  heard() {}
  show() {}
  close() {}
}
