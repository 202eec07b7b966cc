/** One row of switches, each with its key. */

import { byId, element, say, set } from "./dom.js";
import { icon } from "./icons.js";
import { strings } from "./strings.js";

const ORDER = /** @type {const} */ (["microphone", "camera", "screen", "chat", "backstage", "leave"]);

export class Controls {
  /** @type {Record<string, {button: any, label: any, on: boolean | null}>} */ #switches = {};

  /** @param {Record<string, () => void>} actions what each switch does */
  constructor(actions) {
    this.actions = actions;
    for (const name of ORDER) {
      const label = element("span", { class: "label" });
      const { key } = strings.controls[name];
      const press = { type: "button", "data-name": name, onclick: actions[name] };
      const button = element("button", press, icon(name), label);
      set(button, { "aria-keyshortcuts": key || null, title: key ? key.toUpperCase() : null });
      this.#switches[name] = { button, label, on: null };
      this.show(name, false);
    }
    byId("controls").append(...ORDER.map((name) => this.#switches[name].button));
    this.onKey = (event) => this.#key(event);
    addEventListener("keydown", this.onKey);
  }

  /** @param {string} name @param {boolean} on */
  show(name, on) {
    const { button, label, on: before } = this.#switches[name];
    if (before === on) return;
    this.#switches[name].on = on;
    say(label, strings.controls[name][on ? "on" : "off"]);
    if (name !== "leave") set(button, { "data-on": on });
    if (name === "chat" || name === "backstage") set(button, { "aria-expanded": String(on), "aria-controls": name });
    if (name === "microphone" || name === "camera") {
      button.firstElementChild.replaceWith(icon(on ? name : `${name}Off`));
    }
  }

  /** A small count on a switch. @param {string} name @param {number} count */
  badge(name, count) {
    const { button } = this.#switches[name];
    set(button, { "data-badge": count || null, "aria-description": count ? strings.unread(count) : null });
  }

  /** @param {string} name */
  focus(name) {
    this.#switches[name].button.focus();
  }

  /** @param {string} name */
  hide(name) {
    this.#switches[name].button.hidden = true;
  }

  close() {
    removeEventListener("keydown", this.onKey);
    byId("controls").replaceChildren();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.key === "Escape") return this.actions.escape();
    if (event.target.closest?.("input, textarea, select")) return;
    const name = ORDER.find((each) => strings.controls[each].key === event.key.toLowerCase());
    if (!name || this.#switches[name].button.hidden) return;
    event.preventDefault();
    this.actions[name]();
  }
}
