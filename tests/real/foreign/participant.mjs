// A participant made of werift, an independent WebRTC in TypeScript: joins a room, says what stands in a file,
// and prints what it heard. Usage: node participant.mjs URL PAYLOADS.json SECONDS
import { readFileSync } from "node:fs";
import { MediaStreamTrack, RTCPeerConnection, RtpHeader, RtpPacket, useOPUS } from "werift";
import WebSocket from "ws";

const [url, file, seconds] = process.argv.slice(2);
const said = JSON.parse(readFileSync(file, "utf8")).map((text) => Buffer.from(text, "base64"));
const heard = [];
const socket = new WebSocket(url.replace("http", "ws"), "callboard.1");
const send = (message) => socket.send(JSON.stringify(message));
const peers = new Map();

function connect(id) {
  const connection = new RTCPeerConnection({ codecs: { audio: [useOPUS()] }, iceAdditionalHostAddresses: ["127.0.0.1"] });
  const track = new MediaStreamTrack({ kind: "audio" });
  connection.onTrack.subscribe((remote) => remote.onReceiveRtp.subscribe((packet) => heard.push(packet.payload)));
  connection.addTransceiver(track, { direction: "sendrecv" });
  connection.connectionStateChange.subscribe((state) => {
    if (state === "connected") speak(track);
  });
  peers.set(id, connection);
  return connection;
}

function speak(track) {
  let sequence = 0;
  const timer = setInterval(() => {
    if (sequence === said.length) return clearInterval(timer);
    const header = new RtpHeader({ sequenceNumber: sequence, timestamp: sequence * 960, payloadType: 111, ssrc: 7 });
    track.writeRtp(new RtpPacket(header, said[sequence++]));
  }, 20);
}

async function describe(id, connection, description, attempt = 0) {
  await connection.setLocalDescription(description);
  const { type, sdp } = connection.localDescription;
  send({ type: "signal", to: id, attempt, description: { type, sdp } });
}

socket.on("open", () => send({ type: "join", name: "Werift", media: { microphone: true } }));
socket.on("message", async (text) => {
  const message = JSON.parse(text);
  if (message.type === "ping") return send({ type: "pong" });
  if (message.type === "joined") {
    for (const { id } of message.participants.filter(({ id }) => id !== message.id)) {
      const connection = connect(id);
      await describe(id, connection, await connection.createOffer());
    }
  }
  if (message.type !== "signal") return;
  const { from, description, candidate } = message;
  if (description?.type === "offer") {
    const connection = connect(from);
    await connection.setRemoteDescription(description);
    await describe(from, connection, await connection.createAnswer(), message.attempt);
  } else if (description) await peers.get(from).setRemoteDescription(description);
  else if (candidate?.candidate) await peers.get(from)?.addIceCandidate(candidate);
});

setTimeout(() => {
  console.log(JSON.stringify(heard.map((payload) => payload.toString("base64"))));
  process.exit(0);
}, Number(seconds) * 1000);
