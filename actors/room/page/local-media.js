/** What this browser sends: microphone, camera, screen. */

/**
 * @typedef {import("./callboard.js").Kind} Kind
 * @typedef {import("./callboard.js").Section} Section
 */

const VOICE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { ideal: 24 } };

/** Our own tracks, by section; switched one after the other. */
export class LocalMedia {
  /** @type {Map<Section, MediaStreamTrack>} */ tracks = new Map();
  #changed;
  #steps = Promise.resolve();
  #stops = 0;

  /** @param {(ended?: Section) => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  get media() {
    const on = (/** @type {Section} */ section) => this.tracks.get(section)?.enabled ?? false;
    return { microphone: on("microphone"), camera: on("camera"), screen: on("screen") };
  }

  /** @param {Kind} kind @param {boolean} on @param {string} [deviceId] */
  set(kind, on, deviceId) {
    const done = this.#steps.then(() => this.#set(kind, on, deviceId));
    this.#steps = done.catch(() => {});
    return done;
  }

  stop() {
    this.#stops += 1;
    for (const track of this.tracks.values()) track.stop();
    this.tracks.clear();
  }

  /** @param {Kind} kind @param {boolean} on @param {string} [deviceId] */
  async #set(kind, on, deviceId) {
    const track = this.tracks.get(kind);
    if (on === this.media[kind] && !deviceId) return;
    if (track && kind === "microphone" && !deviceId) {
      track.enabled = on;
    } else if (on) {
      const stops = this.#stops;
      const stream = await capture(kind, deviceId);
      if (stops !== this.#stops) return stream.getTracks().forEach((late) => late.stop());
      for (const each of stream.getTracks())
        this.#keep(kind === "screen" && each.kind === "audio" ? "screenAudio" : kind, each);
    } else {
      for (const section of /** @type {Section[]} */ (kind === "screen" ? ["screen", "screenAudio"] : [kind])) {
        this.tracks.get(section)?.stop();
        this.tracks.delete(section);
      }
    }
    this.#changed();
  }

  /** @param {Section} section @param {MediaStreamTrack} track */
  #keep(section, track) {
    this.tracks.get(section)?.stop();
    this.tracks.set(section, track);
    track.onended = () => {
      if (this.tracks.get(section) !== track) return;
      this.tracks.delete(section);
      this.#changed(section);
    };
  }
}

/** @param {Kind} kind @param {string} [deviceId] @returns {Promise<MediaStream>} */
function capture(kind, deviceId) {
  const devices = navigator.mediaDevices;
  // Browsers hide them from pages that are neither local nor HTTPS.
  if (!devices) throw new DOMException("This needs https:// or a page from this machine.", "SecurityError");
  const exact = deviceId ? { deviceId: { exact: deviceId } } : {};
  if (kind === "microphone") return devices.getUserMedia({ audio: { ...VOICE, ...exact } });
  if (kind === "camera") return devices.getUserMedia({ video: { ...PICTURE, ...exact } });
  return devices.getDisplayMedia({ video: true, audio: true });
}
