// Parses the files that it is given, Bicep by tree-sitter's grammar and all else as YAML, and prints one JSON object with a
// tree for each. A Bicep node is its type, its text, where it begins, and its named children.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { parse as parseYAML } from 'yaml'

const files = process.argv.slice(2)

async function bicepParser() {
  const { Language, Parser } = await import('web-tree-sitter')
  await Parser.init()
  const parser = new Parser()
  parser.setLanguage(await Language.load(createRequire(import.meta.url).resolve('tree-sitter-bicep/tree-sitter-bicep.wasm')))
  return parser
}
const bicep = files.some((file) => file.endsWith('.bicep')) ? await bicepParser() : undefined

const tree = (node) => ({
  type: node.isMissing ? 'MISSING' : node.type,
  text: node.text,
  line: node.startPosition.row + 1,
  children: node.namedChildren.map(tree),
})

const parsed = Object.fromEntries(files.map((file) => {
  const text = readFileSync(file, 'utf8')
  return [file, file.endsWith('.bicep') ? tree(bicep.parse(text).rootNode) : parseYAML(text, { merge: true })]
}))
process.stdout.write(JSON.stringify(parsed))
