// The operation: how far it is, section by section, what failed and why.

const FINISHED = ["completed", "failed", "cancelled"];
const UNDER_WAY = ["pending", "processing"];
const TITLES = {
  generate: ["Writing preview copy", "Preview copy is written"],
  regenerate: ["Rewriting preview copy", "Preview copy is rewritten"],
  promote: ["Publishing to production", "Published to production"],
  rollback: ["Undoing", "Undone"],
  edit: ["Editing preview copy", "Preview copy is edited"],
};
const BADGES = {
  ok: ["Done", "live"],
  partial: ["Partly done", "changed"],
  failed: ["Failed", "bad"],
  cancelled: ["Cancelled", "changed"],
  "nothing-to-do": ["Nothing to do", ""],
};
const STATES = {
  pending: ["waiting", "empty"],
  processing: ["under way", "new busy"],
  completed: ["done", "live"],
  failed: ["failed", "bad"],
  cancelled: ["cancelled", "changed"],
};
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;
let nextLook;
let pause = FIRST_PAUSE;
let misses = 0;

function showReceipt(receipt) {
  operation = {
    id: receipt.operationId,
    kind: receipt.operation,
    isDry: receipt.dryRun,
    isStored: receipt.status !== null,
    status: receipt.status,
    outcome: receipt.outcome,
    blocked: receipt.blockedBy,
    writer: receipt.writer,
    counts: receipt.counts,
    total: receipt.queuedSections,
    usage: receipt.usage,
    message: receipt.message,
    warnings: receipt.warnings,
    failures: receipt.failed,
    failuresTotal: receipt.errorsTotal,
    refused: receipt.failed.length ? [] : receipt.errors,
    skipped: receipt.skipped,
    skippedTotal: receipt.skippedTotal,
    jobs: receipt.jobs.map((job) => ({ ...job })),
    jobsTotal: receipt.queuedSections,
    next: receipt.nextStep,
    filter: "",
    cursor: null,
  };
  pause = FIRST_PAUSE;
  drawOperation();
  if (operation.id && !operation.isDry && canCall()) look();
}

/** What a status says of the operation that is shown, or else of the first. */
function showStatus(status) {
  const one = status.operations.find((each) => each.operationId === operation?.id) ?? status.operations[0];
  if (!one) return complain(status.message);
  const before = operation?.id === one.operationId ? operation : { warnings: [], skipped: [], refused: [], filter: "" };
  const isOnly = status.operations.length === 1;
  operation = {
    ...before,
    id: one.operationId,
    kind: one.operation,
    isDry: false,
    isStored: true,
    status: one.status,
    outcome: one.outcome,
    blocked: one.blockedBy,
    writer: one.writer,
    counts: one.counts,
    total: Object.values(one.counts).reduce((sum, each) => sum + each, 0),
    rate: one.rate,
    left: one.etaSeconds,
    usage: one.usage,
    message: isOnly ? status.message.replace(/^op_\w+ \([\w-]+\): /, "") : "",
    failures: isOnly ? status.failures : [],
    failuresTotal: one.counts.failed,
    skippedTotal: one.skippedTotal,
    next: status.nextStep,
  };
  list(status);
  drawOperation();
}

/** The first page of the list as it is now; pages that were opened after it stay, and are looked at in turn. */
function list(status) {
  const jobs = status.jobs.map((job) => ({ jobId: job.jobId, page: job.page, section: job.sectionId, status: job.status }));
  const listed = new Set(jobs.map((job) => job.jobId));
  const opened = (operation.hasOpened ? operation.jobs : []).filter((job) => !listed.has(job.jobId));
  operation.jobs = [...jobs, ...opened];
  operation.jobsTotal = status.jobsTotal;
  if (!operation.hasOpened) operation.cursor = status.cursor;
}

const statusOf = (more = {}) =>
  call("check-generation-status", { operationId: operation.id, ...(operation.filter && { states: [operation.filter] }), ...more });

async function look() {
  clearTimeout(nextLook);
  const id = operation.id;
  const before = JSON.stringify(operation.counts);
  try {
    const status = await statusOf();
    if (isOver || operation?.id !== id) return;
    misses = 0;
    showStatus(status);
    await lookAtOpened();
    if (JSON.stringify(operation.counts) !== before) pause = FIRST_PAUSE;
  } catch (error) {
    misses += 1;
    say("Not up to date", "lost");
    if (misses > 4) return complain(`${error.message} The board has stopped looking: Refresh tries again.`);
  }
  follow();
}

/** Sections on pages that were opened later: those under way, twenty at a time. */
async function lookAtOpened() {
  const stale = operation.hasOpened ? operation.jobs.slice(20).filter((job) => UNDER_WAY.includes(job.status)) : [];
  if (!stale.length) return;
  const { jobs } = await call("check-generation-status", { jobIds: stale.slice(0, 20).map((job) => job.jobId) });
  const states = new Map(jobs.map((job) => [job.jobId, job.status]));
  for (const job of operation.jobs) job.status = states.get(job.jobId) ?? job.status;
  drawOperation();
}

/** Look again, later each time that nothing has moved; not at all while nobody can see it. */
function follow() {
  clearTimeout(nextLook);
  if (isOver || !canCall() || !operation?.id || FINISHED.includes(operation.status)) return;
  nextLook = setTimeout(() => document.hidden || look(), pause);
  pause = Math.min(pause * 1.4, LONGEST_PAUSE);
}

document.addEventListener("visibilitychange", () => {
  if (!isOver && !document.hidden && operation?.id && operation.isStored && !FINISHED.includes(operation.status)) look();
});

async function openMore() {
  const status = await statusOf({ cursor: operation.cursor });
  const known = new Set(operation.jobs.map((job) => job.jobId));
  const further = status.jobs.map((job) => ({ jobId: job.jobId, page: job.page, section: job.sectionId, status: job.status }));
  operation.jobs = [...operation.jobs, ...further.filter((job) => !known.has(job.jobId))];
  operation.cursor = status.cursor;
  operation.hasOpened = true;
  drawOperation();
}

async function filterBy(state) {
  operation = { ...operation, filter: state, hasOpened: false };
  showStatus(await statusOf());
  follow();
}

const isFinished = () => FINISHED.includes(operation.status);
const finishedCount = ({ completed = 0, failed = 0, cancelled = 0 }) => completed + failed + cancelled;

function drawOperation() {
  element("operation").hidden = false;
  fill("operation-head", [operation, context.locale], drawHead);
  fill("operation-failures", [operation.failures, operation.refused, operation.failuresTotal], drawFailures);
  fill("operation-actions", [operation.id, operation.outcome, operation.counts, operation.next, operation.isDry, operation.failures, canCall()], drawActions);
  const isList = operation.jobsTotal > 0 || operation.filter;
  fill("operation-filters", isList && canCall() ? [operation.counts, operation.filter] : null, drawFilters);
  fill("operation-jobs", isList ? [operation.jobs, operation.cursor, operation.jobsTotal] : null, drawJobs);
  fill("operation-skipped", operation.skipped.length ? [operation.skipped, operation.skippedTotal] : null, drawSkipped);
  drawState();
}

function drawState() {
  const isLive = operation?.isStored && operation.id && !isFinished();
  if (isLive && !canCall()) say("As it was when asked", "waiting");
  else if (isLive) say(operation.blocked ? "Waiting" : "Live", operation.blocked ? "waiting" : "live");
  else say("Up to date", "still");
  element("refresh").hidden = !canCall() || !(operation?.isStored || review);
}

function titleOf() {
  const [doing, done] = TITLES[operation.kind] ?? [operation.kind, operation.kind];
  return ["ok", "partial"].includes(operation.outcome) ? done : doing;
}

function badgeOf() {
  if (operation.isDry) return ["Plan", "new"];
  if (!operation.isStored) return BADGES["nothing-to-do"];
  if (operation.outcome) return BADGES[operation.outcome] ?? [operation.outcome, ""];
  return operation.blocked ? ["Waiting", "changed"] : ["Under way", "new"];
}

function drawHead() {
  const { counts, total, outcome, warnings, message, blocked, failures, isStored } = operation;
  const isBusyOnly = isStored && !outcome && !blocked; // then bar and numbers say the same
  const sentence = isBusyOnly ? "" : failures.length ? message.replace(/ What helps[\s\S]*$/, "") : message;
  const [word, tone] = badgeOf();
  const finished = finishedCount(counts);
  const title = titleOf();
  announce(outcome ? `${title}. ${message}` : `${title}: ${Math.floor((finished / Math.max(1, total)) * 4) * 25} percent`);
  const bar = make("progress", { max: Math.max(1, total), value: finished, className: outcome === "ok" ? "done" : "" });
  bar.setAttribute("aria-label", `${title}: ${finished} of ${total} sections`);
  return [
    make("div", { className: "title" }, make("h2", { id: "operation-title" }, title), make("span", { className: `badge ${tone}` }, word)),
    isStored && total > 0 && bar,
    isStored && total > 0 && make("p", { className: "numbers" }, drawNumbers(finished)),
    sentence && make("p", { className: "said", dir: "auto" }, sentence),
    warnings.map((text) => make("p", { className: "note", dir: "auto" }, text)),
  ].flat();
}

function drawNumbers(finished) {
  const { counts, total, rate, left, usage } = operation;
  const tokens = (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
  const strong = (text) => make("strong", {}, text);
  return [
    make("span", {}, strong(`${number(finished)} of ${number(total)}`)),
    counts.failed > 0 && make("span", { className: "bad" }, strong(`${number(counts.failed)} failed`)),
    counts.cancelled > 0 && make("span", {}, `${number(counts.cancelled)} cancelled`),
    !isFinished() && rate && make("span", {}, `${number(rate, { maximumFractionDigits: 0 })} a minute`),
    !isFinished() && left && make("span", {}, duration(left)),
    tokens > 0 && make("span", {}, count(tokens, "token")),
    usage?.cost > 0 && make("span", {}, number(usage.cost, { style: "currency", currency: "USD", maximumFractionDigits: 4 })),
  ];
}

const duration = (seconds) =>
  seconds < 90 ? `about ${number(Math.ceil(seconds))} s left` : `about ${number(Math.round(seconds / 60))} min left`;

function drawFailures([failures, refused, total]) {
  if (!failures.length && !refused.length) return [];
  const items = failures.map((one) =>
    make("li", { dir: "auto" }, make("b", {}, `${one.page} / ${one.section}`), one.message, make("span", { className: "fix" }, one.fix)),
  );
  const sentences = refused.map((text) => make("li", { dir: "auto" }, text));
  const shown = items.length + sentences.length;
  const rest = total > shown ? make("p", { className: "more" }, `${count(total - shown, "more")} not listed here.`) : null;
  const title = make("h3", {}, failures.length ? `${count(Math.max(total, shown), "section")} failed` : "Not possible");
  return make("div", { className: "failures" }, title, make("ul", {}, items, sentences), rest);
}

function drawActions() {
  const { counts, outcome, next, id, kind, isDry, failures } = operation;
  if (!canCall()) return id || isDry ? make("p", { className: "note" }, "This chat lets the board show things, not do them. Ask the assistant to go on, to publish or to undo.") : [];
  if (!id || !outcome) return [];
  const again = failures.filter((one) => one.retryable).length;
  const isDraft = counts.completed > 0 && ["generate", "regenerate", "edit"].includes(kind);
  const reviewed = next?.tool === "compare-content" ? next.arguments : {};
  const undo = kind === "rollback" ? "Take the undo back…" : "Undo…";
  const made = [
    isDraft && button("Review what changed", () => press(() => compare(reviewed)), again ? "" : "main"),
    again > 0 && button(failures.length < counts.failed ? "Retry what failed" : `Retry ${number(again)} failed`, () => press(retry), "main"),
    counts.completed > 0 && button(undo, () => press(askUndo)),
    ["promote", "rollback"].includes(kind) && button("Compare again", () => press(() => compare(review?.scope ?? {}))),
  ].filter(Boolean);
  return made.length ? make("div", { className: "actions" }, made) : [];
}

function drawFilters() {
  const { counts, filter } = operation;
  const all = Object.values(counts).reduce((sum, each) => sum + each, 0);
  const chips = [["", "All", all], ...Object.entries(STATES).map(([state, [word]]) => [state, word[0].toUpperCase() + word.slice(1), counts[state]])];
  const made = chips
    .filter(([state, , amount]) => amount > 0 || state === filter)
    .map(([state, word, amount]) => {
      const chip = button(`${word} ${number(amount)}`, () => press(() => filterBy(state)));
      chip.setAttribute("aria-pressed", String(state === filter));
      return chip;
    });
  return made.length > 2 || filter ? make("div", { className: "filters", role: "group", "aria-label": "Show sections by state" }, made) : [];
}

function drawJobs([jobs, cursor, total]) {
  const rows = jobs.map(({ page, section, status }) => {
    const [word, tone] = STATES[status] ?? [status, ""];
    const mark = make("span", { className: `mark ${tone}`, "aria-hidden": "true" });
    return make("li", {}, mark, place(page, section), make("span", { className: `what ${status === "failed" ? "bad" : ""}` }, word));
  });
  return [make("ul", { className: "jobs", "aria-label": "Sections" }, rows), drawMore(jobs.length, total, cursor, openMore)];
}

/** How much of a list is shown, and the button that opens its next page. */
function drawMore(shown, total, cursor, open) {
  if (shown >= total && !cursor) return null;
  const words = `${number(shown)} of ${number(total)} shown`;
  return make("div", { className: "more" }, make("span", {}, words), cursor && canCall() ? button("Show more", () => press(open)) : null);
}

function drawSkipped([skipped, total]) {
  const items = skipped.map((one) => make("li", { dir: "auto" }, place(one.page, one.section), `: ${one.reason}`));
  const rest = total > skipped.length ? make("p", { className: "more" }, `${count(total - skipped.length, "more")} not listed here.`) : null;
  return make("details", {}, make("summary", {}, `${count(total, "section")} left as they are`), make("ul", {}, items), rest);
}

async function retry() {
  const { id } = operation;
  const receipt = await call("retry-failed", { operationId: id, requestId: freshId() });
  showReceipt(receipt);
  tellAssistant(`On copydesk's review board the user retried what failed in ${id}: ${receipt.operationId ?? "nothing"}. ${receipt.message}`);
}
