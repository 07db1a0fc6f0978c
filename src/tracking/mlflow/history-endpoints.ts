import { chartText } from '../store/chart-text.ts'
import { historyText } from '../store/json-texts.ts'
import { historyOf } from '../store/metrics.ts'
import { open } from '../store/tables.ts'
import { JsonText, type Endpoint } from './endpoint.ts'
import { heldRun, runIdOf } from './held-run.ts'
import { invalid, missing, wrongValue } from './mlflow-failure.ts'
import { pageToken, readPageToken } from './page-token.ts'

/** The addresses by which the histories of metrics are read. */
export const historyEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: 'metrics/get-history',
    permission: 'run:read',
    answer: async ({ workspace, project, message }) => {
      const id = runIdOf(message)
      const name = message.requiredText('metric_key')
      const offset = readPageToken(message.text('page_token'))
      const limit = message.integer('max_results') ?? everything
      if (limit <= 0)
        throw invalid(`Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer.`)
      const tables = open(workspace.database)
      const { number } = await heldRun(tables, { project, id })
      const { text, count } = await historyText(tables, number, { name, offset, limit })
      if (count === 0) return {}
      const isLast =
        count < limit || (await historyText(tables, number, { name, offset: offset + limit, limit: 1 })).count === 0
      const next = isLast ? '' : `,"next_page_token":"${pageToken(offset + limit)}"`
      return new JsonText(`{"metrics":${text}${next}}`)
    },
  },
  {
    method: 'GET',
    path: 'metrics/get-history-bulk',
    permission: 'run:read',
    answer: async ({ workspace, project, message }) => {
      const ids = message.texts('run_id')
      if (ids.length === 0) throw invalid('GetMetricHistoryBulk request must specify at least one run_id.')
      if (ids.length > mostChartRuns)
        throw invalid(
          `GetMetricHistoryBulk request cannot specify more than ${mostChartRuns} run_ids. Received ${ids.length} run_ids.`,
        )
      const name = message.text('metric_key')
      if (name === undefined) throw invalid('GetMetricHistoryBulk request must specify a metric_key.')
      let left = Math.min(message.integer('max_results') ?? mostPoints, mostPoints)
      const tables = open(workspace.database)
      const metrics: object[] = []
      for (const id of [...new Set(ids)].sort()) {
        if (left <= 0) break
        const points = await historyOf(tables, (await heldRun(tables, { project, id })).number, { name, limit: left })
        left -= points.length
        for (const { value, atMs, step } of points)
          metrics.push({ key: name, value: Number.isNaN(value) ? 'NaN' : value, timestamp: atMs, step, run_id: id })
      }
      return { metrics }
    },
  },
  {
    method: 'GET',
    path: 'metrics/get-history-bulk-interval',
    permission: 'run:read',
    answer: async ({ workspace, project, message }) => {
      const ids = message.texts('run_ids')
      if (ids.length === 0) throw missing('run_ids')
      if (ids.length > mostChartRuns)
        throw invalid(
          `GetMetricHistoryBulkInterval request must specify at most ${mostChartRuns} run_ids. Received ${ids.length} run_ids.`,
        )
      const most = message.integer('max_results') ?? mostChartValues
      if (most < 1 || most > mostChartValues)
        throw wrongValue('max_results', most, `max_results must be between 1 and ${mostChartValues}.`)
      const [fromStep, toStep] = [message.integer('start_step'), message.integer('end_step')]
      if ((fromStep === undefined) !== (toStep === undefined))
        throw invalid('If either start step or end step are specified, both must be specified.')
      if (fromStep !== undefined && toStep !== undefined && fromStep > toStep)
        throw invalid(`end_step must be greater than start_step. Found start_step=${fromStep} and end_step=${toStep}.`)
      const name = message.requiredText('metric_key')
      const tables = open(workspace.database)
      const runs = new Map<string, number>()
      for (const id of ids) runs.set(id, (await heldRun(tables, { project, id })).number)
      const text = await chartText(tables, {
        runs,
        name,
        fromStep: fromStep ?? Number.MIN_SAFE_INTEGER,
        toStep: toStep ?? Number.MAX_SAFE_INTEGER,
        most,
      })
      return text === '[]' ? {} : new JsonText(`{"metrics":${text}}`)
    },
  },
]

/** More than any history holds. */
const everything = 1_000_000_000
const mostPoints = 25_000
const mostChartRuns = 100
const mostChartValues = 2500
