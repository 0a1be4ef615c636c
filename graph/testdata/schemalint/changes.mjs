// Usage: node changes.mjs OLD.graphql NEW.graphql
//
// Prints what has changed between two schemas as JSON: {"breaking": […], "dangerous": […]}, a sentence each. After a
// breaking change a query of old fails or gets another answer; a dangerous one may surprise a client, such as a new value
// of an enum.
import { readFile } from 'node:fs/promises'
import { astFromValue, buildSchema, DangerousChangeType, findBreakingChanges, findDangerousChanges, isInputObjectType, print } from 'graphql'

// Defaults are units and orders here: another one gives another answer to the same query. graphql-js takes that for
// dangerous where it is an argument's, and does not look at an input field's.
const isAboutDefault = (change) => change.type === DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE

const defaultOf = (field) => (field.defaultValue === undefined ? 'none' : print(astFromValue(field.defaultValue, field.type)))

function changedInputDefaults(before, after) {
  const found = []
  for (const type of Object.values(before.getTypeMap()).filter(isInputObjectType)) {
    const now = after.getType(type.name)
    if (!isInputObjectType(now)) continue
    for (const field of Object.values(type.getFields())) {
      const current = now.getFields()[field.name]
      if (current && defaultOf(field) !== defaultOf(current)) {
        found.push(`${type.name}.${field.name} has changed defaultValue from ${defaultOf(field)} to ${defaultOf(current)}.`)
      }
    }
  }
  return found
}

const [before, after] = await Promise.all(process.argv.slice(2).map(async (path) => buildSchema(await readFile(path, 'utf8'))))
const breaking = findBreakingChanges(before, after)
const dangerous = findDangerousChanges(before, after)
const sentences = (changes) => changes.map((change) => change.description)

console.log(
  JSON.stringify({
    breaking: [...sentences(breaking), ...sentences(dangerous.filter(isAboutDefault)), ...changedInputDefaults(before, after)],
    dangerous: sentences(dangerous.filter((change) => !isAboutDefault(change))),
  }),
)
