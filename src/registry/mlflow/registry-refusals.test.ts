import { expect, test } from 'vitest'
import { isPrompt, registryClient, type Fields } from './fixtures/registry-client.ts'

const { call, register, names } = registryClient()

const invalid = { status: 400, error_code: 'INVALID_PARAMETER_VALUE' }
const absent = { status: 404, error_code: 'RESOURCE_DOES_NOT_EXIST' }
const exists = { status: 400, error_code: 'RESOURCE_ALREADY_EXISTS' }
const local = (source: string): object => ({
  ...invalid,
  message: `Invalid model version source: '${source}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.`,
})
const version = (fields: Fields): Fields => ({ name: 'RM', version: '1', ...fields })

test.each<[string, string, Fields | undefined, object]>([
  [
    'a name that is taken',
    'POST registered-models/create',
    { name: 'RM' },
    { ...exists, message: 'Registered Model (name=RM) already exists.' },
  ],
  [
    'a prompt with the name of a model',
    'POST registered-models/create',
    { name: 'RM', tags: [isPrompt] },
    { ...exists, message: expect.stringContaining('already taken by a registered model') },
  ],
  [
    'a model without a name',
    'POST registered-models/create',
    {},
    { ...invalid, message: expect.stringMatching(/^Missing value for required parameter 'name'\. See/) },
  ],
  [
    'a name of spaces',
    'POST registered-models/create',
    { name: '  ' },
    { ...invalid, message: expect.stringContaining("'name'") },
  ],
  ['a name without end', 'POST registered-models/create', { name: 'n'.repeat(257) }, invalid],
  [
    'a name that is a number',
    'POST registered-models/create',
    { name: 123 },
    {
      ...invalid,
      message: expect.stringMatching(
        /^Invalid value 123 for parameter 'name' supplied: {2}Hint: Value was of type 'int'\./,
      ),
    },
  ],
  [
    'a tag without end',
    'POST registered-models/set-tag',
    { name: 'RM', key: 'k', value: 'v'.repeat(100_001) },
    invalid,
  ],
  [
    'the key of a tag without end',
    'POST registered-models/set-tag',
    { name: 'RM', key: 'k'.repeat(251), value: 'v' },
    invalid,
  ],
  [
    'a model that is not',
    'GET registered-models/get?name=none',
    undefined,
    { ...absent, message: 'Registered Model with name=none not found' },
  ],
  [
    'the deletion of a model that is not',
    'DELETE registered-models/delete',
    { name: 'none' },
    { ...absent, message: 'Registered Model with name=none not found' },
  ],
  [
    'a rename to nothing',
    'POST registered-models/rename',
    { name: 'RM' },
    { ...invalid, message: expect.stringContaining("'new_name'") },
  ],
  [
    'a version of a model that is not',
    'POST model-versions/create',
    { name: 'none', source: 's3://x/y' },
    { ...absent, message: 'Registered Model with name=none not found' },
  ],
  [
    'a page beyond all measure',
    'GET registered-models/search?max_results=1001',
    undefined,
    {
      ...invalid,
      message: expect.stringMatching(
        /^Invalid value "1001" for parameter 'max_results' supplied: {2}Hint: Value was of type 'str'\. See/,
      ),
    },
  ],
  ['a page of nothing', 'GET model-versions/search?max_results=0', undefined, invalid],
  [
    'an attribute that models lack',
    "GET registered-models/search?filter=bogus='x'",
    undefined,
    { ...invalid, message: "Invalid attribute key 'bogus' specified. Valid keys are '{'name'}'" },
  ],
  [
    'an attribute that versions lack',
    "GET model-versions/search?filter=bogus='x'",
    undefined,
    { ...invalid, message: expect.stringMatching(/^Invalid attribute key 'bogus' specified\./) },
  ],
  ['a version number that is text', "GET model-versions/search?filter=version_number='x'", undefined, invalid],
  [
    'an OR',
    "GET registered-models/search?filter=name='a' OR name='b'",
    undefined,
    { ...invalid, message: "Invalid clause(s) in filter string: 'OR'" },
  ],
  [
    'SQL in the place of a filter',
    "GET registered-models/search?filter=name='x'; drop table registry_models",
    undefined,
    invalid,
  ],
  [
    'an order that is none',
    'GET registered-models/search?order_by=bogus',
    undefined,
    { ...invalid, message: expect.stringContaining("Invalid order by key 'bogus'") },
  ],
  [
    'an order that names one thing twice',
    'GET model-versions/search?order_by=name&order_by=name DESC',
    undefined,
    { ...invalid, message: expect.stringContaining('duplicate fields') },
  ],
  ['a path of a disk', 'POST model-versions/create', { name: 'RM', source: '/etc' }, local('/etc')],
  [
    'a path of a disk by its scheme',
    'POST model-versions/create',
    { name: 'RM', source: 'file:///etc' },
    local('file:///etc'),
  ],
  [
    'a path of a disk of another machine',
    'POST model-versions/create',
    { name: 'RM', source: 'file://host/etc' },
    local('file://host/etc'),
  ],
  ['a path from somewhere', 'POST model-versions/create', { name: 'RM', source: 'model' }, local('model')],
  [
    'a path of a disk with a letter',
    'POST model-versions/create',
    { name: 'RM', source: 'C:\\model' },
    local('C:\\model'),
  ],
  [
    'a source that leads out of its place',
    'POST model-versions/create',
    { name: 'RM', source: 'mlflow-artifacts:/0/../../x' },
    { ...invalid, message: expect.stringContaining('without relative path references') },
  ],
  [
    'a source that leads out in disguise',
    'POST model-versions/create',
    { name: 'RM', source: 'mlflow-artifacts://h/%252e%252e%252fx' },
    { ...invalid, message: expect.stringContaining('without relative path references') },
  ],
  [
    'a source of no place',
    'POST model-versions/create',
    { name: 'RM' },
    { ...invalid, message: expect.stringContaining("'source'") },
  ],
  ['a source in another registry', 'POST model-versions/create', { name: 'RM', source: 'models://host/RM/1' }, invalid],
  [
    'a logged model that is not',
    'POST model-versions/create',
    { name: 'RM', source: 'models:/m-nope' },
    { ...absent, message: "Logged model with ID 'm-nope' not found." },
  ],
  [
    'a logged model other than the source',
    'POST model-versions/create',
    { name: 'RM', source: 'models:/m-a', model_id: 'm-b' },
    invalid,
  ],
  [
    'a source version that is not',
    'POST model-versions/create',
    { name: 'RM', source: 'models:/RM/7' },
    { ...absent, message: 'Model Version (name=RM, version=7) not found' },
  ],
  [
    'a prompt with a source',
    'POST model-versions/create',
    { name: 'RM', source: '/etc', tags: [isPrompt] },
    { ...invalid, message: expect.stringContaining('Invalid prompt source') },
  ],
  [
    'a version that is not',
    'GET model-versions/get?name=RM&version=9',
    undefined,
    { ...absent, message: 'Model Version (name=RM, version=9) not found' },
  ],
  [
    'a version that is no number',
    'GET model-versions/get?name=RM&version=abc',
    undefined,
    { ...invalid, message: "Parameter 'version' must be an integer, got 'abc'." },
  ],
  [
    'a stage that is not',
    'POST model-versions/transition-stage',
    version({ stage: 'bogus' }),
    {
      ...invalid,
      message: 'Invalid Model Version stage: bogus. Value must be one of None, Staging, Production, Archived.',
    },
  ],
  [
    'archiving what is in no active stage',
    'POST model-versions/transition-stage',
    version({ stage: 'None', archive_existing_versions: true }),
    { ...invalid, message: expect.stringContaining('not an Active stage') },
  ],
  [
    'the alias latest',
    'POST registered-models/alias',
    version({ alias: 'latest' }),
    { ...invalid, message: "'latest' alias name (case insensitive) is reserved." },
  ],
  [
    'the alias v1',
    'POST registered-models/alias',
    version({ alias: 'v1' }),
    { ...invalid, message: "Version alias name 'v1' is reserved." },
  ],
  [
    'an alias with a space',
    'POST registered-models/alias',
    version({ alias: 'a b' }),
    {
      ...invalid,
      message: "Invalid alias name: 'a b'. Names may only contain alphanumerics, underscores (_), and dashes (-).",
    },
  ],
  ['an alias without end', 'POST registered-models/alias', version({ alias: 'a'.repeat(256) }), invalid],
  [
    'an alias of a version that is not',
    'POST registered-models/alias',
    version({ alias: 'a', version: '9' }),
    { ...absent, message: 'Model Version (name=RM, version=9) not found' },
  ],
  [
    'an alias that is not',
    'GET registered-models/alias?name=RM&alias=nope',
    undefined,
    { ...invalid, message: 'Registered model alias nope not found.' },
  ],
  ['an alias of a model that is not', 'GET registered-models/alias?name=none&alias=nope', undefined, absent],
])('%s is refused in the words of MLflow', async (_, address, fields, refusal) => {
  await register('RM', { versions: 1 })
  expect(await call(address, fields)).toMatchObject(refusal)
  expect(await names('model-versions/search')).toEqual(['RM/1'])
})
