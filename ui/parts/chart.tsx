// A small chart over time; the library that draws it is loaded when the first one is shown.
import { useEffect, useRef, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import { dark } from '../looks.ts'
import { t } from '../words.ts'

/** What is drawn: `times` in ms; each series has one value per time. */
export interface ChartProps {
  readonly title: string
  readonly times: readonly number[]
  readonly values: readonly number[]
  readonly kind: 'bars' | 'line'
  readonly format: (value: number) => string
  /** The name of the colour, such as `--accent`. */
  readonly color?: string
  readonly height?: number
  /** How a time is said. */
  readonly when: (at: number) => string
}

/** The colour a name stands for in the colours of the moment, as the canvas wants it. */
function colorOf(at: HTMLElement, name: string): string {
  at.style.color = `var(${name})`
  const { color } = getComputedStyle(at)
  at.style.color = ''
  return color
}

const faded = (color: string) => color.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.16)')

function optionsOf(p: ChartProps, at: HTMLElement, library: typeof uPlot, hover: (index: number | null) => void) {
  const color = colorOf(at, p.color ?? '--accent')
  const line = colorOf(at, '--line')
  const ink = colorOf(at, '--ink-soft')
  const font = '11px system-ui, sans-serif'
  const axis = { stroke: ink, font, ticks: { show: false }, grid: { stroke: line, width: 1 } }
  return {
    width: at.clientWidth || 300,
    height: p.height ?? 140,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    padding: [8, 4, 0, 0] as [number, number, number, number],
    scales: {
      x: { time: true, range: p.kind === 'bars' ? edges : lately },
      y: { range: (_u: unknown, _min: number, max: number): [number, number] => [0, max > 0 ? max * 1.1 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        values: (_u: unknown, at: number[]) => at.map((s) => p.when(s * 1000)),
      },
      { ...axis, size: 52, values: (_u: unknown, at: number[]) => at.map((v) => p.format(v)) },
    ],
    series: [
      {},
      {
        stroke: color,
        fill: p.kind === 'bars' ? color : faded(color),
        width: p.kind === 'bars' ? 0 : 1.5,
        // A line needs two ends; until then its one value is a point.
        points: { show: (u: uPlot) => p.kind === 'line' && u.data[0].length < 3 },
        ...(p.kind === 'bars' && library.paths.bars
          ? { paths: library.paths.bars({ size: [0.6, 40], radius: 0.2 }) }
          : {}),
      },
    ],
    hooks: { setCursor: [(u: uPlot) => hover(u.cursor.idx ?? null)] },
  }
}

/** Room for half a bar at both ends. */
const edges = (u: uPlot, min: number, max: number): [number, number] => {
  const half = u.data[0].length > 1 ? (max - min) / (u.data[0].length - 1) / 2 : 43_200
  return [min - half, max + half]
}

/** At least the last minute, so that the first values have a place. */
const lately = (u: uPlot, min: number, max: number): [number, number] => {
  const last = u.data[0].at(-1) ?? max
  return [Math.min(u.data[0][0] ?? min, last - 60), last]
}

/** The chart, with the value that is pointed at, else the last one, written above it. */
export function Chart(p: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const [at, setAt] = useState<number | null>(null)
  const latest = useRef<[number[], number[]]>([[], []])
  latest.current = [p.times.map((x) => x / 1000), [...p.values]]
  useEffect(() => {
    const place = box.current
    if (!place) return
    let gone = false
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: place.clientWidth, height: p.height ?? 140 }),
    )
    // It is drawn, and the library loaded, once it comes into sight.
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((e) => e.isIntersecting)) return
      seen.disconnect()
      void import('uplot').then(({ default: library }) => {
        if (gone) return
        plot.current = new library(optionsOf(p, place, library, setAt), latest.current, place)
        resized.observe(place)
      })
    })
    seen.observe(place)
    return () => {
      gone = true
      seen.disconnect()
      resized.disconnect()
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [dark.value])
  useEffect(() => plot.current?.setData(latest.current), [p.times.length, p.values.at(-1), p.times.at(-1)])
  const shown = at ?? p.values.length - 1
  const value = p.values[shown]
  const time = p.times[shown]
  const said = value === undefined || time === undefined ? t('chart.none') : p.format(value)
  return (
    <figure class="chart-box">
      <figcaption class="chart-legend">
        <span>{p.title}</span>
        <span>
          {time === undefined ? null : p.when(time)} <b>{said}</b>
        </span>
      </figcaption>
      <div ref={box} class="chart" role="img" aria-label={t('chart.about', { title: p.title, value: said })} />
    </figure>
  )
}
