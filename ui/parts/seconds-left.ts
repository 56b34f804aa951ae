// The seconds that are left until something ends.
import { useEffect, useState } from 'preact/hooks'
import { systemClock } from '../../src/lib/clock.ts'

/** Seconds until `until` (ms), told each second and never below 0; undefined while there is no end. */
export function useSecondsLeft(until: number | undefined): number | undefined {
  const [now, setNow] = useState(systemClock.now)
  useEffect(() => {
    if (until === undefined) return
    const stop = new AbortController()
    const beat = async () => {
      for (;;) {
        setNow(systemClock.now())
        await systemClock.sleep(1000, stop.signal)
      }
    }
    beat().catch(() => undefined)
    return () => stop.abort()
  }, [until])
  return until === undefined ? undefined : Math.max(0, Math.round((until - now) / 1000))
}
