/** The connection to one other participant. */

/** @typedef {import("./callboard.js").Section} Section */

/** The sections of a newcomer's offer, in the protocol's order. @type {[Section, "audio" | "video"][]} */
const SECTIONS = [["microphone", "audio"], ["camera", "video"], ["screen", "video"], ["screenAudio", "audio"]];

// Seconds until a connection that is not up is given up for the next attempt.
const CONNECT_LIMIT = 12;
const DISCONNECTED_LIMIT = 3;

/**
 * The way to one participant, through all its attempts. Who came later offers, at every attempt; the other only
 * ever asks for the next one. So offers never cross.
 */
export class Peer {
  static speaker = "";
  /** @type {RTCPeerConnection | null} */ connection = null;
  /** Their tracks. @type {Map<string, MediaStreamTrack>} */ remote = new Map();

  /** @type {Map<string, RTCRtpTransceiver>} */ #sections = new Map();
  /** @type {Map<string, HTMLAudioElement>} */ #sound = new Map();
  /** @type {RTCIceCandidateInit[]} */ #early = [];
  /** @type {Record<string, {name: string}>} */ #names = {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #limit;
  #steps = Promise.resolve();
  #attempt = 0;
  #offers = false;

  /**
   * @param {RTCIceServer[]} iceServers
   * @param {import("./local-media.js").LocalMedia} local
   * @param {{send: (signal: object) => boolean, track: (section: string, track: MediaStreamTrack) => void,
   *   connection: (state: RTCPeerConnectionState) => void, playing: () => void, blocked: () => void}} report
   */
  constructor(iceServers, local, report) {
    this.iceServers = iceServers;
    this.local = local;
    this.report = report;
  }

  offerFirst() {
    this.#offers = true;
    this.#inOrder(() => this.#offer());
  }

  /** What was said while the socket was away may be lost: a connection that is not up starts anew. */
  checkAfterResume() {
    if (this.connection?.connectionState !== "connected") this.#renew();
  }

  /** @param {any} signal handled after all that came before it */
  hear(signal) {
    this.#inOrder(() => this.#handle(signal));
  }

  close() {
    this.report = { send: () => false, track() {}, connection() {}, playing() {}, blocked() {} };
    this.#shut();
  }

  /** Puts our tracks where they belong; never renegotiates. */
  async fill() {
    for (const [section, { sender }] of this.#sections) {
      const track = this.local.tracks.get(/** @type {Section} */ (section)) ?? null;
      if (sender.track !== track) await sender.replaceTrack(track);
    }
  }

  async play() {
    for (const element of this.#sound.values()) {
      try {
        await element.play();
        if (this.connection?.connectionState === "connected") this.report.playing();
      } catch (error) {
        if (/** @type {DOMException} */ (error).name === "NotAllowedError") this.report.blocked();
      }
    }
  }

  async useSpeaker() {
    for (const element of this.#sound.values())
      if (Peer.speaker && "setSinkId" in element) await element.setSinkId(Peer.speaker);
  }

  /** @param {() => Promise<void> | void} step */
  #inOrder(step) {
    this.#steps = this.#steps.then(step).catch(() => {
      // A connection that was closed under a step is no fault; any other fault ends in the next attempt.
      if (this.connection) this.#expect(DISCONNECTED_LIMIT);
    });
  }

  #open() {
    this.#shut();
    const attempt = this.#attempt;
    const connection = new RTCPeerConnection({ iceServers: this.iceServers, bundlePolicy: "max-bundle" });
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) this.report.send({ attempt, candidate: candidate.toJSON() });
    };
    connection.onconnectionstatechange = () => this.#watch(connection.connectionState);
    connection.ontrack = ({ transceiver, track }) => this.#arrived(this.#sectionOf(transceiver), track);
    this.connection = connection;
    this.#expect(CONNECT_LIMIT);
    return connection;
  }

  #shut() {
    clearTimeout(this.#limit);
    if (this.connection) this.connection.onconnectionstatechange = null;
    this.connection?.close();
    this.connection = null;
    for (const element of this.#sound.values()) element.srcObject = null;
    for (const held of [this.#sound, this.#sections, this.remote]) held.clear();
    this.#early = [];
  }

  async #offer() {
    const connection = this.#open();
    for (const [section, kind] of SECTIONS) this.#sections.set(section, connection.addTransceiver(kind));
    await this.#describe(connection);
  }

  /** @param {RTCPeerConnection} connection */
  async #describe(connection) {
    await this.fill();
    await connection.setLocalDescription();
    this.report.send({ attempt: this.#attempt, description: connection.localDescription });
  }

  /** @param {any} signal */
  async #handle({ attempt = 0, description, candidate, restart, tracks }) {
    if (attempt < this.#attempt) return;
    if (restart) return this.#offers ? this.#next() : undefined;
    if (attempt > this.#attempt || !this.connection) {
      if (description?.type !== "offer") return;
      this.#attempt = attempt;
      this.#open();
    }
    const connection = /** @type {RTCPeerConnection} */ (this.connection);
    if (description) {
      this.#names = tracks ?? {};
      await connection.setRemoteDescription(description);
      for (const early of this.#early.splice(0)) await connection.addIceCandidate(early);
      if (description.type !== "offer") return;
      this.#adopt(connection);
      await this.#describe(connection);
    } else if (candidate) {
      if (connection.remoteDescription) await connection.addIceCandidate(candidate);
      else this.#early.push(candidate);
    }
  }

  /** Sends in every section of an offer that we know. @param {RTCPeerConnection} connection */
  #adopt(connection) {
    for (const transceiver of connection.getTransceivers()) {
      const section = this.#sectionOf(transceiver);
      if (!SECTIONS.some(([known]) => known === section)) continue;
      transceiver.direction = "sendrecv";
      this.#sections.set(section, transceiver);
    }
  }

  /** The k-th of its kind, unless it has a name of its own. @param {RTCRtpTransceiver} transceiver @returns {string} */
  #sectionOf(transceiver) {
    const { kind } = transceiver.receiver.track;
    const alike = this.connection?.getTransceivers().filter(({ receiver }) => receiver.track.kind === kind) ?? [];
    const known = SECTIONS.filter(([, of]) => of === kind)[alike.indexOf(transceiver)];
    return this.#names[transceiver.mid ?? ""]?.name ?? known?.[0] ?? `section ${transceiver.mid}`;
  }

  /** @param {string} section @param {MediaStreamTrack} track */
  #arrived(section, track) {
    this.remote.set(section, track);
    if (track.kind === "audio") {
      const element = new Audio();
      element.srcObject = new MediaStream([track]);
      this.#sound.set(section, element);
      void this.useSpeaker();
      void this.play();
    }
    this.report.track(section, track);
  }

  /** @param {RTCPeerConnectionState} state */
  #watch(state) {
    clearTimeout(this.#limit);
    if (state === "connected") void this.play();
    else if (state === "failed") this.#renew();
    else this.#expect(state === "disconnected" ? DISCONNECTED_LIMIT : CONNECT_LIMIT);
    this.report.connection(state);
  }

  /** Connected by then, or the next attempt. @param {number} limit seconds */
  #expect(limit) {
    clearTimeout(this.#limit);
    this.#limit = setTimeout(() => this.#renew(), limit * 1000);
  }

  #renew() {
    if (this.#offers) return this.#inOrder(() => this.#next());
    this.report.send({ attempt: this.#attempt, restart: true });
    this.#expect(CONNECT_LIMIT);
  }

  #next() {
    this.#attempt += 1;
    return this.#offer();
  }
}
