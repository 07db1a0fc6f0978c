import { hash32 } from '#platform'

/** One line of a chart: points of time (epoch ms) and value. */
export interface ChartLine {
  readonly name: string
  readonly points: readonly (readonly [number, number | null])[]
}

export interface LineChartOptions {
  readonly title: string
  /** Stands behind the title; '' where the title says it. */
  readonly unit: string
  readonly lines: readonly ChartLine[]
  /** Moments to mark with a dashed line. */
  readonly marks?: readonly { readonly atMs: number; readonly label: string }[]
  /** Draws from zero rather than from the data's own range. */
  readonly fromZero?: boolean
}

/** A line chart as an SVG document: no script, so it stands in a page of its own. */
export async function lineChart(options: LineChartOptions): Promise<string> {
  const { title, unit, lines, marks = [], fromZero = false } = options
  // It takes longer to load than to draw, and few processes draw.
  const { init } = await import('echarts')
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 960, height: 320 })
  try {
    chart.setOption({
      animation: false,
      useUTC: true,
      color: lines.length === 1 ? palette.slice(-1) : palette,
      title: { text: unit === '' ? title : `${title}, ${unit}`, left: 8, textStyle: { fontSize: 14 } },
      legend: { right: 8, top: 4, data: lines.map((line) => line.name) },
      grid: { left: 64, right: 24, top: 48, bottom: 32 },
      xAxis: { type: 'time' },
      yAxis: { type: 'value', scale: !fromZero },
      series: lines.map((line, place) => ({
        name: line.name,
        type: 'line',
        showSymbol: line.points.length < 40,
        symbolSize: 4,
        lineStyle: { width: 2 },
        data: line.points.map(([at, value]) => [at, value]),
        ...(place === 0 && marks.length > 0
          ? {
              markLine: {
                symbol: 'none',
                lineStyle: { type: 'dashed', color: '#888' },
                data: marks.map((mark) => ({ xAxis: mark.atMs, label: { formatter: mark.label, fontSize: 10 } })),
              },
            }
          : {}),
      })),
    })
    return renamed(chart.renderToSVGString(), `c${hash32(title).toString(36)}`)
  } finally {
    chart.dispose()
  }
}

/** The library counts all its charts: names by first use make the same chart the same text, whatever was drawn before. */
function renamed(svg: string, prefix: string): string {
  const names = new Map<string, string>()
  return svg.replaceAll(/\bzr\d+-[\w-]+/g, (name) => {
    const known = names.get(name) ?? `${prefix}-${names.size}`
    names.set(name, known)
    return known
  })
}

/** Okabe and Ito's colours: told apart by most kinds of colour blindness. */
const palette = ['#999999', '#E69F00', '#56B4E9', '#009E73', '#CC79A7', '#D55E00', '#0072B2']
