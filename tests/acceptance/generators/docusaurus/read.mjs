// Reads every MDX file below a folder as Docusaurus does (its own front matter parser, then MDX), runs the result and
// prints {path: {fields, text}}. Content that MDX cannot parse, or that runs into an unknown name, ends it with an error.
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { evaluate } from "@mdx-js/mdx";
import utils from "@docusaurus/utils";

const jsx = (type, props) => (typeof type === "function" ? type(props) : props);
const runtime = { Fragment: (props) => props, jsx, jsxs: jsx };
const textOf = (node) =>
  Array.isArray(node) ? node.map(textOf).join("") : typeof node === "object" ? textOf(node?.children ?? "") : String(node);

const root = process.argv[2];
const found = {};
for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !entry.name.endsWith(".mdx")) continue;
  const filePath = join(entry.parentPath ?? entry.path, entry.name);
  const fileContent = await readFile(filePath, "utf8");
  const parseFrontMatter = utils.DEFAULT_PARSE_FRONT_MATTER;
  const { frontMatter, content } = await utils.parseMarkdownFile({ filePath, fileContent, parseFrontMatter });
  const { default: Content } = await evaluate(content, runtime);
  found[relative(root, filePath)] = { fields: frontMatter.fields, text: textOf(Content({})) };
}
console.log(JSON.stringify(found));
