// The line to the host: JSON-RPC by postMessage, as MCP Apps has it, and what the host says of itself.
"use strict";

const PROTOCOL = "2026-01-26";
const PATIENCE = 90_000; // ms: hosts ask people before they let a call through
const parentWindow = window.parent;
const pending = new Map();
let lastId = 0;
let capabilities = {};
let context = {};
let isReady = false;
let isOver = false;

const post = (message) => parentWindow.postMessage({ jsonrpc: "2.0", ...message }, "*");
const notify = (method, params = {}) => post({ method, params });

function request(method, params = {}) {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      pending.delete(id);
      reject(new Error("The chat gave no answer. Whether it was done is not known: Refresh shows it."));
    }, PATIENCE);
    pending.set(id, { resolve, reject, timer });
    post({ id, method, params });
  });
}

window.addEventListener("message", (event) => {
  const message = event.data;
  if (event.source !== parentWindow || parentWindow === window || message?.jsonrpc !== "2.0") return;
  if (message.method === undefined) settle(message);
  else if (message.id === undefined) NOTICES[message.method]?.(message.params ?? {});
  else answer(message);
});

function settle({ id, result, error }) {
  const waiting = pending.get(id);
  if (!waiting) return;
  pending.delete(id);
  clearTimeout(waiting.timer);
  if (error) waiting.reject(new Error(`The chat refused: ${error.message || "it gives no reason"}`));
  else waiting.resolve(result ?? {});
}

function answer({ id, method }) {
  if (method === "ui/resource-teardown") {
    isOver = true;
    clearTimeout(nextLook);
    return post({ id, result: {} });
  }
  if (method === "ping") return post({ id, result: {} });
  post({ id, error: { code: -32601, message: `The board has no method ${method}` } });
}

const NOTICES = {
  "ui/notifications/tool-input": ({ arguments: given }) => (asked = given ?? {}),
  "ui/notifications/tool-input-partial": () => say("The assistant is asking", "waiting"),
  "ui/notifications/tool-result": (result) => {
    if (result.isError) say("Refused", "lost");
    attempt(() => show(read(result)));
  },
  "ui/notifications/tool-cancelled": ({ reason }) => {
    say("Cancelled", "lost");
    complain(`The call was cancelled${reason ? `: ${reason}` : "."}`);
  },
  "ui/notifications/host-context-changed": (changed) => suit(changed),
};

async function connect() {
  if (parentWindow === window) return complain("This page belongs into a chat that shows MCP Apps.");
  const welcome = await request("ui/initialize", {
    protocolVersion: PROTOCOL,
    appInfo: { name: "copydesk-board", title: "copydesk review board", version: "1.0.0" },
    appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
  });
  capabilities = welcome.hostCapabilities ?? {};
  suit(welcome.hostContext ?? {});
  say("Waiting for copydesk", "waiting");
  notify("ui/notifications/initialized");
  isReady = true;
  new ResizeObserver(tellSize).observe(document.body);
}

const darkScreen = matchMedia("(prefers-color-scheme: dark)");

function suit(changed) {
  context = { ...context, ...changed };
  const root = document.documentElement;
  root.dataset.theme = context.theme ?? (darkScreen.matches ? "dark" : "light");
  for (const [name, value] of Object.entries(changed.styles?.variables ?? {})) {
    if (/^--(color|font)-[\w-]+$/.test(name) && typeof value === "string") root.style.setProperty(name, value);
  }
  for (const [side, pixels] of Object.entries(context.safeAreaInsets ?? {})) {
    root.style.setProperty(`--safe-${side}`, `${Number(pixels) || 0}px`);
  }
  const modes = context.availableDisplayModes ?? [];
  element("enlarge").hidden = !(modes.includes("fullscreen") && (context.displayMode ?? "inline") === "inline");
  tellSize();
}

let toldHeight = 0;

function tellSize() {
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  if (!isReady || isOver || height === toldHeight || (context.displayMode ?? "inline") !== "inline") return;
  toldHeight = height;
  notify("ui/notifications/size-changed", { height });
}

function number(value, style = {}) {
  try {
    return new Intl.NumberFormat(context.locale, style).format(value);
  } catch {
    return new Intl.NumberFormat("en", style).format(value);
  }
}

const canCall = () => "serverTools" in capabilities;

async function call(name, given) {
  return read(await request("tools/call", { name, arguments: given }));
}

/** The structured answer of a result, which some hosts pass on as text only. Throws the sentence of an error. */
function read(result) {
  const text = (result.content ?? []).map((part) => (part.type === "text" ? part.text : "")).join("\n").trim();
  if (result.isError) throw new Error(text.replace(/^\[[\w-]+\] /, "") || "copydesk refused, without a reason.");
  if (result.structuredContent) return result.structuredContent;
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(text || "The chat passed no answer on.");
  }
}

const freshId = () => `board-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 12)}`;

/** What the person did here, for the assistant to know when it speaks next. */
function tellAssistant(text) {
  if (!capabilities.updateModelContext) return;
  request("ui/update-model-context", { content: [{ type: "text", text }] }).catch(() => {}); // it can still ask copydesk
}
