// Publish and undo: what they would do is always shown first, then asked.

async function askUndo() {
  const { id, kind } = operation;
  const plan = await call("rollback", { operationIds: [id], dryRun: true });
  const where = plan.environment === "production" ? "in production, which is live" : "in preview; production stays as it is";
  confirm("operation-confirm", plan, {
    title: `Undo this for ${count(plan.queuedSections, "section")}?`,
    text: `What stood there before comes back ${where}. It happens now, all or nothing, and can be undone again.`,
    yes: kind === "rollback" ? "Take it back now" : "Undo now",
    done: async () => act("rollback", { operationIds: [id] }, "undid"),
  });
}

async function askPublish() {
  const { reviewId } = review;
  const plan = await call("promote", { reviewId, dryRun: true });
  confirm("review-confirm", plan, {
    title: `Publish ${count(plan.queuedSections, "section")} to production?`,
    text: "Publishes now: visitors see it at once. Exactly what is compared here, all or nothing; it can be undone.",
    yes: "Publish now",
    done: async () => act("promote", { reviewId }, "published"),
  });
}

async function act(tool, given, did) {
  const receipt = await call(tool, { ...given, requestId: freshId() });
  if (review) review = { ...review, isOld: true };
  drawReview();
  showReceipt(receipt);
  tellAssistant(`On copydesk's review board the user ${did} ${count(receipt.queuedSections, "section")} (${receipt.operationId}). ${receipt.message}`);
  element("operation-title").tabIndex = -1;
  element("operation-title").focus();
}

/** Ask in the page: chats give no dialogs to what they show. */
function confirm(id, plan, { title, text, yes, done }) {
  if (plan.queuedSections === 0) {
    return complain([plan.message, ...plan.errors].join(" "), id);
  }
  const close = () => {
    fill(id, null);
    opener?.isConnected && opener.focus();
  };
  const opener = document.activeElement;
  const proceed = () => press(() => done().finally(() => fill(id, null)));
  fill(id, [title, Math.random()], () => {
    const asking = make(
      "div",
      { className: "confirm", role: "group", "aria-labelledby": `${id}-title`, "aria-describedby": `${id}-text` },
      make("h3", { id: `${id}-title` }, title),
      make("p", { id: `${id}-text` }, text),
      [...plan.warnings, ...plan.errors].map((line) => make("p", { className: "note", dir: "auto" }, line)),
      make("div", { className: "actions" }, button(yes, proceed, "main"), button("Not now", close)),
    );
    asking.addEventListener("keydown", (event) => event.key === "Escape" && close());
    return asking;
  });
  announce(title);
  setTimeout(() => element(id).querySelector("button")?.focus());
}
