// Writes assets/LICENSES.txt: run it where GraphiQL was installed, as README.md says.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [modules, assets] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));

// What GraphiQL's bundle holds, by its own source map; packages of its repository go by their folder.
const bundled = new Set(["react", "react-dom", "graphiql"]);
const folders = {
  "graphiql-react": "@graphiql/react",
  "graphiql-toolkit": "@graphiql/toolkit",
  "graphiql-plugin-doc-explorer": "@graphiql/plugin-doc-explorer",
  "graphiql-plugin-history": "@graphiql/plugin-history",
  "codemirror-graphql": "codemirror-graphql",
  "graphql-language-service": "graphql-language-service",
};
// Packages that were bundled when GraphiQL was built and that its dependencies have since done without.
const superseded = { "@radix-ui/react-use-escape-keydown": "MIT", "@react-aria/utils": "Apache-2.0", "graphql-ws": "MIT" };
for (const source of JSON.parse(readFileSync(join(modules, "graphiql/graphiql.min.js.map"), "utf8")).sources) {
  const at = source.lastIndexOf("node_modules/");
  const [first, second] = (at < 0 ? source.replaceAll("../", "") : source.slice(at + 13)).split("/");
  if (at >= 0) bundled.add(first.startsWith("@") ? `${first}/${second}` : first);
  else if (folders[first]) bundled.add(folders[first]);
}

const lines = [
  "The files in this folder are unmodified builds from npm, but for init.js and page.css, which are ours.",
  "graphiql.min.js holds the packages below (by its source map), graphiql.min.css the fonts Roboto",
  "(Apache-2.0, Google) and Fira Code (SIL Open Font License 1.1, The Fira Code Project Authors).",
  "",
];
const texts = new Map();
for (const name of [...bundled].sort()) {
  if (!existsSync(join(modules, name))) {
    lines.push(`${name}: ${superseded[name]}`);
    continue;
  }
  const { license } = read(name);
  lines.push(`${name}: ${license}`);
  const file = readdirSync(join(modules, name)).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) continue;
  const text = readFileSync(join(modules, name, file), "utf8").trim().replaceAll("\r\n", "\n");
  texts.set(text, [...(texts.get(text) ?? []), name]);
}
for (const [text, names] of texts) lines.push("", "-".repeat(100), names.join(", "), "", text);
writeFileSync(join(assets, "LICENSES.txt"), lines.join("\n") + "\n");

for (const file of readdirSync(assets).sort()) {
  console.log(createHash("sha256").update(readFileSync(join(assets, file))).digest("hex"), "", file);
}
