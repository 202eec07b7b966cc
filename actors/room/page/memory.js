/** What the page remembers between visits: a name and chosen devices. A browser that keeps nothing is fine. */

/** @param {string} key @returns {string | null} */
export function remembered(key) {
  try {
    return localStorage.getItem(`callboard.${key}`);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} value */
export function remember(key, value) {
  try {
    localStorage.setItem(`callboard.${key}`, value);
  } catch {
    // Private windows may refuse; nothing depends on it.
  }
}
