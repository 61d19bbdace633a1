// What arrives from the assistant's call, and the beginning. The board shows what the tools answer; it decides nothing itself.

let asked = {}; // the arguments of the call that the board belongs to
let operation = null;
let review = null;

function show(given) {
  if ("against" in given) return showReview(given, scopeOf(asked));
  if ("queuedSections" in given) return showReceipt(given);
  if ("jobsTotal" in given) return follow(showStatus(given));
  complain(given.message ?? "This answer is none that the board knows.");
}

function scopeOf({ pages, sections, all, page, section }) {
  return Object.fromEntries(Object.entries({ pages, sections, all, page, section }).filter(([, value]) => value));
}

element("refresh").addEventListener("click", () =>
  press(async () => {
    misses = 0;
    pause = FIRST_PAUSE;
    if (operation?.isStored && operation.id) follow(showStatus(await statusOf()));
    if (review && !review.isOld) await compare({ ...review.scope, against: review.against });
  }),
);
element("enlarge").addEventListener("click", () =>
  press(async () => suit({ displayMode: (await request("ui/request-display-mode", { mode: "fullscreen" })).mode })),
);
darkScreen.addEventListener("change", () => suit({}));
suit({});
attempt(connect);
