/** The connection to one other participant. */

/** @typedef {import("./callboard.js").Section} Section */

/** The sections of a newcomer's offer, in the protocol's order. @type {[Section, "audio" | "video"][]} */
const SECTIONS = [["microphone", "audio"], ["camera", "video"], ["screen", "video"], ["screenAudio", "audio"]];

// Seconds until a connection that is not up is given up for the next attempt.
const CONNECT_LIMIT = 12;
const DISCONNECTED_LIMIT = 2;
/** Browsers check an idle connection every 2.5 s: one that brings nothing for longer is dead. */
const SILENT_LIMIT = 3;
/** Sound comes 50 times a second: when it stops for so long there is reason to doubt. Browsers notice after 5 s. */
const STALL_LIMIT = 1.2;
const LOOK_EVERY = 0.4;
/** Packets in one look that are sound and not mere checks. */
const FLOW = 4;

/**
 * The way to one participant, through all its attempts. Who came later offers, at every attempt; the other only
 * ever asks for the next one. So offers never cross.
 */
export class Peer {
  static speaker = "";
  /** Whether their offer counts where offers cross. */ yields = false;
  /** @type {RTCPeerConnection | null} */ connection = null;
  /** Their tracks. @type {Map<string, MediaStreamTrack>} */ remote = new Map();

  /** @type {Map<string, RTCRtpTransceiver>} */ #sections = new Map();
  /** @type {Map<string, HTMLAudioElement>} */ #sound = new Map();
  /** @type {RTCIceCandidateInit[]} */ #early = [];
  /** Custom tracks by mid. @type {Record<string, {kind?: string, name: string}>} */ #names = {};
  /** The other side's custom tracks. @type {{kind: string, name: string}[]} */ #wanted = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #limit;
  /** @type {ReturnType<typeof setInterval> | undefined} */ #looks;
  #count = 0;
  #heardAt = 0;
  #rate = 0;
  #stalled = false;
  #steps = Promise.resolve();
  #attempt = 0;
  #offers = false;

  /**
   * @param {RTCIceServer[]} iceServers
   * @param {import("./local-media.js").LocalMedia} local
   * @param {{send: (signal: object) => boolean, track: (section: string, track: MediaStreamTrack) => void,
   *   connection: (state: RTCPeerConnectionState) => void, playing: () => void, blocked: () => void,
   *   stalled: () => void}} report
   */
  constructor(iceServers, local, report) {
    this.iceServers = iceServers;
    this.local = local;
    this.report = report;
  }

  offerFirst() {
    this.#offers = true;
    this.#offer();
  }

  /** Asks for an offer where none comes by itself. */
  awaitOffer() {
    this.#expect(CONNECT_LIMIT);
  }

  /**
   * The socket was away. What was said meanwhile may be lost, and what took the socket, as another network does, may
   * have taken the media too: a connection that is not up, or that brings nothing more, starts anew.
   */
  async checkAfterResume() {
    const { connection } = this;
    if (connection?.connectionState !== "connected" || this.#stalled) return this.#renew();
    const before = await received(connection);
    await new Promise((resolve) => setTimeout(resolve, SILENT_LIMIT * 1000));
    if (connection === this.connection && (await received(connection)) === before) this.#renew();
  }

  /** Handled after all that came before it, unless it begins the next attempt. @param {any} signal */
  hear({ attempt = 0, description, candidate, restart, tracks }) {
    const offer = description?.type === "offer";
    if (offer && this.#offers) {
      // Both take themselves for the newcomer, as a server's restart may bring about.
      if (!this.yields) return;
      this.#offers = false;
      this.#begin(attempt);
    }
    if (attempt < this.#attempt) return;
    if (restart) {
      // Both wait for the other's offer, as a stale one may bring about: one of them begins.
      if (!this.yields && this.connection?.connectionState !== "connected") this.#offers = true;
      return this.#offers ? this.#next(attempt) : undefined;
    }
    if (attempt > this.#attempt || !this.connection) {
      if (this.#offers || !offer) return;
      this.#begin(attempt);
    }
    if (description) this.#inOrder((connection) => this.#agree(connection, description, tracks ?? {}));
    else if (candidate) this.#inOrder((connection) => this.#reach(connection, candidate));
  }

  /** @param {number} attempt */
  #begin(attempt) {
    this.#attempt = attempt;
    this.#open();
  }

  close() {
    this.report = { send: () => false, track() {}, connection() {}, playing() {}, blocked() {}, stalled() {} };
    this.#shut();
  }

  /** Puts our tracks where they belong; never renegotiates. */
  async fill() {
    for (const [section, { sender }] of this.#sections) {
      const track = this.local.tracks.get(/** @type {Section} */ (section)) ?? null;
      if (sender.track !== track) await sender.replaceTrack(track);
    }
  }

  /**
   * Has a section for each of the other side's custom tracks; only the side that offers makes them.
   * @param {Record<string, {kind: string, name: string}>} tracks
   */
  extend(tracks) {
    this.#wanted = Object.values(tracks);
    this.#inOrder((connection) => this.#widen(connection));
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

  /**
   * Steps of one connection, one after the other. Each attempt has a row of its own: a connection that is closed
   * under a step never settles it (WebRTC 1.0, 4.4.1.2), and the next attempt must not wait for that.
   * @param {(connection: RTCPeerConnection) => Promise<void>} step
   */
  #inOrder(step) {
    const { connection } = this;
    if (!connection) return;
    this.#steps = this.#steps
      .then(() => (connection === this.connection ? step(connection) : undefined))
      .catch(() => {
        // A fault under an attempt that goes on ends in the next one.
        if (connection === this.connection) this.#expect(DISCONNECTED_LIMIT);
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
    this.#steps = Promise.resolve();
    this.#expect(CONNECT_LIMIT);
    return connection;
  }

  #shut() {
    clearTimeout(this.#limit);
    clearInterval(this.#looks);
    this.#count = this.#rate = 0;
    this.#stalled = false;
    if (this.connection) this.connection.onconnectionstatechange = null;
    this.connection?.close();
    this.connection = null;
    for (const element of this.#sound.values()) element.srcObject = null;
    for (const held of [this.#sound, this.#sections, this.remote]) held.clear();
    this.#early = [];
    this.#names = {};
  }

  #offer() {
    const connection = this.#open();
    for (const [section, kind] of SECTIONS) this.#sections.set(section, connection.addTransceiver(kind));
    this.#inOrder(() => this.#describe(connection));
  }

  /** @param {RTCPeerConnection} connection */
  async #describe(connection) {
    await this.fill();
    await connection.setLocalDescription();
    if (connection === this.connection)
      this.report.send({ attempt: this.#attempt, description: connection.localDescription });
  }

  /** Offers sections for custom tracks that have none yet. @param {RTCPeerConnection} connection */
  async #widen(connection) {
    if (!this.#offers || connection.signalingState !== "stable" || !connection.remoteDescription) return;
    const known = Object.values(this.#names);
    const missing = this.#wanted.filter(
      ({ kind, name }) => !known.some((track) => track.kind === kind && track.name === name),
    );
    if (missing.length === 0) return;
    const added = missing.map((track) => connection.addTransceiver(track.kind, { direction: "recvonly" }));
    await connection.setLocalDescription();
    if (connection !== this.connection) return;
    added.forEach(({ mid }, index) => (this.#names[/** @type {string} */ (mid)] = missing[index]));
    this.report.send({ attempt: this.#attempt, description: connection.localDescription, tracks: this.#names });
  }

  /**
   * @param {RTCPeerConnection} connection @param {RTCSessionDescriptionInit} description
   * @param {Record<string, {name: string}>} names of sections, by mid
   */
  async #agree(connection, description, names) {
    if (description.type === "offer") this.#names = names;
    await connection.setRemoteDescription(description);
    if (connection !== this.connection) return;
    for (const early of this.#early.splice(0)) await connection.addIceCandidate(early);
    if (description.type !== "offer") return this.#widen(connection);
    this.#adopt(connection);
    await this.#describe(connection);
  }

  /** @param {RTCPeerConnection} connection @param {RTCIceCandidateInit} candidate */
  async #reach(connection, candidate) {
    if (connection.remoteDescription) await connection.addIceCandidate(candidate);
    else this.#early.push(candidate);
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
    if (state === "connected") {
      void this.play();
      const { connection } = this;
      clearInterval(this.#looks);
      this.#looks = setInterval(() => connection && void this.#look(connection), LOOK_EVERY * 1000);
    } else if (state === "failed") this.#renew();
    else this.#expect(state === "disconnected" ? DISCONNECTED_LIMIT : CONNECT_LIMIT);
    if (state === "disconnected" || state === "failed") this.report.stalled();
    this.report.connection(state);
  }

  /** Does sound still come? @param {RTCPeerConnection} connection */
  async #look(connection) {
    const count = await received(connection);
    if (connection !== this.connection) return;
    const now = performance.now() / 1000;
    const silent = now - this.#heardAt;
    if (!this.#count) [this.#count, this.#heardAt] = [count, now];
    else if (count !== this.#count) {
      this.#rate = (this.#rate + count - this.#count) / 2;
      this.#stalled = false;
      [this.#count, this.#heardAt] = [count, now];
    } else if (this.#stalled && silent > SILENT_LIMIT) {
      this.#stalled = false;
      this.#rate = 0;
      this.#renew();
    } else if (this.#rate > FLOW && !this.#stalled && silent > STALL_LIMIT) {
      this.#stalled = true;
      this.report.stalled();
    }
  }

  /** Connected by then, or the next attempt. @param {number} limit seconds */
  #expect(limit) {
    clearTimeout(this.#limit);
    this.#limit = setTimeout(() => this.#renew(), limit * 1000);
  }

  #renew() {
    if (this.#offers) return this.#next(this.#attempt);
    this.report.send({ attempt: this.#attempt, restart: true });
    this.#expect(CONNECT_LIMIT);
  }

  /** @param {number} after the attempt that is given up */
  #next(after) {
    this.#attempt = after + 1;
    this.#offer();
  }
}

/** How much has come over a connection: packets, and answers to its checks. @param {RTCPeerConnection} connection */
async function received(connection) {
  let count = 0;
  for (const each of (await connection.getStats()).values())
    if (each.type === "transport") count += each.packetsReceived ?? 0;
    else if (each.type === "candidate-pair") count += each.responsesReceived ?? 0;
  return count;
}
