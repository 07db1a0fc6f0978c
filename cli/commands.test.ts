import { expect, test } from 'vitest'
import { commandsFor, commandsOf } from './commands.ts'

test.each([...commandsOf.keys()])('commandsFor() gives the commands that go by the word %s', async (word) => {
  for (const { group, usage } of await commandsFor(word)) expect(group ?? usage.split(' ')[0]).toBe(word)
})

test.each([undefined, '--help', 'help', 'constructor', 'rnu'])(
  'commandsFor() gives all where no command goes by the word: %s',
  async (word) => {
    const names = (await commandsFor(word)).map(({ group, usage }) => `${group ?? ''} ${usage.split(' ')[0]}`)
    expect(new Set(names).size).toBe(names.length)
    for (const each of commandsOf.keys()) expect(names.some((name) => name.split(' ').includes(each))).toBe(true)
  },
)
