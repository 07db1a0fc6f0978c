import { describe, expect, test } from 'vitest'
import { numberColumn, stringColumn, stringsOf } from '#platform'
import { entityKeys, namedEntity } from './entity-key.ts'

const fields = [
  { name: 'origin', type: 'categorical' },
  { name: 'date', type: 'timestamp' },
  { name: 'number', type: 'numeric' },
  { name: 'night', type: 'boolean' },
] as const
const moment = Date.UTC(2001, 1, 3, 4, 5)

describe('namedEntity()', () => {
  test('gives the key that entityKeys() gives the same entity in a table', () => {
    const table = {
      rowCount: 2,
      columns: {
        origin: stringColumn(['J"FK', null]),
        date: numberColumn([moment, null]),
        number: numberColumn([3, 1.5]),
        night: numberColumn([1, 0]),
      },
    }
    const keys = stringsOf({ rowCount: 2, columns: { key: entityKeys(table, fields) } }, 'key')
    expect(keys).toEqual(['["J\\"FK","2001-02-03T04:05:00Z",3,true]', '[null,null,1.5,false]'])
    expect(namedEntity({ number: 3, night: true, date: '2001-02-03T04:05Z', origin: 'J"FK' }, fields)).toEqual({
      key: keys[0],
    })
    expect(namedEntity({ number: 1.5, night: false, date: null, origin: null }, fields)).toEqual({ key: keys[1] })
  })

  test.each(['2001-02-03T04:05:00Z', '2001-02-03 04:05', '2001-02-03T04:05:00.000', '2001-02-03T05:05+01:00', moment])(
    'reads the moment %s whatever the zone of the machine',
    (date) => {
      expect(namedEntity({ date }, [fields[1]])).toEqual({ key: '["2001-02-03T04:05:00Z"]' })
    },
  )

  test.each([
    { named: { date: 'yesterday' }, wrong: "the entity's 'date' is not a moment in ISO 8601" },
    { named: {}, wrong: "the entity lacks its column 'date'" },
    { named: { date: null, gate: 3 }, wrong: "the entity of the system has no column 'gate'" },
    { named: { date: true }, wrong: "the entity's 'date' is not a moment in ISO 8601" },
  ])('says that $wrong', ({ named, wrong }) => {
    expect(namedEntity(named, [fields[1]])).toEqual({ wrong })
  })
})
