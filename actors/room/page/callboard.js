/**
 * callboard.js: join a Callboard room from any web page. One module to import, no dependency.
 *
 *     import { Call } from "https://rooms.example/-/callboard.js";
 *     const call = new Call("https://rooms.example/lobby");
 *     call.on("caption", ({ text }) => console.log(text));
 *     await call.setMicrophone(true);
 *     await call.join({ name: "Alice" });
 *
 * Nothing here touches the document. Remote audio plays through media elements that are never attached
 * (browsers cancel the echo of what a media element plays, not of what WebAudio plays); pictures are tracks,
 * for the page to show. Texts from others come as they were sent: show them as text.
 *
 * @typedef {"idle" | "joining" | "joined" | "reconnecting" | "left"} CallState
 * @typedef {"microphone" | "camera" | "screen"} Kind
 * @typedef {Kind | "screenAudio"} Section what one track of ours is
 * @typedef {{microphone: boolean, camera: boolean, screen: boolean}} Media
 * @typedef {{id: string, name: string, owner: boolean, agent: boolean, hidden: boolean, media: Media,
 *   tracks: Record<string, {kind: string, name: string}>, permissions: Media & {messages: boolean},
 *   recording: boolean, playing: boolean, user_data: any, joined_at: number}} Participant
 *
 * What `on` knows, with what its listeners get:
 * @typedef {object} CallEvents
 * @property {{state: CallState, reason?: string}} state `reason`: "left", "lost" or a code of the protocol
 * @property {{participant: Participant}} participant_joined
 * @property {{participant: Participant}} participant_updated
 * @property {{participant: Participant, reason: string}} participant_left
 * @property {{id: string, section: string, track: MediaStreamTrack}} track a remote track; audio plays already
 * @property {{id: string, state: RTCPeerConnectionState}} connection
 * @property {{media: Media, ended?: Section}} local what we send has changed; `ended`: a device went away
 * @property {{blocked: boolean}} playback blocked until `resumeAudio()` is called in a click
 * @property {{from: string, to?: string, data: any}} message
 * @property {{participant: string, turn: number, text: string, final: boolean, heard: string | null}} caption
 *   `heard`: the beginning of `text` that was really played, where it was cut off
 * @property {{id: string, state: "listening" | "thinking" | "speaking" | "failed"}} agent_state
 * @property {{id: string, data: any}} graph what runs behind an agent
 * @property {{code: string, message: string, fatal: boolean}} error
 */

import { LocalMedia } from "./local-media.js";
import { Peer } from "./peer.js";

const SUBPROTOCOL = "callboard.1";
// Seconds.
const PING_EVERY = 15;
const SILENCE_LIMIT = 30;
/** For the answer to a ping when there is reason to doubt. */
const PROBE_LIMIT = 0.8;
const LEAVE_AFTER = 15;
/** Waits before each attempt to come back; a resume key is good for 60 s. */
const RESUME_WAITS = [0.2, 0.5, 1, 2, 4, 8, 8, 8, 8, 8, 8];

/** Fatal errors that a client may answer by coming back. */
const PASSING = new Set(["unreachable", "stopping", "too_slow"]);

/** What a room refused; `code` is the protocol's, or "unreachable". */
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
  /** Our own participant id. @type {string | null} */ id = null;
  /** Ourselves as the others see us. @type {Participant | null} */ me = null;
  /** The others, by id. @type {Map<string, Participant>} */ participants = new Map();

  #url;
  #local;
  /** @type {Map<string, Peer>} */ #peers = new Map();
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {object} */ #introduction = {};
  /** @type {string | undefined} */ #resume;
  /** @type {RTCIceServer[]} */ #iceServers = [];
  #playing = false;
  #heardAt = 0;
  /** Who may still come back to a restarted server. @type {Set<string>} */ #missing = new Set();
  #leave = () => this.leave();

  /** @param {string | URL} url the meeting URL, `https://HOST/ROOM` */
  constructor(url) {
    super();
    this.#url = new URL(url, location.href);
    this.#url.protocol = this.#url.protocol.replace("http", "ws");
    this.#url.search = this.#url.hash = "";
    this.#local = new LocalMedia((ended) => this.#localChanged(ended));
  }

  /**
   * Listens to one kind of event.
   * @template {keyof CallEvents} K
   * @param {K} type
   * @param {(detail: CallEvents[K]) => void} listener
   * @returns {() => void} stops listening
   */
  on(type, listener) {
    const unwrap = (/** @type {any} */ event) => listener(event.detail);
    this.addEventListener(type, unwrap);
    return () => this.removeEventListener(type, unwrap);
  }

  /**
   * Joins with whatever is switched on; resolves when the room has let us in.
   * @param {{name: string, token?: string, userData?: any}} who
   * @throws {RoomError} when the room refuses, or cannot be reached
   */
  async join({ name, token, userData }) {
    if (this.state !== "idle" && this.state !== "left") throw new Error(`join() while ${this.state}: leave() first.`);
    this.#introduction = { name, token, user_data: userData };
    this.#resume = undefined;
    this.#playing = false;
    this.#enter("joining");
    try {
      await this.#connect();
    } catch (error) {
      this.#enter("idle");
      throw error;
    }
    addEventListener("pagehide", this.#leave);
    addEventListener("online", this.#probe);
  }

  /** Leaves, and gives microphone, camera and screen back. @param {string} [reason] */
  leave(reason = "left") {
    removeEventListener("pagehide", this.#leave);
    removeEventListener("online", this.#probe);
    this.#send({ type: "leave" });
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
    for (const id of [...this.participants.keys()]) this.#farewell(id, "left");
    this.#local.stop();
    this.#enter("left", reason);
  }

  /**
   * Sends JSON to one participant or to everybody; false while the connection is down.
   * @param {any} data @param {string} [to]
   */
  send(data, to) {
    return this.#send({ type: "message", to, data });
  }

  /**
   * As an owner: switches somebody's media off, or gives and takes permissions.
   * @param {string} id @param {{media?: Partial<Media>, permissions?: Partial<Media & {messages: boolean}>}} order
   */
  administer(id, order) {
    return this.#send({ type: "admin", id, ...order });
  }

  /** As an owner: sends somebody away for good. @param {string} id */
  eject(id) {
    return this.#send({ type: "eject", id });
  }

  /**
   * Microphone on or off. Off keeps the device and sends silence, so that on is immediate.
   * @param {boolean} on @param {string} [deviceId]
   * @throws {DOMException} what `getUserMedia` throws: `NotAllowedError`, `NotFoundError`, ...
   */
  setMicrophone(on, deviceId) {
    return this.#local.set("microphone", on, deviceId);
  }

  /** Camera on or off; off gives the device back. @param {boolean} on @param {string} [deviceId] */
  setCamera(on, deviceId) {
    return this.#local.set("camera", on, deviceId);
  }

  /** Shares a screen, with its sound where the browser offers it. @param {boolean} on */
  shareScreen(on) {
    return this.#local.set("screen", on);
  }

  /** What we send now. */
  get media() {
    return this.#local.media;
  }

  /** @param {Section} section @returns {MediaStreamTrack | null} our own track */
  localTrack(section) {
    return this.#local.tracks.get(section) ?? null;
  }

  /** @param {string} id @param {string} section or a custom track's name @returns {MediaStreamTrack | null} */
  track(id, section) {
    return this.#peers.get(id)?.remote.get(section) ?? null;
  }

  /** What there is to choose from; labels are empty until something was allowed. */
  static async devices() {
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    const of = (/** @type {string} */ kind) => all.filter((device) => device.kind === kind && device.deviceId);
    return { microphones: of("audioinput"), cameras: of("videoinput"), speakers: of("audiooutput") };
  }

  /** Plays remote audio on another device, where the browser can. @param {string} deviceId */
  async setSpeaker(deviceId) {
    Peer.speaker = deviceId;
    await Promise.all([...this.#peers.values()].map((peer) => peer.useSpeaker()));
  }

  /** Starts sound that the browser held back; call it in a click. */
  async resumeAudio() {
    await Promise.all([...this.#peers.values()].map((peer) => peer.play()));
  }

  /** WebRTC's figures of the connection to one participant. @param {string} id */
  async statistics(id) {
    return (await this.#peers.get(id)?.connection?.getStats()) ?? null;
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

  /** @param {object} message */
  #send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Opens a socket; joins on it, or resumes. @returns {Promise<void>} */
  #connect() {
    return new Promise((resolve, reject) => {
      const socket = (this.#socket = new WebSocket(this.#url, SUBPROTOCOL));
      let refused = new RoomError("unreachable", "The room cannot be reached.");
      let entered = false;
      this.#heardAt = performance.now();
      const pings = setInterval(() => {
        if (performance.now() - this.#heardAt > SILENCE_LIMIT * 1000) lose(socket);
        else this.#send({ type: "ping" });
      }, PING_EVERY * 1000);
      socket.onopen = () =>
        this.#send({ type: "join", ...this.#introduction, resume: this.#resume, media: this.media });
      socket.onmessage = ({ data }) => {
        this.#heardAt = performance.now();
        const message = JSON.parse(data);
        if (message.type === "error" && message.fatal) refused = new RoomError(message.code, message.message);
        if (message.type !== "joined") return this.#receive(message);
        entered = true;
        this.#joined(message);
        resolve();
      };
      socket.onclose = () => {
        socket.onclose = socket.onmessage = null;
        clearInterval(pings);
        socket.close();
        if (!entered) reject(refused);
        else if (socket === this.#socket) void this.#comeBack(refused);
      };
    });
  }

  /**
   * Media stopped: has the socket been lost with it, as in another network? By itself it would say so much later.
   */
  #probe = async () => {
    const socket = this.#socket;
    const asked = performance.now();
    if (!socket || !this.#send({ type: "ping" })) return;
    await seconds(PROBE_LIMIT);
    if (socket === this.#socket && this.#heardAt < asked) lose(socket);
  };

  /** @param {RoomError} cause */
  async #comeBack(cause) {
    this.#enter("reconnecting");
    for (const wait of RESUME_WAITS) {
      if (!PASSING.has(cause.code)) return this.leave(cause.code);
      await seconds(wait);
      if (this.state !== "reconnecting") return;
      try {
        return await this.#connect();
      } catch (error) {
        cause = /** @type {RoomError} */ (error);
      }
    }
    if (this.state === "reconnecting") this.leave("lost");
  }

  /**
   * @param {{id: string, resumed: boolean, recovering: boolean, resume: string, participants: Participant[],
   *   ice_servers: any}} joined
   */
  #joined({ id, resumed, recovering, resume, participants, ice_servers }) {
    const here = new Set(participants.map((participant) => participant.id));
    const absent = [...this.participants.keys()].filter((other) => !here.has(other));
    // A restarted server knows only those who have come back: give the others as long as it does.
    const missed = (this.#missing = new Set(recovering ? absent : []));
    if (missed.size) setTimeout(() => this.#giveUp(missed), LEAVE_AFTER * 1000);
    for (const other of resumed ? absent : [...this.participants.keys()])
      if (!missed.has(other)) this.#farewell(other, "left");
    this.id = id;
    this.#resume = resume;
    this.#iceServers = ice_servers;
    for (const participant of participants) this.#welcome(participant, recovering || !resumed);
    this.#enter("joined");
    if (!resumed) return;
    this.#send({ type: "update", media: this.media, playing: this.#playing });
    for (const peer of this.#peers.values()) {
      peer.iceServers = ice_servers; // Passwords of TURN servers hold for a while.
      void peer.checkAfterResume();
    }
  }

  /** @param {Set<string>} missed */
  #giveUp(missed) {
    for (const id of missed) if (this.#missing === missed) this.#farewell(id, "lost");
  }

  /** @param {any} message */
  #receive(message) {
    const { from, data } = message;
    switch (message.type) {
      case "signal":
        return this.#peers.get(from)?.hear(message);
      case "participant_joined":
        return this.#welcome(message.participant, false);
      case "participant_updated":
        return this.#update(message.participant);
      case "participant_left":
        return this.#farewell(message.id, message.reason);
      case "message":
        return this.#emit("message", { from, to: message.to, data });
      case "event":
        if (message.topic === "caption") this.#emit("caption", { ...data, participant: data.participant ?? from });
        if (message.topic === "state") this.#emit("agent_state", { id: from, state: data.state });
        if (message.topic === "graph") this.#emit("graph", { id: from, data });
        return;
      case "admin":
        for (const orders of [message.media, message.permissions])
          for (const kind of /** @type {const} */ (["microphone", "camera", "screen"]))
            if (orders?.[kind] === false) void this.#local.set(kind, false);
        return;
      case "error":
        return this.#emit("error", { code: message.code, message: message.message, fatal: message.fatal });
      case "ping":
        this.#resume = message.resume ?? this.#resume;
        return void this.#send({ type: "pong" });
    }
  }

  /** @param {Participant} participant @param {boolean} offers we are the newcomer, so we offer */
  #welcome(participant, offers) {
    const { id } = participant;
    this.#missing.delete(id);
    if (id === this.id || this.participants.has(id)) return this.#update(participant);
    const peer = new Peer(this.#iceServers, this.#local, {
      send: (signal) => this.#send({ type: "signal", to: id, ...signal }),
      track: (section, track) => this.#emit("track", { id, section, track }),
      connection: (state) => this.#emit("connection", { id, state }),
      playing: () => this.#played(),
      blocked: () => this.#emit("playback", { blocked: true }),
      stalled: () => void this.#probe(),
    });
    peer.yields = id < /** @type {string} */ (this.id);
    this.participants.set(id, participant);
    this.#peers.set(id, peer);
    this.#emit("participant_joined", { participant });
    if (offers) peer.offerFirst();
    else peer.awaitOffer();
    peer.extend(participant.tracks ?? {});
  }

  /** @param {Participant} participant */
  #update(participant) {
    if (participant.id === this.id) this.me = participant;
    else this.participants.set(participant.id, participant);
    this.#peers.get(participant.id)?.extend(participant.tracks ?? {});
    this.#emit("participant_updated", { participant });
  }

  /** @param {string} id @param {string} reason */
  #farewell(id, reason) {
    const participant = this.participants.get(id);
    const peer = this.#peers.get(id);
    if (!participant || !peer) return;
    this.participants.delete(id);
    this.#missing.delete(id);
    this.#peers.delete(id);
    peer.close();
    this.#emit("participant_left", { participant, reason });
  }

  /** @param {Section} [ended] */
  #localChanged(ended) {
    for (const peer of this.#peers.values()) void peer.fill();
    this.#send({ type: "update", media: this.media });
    this.#emit("local", { media: this.media, ended });
  }

  #played() {
    this.#emit("playback", { blocked: false });
    this.#playing ||= this.#send({ type: "update", playing: true });
  }
}

/** @param {number} duration */
function seconds(duration) {
  return new Promise((resolve) => setTimeout(resolve, duration * 1000));
}

/** Takes a socket for lost that does not say so itself. @param {WebSocket} socket */
function lose(socket) {
  socket.onclose?.(new CloseEvent("close"));
}
