/**
 * callboard.js: join a Callboard room from any web page. One ES module, no dependency.
 *
 *     import { Call } from "https://rooms.example/-/callboard.js";
 *     const call = new Call("https://rooms.example/lobby");
 *     call.on("caption", ({ text }) => console.log(text));
 *     await call.setMicrophone(true);
 *     await call.join({ name: "Alice" });
 *
 * Nothing touches the document: remote audio plays through media elements that are never attached
 * (browsers cancel the echo of what a media element plays, not of what WebAudio plays); pictures are
 * tracks, for the page to show. Texts from others arrive as they were sent: show them as text.
 *
 * @typedef {"idle" | "joining" | "joined" | "reconnecting" | "left"} CallState
 * @typedef {"microphone" | "camera" | "screen" | "screenAudio"} Section
 * @typedef {{microphone?: boolean, camera?: boolean, screen?: boolean}} Media what a participant sends now
 * @typedef {object} Participant
 * @property {string} id
 * @property {string} name
 * @property {boolean} owner
 * @property {boolean} agent
 * @property {boolean} hidden
 * @property {Media} media
 * @property {Record<string, {kind: string, name: string}>} tracks
 * @property {Record<string, boolean>} permissions
 * @property {boolean} recording
 * @property {unknown} user_data
 * @property {number} joined_at
 *
 * @typedef {object} JoinOptions
 * @property {string} name shown to the others
 * @property {string} [token] a meeting token, where the room is private
 * @property {unknown} [userData] JSON that the others see as `user_data`
 *
 * What `on` and `addEventListener` know, with the `detail` of each:
 * @typedef {object} CallEvents
 * @property {{state: CallState, reason?: string}} state
 * @property {{participant: Participant}} participant_joined
 * @property {{participant: Participant}} participant_updated
 * @property {{participant: Participant, reason: string}} participant_left
 * @property {{id: string, section: string, track: MediaStreamTrack}} track a remote track to show; audio already plays
 * @property {{id: string, state: RTCPeerConnectionState}} connection
 * @property {{media: Required<Media>, ended?: Section}} local what is sent from here has changed; `ended`: a device went away
 * @property {{blocked: boolean}} playback the browser refuses sound until `call.resumeAudio()` runs in a click
 * @property {{from: string, data: any}} message
 * @property {{from: string, participant: string, turn: number, text: string, final: boolean, heard: any}} caption
 * @property {{from: string, state: "listening" | "thinking" | "speaking" | "failed"}} agent_state
 * @property {{from: string, data: any}} graph
 * @property {{code: string, message: string, fatal: boolean}} error
 */

const SUBPROTOCOL = "callboard.1";
/** The order of the media sections in a newcomer's offer. @type {[Section, "audio" | "video"][]} */
const SECTIONS = [
  ["microphone", "audio"],
  ["camera", "video"],
  ["screen", "video"],
  ["screenAudio", "audio"],
];
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const CAMERA = { width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { ideal: 24 } };
/** A lost socket may resume for 60 s; waits before each try, in seconds. */
const RESUME_WAITS = [0.2, 0.5, 1, 2, 4, 8, 8, 8, 8, 8, 8];
/** A connection that is not up (or came back) by then is given up for the next attempt, in seconds. */
const CONNECT_LIMIT = 12;
const DISCONNECTED_LIMIT = 3;

/** What a room refused, with the protocol's code (`room_full`, `bad_token`, ...). */
export class RoomError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.name = "RoomError";
    this.code = code;
  }
}

/** One person's place in one room. */
export class Call extends EventTarget {
  /** @type {CallState} */ state = "idle";
  /** Our participant id while joined. @type {string | null} */ id = null;
  /** The others, by id. @type {Map<string, Participant>} */ participants = new Map();
  /** Ourselves, as the others see us. @type {Participant | null} */ me = null;

  #url;
  #local;
  /** @type {Map<string, Peer>} */ #peers = new Map();
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {Record<string, unknown>} */ #join = {};
  #resume = "";
  /** @type {RTCIceServer[]} */ #iceServers = [];
  #playing = false;
  #leaveOnUnload = () => this.leave();

  /** @param {string | URL} url the meeting URL, `https://HOST/ROOM` */
  constructor(url) {
    super();
    this.#url = new URL(url, location.href);
    this.#url.protocol = this.#url.protocol.replace("http", "ws");
    this.#url.search = this.#url.hash = "";
    this.#local = new LocalMedia((section, ended) => this.#localChanged(section, ended));
  }

  /**
   * Listens to one event; the listener gets its detail.
   * @template {keyof CallEvents} K
   * @param {K} type
   * @param {(detail: CallEvents[K]) => void} listener
   * @returns {() => void} stops listening
   */
  on(type, listener) {
    const wrapped = (/** @type {Event} */ event) => listener(/** @type {CustomEvent} */ (event).detail);
    this.addEventListener(type, wrapped);
    return () => this.removeEventListener(type, wrapped);
  }

  /** @template {keyof CallEvents} K @param {K} type @param {CallEvents[K]} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @param {CallState} state @param {string} [reason] */
  #enter(state, reason) {
    if (state === this.state) return;
    this.state = state;
    this.#emit("state", { state, reason });
  }

  /**
   * Joins with whatever is switched on; resolves when the room has let us in.
   * @param {JoinOptions} options
   * @throws {RoomError} when the room refuses or cannot be reached
   */
  async join({ name, token, userData }) {
    if (this.state !== "idle" && this.state !== "left") throw new Error("This call is joined already.");
    this.#join = { name, token, user_data: userData };
    this.#resume = "";
    this.#playing = false;
    this.#enter("joining");
    try {
      await this.#connect();
    } catch (error) {
      this.#enter("idle", error instanceof RoomError ? error.code : "unreachable");
      throw error;
    }
    addEventListener("pagehide", this.#leaveOnUnload);
  }

  /** Leaves and gives microphone, camera and screen back. @param {string} [reason] */
  leave(reason = "left") {
    removeEventListener("pagehide", this.#leaveOnUnload);
    this.#send({ type: "leave" });
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
    this.#forgetEverybody();
    this.#local.stop();
    this.#enter("left", reason);
  }

  /** Sends JSON to one participant, or to everybody. @param {unknown} data @param {string} [to] */
  send(data, to) {
    return this.#send({ type: "message", to, data });
  }

  /** Changes our name as the others see it. @param {string} name */
  rename(name) {
    this.#join.name = name;
    this.#send({ type: "update", name });
  }

  /**
   * Microphone on or off. Off keeps the device and sends silence, so that on is immediate.
   * @param {boolean} on @param {string} [deviceId]
   * @throws {DOMException} as `getUserMedia` does: `NotAllowedError`, `NotFoundError`, `NotReadableError`
   */
  setMicrophone(on, deviceId) {
    return this.#local.setMicrophone(on, deviceId);
  }

  /** Camera on or off; off gives the device back. @param {boolean} on @param {string} [deviceId] */
  setCamera(on, deviceId) {
    return this.#local.setCamera(on, deviceId);
  }

  /** Shares a screen, with its sound where the browser offers it. @param {boolean} on */
  shareScreen(on) {
    return this.#local.shareScreen(on);
  }

  /** Our own track of a section, if there is one. @param {Section} section */
  localTrack(section) {
    return this.#local.tracks.get(section) ?? null;
  }

  /** What we send now. */
  get media() {
    return this.#local.media;
  }

  /** Another's track. @param {string} id @param {string} section @returns {MediaStreamTrack | null} */
  track(id, section) {
    return this.#peers.get(id)?.remote.get(section) ?? null;
  }

  /** Microphones, cameras and speakers; labels stay empty until one was allowed. */
  static async devices() {
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    const kind = (/** @type {string} */ wanted) => all.filter((device) => device.kind === wanted && device.deviceId);
    return { microphones: kind("audioinput"), cameras: kind("videoinput"), speakers: kind("audiooutput") };
  }

  /** Plays remote audio elsewhere, where the browser can. @param {string} deviceId */
  async setSpeaker(deviceId) {
    Peer.speaker = deviceId;
    await Promise.all([...this.#peers.values()].map((peer) => peer.useSpeaker()));
  }

  /** Starts sound that the browser held back; call it from a click. */
  async resumeAudio() {
    await Promise.all([...this.#peers.values()].map((peer) => peer.play()));
  }

  /** WebRTC's figures of the connection to one participant. @param {string} id */
  async statistics(id) {
    return (await this.#peers.get(id)?.connection?.getStats()) ?? null;
  }

  // The way to the room.

  /** @param {Record<string, unknown>} message */
  #send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Opens a socket and joins or resumes on it. @returns {Promise<void>} */
  #connect() {
    return new Promise((resolve, reject) => {
      const socket = (this.#socket = new WebSocket(this.#url, SUBPROTOCOL));
      let refused = new RoomError("unreachable", "The room cannot be reached.");
      let entered = false;
      socket.onopen = () =>
        this.#send({ type: "join", ...this.#join, resume: this.#resume || undefined, media: this.media });
      socket.onmessage = ({ data }) => {
        if (socket !== this.#socket) return;
        const message = JSON.parse(data);
        if (message.type === "joined") {
          entered = true;
          this.#entered(message);
          resolve();
        } else if (message.type === "error" && message.fatal) {
          refused = new RoomError(message.code, message.message);
          if (entered) this.#end(refused);
        } else {
          this.#receive(message);
        }
      };
      socket.onclose = () => {
        if (!entered) reject(refused);
        else if (socket === this.#socket) void this.#reconnect();
      };
    });
  }

  async #reconnect() {
    this.#enter("reconnecting");
    for (const wait of RESUME_WAITS) {
      await seconds(wait);
      if (this.state !== "reconnecting") return;
      try {
        return await this.#connect();
      } catch (error) {
        if (error instanceof RoomError && error.code !== "unreachable") return this.#end(error);
      }
    }
    this.leave("lost");
  }

  /** @param {RoomError} error */
  #end(error) {
    this.#emit("error", { code: error.code, message: error.message, fatal: true });
    this.leave(error.code);
  }

  /** @param {any} joined */
  #entered(joined) {
    const resumed = joined.id === this.id;
    if (!resumed) this.#forgetEverybody();
    this.id = joined.id;
    this.#resume = joined.resume;
    this.#iceServers = joined.ice_servers ?? [];
    const here = new Set();
    for (const participant of joined.participants) {
      if (participant.id === this.id) {
        this.me = participant;
        continue;
      }
      here.add(participant.id);
      if (!this.participants.has(participant.id)) this.#welcome(participant, !resumed);
      else this.#update(participant);
    }
    for (const id of [...this.participants.keys()]) if (!here.has(id)) this.#farewell(id, "left");
    this.#enter("joined");
    if (resumed) {
      this.#send({ type: "update", media: this.media });
      for (const peer of this.#peers.values()) peer.checkAfterResume();
    }
  }

  /** @param {any} message */
  #receive(message) {
    switch (message.type) {
      case "signal":
        return this.#peers.get(message.from)?.hear(message);
      case "participant_joined":
        return this.#welcome(message.participant, false);
      case "participant_updated":
        return this.#update(message.participant);
      case "participant_left":
        return this.#farewell(message.id, message.reason);
      case "message":
        return this.#emit("message", { from: message.from, data: message.data });
      case "error":
        return this.#emit("error", { code: message.code, message: message.message, fatal: false });
      case "event":
        if (message.topic === "caption") this.#emit("caption", { from: message.from, ...message.data });
        if (message.topic === "state") this.#emit("agent_state", { from: message.from, state: message.data.state });
        if (message.topic === "graph") this.#emit("graph", { from: message.from, data: message.data });
        return;
      case "ping":
        return void this.#send({ type: "pong" });
    }
  }

  // Who is here.

  /** @param {Participant} participant @param {boolean} offer we are the newcomer, so we offer */
  #welcome(participant, offer) {
    if (participant.id === this.id || this.participants.has(participant.id)) return;
    this.participants.set(participant.id, participant);
    this.#peers.set(
      participant.id,
      new Peer(participant.id, offer, this.#iceServers, this.#local, {
        send: (signal) => this.#send({ type: "signal", to: participant.id, ...signal }),
        track: (section, track) => this.#emit("track", { id: participant.id, section, track }),
        connection: (state) => this.#emit("connection", { id: participant.id, state }),
        playing: () => this.#played(),
        blocked: () => this.#emit("playback", { blocked: true }),
      }),
    );
    this.#emit("participant_joined", { participant });
  }

  /** @param {Participant} participant */
  #update(participant) {
    if (participant.id === this.id) {
      this.me = participant;
      // An owner may switch us off, never on.
      for (const kind of /** @type {const} */ (["microphone", "camera", "screen"]))
        if (participant.permissions?.[kind] === false) void this.#local.set(kind, false);
    } else {
      this.participants.set(participant.id, participant);
    }
    this.#emit("participant_updated", { participant });
  }

  /** @param {string} id @param {string} reason */
  #farewell(id, reason) {
    const participant = this.participants.get(id);
    if (!participant) return;
    this.participants.delete(id);
    this.#peers.get(id)?.close();
    this.#peers.delete(id);
    this.#emit("participant_left", { participant, reason });
  }

  #forgetEverybody() {
    for (const id of [...this.participants.keys()]) this.#farewell(id, "left");
  }

  // What goes out, and the first sound that came in.

  /** @param {Section} section @param {boolean} ended */
  #localChanged(section, ended) {
    for (const peer of this.#peers.values()) peer.fill();
    this.#send({ type: "update", media: this.media });
    this.#emit("local", ended ? { media: this.media, ended: section } : { media: this.media });
  }

  #played() {
    this.#emit("playback", { blocked: false });
    if (this.#playing) return;
    this.#playing = this.#send({ type: "update", playing: true });
  }
}

/**
 * The connection to one participant, through all its attempts. Whoever was the newcomer offers, at every
 * attempt; the other side only ever asks for the next one. So offers never cross.
 */
class Peer {
  static speaker = "";
  /** @type {RTCPeerConnection | null} */ connection = null;
  /** Their tracks, by section. @type {Map<string, MediaStreamTrack>} */ remote = new Map();

  /** @type {Map<string, RTCRtpTransceiver>} */ #sections = new Map();
  /** @type {Map<string, HTMLAudioElement>} */ #sound = new Map();
  /** @type {RTCIceCandidateInit[]} */ #early = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #limit;
  #attempt = 0;
  #turn = Promise.resolve();

  /**
   * @param {string} id
   * @param {boolean} offers
   * @param {RTCIceServer[]} iceServers
   * @param {LocalMedia} local
   * @param {{send: (signal: object) => boolean, track: (section: string, track: MediaStreamTrack) => void,
   *          connection: (state: RTCPeerConnectionState) => void, playing: () => void, blocked: () => void}} report
   */
  constructor(id, offers, iceServers, local, report) {
    Object.assign(this, { id });
    this.offers = offers;
    this.iceServers = iceServers;
    this.local = local;
    this.report = report;
    if (offers) this.#inOrder(() => this.#offer());
  }

  /** Handles a signal after all that came before it. @param {any} signal */
  hear(signal) {
    this.#inOrder(() => this.#handle(signal));
  }

  /** @param {() => Promise<void>} step */
  #inOrder(step) {
    this.#turn = this.#turn.then(step).catch((error) => {
      // A connection closed under a running step is no fault; anything else is answered by the next attempt.
      if (this.connection && this.connection.signalingState !== "closed") {
        console.warn("callboard: signalling failed, trying again", error);
        this.#setLimit(DISCONNECTED_LIMIT);
      }
    });
  }

  #open() {
    this.#shut();
    const connection = new RTCPeerConnection({ iceServers: this.iceServers, bundlePolicy: "max-bundle" });
    const attempt = this.#attempt;
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) this.report.send({ attempt, candidate: candidate.toJSON() });
    };
    connection.onconnectionstatechange = () => this.#watch(connection);
    connection.ontrack = ({ transceiver, track }) => this.#arrived(transceiver, track);
    this.connection = connection;
    this.#setLimit(CONNECT_LIMIT);
    return connection;
  }

  #shut() {
    clearTimeout(this.#limit);
    this.connection?.close();
    this.connection = null;
    this.#sections.clear();
    this.#early = [];
    this.remote.clear();
    for (const element of this.#sound.values()) element.srcObject = null;
    this.#sound.clear();
  }

  close() {
    this.#shut();
    this.offers = false;
    this.report.send = () => false;
  }

  async #offer() {
    const connection = this.#open();
    for (const [section, kind] of SECTIONS)
      this.#sections.set(section, connection.addTransceiver(kind, { direction: "sendrecv" }));
    await this.fill();
    await connection.setLocalDescription();
    this.report.send({ attempt: this.#attempt, description: connection.localDescription });
  }

  /** @param {any} signal */
  async #handle({ attempt = 0, description, candidate, restart, tracks }) {
    if (attempt < this.#attempt) return;
    if (restart) return this.offers ? this.#next() : undefined;
    if (attempt > this.#attempt) this.#attempt = attempt;
    else if (description?.type !== "offer" || this.connection) {
      if (description) return this.#describe(description, tracks);
      if (candidate) return this.#candidate(candidate);
      return;
    }
    if (description?.type !== "offer") return;
    this.#open();
    await this.#describe(description, tracks);
  }

  /** @param {RTCSessionDescriptionInit} description @param {Record<string, {kind: string, name: string}>} [tracks] */
  async #describe(description, tracks) {
    const connection = this.connection;
    if (!connection) return;
    if (description.type === "offer") this.names = tracks;
    await connection.setRemoteDescription(description);
    for (const candidate of this.#early.splice(0)) await this.#candidate(candidate);
    if (description.type !== "offer") return;
    this.#adopt(connection);
    await this.fill();
    await connection.setLocalDescription();
    this.report.send({ attempt: this.#attempt, description: connection.localDescription });
  }

  /** @param {RTCIceCandidateInit} candidate */
  async #candidate(candidate) {
    if (!this.connection?.remoteDescription) return void this.#early.push(candidate);
    await this.connection.addIceCandidate(candidate);
  }

  /** Names an offer's sections by their order, and sends in those that are known. @param {RTCPeerConnection} connection */
  #adopt(connection) {
    for (const transceiver of connection.getTransceivers()) {
      const section = this.#sectionOf(connection, transceiver);
      if (!SECTIONS.some(([name]) => name === section)) continue;
      transceiver.direction = "sendrecv";
      this.#sections.set(section, transceiver);
    }
  }

  /** @param {RTCPeerConnection} connection @param {RTCRtpTransceiver} transceiver @returns {string} */
  #sectionOf(connection, transceiver) {
    const given = this.names?.[transceiver.mid ?? ""]?.name;
    if (given) return given;
    const kind = transceiver.receiver.track.kind;
    const alike = connection.getTransceivers().filter((each) => each.receiver.track.kind === kind);
    const known = SECTIONS.filter(([, of]) => of === kind)[alike.indexOf(transceiver)];
    return known ? known[0] : `extra-${transceiver.mid}`;
  }

  /** Puts our tracks where they belong; never renegotiates. */
  async fill() {
    const filled = [...this.#sections].map(([section, transceiver]) => {
      const track = this.local.tracks.get(/** @type {Section} */ (section)) ?? null;
      return transceiver.sender.track === track ? null : transceiver.sender.replaceTrack(track);
    });
    await Promise.allSettled(filled);
  }

  // Attempts.

  /** @param {RTCPeerConnection} connection */
  #watch(connection) {
    if (connection !== this.connection) return;
    const state = connection.connectionState;
    clearTimeout(this.#limit);
    if (state === "connected") void this.play();
    if (state === "failed") this.#renew();
    if (state === "disconnected") this.#setLimit(DISCONNECTED_LIMIT);
    if (state === "connecting" || state === "new") this.#setLimit(CONNECT_LIMIT);
    this.report.connection(state);
  }

  /** @param {number} limit seconds */
  #setLimit(limit) {
    clearTimeout(this.#limit);
    this.#limit = setTimeout(() => this.#renew(), limit * 1000);
  }

  #renew() {
    if (this.offers) this.#inOrder(() => this.#next());
    else this.report.send({ attempt: this.#attempt, restart: true });
    this.#setLimit(CONNECT_LIMIT);
  }

  async #next() {
    this.#attempt += 1;
    await this.#offer();
  }

  /** What was said while the socket was away is lost; a connection that is not up starts anew. */
  checkAfterResume() {
    if (this.connection?.connectionState !== "connected") this.#renew();
  }

  // Their sound and pictures.

  /** @param {RTCRtpTransceiver} transceiver @param {MediaStreamTrack} track */
  #arrived(transceiver, track) {
    if (!this.connection) return;
    const section = this.#sectionOf(this.connection, transceiver);
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

  async play() {
    for (const element of this.#sound.values()) {
      try {
        await element.play();
        if (this.connection?.connectionState === "connected") this.report.playing();
      } catch (error) {
        if (error instanceof DOMException && error.name === "NotAllowedError") this.report.blocked();
      }
    }
  }

  async useSpeaker() {
    for (const element of this.#sound.values())
      if ("setSinkId" in element && Peer.speaker) await element.setSinkId(Peer.speaker);
  }
}

/** Our own microphone, camera and screen. */
class LocalMedia {
  /** @type {Map<Section, MediaStreamTrack>} */ tracks = new Map();
  #changed;
  #turn = Promise.resolve();
  #generation = 0;

  /** @param {(section: Section, ended: boolean) => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  get media() {
    const on = (/** @type {Section} */ section) => this.tracks.get(section)?.enabled ?? false;
    return { microphone: on("microphone"), camera: on("camera"), screen: on("screen") };
  }

  /** @param {"microphone" | "camera" | "screen"} kind @param {boolean} on */
  set(kind, on) {
    if (kind === "microphone") return this.setMicrophone(on);
    return kind === "camera" ? this.setCamera(on) : this.shareScreen(on);
  }

  /** @param {boolean} on @param {string} [deviceId] */
  setMicrophone(on, deviceId) {
    return this.#inOrder(async () => {
      const track = this.tracks.get("microphone");
      if (track && !deviceId) {
        if (track.enabled === on) return;
        track.enabled = on;
        this.#changed("microphone", false);
      } else if (on) {
        const audio = { ...MICROPHONE, ...(deviceId && { deviceId: { exact: deviceId } }) };
        await this.#capture({ microphone: "audio" }, () => capture().getUserMedia({ audio }));
      }
    });
  }

  /** @param {boolean} on @param {string} [deviceId] */
  setCamera(on, deviceId) {
    return this.#inOrder(async () => {
      if (!on) return this.#drop("camera");
      if (this.tracks.has("camera") && !deviceId) return;
      const video = { ...CAMERA, ...(deviceId && { deviceId: { exact: deviceId } }) };
      await this.#capture({ camera: "video" }, () => capture().getUserMedia({ video }));
    });
  }

  /** @param {boolean} on */
  shareScreen(on) {
    return this.#inOrder(async () => {
      if (!on) return this.#drop("screen", "screenAudio");
      if (this.tracks.has("screen")) return;
      await this.#capture({ screen: "video", screenAudio: "audio" }, () =>
        capture().getDisplayMedia({ video: true, audio: true }),
      );
    });
  }

  stop() {
    this.#generation += 1;
    for (const track of this.tracks.values()) track.stop();
    this.tracks.clear();
  }

  /** @param {() => Promise<void>} step @returns {Promise<void>} */
  #inOrder(step) {
    const done = this.#turn.then(step);
    this.#turn = done.catch(() => {});
    return done;
  }

  /**
   * @param {Partial<Record<Section, "audio" | "video">>} wanted
   * @param {() => Promise<MediaStream>} open
   */
  async #capture(wanted, open) {
    const generation = this.#generation;
    const stream = await open();
    if (generation !== this.#generation) return stream.getTracks().forEach((track) => track.stop());
    const sections = /** @type {Section[]} */ (Object.keys(wanted));
    for (const section of sections) {
      const track = stream.getTracks().find((each) => each.kind === wanted[section]);
      if (!track) continue;
      this.tracks.get(section)?.stop();
      this.tracks.set(section, track);
      track.onended = () => {
        if (this.tracks.get(section) !== track) return;
        this.tracks.delete(section);
        this.#changed(section, true);
      };
    }
    this.#changed(sections[0], false);
  }

  /** @param {Section[]} sections */
  #drop(...sections) {
    const dropped = sections.filter((section) => this.tracks.has(section));
    for (const section of dropped) {
      this.tracks.get(section)?.stop();
      this.tracks.delete(section);
    }
    if (dropped.length) this.#changed(sections[0], false);
  }
}

/** Browsers hide `mediaDevices` on pages that are neither local nor HTTPS. */
function capture() {
  if (navigator.mediaDevices) return navigator.mediaDevices;
  throw new DOMException("Microphones need https:// or a page from this machine.", "SecurityError");
}

/** @param {number} duration */
function seconds(duration) {
  return new Promise((resolve) => setTimeout(resolve, duration * 1000));
}
