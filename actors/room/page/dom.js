/** The few words that the page needs for building elements. Texts are always set as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} id @returns {any} the element of index.html with that id */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * An HTML element.
 * @param {string} tag
 * @param {Record<string, any>} [attributes] `class`, `data-x`, `aria-x`...; functions become listeners (`onclick`)
 * @param {...(Node | string | null | undefined)} children
 * @returns {any}
 */
export function element(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

/** An SVG element; same arguments. @returns {any} */
export function svg(tag, attributes = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

/** Sets attributes: null or false removes one, true sets it empty. @param {Element} target */
export function set(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) target.removeAttribute(name);
    else if (target.getAttribute(name) !== String(value)) target.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Sets text only where it differs, so that a live region is read once. @param {Node} target @param {string} text */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

function dress(target, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") target.addEventListener(name.slice(2), value);
    else set(target, { [name]: value });
  }
  target.append(...children.filter((child) => child !== null && child !== undefined));
  return target;
}
