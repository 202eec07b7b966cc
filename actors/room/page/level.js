/** How loud a track is, from 0 (silence) to 1 (a raised voice close to the microphone). */

const FLOOR_DB = -58;
const TOP_DB = -14;
/** Per reading: up at once, down slowly, as an ear follows a voice. */
const FALL = 0.82;

/** @type {AudioContext | null} */
let context = null;

/** Measuring only: nothing of this is ever played. Wakes up with the first touch where a browser wants one. */
function audioContext() {
  if (context) return context;
  context = new AudioContext({ latencyHint: "interactive" });
  for (const gesture of ["pointerdown", "keydown"])
    addEventListener(gesture, () => void context?.resume(), { capture: true });
  return context;
}

/** Follows one track until closed. */
export class Level {
  /** 0 to 1, as of the last `read`. */ value = 0;

  /** @param {MediaStreamTrack} track */
  constructor(track) {
    this.track = track;
    this.analyser = audioContext().createAnalyser();
    this.analyser.fftSize = 1024;
    this.samples = new Float32Array(this.analyser.fftSize);
    this.source = audioContext().createMediaStreamSource(new MediaStream([track]));
    this.source.connect(this.analyser);
  }

  /** Whether the browser lets this page measure yet. */
  get awake() {
    return audioContext().state === "running";
  }

  read() {
    this.analyser.getFloatTimeDomainData(this.samples);
    let power = 0;
    for (const sample of this.samples) power += sample * sample;
    const loudness = 10 * Math.log10(power / this.samples.length + 1e-10);
    const now = Math.min(1, Math.max(0, (loudness - FLOOR_DB) / (TOP_DB - FLOOR_DB)));
    this.value = Math.max(now, this.value * FALL);
    return this.value;
  }

  close() {
    this.source.disconnect();
  }
}

/** From here up it is a voice, not a room. */
export const VOICE = 0.4;
