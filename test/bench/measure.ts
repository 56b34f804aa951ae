// What a measurement is, and the few sums it needs.
import { readFileSync } from 'node:fs'
import type { Client } from '../e2e/socket.ts'

/** One row of the table: what came out, and what it must be. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it must not exceed, or with `atLeast` must reach. Without it the figure only informs. */
  readonly target?: number
  readonly atLeast?: boolean
  /** What else helps to read it, such as the floor of the same run. */
  readonly note?: string
}

/** The value below which a share of the sorted numbers lies. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** The middle of the numbers. */
export const median = (numbers: readonly number[]): number => percentile(numbers, 0.5)

/** How long each of `n` runs takes, one after the other, in ms. */
export async function times(n: number, run: (i: number) => Promise<unknown>): Promise<number[]> {
  const all: number[] = []
  for (let i = 0; i < n; i++) {
    const began = performance.now()
    await run(i)
    all.push(performance.now() - began)
  }
  return all
}

/** Runs `total` tasks with so many at a time; answers how many per second. */
export async function rate(total: number, atATime: number, task: (i: number) => Promise<unknown>): Promise<number> {
  let next = 0
  const worker = async () => {
    while (next < total) await task(next++)
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: atATime }, worker))
  return (total / (performance.now() - began)) * 1000
}

/** The same call again and again over one socket, so many in flight. */
export async function callRate(client: Client, total: number, inFlight: number): Promise<number> {
  await rate(Math.ceil(total / 10), inFlight, () => client.call('health'))
  return rate(total, inFlight, () => client.call('health'))
}

/** Where a program beside us is to be found. */
export interface Place {
  readonly port: number
  readonly telegram: { readonly token: string; readonly url: string }
}

/** A program of this folder, started; answers what it said first. */
export async function beside(file: 'floor.ts' | 'outside.ts') {
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/${file}`], { stdout: 'pipe', stderr: 'inherit' })
  const reader = child.stdout.getReader()
  const { value } = await reader.read()
  reader.releaseLock()
  return {
    said: JSON.parse(new TextDecoder().decode(value)) as Place,
    async [Symbol.asyncDispose]() {
      child.kill()
      await child.exited
    },
  }
}

/** The part of a config that makes the costless models known. */
export function models(at: Place) {
  const model = (id: string) => ({ id, name: id, contextWindow: 200_000, maxTokens: 8192 })
  const fake = {
    baseUrl: `http://127.0.0.1:${at.port}/v1`,
    apiKey: 'sk-test',
    api: 'openai-completions',
    models: [model('short'), model('long')],
  }
  return {
    models: { providers: { fake } },
    agents: { defaults: { model: { primary: 'fake/short' }, maxConcurrent: 32 } },
  }
}

/** CPU time a process has had, in ms. */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}
