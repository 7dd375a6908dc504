// Renders chat templates with an independent reader, for PublishedTemplatesTests.
// node templates.js MODULES REQUEST.json ANSWER.json; the request is a list of {"template", "variables"}, the answer a list of texts, null for errors.
const fs = require("node:fs");
const [modules, request, answer] = process.argv.slice(2);
const { Template } = require(`${modules}/@huggingface/jinja`);

const texts = JSON.parse(fs.readFileSync(request, "utf8")).map(({ template, variables }) => {
  try {
    return new Template(template).render(variables);
  } catch {
    return null;
  }
});
fs.writeFileSync(answer, JSON.stringify(texts));
