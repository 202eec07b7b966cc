// A far side by werift, WebRTC in plain TypeScript: sends every packet back. `rsa` gives it an RSA certificate.
"use strict";
const { MediaStreamTrack, RTCPeerConnection, useOPUS } = require("werift");
const { converse } = require("./converse.cjs");

const keys = process.argv.includes("rsa") ? rsa() : undefined;

function rsa() {
  const { execFileSync } = require("node:child_process");
  const { mkdtempSync, readFileSync, rmSync } = require("node:fs");
  const folder = mkdtempSync(`${require("node:os").tmpdir()}/rsa-`);
  const [key, certificate] = [`${folder}/key.pem`, `${folder}/certificate.pem`];
  const subject = ["-subj", "/CN=werift", "-days", "2", "-nodes"];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-keyout", key, "-out", certificate, ...subject], { stdio: "ignore" });
  const read = { keyPem: readFileSync(key, "utf8"), certPem: readFileSync(certificate, "utf8") };
  rmSync(folder, { recursive: true });
  return { ...read, signatureHash: { signature: 1, hash: 4 } }; // RSA and SHA-256, by their numbers in TLS 1.2
}

converse({
  connect() {
    const peer = new RTCPeerConnection({
      iceServers: [],
      codecs: { audio: [useOPUS()], video: [] },
      dtls: keys && { keys },
    });
    peer.echo = new MediaStreamTrack({ kind: "audio" });
    peer.addTransceiver(peer.echo, { direction: "sendrecv" });
    return peer;
  },
  listen(track, heard, peer) {
    let packets = 0;
    track.onReceiveRtp.subscribe((packet) => {
      peer.echo.writeRtp(packet);
      packets += 1;
      if (packets % 50 === 0) heard({ packets });
    });
  },
});
