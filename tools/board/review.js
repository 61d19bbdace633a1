// The review: what publishing would change, and what the checks found.

const CHANGES = { new: ["New", "new"], changed: ["Changed", "changed"], removed: ["Not in preview", "removed"] };

/** A comparison with its differences; one without them is made again, and then its own review is the one to publish. */
async function showReview(given, scope) {
  review = { ...given, scope, shown: given.sections, isOld: false };
  drawReview();
  if (!given.detail && given.sections.length && canCall()) await compare(scope, given.against);
}

async function compare(scope, against = "production") {
  const { against: other = against, ...rest } = scope;
  const given = await call("compare-content", { ...scopeOf(rest), against: other, detail: true });
  review = { ...given, scope: scopeOf(rest), shown: given.sections, isOld: false };
  fill("review-confirm", null);
  drawReview();
  announce(given.message);
}

async function openFurther() {
  const { scope, against, cursor, reviewId } = review;
  const given = await call("compare-content", { ...scope, against, detail: true, cursor });
  if (review.reviewId !== reviewId) return;
  review = { ...review, shown: [...review.shown, ...given.sections], cursor: given.cursor };
  drawReview();
}

function drawReview() {
  element("review").hidden = !review || review.isOld;
  if (!review || review.isOld) return operation && drawState();
  const { counts, checks, shown, cursor, reviewId } = review;
  fill("review-head", [counts, review.message, review.against], drawReviewHead);
  fill("review-actions", [reviewId, counts, canCall(), checks?.errors], drawReviewActions);
  fill("review-findings", checks?.findings.length ? checks : null, drawFindings);
  fill("review-sections", [shown, cursor, reviewId], drawSections);
  drawState();
}

const differing = ({ new: fresh, changed, removed }) => fresh + changed + removed;

function drawReviewHead([counts, , against]) {
  const isLive = against === "production";
  const title = differing(counts) ? (isLive ? "What publishing would change" : "What the last change was") : "Nothing differs";
  const figures = Object.entries(CHANGES)
    .filter(([change]) => counts[change] > 0)
    .map(([change, [word, tone]]) => figure(tone, counts[change], word.toLowerCase()));
  if (counts.identical) figures.push(figure("live", counts.identical, isLive ? "the same as live" : "unchanged"));
  if (counts.none) figures.push(figure("empty", counts.none, "without copy"));
  return [
    make("div", { className: "title" }, make("h2", { id: "review-title" }, title)),
    make("p", { className: "numbers" }, figures),
    counts.removed > 0 && isLive && make("p", { className: "said" }, "What is not in preview stays live: publishing removes nothing."),
  ];
}

function figure(tone, amount, word) {
  return make("span", {}, make("span", { className: `mark ${tone}`, "aria-hidden": "true" }), make("strong", {}, number(amount)), word);
}

function drawReviewActions([reviewId, { new: fresh, changed }]) {
  if (!reviewId) return [];
  if (!canCall()) return make("p", { className: "note" }, "This chat lets the board show things, not do them. Ask the assistant to publish exactly this.");
  return make("div", { className: "actions" }, button(`Publish ${count(fresh + changed, "section")}…`, () => press(askPublish), "main"));
}

function drawFindings({ findings, errors, warnings }) {
  const total = errors + warnings;
  const items = findings.map((one) =>
    make(
      "li",
      { dir: "auto" },
      make("b", {}, `${one.page} / ${one.section}`),
      one.message,
      make("span", { className: "code" }, `${one.severity === "error" ? "Visitors would notice" : "Worth a look"}: ${one.code.replaceAll("-", " ")}`),
    ),
  );
  const rest = total > items.length ? make("p", { className: "more" }, `${count(total - items.length, "more")} not listed here.`) : null;
  const title = [errors && count(errors, "error"), warnings && count(warnings, "warning")].filter(Boolean).join(", ");
  const box = make("div", { className: `failures ${errors ? "" : "mild"}` }, make("h3", {}, `The checks found ${title}`));
  const few = items.slice(0, 3);
  box.append(make("ul", {}, few));
  if (items.length > few.length) {
    const more = button(`Show all ${number(items.length)}`, () => more.replaceWith(make("ul", {}, items.slice(few.length))), "quiet");
    box.append(more);
  }
  if (rest) box.append(rest);
  return box;
}

const OPEN_AT_FIRST = 6;

function drawSections([shown, cursor]) {
  const before = new Map([...element("review-sections").querySelectorAll("dl")].map((each) => [each.parentNode.dataset.place, each.parentNode.open]));
  const all = shown.map((one, index) => {
    const drawn = drawSection(one);
    drawn.dataset.place = `${one.page}/${one.section}`;
    drawn.open = before.get(drawn.dataset.place) ?? (index < OPEN_AT_FIRST && Boolean(one.differences));
    return drawn;
  });
  return [...all, drawMore(shown.length, differing(review.counts), cursor, openFurther)];
}

function drawSection({ page, section, change, isDraft, differences, differencesTotal, note }) {
  const [word, tone] = CHANGES[change] ?? [change, ""];
  const summary = make(
    "summary",
    {},
    place(page, section),
    make("span", { className: `badge ${tone}` }, word),
    isDraft && make("span", { className: "badge changed" }, "Placeholder draft"),
    differencesTotal > 0 && make("span", { className: "amount" }, count(differencesTotal, change === "changed" ? "difference" : "field")),
  );
  if (!differences) return make("details", {}, summary, make("p", {}, "What differs field by field is not shown here."));
  const isWhole = change !== "changed"; // then marks would be on every word
  const fields = differences.map((one) => [make("dt", {}, label(one.path)), drawText(isWhole ? [["", textOf(one.after ?? one.before)]] : wordsOf(one))]);
  return make("details", {}, summary, make("dl", {}, fields), note && make("p", { className: "note" }, note));
}

const label = (path) => path.replace(/^\$\.?/, "") || "everything";
const LONG = 700;

function drawText(parts) {
  const text = make("dd", { dir: "auto" }, parts.map(([kind, words]) => (kind ? make(kind, {}, words) : words)));
  if (parts.reduce((sum, [, words]) => sum + words.length, 0) <= LONG) return text;
  text.classList.add("long");
  const more = button("Show the whole text", () => {
    text.classList.remove("long");
    more.remove();
  }, "quiet");
  return [text, make("dd", {}, more)];
}
