// Takes a JSON list of MDX bodies on standard input; prints the places of those that hold code for MDX, or break it.
import { compile } from "@mdx-js/mdx";

let input = "";
for await (const piece of process.stdin) input += piece;
const isCode = (node) => node.type.startsWith("mdx") || (node.children ?? []).some(isCode);
const bad = [];
for (const [index, body] of JSON.parse(input).entries()) {
  try {
    await compile(body, { remarkPlugins: [() => (tree) => void (isCode(tree) && bad.push(index))] });
  } catch {
    bad.push(index);
  }
}
console.log(JSON.stringify(bad));
