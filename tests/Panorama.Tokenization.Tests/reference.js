// Encodes texts with the reference implementation of tokenizer.json, for PublishedFilesTests.
// node reference.js MODULES REQUEST.json ANSWER.json; the request is {"files": [...], "texts": [...]}, the answer one list of ids a file and text.
const fs = require("node:fs");
const [modules, request, answer] = process.argv.slice(2);
const { Tokenizer } = require(`${modules}/tokenizers`);

async function main() {
  const { files, texts } = JSON.parse(fs.readFileSync(request, "utf8"));
  const all = [];
  for (const file of files) {
    const tokenizer = Tokenizer.fromString(fs.readFileSync(file, "utf8"));
    const ids = [];
    for (const text of texts) ids.push((await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds());
    all.push(ids);
  }

  fs.writeFileSync(answer, JSON.stringify(all));
}

main();
