// Differences between two texts, word by word, in a form that a person can read.

/** The difference as pieces: [kind, text], where the kind is "ins", "del" or "" for what stays. */
function wordsOf({ change, before, after, inline }) {
  if (inline !== undefined) return calm(marked(inline));
  if (change === "added") return [["ins", textOf(after)]];
  if (change === "removed") return [["del", textOf(before)]];
  return typeof before === "string" && typeof after === "string"
    ? calm(woven(before, after))
    : [["del", textOf(before)], ["", " "], ["ins", textOf(after)]];
}

const textOf = (value) => (typeof value === "string" ? value : JSON.stringify(value ?? null));

/** `We bake [-six-] {+seven+} breads`, as compare-content writes long texts. */
function marked(inline) {
  const pieces = inline.split(/(\[-[\s\S]*?-\]|\{\+[\s\S]*?\+\})/).filter(Boolean);
  return pieces.map((piece) => {
    if (/^\[-[\s\S]*-\]$/.test(piece)) return ["del", piece.slice(2, -2)];
    return /^\{\+[\s\S]*\+\}$/.test(piece) ? ["ins", piece.slice(2, -2)] : ["", piece];
  });
}

/** Two short texts, word by word: the longest run of words that both have stays. */
function woven(before, after) {
  const [old, fresh] = [before, after].map((text) => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? []);
  const lengths = Array.from({ length: old.length + 1 }, () => new Uint16Array(fresh.length + 1));
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = fresh.length - 1; j >= 0; j--) {
      lengths[i][j] = old[i] === fresh[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const pieces = [];
  const add = (kind, words) => (pieces.at(-1)?.[0] === kind ? (pieces.at(-1)[1] += words) : pieces.push([kind, words]));
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) add("", old[(j++, i++)]);
    else if (j >= fresh.length || (i < old.length && lengths[i + 1][j] >= lengths[i][j + 1])) add("del", old[i++]);
    else add("ins", fresh[j++]);
  }
  return pieces;
}

const LITTLE = 0.3;

/** The same pieces, easier to read: what is taken out stands together, and where hardly anything stays, as a whole. */
function calm(pieces) {
  const sizeOf = (kinds) => pieces.reduce((sum, [kind, words]) => sum + (kinds.includes(kind) ? words.trim().length : 0), 0);
  const isOther = sizeOf([""]) < LITTLE * sizeOf(["", "ins", "del"]) && !pieces.some(([kind, words]) => !kind && words.includes(" … "));
  const calmed = [];
  let [taken, put] = ["", ""];
  const flush = () => {
    calmed.push(["del", taken], ["ins", put]);
    [taken, put] = ["", ""];
  };
  pieces.forEach(([kind, words], at) => {
    const isBetween = !words.trim() && at > 0 && at < pieces.length - 1;
    if (kind !== "ins" && (kind || isOther || isBetween)) taken += words;
    if (kind !== "del" && (kind || isOther || isBetween)) put += words;
    if (!kind && !isOther && !isBetween) {
      flush();
      calmed.push(["", words]);
    }
  });
  if (isOther) return [["del", taken], ["", "\n"], ["ins", put]];
  flush();
  return calmed.filter(([, words]) => words);
}
