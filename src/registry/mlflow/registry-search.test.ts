import { expect, test } from 'vitest'
import { isPrompt, registryClient, searchOf } from './fixtures/registry-client.ts'

const { call, later, register, names } = registryClient()

/** Models 'apple', 'Banana' and 'cherry', the last described latest, and a prompt. */
async function threeModels(): Promise<void> {
  await register('cherry', { versions: 2, tags: [{ key: 'team', value: 'ops' }] })
  later()
  await register('Banana', { versions: 1, tags: [{ key: 'team', value: 'web' }] })
  later()
  await register('apple')
  later()
  await call('PATCH registered-models/update', { name: 'cherry', description: 'x' })
  await call('POST model-versions/create', { name: 'apple', source: 's3://b/a', run_id: 'r1' })
  await call('POST model-versions/set-tag', { name: 'cherry', version: '2', key: 'good', value: 'yes' })
  await register('greeting', { tags: [isPrompt] })
  const text = { key: 'mlflow.prompt.text', value: 'Dear {{name}}'.repeat(5000) }
  await call('POST model-versions/create', { name: 'greeting', source: 'prompt-template', tags: [isPrompt, text] })
}

const all = ['Banana', 'apple', 'cherry']

test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
  ['nothing in particular, by name and without prompts', {}, all],
  ['a name', { filter: "name = 'cherry'" }, ['cherry']],
  ['a pattern', { filter: "name LIKE '%an%'" }, ['Banana']],
  ['a pattern that minds case', { filter: "name LIKE 'b%'" }, []],
  ['a pattern without case', { filter: "name ilike 'b%'" }, ['Banana']],
  ['one of some names', { filter: "name IN ('apple', 'cherry')" }, ['apple', 'cherry']],
  ['a tag', { filter: "tags.team = 'ops'" }, ['cherry']],
  ['a tag that differs, which must be there', { filter: "tag.team != 'ops'" }, ['Banana']],
  ['a name and a tag', { filter: 'name != "apple" AND tags."team" LIKE \'w%\'' }, ['Banana']],
  ['not being a prompt', { filter: "tags.`mlflow.prompt.is_prompt` = 'false'" }, all],
  ['being a prompt', { filter: "tags.`mlflow.prompt.is_prompt` = 'true'" }, ['greeting']],
  ['being a prompt of a name', { filter: "name = 'x' AND tags.`mlflow.prompt.is_prompt` = 'true'" }, []],
  ['an order', { order_by: 'name DESC' }, ['cherry', 'apple', 'Banana']],
  ['an order by change', { order_by: 'last_updated_timestamp DESC' }, ['apple', 'cherry', 'Banana']],
  ['an order by age', { order_by: 'creation_timestamp' }, ['cherry', 'Banana', 'apple']],
  ['a page', { max_results: '2' }, ['Banana', 'apple']],
])('finds registered models by %s', async (_, search, found) => {
  await threeModels()
  expect(await names(`registered-models/search?${searchOf(search)}`)).toEqual(found)
})

test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
  ['nothing in particular, what changed last first', {}, ['apple/1', 'Banana/1', 'cherry/2', 'cherry/1']],
  ['the name of their model', { filter: "name = 'cherry'" }, ['cherry/2', 'cherry/1']],
  ['a run', { filter: "run_id = 'r1'" }, ['apple/1']],
  ['one of some runs', { filter: "run_id IN ('r1', 'r2')" }, ['apple/1']],
  ['a number', { filter: 'version_number > 1' }, ['cherry/2']],
  ['a number in quotes', { filter: "version_number = '2'" }, ['cherry/2']],
  ['a source', { filter: "source_path LIKE 's3://bucket/cherry/%'" }, ['cherry/2', 'cherry/1']],
  ['a tag', { filter: "tags.good = 'yes'" }, ['cherry/2']],
  ['being a prompt', { filter: "tags.`mlflow.prompt.is_prompt` = 'true'" }, ['greeting/1']],
  ['an order', { order_by: 'version_number ASC' }, ['Banana/1', 'apple/1', 'cherry/1', 'cherry/2']],
])('finds versions by %s', async (_, search, found) => {
  await threeModels()
  expect(await names(`model-versions/search?${searchOf(search)}`)).toEqual(found)
})

test.each([
  ['registered-models/search', ['Banana', 'apple', 'cherry']],
  ['model-versions/search', ['apple/1', 'Banana/1', 'cherry/2', 'cherry/1']],
] as const)('pages of %s follow each other', async (address, whole) => {
  await threeModels()
  const seen: unknown[] = []
  for (let token: unknown = ''; token !== undefined;) {
    const page = `${address}?${searchOf({ max_results: '1', page_token: token as string })}`
    seen.push(...(await names(page)))
    token = (await call(`GET ${page}`))['next_page_token']
  }
  expect(seen).toEqual(whole)
})
