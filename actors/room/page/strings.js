/** Every text of the page, in one place. A function takes what stands in the sentence. */

export const strings = {
  // The lobby.
  devices: "Microphone and camera",
  microphone: "Microphone",
  camera: "Camera",
  speaker: "Speaker",
  yourName: "Your name",
  join: "Join",
  joining: "Joining…",
  joinQuietly: "Join without microphone",
  tryAgain: "Try again",
  noCamera: "No camera",
  microphoneNumber: (number) => `Microphone ${number}`,
  cameraNumber: (number) => `Camera ${number}`,
  speakerNumber: (number) => `Speaker ${number}`,
  askingForMicrophone: "Your browser asks whether this page may hear you.",
  saySomething: "Say something: the bars move when you are heard.",
  heard: "You are heard.",
  nobodyInside: "Nobody is here yet.",
  inside: (names) => (names.length === 1 ? `${names[0]} is here.` : `${sentence(names)} are here.`),
  meter: "How loud you are",
  pageTitle: (room) => `${room} · Callboard`,

  // The stage.
  you: "You",
  stage: "Stage",
  captions: "Captions",
  mutedMark: "microphone off",
  noMicrophone: "without microphone",
  screenOf: (name) => `Screen of ${name}`,
  yourScreen: "Your screen",
  recording: "This call is being recorded.",
  alone: "You are the first here. Whoever opens this address joins you.",
  connecting: "connecting…",
  agentStates: {
    waiting: "getting ready",
    listening: "listening",
    thinking: "thinking",
    speaking: "speaking",
    failed: "has a problem",
    reconnecting: "connecting…",
  },
  joinedMark: (name) => `${name} came in`,
  leftMark: (name) => `${name} left`,
  reconnecting: "The connection was lost. Trying to come back…",
  tapForSound: "Your browser holds the sound back. Click anywhere to hear the others.",
  deviceGone: { microphone: "Your microphone was unplugged or taken.", camera: "Your camera was unplugged or taken." },

  // Controls. The letter is the key.
  controls: {
    microphone: { on: "Mute", off: "Unmute", key: "m" },
    camera: { on: "Camera off", off: "Camera", key: "v" },
    screen: { on: "Screen off", off: "Screen", key: "s" },
    chat: { on: "Chat", off: "Chat", key: "c" },
    backstage: { on: "Backstage", off: "Backstage", key: "b" },
    leave: { on: "Leave", off: "Leave", key: "" },
  },
  controlsLabel: "Controls",
  close: "Close",
  unread: (number) => `${number} unread`,

  // Chat.
  chat: "Chat",
  write: "Write to everybody",
  send: "Send",
  notSent: "That line did not go out: the connection is down. Try again in a moment.",

  // Backstage.
  backstage: "Backstage",
  graph: "The agent's graph: actors and the links between them",
  noGraph: "No agent in this room shows its graph.",
  replies: "Turns",
  people: "People",
  agent: "Agent",
  noTurns: "Speech appears here as it happens.",
  graphHint: "Point at an actor or a link to see its figures.",
  actorStates: {
    starting: "starting",
    running: "running",
    restarting: "restarting",
    degraded: "out of order, tried again every 10 seconds",
    stopped: "stopped",
  },
  actorDetail: (path, state, restarts) =>
    `${path}: ${state}${restarts ? `, restarted ${restarts === 1 ? "once" : `${restarts} times`}` : ""}.`,
  linkDetail: (source, target, rate, depth, capacity, drops) =>
    `${source} → ${target}: ${rate < 10 ? rate.toFixed(1) : Math.round(rate)} a second, ` +
    `${depth} of ${capacity} waiting, ${drops ? `${drops} dropped` : "none dropped"}.`,
  crashed: (path, life) => `${path} crashed in life ${life}`,
  stages: { hearing: "hearing", thinking: "thinking", speaking: "speaking", network: "network" },
  replyDetail: (total, parts) => `Answered after ${milliseconds(total)}: ${parts.join(", ")}.`,
  stageDetail: (stage, duration) => `${stage} ${milliseconds(duration)}`,
  interrupted: "interrupted",
  lastSeconds: (number) => `${number} s ago`,
  now: "now",

  // After the call.
  leftTitle: "You left.",
  joinAgain: "Join again",
};

/** What went wrong, as a person would say it, and what to do. Keys are a browser's or the room's own codes. */
const troubles = {
  NotAllowedError: (device) =>
    `Your browser blocks the ${device}. Click the lock beside the address, allow it, and try again.`,
  SecurityError: (device) =>
    `Browsers give a ${device} only to pages that came over https:// or from this machine. ` +
    "Ask for an https address of this room.",
  NotFoundError: (device) => `There is no ${device} on this machine. Plug one in, or join without it.`,
  NotReadableError: (device) => `Another program holds the ${device}. Close it there, and try again.`,
  OverconstrainedError: (device) => `That ${device} is gone. Choose another.`,
  AbortError: (device) => `The ${device} stopped before it began. Try again.`,
  TypeError: (device) => `This browser offers no ${device} to web pages.`,

  unreachable: () => "The room does not answer. Check that its server is running, and try again.",
  room_full: () => "The room is full. Try again when somebody has left.",
  busy: () => "All lines are busy. Try again in a few minutes.",
  bad_token: () =>
    "This room opens only with an invitation, and this link holds none that is still good. Ask for a new one.",
  ejected: () => "You were asked to leave the room.",
  replaced: () => "You joined again in another window; this one has stepped aside.",
  lost: () => "The connection was lost and did not come back. Join again when you are online.",
  not_allowed: () => "You may not do that in this room.",
  rate_limited: () => "That was too much at once. Wait a moment, and try again.",
  too_large: () => "That is too long to send. Cut it into pieces.",
};

/**
 * A person's sentence for any error.
 * @param {unknown} error a DOMException, a RoomError or a code @param {string} [device] what was asked for
 */
export function trouble(error, device = strings.microphone.toLowerCase()) {
  const code = typeof error === "string" ? error : error?.code?.length ? error.code : error?.name;
  if (troubles[code]) return troubles[code](device);
  const said = error instanceof Error && error.message ? ` (${error.message})` : "";
  return `Something went wrong that this page did not expect${said}. Reload it and try again.`;
}

/** @param {string[]} names */
function sentence(names) {
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** @param {number} duration seconds */
function milliseconds(duration) {
  return `${Math.round(duration * 1000)} ms`;
}
