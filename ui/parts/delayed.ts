// A value that follows another one once that has been still for a while.
import { useEffect, useState } from 'preact/hooks'
import { systemClock } from '../../src/lib/clock.ts'

/** The value as it was when it last stayed the same for `ms`. */
export function useDelayed<T>(value: T, ms: number): T {
  const [still, setStill] = useState(value)
  useEffect(() => {
    const stop = new AbortController()
    systemClock.sleep(ms, stop.signal).then(
      () => setStill(value),
      () => undefined,
    )
    return () => stop.abort()
  }, [value, ms])
  return still
}
