import { expect, test } from 'vitest'
import type { Actor } from '#platform'
import { projectOf } from './project-of.ts'

const free: Actor = { id: 'local', role: 'admin', project: null }
const bound: Actor = { id: 'token:ci', role: 'operator', project: 'team-a' }

test.each<[Actor, string | undefined, string, string]>([
  [free, undefined, 'default', 'what names none is in the default one'],
  [free, '', 'default', 'an empty header names none'],
  [free, ' team-b ', 'team-b', 'whoever is bound to none chooses'],
  [bound, undefined, 'team-a', 'whoever is bound is there'],
  [bound, 'team-a', 'team-a', 'and may say so'],
])('projectOf(%o, %s) is %s: %s', (actor, asked, project) => {
  expect(projectOf(actor, asked)).toBe(project)
})

test.each<[Actor, string, string, string]>([
  [bound, 'team-b', 'governance/otherProject', 'it is bound to another'],
  [bound, 'default', 'governance/otherProject', 'the default one is another too'],
  [free, 'Team B', 'governance/badProject', 'it is no name'],
  [free, '../team-a', 'governance/badProject', 'it is no name'],
  [free, 'a'.repeat(64), 'governance/badProject', 'it is too long'],
])('projectOf(%o, %s) is refused with %s: %s', (actor, asked, code) => {
  expect(() => projectOf(actor, asked)).toThrow(expect.objectContaining({ code }))
})
