/** The page: from the lobby onto the stage and back. */

import { Backstage } from "./backstage.js";
import { Call } from "./callboard.js";
import { Captions } from "./captions.js";
import { Chat } from "./chat.js";
import { Controls } from "./controls.js";
import { byId, say } from "./dom.js";
import { icon } from "./icons.js";
import { Lobby, whoIsInside } from "./lobby.js";
import { Stage } from "./stage.js";
import { strings, trouble } from "./strings.js";

const query = new URLSearchParams(location.search);
const room = decodeURIComponent(location.pathname.slice(1));
/** An invitation may stand behind `#`, where no server and no log ever sees it. */
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? query.get("token") ?? undefined;
const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(location.hostname);

const call = new Call(location.href);
/** For the console: `callboard.media`, `callboard.participants`... */
Object.assign(globalThis, { callboard: call });

function fillTexts() {
  for (const place of document.querySelectorAll("[data-text]")) say(place, strings[place.dataset.text]);
  for (const button of document.querySelectorAll("[data-close]")) {
    button.append(icon("close"));
    button.setAttribute("aria-label", strings.close);
  }
}

/** One stay in the lobby, until somebody is in. */
async function lobby(sentence = "") {
  document.documentElement.dataset.view = "lobby";
  byId("lobby").hidden = false;
  byId("call").hidden = true;
  const here = new Lobby(call, room, {
    join: async (name) => {
      await call.join({ name, token });
      here.close();
      onStage(name);
    },
  });
  here.complain(sentence);
  await here.listen();
  if (sentence) here.complain(sentence);
  return here;
}

/** One call, until it ends. @param {string} name */
function onStage(name) {
  document.documentElement.dataset.view = "call";
  byId("lobby").hidden = true;
  byId("call").hidden = false;

  let crashes = 0;
  const backstage = new Backstage(call, () => controls.badge("backstage", ++crashes));
  const stage = new Stage(call, name, (now, tiles) => backstage.heard(now, tiles));
  const captions = new Captions(call);
  let unread = 0;
  const chat = new Chat(call, () => {
    if (byId("chat").hidden) controls.badge("chat", ++unread);
  });
  const panels = ["chat", "backstage"];
  /** Two panels would leave no room for the stage. */
  const narrow = matchMedia("(width < 100rem)");

  const open = (panel, wanted = byId(panel).hidden) => {
    if (wanted && narrow.matches) for (const other of panels) if (other !== panel) open(other, false);
    const held = byId(panel).contains(document.activeElement);
    byId(panel).hidden = !wanted;
    controls.show(panel, wanted);
    if (panel === "backstage") {
      backstage.show(wanted);
      crashes = 0;
      controls.badge("backstage", 0);
    }
    if (panel === "chat" && wanted) {
      unread = 0;
      controls.badge("chat", 0);
      chat.focus();
    }
    if (!wanted && held) controls.focus(panel);
  };
  const escape = () => {
    const last = [...panels].reverse().find((panel) => !byId(panel).hidden);
    if (last) open(last, false);
  };
  const tried = (device, step) =>
    step.catch((error) => {
      const declined = device === "screen" && error.name === "NotAllowedError";
      if (!declined) announce(trouble(error, strings[device]?.toLowerCase() ?? device), 8);
    });
  const controls = new Controls({
    microphone: () => void tried("microphone", call.setMicrophone(!call.media.microphone)),
    camera: () => void tried("camera", call.setCamera(!call.media.camera)),
    screen: () => void tried("screen", call.shareScreen(!call.media.screen)),
    chat: () => open("chat"),
    backstage: () => open("backstage"),
    leave: () => call.leave(),
    escape,
  });
  if (!navigator.mediaDevices?.getDisplayMedia) controls.hide("screen");
  const show = () => {
    for (const [kind, on] of Object.entries(call.media)) controls.show(kind, on);
  };
  show();
  const closers = [...document.querySelectorAll("[data-close]")];
  const onClose = (event) => open(event.currentTarget.dataset.close, false);
  for (const button of closers) button.addEventListener("click", onClose);
  const resume = () => void call.resumeAudio();

  const stops = [
    call.on("local", ({ ended }) => {
      show();
      if (ended && strings.deviceGone[ended]) announce(strings.deviceGone[ended], 8);
    }),
    call.on("playback", ({ blocked }) => {
      announce(blocked ? strings.tapForSound : "");
      if (blocked) addEventListener("pointerdown", resume, { once: true });
    }),
    call.on("participant_updated", ({ participant }) => {
      if (participant.id === call.id && participant.recording) announce(strings.recording);
    }),
    call.on("error", ({ code, fatal }) => !fatal && announce(trouble(code), 8)),
    call.on("state", ({ state, reason }) => {
      announce(state === "reconnecting" ? strings.reconnecting : "");
      if (state !== "left") return;
      for (const stop of stops) stop();
      for (const part of [stage, captions, chat, controls, backstage]) part.close();
      for (const button of closers) button.removeEventListener("click", onClose);
      for (const panel of panels) byId(panel).hidden = true;
      void lobby(reason && reason !== "left" ? trouble(reason) : "");
    }),
  ];
  if (call.media.microphone) byId("house").focus();
  else open("chat", true); // Without a microphone one types.
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let fading;

/** A sentence over the stage; an empty one takes it away. @param {string} sentence @param {number} [seconds] */
function announce(sentence, seconds) {
  clearTimeout(fading);
  byId("notice").hidden = !sentence;
  say(byId("notice"), sentence);
  if (seconds) fading = setTimeout(() => announce(""), seconds * 1000);
}

async function start() {
  fillTexts();
  if (!room) return location.replace("/lobby" + location.search + location.hash);
  const here = await lobby();
  const name = query.get("name");
  if (query.get("join") !== "1" || !name) return;
  const alone = loopback || (await whoIsInside(room))?.auto_join;
  await here.enterAs(name, !alone);
}

void start();
