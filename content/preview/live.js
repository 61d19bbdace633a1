// Keeps a served page up to date: shows how far operations are, and fetches the page again when its copy has changed.
"use strict";

const element = (id) => document.getElementById(id);
let shownVersion = document.documentElement.dataset.version;
let refreshing = false;
let refreshAgain = false;

function showProgress(progress) {
  const bar = element("progress");
  bar.hidden = progress === null;
  if (progress === null) return;
  element("progress-bar").max = Math.max(1, progress.total);
  element("progress-bar").value = progress.finished;
  element("progress-count").textContent = `${progress.finished} of ${progress.total}`;
  element("progress-latest").textContent = progress.latest;
  element("progress-failed").textContent = progress.failed ? `${progress.failed} failed` : "";
  element("progress-failed").hidden = progress.failed === 0;
  element("progress-note").textContent = progress.note;
}

async function refresh() {
  if (refreshing) {
    refreshAgain = true;
    return;
  }
  refreshing = true;
  try {
    const answer = await fetch(location.pathname, { cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    replaceMain(fresh.querySelector("main"));
    document.title = fresh.title;
  } catch {
    shownVersion = null; // the next event tries again
  } finally {
    refreshing = false;
  }
  if (refreshAgain) {
    refreshAgain = false;
    refresh();
  }
}

function replaceMain(fresh) {
  const old = document.querySelector("main");
  if (!fresh) return;
  for (const details of old.querySelectorAll("details[id][open]")) {
    const again = fresh.querySelector(`#${CSS.escape(details.id)}`);
    if (again) again.open = true;
  }
  for (const section of fresh.querySelectorAll("section[id]")) {
    const before = old.querySelector(`#${CSS.escape(section.id)}`);
    if (before && before.textContent !== section.textContent) section.classList.add("fresh");
  }
  old.replaceWith(document.adoptNode(fresh));
}

function say(words, state) {
  const line = element("connection");
  line.textContent = words;
  line.dataset.state = state;
}

const events = new EventSource("events");
events.onopen = () => say("Up to date", "open");
events.onerror = () => say("Not connected", "lost");
events.onmessage = (event) => {
  const pulse = JSON.parse(event.data);
  showProgress(pulse.progress);
  if (pulse.version === shownVersion) return;
  shownVersion = pulse.version;
  refresh();
};
