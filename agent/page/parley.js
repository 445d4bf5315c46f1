// The page: one button, a call behind it, and what there is to see of it.

import { Call } from "./call.js";
import { Captions } from "./captions.js";
import { Levels } from "./levels.js";
import { listMicrophones, openMicrophone } from "./microphone.js";
import { Orb } from "./orb.js";

const $ = (id) => document.getElementById(id);

const FLOOR = {
  idle: "Ready when you are",
  asking: "Waiting for the microphone",
  connecting: "Connecting",
  waiting: "Trying again",
  listening: "Listening",
  thinking: "Thinking",
  speaking: "Speaking",
  muted: "You are muted",
};

const BUTTON = {
  idle: "Start talking",
  asking: "Cancel",
  connecting: "Cancel",
  waiting: "Stop trying",
  connected: "Hang up",
};

const captions = new Captions($("captions"), $("announcer"));
const orb = new Orb($("orb"));

let call = null;
let stream = null;
let levels = null;
let muted = false;
let turnState = "listening";
let pending = null; // the latency record whose answer has not been heard yet

function show(phase, floor = phase) {
  document.body.dataset.call = phase;
  document.body.dataset.floor = floor;
  $("floor").textContent = FLOOR[floor];
  const calling = phase !== "idle";
  $("call").textContent = BUTTON[phase];
  $("mute").hidden = phase !== "connected";
  $("choice").hidden = !calling || !stream;
}

function showFloor() {
  show("connected", muted && turnState === "listening" ? "muted" : turnState);
}

function notice(text) {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

async function start() {
  notice("");
  show("asking");
  // Made while the press is fresh: browsers start audio for a press only.
  levels = new Levels();
  try {
    stream = await openMicrophone(localStorage.getItem("microphone") ?? "");
  } catch (error) {
    return stop(error.message);
  }
  if (!levels) return stop(""); // hung up while the browser was asking
  await Promise.all([levels.watchMicrophone(stream), fillMicrophones()]);
  levels.onAgentSound = agentHeard;
  orb.follow(levels);
  place();
}

function place() {
  call = new Call(stream);
  call.addEventListener("phase", ({ detail }) => phaseChanged(detail));
  call.addEventListener("message", ({ detail }) => messageCame(detail));
  call.addEventListener("voice", ({ detail }) => voiceCame(detail.stream));
  call.start();
}

function stop(reason) {
  const [ending, watching] = [call, levels];
  call = levels = null;
  ending?.hangUp();
  watching?.close();
  orb.follow(null);
  setMuted(false);
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  show("idle");
  notice(reason);
  $("call").focus();
}

function phaseChanged({ phase, reason, seconds }) {
  if (phase === "connecting") {
    pending = null;
    captions.newCall();
    show("connecting");
  } else if (phase === "connected") {
    notice("");
    turnState = "listening";
    showFloor();
    $("mute").focus();
  } else if (phase === "waiting") {
    show("waiting");
    notice(`${reason} Calling again in ${Math.ceil(seconds)} s.`);
  } else if (call) {
    stop(reason ? sentence(reason) : "");
  }
}

function messageCame(message) {
  if (message.type === "state") {
    turnState = message.state;
    showFloor();
  } else if (message.type === "caption") {
    captions.show(message);
  } else if (message.type === "latency") {
    latencyCame(message);
  } else if (message.type === "notice") {
    notice(message.text);
  }
}

// The record is sent with the first packet of the answer; the sound comes out a little later.
function latencyCame(record) {
  captions.showLatency(record);
  pending = record;
  const onset = levels?.theirs.onset ?? 0;
  if (levels && levels.context.currentTime - onset < 0.3) agentHeard(onset);
}

function agentHeard(onset) {
  if (!pending || !levels) return;
  const heard = onset - levels.mine.loudEnd;
  // Shorter than what the agent itself measured: the caller has made a sound since.
  if (heard > pending.total - 0.15) captions.showLatency(pending, heard);
  pending = null;
}

async function voiceCame(voice) {
  $("voice").srcObject = voice;
  await levels?.watchAgent(voice);
}

function setMuted(on) {
  muted = on;
  for (const track of stream?.getAudioTracks() ?? []) track.enabled = !on;
  $("mute").setAttribute("aria-pressed", String(on));
  $("mute").textContent = on ? "Unmute" : "Mute";
  if (document.body.dataset.call === "connected") showFloor();
}

async function fillMicrophones() {
  const current = stream?.getAudioTracks()[0]?.getSettings().deviceId;
  const options = (await listMicrophones()).map(
    ({ deviceId, label }) => new Option(label || "Microphone", deviceId, false, deviceId === current));
  $("microphones").replaceChildren(...options);
}

async function chooseMicrophone(deviceId) {
  try {
    const next = await openMicrophone(deviceId);
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = next;
    localStorage.setItem("microphone", deviceId);
    setMuted(muted);
    await call?.useMicrophone(next);
    await levels?.watchMicrophone(next);
  } catch (error) {
    notice(error.message);
  }
}

function sentence(text) {
  const upper = text[0].toUpperCase() + text.slice(1);
  return /[.!?]$/.test(upper) ? upper : `${upper}.`;
}

// Until the models are there, says so; a call may be placed all the same.
async function watchReadiness() {
  const response = await fetch("/ready").catch(() => null);
  const state = await response?.json().catch(() => null);
  if (state?.ready) {
    $("setup").textContent = "";
    return;
  }
  $("setup").textContent = state ? `${state.reason} You may start talking: nothing is missed.` : "";
  setTimeout(watchReadiness, 1000);
}

$("call").addEventListener("click", () => (document.body.dataset.call === "idle" ? start() : stop("")));
$("mute").addEventListener("click", () => setMuted(!muted));
$("microphones").addEventListener("change", ({ target }) => chooseMicrophone(target.value));
navigator.mediaDevices?.addEventListener("devicechange", () => stream && fillMicrophones());
window.addEventListener("pagehide", () => call?.hangUp());
window.addEventListener("keydown", (event) => {
  if (event.repeat || document.body.dataset.call === "idle") return;
  const onControl = event.target.closest?.("button, select");
  if (event.key === "Escape") {
    stop("");
  } else if (event.key === " " && !onControl) {
    event.preventDefault();
    setMuted(!muted);
  }
});

watchReadiness();
