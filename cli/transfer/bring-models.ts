import { messageOf } from '#platform'
import type { Target } from './bring-in.ts'
import type { GivenModel } from './parts.ts'
import { addressHere } from './places.ts'
import { endsAll, sent } from './store-target.ts'

/** Brings registered models in, after the experiments that their versions come from. */
export async function bringModels(target: Target, models: AsyncIterable<GivenModel>): Promise<void> {
  const { connection, report } = target
  for await (const model of models)
    try {
      // A model with thousands of versions comes in several pieces; names come last, when all can be given.
      const pieces = Math.max(1, Math.ceil(model.versions.length / versionsAtOnce))
      for (let piece = 0; piece < pieces; piece++) {
        const versions = model.versions.slice(piece * versionsAtOnce, (piece + 1) * versionsAtOnce)
        const body = { ...model, versions: versions.map((version) => versionHere(target, model.name, version)) }
        const brought = await sent(
          `bring in the model '${model.name}'`,
          connection.api.POST('/api/v1/imports/models', { body }),
        )
        report.versions += versions.length
        for (const { version, here } of brought.versions)
          if (version !== here)
            report.notes.push({
              what: `${model.name} version ${version}`,
              why: `the number was taken: it is ${here} here`,
            })
        for (const alias of brought.aliasesInTheWay)
          report.notes.push({ what: `alias '${alias}' of ${model.name}`, why: 'another version has it here' })
      }
      report.models++
      target.tell(`${report.models} models, ${report.versions} versions`)
    } catch (error) {
      if (endsAll(error)) throw error
      report.failures.push({ what: `model '${model.name}'`, why: messageOf(error) })
    }
}

function versionHere(
  { places, report }: Target,
  name: string,
  version: GivenModel['versions'][number],
): GivenModel['versions'][number] {
  const { runs, models } = places
  if (version.run !== '' && !runs.has(version.run))
    report.notes.push({
      what: `${name} version ${version.version}`,
      why: 'the run that it comes from was not brought in',
    })
  return {
    ...version,
    run: runs.get(version.run) ?? version.run,
    loggedModel: models.get(version.loggedModel) ?? version.loggedModel,
    source: addressHere(version.source, places),
    storageLocation: addressHere(version.storageLocation, places),
  }
}

const versionsAtOnce = 500
