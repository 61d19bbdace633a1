// Making and filling elements. All text of the site goes in as text, never as HTML.

const element = (id) => document.getElementById(id);

/** An element; of the properties, `on` listens to clicks, and those with a dash are attributes. */
function make(tag, properties, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name === "on") made.addEventListener("click", value);
    else if (name.includes("-") || name === "role" || name === "dir") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

const shownIn = new Map();

/** Fill a place if what it shows has changed; the button that had the focus gets it back. */
function fill(id, data, draw) {
  const key = JSON.stringify(data ?? null);
  if (shownIn.get(id) === key) return;
  shownIn.set(id, key);
  const place = element(id);
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const drawn = data === null || data === undefined ? [] : [draw(data)].flat();
  place.replaceChildren(...drawn.filter(Boolean));
  if (focused) place.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

const button = (words, on, look = "") => {
  const made = make("button", { type: "button", className: look, on }, words);
  made.dataset.key = words.replace(/\d+/g, "");
  return made;
};
const place = (page, section) =>
  make("span", { className: "place", dir: "auto" }, make("span", { className: "page" }, `${page}\u200a/\u200a`), section);
const count = (amount, one) => `${number(amount)} ${one}${amount === 1 ? "" : "s"}`;

function say(words, state) {
  element("state").textContent = words;
  element("state").dataset.state = state;
}

let spoken = "";

function announce(words) {
  if (words !== spoken) element("announce").textContent = spoken = words;
}

/** Say what went wrong, where the person is looking: the board may be taller than the screen. */
function complain(sentence, where = "problem") {
  fill(where, sentence, (text) => make("p", { className: "note bad", role: "alert", dir: "auto" }, text));
}

function forgetComplaints() {
  for (const where of ["problem", "operation-confirm", "review-confirm"]) {
    if (!element(where).querySelector(".confirm")) fill(where, null);
  }
}

let isBusy = false;

async function attempt(work, where) {
  forgetComplaints();
  try {
    await work();
  } catch (error) {
    complain(error.message, where);
  }
}

/** Run what a button asks for, one at a time. */
async function press(work) {
  if (isBusy) return;
  isBusy = true;
  const section = document.activeElement?.closest("section");
  for (const each of document.querySelectorAll("button")) each.setAttribute("aria-disabled", "true");
  await attempt(work, section ? `${section.id}-confirm` : "problem");
  isBusy = false;
  for (const each of document.querySelectorAll("button")) each.removeAttribute("aria-disabled");
}
